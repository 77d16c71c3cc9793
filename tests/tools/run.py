#!/usr/bin/env python3
"""model-run and model-info from outside, on the demonstration network.

usage: run.py BIN DIGITS
"""
import json
import os
import struct
import sys
import tempfile
import zipfile

from small import call, check, finish


def write_npy(path, dims, numbers):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % "".join(f"{d}, " for d in dims)
    head += " " * (-(10 + len(head) + 1) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        f.write(struct.pack(f"<{len(numbers)}f", *numbers))


def read_npy(path):
    with open(path, "rb") as f:
        data = f.read()
    length = struct.unpack("<H", data[8:10])[0]
    body = data[10 + length:]
    return data[10:10 + length].decode(), struct.unpack(f"<{len(body) // 4}f", body)


def inputs_and_outputs(run, digits, folder):
    model = os.path.join(digits, "digits.onnx")
    picture = os.path.join(digits, "pictures", "3-0.png")
    spec = "--image=size=8x8,order=gray,scale=1/255"
    status, out, err = call(run, spec, "--top=2", "--labels=" + os.path.join(digits, "labels.txt"), model, picture)
    check(status == 0 and not err, "a picture: " + err)
    check(out.splitlines()[1].split()[1] == "3", "the picture shows a 3: " + out)
    status, out, _ = call(run, spec, "--json", model, picture)
    d = json.loads(out)
    check(d["schema"] == "sardonyx.model-run/1" and d["outputs"][0]["type"] == "float32[1, 10]", "--json: " + out)
    check(abs(sum(d["outputs"][0]["value"][0]) - 1) < 1e-5, "the probabilities")

    numbers = [i / 63 for i in range(64)]
    npy, out_npy = os.path.join(folder, "in.npy"), os.path.join(folder, "out.npy")
    write_npy(npy, [1, 1, 8, 8], numbers)
    check(call(run, "-o", "probability=" + out_npy, model, "image=" + npy)[0] == 0, ".npy in and out")
    head, first = read_npy(out_npy)
    check("'shape': (1, 10, )" in head.replace("10,)", "10, )") and abs(sum(first) - 1) < 1e-5, "the .npy: " + head)

    sources = {"in.json": json.dumps([[[numbers[k * 8:k * 8 + 8] for k in range(8)]]]).encode(),
               "in.raw": struct.pack("<64f", *numbers)}
    for name, data in sources.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    with zipfile.ZipFile(os.path.join(folder, "in.npz"), "w", zipfile.ZIP_DEFLATED) as z:
        z.write(npy, "image.npy")
    for name in (*sources, "in.npz"):
        status, _, err = call(run, "-d", "N=1", "-o", out_npy, model, os.path.join(folder, name))
        check(status == 0, name + ": " + err)
        check(all(abs(a - b) < 1e-6 for a, b in zip(first, read_npy(out_npy)[1])), name + " gives the same")

    status, out, err = call(run, "--random", "-d", "C=3", model)
    check(status == 2 and not out and err == "model-run: -d C=3: no input has an open dim of this name; open are 'N'\n",
          "-d of a dim that is a number: " + err)
    status, out, _ = call(run, "--random", "--shape=image=3,1,8,8", "--print=shape", model)
    check(status == 0 and out == "probability  float32[3, 10]\n", "--shape: " + out)
    same = [call(run, "--random", "--seed=7", "--print=full", model)[1] for _ in range(2)]
    check(same[0] == same[1] != call(run, "--random", "--seed=8", "--print=full", model)[1], "--seed")


def checks(run, digits, folder):
    model = os.path.join(digits, "digits.onnx")
    data = os.path.join(folder, "test_data_set_0")
    os.mkdir(data)
    pb = os.path.join(folder, "in.pb")
    check(call(run, "-i", "value:0.5", "-o", data + "/", model)[0] == 0, "-o DIR/")
    # dims 1, 1, 8, 8; data_type 1; raw_data of 64 floats
    with open(os.path.join(data, "input_0.pb"), "wb") as f:
        f.write(b"\x08\x01\x08\x01\x08\x08\x08\x08\x10\x01\x4a\x80\x02" + struct.pack("<64f", *[0.5] * 64))
    # a trained classifier bears what the narrower forms take away; and they do take it, where they are asked for
    for precision in ("bf16", "int8-weights"):
        for isa in ("avx512bf16", "avx2", "plain", "scalar"):
            arguments = ["--check=" + folder, "--isa=" + isa, "--precision=" + precision, "-v"]
            status, out, err = call(run, *arguments, "--rtol=0.1", "--atol=0.01", model)
            if status == 2 and "no instruction set" in err:
                continue
            check(status == 0, f"{arguments}: {out}{err}")
            check("scalar, f32" in err if isa == "scalar" else precision[:4] in err, f"what is used: {err}")
            if isa == "plain":
                status, out, _ = call(run, *arguments, "--bitwise", model)
                check(status == 1, f"{precision} is what is asked for, and f32 is not: {out}")
    check(call(run, "--random", "--precision=bf17", model)[0] == 2, "no such precision")
    check(call(run, "--random", "--packing=tiny", model)[0] == 2, "no such packing")
    for arguments in ([], ["--precision=f32"], ["--packing=small"], ["--packing=fast"], ["--no-optimize"], ["--isa=scalar"], ["-t", "2"]):
        status, out, err = call(run, *arguments, "--check=" + folder, model)
        check(status == 0 and "as expected" in out, f"--check {arguments}: {out}{err}")
    with open(os.path.join(data, "output_0.pb"), "rb") as f:
        bytes_ = f.read()
    with open(os.path.join(data, "output_0.pb"), "wb") as f:
        f.write(bytes_[:-4] + struct.pack("<f", 0.9))
    status, out, _ = call(run, "--check=" + data, model)
    check(status == 1 and "1 of 10 elements differ" in out and "[0, 9]" in out and "expected 0.8999" in out, "a mismatch: " + out)

    dump, trace = os.path.join(folder, "all.npz"), os.path.join(folder, "trace.json")
    check(call(run, "-i", "ones", "--no-optimize", "--dump=" + dump, "--trace=" + trace, model)[0] == 0, "--dump")
    with zipfile.ZipFile(dump) as z:
        check("probability.npy" in z.namelist() and len(z.namelist()) > 10, "the dump holds values")
    with open(trace) as f:
        check(len(json.load(f)["traceEvents"]) > 10, "the trace holds steps")
    status, out, _ = call(run, "-i", "ones", "--compare=" + dump, model)
    check(status == 0 and "alike" in out, "--compare: " + out)
    status, out, _ = call(run, "-i", "zeros", "--compare=" + dump, model)
    check(status == 1, "--compare with other inputs")

    check(call(run, model)[0] == 2, "an input is missing")
    check(call(run, "--random", os.path.join(folder, "no.onnx"))[0] == 2, "no such model")
    check(call(run, "--random", pb + "x", "--isa=mmx", model)[0] == 2, "no such instructions")
    status, _, err = call(run, "--shape=image=1,2,8,8", "--random", model)
    check(status == 2 and "'image'" in err and "dim 1" in err, "a wrong shape: " + err)


def info(tool, digits):
    model = os.path.join(digits, "digits.onnx")
    status, out, _ = call(tool, model)
    check(status == 0 and "float32[N, 1, 8, 8]" in out and "Conv" in out, "info: " + out)
    status, out, _ = call(tool, "--shapes", "--json", "-d", "N=2", model)
    values = {v["name"]: v for v in json.loads(out)["values"]}
    check(values["image"]["shape"] == [2, 1, 8, 8] and values["probability"]["shape"] == [2, 10], "info --shapes")
    check(call(tool, "--unsupported", model)[0] == 0, "info --unsupported")
    status, out, _ = call(tool, "--dot", model)
    check(status == 0 and out.startswith("digraph") and out.rstrip().endswith("}"), "info --dot")
    for section in ("--nodes", "--initializers", "--metadata", "--ops", "--node=*"):
        status, out, _ = call(tool, section, "--json", model)
        check(status == 0 and json.loads(out)["schema"] == "sardonyx.model-info/1", "info " + section)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tools, digits = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        inputs_and_outputs(os.path.join(tools, "model-run"), digits, folder)
        checks(os.path.join(tools, "model-run"), digits, folder)
    info(os.path.join(tools, "model-info"), digits)
    finish("2 tools")


main()

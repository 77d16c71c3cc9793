#!/usr/bin/env python3
"""What model-run reads and how it tells what came out, from outside.

usage: sources.py BIN DIGITS
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

from small import (FLOAT, INT16, INT64, STRING, UINT8, call, check, finish, identity, model, node, products, tensor,
                   wav, write)

run = ""


def values(*arguments):
    """The values of the outputs; None and the words where it fails."""
    status, out, err = call(run, "--json", *arguments)
    if status:
        return None, err
    return [o["value"] for o in json.loads(out)["outputs"]], err


def made_up(folder):
    m = write(os.path.join(folder, "i64.onnx"), identity(INT64, ["N", 3]))
    for source, want in (("zeros", [[0, 0, 0]] * 2), ("ones", [[1, 1, 1]] * 2), ("arange", [[0, 1, 2], [3, 4, 5]]),
                         ("value:-7", [[-7, -7, -7]] * 2)):
        got, err = values("-i", source, "-d", "N=2", m)
        check(got == [want], f"{source}: {got} {err}")
    f = write(os.path.join(folder, "f32.onnx"), identity(FLOAT, ["N"]))
    got, _ = values("-i", "random:2,3", "--shape=x=500", f)
    check(got and len(got[0]) == 500 and all(2 <= v <= 3 for v in got[0]) and max(got[0]) - min(got[0]) > 0.9,
          "random:2,3")
    got, _ = values("-i", "random:5,9", "-d", "N=200", m)
    check(got and {v for row in got[0] for v in row} == {5, 6, 7, 8, 9}, "random:5,9 of integers")
    for wrong in ("random:3", "random:3,2", "value:", "value:x"):
        check(call(run, "-i", wrong, m)[0] == 2, wrong)


def files(folder):
    f32 = write(os.path.join(folder, "f32.onnx"), identity(FLOAT, ["N", 2]))
    text = write(os.path.join(folder, "in.txt"), "1 2,3\n4 5.5 -6e1\n")
    check(values(f32, text)[0] == [[[1, 2], [3, 4], [5.5, -60]]], ".txt")
    check(values(f32, write(os.path.join(folder, "odd.txt"), "1 2 3"))[0] is None, "an odd count of numbers")
    raw = write(os.path.join(folder, "in.raw"), struct.pack("<4f", 1, 2, 3, 4))
    check(values(f32, raw)[0] == [[[1, 2], [3, 4]]], ".raw gives the open dim its number")
    check(values(f32, "-", )[0] is None, "nothing on stdin")
    status, out, _ = call(run, "--json", f32, "-", stdin=tensor(FLOAT, [1, 2], struct.pack("<2f", 8, 9)))
    check(status == 0 and json.loads(out)["outputs"][0]["value"] == [[8, 9]], "a tensor on stdin")
    with open(f32, "rb") as f:
        status, out, err = call(run, "--print=shape", "-d", "N=3", "--random", "-", stdin=f.read())
    check(status == 0 and out == "y  float32[3, 2]\n", "a model on stdin: " + err)
    check(call(run, "-", "-", stdin=b"")[0] == 2, "stdin for two")
    words = write(os.path.join(folder, "str.onnx"), identity(STRING, ["N"]))
    lines = write(os.path.join(folder, "words.txt"), "one\ntwo words\n")
    check(values(words, lines)[0] == [["one", "two words"]], "a string a line")
    big = write(os.path.join(folder, "i64.onnx"), identity(INT64, [1]))
    got = values(big, write(os.path.join(folder, "big.txt"), "9223372036854775807"))[0]
    check(got == [[9223372036854775807]], f"64 bits stay: {got}")
    for name in ("x.wav", "x.png", "x.bmp", "x.npy", "x.jpg"):
        check("no " + name[2:] in values(f32, write(os.path.join(folder, name), "nothing"))[1], name + " that is none")


def pictures(folder, digits):
    u8 = write(os.path.join(folder, "u8.onnx"), identity(UINT8, [1, 3, "H", "W"]))
    f32 = write(os.path.join(folder, "f32.onnx"), identity(FLOAT, [1, 3, "H", "W"]))
    ppm = write(os.path.join(folder, "in.ppm"), b"P6\n4 2\n255\n" + bytes(range(24)))
    check(values(u8, ppm)[0] == [[[[[0, 3, 6, 9], [12, 15, 18, 21]], [[1, 4, 7, 10], [13, 16, 19, 22]],
                                   [[2, 5, 8, 11], [14, 17, 20, 23]]]]], ".ppm as it is")
    bgr = values("--image=order=bgr", u8, ppm)[0]
    check(bgr and bgr[0][0][0][0] == [2, 5, 8, 11], "order=bgr")
    crop = values("--image=fit=crop,size=2x2", u8, ppm)[0]
    check(crop and crop[0][0][0] == [[3, 6], [15, 18]], f"fit=crop: {crop}")
    pad = values("--image=fit=pad,size=4x4", u8, ppm)[0]
    check(pad and pad[0][0][0][0] == [0, 0, 0, 0] and len(pad[0][0][0]) == 4, f"fit=pad: {pad}")
    stretch = values("--image=fit=stretch,size=2x1", u8, ppm)[0]
    check(stretch and 6 <= stretch[0][0][0][0][0] <= 9, f"fit=stretch: {stretch}")
    scaled = values("--image=scale=1/2,mean=1:2:3,std=2:4:8", f32, ppm)[0]
    check(scaled and scaled[0][0][0][0] == [(v / 2 - 1) / 2 for v in (0, 3, 6, 9)] and
          scaled[0][0][2][0] == [(v / 2 - 3) / 8 for v in (2, 5, 8, 11)], "scale, mean, std")
    imagenet = values("--image=imagenet", f32, ppm)[0]
    check(imagenet and len(imagenet[0][0][1]) == 224 and abs(imagenet[0][0][0][112][0] + 2) < 0.2, "imagenet")
    for wrong in ("size=3", "fit=best", "order=rbg", "scale=1/0", "std=0", "mean=1:2", "colour=1"):
        check(call(run, "--image=" + wrong, u8, ppm)[0] == 2, "--image=" + wrong)
    with open(os.path.join(digits, "pictures", "3-0.png"), "rb") as f:
        png = f.read()
    cut = write(os.path.join(folder, "cut.png"), png[:-30])
    status, _, err = call(run, os.path.join(digits, "digits.onnx"), cut)
    check(status == 2 and "broken" in err, "a png that is cut off: " + err)


def sounds(folder):
    f32 = write(os.path.join(folder, "f32.onnx"), identity(FLOAT, [1, "n"]))
    i16 = write(os.path.join(folder, "i16.onnx"), identity(INT16, ["rows", 4]))
    tone = write(os.path.join(folder, "tone.wav"), wav(8000, 1, [16384, -16384] * 4))
    check(values(f32, tone)[0] == [[[0.5, -0.5] * 4]], ".wav")
    two = write(os.path.join(folder, "two.wav"), wav(8000, 2, [1000, 3000] * 8))
    check(values("--audio=mono,frame=4,hop=2", i16, two)[0] == [[[2000] * 4] * 3], "mono, frames")
    got = values("--audio=rate=16000", f32, tone)[0]
    check(got and len(got[0][0]) == 16, "rate")
    short = write(os.path.join(folder, "short.onnx"), identity(FLOAT, [1, 5]))
    got, err = values("--audio=rate=8000", short, tone)
    check(got and len(got[0][0]) == 5 and "first 5 of 8" in err, "what is left out is said: " + err)
    check(call(run, "-q", short, tone)[2] == "", "-q")
    status, _, err = call(run, f32, write(os.path.join(folder, "cut.wav"), wav(8000, 1, [1, 2, 3, 4])[:-2]))
    check(status == 2 and "cut off" in err, "a .wav that is cut off: " + err)
    for wrong in ("rate=1", "hop=2", "stereo"):
        check(call(run, "--audio=" + wrong, f32, tone)[0] == 2, "--audio=" + wrong)


def symbols_and_names(folder):
    add = write(os.path.join(folder, "add.onnx"), model(
        [node("Add", ["a", "b"], ["y"], "sum")], [("a", FLOAT, ["N"]), ("b", FLOAT, ["N"])], [("y", FLOAT, ["N"])]))
    three = write(os.path.join(folder, "three.txt"), "1 2 3")
    check(values("-i", "b=" + three, "-i", "a=ones", add)[0] == [[2, 3, 4]], "a file says what N is")
    check(values(add, three, "arange")[0] == [[1, 3, 5]], "inputs by their place")
    for wrong, words in ((["-i", "c=ones", "--random"], "no input 'c'; there is 'a', 'b'"),
                         (["--random", "-d", "M=3"], "M"), (["--random", "--shape=c=3"], "c"),
                         (["--random", "--type=c=f32"], "'c'"), (["-i", "ones"], "no value is given for input 'b'"),
                         (["-i", "ones", "-i", "ones", "-i", "ones"], "3 values"),
                         (["--random", "-o", "z=out.npy"], "no output 'z'"),
                         (["--random", "--dump-filter=x"], "--dump"), (["--random", "--labels=" + three], "--top")):
        status, out, err = call(run, *wrong, add)
        check(status == 2 and words in err and not out, f"{wrong}: {status} {err}")
    loose = write(os.path.join(folder, "loose.onnx"), model([node("Identity", ["x"], ["y"])], [("x", 0, ["N"])],
                                                            [("y", 0, ["N"])]))
    status, out, err = call(run, "--random", "--type=x=int8", "--print=shape", loose)
    check((status, out) == (0, "y  int8[1]\n"), f"--type: {out}{err}")
    wide = write(os.path.join(folder, "f32.onnx"), identity(FLOAT, [2]))
    status, _, err = call(run, "--random", "--type=x=f64", wide)
    check(status == 2 and "'x'" in err, "--type that contradicts the model: " + err)


def lists(folder):
    f32 = write(os.path.join(folder, "f32.onnx"), identity(FLOAT, [2]))
    names = [write(os.path.join(folder, f"in{i}.txt"), f"{i} {i + 1}") for i in range(3)]
    listed = write(os.path.join(folder, "list"), "\n".join(names) + "\n")
    status, out, _ = call(run, "--files-from=" + listed, f32)
    check(status == 0 and out.splitlines()[:2] == [names[0] + ":", "y  float32[2]  0 1"], "--files-from: " + out)
    status, out, _ = call(run, "-f", "jsonl", "--files-from=-", f32, stdin=open(listed, "rb").read())
    lines = [json.loads(line) for line in out.splitlines()]
    check([d["input"] for d in lines] == names and [d["outputs"][0]["value"] for d in lines] == [[0, 1], [1, 2], [2, 3]],
          "jsonl: " + out)
    check(all(d["schema"] == "sardonyx.model-run/1" for d in lines), "jsonl: the schema")
    status, out, _ = call(run, "--json", "--files-from=" + listed, f32)
    check(status == 0 and [r["input"] for r in json.loads(out)["runs"]] == names, "json of several: " + out)
    into = os.path.join(folder, "into")
    status, _, err = call(run, "--files-from=" + listed, "-o", into + "/", f32)
    check(status == 0 and os.path.exists(os.path.join(into, "in2.txt", "output_0.pb")), "-o DIR/ of several: " + err)
    check(call(run, "--files-from=" + listed, "-o", "one.npy", f32)[0] == 2, "several into one file")
    broken = write(os.path.join(folder, "broken"), names[0] + "\n" + names[0] + ".no\n" + names[2] + "\n")
    status, out, err = call(run, "-f", "jsonl", "--files-from=" + broken, f32)
    lines = [json.loads(line) for line in out.splitlines()]
    check(status == 2 and len(lines) == 3 and "error" in lines[1] and "outputs" in lines[2], "one of several fails: " + out)


def forms(folder):
    f32 = write(os.path.join(folder, "f32.onnx"), identity(FLOAT, [2, 10]))
    for how, want in (("none", ""), ("shape", "y  float32[2, 10]\n"), ("head", "y  float32[2, 10]  0 1 2 3 4 5 6 7 ...\n")):
        check(call(run, "-i", "arange", "--print=" + how, f32)[1] == want, "--print=" + how)
    check("[10,11" in call(run, "-i", "arange", "--print=full", f32)[1].replace(".0", ""), "--print=full")
    status, out, _ = call(run, "-i", "arange", "--print=shape", "--json", f32)
    check(json.loads(out)["outputs"] == [{"name": "y", "type": "float32[2, 10]", "shape": [2, 10]}], "json: " + out)
    status, out, _ = call(run, "-i", "arange", "--print=head", "--json", f32)
    check(json.loads(out)["outputs"][0]["head"] == list(range(8)), "json, head: " + out)
    labels = write(os.path.join(folder, "labels"), "\n".join("abcdefghij"))
    status, out, _ = call(run, "-i", "arange", "-k", "2", "--labels=" + labels, "--json", "--print=none", f32)
    check(json.loads(out)["outputs"][0]["top"][1] == [{"index": 9, "value": 19, "label": "j"},
                                                     {"index": 8, "value": 18, "label": "i"}], "json, top: " + out)
    nan = write(os.path.join(folder, "nan.txt"), "nan inf -inf" + " 0" * 17)
    got, _ = values(f32, nan)
    check(got and got[0][0][:3] == ["NaN", "Infinity", "-Infinity"], f"what is no number: {got}")
    status, out, err = call(run, "-v", "-i", "arange", "-t", "1", f32)
    check(status == 0 and "1 thread" in err and "ran in" in err and out, "-v: " + err)
    with open("/dev/full", "wb") as full:
        status = subprocess.run([run, "-i", "arange", f32], stdout=full, stderr=subprocess.DEVNULL, check=False).returncode
    check(status == 2, f"an output that cannot be written: {status}")
    for wrong in (["--print=all"], ["-f", "xml"], ["-k", "0"]):
        check(call(run, "-i", "arange", *wrong, f32)[0] == 2, str(wrong))


def limits(folder):
    slow = write(os.path.join(folder, "slow.onnx"), products(200))
    status, _, err = call(run, "--random", "-d", "N=700", "--deadline=0.05", "-t", "1", "--print=none", slow)
    check(status == 2 and "deadline" in err, "--deadline: " + err)
    status, _, err = call(run, "--random", "-d", "N=700", "--memory-limit=1M", "--print=none", slow)
    check(status == 2 and "limit" in err.lower(), "--memory-limit: " + err)
    check(call(run, "--random", "-d", "N=7", "--memory-limit=16M", "--deadline=50", "--print=none", slow)[0] == 0,
          "limits that are kept")
    for wrong in ("--deadline=0", "--deadline=soon", "--memory-limit=many", "--memory-limit=0"):
        check(call(run, "--random", wrong, slow)[0] == 2, wrong)


def dumps(folder):
    slow = write(os.path.join(folder, "few.onnx"), products(4))
    into = os.path.join(folder, "dump")
    call(run, "-i", "ones", "-d", "N=2", "--no-optimize", "--dump=" + into, "--dump-filter=v[12]", "--print=none", slow)
    check(sorted(os.listdir(into)) == ["v1.npy", "v2.npy"], f"--dump-filter: {os.listdir(into)}")
    _, _, err = call(run, "-i", "ones", "--dump=" + into, "--dump-filter=nobody", "--print=none", slow)
    check("nobody" in err, "a filter that nothing passes: " + err)
    trace = os.path.join(folder, "trace.json")
    check(call(run, "-i", "ones", "-d", "N=2", "--trace=" + trace, slow)[0] == 0, "--trace")
    with open(trace, encoding="utf-8") as f:
        events = json.load(f)["traceEvents"]
    check([e["name"] for e in events if e["ph"] == "X"] == [f"product_{i}" for i in range(4)], "the trace's steps")


def main():
    global run
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    run = os.path.join(sys.argv[1], "model-run")
    with tempfile.TemporaryDirectory() as folder:
        made_up(folder)
        files(folder)
        pictures(folder, sys.argv[2])
        sounds(folder)
        symbols_and_names(folder)
        lists(folder)
        forms(folder)
        limits(folder)
        dumps(folder)
    finish("model-run's sources and forms")


main()

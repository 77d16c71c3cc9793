#!/usr/bin/env python3
"""model-run --check: sets and folders of them, tolerances that a folder states, forms of the answer.

usage: checks.py BIN DIGITS
"""
import json
import os
import struct
import sys
import tempfile

from small import FLOAT, INT64, call, check, finish, identity, tensor, write

run = ""


def make_set(folder, k, got, want, dtype=FLOAT, form="f"):
    data = os.path.join(folder, f"test_data_set_{k}")
    os.makedirs(data, exist_ok=True)
    for name, numbers in (("input", got), ("output", want)):
        write(os.path.join(data, name + "_0.pb"),
              tensor(dtype, [1, len(numbers)], struct.pack(f"<{len(numbers)}{form}", *numbers)))
    return data


def tolerances(folder):
    m = write(os.path.join(folder, "m.onnx"), identity(FLOAT, [1, "n"]))
    near = make_set(folder, 0, [1, 2, 3], [1, 2, 3.01])
    far = make_set(folder, 1, [1, 2, 3], [1, 2, 3.5])
    status, out, _ = call(run, "--check=" + folder, m)
    check(status == 1 and "worst [0, 2] is 3, expected 3.5" in out and "2 sets: 0 as expected, 2 differ" in out,
          "differences: " + out)
    case = os.path.join(folder, "case.json")
    write(case, json.dumps({"sets": [{"outputs": [{"atol": 0.02}]}, {"outputs": [{"noise": 0.2}]}]}))
    for what in (folder, folder + "/"):
        status, out, _ = call(run, "--check=" + what, m)
        check(status == 0 and "atol 0.02 of case.json" in out and "atol 0.8 of case.json" in out, "case.json: " + out)
    for one in (near, near + "/", far):
        check(call(run, "--check=" + one, m)[0] == 0, "case.json above " + one)
    check(call(run, "-c", near, "-c", far, m)[0] == 0, "several --check")
    check(call(run, "--check=" + folder, "--atol=1e-5", m)[0] == 1, "an option wins")
    status, out, _ = call(run, "--check=" + far, "--rtol=0", m)
    check(status == 0 and "rtol 0, atol 0.8" in out, "the other one stays: " + out)
    write(case, json.dumps({"rtol": 0.5, "sets": [{}, {"rtol": 0.001}]}))
    status, out, _ = call(run, "--check=" + folder, m)
    check(status == 1 and "test_data_set_0: 1 output as expected (rtol 0.5" in out, "of the whole, of a set: " + out)
    for wrong in ("{", "[1", json.dumps({"atol": -1})):
        write(case, wrong)
        status, _, err = call(run, "--check=" + near, m)
        check(status == 2 and "case.json" in err, f"case.json with {wrong}: {err}")
    os.remove(case)
    write(os.path.join(near, "tolerance"), "0.1 0\n")
    status, out, _ = call(run, "--check=" + near, m)
    check(status == 0 and "rtol 0.1, atol 0 of tolerance" in out, "a file named tolerance: " + out)
    write(os.path.join(near, "tolerance"), "much\n")
    check(call(run, "--check=" + near, m)[0] == 2, "a tolerance that is none")


def bits(folder):
    m = write(os.path.join(folder, "m.onnx"), identity(FLOAT, [1, "n"]))
    zero = make_set(folder, 0, [0.0, float("nan")], [-0.0, float("nan")])
    check(call(run, "--check=" + zero, m)[0] == 0, "0 is -0")
    status, out, _ = call(run, "--bitwise", "--check=" + zero, m)
    check(status == 1 and "1 of 2 elements differ" in out, "--bitwise: " + out)
    same = make_set(folder, 1, [1.5, float("nan")], [1.5, float("nan")])
    status, out, _ = call(run, "--bitwise", "--check=" + same, m)
    check(status == 0 and "bit by bit" in out, "--bitwise of what is the same: " + out)
    whole = write(os.path.join(folder, "i.onnx"), identity(INT64, [1, "n"]))
    status, out, _ = call(run, "--check=" + make_set(folder, 2, [2 ** 62], [2 ** 62 + 1], INT64, "q"), whole)
    check(status == 1 and str(2 ** 62 + 1) in out, "integers are exact: " + out)


def forms(folder):
    m = write(os.path.join(folder, "m.onnx"), identity(FLOAT, [1, "n"]))
    make_set(folder, 0, [1, 2], [1, 2])
    make_set(folder, 1, [1, float("inf")], [1, 2])
    os.mkdir(os.path.join(folder, "test_data_set_2"))
    status, out, err = call(run, "--json", "--check=" + folder, m)
    d = json.loads(out)
    check(status == 2 and [s["result"] for s in d["sets"]] == ["same", "differs", "failed"], "json: " + out)
    check(d["n_same"] == d["n_differs"] == d["n_failed"] == 1 and "input_0.pb" in err, "json counts: " + out)
    one = d["sets"][1]["outputs"][0]
    check(one["worst"] == {"index": [0, 1], "got": "Infinity", "expected": 2} and one["max_abs"] == "Infinity" and
          one["beyond"] == 1 and one["elements"] == 2 and one["rtol"] == 0.001, "json of a difference: " + out)
    status, out, _ = call(run, "-f", "jsonl", "--check=" + folder, m)
    lines = [json.loads(line) for line in out.splitlines()]
    check(len(lines) == 3 and all(d["schema"] == "sardonyx.model-run/1" for d in lines), "jsonl: " + out)
    status, out, _ = call(run, "-q", "--check=" + os.path.join(folder, "test_data_set_0"), m)
    check(status == 0 and not out, "-q says nothing of what is well")
    check(call(run, "--check=" + os.path.join(folder, "nowhere"), m)[0] == 2, "no such folder")
    check(call(run, "--check=" + folder, "--top=1", m)[0] == 2, "--check with --top")


def main():
    global run
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    run = os.path.join(sys.argv[1], "model-run")
    for part in (tolerances, bits, forms):
        with tempfile.TemporaryDirectory() as folder:
            part(folder)
    finish("model-run --check")


main()

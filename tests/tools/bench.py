#!/usr/bin/env python3
"""model-bench from outside: what it measures, and the forms it tells it in.

usage: bench.py BIN DIGITS
"""
import csv
import io
import json
import os
import sys
import tempfile

from small import FLOAT, call, check, finish, identity, message, model, node, products, tensor, write
from wire import field

bench = ""


def lines(*arguments):
    status, out, err = call(bench, "--json", *arguments)
    check(status == 0, f"{arguments}: {err}")
    return [json.loads(line) for line in out.splitlines()]


def keys(digits):
    d = lines("-n", "20", "-t", "1,2", digits)
    check([x["threads"] for x in d] == [1, 2], "a line for each number of threads")
    # what the peer's script prints, so that the two can be joined
    for key in ("model", "threads", "bytes", "load_ms", "first_run_ms", "median_ms", "p10_ms", "runs", "base_rss_mb",
                "load_rss_mb", "peak_rss_mb", "flops", "gflops"):
        check(key in d[0], "lacks " + key)
    check(d[0]["model"] == "digits" and d[0]["runs"] == 20 and d[0]["schema"] == "sardonyx.model-bench/1", "the line")
    check(d[0]["planned_mb"] > 0 and d[0]["weights_mb"] > 0 and d[0]["steps"] > 3, "planned and packed")
    check(0 < d[0]["base_rss_mb"] <= d[0]["load_rss_mb"] <= d[0]["peak_rss_mb"] < 200, f"memory: {d[0]}")
    check(d[0]["p10_ms"] <= d[0]["median_ms"] <= d[0]["p90_ms"], "percentiles in order")
    d = lines("-n", "30", "-t", "1", "--percentiles=0,10,99.5,100", digits)[0]
    check(d["p0_ms"] <= d["p10_ms"] <= d["p99.5_ms"] <= d["p100_ms"], f"--percentiles: {d}")
    d = lines("--load", "-n", "3", digits)[0]
    check(d["load_ms"] > 0 and not {"median_ms", "planned_mb", "weights_mb", "first_run_ms"} & set(d), f"--load: {d}")
    d = lines("-T", "0.3", "-w", "2x", "-t", "1", "-s", "1,2", digits)
    check([x["streams"] for x in d] == [1, 2] and all(x["runs"] >= 3 and x["runs_per_s"] > 0 for x in d), "-s")
    d = lines("-n", "10", "-s", "3", "-t", "1", digits)[0]
    check(d["runs"] == 30, "each caller runs as often")


def operators(digits, folder):
    d = lines("-n", "10", "-t", "1", "--ops=50", digits)[0]
    check(abs(sum(o["share"] for o in d["ops"]) - 1) < 0.01, "shares are of one")
    conv = [o for o in d["ops"] if o["op"] == "Conv"]
    check(conv and all(o["gflops"] > 0 and o["bytes"] > 0 for o in conv), f"Conv: {conv}")
    found = sum(o.get("flops", 0) for o in d["ops"])
    check(0.9 * d["flops"] < found <= d["flops"], f"steps are found among the model's nodes: {d}")
    check(len(lines("-n", "10", "-t", "1", "--ops=2", digits)[0]["ops"]) == 2, "--ops=2")
    m = write(os.path.join(folder, "products.onnx"), products(3))
    d = lines("-n", "10", "-t", "1", "--ops", "-d", "N=32", m)[0]
    check(d["flops"] == 3 * 2 * 32 ** 3, f"multiply-adds of bound dims: {d}")
    check(d["ops"][0]["op"] == "MatMul" and d["ops"][0]["bytes"] == 3 * 3 * 32 * 32 * 4, f"bytes: {d['ops']}")
    status, out, _ = call(bench, "-n", "10", "-t", "1", "-s", "2", "--ops=3", "--memory", digits)
    check(status == 0 and "Conv" in out and "2 callers" in out and "GFLOP/s" in out and "weights packed" in out, out)


def sequences(folder):
    """A value that a run cannot fill again is made anew by each."""
    x = ("x", FLOAT, [2, 3])
    y = message(12, message(1, "y"), message(2, message(4, message(1, message(1, field(1, FLOAT))))))
    m = write(os.path.join(folder, "sequence.onnx"), model([node("SequenceConstruct", ["x", "x"], ["y"]), y], [x], []))
    d = lines("-n", "10", "-t", "1", "-s", "2", "--ops", m)[0]
    check(d["runs"] == 20 and d["ops"][0]["op"] == "SequenceConstruct", f"a sequence as result: {d}")


def parts(digits, folder):
    side = 1024
    weights = message(5, tensor(FLOAT, (side, side), bytes(4 * side * side)), message(8, "w"))
    m = write(os.path.join(folder, "weights.onnx"),
              model([node("MatMul", ["x", "w"], ["y"]), weights], [("x", FLOAT, [8, side])], [("y", FLOAT, [8, side])]))
    d = lines("--memory", "-n", "3", "-t", "1", m)[0]
    check(4 <= d["packed_mb"] < 4.1 and d["copied_mb"] == 0, f"weights are held once: {d}")
    check(d["graph_mb"] < 1 and d["plans_mb"] < 1 and d["runs_mb"] < 1, f"what else is held: {d}")
    check(d["file_rss_mb"] < 2 and d["code_rss_mb"] > 0.5, f"pages of the file go back: {d}")
    for packing in ("small", "default", "fast"):
        check(lines("-n", "3", "-t", "1", "--packing=" + packing, digits)[0]["packing"] == packing, packing)
    check(call(bench, "-n", "3", "--packing=tiny", digits)[0] == 2, "no such packing")


def rates(digits):
    d = lines("-t", "2", "--rate=50", "-T", "1", "--idle=0.2", "-w", "1x", digits)[0]
    check(40 <= d["runs"] <= 52 and 40 < d["runs_per_s"] < 52, f"--rate: {d}")
    check(abs(d["cpu_percent"] - d["work_percent"] - d["beyond_percent"]) < 0.01, f"work and beyond are all: {d}")
    check(0 < d["cpu_percent"] < 50 and 0 <= d["between_percent"] < 20 and d["work_cpu_ms"] > 0, f"--rate: {d}")
    check(d["idle_percent"] < 5, f"--idle: {d}")
    status, out, _ = call(bench, "-t", "1", "--rate=50", "-T", "0.5", "-w", "1x", digits)
    check(status == 0 and "50 runs a second" in out and "beyond" in out, out)


def comparisons(digits, folder):
    old, out_file = os.path.join(folder, "old.json"), os.path.join(folder, "out.json")
    check(call(bench, "--json", "-n", "20", "-t", "1", "-o", old, digits)[:2] == (0, ""), "-o")
    with open(old, encoding="utf-8") as f:
        line = json.load(f)
    d = lines("-n", "20", "-t", "1", "--compare=" + old, digits)[0]
    check(d["old_ms"] == line["median_ms"] and abs(d["ratio"] * d["old_ms"] - d["median_ms"]) < 1e-3, f"--compare: {d}")
    for factor, status in ((1000, 0), (0.0001, 1)):
        write(old, json.dumps({**line, "median_ms": line["median_ms"] * factor}) + "\n")
        got, out, err = call(bench, "-n", "20", "-t", "1", "--compare=" + old, "--max-regress=50", digits)
        check(got == status and "was" in out, f"--max-regress, older times {factor}: {got} {out}{err}")
    check(call(bench, "-n", "20", "-t", "1", "--compare=" + old, digits)[0] == 0, "--compare alone only tells")
    # lines of the peer have no streams; a list serves as well
    peer = [{"model": "other", "threads": 1, "median_ms": 1}, {"model": "digits", "threads": 1, "median_ms": 5}]
    write(old, json.dumps(peer))
    check(lines("-n", "5", "-t", "1", "--compare=" + old, digits)[0]["old_ms"] == 5, "a list of the peer's lines")
    status, _, err = call(bench, "-n", "5", "-t", "2", "--compare=" + old, "--max-regress=1", digits)
    check(status == 0 and "not in the older run" in err, "nothing to compare with is said: " + err)
    for wrong in ("", "{", "1 2 ["):
        write(old, wrong)
        check(call(bench, "-n", "5", "--compare=" + old, digits)[0] == 2, f"an older run of '{wrong}'")
    check(call(bench, "--max-regress=5", digits)[0] == 2, "--max-regress alone")
    check(call(bench, "-n", "5", "-o", os.path.join(folder, "no", "such"), digits)[0] == 2, "-o that cannot be written")
    check(not os.path.exists(out_file), "nothing else is written")


def forms(digits, folder):
    status, out, _ = call(bench, "-n", "3", "--json", "--isa=plain", "--precision=bf16", digits)
    check(status == 0 and json.loads(out)["precision"] == "bf16 weights", "what products are made of: " + out)
    status, out, _ = call(bench, "-f", "csv", "-n", "5", "-t", "1,2", digits)
    rows = list(csv.DictReader(io.StringIO(out)))
    check(status == 0 and len(rows) == 2 and rows[0]["model"] == "digits" and float(rows[0]["median_ms"]) > 0, out)
    check(all(len(r) == len(rows[0]) and None not in r for r in rows), "csv: as many columns in each row")
    trace = os.path.join(folder, "trace.json")
    check(call(bench, "-n", "5", "-t", "1,2", "--trace=" + trace, digits)[0] == 0, "--trace")
    with open(trace, encoding="utf-8") as f:
        events = json.load(f)["traceEvents"]
    check({e["tid"] for e in events} == {1, 2} and sum(e["ph"] == "X" for e in events) > 10, "a row for each run")
    picture = os.path.join(os.path.dirname(digits), "pictures", "3-0.png")
    check(call(bench, "-n", "5", "--image=order=gray,scale=1/255", "-i", picture, digits)[0] == 0, "a picture")
    check(call(bench, "-n", "5", "-i", "ones", "--shape=image=4,1,8,8", "--seed=3", "--random", digits)[0] == 0, "--shape")
    status, out, err = call(bench, "--json", "-n", "3", digits + "x", digits)
    d = [json.loads(line) for line in out.splitlines()]
    check(status == 2 and "error" in d[0] and "median_ms" in d[1] and err, "one of two models is not there: " + out)
    other = write(os.path.join(folder, "other.onnx"), identity(FLOAT, ["M"]))
    check(len(lines("-n", "3", "-t", "1", "-d", "N=2", "-d", "M=3", digits, other)) == 2, "dims of several models")
    check(call(bench, "-n", "3", "-d", "Z=2", digits)[0] == 2, "a dim that is not there")
    for wrong in (["-T", "0"], ["-n", "0"], ["-t", "0"], ["-t", "1,"], ["-t", "1.5"], ["-s", "99"], ["-w", "x"],
                  ["--rate=0"], ["--idle=0"], ["--percentiles=101"], ["--ops=0"], ["-f", "xml"], ["--load", "--ops"]):
        check(call(bench, *wrong, digits)[0] == 2, str(wrong))
    check(call(bench)[0] == 2, "no model")
    with open(digits, "rb") as f:
        status, out, err = call(bench, "--json", "-n", "3", "-t", "1,2", "-", stdin=f.read())
    check(status == 0 and out.count('"model": "stdin"') == 2, "a model on stdin: " + err)


def main():
    global bench
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    bench = os.path.join(sys.argv[1], "model-bench")
    digits = os.path.join(sys.argv[2], "digits.onnx")
    with tempfile.TemporaryDirectory() as folder:
        keys(digits)
        operators(digits, folder)
        sequences(folder)
        parts(digits, folder)
        rates(digits)
        comparisons(digits, folder)
        forms(digits, folder)
    finish("model-bench")


main()

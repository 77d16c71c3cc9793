#!/usr/bin/env python3
"""model-info from outside: sections, forms, selection, differences, annotation.

usage: info.py BIN DIGITS MODELS REGISTRY

MODELS: tests/lint/models; REGISTRY: the program made of conformance/registry.c
"""
import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import wire
from small import FLOAT, Page, call, check, finish, model, node, value_info, write

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../README.md")


def page(tool, digits, models):
    status, out, err = call(tool, digits)
    check(status == 0 and not err and "float32[N, 1, 8, 8]" in out and "Conv" in out, "the page: " + out)
    check("multiply-adds  203392*N\n" in out and "10.39 k in 41.58 kB" in out, "symbolic sums: " + out)
    status, out, _ = call(tool, "-d", "N=2", digits)
    check("multiply-adds  406.78 k\n" in out and "values take up to 32.77 kB at once" in out, "sums in numbers: " + out)
    status, out, _ = call(tool, "--json", "-d", "N=2", digits)
    d = json.loads(out)
    check(d["schema"] == "sardonyx.model-info/1" and d["macs"] == 406784 and d["parameters"] == 10394, "head: " + out)
    check(d["operators"]["Conv"] == 6 and d["operator_macs"]["Relu"] == 0 and d["unsupported"] == {}, "operators")
    check(sum(d["operator_macs"].values()) == d["macs"], "the sum of the operators")
    d = json.loads(call(tool, "--json", digits)[1])
    check(d["macs"] is None and d["macs_text"] == "203392*N", "macs that are no number")
    status, out, _ = call(tool, "--json", digits, os.path.join(models, "seed-conv-16-32.onnx"))
    check(status == 0 and out.count('"schema"') == 2, "two models")
    status, out, _ = call(tool, os.path.join(models, "seed-conv-16-32.onnx"))
    check(status == 0 and "    errors         1, which model-lint explains\n" in out, "a model with an error: " + out)
    check(call(tool, digits + "x")[0] == 2 and call(tool)[0] == 2, "no model")
    check(call(tool, "-d", "M=2", digits)[0] == 2, "a symbol that is not there")


def sections(tool, digits, models, folder):
    for section in ("inputs", "outputs", "ops", "nodes", "initializers", "metadata", "functions", "shapes",
                    "unsupported"):
        status, out, err = call(tool, "--" + section, "--json", digits)
        key = {"ops": "operators", "shapes": "values"}.get(section, section)
        check(status == 0 and key in json.loads(out), f"--{section} --json: {out}{err}")
        status, out, err = call(tool, "--" + section, digits)
        check(status == 0 and out.startswith(key + "\n"), f"--{section}: {out}{err}")
        status, out, err = call(tool, "--" + section, "--format=csv", digits)
        check(status == 0 and ("," in out or section == "functions"), f"--{section} --format=csv: {out}{err}")
    values = {v["name"]: v for v in json.loads(call(tool, "--shapes", "--json", "-d", "N=2", digits)[1])["values"]}
    check(values["image"]["shape"] == [2, 1, 8, 8] and values["probability"]["shape"] == [2, 10], "--shapes")
    values = {v["name"]: v for v in json.loads(call(tool, "--shapes", "--json", digits)[1])["values"]}
    check(values["image"]["shape"] == ["N", 1, 8, 8], "--shapes with symbols")
    status, out, _ = call(tool, "--functions", os.path.join(models, "ok-function-two-calls.onnx"))
    check(status == 0 and ") => (" in out and "nodes" in out, "--functions: " + out)
    foreign = os.path.join(folder, "foreign.onnx")
    with open(foreign, "wb") as f:
        f.write(wire.foreign(b"x\x1b[31m"))
    status, out, _ = call(tool, "--unsupported", foreign)
    check(status == 1 and out == "unsupported\n         1  own.Thing  not implemented\n", "--unsupported: " + out)
    status, out, _ = call(tool, "--nodes", foreign)
    check(status == 0 and "\x1b" not in out and "x\\x1b[31m" in out, "control bytes of a name: " + repr(out))
    check(json.loads(call(tool, "--nodes", "--json", foreign)[1])["nodes"][0]["inputs"] == ["x\x1b[31m"], "in JSON")


def tables(tool, digits):
    rows = list(csv.DictReader(io.StringIO(call(tool, "--nodes", "-f", "csv", "-d", "N=1", digits)[1])))
    check(len(rows) == 22 and rows[0]["name"] == "stem" and rows[0]["macs"] == "9216", "csv: " + str(rows[:1]))
    check(rows[0]["attributes"].startswith("group = 1; kernel_shape = [3, 3]"), "attributes in a cell")
    rows = list(csv.DictReader(io.StringIO(call(tool, "--ops", "-f", "csv", digits, digits)[1])))
    check(len(rows) == 14 and rows[0]["model"] == digits, "csv of two models")
    check(call(tool, "-f", "csv", digits)[0] == 2, "csv of the page")
    check(call(tool, "-f", "csv", "--nodes", "--inputs", digits)[0] == 2, "csv of two sections")
    check(call(tool, "-f", "xml", digits)[0] == 2, "a form that is none")


def selection(tool, digits):
    def names(*arguments):
        return [n["name"] for n in json.loads(call(tool, "--json", *arguments, digits)[1])["nodes"]]
    check(names("--node=mix*") == ["mix", "mix_norm", "mix_relu", "mix_again", "mix_again_norm", "mix_again_relu"],
          "--node by name")
    check(names("--node=Softmax") == ["probability"] or len(names("--node=Softmax")) == 1, "--node by operator")
    check(names("--node=mix", "--depth=1") == ["depthwise_relu", "mix", "mix_norm"], "--depth=1")
    check(len(names("--node=mix", "--depth=99")) == 22, "--depth=99")
    out = call(tool, "--node=stem", digits)[1]
    check("        kernel_shape = [3, 3]\n" in out, "--node prints attributes: " + out)
    check(call(tool, "--depth=1", digits)[0] == 2 and call(tool, "--node=a", "--depth=-1", digits)[0] == 2, "--depth")


def two_models(tool, digits, models, folder):
    bad, good = (os.path.join(models, n + ".onnx") for n in ("seed-conv-16-32", "ok-seed-conv-32-32"))
    status, out, _ = call(tool, "--diff=" + digits, digits)
    check(status == 0 and out == "", "no difference: " + out)
    status, out, _ = call(tool, "--diff=" + bad, good)
    check(status == 1 and out.startswith("--- " + bad) and "\n@@ inputs @@\n" in out, "--diff: " + out)
    check("\n- x  float32[64, 16, 32, 32]\n+ x  float32[64, 32, 32, 32]\n" in out, "--diff, the input: " + out)
    status, out, _ = call(tool, "--json", "--diff=" + bad, good)
    differences = json.loads(out)["differences"]
    check(any(d["section"] == "inputs" and d["old"]["shape"][1] == 16 and d["new"]["shape"][1] == 32
              for d in differences), "--diff --json")
    check(call(tool, "--diff=" + digits, digits, digits)[0] == 2, "--diff of two")
    other = os.path.join(folder, "other.onnx")
    with open(digits, "rb") as f:
        bytes_ = bytearray(f.read())
    at = bytes_.find(b"stem.W")
    check(at > 0, "the model has a weight")
    bytes_[at - 40] ^= 1  # in the data of a weight that lies before the name
    with open(other, "wb") as f:
        f.write(bytes_)
    if call(tool, other)[0] == 0:
        status, out, _ = call(tool, "--diff=" + digits, other)
        check(status == 1, "another byte is a difference: " + out)


def pictures(tool, digits, models, folder):
    def svg(*arguments):
        path = os.path.join(folder, "net.svg")
        status, out, err = call(tool, "--svg=" + path, *arguments)
        check(status == 0 and not out, f"--svg {arguments}: {err}")
        return xml.etree.ElementTree.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    root = svg(digits)
    boxes = root.findall(space + "g")
    check(len(boxes) == 24 and len(root.findall(space + "path")) == 23, "22 nodes, an input, an output")
    width, height = float(root.get("width")), float(root.get("height"))
    places = []
    for g in boxes:
        x, y, w, h = (float(g.find(space + "rect").get(k)) for k in ("x", "y", "width", "height"))
        check(0 <= x and x + w <= width and 0 <= y and y + h <= height, "a box lies outside the picture")
        places.append((x, y, w, h))
    for i, a in enumerate(places):
        for b in places[:i]:
            check(a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1],
                  "two boxes overlap")
    texts = [t.text for t in root.iter(space + "text")]
    check("four_groups" in texts and "float32[N, 1, 8, 8]" in texts, "the texts of boxes")
    root = svg("--node=mix", "--depth=1", digits)
    classes = [g.find(space + "rect").get("class") for g in root.findall(space + "g")]
    check(sorted(classes) == ["node", "node", "node marked", "outside"], "a part of the graph: " + str(classes))
    check(len(svg(os.path.join(models, "ok-if-same-names.onnx")).findall(space + "g")) > 2, "a graph with bodies")
    foreign = os.path.join(folder, "foreign.onnx")
    with open(foreign, "wb") as f:
        f.write(wire.foreign(b"a<b>&\"\x1b[31m"))
    texts = [t.text for t in svg(foreign).iter(space + "text")]
    check('a<b>&"\\x1b[31m' in texts, "markup in a name: " + str(texts))

    path = os.path.join(folder, "net.html")
    status, _, err = call(tool, "--html=" + path, digits)
    check(status == 0, "--html: " + err)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    page = Page()
    page.feed(text)
    check(page.wrong == 0 and not page.open, "the page is well formed")
    check(page.count["svg"] == 1 and page.count["table"] >= 7 and page.links == 0, "the page: " + str(page.count))
    check("203392*N" in text and "http" not in text.replace("http://www.w3.org/2000/svg", ""), "it needs nothing else")

    status, out, _ = call(tool, "--dot", digits)
    check(status == 0 and out.startswith("digraph") and out.rstrip().endswith("}"), "--dot")
    check(out.count(" -> ") == 23 and out.count("shape=ellipse") == 2, "--dot: " + out)
    out = call(tool, "--dot", foreign)[1]
    check('a<b>&\\"\\\\x1b[31m' in out and "\x1b" not in out, "--dot escapes: " + out)
    check(call(tool, "--dot", digits, digits)[0] == 2 and call(tool, "--cluster=1", digits)[0] == 2, "--dot, --cluster")
    check(call(tool, "--svg=" + os.path.join(folder, "no", "where"), digits)[0] == 2, "--svg that cannot be written")


def clusters(tool, folder):
    nodes = [([b"v%d" % i], [b"v%d" % (i + 1)], b"/net/block%d/relu%d" % (i // 3, i), b"Relu", b"") for i in range(9)]
    path = os.path.join(folder, "blocks.onnx")
    with open(path, "wb") as f:
        f.write(wire.model(nodes, [b"v0"], [b"v9"]))
    out = call(tool, "--dot", "--cluster=2", path)[1]
    check(out.count("3 nodes\\n/net/block") == 3 and out.count(" -> ") == 4, "--cluster=2: " + out)
    out = call(tool, "--dot", "--cluster=1", path)[1]
    check(out.count("9 nodes\\n/net\"") == 1, "--cluster=1: " + out)


def annotation(tool, digits, folder):
    written = os.path.join(folder, "annotated.onnx")
    check(call(tool, "--annotate", digits)[0] == 2, "--annotate without -o")
    check(call(tool, "--annotate", "--nodes", "-o", written, digits)[0] == 2, "--annotate with a section")
    status, out, err = call(tool, "--annotate", "-o", written, digits)
    check(status == 0 and not out, "--annotate: " + err)
    with open(digits, "rb") as f:
        before = f.read()
    with open(written, "rb") as f:
        after = f.read()
    check(len(after) > len(before), "the annotated model holds more")
    status, out, _ = call(tool, "--diff=" + digits, written)
    check(status == 0, "the annotated model is the same model: " + out)
    link = os.path.join(folder, "link.onnx")
    os.symlink(written, link)
    check(call(tool, "--annotate", "-o", link, digits)[0] == 0 and os.path.islink(link), "a link stays a link")
    pipe = os.path.join(folder, "pipe")
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    status = call(tool, "--annotate", "-o", pipe, digits)[0]
    check(status == 0 and stat.S_ISFIFO(os.lstat(pipe).st_mode), "a pipe is written to, and stays")
    check(reader.communicate(timeout=60)[0] == after, "what went through the pipe")
    # What the file declares becomes sharper: an output without a shape, a dim that -d binds, one without a name.
    partly = write(os.path.join(folder, "partly.onnx"), model(
        [node("Relu", ["x"], ["r"], "relu"), node("Flatten", ["r"], ["y"], "flat")], [("x", FLOAT, ["N", 4, "W"])],
        [("y", FLOAT, ["", ""])]))
    for arguments, want in (([], [["N", 4, "W"], ["N", 4, "W"], ["N", "4*W"]]),
                            (["-d", "N=2"], [[2, 4, "W"], [2, 4, "W"], [2, "4*W"]]),
                            (["-d", "N=2", "-d", "W=300"], [[2, 4, 300], [2, 4, 300], [2, 1200]])):
        check(call(tool, "--annotate", "-o", written, *arguments, partly)[0] == 0, "--annotate " + " ".join(arguments))
        values = json.loads(call(tool, "--shapes", "--json", written)[1])["values"]
        declared = json.loads(call(tool, "--json", written)[1])
        check([v["shape"] for v in values] == want and declared["inputs"][0]["shape"] == want[0] and
              declared["outputs"][0]["shape"] == want[2], f"{arguments}: {values}, {declared['outputs']}")
        with open(written, "rb") as f:
            once = f.read()
        check(call(tool, "--annotate", "-o", written, written)[0] == 0, "again")
        with open(written, "rb") as f:
            check(f.read() == once, "what is annotated stays as it is")
    # ... in both places, where an output stands in value_info, too.
    end = [("y", FLOAT, ["N", "M"])]
    twice = write(os.path.join(folder, "twice.onnx"), model(
        [node("Relu", ["x"], ["y"], "relu"), value_info(13, "y", FLOAT, ["P", "Q"])], [("x", FLOAT, ["N", 3])], end))
    check(call(tool, "--annotate", "-o", written, twice)[0] == 0, "--annotate of two declarations")
    with open(written, "rb") as f:
        after = f.read()
    check(all(value_info(place, "y", FLOAT, ["N", 3]) in after for place in (12, 13)), "both declarations are sharper")
    report = os.path.join(folder, "report.json")
    check(call(tool, "--json", "-o", report, digits)[0] == 0, "-o")
    with open(report, encoding="utf-8") as f:
        check(json.load(f)["model"] == digits, "what -o wrote")
    check(call(tool, "-o", os.path.join(folder, "no", "where"), digits)[0] == 2, "-o that cannot be written")


def supported(tool, registry, digits):
    rows = [line.split("\t") for line in call(registry)[1].splitlines()]
    want = {}  # (domain, operator, source): versions
    for domain, name, since, _, source, *_ in rows:
        want.setdefault((domain or "ai.onnx", name, source), []).append(int(since))
    status, out, err = call(tool, "--supported", "--json")
    listed = json.loads(out)["supported"]
    check(status == 0 and not err and len(listed) > 200, "--supported --json: " + err)

    def count(table):  # operators and versions of a domain
        domains = {}
        for domain, versions in table:
            operators, n = domains.get(domain, (0, 0))
            domains[domain] = operators + 1, n + len(versions)
        return domains
    check(count((o["domain"], o["versions"]) for o in listed) == count((k[0], v) for k, v in want.items()),
          "operators and versions of each domain")
    check({(o["domain"], o["name"], o["source"]): o["versions"] for o in listed} ==
          {k: sorted(v) for k, v in want.items()}, "the operators are those of the registry")
    if any(o["from"] == "plugin" for o in listed):  # the README counts with them
        with open(README, encoding="utf-8") as f:
            shown = re.findall(r"^ +\| (\S+) \| (\d+) \| (\d+) \|$", f.read(), re.M)
        check({d: (int(o), int(v)) for d, o, v in shown} ==
              {k: v for k, v in count((o["domain"], o["versions"]) for o in listed).items() if k != "sdx"},
              "README's table: " + str(shown))
    order = [(o["domain"], o["name"]) for o in listed]
    check(order == sorted(order), "sorted by domain and name")
    check(all((o["from"] == "plugin") == o["source"].endswith(".so") for o in listed), "where they come from")
    check(sum(len(o["deprecated"]) for o in listed) == sum(r[3] == "1" for r in rows), "what is deprecated")
    conv = next(o for o in listed if (o["domain"], o["name"]) == ("ai.onnx", "Conv"))
    check(conv["versions"] == [1, 11, 22] and conv["source"] == "ops/nn/conv.c", "Conv: " + str(conv))

    status, out, _ = call(tool, "--supported")
    lines = [line.split() for line in out.splitlines()]
    check(status == 0 and lines[0] == ["supported"] and len(lines) == len(listed) + 1, "--supported")
    check(["ai.onnx.Conv", "library", "1", "11", "22"] in lines, "--supported, Conv")
    check(["ai.onnx.Upsample", "library", "1", "7", "9", "10", "(deprecated)"] in lines, "--supported, Upsample")
    status, out, _ = call(tool, "--supported", "-f", "csv")
    table = list(csv.DictReader(io.StringIO(out)))
    check(status == 0 and [(r["domain"], r["name"]) for r in table] == order, "--supported -f csv")
    check([r["versions"] for r in table] == [" ".join(map(str, o["versions"])) for o in listed], "versions in a cell")
    for wrong in ([digits], ["--nodes"], ["--dot"], ["--diff=" + digits], ["--annotate", "-o", "x"]):
        check(call(tool, "--supported", *wrong)[0] == 2, "--supported with " + wrong[0])


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    tool = os.path.join(sys.argv[1], "model-info")
    digits = os.path.join(sys.argv[2], "digits.onnx")
    models = sys.argv[3]
    with tempfile.TemporaryDirectory() as folder:
        page(tool, digits, models)
        sections(tool, digits, models, folder)
        tables(tool, digits)
        selection(tool, digits)
        two_models(tool, digits, models, folder)
        annotation(tool, digits, folder)
        pictures(tool, digits, models, folder)
        clusters(tool, folder)
    supported(tool, sys.argv[4], digits)
    finish("model-info")


main()

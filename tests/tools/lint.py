#!/usr/bin/env python3
"""model-lint in the field: many models, baselines, targets, and the forms that other programs read.

usage: lint.py BIN MODELS        MODELS: tests/lint/models
"""
import json
import os
import re
import shutil
import sys
import tempfile
import xml.etree.ElementTree

import wire
from small import Page, call, check, finish


def without_times(text):
    return re.sub(r"[0-9.]+ ms", "0 ms", text)


def many(lint, models, folder):
    alone = call(lint, models)
    for n in ("2", "7", "0"):
        other = call(lint, "-j", n, models)
        check(other[0] == alone[0] and without_times(other[1]) == without_times(alone[1]), f"-j {n} says the same")
    check(call(lint, "-j", "-1", models)[0] == 2 and call(lint, "--jobs=some", models)[0] == 2, "-j of no number")
    bad = os.path.join(models, "seed-conv-16-32.onnx")
    with open(bad, "rb") as f:
        data = f.read()
    status, out, _ = call(lint, "--shape=x=64,16,32,32", "-", stdin=data)
    check(status == 1 and "SX201" in out, "--shape with a model from stdin: " + out)
    batch = os.path.join(folder, "batch")
    os.mkdir(batch)
    for i in range(3):
        shutil.copy(os.path.join(models, "batch-hard.onnx"), os.path.join(batch, f"{i}.onnx"))
    status, out, _ = call(lint, "-q", "-j", "3", "--shape=x=1,16,4,4", batch)
    check(status == 0, "--shape for several models: " + out)


def unreadable(lint, models, folder):
    gone = os.path.join(folder, "gone.onnx")
    status, out, err = call(lint, gone)
    check(status == 2 and out + err == f"{gone}: error: {gone}: No such file or directory [SX103 file-unreadable]\n"
          "    help: look at the path, and whether this user may read it\n", "a file that is not there: " + out + err)
    shutil.copy(os.path.join(models, "ok-conv-notset.onnx"), gone)
    check(call(lint, "-q", gone)[:2] == (0, ""), "and one that is")
    cut = os.path.join(folder, "cut.onnx")
    with open(gone, "rb") as whole, open(cut, "wb") as f:
        data = whole.read()
        f.write(data[:-10])
    status, out, err = call(lint, cut)
    check(status == 2 and re.fullmatch(re.escape(cut) + r": error: byte \d+, in graph: a length of (\d+), but (\d+) bytes "
                                       r"are left of the file \[SX101 not-a-model\]\n    help: the file is cut off, "
                                       r"damaged or no ONNX model: compare its size with the original's, or export it "
                                       r"again\n", out + err), "a file that is cut off: " + out + err)


def external(lint, folder):
    """w: two floats in w.bin, and the file is too short, or not."""
    model = os.path.join(folder, "apart.onnx")

    def place(offset):
        pairs = ((b"location", b"w.bin"), (b"offset", offset), (b"length", b"8"))
        return (wire.field(1, 2) + wire.field(2, 1) + wire.field(8, b"w") + wire.field(14, 1) +
                b"".join(wire.field(13, wire.field(1, k) + wire.field(2, v)) for k, v in pairs))

    with open(os.path.join(folder, "w.bin"), "wb") as f:
        f.write(bytes(16))
    for offset, says in (
            (b"8", ""),
            (b"12", "initializer 'w' is 8 bytes at offset 12 of 'w.bin', which has 16 bytes [SX151 external-range]\n"
                    "    help: the file may be cut off, or belong to another model\n"),
            (b"4k", "the offset '4k' of the external data of initializer 'w' is no number [SX151 external-range]\n"
                    "    help: offset and length are numbers of bytes, in decimal digits\n")):
        with open(model, "wb") as f:
            f.write(wire.model([([b"x", b"w"], [b"y"], b"n", b"Add", b"")], [b"x"], [b"y"],
                               more=wire.field(5, place(offset))))
        status, out, err = call(lint, "-q", model)
        want = f"{model}: error: {says}" if says else ""
        check(status == (says != "") and out + err == want, "external data: " + out + err + want)


def counting(lint, models, folder):
    status, out, err = call(lint, "--statistics", "-q", models)
    rows = dict((line.split()[1], int(line.split()[0])) for line in err.splitlines())
    check(rows.get("SX201", 0) >= 5 and sum(rows.values()) >= 61, "--statistics: " + err)
    several = os.path.join(folder, "several.onnx")
    with open(several, "wb") as f:
        f.write(wire.model([([b"x"], [b"y%d" % i], b"n%d" % i, b"Convolution", b"") for i in range(5)], [b"x"],
                           [b"y%d" % i for i in range(5)]))
    status, out, _ = call(lint, "--max-findings=2", several)
    check(status == 1 and out.count("[SX501") == 2 and "5 errors, 0 warnings, of which 3 are not shown" in out,
          "--max-findings: " + out)
    d = json.loads(call(lint, "--json", "--max-findings=2", several)[1])
    check(d["files"][0]["errors"] == 5 and d["files"][0]["not_shown"] == 3, "--max-findings in JSON")
    return several


def baselines(lint, models, several, folder):
    base = os.path.join(folder, "baseline.json")
    status, _, err = call(lint, "-q", "--write-baseline=" + base, several)
    check(status == 0 and not err, "--write-baseline: " + err)
    with open(base, encoding="utf-8") as f:
        d = json.load(f)
    check(d["schema"] == "sardonyx.model-lint-baseline/1" and len(d["findings"]) == 5, "what it wrote")
    status, out, _ = call(lint, "--baseline=" + base, several)
    check(status == 0 and "0 errors, 0 warnings, 5 more in the baseline" in out, "--baseline: " + out)
    here = os.getcwd()
    os.chdir(folder)
    check(call(lint, "-q", "--write-baseline=near.json", "several.onnx")[0] == 0 and
          call(lint, "--baseline=near.json", "./several.onnx")[0] == 0, "./ is the same file")
    os.chdir(here)
    d["findings"].pop()
    with open(base, "w", encoding="utf-8") as f:
        json.dump(d, f)
    status, out, _ = call(lint, "--baseline=" + base, several)
    check(status == 1 and "1 error, 0 warnings, 4 more" in out and "'n4'" in out, "a finding that is new: " + out)
    other = os.path.join(models, "seed-conv-16-32.onnx")
    check(call(lint, "--baseline=" + base, other)[0] == 1, "a baseline is of its files")
    # A finding keeps its fingerprint while nodes are put in front of it.
    with open(several, "wb") as f:
        f.write(wire.model([([b"x"], [b"z"], b"first", b"Relu", b"")] +
                           [([b"x"], [b"y%d" % i], b"n%d" % i, b"Convolution", b"") for i in range(5)], [b"x"],
                           [b"z"] + [b"y%d" % i for i in range(5)]))
    check("4 more in the baseline" in call(lint, "--baseline=" + base, several)[1], "fingerprints are stable")
    for text in ("", "{}", "[1]", '{"schema": "sardonyx.model-lint-baseline/1", "findings": [{}]}'):
        with open(base, "w", encoding="utf-8") as f:
            f.write(text)
        status, out, err = call(lint, "--baseline=" + base, several)
        check(status == 2 and "baseline.json" in err and not out, "a baseline that is none: " + err)
    check(call(lint, "--baseline=" + base + "x", several)[0] == 2, "a baseline that is not there")
    check(call(lint, "-q", "--write-baseline=" + os.path.join(folder, "no", "where"), several)[0] == 2, "no such folder")


def targets(lint, models, folder):
    good = os.path.join(models, "ok-matmul-1d.onnx")
    check(call(lint, "--opset=17", "--ir=8", good)[0] == 0, "a target that knows the model")
    status, out, _ = call(lint, "-q", "--opset=13", good)
    check(status == 1 and out == f"{good}: error: opset 17 of ai.onnx is imported, the target has opset 13 "
          "[SX522 target-opset]\n    help: every node has a signature that opset 13 has: import that instead\n",
          "--opset: " + out)
    status, out, _ = call(lint, "--opset=12", good)
    check("MatMul has the signature of opset 13, the target has opset 12" in out, "--opset, a node: " + out)
    status, out, _ = call(lint, "-q", "--ir=7", good)
    check(status == 1 and out == f"{good}: error: the file has IR version 8, the target reads up to 7 [SX523 target-ir]\n"
          "    help: set it to 7, where the file has nothing that came later\n", "--ir: " + out)
    foreign = os.path.join(folder, "foreign.onnx")
    with open(foreign, "wb") as f:
        f.write(wire.foreign(b"x"))
    check(call(lint, foreign)[0] == 0, "an operator of another domain is a note")
    status, out, _ = call(lint, "--runtime", foreign)
    check(status == 1 and "error: operator Thing of own is not implemented" in out, "--runtime: " + out)
    check(call(lint, "--opset=0", good)[0] == 2 and call(lint, "--ir=new", good)[0] == 2, "targets that are none")


def suppressions(lint, folder):
    """The model's own list of findings that are known and accepted."""
    path = os.path.join(folder, "suppressed.onnx")

    def write(lines, op=b"Relu"):
        nodes = [([b"x"], [b"y"], b"used", op, b""), ([b"x"], [b"z"], b"dead", b"Relu", b""),
                 ([b"x"], [b"w"], b"spare", b"Relu", b"")]
        with open(path, "wb") as f:
            f.write(wire.model(nodes, [b"x"], [b"y"], metadata=[(b"sardonyx.lint.ignore", lines)] if lines else []))

    write(b"")
    before = call(lint, "--fail-on=note", path)
    check(before[0] == 1 and before[1].count("[SX451 dead-node]") == 2, "two nodes that nobody reads: " + before[1])
    write(b"SX451 dead: for a second head\ndead-node SPAR?: kept: by hand\n")
    status, out, _ = call(lint, "--fail-on=note", path)
    check(status == 0 and "[SX" not in out and ", 2 suppressed by the model" in out, "both are left out: " + out)
    out = call(lint, "-v", path)[1]
    check(out.count("[SX451") == 2 and "suppressed by the model: kept: by hand\n" in out, "-v tells them: " + out)
    status, out, _ = call(lint, "--no-suppress", "--fail-on=note", path)
    check(status == 1 and out.count("[SX451") == 2, "--no-suppress: " + out)
    d = json.loads(call(lint, "--json", path)[1])["files"][0]
    check(d["suppressed"] == 2 and d["warnings"] + d["notes"] == 0 and
          [f["suppressed"] for f in d["findings"]] == ["for a second head", "kept: by hand"], "JSON: " + str(d))
    run = json.loads(call(lint, "-f", "sarif", path)[1])["runs"][0]
    check(run["results"][0]["suppressions"] == [{"kind": "inSource", "justification": "for a second head"}], "SARIF")

    write(b"SX451: all of them\nconv-*: none here\nSX451\n\n : no rule\n")
    out = call(lint, "--fail-on=warning", path)
    unread = [f"{path}: warning: '{line}' in sardonyx.lint.ignore {what} [SX720 suppression-unused]\n    help: {help}\n"
              for line, what, help in (
                  ("SX451", "has no reason", 'write the rules, a colon, and why: "SX450: kept for a second head"'),
                  (": no rule", "has no reason", 'write the rules, a colon, and why: "SX450: kept for a second head"'),
                  ("conv-*", "leaves out nothing", "remove the line"))]
    check(out[0] == 1 and out[1].startswith("".join(unread) + f"{path}: 0 errors, 3 warnings"),
          "lines that do nothing: " + out[1])
    write(b"SX501: we know\nSX451: fine", b"Convolution")
    status, out, _ = call(lint, path)
    check(status == 1 and "[SX501 op-unknown]" in out and "names an error, which cannot be left out" in out,
          "an error stays: " + out)
    check(call(lint, "--ignore=SX501", "--fail-on=note", path)[0] == 1, "the line is still spoken of")


def forms(lint, models, folder):
    bad, warned, good = (os.path.join(models, n + ".onnx") for n in ("seed-conv-16-32", "nan-weight", "ok-matmul-1d"))
    junk = os.path.join(folder, "junk.onnx")
    with open(junk, "wb") as f:
        f.write(b"\xff" * 40)
    odd = os.path.join(folder, "odd,name:100%.onnx")
    with open(odd, "wb") as f:
        f.write(wire.model([([b"x"], [b"y"], b"<a&b>\n\x1b[2J", b"Convolution", b"")], [b"x"], [b"y"]))
    files = (bad, warned, good, odd, junk)

    out = call(lint, "--format=concise", *files)[1]
    check(len(out.splitlines()) == 4 and out.splitlines()[0].endswith("[SX201 conv-group-channels]"), "concise: " + out)
    check("\x1b" not in out and "'<a&b>\\n\\x1b[2J'" in out, "control bytes of a name: " + repr(out))

    rows = [json.loads(line) for line in call(lint, "-f", "jsonl", *files)[1].splitlines()]
    check([r.get("code") for r in rows] == ["SX201", "SX601", "SX501", "SX101"] and "error" in rows[3], "jsonl")
    check(rows[2]["node"] == "<a&b>\n\x1b[2J" and rows[0]["file"] == bad, "jsonl: the names")
    check(all(re.fullmatch("[0-9a-f]{16}", r["fingerprint"]) for r in rows[:3]), "jsonl: fingerprints")

    status, out, _ = call(lint, "-f", "github", *files)
    lines = out.splitlines()
    check(status == 2 and [x.split()[0] for x in lines] == ["::error", "::warning", "::error", "::error"], "github: " + out)
    check(lines[0].startswith(f"::error file={bad},title=SX201 conv-group-channels::node 'conv_seed'") and
          "%0Ahelp: group may be" in lines[0], "github: " + lines[0])
    check("odd%2Cname%3A100%25.onnx,title=" in lines[2], "github, a name with commas: " + lines[2])

    root = xml.etree.ElementTree.fromstring(call(lint, "-f", "junit", *files)[1])
    suites = root.findall("testsuite")
    check([s.get("failures") for s in suites] == ["1", "1", "0", "1", "0"], "junit: failures")
    check([len(s.findall("testcase")) for s in suites] == [1] * 5 and suites[4].get("errors") == "1", "junit: cases")
    check(suites[0].find("testcase/failure").get("message") == "16 input channels do not split into 32 groups", "junit")

    status, out, _ = call(lint, "-f", "html", *files)
    page = Page()
    page.feed(out)
    check(page.wrong == 0 and not page.open and page.links == 0, "html: well formed, needs nothing else")
    check(page.count["article"] == 4 and page.count["svg"] == 2 and page.count["h2"] == 5, "html: " + str(page.count))
    check("<mark>16</mark>" in out and "marked" in out and "&lt;a&amp;b&gt;\\n\\x1b[2J" in out, "html: dim, node, name")

    out = call(lint, "--color=always", bad)[1].splitlines()
    plain = [re.sub("\033\\[[0-9;]*m", "", line) for line in out]
    at = plain[1].index("16,")
    check(plain[2] == " " * at + "^^", "the caret: " + repr(plain[:3]))
    check(call(lint, "-f", "yaml", bad)[0] == 2, "a form that is none")


def rule_pages(lint):
    """--explain: one rule or several, as text, as a page for a browser, as a manual page."""
    codes = [line.split()[0] for line in call(lint, "--list-rules")[1].splitlines()]
    status, out, _ = call(lint, "--explain=conv-group-channels,SX220")
    check(status == 0 and re.findall(r"^(SX\d+) ", out, re.M) == ["SX201", "SX220"] and
          out.count("## Way out") == 2, "several rules: " + out)
    status, out, _ = call(lint, "--format=html", "--explain=*")
    page = Page()
    page.feed(out)
    check(status == 0 and page.wrong == 0 and not page.open and page.ids == codes and page.links == len(codes),
          "a page for a browser holds all rules, and links to each")
    check("<code>Conv&lt;group = 32&gt;(x, W)</code>" in out and "`" not in re.sub("<code>.*?</code>", "", out), "code")
    status, out, _ = call(lint, "--format=man", "--explain=sx2*")
    check(status == 0 and re.findall(r"^\.SS (SX\d+)", out, re.M) == [c for c in codes if c.startswith("SX2")] and
          "\\fBConv<group = 32>(x, W)\\fR" in out, "a manual page")
    if shutil.which("groff"):
        status, out, err = call("groff", "-man", "-Tutf8", "-ww", stdin=call(lint, "-f", "man", "--explain=*")[1].encode())
        check(status == 0 and not err, "groff: " + err[:500])
    check(call(lint, "--format=json", "--explain=SX201")[0] == 2 and call(lint, "--explain=")[0] == 2, "forms and rules that are none")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    lint, models = os.path.abspath(os.path.join(sys.argv[1], "model-lint")), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        many(lint, models, folder)
        unreadable(lint, models, folder)
        external(lint, folder)
        several = counting(lint, models, folder)
        baselines(lint, models, several, folder)
        targets(lint, models, folder)
        forms(lint, models, folder)
        suppressions(lint, folder)
    rule_pages(lint)
    finish("model-lint")


main()

#!/usr/bin/env python3
"""The tools keep the promises of their option tables, and model-lint those of its interface.

usage: cli.py BIN LINT_MODELS

BIN holds the tools; each one's --help, manual page and completions name the same options.  model-lint then runs on
models of the lint bench: exit status, forms of output, selection, corrections, ways to name models.
"""
import json
import os
import re
import shutil
import sys
import tempfile

from small import call, check, finish


def option_table(tool):
    """--help, the manual page and the completions come from one table: they must name the same options."""
    name = os.path.basename(tool)
    status, page, _ = call(tool, "--help")
    check(status == 0, f"{name} --help ends with {status}")
    check(page.startswith(f"Usage: {name} ") and "Examples:" in page and "Exit status:" in page, f"{name} --help")
    if status != 0:
        return
    check(all(len(line) <= 100 for line in page.splitlines()), f"{name} --help has long lines")
    options = set(re.findall(r"--([a-z][a-z-]*)", page.split("Examples:")[0].split("\n", 1)[1]))
    check({"help", "version", "quiet", "verbose", "color"} <= options, f"{name} lacks a common option")
    _, man, _ = call(tool, "--man")
    in_man = set(re.findall(r"\\-\\-([a-z](?:[a-z]|\\-)*)", man.split(".SH OPTIONS")[1].split(".SH EXAMPLES")[0]))
    in_man = {o.replace("\\-", "-") for o in in_man}
    check(options == in_man, f"{name} --man has other options: {options ^ in_man}")
    for shell, form in (("bash", r"--([a-z][a-z-]*)"), ("zsh", r"--([a-z][a-z-]*)"), ("fish", r" -l ([a-z][a-z-]*)")):
        status, text, _ = call(tool, "--completion=" + shell)
        there = set(re.findall(form, text))
        check(status == 0 and options == there, f"{name}: completion for {shell} has other options: {options ^ there}")
        if shutil.which(shell):
            try_out = ["--no-execute"] if shell == "fish" else ["-n"]
            status, _, err = call(shell, *try_out, stdin=text.encode())
            check(status == 0 and not err, f"{name}: {shell} does not take its completion: {err}")
    for wrong in (["--no-such-option"], ["--color=sometimes"], ["--completion=cmd"]):
        status, out, err = call(tool, *wrong)
        check(status == 2 and err and not out, f"{name} {wrong[0]}: status {status}")
    status, out, _ = call(tool, "--version")
    check(status == 0 and out.startswith(name + " (sardonyx) "), f"{name} --version")


def seed(lint, models):
    """The question it all began with, word for word."""
    model = os.path.join(models, "seed-conv-16-32.onnx")
    status, out, err = call(lint, model)
    check(status == 1 and not err, "the seed is refused with status 1")
    lines = out.replace(model, "seed.onnx").splitlines()
    want = ["seed.onnx: node 'conv_seed' (Conv, graph 'g', #0): error: 16 input channels do not split into 32 groups "
            "[SX201 conv-group-channels]",
            "    x  float32[64, 16, 32, 32]   graph input",
            "    w  float32[32, 1, 3, 3]      initializer",
            "    help: group may be 1, 2, 4, 8 or 16; with this W (32 filters of 1 channel) group = 16 fits; or feed "
            "32 channels"]
    check(lines[:4] == want, "the words about the seed: " + out)
    check(re.fullmatch(r"seed\.onnx: 1 error, 0 warnings \(1 node, [0-9.]+ ms\)", lines[4]), "the last line: " + lines[4])
    for good in ("ok-seed-conv-32-32", "ok-seed-conv-16-16"):
        check(call(lint, os.path.join(models, good + ".onnx"))[0] == 0, good)


def forms(lint, models):
    model = os.path.join(models, "seed-conv-16-32.onnx")
    status, out, _ = call(lint, "--json", model)
    d = json.loads(out)
    check(status == 1 and d["schema"] == "sardonyx.model-lint/1" and d["errors"] == 1, "json: " + out)
    f = d["files"][0]["findings"][0]
    check(f["code"] == "SX201" and f["name"] == "conv-group-channels" and f["severity"] == "error", "json: the rule")
    check(f["node"] == "conv_seed" and f["op"] == "Conv" and f["index"] == 0 and f["graph"] == "g", "json: the place")
    check(f["values"][0] == {"name": "x", "type": "float32[64, 16, 32, 32]", "shape": [64, 16, 32, 32], "axis": 1,
                             "origin": "graph input"}, "json: the first value")
    check(f["fix"]["safe"] is True and "16" in f["fix"]["text"] and f["help"], "json: the way out")
    status, out, _ = call(lint, "--format=sarif", model)
    run = json.loads(out)["runs"][0]
    result = run["results"][0]
    check(status == 1 and json.loads(out)["version"] == "2.1.0", "sarif")
    check(run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "SX201", "sarif: the rule")
    check(result["level"] == "error" and result["message"]["text"], "sarif: the message")
    where = result["locations"][0]
    check(where["logicalLocations"][0]["fullyQualifiedName"] == "g/conv_seed", "sarif: the logical location")
    check(where["physicalLocation"]["artifactLocation"]["uri"].endswith("seed-conv-16-32.onnx"), "sarif: the file")
    check(len(result["partialFingerprints"]) == 1, "sarif: the fingerprint")
    status, out, _ = call(lint, "--format=sarif", model)
    check(json.loads(out)["runs"][0]["results"][0]["partialFingerprints"] == result["partialFingerprints"],
          "sarif: the fingerprint stays")
    check("\033[" in call(lint, "--color=always", model)[1], "--color=always")
    check("\033[" not in call(lint, "--color=never", model)[1], "--color=never")
    check("ms)" not in call(lint, "-q", model)[1], "-q leaves out the last line")


def selection(lint, models):
    model = os.path.join(models, "seed-conv-16-32.onnx")
    nan = os.path.join(models, "nan-weight.onnx")
    for arguments, status in ((["--ignore=SX201"], 0), (["--ignore=conv-*"], 0), (["--select=SX3*"], 0),
                              (["--select=sx2*,nan-weights"], 1), (["--select=conv-group-channels"], 1),
                              (["--fail-on=never"], 0)):
        check(call(lint, *arguments, model)[0] == status, " ".join(arguments))
    check(call(lint, nan)[0] == 0 and "warning" in call(lint, nan)[1], "a warning leaves the status 0")
    check(call(lint, "--fail-on=warning", nan)[0] == 1, "--fail-on=warning")
    check(call(lint, "--fail-on=now", nan)[0] == 2, "--fail-on=now")
    status, out, _ = call(lint, "--list-rules")
    codes = [line.split()[0] for line in out.splitlines()]
    check(status == 0 and codes == sorted(set(codes)) and "SX201" in codes, "--list-rules")
    for name in ("SX201", "conv-group-channels"):
        status, out, _ = call(lint, "--explain=" + name)
        check(status == 0 and out.startswith("SX201 conv-group-channels (error)") and "## Way out" in out, "--explain")
    check(call(lint, "--explain=SX999")[0] == 2, "--explain of no rule")


def corrections(lint, models, folder):
    model = os.path.join(models, "seed-conv-16-32.onnx")
    fixed = os.path.join(folder, "fixed.onnx")
    check(call(lint, "--fix", model)[0] == 2, "--fix without -o")
    status, out, err = call(lint, "--diff", model)
    said = "# SX201 conv-group-channels: set 'group' of node 'conv_seed' to 16\n"
    want = said + f"--- {model}\n+++ {model} (corrected)\n@@ node 'conv_seed' (Conv, #0) @@\n-group = 32\n+group = 16\n"
    check(status == 1 and out == want and "[SX201" in err and not os.path.exists(fixed), "--diff: " + out)
    check(call(lint, "--fix", "-o", fixed, model)[0] == 0, "--fix -o")
    check(call(lint, fixed)[0] == 0, "the corrected model is right")
    with open(model, "rb") as f:
        before = f.read()
    with open(fixed, "rb") as f:
        after = f.read()
    check(len(before) == len(after) and sum(a != b for a, b in zip(before, after)) == 1, "one byte is another")
    good, into = os.path.join(models, "ok-matmul-1d.onnx"), os.path.join(folder, "into", "")
    check(call(lint, "--fix", "-o", fixed, model, good)[0] == 2, "several models into one file")
    status, _, err = call(lint, "--fix", "-o", into, model, good)
    check(status == 0 and sorted(os.listdir(into)) == ["ok-matmul-1d.onnx", "seed-conv-16-32.onnx"] and
          err.count(" change") == 2 and call(lint, "-q", into)[:2] == (0, ""), "several models into a folder: " + err)
    status, _, err = call(lint, "--fix", "-o", into, model, os.path.join(into, "seed-conv-16-32.onnx"))
    check(status == 2 and "would both become" in err, "two of one name: " + err)
    same = os.path.join(folder, "same.onnx")
    shutil.copy(model, same)
    check(call(lint, "--fix", "-o", same, same)[0] == 0 and call(lint, same)[0] == 0, "--fix onto the model itself")


def ways_to_name(lint, models, folder):
    good, bad = (os.path.join(models, n + ".onnx") for n in ("ok-seed-conv-32-32", "seed-conv-16-32"))
    with open(bad, "rb") as f:
        status, out, _ = call(lint, "--stdin-name=pipe.onnx", "-", stdin=f.read())
    check(status == 1 and out.startswith("pipe.onnx: node 'conv_seed'"), "a model from stdin")
    inner = os.path.join(folder, "a", "b")
    os.makedirs(inner)
    shutil.copy(bad, os.path.join(inner, "net.onnx"))
    shutil.copy(good, os.path.join(folder, "a", "good.onnx"))
    check(call(lint, os.path.join(folder, "a"))[0] == 0, "a folder")
    check(call(lint, "-r", os.path.join(folder, "a"))[0] == 1, "folders within folders")
    check(call(lint, os.path.join(folder, "a", "b", "nowhere"))[0] == 2, "a file that is not there")
    check(call(lint)[0] == 2, "no model")
    listed = os.path.join(folder, "list")
    with open(listed, "w", encoding="utf-8") as f:
        f.write(good + "\n" + bad + "\n")
    status, out, _ = call(lint, "--files-from=" + listed)
    check(status == 1 and out.count("ms)") == 2, "--files-from")
    junk = os.path.join(folder, "junk.onnx")
    with open(junk, "wb") as f:
        f.write(b"\xff" * 40)
    status, out, _ = call(lint, good, junk)
    check(status == 2 and "junk.onnx" in out, "what is no model ends with 2")
    check(call(lint, "--", good)[0] == 0 and call(lint, good, "-q")[0] == 0, "-- and options behind")
    symbolic = os.path.join(models, "group-symbolic-rest.onnx")
    check(call(lint, "-d", "nowhere=3", symbolic)[0] == 2, "-d with a symbol that is not there")
    batch = os.path.join(models, "batch-hard.onnx")
    check("warning" not in call(lint, "-q", "-d", "batch=1", batch)[1], "-d batch=1")
    status, out, _ = call(lint, "--shape=x=2,16,4,4", batch)
    check(status == 1 and "512" in out, "--shape=x=2,16,4,4: " + out)
    check(call(lint, "--shape=x=2,17,4,4", batch)[0] == 2, "--shape that contradicts the model")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tools, models = sys.argv[1:]
    names = sorted(n for n in os.listdir(tools) if n.startswith("model-"))
    for name in names:
        option_table(os.path.join(tools, name))
    lint = os.path.join(tools, "model-lint")
    with tempfile.TemporaryDirectory() as folder:
        seed(lint, models)
        forms(lint, models)
        selection(lint, models)
        corrections(lint, models, folder)
        ways_to_name(lint, models, folder)
    finish(f"{len(names)} tools")


main()

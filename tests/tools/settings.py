#!/usr/bin/env python3
"""Settings of model-lint: the same by an option and by a file, which file counts, and what is refused in one.

usage: settings.py MODEL-LINT WITHOUT_INI LINT_MODELS        WITHOUT_INI: model-lint built without libinih
"""
import json
import os
import re
import shutil
import sys
import tempfile

from small import call, check, finish, grouped, write


def found(out):
    """Severity and code of each finding, in order."""
    return re.findall(r": (error|warning|note): .*\[(SX\d+) ", out)


def each_setting(lint, models, folder):
    """What stands in a file says the same as an option, and the option wins over it."""
    ini = os.path.join(folder, "one.ini")
    cases = (  # option, model, the other one, which wins
        ("ignore=SX2*, dead-node", "seed-conv-16-32", "--ignore=SX9*,SX512"),
        ("select=SX4*", "seed-conv-16-32", "--select=SX2*"),
        ("severity=conv-*=note", "seed-conv-16-32", "--severity=SX201=error"),
        ("severity=SX201=off", "seed-conv-16-32", "--severity=SX2*=warning"),
        ("severity=dead-node,SX450=error", "unused-init", "--severity=SX450=warning"),
        ("ignore-in=*16-32.onnx=SX201,SX451", "seed-conv-16-32", None),
        ("fail-on=never", "seed-conv-16-32", "--fail-on=error"),
        ("fail-on=warning", "nan-weight", "--fail-on=error"),
        ("dim=batch=1", "batch-hard", "--dim=batch=2"),
        ("shape=x=2,16,4,4", "batch-hard", "--shape=x=1,16,4,4"),
        ("opset=12", "ok-matmul-1d", "--opset=25"),
        ("ir=3", "ok-matmul-1d", "--ir=12"),
    )
    for text, name, other in cases:
        model = os.path.join(models, name + ".onnx")
        key, value = text.split("=", 1)
        write(ini, f"[model-lint]\n{key} = {value}\n")
        option, filed = (call(lint, a, model) for a in (f"--{key}={value}", "--config=" + ini))
        check(option[0] == filed[0] and found(option[1]) == found(filed[1]), f"{text}: {option} and {filed}")
        plain = call(lint, "--no-config", model)
        check((plain[0], found(plain[1])) != (option[0], found(option[1])), f"{text} does something")
        if other:
            both, alone = (call(lint, *a, model) for a in (["--config=" + ini, other], [other]))
            check(both[0] == alone[0] and found(both[1]) == found(alone[1]), f"{other} wins over {text}: {both}")
    write(ini, "[model-lint]\nmax-findings = 1\nno-suppress = yes\nruntime = on\n[dim]\nnowhere = 3\n[shape]\nz = 1,2\n")
    three = write(os.path.join(folder, "three.onnx"), grouped("conv", "x", [1, 16, 8, 8], times=3))
    status, out, err = call(lint, "--config=" + ini, three)
    check(status == 1 and len(found(out)) == 1 and "3 errors" in out and not err,
          "max-findings; dims of other models are no matter: " + out + err)


def nearest(lint, models, folder):
    """Of each model the file in its folder, or else the nearest one above."""
    inner = os.path.join(folder, "a", "b", "c")
    os.makedirs(inner)
    for place in ("a", "a/b/c"):
        shutil.copy(os.path.join(models, "seed-conv-16-32.onnx"), os.path.join(folder, place, "net.onnx"))
    outer = write(os.path.join(folder, "a", ".model-lint.ini"),
                  "\ufeff# ours\n[severity]\nSX201 = warning ; known\n\n[ignore-in]\nb/* = SX2*,\n    dead-node ; too\n")
    status, out, err = call(lint, "-v", "-r", os.path.join(folder, "a"))
    check(status == 0 and found(out) == [("warning", "SX201")], "one file, two folders: " + out + err)
    check(err.count("settings of ") == 1 and os.path.realpath(outer) in err, "-v names the file, once: " + err)
    near = write(os.path.join(folder, "a", "b", ".model-lint.ini"), "[model-lint]\nfail-on = never\n")
    status, out, _ = call(lint, "-r", os.path.join(folder, "a"))
    check(status == 0 and [s for s, _ in found(out)] == ["error", "warning"], "the nearest one alone counts: " + out)
    d = json.loads(call(lint, "--json", "-r", os.path.join(folder, "a"))[1])
    check([f["settings"] for f in d["files"]] == [os.path.realpath(near), os.path.realpath(outer)], "json: " + str(d))
    status, out, _ = call(lint, "--no-config", "-r", os.path.join(folder, "a"))
    check(status == 1 and out.count("error: 16 input") == 2, "--no-config")
    here = os.getcwd()
    os.chdir(inner)
    with open("net.onnx", "rb") as f:
        status, out, _ = call(lint, "-", stdin=f.read())
    check(status == 0 and "error: 16 input" in out, "a model from stdin is of the current folder")
    os.chdir(here)
    base = os.path.join(folder, "a", "b", "known.json")
    net = os.path.join(inner, "net.onnx")
    check(call(lint, "--write-baseline=" + base, net)[0] == 0, "--write-baseline")
    write(near, "[model-lint]\nbaseline = known.json\n")
    status, out, _ = call(lint, net)
    check(status == 0 and "1 more in the baseline" in out, "a baseline beside the file: " + out)


def refused(lint, models, folder):
    """What is wrong in a file is said with its line, all of it, and no model is looked at."""
    ini = os.path.join(folder, "wrong.ini")
    model = os.path.join(models, "ok-matmul-1d.onnx")
    for text, words in (
            ("[model-lint]\nselct = SX2*\n", ":2: there is no setting 'selct'; settings are select, ignore, "),
            ("[model-lint]\n\nselect = SX2*,\n  SX999\n",
             ":3: select takes codes, names or globs of rules (--list-rules prints them), not 'SX999'"),
            ("[model-lint]\nfail-on = loud", ":2: fail-on takes error, warning, note or never, not 'loud'"),
            ("[model-lint]\nopset = 0", ":2: opset takes a number from 1 on, not '0'"),
            ("[model-lint]\nruntime = maybe", ":2: runtime takes yes or no, not 'maybe'"),
            ("[model-lint]\nfix = all", ":2: there is no setting 'fix'; "),
            ("[severity]\ndead-node = high", ":2: severity takes RULES=LEVEL, a level of error, "),
            ("[dim]\nN = many", ":2: dim takes SYMBOL=NUMBER, not 'N=many'"),
            ("select = SX2*", ":1: 'select' belongs into the section [model-lint]"),
            ("[select]\nx = SX2*", ":2: 'x' belongs into the section [model-lint]"),
            ("[rules]\nx = 1", ":2: there is no section 'rules'; "),
            ("[model-lint]\n\njust words\n", ":3: is neither a [section] nor KEY = VALUE"),
            ("[model-lint]\nignore = " + "SX2*," * 60, ":2: has more than 198 bytes: go on in further ones"),
            ("[model-lint]\nbaseline = nowhere.json", "nowhere.json: No such file"),
            ("\x00\xff[[[=", ":1: has a byte of 0")):
        write(ini, text)
        status, out, err = call(lint, "--config=" + ini, model)
        check(status == 2 and not out and words in err and "wrong.ini" in err or "nowhere" in words and words in err,
              f"{text!r}: {status} {err}")
    write(ini, "[model-lint]\nir = x\nopset = y\n[dim]\nN = z\n")
    check(call(lint, "--config=" + ini, model)[2].count("wrong.ini:") == 3, "all complaints at once")
    check(call(lint, "--config=" + ini + "x", model)[0] == 2, "a file that is not there")
    for wrong in ("--select=SX999", "--ignore=conv-,SX201", "--severity=SX201", "--severity=SX201=fatal",
                  "--ignore-in=SX2*", "--max-findings=0", "--opset=new"):
        status, out, err = call(lint, wrong, model)
        check(status == 2 and not out and wrong.split("=")[0] + " takes " in err, f"{wrong}: {err}")


def without(lint, models, folder):
    """Built without libinih: what is not read is named."""
    place = os.path.join(folder, "plain")
    os.makedirs(place)
    model = shutil.copy(os.path.join(models, "seed-conv-16-32.onnx"), place)
    ini = write(os.path.join(place, ".model-lint.ini"), "[model-lint]\nfail-on = never\n")
    words = ".model-lint.ini is not read: this model-lint was built without libinih"
    status, out, err = call(lint, model, model)
    check(status == 1 and err.count(words) == 1 and out.count("[SX201") == 2, f"{status} {out} {err}")
    status, out, err = call(lint, "--config=" + ini, model)
    check(status == 2 and words in err and not out, f"--config: {status} {err}")
    check(not call(lint, "--no-config", model)[2], "--no-config asks for nothing")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    lint, plain, models = map(os.path.abspath, sys.argv[1:])
    for part, tool in ((each_setting, lint), (nearest, lint), (refused, lint), (without, plain)):
        with tempfile.TemporaryDirectory() as folder:
            part(tool, models, folder)
    finish("settings")


main()

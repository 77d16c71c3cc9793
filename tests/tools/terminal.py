#!/usr/bin/env python3
"""Findings as a terminal shows them: broken to its width, lined up by columns, carets, colours, no byte that controls it.

usage: terminal.py MODEL-LINT LINT_MODELS

Exits with 77, which ctest shows as skipped, where the system has no pseudo terminals.
"""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

from small import call, check, finish, grouped, need_terminals, write


def shown(*command, columns=100, **env):
    """What came on a terminal of so many columns."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    p = subprocess.Popen(command, stdout=far, stderr=far, env={**clean, "TERM": "xterm", **env})
    os.close(far)
    out = b""
    try:
        while piece := os.read(near, 65536):
            out += piece
    except OSError:
        pass
    p.wait()
    os.close(near)
    return out.decode().replace("\r\n", "\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    need_terminals()
    lint, models = map(os.path.abspath, sys.argv[1:])
    os.chdir(models)

    out = shown(lint, "seed-conv-16-32.onnx", columns=70)
    check("\033[1;31merror\033[0m:\n    \033[1m16 input channels do not split into 32 groups\033[0m\n    [SX201 " in out and
          out.count("\033[0m") * 2 == out.count("\033["), "colours: " + out)
    lines = re.sub("\033\\[[0-9;]*m", "", out).splitlines()
    want = ["seed-conv-16-32.onnx: node 'conv_seed' (Conv, graph 'g', #0): error:",
            "    16 input channels do not split into 32 groups",
            "    [SX201 conv-group-channels]",
            "    x  float32[64, 16, 32, 32]   graph input",
            "                   ^^",
            "    w  float32[32, 1, 3, 3]      initializer",
            "                   ^",
            "    help: group may be 1, 2, 4, 8 or 16; with this W (32 filters of 1",
            "          channel) group = 16 fits; or feed 32 channels"]
    check(lines[:len(want)] == want, "70 columns: " + out)
    for n in (40, 61, 90, 200):
        text = shown(lint, "--color=never", "--fail-on=never", ".", columns=n)
        long = [x for x in text.splitlines() if len(x) > n and " " in x.strip() and not x.endswith(" ms)")]
        check(not long and "\033" not in text, f"{n} columns: {long[:3]}")
    plain = call(lint, "via-concat.onnx")[1].splitlines()
    check(shown(lint, "--color=never", "via-concat.onnx", COLUMNS="1000").splitlines()[:2] == plain[:2], "COLUMNS wins")
    check("\033" not in shown(lint, "via-concat.onnx", NO_COLOR="1") and "\033" not in shown(lint, "via-concat.onnx", TERM="dumb"),
          "no colours unasked")
    out = shown(lint, "--color=never", "via-concat.onnx", columns=76).splitlines()
    check(out[2] == "    c   float32[n, 13, 8, 8]   X: Concat 'cat' of float32[n, 6, 8, 8] and" and
          out[3].startswith("                   ^^          float32[n, 7, 8, 8]") and
          out[4] == "    wt  float32[8, 3, 3, 3]    W: initializer",
          "an origin goes on beside the caret: " + "\n".join(out))

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write("wide.onnx", grouped("\u5377\u79ef", "\u8f93\u5165e\u0301", ["\u6279", 16, 32, 32]))
        out = shown(lint, "--color=never", "wide.onnx").splitlines()
        check(out[2:5] == ["    \u8f93\u5165e\u0301  float32[\u6279, 16, 32, 32]   X: graph input",
                           "                       ^^", "    w      float32[32, 1, 3, 3]      initializer"],
              "characters of two columns, and of none: " + "\n".join(out))
        write("controls.onnx", grouped("a\x1b[2J\u202eb\u200b\u009b", "x\x07\n", ["N\t", 16, 32, 32]))
        for text in (shown(lint, "--color=never", "controls.onnx"), call(lint, "controls.onnx")[1]):
            check("node 'a\\x1b[2J\\u202eb\\u200b\\u009b' (Conv" in text and "x\\x07\\n  float32[N\\t, 16" in text and
                  not re.search("[\x00-\x09\x0b-\x1f\u0080-\u009f\u202e\u200b]", text), "what controls a terminal: " + repr(text))
        write("broken.onnx", grouped("gut", "x", ["N", 16, 32, 32]).replace(b"gut", b"\xc3\xa9\xff"))
        check("node '\u00e9\\xff' (Conv" in call(lint, "broken.onnx")[1], "bytes that are no text")
        check(json.loads(call(lint, "--format=jsonl", "broken.onnx")[1])["node"] == "\u00e9\ufffd", "... in JSON")
        name = "block/" * 30
        write("long.onnx", grouped(name, name + "x", [1, 16, 32, 32]))
        out = shown(lint, "--color=never", "long.onnx").splitlines()
        at = out.index("    " + name + "x")
        check(out[at + 1:at + 4] == ["       float32[1, 16, 32, 32]   X: graph input", "                  ^^",
                                     "    w  float32[32, 1, 3, 3]     initializer"], "a long name: " + "\n".join(out))
    finish("terminal")


main()

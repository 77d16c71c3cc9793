#!/usr/bin/env python3
"""The house rules that a machine can check.

usage: house.py TOP [--format]      --format: lay the C files out, instead of saying which are not

Every file of ours begins by saying what it is; nothing is put off in a comment; instruction sets are chosen
at run time and never by what the compiler was told; C files are laid out as .clang-format says; the top
level holds what was agreed.
"""
import os
import re
import subprocess
import sys

TOP_LEVEL = {"runtime", "ops", "proto", "tools", "tests", "CMakeLists.txt", "README.md", "LICENSE"}
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|not implemented " r"yet)\b")
ISA_TEST = re.compile(r"^\s*#\s*(if|ifdef|elif)\b.*__(AVX|SSE|FMA|F16C|ARM_FEATURE)")


def files_of(top):
    listed = subprocess.run(["git", "-C", top, "ls-files", "--cached", "--others", "--exclude-standard"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    return [f for f in listed.splitlines() if os.path.isfile(os.path.join(top, f))]


def complaints(file, text):
    lines = text.splitlines()
    if file.endswith((".c", ".h")):
        head = lines[0] if lines else ""
        said = re.match(r"/\* (\S+) - \S", head)
        if not said or not file.endswith(said[1]):
            yield 1, f"should begin with /* {file} - what it is"
    for number, line in enumerate(lines, 1):
        if LATER.search(line):
            yield number, "puts something off"
        if file.endswith((".c", ".h")) and ISA_TEST.match(line):
            yield number, "asks the compiler for an instruction set"
        if file.endswith((".c", ".h")) and len(line) > 100 and not line.endswith("\\") and '"' not in line:
            yield number, "is longer than 100 columns"
        if line.endswith((" ", "\t")) and not file.endswith(".md"):
            yield number, "ends in a blank"


def same_program(top):
    """The program in the README is the one that the tests compile and run, and has 25 lines at most."""
    with open(os.path.join(top, "README.md"), encoding="utf-8") as f:
        shown = re.search(r"^```c\n(.*?)^```$", f.read(), re.M | re.S)
    with open(os.path.join(top, "tests/capi/first.c"), encoding="utf-8") as f:
        return shown is not None and f.read().partition("\n")[2] == shown[1] and shown[1].count("\n") <= 25


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    top = sys.argv[1]
    files = files_of(top)
    wrong = 0
    for name in sorted({f.split("/")[0] for f in files}):
        if name not in TOP_LEVEL and not name.startswith("."):
            print(f"{name}: not agreed on for the top level")
            wrong += 1
    for file in files:
        with open(os.path.join(top, file), "rb") as f:
            data = f.read()
        if b"\0" in data or file.endswith((".svg", ".json")):
            continue
        for number, why in complaints(file, data.decode()):
            print(f"{file}:{number}: {why}")
            wrong += 1
    if not same_program(top):
        print("README.md: its first program is not tests/capi/first.c, or has more than 25 lines")
        wrong += 1
    code = [os.path.join(top, f) for f in files if f.endswith((".c", ".h"))]
    formatter = os.path.join(os.path.dirname(sys.executable), "clang-format")
    if "--format" in sys.argv:
        subprocess.run([formatter, "-i", *code], check=True)
    else:
        said = subprocess.run([formatter, "--dry-run", *code], stderr=subprocess.PIPE, text=True).stderr
        for path in sorted(set(re.findall(r"^(\S+?):\d+:\d+: warning", said, re.M))):
            print(f"{os.path.relpath(path, top)}: not laid out as .clang-format says")
            wrong += 1
    print(f"{len(files)} files, {wrong} complaints")
    sys.exit(wrong != 0)


main()

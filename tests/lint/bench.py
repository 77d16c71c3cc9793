#!/usr/bin/env python3
"""Scores model-lint on models with exactly one planted defect each, and on clean ones that look suspicious.

usage: bench.py MODEL-LINT [-v]

manifest.json holds one object a model: file, kind (defect or clean), class, node (which the message must
name), severity, numbers (figures a good message shows), token (a word it must show), truth (what is wrong).
A defect is found when model-lint reports an error or a warning; the message is good when it has the right
severity, names the node, shows every number and the token, and offers a way out ("help:").  A clean model
that gets an error or a warning is a false alarm; notes are free.  The test asks for everything.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def judge(lint, entry):
    """Exit status, and what the report lacks: nothing where it is as it should be."""
    path = os.path.join(HERE, entry["file"])
    try:
        done = subprocess.run([lint, "--color=never", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=20)
    except subprocess.TimeoutExpired:
        return ["an end within 20 s"], ""
    text = done.stdout.decode(errors="replace")
    body = text.replace(os.path.basename(path), "")
    levels = set(re.findall(r": (error|warning): ", body))
    if done.returncode not in (0, 1, 2):
        return [f"a normal end (exit status {done.returncode})"], text
    if entry["kind"] == "clean":
        return ["silence: a false alarm"] if levels or done.returncode else [], text
    if entry["class"] == "not-a-model":
        return [] if done.returncode == 2 else ["exit status 2"], text
    if not levels:
        return ["a finding"], text
    lacks = []
    if entry["severity"] not in levels:
        lacks.append(f"severity {entry['severity']}")
    if entry["node"] and entry["node"] not in body:
        lacks.append(f"node {entry['node']}")
    lacks += [f"number {n}" for n in entry["numbers"] if not re.search(rf"(?<![\d.]){re.escape(str(n))}(?!\d)", body)]
    if entry.get("token", "") not in body:
        lacks.append(f"word {entry['token']}")
    if "help:" not in body:
        lacks.append("help")
    return lacks, text


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with open(os.path.join(HERE, "manifest.json")) as f:
        entries = json.load(f)
    good = found = 0
    defects = sum(e["kind"] != "clean" for e in entries)
    clean_good = 0
    for entry in entries:
        lacks, text = judge(sys.argv[1], entry)
        if entry["kind"] == "clean":
            clean_good += not lacks
        else:
            good += not lacks
            found += lacks != ["a finding"] and not any("end" in x for x in lacks)
        if lacks:
            print(f"{entry['file']} ({entry['truth']}) lacks {', '.join(lacks)}")
            if "-v" in sys.argv:
                print(text)
    print(f"lint bench: found {found} of {defects}, good messages {good}; "
          f"clean models silent {clean_good} of {len(entries) - defects}")
    sys.exit(good != defects or clean_good != len(entries) - defects)


main()

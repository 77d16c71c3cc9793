#!/usr/bin/env python3
"""Pages of lint rules and the rules that sources name are the same set.

usage: pages.py TOP

A page runtime/lint/rules/SXnnn-name.md is for a rule that some source names; a name handed to a function that
makes findings has a page.  A code belongs to one name, and a page is of use: title, words, an example.  What the
rule says is compared whole by some test: in those of C after "SXnnn name error", or warning or note, in the
scripts and where an error ends the loading as "SXnnn name".
"""
import os
import re
import sys

MAKERS = r"sdx_(?:refuse|warn|remark|check_\w+|findings_v?add)"
CALL = re.compile(MAKERS + r"\s*\(([^;{}]*?\"[a-z0-9]+(?:-[a-z0-9]+)+\")", re.S)
NAME = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"')


def tested(top):
    """The rules "SXnnn name" whose messages tests hold."""
    found = set()
    for path, _, names in os.walk(os.path.join(top, "tests")):
        for file in (os.path.join(path, n) for n in names if n.endswith((".c", ".py"))):
            if os.path.samefile(file, __file__):
                continue
            with open(file, encoding="utf-8") as f:
                text = f.read()
            if os.sep + os.path.join("unit", "lint") + os.sep in file:
                found.update(re.findall(r'"(SX\d{3} [a-z0-9-]+) (?:error|warning|note)[ :]', text))
            else:
                found.update(re.findall(r'["\[](SX\d{3} [a-z0-9-]+)(?:[]"\\]| error| warning| note)', text))
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    top, wrong = sys.argv[1], 0
    rules = os.path.join(top, "runtime", "lint", "rules")
    pages, codes = {}, {}
    for file in sorted(os.listdir(rules)):
        found = re.match(r"(SX\d{3})-([a-z0-9-]+)\.md$", file)
        if not found:
            print(f"{file}: not named like SX201-conv-group-channels.md")
            wrong += 1
            continue
        code, name = found.groups()
        if code in codes or name in pages:
            print(f"{file}: {code} or {name} is taken by {codes.get(code) or pages.get(name)}")
            wrong += 1
        codes[code], pages[name] = file, file
        with open(os.path.join(rules, file), encoding="utf-8") as f:
            text = f.read()
        if not text.startswith("#") or len(text.split()) < 40:
            print(f"{file}: a page has a title and says what is wrong, why, and the way out")
            wrong += 1
    whole = tested(top)
    for code, file in sorted(codes.items()):
        if file[:-3].replace("-", " ", 1) not in whole:
            print(f"{file}: no test compares what the rule says")
            wrong += 1
    called, literals = {}, set()
    for folder in ("ops", "runtime"):
        for path, _, names in os.walk(os.path.join(top, folder)):
            for file in (os.path.join(path, n) for n in names if n.endswith((".c", ".h"))):
                with open(file, encoding="utf-8") as f:
                    text = f.read()
                literals.update(re.findall(r'"(?:SX\d{3} )?([a-z0-9-]+)"', text))
                for call in CALL.findall(text):
                    called[NAME.findall(call)[-1]] = os.path.relpath(file, top)
    for name, file in sorted(called.items()):
        if name not in pages:
            print(f"{file}: rule {name} has no page")
            wrong += 1
    for name, file in sorted(pages.items()):
        if name not in literals:
            print(f"{file}: no source names {name}")
            wrong += 1
    print(f"{len(pages)} pages, {len(called)} names in calls, {wrong} complaints")
    sys.exit(wrong != 0 or not pages)


main()

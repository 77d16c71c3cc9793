#!/usr/bin/env python3
"""Reads every #include line and holds it against who may include whom.

usage: layers.py TOP

    ops/              sdx/*.h, sardonyx.h, and itself
    tools/            sardonyx.h and itself
    runtime/opkit     sardonyx.h and itself
    runtime/<stage>   sardonyx.h, sdx/*.h and the stages above it in STAGES; lint and passes are blind
                      to each other, plan to both; what is made of proto/ is for load/ alone
    tests/capi, tests/conformance    sardonyx.h, tools/ and themselves
"""
import os
import re
import sys

STAGES = ["opkit", "base", "graph", "eval", "load", "infer", "lint", "passes", "plan", "exec", "api"]
BLIND = {("lint", "passes"), ("passes", "lint"), ("plan", "lint"), ("plan", "passes")}
GENERATED = {"onnx.pb-c.h": {"load"}, "sdx_rule_pages.inc": {"lint", "tools"}}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def sources(top, folder):
    for path, _, names in os.walk(os.path.join(top, folder)):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".inc")):
                yield os.path.relpath(os.path.join(path, name), top)


def public(name):
    return name == "sardonyx.h" or name.startswith("sdx/")


def complaint(top, file, name):
    """Why this file may not include that name; None: it may."""
    part = file.split("/")
    if ".." in name.split("/"):
        return "goes up by '..'"
    if part[0] == "runtime":
        stage, other = part[1], name.split("/")[0]
        if stage not in STAGES:
            return f"stage {stage} is not known to this test"
        if name in GENERATED:
            return None if stage in GENERATED[name] else "is for " + ", ".join(GENERATED[name])
        if name in ("sdx_op_table.inc", "sdx_plugin_table.inc", "sardonyx.h"):
            return None
        if name.startswith("sdx/"):
            return None
        if not os.path.exists(os.path.join(top, "runtime", name)):
            return "is no path below runtime/"
        if STAGES.index(other) > STAGES.index(stage):
            return f"{stage} stands below {other}"
        return f"{stage} and {other} are blind to each other" if (stage, other) in BLIND else None
    if part[0] == "ops":
        known = public(name) or os.path.exists(os.path.join(top, "ops", name))
        return None if known else "is neither opkit nor a path below ops/"
    if part[0] == "tools":
        known = (name == "sardonyx.h" or "tools" in GENERATED.get(name, ()) or
                 os.path.exists(os.path.join(top, "tools", name)))
        return None if known else "is neither sardonyx.h nor a path below tools/"
    if part[:2] in (["tests", "capi"], ["tests", "conformance"]):
        places = (os.path.dirname(file), "tools")  # a tool's parts see sardonyx.h alone, too
        known = name == "sardonyx.h" or any(os.path.exists(os.path.join(top, p, name)) for p in places)
        return None if known else "is neither sardonyx.h nor beside the file nor below tools/"
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    top = sys.argv[1]
    lines = wrong = 0
    for folder in ("runtime", "ops", "tools", "tests"):
        for file in sources(top, folder):
            with open(os.path.join(top, file), encoding="utf-8") as f:
                for number, line in enumerate(f, 1):
                    found = INCLUDE.match(line)
                    if not found:
                        continue
                    lines += 1
                    why = None
                    if found[1] == '"':
                        why = complaint(top, file, found[2])
                    elif file.startswith(("tests/install/", "tests/capi/")) and found[2] == "sardonyx.h":
                        pass  # a user's program
                    elif file.startswith("tests/install/") and public(found[2]):
                        pass  # a user's plugin
                    elif public(found[2]) or (found[2].startswith("protobuf-c") and "/load/" not in file):
                        why = "may not be included with < >"
                    if why:
                        print(f'{file}:{number}: "{found[2]}" {why}')
                        wrong += 1
    print(f"{lines} includes, {wrong} not allowed")
    sys.exit(wrong != 0 or lines == 0)


main()

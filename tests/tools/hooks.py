#!/usr/bin/env python3
"""model-lint where others call it: the hooks for pre-commit and the action for GitHub's workflows.

usage: hooks.py TOP MODEL-LINT LINT_MODELS

Both files are read as their readers do, and what they say to run is run, in a copy of the folders that they name.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

from small import call, check, finish


def copy_of(top, folder, lint, at):
    """A tree with nothing but the hook, the action, and a model-lint that is built."""
    for part in ("tools/hook", ".github/actions/model-lint/action.yml"):
        os.makedirs(os.path.join(folder, os.path.dirname(part)), exist_ok=True)
        shutil.copy(os.path.join(top, part), os.path.join(folder, part))
    if lint:
        os.makedirs(os.path.join(folder, at))
        os.symlink(lint, os.path.join(folder, at, "model-lint"))


def hooks(top, lint, models, folder):
    with open(os.path.join(top, ".pre-commit-hooks.yaml"), encoding="utf-8") as f:
        listed = yaml.safe_load(f)
    check([h["id"] for h in listed] == ["model-lint", "model-lint-system"], "two hooks")
    for h in listed:
        check({"id", "name", "entry", "language", "files"} <= set(h) and re.search(h["files"], "a/net.onnx") and
              not re.search(h["files"], "net.onnx.txt"), "what pre-commit wants: " + str(h))
    built, bare = os.path.join(folder, "built"), os.path.join(folder, "bare")
    copy_of(top, built, lint, "build/hook/bin")
    entry = listed[0]["entry"]
    bad, good = (os.path.join(models, n + ".onnx") for n in ("seed-conv-16-32", "ok-matmul-1d"))
    check(listed[0]["language"] == "script" and os.access(os.path.join(top, entry), os.X_OK), "the entry is a script")
    status, out, _ = call(os.path.join(built, entry), bad, good)
    check(status == 1 and "[SX201" in out and call(os.path.join(built, entry), good)[0] == 0, "the entry: " + out)
    copy_of(top, bare, None, "")
    status, out, err = call(os.path.join(bare, entry), good)
    check(status == 2 and not out and "model-lint could not be built: it needs cmake" in err, "no tree to build: " + err)
    env = {**os.environ, "PATH": os.path.dirname(lint) + ":" + os.environ["PATH"]}
    check(call(listed[1]["entry"], bad, env=env)[0] == 1 and listed[1]["language"] == "system", "the one of the system")


def run_action(action, top, given, folder):
    """The steps as a runner has them: inputs in the environment, each in a bash that stops at errors."""
    inputs = {name: str(given.get(name, i.get("default", ""))) for name, i in action["inputs"].items()}
    output, said = os.path.join(folder, "output"), ""
    for step in action["runs"]["steps"]:
        env = {k: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: inputs[m[1]], v) for k, v in step.get("env", {}).items()}
        p = subprocess.run(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]], cwd=folder,
                           env={**os.environ, **env, "GITHUB_OUTPUT": output,
                                "GITHUB_ACTION_PATH": os.path.join(top, ".github/actions/model-lint")},
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        said += p.stdout.decode()
        if p.returncode:
            return p.returncode, said
    return 0, said


def action(top, lint, models, folder):
    with open(os.path.join(top, ".github/actions/model-lint/action.yml"), encoding="utf-8") as f:
        a = yaml.safe_load(f)
    check(a["runs"]["using"] == "composite" and {"name", "description"} <= set(a), "a composite action")
    check(all({"run", "shell"} <= set(s) and "${{" not in s["run"] for s in a["runs"]["steps"]),
          "no input becomes part of a script")
    tree, work = os.path.join(folder, "tree"), os.path.join(folder, "work")
    copy_of(top, tree, lint, "build/bin")
    os.makedirs(os.path.join(work, "models/inner"))
    shutil.copy(os.path.join(models, "nan-weight.onnx"), os.path.join(work, "models/inner/net.onnx"))
    status, out = run_action(a, tree, {}, work)
    check(status == 0 and out.startswith("::warning file=./models/inner/net.onnx,title=SX601 nan-weights::"), "by itself: " + out)
    status, out = run_action(a, tree, {"paths": "models $(touch x)", "fail-on": "warning", "sarif": "s.json",
                                       "options": "--select=SX6*"}, work)
    check(status == 2 and not os.path.exists(os.path.join(work, "x")) and "touch" in out, "words are no commands: " + out)
    status, out = run_action(a, tree, {"paths": "models", "fail-on": "warning", "sarif": "s.json"}, work)
    with open(os.path.join(work, "s.json"), encoding="utf-8") as f:
        results = json.load(f)["runs"][0]["results"]
    with open(os.path.join(work, "output"), encoding="utf-8") as f:
        check(status == 1 and len(results) == 1 and f.read().splitlines()[-1] == "status=1", f"{status} {out}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    paths = list(map(os.path.abspath, sys.argv[1:]))
    for part in (hooks, action):
        with tempfile.TemporaryDirectory() as folder:
            part(*paths, folder)
    finish("hooks and action")


main()

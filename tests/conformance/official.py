#!/usr/bin/env python3
"""The package onnx runs its own suite, onnx.backend.test.BackendTest, over sardonyx.backend.

usage: official.py [--summary=FILE] [--only=REGEX]

Of its tests for the CPU each one
    passes
    is random             the expected numbers are one draw of a generator: type and shape agree
    is not implemented    making a session ends with the error code "unsupported"
    fails
Real networks are those whose light forms lie in the package.
"""
import atexit
import collections
import os
import re
import shutil
import sys
import tempfile
import unittest

import numpy as np
import onnx.backend.test

import sardonyx
import sardonyx.backend
from make_cases import STATED, draws


class Rep:
    """A prepared model that remembers whether what it computes is left to chance."""

    def __init__(self, rep, model):
        self.rep, self.model = rep, model

    def run(self, inputs, **options):
        Suite.random = draws(self.model, inputs)
        return self.rep.run(inputs, **options)


class Backend(sardonyx.backend.SardonyxBackend):
    @classmethod
    def prepare(cls, model, device="CPU", **options):
        Suite.random = Suite.missing = None
        for name in ("rtol", "atol"):  # the suite passes them on
            options.pop(name, None)
        try:
            return Rep(super().prepare(model, device, **options), model)
        except sardonyx.UnsupportedError as e:
            Suite.missing = e
            raise unittest.SkipTest(str(e)) from e


class Suite(onnx.backend.test.BackendTest):
    """The suite's comparison, for values that it stumbles over: numbers in a list, types that numpy cannot promote."""
    random = missing = None

    @classmethod
    def assert_similar_outputs(cls, ref_outputs, outputs, *arguments, **options):
        assert len(ref_outputs) == len(outputs), f"{len(outputs)} values, expected {len(ref_outputs)}"
        for want, got in zip(ref_outputs, outputs):
            if isinstance(want, list):
                assert isinstance(got, list), f"{type(got)}, expected a list"
                cls.assert_similar_outputs(want, got, *arguments, **options)
                continue
            assert want.dtype == got.dtype, f"{got.dtype}, expected {want.dtype}"
            if cls.random:
                assert want.shape == got.shape, f"shape {got.shape}, expected {want.shape}"
                continue
            if want.dtype.kind == "V" and want.dtype.name != "bfloat16":
                want, got = want.astype(np.float32), got.astype(np.float32)
            super().assert_similar_outputs([want], [got], *arguments, **options)


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = collections.Counter()
        self.operators = collections.Counter()

    def addSuccess(self, test):
        self.count["random" if Suite.random else "pass"] += 1

    def addSkip(self, test, reason):
        if Suite.missing is not None:
            self.count["missing"] += 1
            self.operators[re.search(r"\((\S+?),", Suite.missing.place)[1]] += 1
            Suite.missing = None
        elif test.id().endswith("_cpu") and "no matched include" not in reason:
            self.fail(test, reason)

    def fail(self, test, why):
        self.count["fail"] += 1
        print(f"FAIL {test.id().rpartition('.')[2]}: {' '.join(str(why).split())[:400]}", flush=True)

    def addFailure(self, test, err):
        self.fail(test, err[1])

    def addError(self, test, err):
        self.fail(test, f"{err[0].__name__}: {err[1]}")


def main():
    given = dict(a.removeprefix("--").split("=", 1) for a in sys.argv[1:])
    np.seterr(all="ignore")
    wider = {name: dict(zip(("rtol", "atol"), t)) for name, t in STATED.items()}
    os.environ["ONNX_HOME"] = tempfile.mkdtemp()  # the suite writes there
    os.environ.pop("ONNX_MODELS", None)
    atexit.register(shutil.rmtree, os.environ["ONNX_HOME"])
    suite = Suite(Backend, __name__, test_kwargs=wider)
    suite.include(given.get("only", "_cpu$"))
    suite.exclude("_cuda$")
    result = Result()
    suite.test_suite.run(result)
    c = result.count
    line = (f"official runner: {sum(c.values())} tests: {c['pass']} pass, {c['fail']} fail, {c['missing']} with an "
            f"operator not implemented, {c['random']} random (type and shape agree)\n")
    if result.operators:
        line += "    " + ", ".join(f"{o} {n}" for o, n in result.operators.most_common()) + "\n"
    print(line, end="")
    if "summary" in given:
        with open(given["summary"], "w") as f:
            f.write(line)
    sys.exit(c["fail"] > 0 or c["pass"] == 0)


if __name__ == "__main__":
    main()

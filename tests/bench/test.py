#!/usr/bin/env python3
"""compare.py says what it is asked to: one row a model, ratios of the peer, equal outputs, and why one failed;
sweep.py and operators.py make models of their problems.

usage: test.py MODEL        times nothing: the turns are as short as can be
"""
import json
import os
import platform
import subprocess
import sys
import tempfile

import without_avx512

FOLDER = os.path.dirname(os.path.abspath(__file__))


def run(*arguments, script="compare.py"):
    return subprocess.run([sys.executable, os.path.join(FOLDER, script), "--peers", "onnxruntime", "--rounds", "2",
                           "--seconds", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


ASKING = """
#include <cpuid.h>
int bits(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) ? (int)(b >> 16 & 1) << 1 | (int)(b >> 5 & 1) : 0;
}
"""


def test_without_avx512(folder):
    """A package whose one library asks the processor: its copy hears of AVX2, not of AVX-512."""
    package = os.path.join(folder, "asking")
    os.makedirs(package)
    with open(os.path.join(package, "__init__.py"), "w") as f:
        f.write("import ctypes, os\n"
                "bits = ctypes.CDLL(os.path.join(os.path.dirname(__file__), 'asking.so')).bits()\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", os.path.join(package, "asking.so"), "-xc", "-"],
                   input=ASKING, text=True, check=True)
    sys.path.insert(0, folder)
    plain = {**os.environ, "PYTHONPATH": folder}
    hidden = {**os.environ, **without_avx512.make("asking", os.path.join(folder, "made"))}

    def heard(env):
        done = subprocess.run([sys.executable, "-c", "import asking; print(asking.bits)"], env=env, check=True,
                              stdout=subprocess.PIPE, text=True)
        return int(done.stdout)
    assert heard(hidden) == heard(plain) & 1, (heard(hidden), heard(plain))


def main(model):
    if platform.machine() == "x86_64":
        with tempfile.TemporaryDirectory() as folder:
            test_without_avx512(folder)
    with tempfile.TemporaryDirectory() as folder:
        lines = os.path.join(folder, "lines.json")
        done = run(model, "--threads", "1,2", "--json", lines)
        assert done.returncode == 0, done.stderr
        with open(lines) as f:
            found = [json.loads(line) for line in f]
        assert [x["threads"] for x in found] == [1, 2]
        for x in found:
            ratio = x["ratio"]["onnxruntime"]
            assert 0 < ratio["least"] <= ratio["median"] <= ratio["most"], ratio
            assert x["difference"]["onnxruntime"] < 1e-5, x["difference"]
        rows = done.stdout.splitlines()
        assert len(rows) == 6 and rows[2].startswith(f"| {found[0]['model']} | 1 | "), done.stdout

        broken = os.path.join(folder, "broken.onnx")
        with open(model, "rb") as f, open(broken, "wb") as g:
            g.write(f.read().replace(b"Relu", b"Rely"))
        done = run(broken)
        assert done.returncode == 1 and "sardonyx: " in done.stderr and "Rely" in done.stderr, done.stderr
        assert "failed" in done.stdout.splitlines()[2], done.stdout
        done = run("--problem", "4x5x6 4 3x1 g2 n2 q", "--problem", "3x7 6 4 s3 p1 g3 t", "--json", lines, script="sweep.py")
        assert done.returncode == 0, done.stderr
        with open(lines) as f:
            found = [json.loads(line) for line in f]
        assert [x["model"] for x in found] == ["4x5x6_4_3x1_g2_n2_q", "3x7_6_4_s3_p1_g3_t"]
        assert found[0]["difference"]["onnxruntime"] < 0.005 and found[1]["difference"]["onnxruntime"] < 1e-5, found
        rows = done.stdout.splitlines()
        assert len(rows) == 4 and rows[3].startswith("| 3x7 6 4 s3 p1 g3 t | 1 | 1 | "), done.stdout
        done = run("--problem", "3x7 6 4 x9", script="sweep.py")
        assert done.returncode == 1 and "no problem says 'x9'" in done.stderr, done.stderr
        done = run("many nodes", "--only", "one Add", "--problem", "TopK@11 f32[3,17] i64[1]{5} -> 2", "--problem",
                   "Cast f16[7](0..9) to=u8", "--json", lines, script="operators.py")
        assert done.returncode == 0, done.stderr
        with open(lines) as f:
            found = [json.loads(line) for line in f]
        assert [x["model"] for x in found] == ["one Add"], found
        done = run("--problem", "TopK@11 f32[3,17] i64[1]{5} -> 2", "--problem", "Cast f16[7](0..9) to=u8", "-v",
                   "--json", lines, script="operators.py")
        assert done.returncode == 0, done.stderr
        with open(lines) as f:
            assert [json.loads(line)["difference"]["onnxruntime"] for line in f] == [0, 0]
        assert len(done.stdout.splitlines()) == 11, done.stdout
        done = run("--problem", "Wavy f32[3]", script="operators.py")
        assert done.returncode == 1 and "Wavy" in done.stderr, done.stderr
    done = run(model, "--peers", "another")
    assert done.returncode == 2 and "no peer is called another" in done.stderr, done.stderr


if __name__ == "__main__":
    main(*sys.argv[1:])

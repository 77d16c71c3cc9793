#!/bin/sh
# tests/python/wheel.sh - builds the wheel, installs it beside the packages it needs, and runs a model through it.
# usage: wheel.sh PYTHON TREE LIBRARY
set -eu
python=$1
tree=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR="$work" # pip copies what it builds from
SARDONYX_LIBRARY=$3 "$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-cache-dir -w "$work" \
    "$tree/tools/python"
"$python" -m venv --without-pip "$work/venv"
"$python" -m pip install -q --disable-pip-version-check --no-deps --no-index --no-cache-dir \
    --target "$work/venv/packages" "$work"/sardonyx-*.whl
rest=$("$python" -c 'import numpy, os; print(os.path.dirname(os.path.dirname(numpy.__file__)))')
unset SARDONYX_LIBRARY
cd "$work"
PYTHONPATH=$work/venv/packages:$rest "$work/venv/bin/python" - <<'PROGRAM'
import os
import numpy as np
import sardonyx
assert os.sep + os.path.join("venv", "packages") + os.sep in sardonyx.__file__, sardonyx.__file__
model = sardonyx.Model.parse('<ir_version: 8, opset_import: ["" : 17]> g (float[N] x) => (float[N] y) { y = Relu(x) }')
y, = sardonyx.Session(model).run(None, {"x": np.float32([-1, 2])})
assert y.tolist() == [0, 2], y
print("the wheel of", sardonyx.__version__, "runs a model")
PROGRAM

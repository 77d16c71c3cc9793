#!/bin/sh
# tests/python/wheel.sh - builds the wheel, installs it beside the packages it needs, and runs models through it: one of
# the library's own operators, and one of each plugin that lies beside the library.
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
plugins=$(cd "$(dirname "$3")/sardonyx" 2>/dev/null && ls -- *.so || true)
cd "$work"
PLUGINS=$plugins PYTHONPATH=$work/venv/packages:$rest "$work/venv/bin/python" - <<'PROGRAM'
import os
import numpy as np
import sardonyx
assert os.sep + os.path.join("venv", "packages") + os.sep in sardonyx.__file__, sardonyx.__file__
model = sardonyx.Model.parse('<ir_version: 8, opset_import: ["" : 17]> g (float[N] x) => (float[N] y) { y = Relu(x) }')
y, = sardonyx.Session(model).run(None, {"x": np.float32([-1, 2])})
assert y.tolist() == [0, 2], y

inside = os.path.join(os.path.dirname(sardonyx.__file__), "sardonyx")
plugins = os.environ["PLUGINS"].split()
assert (sorted(os.listdir(inside)) if plugins else []) == sorted(plugins), plugins
HEAD = '<ir_version: 9, opset_import: ["" : 20]> g '
OF = {"regex.so": (HEAD + '(string[N] x) => (bool[N] y) { y = RegexFullMatch<pattern = "[a-c]+1">(x) }',
                   np.array(["abc1", "abd1"], object), [True, False]),
      "image.so": (HEAD + '(uint8[N] x) => (uint8[H, W, C] y) { y = ImageDecoder(x) }',
                   np.frombuffer(b"P6 2 1 255\n\1\2\3\4\5\6", np.uint8), [[[1, 2, 3], [4, 5, 6]]])}
for plugin, (words, x, want) in OF.items():
    if plugin not in plugins:
        continue
    y, = sardonyx.Session(sardonyx.Model.parse(words)).run(None, {"x": x})
    assert y.tolist() == want, (plugin, y)
    sources = {o.source for o in sardonyx.operators()}
    assert os.path.join(inside, plugin) in sources, sources
print("the wheel of", sardonyx.__version__, "runs a model, with plugins", *plugins or ["of no kind"])
PROGRAM

#!/usr/bin/env python3
"""What model-lint --fix does: each rule's correction as text before and after, and what has to hold of every one.

usage: fixes.py MODEL-LINT [-v] [FOLDER...]

A case's correction is made by --fix where it is safe, else by --fix=all alone.  What is written loads, has nothing of the
rule left, and is not changed by a second --fix; where the model ran before, a safe correction leaves every bit of its
results; --diff says what is done.  The pages of the rules say which have a correction: each of those has a case here.
FOLDERs hold models of any kind: corrected by --fix=all, each has to read and to hold no error that was not there.
"""
import collections
import glob
import json
import os
import shutil
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, parser, printer

import sardonyx
from small import call, check, finish

HEAD = '<ir_version: 9, opset_import: ["" : 17]> '
SAFE, GUESS = "safe", "all"


def twice(where):
    """The last of a list, once more."""
    def change(m):
        values = where(m)
        last = values[-1]
        values.add().CopyFrom(last)
    return change


def untyped(m):
    m.graph.node[0].attribute[0].type = 0


def nameless_weight(m):
    m.graph.initializer[0].name = ""


def annotate(m):
    a = m.graph.quantization_annotation.add()
    a.tensor_name = "x"
    a.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="gone")


def no_type(m):
    m.graph.output[0].ClearField("type")


def old_annotation(m):
    m.graph.value_info.add().CopyFrom(helper.make_tensor_value_info("left", 1, [3]))


def float_axis(m):
    a = m.graph.node[0].attribute[0]
    a.CopyFrom(helper.make_attribute(a.name, float(a.i)))


def set_attribute(value):
    def change(m):
        a = m.graph.node[0].attribute[0]
        a.CopyFrom(helper.make_attribute(a.name, value))
    return change


def entry(key, value):
    def change(m):
        m.metadata_props.add(key=key, value=value)
    return change


def both(*changes):
    def change(m):
        for c in changes:
            c(m)
    return change


BIG = "{" + ", ".join(str(i) for i in range(300)) + "}"

# rule, how sure, before, after, change of the parsed text before (what no text says)
CASES = [
    ("opset-import-missing", SAFE, '<ir_version: 9, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) '
     '{ y = com.microsoft.QuickGelu<alpha = 1.0>(x) }',
     '<ir_version: 9, opset_import: ["" : 17, "com.microsoft" : 1]> g (float[2] x) => (float[2] y) '
     '{ y = com.microsoft.QuickGelu<alpha = 1.0>(x) }', None),
    ("opset-import-missing", GUESS, HEAD + 'g (float[2] x) => (float[2] y) { y = ai.onnx.ml.Binarizer(x) }',
     '<ir_version: 9, opset_import: ["" : 17, "ai.onnx.ml" : 5]> g (float[2] x) => (float[2] y) '
     '{ y = ai.onnx.ml.Binarizer(x) }', None),
    ("opset-import-twice", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", twice(lambda m: m.opset_import)),
    ("unused-import", SAFE, '<ir_version: 9, opset_import: ["" : 17, "com.microsoft" : 1]> g (float[2] x) => (float[2] y) '
     '{ y = Relu(x) }', HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", None),
    ("metadata-twice", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }",
     '<ir_version: 9, opset_import: ["" : 17], metadata_props: ["a": "b"]> g (float[2] x) => (float[2] y) { y = Relu(x) }',
     both(entry("a", "b"), entry("a", "b"))),
    ("metadata-twice", GUESS, HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }",
     '<ir_version: 9, opset_import: ["" : 17], metadata_props: ["a": "b"]> g (float[2] x) => (float[2] y) { y = Relu(x) }',
     both(entry("a", "b"), entry("a", "c"))),
    ("ir-too-old", SAFE, '<ir_version: 4, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }',
     '<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }', None),
    ("initializer-not-input", SAFE, '<ir_version: 3, opset_import: ["" : 8]> g (float[2] x) => (float[2] y) '
     '<float[2] w = {1, 2}> { y = Add(x, w) }',
     '<ir_version: 4, opset_import: ["" : 8]> g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }',
     None),
    ("unsorted-nodes", SAFE, HEAD + "g (float[2] x) => (float[2] y) "
     "{ [c] y = Neg(b) [a] a = Exp(x) [b] b = Relu(a) }",
     HEAD + "g (float[2] x) => (float[2] y) { [a] a = Exp(x) [b] b = Relu(a) [c] y = Neg(b) }", None),
    ("duplicate-attribute", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Elu<alpha = 0.5>(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Elu<alpha = 0.5>(x) }", twice(lambda m: m.graph.node[0].attribute)),
    ("duplicate-initializer", SAFE, HEAD + "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }",
     HEAD + "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }", twice(lambda m: m.graph.initializer)),
    ("attribute-untyped", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Softmax<axis = 0>(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Softmax<axis = 0>(x) }", untyped),
    ("initializer-unnamed", GUESS, HEAD + "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Relu(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", nameless_weight),
    ("graph-unnamed", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }",
     HEAD + "main_graph (float[2] x) => (float[2] y) { y = Relu(x) }", lambda m: m.graph.ClearField("name")),
    ("value-info-twice", SAFE, HEAD + "g (float[2] x) => (float[2] y) <float[2] a> { a = Exp(x) y = Relu(a) }",
     HEAD + "g (float[2] x) => (float[2] y) <float[2] a> { a = Exp(x) y = Relu(a) }", twice(lambda m: m.graph.value_info)),
    ("value-info-twice", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", both(old_annotation, old_annotation)),
    ("declared-shape", SAFE, HEAD + "g (float[2, 3] x) => (float[3, 2] y) <float[2, 3] a> "
     "{ a = Transpose<perm = [1, 0]>(x) y = Relu(a) }",
     HEAD + "g (float[2, 3] x) => (float[3, 2] y) { a = Transpose<perm = [1, 0]>(x) y = Relu(a) }", None),
    ("declared-type", SAFE, HEAD + "g (float[2] x) => (float[2] y) <int64[2] a> { a = Exp(x) y = Relu(a) }",
     HEAD + "g (float[2] x) => (float[2] y) { a = Exp(x) y = Relu(a) }", None),
    ("declared-shape", GUESS, HEAD + "g (float[N, 3] x) => (float[4, 7] y) { y = Transpose<perm = [1, 0]>(x) }",
     HEAD + "g (float[N, 3] x) => (float[3, N] y) { y = Transpose<perm = [1, 0]>(x) }", None),
    ("declared-type", GUESS, HEAD + "g (float[2] x) => (int64[2] y) { y = Exp(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Exp(x) }", None),
    ("end-untyped", SAFE, HEAD + "g (float[N, 3] x) => (float[3, N] y) { y = Transpose<perm = [1, 0]>(x) }",
     HEAD + "g (float[N, 3] x) => (float[3, N] y) { y = Transpose<perm = [1, 0]>(x) }", no_type),
    ("undefined-tensor", GUESS, HEAD + "g (float[2] x) => (float[2] y) { hidden = Exp(x) y = Relu(hiden) }",
     HEAD + "g (float[2] x) => (float[2] y) { hidden = Exp(x) y = Relu(hidden) }", None),
    ("quantization-annotation", GUESS, HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", annotate),
    ("unused-function", GUESS, '<ir_version: 9, opset_import: ["" : 17, "f" : 1]> g (float[2] x) => (float[2] y) '
     '{ y = Relu(x) } <opset_import: ["" : 17], domain: "f"> twice (a) => (b) { b = Add(a, a) }',
     '<ir_version: 9, opset_import: ["" : 17, "f" : 1]> g (float[2] x) => (float[2] y) { y = Relu(x) }', None),
    ("node-name-twice", SAFE, HEAD + "g (float[2] x) => (float[2] y) { [n] a = Exp(x) [n] b = Neg(a) [n_1] y = Relu(b) }",
     HEAD + "g (float[2] x) => (float[2] y) { [n] a = Exp(x) [n_4] b = Neg(a) [n_1] y = Relu(b) }", None),
    ("unused-initializer", GUESS, HEAD + "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Relu(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", None),
    ("dead-node", GUESS, HEAD + "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}, float[2] a> "
     "{ a = Add(x, w) b = Neg(a) c = Exp(b) y = Relu(x) }", HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", None),
    ("equal-initializers", GUESS, HEAD + f"g (float[300] x) => (float[300] y) <float[300] v = {BIG}, float[300] w = {BIG}> "
     "{ a = Add(x, v) y = Mul(a, w) }",
     HEAD + f"g (float[300] x) => (float[300] y) <float[300] v = {BIG}> {{ a = Add(x, v) y = Mul(a, v) }}", None),
    ("no-effect", SAFE, HEAD + "g (float[2, 3] x) => (float[2, 3] y) <int64[2] s = {2, 3}> "
     "{ a = Exp(x) b = Reshape(a, s) y = Relu(b) }",
     HEAD + "g (float[2, 3] x) => (float[2, 3] y) { a = Exp(x) y = Relu(a) }", None),
    ("no-effect", SAFE, HEAD + "g (float[2] x) => (float[2] y) { a = Exp(x) y = Cast<to = 1>(a) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Exp(x) }", None),
    ("no-effect", SAFE, HEAD + "g (float[2] x, bool c) => (float[2] y) { b = Transpose<perm = [0]>(x) y = If(c) "
     "<then_branch = t () => (float[2] u) { u = Relu(b) }, else_branch = e () => (float[2] v) { v = Neg(b) }> }",
     HEAD + "g (float[2] x, bool c) => (float[2] y) { y = If(c) <then_branch = t () => (float[2] u) { u = Relu(x) }, "
     "else_branch = e () => (float[2] v) { v = Neg(x) }> }", None),
    ("cancelling-pair", SAFE, HEAD + "g (float[2, 3] x) => (float[2, 3] y) "
     "{ a = Transpose<perm = [1, 0]>(x) b = Transpose<perm = [1, 0]>(a) y = Relu(b) }",
     HEAD + "g (float[2, 3] x) => (float[2, 3] y) { y = Relu(x) }", None),
    ("cancelling-pair", SAFE, HEAD + "g (float[2, 3] x) => (float[2, 3] y, float[3, 2] z) "
     "{ a = Transpose<perm = [1, 0]>(x) b = Transpose<perm = [1, 0]>(a) y = Relu(b) z = Exp(a) }",
     HEAD + "g (float[2, 3] x) => (float[2, 3] y, float[3, 2] z) { a = Transpose<perm = [1, 0]>(x) y = Relu(x) "
     "z = Exp(a) }", None),
    ("training-mode", GUESS, HEAD + "g (float[2] x) => (float[2] y) <float r = {0.5}, bool t = {1}> { y = Dropout(x, r, t) }",
     HEAD + "g (float[2] x) => (float[2] y) <float r = {0.5}> { y = Dropout(x, r) }", None),
    ("training-mode", GUESS, HEAD + "g (float[2, 1] x, float[1] s) => (float[2, 1] y) "
     "{ y, m, v = BatchNormalization<training_mode = 1>(x, s, s, s, s) }",
     HEAD + "g (float[2, 1] x, float[1] s) => (float[2, 1] y) "
     "{ y = BatchNormalization<training_mode = 0>(x, s, s, s, s) }", None),
    ("too-many-outputs", GUESS, HEAD + "g (float[2] x) => (float[2] y) { y, z = Relu(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", None),
    ("too-many-inputs", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x, , ) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", None),
    ("value-ignored", SAFE, HEAD + "g (float[1, 1, 4, 4] x) => (float[1, 1, 2, 2] y) "
     "{ y = MaxPool<kernel_shape = [3, 3], storage_order = 1>(x) }",
     HEAD + "g (float[1, 1, 4, 4] x) => (float[1, 1, 2, 2] y) { y = MaxPool<kernel_shape = [3, 3]>(x) }", None),
    ("value-ignored", SAFE, HEAD + 'g (float[3] x) => (float[5] y) <int64[2] p = {1, 1}, float v = {7}> '
     '{ y = Pad<mode = "edge">(x, p, v) }',
     HEAD + 'g (float[3] x) => (float[5] y) <int64[2] p = {1, 1}> { y = Pad<mode = "edge">(x, p) }', None),
    ("window-auto-pad", SAFE, HEAD + 'g (float[1, 1, 4] x) => (float[1, 1, 4] y) '
     '{ y = MaxPool<kernel_shape = [3], auto_pad = "SAME_UPPER", pads = [1, 1]>(x) }',
     HEAD + 'g (float[1, 1, 4] x) => (float[1, 1, 4] y) { y = MaxPool<kernel_shape = [3], auto_pad = "SAME_UPPER">(x) }',
     None),
    ("conv-kernel-shape", GUESS, HEAD + "g (float[1, 1, 4] x, float[1, 1, 3] w) => (float[1, 1, 2] y) "
     "{ y = Conv<kernel_shape = [5]>(x, w) }",
     HEAD + "g (float[1, 1, 4] x, float[1, 1, 3] w) => (float[1, 1, 2] y) { y = Conv(x, w) }", None),
    ("conv-group-channels", SAFE, HEAD + "g (float[1, 4, 4] x, float[4, 1, 3] w) => (float[1, 4, 2] y) "
     "{ [c] y = Conv<group = 8>(x, w) }",
     HEAD + "g (float[1, 4, 4] x, float[4, 1, 3] w) => (float[1, 4, 2] y) { [c] y = Conv<group = 4>(x, w) }", None),
    ("conv-weight-channels", SAFE, HEAD + "g (float[1, 4, 4] x, float[4, 1, 3] w) => (float[1, 4, 2] y) "
     "{ [c] y = Conv(x, w) }",
     HEAD + "g (float[1, 4, 4] x, float[4, 1, 3] w) => (float[1, 4, 2] y) { [c] y = Conv<group = 4>(x, w) }", None),
    ("mod-float", GUESS, HEAD + "g (float[2] x) => (float[2] y) { y = Mod(x, x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Mod<fmod = 1>(x, x) }", None),
    ("attribute-unknown", GUESS, HEAD + "g (float[1, 4, 4] x, float[4, 1, 3] w) => (float[1, 4, 2] y) "
     "{ y = Conv<groups = 4>(x, w) }",
     HEAD + "g (float[1, 4, 4] x, float[4, 1, 3] w) => (float[1, 4, 2] y) { y = Conv<group = 4>(x, w) }", None),
    ("attribute-unknown", GUESS, HEAD + "g (float[2] x) => (float[2] y) { y = Relu<alpha = 4.0>(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", None),
    ("attribute-type", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Softmax<axis = -1>(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Softmax<axis = -1>(x) }", float_axis),
    ("attribute-type", SAFE, HEAD + "g (float[2] x) => (float[2] y) { y = Elu<alpha = 3.0>(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Elu<alpha = 3.0>(x) }", set_attribute([3])),
    ("attribute-type", GUESS, HEAD + "g (float[1, 1, 4] x) => (float[1, 1, 2] y) { y = MaxPool<kernel_shape = [3]>(x) }",
     HEAD + "g (float[1, 1, 4] x) => (float[1, 1, 2] y) { y = MaxPool<kernel_shape = [3]>(x) }", set_attribute(3)),
    ("attribute-value", SAFE, HEAD + 'g (float[3] x) => (float[5] y) <int64[2] p = {1, 1}> '
     '{ y = Pad<mode = "Edge">(x, p) }',
     HEAD + 'g (float[3] x) => (float[5] y) <int64[2] p = {1, 1}> { y = Pad<mode = "edge">(x, p) }', None),
    ("op-unknown", GUESS, HEAD + "g (float[2] x) => (float[2] y) { y = relu(x) }",
     HEAD + "g (float[2] x) => (float[2] y) { y = Relu(x) }", None),
    ("op-unimplemented", GUESS, '<ir_version: 9, opset_import: ["" : 17, "org" : 1]> g (float[2] x) => (float[2] y) '
     '{ y = org.Relu(x) }',
     '<ir_version: 9, opset_import: ["" : 17, "org" : 1]> g (float[2] x) => (float[2] y) { y = Relu(x) }', None),
    ("op-deprecated", SAFE, '<ir_version: 9, opset_import: ["" : 11]> g (float[3] x, int64[2] i, float[2] u) => (float[3] y) '
     '{ y = Scatter<axis = 0>(x, i, u) }',
     '<ir_version: 9, opset_import: ["" : 11]> g (float[3] x, int64[2] i, float[2] u) => (float[3] y) '
     '{ y = ScatterElements<axis = 0>(x, i, u) }', None),
    ("op-deprecated", SAFE, '<ir_version: 9, opset_import: ["" : 10]> g (float[1, 1, 2, 3] x) => (float[1, 1, 4, 6] y) '
     '<float[4] s = {1, 1, 2, 2}> { y = Upsample<mode = "linear">(x, s) }',
     '<ir_version: 9, opset_import: ["" : 10]> g (float[1, 1, 2, 3] x) => (float[1, 1, 4, 6] y) '
     '<float[4] s = {1, 1, 2, 2}> { y = Resize<mode = "linear">(x, s) }', None),
    ("reshape-batch", GUESS, HEAD + "g (float[N, 2, 3] x) => (float[M, 6] y) <int64[2] s = {1, 6}> { y = Reshape(x, s) }",
     HEAD + "g (float[N, 2, 3] x) => (float[M, 6] y) <int64[2] s = {-1, 6}> { y = Reshape(x, s) }", None),
    ("reshape-batch", GUESS, HEAD + "g (float[N, 2, 3] x) => (float[M, 6] y) "
     "{ s = Constant<value = int64[2] {4, 6}>() y = Reshape(x, s) }",
     HEAD + "g (float[N, 2, 3] x) => (float[M, 6] y) "
     "{ s = Constant<value = int64[2] {-1, 6}>() y = Reshape(x, s) }", None),
    ("reshape-batch", GUESS, HEAD + "g (float[N, 2, 3] x) => (float[M, K] y) <int64[2] s = {1, -1}> { y = Reshape(x, s) }",
     HEAD + "g (float[N, 2, 3] x) => (float[M, K] y) <int64[2] s = {0, -1}> { y = Reshape(x, s) }", None),
]


def findings(lint, path, *options):
    """None: it could not be read."""
    status, out, err = call(lint, "--json", "--no-config", *options, path)
    return None if status == 2 else json.loads(out)["files"][0]["findings"]


def results(data):
    """Of a run on numbers that depend on the shapes alone; None: it does not run."""
    try:
        model = sardonyx.Model(data)
        session = sardonyx.Session(model, threads=1)
        feeds = {}
        for i in model.inputs:
            shape = [d if isinstance(d, int) else 2 for d in i.shape]
            numbers = np.arange(1, np.prod(shape, dtype=int) + 1).reshape(shape)
            feeds[i.name] = (numbers % 2 if i.dtype in ("int64", np.int64) else numbers / 8).astype(i.dtype)
        return session.run(None, feeds)
    except sardonyx.Error:
        return None


def pages(lint):
    """What each rule's page says of its correction."""
    says = {}
    for line in call(lint, "--list-rules")[1].splitlines():
        name = line.split()[1]
        text = call(lint, "--explain=" + name)[1]
        says[name] = next((p for p in (SAFE, GUESS) if f"\nCorrection: {p}" in text), None)
    return says


def try_case(lint, folder, said, rule, sure, before, after, change):
    title = f"{rule}: {before}"
    path, now, again = (os.path.join(folder, n) for n in ("before.onnx", "now.onnx", "again.onnx"))
    model = parser.parse_model(before)
    if change:
        change(model)
    onnx.save(model, path)
    first = findings(lint, path)
    ours = [f for f in first if f["name"] == rule]
    if not check(bool(ours), f"{title}: not found; {[f['name'] for f in first]}"):
        return
    fixes = [f["fix"] for f in ours if "fix" in f]
    if not check(bool(fixes), f"{title}: no correction"):
        return
    check(all(f["safe"] == (sure == SAFE) for f in fixes), f"{title}: safe is {fixes}")
    check(said[rule] == SAFE or sure == GUESS, f"{rule}: its page does not say that it is safe")
    only = "--select=" + rule
    if sure == GUESS:
        call(lint, "--fix", only, "-o", now, path)
        with open(path, "rb") as a, open(now, "rb") as b:
            check(a.read() == b.read(), f"{title}: --fix alone changes it")
    how = "--fix" if sure == SAFE else "--fix=all"
    check(call(lint, how, only, "-o", now, path)[0] < 2, f"{title}: {how} fails")
    left = findings(lint, now) or []
    check(not [f for f in left if f["name"] == rule and "fix" in f], f"{title}: is left")
    want, have = printer.to_text(parser.parse_model(after)), printer.to_text(onnx.load(now))
    check(want == have, f"{title}: becomes\n{have}\n--- and not ---\n{want}")
    call(lint, how, only, "-o", again, now)
    with open(now, "rb") as a, open(again, "rb") as b:
        check(a.read() == b.read(), f"{title}: a second {how} changes it")
    status, out, _ = call(lint, "--diff", how, only, path)
    check(f"# {ours[0]['code']} {rule}: {fixes[0]['text']}\n--- " in out or fixes[0]["text"] in out,
          f"{title}: --diff says {out}")
    check(results(open(now, "rb").read()) is not None, f"{title}: what is written does not run")
    x, y = (results(open(p, "rb").read()) for p in (path, now))
    if x is not None and y is not None and sure == SAFE:
        check(len(x) == len(y) and all(a.tobytes() == b.tobytes() for a, b in zip(x, y)), f"{title}: other results")


def try_model(lint, path, now, again, counts):
    """Corrects all that can be: the model must not be worse."""
    before = findings(lint, path)
    if before is None:
        return
    counts["models"] += 1
    status = call(lint, "--fix=all", "--no-config", "-o", now, path)[0]
    if not check(status < 2, f"{path}: --fix=all fails"):
        return
    after = findings(lint, now)
    if not check(after is not None, f"{path}: what is written cannot be read"):
        return
    counts["corrected"] += before != after
    kinds = [collections.Counter(f["name"] for f in l if f["severity"] == "error") for l in (before, after)]
    new = kinds[1] - kinds[0]
    check(not new, f"{path}: new errors: {[f for f in after if f['name'] in new]}")
    call(lint, "--fix=all", "--no-config", "-o", again, now)
    with open(now, "rb") as a, open(again, "rb") as b:
        check(a.read() == b.read(), f"{path}: a second --fix=all changes it")


def main():
    words = [a for a in sys.argv[1:] if a != "-v"]
    if not words:
        sys.exit(__doc__)
    lint, folders = words[0], words[1:]
    said = pages(lint)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            try_case(lint, folder, said, *case)
        for i, at in enumerate(folders):
            copy = os.path.join(folder, str(i))
            shutil.copytree(at, copy)  # what is written stands beside the model, for its external data
            for path in sorted(glob.glob(os.path.join(copy, "**", "*.onnx"), recursive=True)):
                try_model(lint, path, path + ".now", path + ".again", counts)
    tried = {(c[0], c[1]) for c in CASES}
    for rule, how in said.items():
        check(how is None or (rule, how) in tried, f"{rule}: no case of its correction")
        check(how is not None or not {r for r, _ in tried} & {rule}, f"{rule}: its page says nothing of a correction")
    finish(f"{len(CASES)} corrections, {counts['corrected']} of {counts['models']} models changed")


main()

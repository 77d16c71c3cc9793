#!/usr/bin/env python3
"""Compares operators that run natively with the function bodies that the standard defines them by.

usage: bodies.py CONFORMANCE OUT [--count=N] [--seed=N]

    CONFORMANCE   the program made of run.c
    OUT           a folder of its own, made anew

For each operator of the attention family N models (40), with options, shapes, types and versions drawn at
random, also such as no node case has.  The results to hold are what the package's reference evaluator makes of the
body, never of the operator.  Half of the models declare symbols instead of dims.
"""
import os
import random
import shutil
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, defs, helper, inliner, numpy_helper
from onnx.reference import ReferenceEvaluator

from make_cases import lay_out, write

TOLERANCE = {np.float32: (1e-3, 1e-5), np.float64: (1e-3, 1e-6), np.float16: (2e-2, 2e-2)}  # what rounding leaves
NAMES = {np.float32: "tensor(float)", np.float64: "tensor(double)", np.float16: "tensor(float16)"}


class Draw:
    """One node's options: inputs (None: absent), attributes, outputs ("" for one that is left out)."""

    def __init__(self, rng, operator, domain, opset, dtype):
        self.rng, self.operator, self.domain, self.opset, self.dtype = rng, operator, domain, opset, dtype
        self.inputs, self.attributes, self.outputs = [], {}, ["out0"]

    def floats(self, *shape, low=-2.0, high=2.0):
        values = np.random.default_rng(self.rng.getrandbits(32)).uniform(low, high, shape)
        return values.astype(self.dtype)

    def chance(self, percent):
        return self.rng.randrange(100) < percent


def attention_mask(d, batch, heads, steps, keys):
    shape = [batch if d.chance(50) else 1, heads if d.chance(50) else 1, steps, keys][d.rng.randrange(3):]
    if d.opset >= 24 and d.chance(20):
        shape[-1] = max(1, keys - 1)
    if d.chance(50):
        return np.random.default_rng(d.rng.getrandbits(32)).uniform(size=shape) < 0.7
    return d.floats(*shape)


def attention(d):
    heads = d.rng.choice([1, 2, 3])
    group, batch, steps = d.rng.choice([1, 1, 2, 4]), d.rng.choice([1, 2]), d.rng.choice([1, 3, 9, 40])
    new, size, size_v = d.rng.choice([1, 4, 21, 150]), d.rng.choice([2, 8, 17]), d.rng.choice([2, 5, 16])
    past = d.rng.choice([3, 130]) if d.chance(30) else 0
    flat = d.chance(40)

    def rows(n, count, width):
        return d.floats(batch, count, n * width) if flat else d.floats(batch, n, count, width)

    d.inputs = [rows(heads * group, steps, size), rows(heads, new, size), rows(heads, new, size_v),
                attention_mask(d, batch, heads * group, steps, past + new) if d.chance(50) else None]
    if flat:
        d.attributes.update(q_num_heads=heads * group, kv_num_heads=heads)
    if past:
        d.inputs += [d.floats(batch, heads, past, size), d.floats(batch, heads, past, size_v)]
        d.outputs += ["out1", "out2"]
    elif d.opset >= 24 and d.chance(50):
        d.inputs += [None, None, np.array([d.rng.randint(0, new) for _ in range(batch)], np.int64)]
    if d.chance(30):
        d.outputs = (d.outputs + ["", ""])[:3] + ["out3"]
        d.attributes["qk_matmul_output_mode"] = d.rng.randrange(4)
    if d.chance(40):
        d.attributes["is_causal"] = 1
    if d.chance(30):
        d.attributes["softcap"] = d.rng.choice([0.5, 3.0])
    if d.chance(30):
        d.attributes["scale"] = d.rng.choice([0.1, 1.0])
    if d.chance(20):
        d.attributes["softmax_precision"] = int(d.rng.choice([TensorProto.FLOAT, TensorProto.DOUBLE]))
    for side in ("left_window_size", "right_window_size"):
        if d.opset >= 25 and d.chance(30):
            d.attributes[side] = d.rng.choice([0, 2, 30])


def rotary_embedding(d):
    batch, steps, heads = d.rng.choice([1, 3]), d.rng.choice([1, 5]), d.rng.choice([1, 3])
    size, flat, placed = 2 * d.rng.choice([1, 4, 9]), d.chance(50), d.chance(50)
    turned = size if d.chance(60) else 2 * d.rng.randint(1, size // 2)
    if turned != size or d.chance(30):
        d.attributes["rotary_embedding_dim"] = turned
    caches = [7, turned // 2] if placed else [batch, steps, turned // 2]
    d.inputs = [d.floats(batch, steps, heads * size) if flat else d.floats(batch, heads, steps, size),
                d.floats(*caches), d.floats(*caches)]
    if placed:
        d.inputs.append(np.array([[d.rng.randrange(7) for _ in range(steps)] for _ in range(batch)], np.int64))
    if flat:
        d.attributes["num_heads"] = heads
    d.attributes["interleaved"] = d.rng.randrange(2)


def linear_attention(d):
    batch, steps, heads = d.rng.choice([1, 2]), d.rng.choice([1, 4]), d.rng.choice([1, 2])
    group, keys, values = d.rng.choice([1, 3]), d.rng.choice([1, 6]), d.rng.choice([3, 70])
    rule = d.rng.choice(["linear", "gated", "delta", "gated_delta"])
    fades, corrects = "gated" in rule, "delta" in rule
    d.attributes.update(q_num_heads=heads * group, kv_num_heads=heads, update_rule=rule)
    if d.chance(30):
        d.attributes["scale"] = 0.5
    d.inputs = [d.floats(batch, steps, heads * group * keys), d.floats(batch, steps, heads * keys),
                d.floats(batch, steps, heads * values),
                d.floats(batch, heads, keys, values) if d.chance(50) else None,
                d.floats(batch, steps, heads * d.rng.choice([1, keys]), low=-1, high=0) if fades else None,
                d.floats(batch, steps, d.rng.choice([1, heads]), low=0, high=1) if corrects else None]
    d.outputs.append("out1")


def causal_conv(d):
    batch, channels, k = d.rng.choice([1, 2]), d.rng.choice([1, 5]), d.rng.choice([1, 4])
    d.inputs = [d.floats(batch, channels, d.rng.choice([1, 3, 33])), d.floats(channels, 1, k),
                d.floats(channels) if d.chance(50) else None,
                d.floats(batch, channels, k - 1) if d.chance(50) else None]
    d.attributes["activation"] = d.rng.choice(["none", "silu", "swish"])
    d.outputs.append("out1")


def flex_attention(d):
    heads, group, batch = d.rng.choice([1, 2]), d.rng.choice([1, 3]), d.rng.choice([1, 2])
    steps, keys, size = d.rng.choice([1, 5]), d.rng.choice([1, 140]), d.rng.choice([2, 9])
    d.inputs = [d.floats(batch, heads * group, steps, size), d.floats(batch, heads, keys, size),
                d.floats(batch, heads, keys, d.rng.choice([1, 6]))]
    if d.chance(40):
        d.attributes["scale"] = 0.3
    kind = TensorProto.DOUBLE if d.dtype is np.float64 else TensorProto.FLOAT
    shape = [batch, heads * group, steps, keys]
    for name, operator in (("score_mod", "Tanh"), ("prob_mod", "Sqrt")):
        if d.chance(40):
            d.attributes[name] = helper.make_graph(
                [helper.make_node(operator, ["given"], ["made"])], name,
                [helper.make_tensor_value_info("given", kind, shape)],
                [helper.make_tensor_value_info("made", kind, shape)])


def swiglu(d):
    shape = [d.rng.choice([1, 3]), d.rng.choice([4, 67])]
    d.inputs = [d.floats(*shape), d.floats(*shape)]
    if d.chance(50):
        d.attributes["alpha"] = d.rng.choice([0.5, 1.7])


OPERATORS = [("Attention", "", attention), ("RotaryEmbedding", "", rotary_embedding),
             ("LinearAttention", "", linear_attention), ("CausalConvWithState", "", causal_conv),
             ("SwiGLU", "", swiglu), ("FlexAttention", "ai.onnx.preview", flex_attention)]


def body_of(d, node, types):
    schema = defs.get_schema(d.operator, d.opset, d.domain)
    imported = defs.onnx_opset_version() if d.domain else d.opset
    if schema.has_function:
        text = schema.get_function_with_opset_version(schema.function_opset_versions[0])
    else:
        versions = schema.context_dependent_function_opset_versions
        at = max(v for v in versions if v <= imported)
        text = schema.get_context_dependent_function_with_opset_version(
            at, node.SerializeToString(), [t.SerializeToString() for t in types])
    function = onnx.FunctionProto()
    function.ParseFromString(text)
    function.domain = "body"
    return function


def case(d, folder):
    """Writes one case: the native model, its inputs, and what the body makes of them."""
    names = [f"in{i}" if v is not None else "" for i, v in enumerate(d.inputs)]
    while names and not names[-1]:
        names.pop()
    node = helper.make_node(d.operator, names, d.outputs, domain=d.domain, **d.attributes)
    fed = [(n, v) for n, v in zip(names, d.inputs) if n]
    types = [helper.make_tensor_type_proto(helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) if v is not None
             else onnx.TypeProto() for v in d.inputs[:len(names)]]
    function = body_of(d, node, types)
    call = helper.make_node(function.name, names + [""] * (len(function.input) - len(names)),
                            d.outputs + [""] * (len(function.output) - len(d.outputs)), domain="body")
    given = {a.name: a for a in node.attribute}
    for name in function.attribute:
        if name in given:
            call.attribute.append(given[name])
    for default in function.attribute_proto:
        call.attribute.append(given.get(default.name, default))
    opsets = [helper.make_opsetid(d.domain, d.opset)] + ([helper.make_opsetid("", 25)] if d.domain else [])
    outs = [onnx.ValueInfoProto(name=n) for n in d.outputs if n]
    graph = helper.make_graph([call], "g", [helper.make_tensor_value_info(
        n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in fed], outs)
    model = helper.make_model(graph, functions=[function], ir_version=10,
                              opset_imports=opsets + [helper.make_opsetid("body", 1)])
    body = inliner.inline_local_functions(model)
    if any(n.op_type == d.operator for n in body.graph.node):
        sys.exit(f"{d.operator}: the body is not one")
    want = ReferenceEvaluator(body).run(None, dict(fed))
    loose = d.chance(50)
    native = helper.make_graph([node], "g", [helper.make_tensor_value_info(
        n, helper.np_dtype_to_tensor_dtype(v.dtype), [f"{n}_{k}" for k in range(v.ndim)] if loose else v.shape)
        for n, v in fed], outs)
    lay_out(folder, helper.make_model(native, ir_version=10, opset_imports=opsets),
            [([v for _, v in fed], [numpy_helper.from_array(np.asarray(w)) for w in want])])
    write(os.path.join(folder, "tolerance"), "{} {}\n".format(*TOLERANCE[d.dtype]).encode())


def main():
    options = dict(a[2:].split("=", 1) for a in sys.argv[1:] if a.startswith("--"))
    places = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(places) != 2:
        sys.exit(__doc__)
    count, seed = int(options.get("count", 40)), int(options.get("seed", 1))
    program, out = places
    shutil.rmtree(out, ignore_errors=True)
    np.seterr(all="ignore")
    for operator, domain, draw in OPERATORS:
        versions = sorted(s.since_version for s in defs.get_all_schemas_with_history()
                          if s.name == operator and s.domain == domain)
        allowed = {t for c in defs.get_schema(operator, versions[-1], domain).type_constraints[:1]
                   for t in c.allowed_type_strs}
        dtypes = [t for t in NAMES if NAMES[t] in allowed]
        for k in range(count):
            rng = random.Random(f"{seed} {operator} {k}")
            d = Draw(rng, operator, domain, rng.choice(versions), rng.choice(dtypes))
            draw(d)
            case(d, os.path.join(out, "bodies", f"{operator.lower()}_{k}"))
    sys.exit(subprocess.run([program, out, "--set=bodies", "--all"], check=False).returncode)


main()

#!/usr/bin/env python3
"""How far a network's answers are from those of float64 arithmetic, beside ONNX Runtime's distance.

usage: accuracy.py MODEL|FOLDER... [--precision HOW] [--dim NAME=SIZE] [--seed N]

Each model of float32 is written anew in float64 and run node by node on the plain C kernels: the truth.
The error of a runtime is the root mean square of its differences from that, as a share of the truth's own.
Printed: both errors, their ratio, and the same of the largest difference.  Exits with 1 where sardonyx's error is
over twice ONNX Runtime's, which holds for --precision=f32.
"""
import argparse
import sys

import numpy as np
import onnx
import onnxruntime
import sardonyx
from onnx import numpy_helper

from compare import binding, make_feeds, models_of, name_of

FLOAT, DOUBLE = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE
TYPE_ATTRIBUTES = {"to", "dtype"}


def widen_tensor(t):
    if t.data_type == FLOAT:
        name = t.name
        t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(t).astype(np.float64), name))


def widen_type(type_proto):
    if type_proto.HasField("tensor_type") and type_proto.tensor_type.elem_type == FLOAT:
        type_proto.tensor_type.elem_type = DOUBLE


# Operands that the standard has in float32 alone.
NARROW = {"Resize": [2], "NonMaxSuppression": [0, 1, 3, 4]}


def narrowed(node):
    """The node, behind a Cast for each operand that has to stay in float32."""
    for i in NARROW.get(node.op_type, []):
        if i < len(node.input) and node.input[i]:
            name = f"{node.output[0]}.narrow{i}"
            yield onnx.helper.make_node("Cast", [node.input[i]], [name], to=FLOAT)
            node.input[i] = name
    yield node


def widen(graph):
    """float32 becomes float64 throughout: values, constants, and attributes that name the type."""
    for t in graph.initializer:
        widen_tensor(t)
    for v in [*graph.input, *graph.output, *graph.value_info]:
        widen_type(v.type)
    for node in graph.node:
        for a in node.attribute:
            if a.name in TYPE_ATTRIBUTES and a.type == a.INT and a.i == FLOAT:
                a.i = DOUBLE
            if a.HasField("t"):
                widen_tensor(a.t)
            if a.HasField("g"):
                widen(a.g)
        if node.op_type == "Constant" and any(a.name.startswith("value_float") for a in node.attribute):
            a = node.attribute[0]
            held = np.array(a.f if a.type == a.FLOAT else list(a.floats), np.float64)
            node.attribute[0].CopyFrom(onnx.helper.make_attribute("value", numpy_helper.from_array(held)))
    nodes = [new for node in graph.node for new in narrowed(node)]
    del graph.node[:]
    graph.node.extend(nodes)


def truth(path, feeds):
    model = onnx.load(path)
    widen(model.graph)
    session = sardonyx.Session(model, isa="scalar", optimize=False)
    return session.run(None, {n: x.astype(np.float64) if x.dtype == np.float32 else x for n, x in feeds.items()})


def errors(found, wanted):
    """Root mean square and largest difference, each over the root mean square of what is wanted."""
    a = np.concatenate([np.ravel(x).astype(np.float64) for x in found])
    b = np.concatenate([np.ravel(x).astype(np.float64) for x in wanted])
    size = np.sqrt(np.mean(b * b)) or 1.0
    return np.sqrt(np.mean((a - b) ** 2)) / size, np.max(np.abs(a - b)) / size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL|FOLDER")
    parser.add_argument("--dim", type=binding, action="append", default=[], metavar="NAME=SIZE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", default="f32", help="of sardonyx: f32, bf16, int8-weights (f32)")
    a = parser.parse_args()
    onnxruntime.set_default_logger_severity(3)
    print("| model | sardonyx | onnxruntime | ratio | largest: sardonyx | onnxruntime | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    far = 0
    for path in models_of(a.models):
        feeds = make_feeds(path, dict(a.dim), a.seed)
        try:
            wanted = truth(path, feeds)
            ours = errors(sardonyx.Session(path, precision=a.precision).run(None, feeds), wanted)
            peer = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            theirs = errors(peer.run(None, feeds), wanted)
        except Exception as e:  # the next model may fare better
            print(f"{name_of(path)}: {str(e)[:200]}", file=sys.stderr)
            far += 1
            continue
        ratio = [x / max(y, 1e-12) for x, y in zip(ours, theirs)]
        far += ratio[0] > 2 and a.precision == "f32"
        print(f"| {name_of(path)} | {ours[0]:.1e} | {theirs[0]:.1e} | {ratio[0]:.2f} | {ours[1]:.1e} | {theirs[1]:.1e} "
              f"| {ratio[1]:.2f} |", flush=True)
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main())

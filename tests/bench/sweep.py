#!/usr/bin/env python3
"""Times convolutions of every kind against the peers, one small model a problem, and sums up by category.

A problem is a line: the input's channels and size, the filters, the kernel, then what differs from stride 1,
dilation 1, one group and pads that keep the size:
    64x56x56 64 3x3 s2 d2 g64 p0    n4: a batch of 4; t: ConvTranspose; q: int8, in QDQ pairs
Where the output is of the input's shape the model is a chain of several with Relu between them, as in a
network; else it is one node from a plain picture to a plain picture, which all runtimes reorder for themselves.
How times are taken: see compare.py.  MACs count taps on padding.
"""
import argparse
import fnmatch
import json
import math
import os
import re
import sys
import tempfile

import compare

CHAIN = 4

SWEEP = """
dense 3x3:            64x56x56 64 3x3; 128x28x28 128 3x3; 256x14x14 256 3x3; 512x7x7 512 3x3; 32x56x56 32 3x3
dense 1x1:            64x56x56 64 1x1; 256x28x28 256 1x1; 512x14x14 512 1x1; 512x7x7 2048 1x1; 2048x7x7 512 1x1
dense 5x5, 7x7:       64x28x28 64 5x5; 64x28x28 64 7x7; 128x14x14 128 5x5; 32x56x56 32 7x7
dense 1xN, Nx1:       192x17x17 192 1x7; 192x17x17 192 7x1; 64x56x56 64 1x3; 64x56x56 64 3x1
strided 3x3:          128x56x56 128 3x3 s2; 256x28x28 256 3x3 s2; 512x14x14 512 3x3 s2; 64x55x55 128 3x3 s2
strided 1x1:          256x56x56 512 1x1 s2; 512x28x28 1024 1x1 s2; 1024x14x14 2048 1x1 s2
first layers:         3x224x224 64 7x7 s2; 3x224x224 32 3x3 s2; 3x224x224 384 16x16 s16 p0; 1x28x28 32 3x3
dilated:              256x28x28 256 3x3 d2; 256x33x33 256 3x3 d12; 128x28x28 128 3x3 d4; 64x56x56 64 3x3 d2
dilated grouped:      256x28x28 256 3x3 d2 g32; 128x28x28 128 3x3 d2 g32; 512x28x28 512 3x3 d2 g512; 96x56x56 96 3x3 d3 g96
odd channels:         17x31x29 33 3x3; 33x28x28 33 3x3; 3x56x56 3 3x3; 17x56x56 17 1x1; 58x28x28 58 3x3; 116x28x28 116 1x1
batch:                64x28x28 64 3x3 n4; 64x28x28 64 1x1 n8; 128x14x14 128 3x3 g32 n4; 96x28x28 96 3x3 g96 n8
grouped 3x3, 1 2:     32x56x56 32 3x3 g32; 32x14x14 32 3x3 g32; 64x56x56 64 3x3 g32; 64x14x14 64 3x3 g32; 64x7x7 64 3x3 g32
grouped 3x3, 4 8:     128x56x56 128 3x3 g32; 128x14x14 128 3x3 g32; 256x28x28 256 3x3 g32; 256x14x14 256 3x3 g32; 64x7x7 64 3x3 g8
grouped 3x3, 16 32:   144x14x14 144 3x3 g9; 784x7x7 784 3x3 g49; 512x14x14 512 3x3 g32; 256x28x28 256 3x3 g8; 1024x7x7 1024 3x3 g32
grouped 3x3, odd:     96x28x28 96 3x3 g32; 120x28x28 120 3x3 g20; 240x14x14 240 3x3 g10; 72x28x28 72 3x3 g3; 56x28x28 56 3x3 g8
grouped 3x3 strided:  256x56x56 256 3x3 s2 g32; 512x28x28 512 3x3 s2 g32; 1024x14x14 1024 3x3 s2 g32; 128x56x56 128 3x3 s2 g32
grouped 5x5:          64x28x28 64 5x5 g16; 128x28x28 128 5x5 g8; 64x28x28 64 7x7 g8
grouped 1x1:          256x28x28 256 1x1 g4; 256x28x28 256 1x1 g8; 256x28x28 256 1x1 g32; 240x28x28 60 1x1 g3; 120x14x14 480 1x1 g3
depthwise:            144x56x56 144 3x3 g144; 384x14x14 384 3x3 g384; 120x28x28 120 5x5 g120; 192x28x28 192 7x7 g192; 960x7x7 960 5x5 g960
depthwise strided:    96x112x112 96 3x3 s2 g96; 576x14x14 576 3x3 s2 g576; 72x56x56 72 5x5 s2 g72
multiplier 2:         64x56x56 128 3x3 g64; 32x28x28 64 3x3 g32; 128x14x14 256 5x5 g128; 48x28x28 96 3x3 s2 g48
1-D dense:            80x3000 384 3; 512x1000 512 3; 128x2000 128 7 d9; 1x16000 512 10 s5 p0; 512x200 512 1
1-D grouped:          768x200 768 129 g16; 256x500 256 5 g32; 64x1000 64 3 g16
1-D depthwise:        256x500 256 31 g256; 512x300 512 15 g512; 384x1000 384 3 g384; 1024x100 1024 9 g1024
3-D dense:            64x8x28x28 64 3x3x3; 64x8x28x28 64 1x3x3; 3x16x112x112 64 3x7x7 s2; 32x16x28x28 32 3x1x1
3-D grouped:          128x8x28x28 128 3x3x3 g32; 64x8x14x14 64 3x3x3 g8
3-D depthwise:        96x8x28x28 96 3x3x3 g96; 54x16x28x28 54 5x1x1 g54
transposed:           256x28x28 128 2x2 s2 t; 512x14x14 256 4x4 s2 p1 t; 128x56x56 64 3x3 s2 p1 t; 64x28x28 64 3x3 p1 t
transposed, narrow:   64x56x56 3 4x4 s2 p1 t; 32x56x56 1 2x2 s2 t; 21x28x28 21 16x16 s8 p4 t
transposed grouped:   128x28x28 128 4x4 s2 p1 g8 t; 256x28x28 256 3x3 p1 g32 t
transposed depthwise: 64x28x28 64 4x4 s2 p1 g64 t; 21x28x28 21 16x16 s8 p4 g21 t; 256x14x14 256 3x3 p1 g256 t
transposed 1-D, 3-D:  512x100 256 16 s8 p4 t; 128x400 64 4 s2 p1 t; 64x8x14x14 32 2x2x2 s2 t; 32x8x14x14 32 3x3x3 s2 p1 t
int8 dense:           64x56x56 64 3x3 q; 256x28x28 256 1x1 q; 256x14x14 256 3x3 q; 128x56x56 128 3x3 s2 q
int8 grouped:         128x28x28 128 3x3 g32 q; 256x14x14 256 3x3 g8 q; 256x28x28 256 1x1 g8 q
int8 depthwise:       144x56x56 144 3x3 g144 q; 384x14x14 384 3x3 g384 q; 96x112x112 96 3x3 s2 g96 q; 120x28x28 120 5x5 g120 q
"""


def ints(text):
    return [int(n) for n in text.split("x")]


class Problem:
    def __init__(self, text):
        channels, filters, kernel, *rest = text.split()
        self.text, (self.channels, *self.size) = text, ints(channels)
        self.filters, self.kernel = int(filters), ints(kernel)
        number = {"s": 1, "d": 1, "g": 1, "n": 1, "p": None}
        for word in rest:
            if not re.fullmatch("[sdgnp][0-9]+|[tq]", word):
                sys.exit(f"{text}: no problem says {word!r}")
            if word[1:]:
                number[word[0]] = int(word[1:])
        self.stride, self.dilation, self.group, self.batch = (number[k] for k in "sdgn")
        self.transposed, self.int8 = "t" in rest, "q" in rest
        spans = [(k - 1) * self.dilation + 1 for k in self.kernel]
        p = number["p"]
        self.pads = [p if p is not None else 0 if self.transposed else k // 2 for k in spans]
        self.out = [(i - 1) * self.stride + k - 2 * p if self.transposed else (i + 2 * p - k) // self.stride + 1
                    for i, k, p in zip(self.size, spans, self.pads)]
        self.chain = CHAIN if [self.channels, *self.size] == [self.filters, *self.out] else 1

    def macs(self):
        places = math.prod(self.size if self.transposed else self.out)
        return self.batch * self.chain * places * math.prod(self.kernel) * self.channels * self.filters // self.group

    def save(self, path):
        import numpy as np
        import onnx
        from onnx import helper, numpy_helper
        rng, nodes, weights = np.random.default_rng(0), [], []

        def constant(name, array):
            weights.append(numpy_helper.from_array(array, name))
            return name

        def dequantize(name, x, scale, zero):
            s = constant(name + ".scale", np.float32(scale) if zero.ndim == 0 else np.full(zero.size, scale, "f4"))
            nodes.append(helper.make_node("DequantizeLinear", [x, s, constant(name + ".zero", zero)], [name], axis=0))
            return name

        def quantize(name, x, scale, zero):
            s, z = constant(name + ".scale", np.float32(scale)), constant(name + ".zero", np.uint8(zero))
            nodes.append(helper.make_node("QuantizeLinear", [x, s, z], [name]))
            return dequantize(name + ".floats", name, scale, np.asarray(zero, np.uint8))

        each = self.channels // self.group
        shape = [self.channels, self.filters // self.group] if self.transposed else [self.filters, each]
        spread = math.sqrt(6 / (each * math.prod(self.kernel)))
        x = quantize("x.bytes", "x", 1 / 127, 128) if self.int8 else "x"
        for k in range(self.chain):
            w = rng.uniform(-spread, spread, shape + self.kernel).astype(np.float32)
            b = rng.uniform(-0.1, 0.1, self.filters).astype(np.float32)
            if self.int8:
                step = spread / 127
                scale = step / 127 if k == 0 else step * 4 / 255
                w = dequantize(f"w{k}.floats", constant(f"w{k}", np.round(w / step).astype(np.int8)), step,
                               np.zeros(w.shape[0], np.int8))
                b = dequantize(f"b{k}.floats", constant(f"b{k}", np.round(b / scale).astype(np.int32)), scale,
                               np.zeros(b.shape[0], np.int32))
            else:
                w, b = constant(f"w{k}", w), constant(f"b{k}", b)
            nodes.append(helper.make_node(
                "ConvTranspose" if self.transposed else "Conv", [x, w, b], [f"sum{k}"], group=self.group,
                strides=[self.stride] * len(self.size), dilations=[self.dilation] * len(self.size),
                pads=self.pads * 2))
            nodes.append(helper.make_node("Relu", [f"sum{k}"], [f"y{k}"]))
            x = quantize(f"y{k}.bytes", f"y{k}", 4 / 255, 0) if self.int8 else f"y{k}"
        graph = helper.make_graph(
            nodes, "sweep", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT,
                                                           [self.batch, self.channels, *self.size])],
            [helper.make_tensor_value_info(x, onnx.TensorProto.FLOAT, [self.batch, self.filters, *self.out])], weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def categories(wanted):
    for line in SWEEP.strip().splitlines():
        name, problems = line.split(":")
        if any(fnmatch.fnmatch(name, pattern) for pattern in wanted):
            yield name, [Problem(text.strip()) for text in problems.split(";")]


def table(found, peers):
    """Rows of Markdown.  found: (category, [(problem, line of compare)])."""
    yield "| category | threads | problems | " + " | ".join(f"over {p} | worst" for p in peers) + " | GMAC/s |"
    yield "|---|---:|---:|" + "---:|---|" * len(peers) + "---:|"
    for name, lines in found:
        for threads in sorted({line["threads"] for _, line in lines}):
            some = [(p, line) for p, line in lines if line["threads"] == threads]
            cells = [compare.mean_and_worst(peer, [(p.text, line) for p, line in some]) for peer in peers]
            speed = [p.macs() / line["runtimes"][compare.OURS]["median_ms"]["median"] / 1e6 for p, line in some
                     if compare.OURS in line["runtimes"]]
            yield (f"| {name} | {threads} | {len(some)} | " + " | ".join(cells) +
                   f" | {min(speed):.1f}-{max(speed):.1f} |" if speed else " | failed |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("categories", nargs="*", metavar="CATEGORY", help="names or patterns; all if there are none")
    parser.add_argument("--problem", action="append", default=[], help="one of your own, in a category of its own")
    parser.add_argument("--list", action="store_true", help="prints the problems and times nothing")
    parser.add_argument("--keep", metavar="FOLDER", help="where the models are to stay")
    parser.add_argument("-v", "--verbose", action="store_true", help="a row for each problem, too")
    compare.add_options(parser)
    parser.set_defaults(rounds=3, seconds=0.1)
    a = compare.read_options(parser)
    wanted = [*categories(a.categories or ([] if a.problem else ["*"])), *((p, [Problem(p)]) for p in a.problem)]
    if not wanted:
        parser.error(f"no category is called {a.categories[0]}")
    if a.list:
        for name, problems in wanted:
            print("\n    ".join([name, *(p.text for p in problems)]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        folder, paths = a.keep or folder, {}
        os.makedirs(folder, exist_ok=True)
        for _, problems in wanted:
            for p in problems:
                path = os.path.join(folder, p.text.replace(" ", "_") + ".onnx")
                p.save(path)
                paths[p.text] = path
        lines = compare.compare_all(list(paths.values()), a)
    by_name = {}
    for line in lines:
        by_name.setdefault(line["model"].replace("_", " "), []).append(line)
    if a.verbose:
        print("\n".join(compare.table(lines, a.peers)) + "\n")
    print("\n".join(table([(name, [(p, line) for p in problems for line in by_name[p.text]])
                           for name, problems in wanted], a.peers)))
    return compare.write(lines, a)


if __name__ == "__main__":
    sys.exit(main())

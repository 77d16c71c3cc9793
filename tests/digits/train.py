#!/usr/bin/env python3
"""Trains the demonstration network and writes all that this folder holds besides text.

usage: train.py            needs torch==2.13.0 (its CPU build will do), scikit-learn==1.9.1, onnx==1.23.2

Data: the digits of the UCI machine learning repository as scikit-learn carries them, 1,797 pictures of
8x8 pixels written by 43 people.  A quarter is held out, never trained on, and is what the stated accuracy
is measured with.  Everything is seeded.

    digits.onnx     the network, batch size N
    held-out.npz    image uint8[450, 8, 8] (0 paper … 255 ink), label uint8[450]
    pictures/       two of the held-out pictures of each digit: <digit>-<number>.png
"""
import os
import struct
import zlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
SEED, EPOCHS, BATCH = 7, 120, 64

# name, filters, kernel, stride, group: the group sizes are the point of the demonstration
LAYERS = [("stem", 16, 3, 1, 1),
          ("four_groups", 32, 3, 1, 4),
          ("depthwise", 32, 3, 2, 32),
          ("mix", 48, 1, 1, 1),
          ("eight_groups", 48, 3, 1, 8),
          ("mix_again", 64, 1, 1, 1)]


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, channels = nn.ModuleDict(), nn.ModuleDict(), 1
        for name, filters, kernel, stride, group in LAYERS:
            self.conv[name] = nn.Conv2d(channels, filters, kernel, stride, kernel // 2, groups=group, bias=False)
            self.norm[name] = nn.BatchNorm2d(filters)
            channels = filters
        self.classify = nn.Linear(channels, 10)

    def forward(self, x):
        for name in self.conv:
            x = torch.relu(self.norm[name](self.conv[name](x)))
        return self.classify(x.mean((2, 3)))


def shifted(x):
    """Each picture moved by up to one pixel, and a little brighter or darker."""
    out = torch.zeros_like(x)
    padded = nn.functional.pad(x, (1, 1, 1, 1))
    dy, dx = torch.randint(0, 3, (2, len(x)))
    for i in range(len(x)):
        out[i] = padded[i, :, dy[i]:dy[i] + 8, dx[i]:dx[i] + 8]
    return (out * (.85 + .3 * torch.rand(len(x), 1, 1, 1))).clamp(0, 1)


def train(images, labels):
    model = Digits()
    optimiser = torch.optim.AdamW(model.parameters(), 4e-3, weight_decay=2e-2)
    steps = EPOCHS * ((len(images) + BATCH - 1) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 8e-3, steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=.05)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(images)).split(BATCH):
            optimiser.zero_grad()
            loss_of(model(shifted(images[rows])), labels[rows]).backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def to_onnx(model):
    """The network as its layers are named, normalisation not yet folded: that is the runtime's work."""
    nodes, weights, x = [], [], "image"

    def weight(name, tensor):
        weights.append(numpy_helper.from_array(tensor.detach().numpy(), name))
        return name

    for name, _, kernel, stride, group in LAYERS:
        norm = model.norm[name]
        nodes.append(helper.make_node(
            "Conv", [x, weight(f"{name}.W", model.conv[name].weight)], [f"{name}.conv"], name, group=group,
            kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4))
        nodes.append(helper.make_node(
            "BatchNormalization",
            [f"{name}.conv", weight(f"{name}.scale", norm.weight), weight(f"{name}.bias", norm.bias),
             weight(f"{name}.mean", norm.running_mean), weight(f"{name}.var", norm.running_var)],
            [f"{name}.norm"], f"{name}_norm", epsilon=norm.eps))
        nodes.append(helper.make_node("Relu", [f"{name}.norm"], [name], f"{name}_relu"))
        x = name
    nodes.append(helper.make_node("GlobalAveragePool", [x], ["pooled"], "pool"))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["features"], "flatten"))
    nodes.append(helper.make_node(
        "Gemm", ["features", weight("classify.W", model.classify.weight),
                 weight("classify.B", model.classify.bias)], ["score"], "classify", transB=1))
    nodes.append(helper.make_node("Softmax", ["score"], ["probability"], "softmax", axis=1))
    graph = helper.make_graph(
        nodes, "digits", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", 10])], weights)
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                             producer_name="sardonyx tests/digits/train.py")
    onnx.checker.check_model(file, full_check=True)
    return file


def png(pixels):
    """An 8-bit grey PNG, written by hand: no picture library needed."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    height, width = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    digits = load_digits()
    images = np.round(digits.images * 255 / 16).astype(np.uint8)
    train_x, test_x, train_y, test_y = train_test_split(
        images, digits.target, test_size=450, random_state=SEED, stratify=digits.target)

    def tensor(pixels):
        return torch.from_numpy(pixels.astype(np.float32)[:, None] / 255)

    model = train(tensor(train_x), torch.from_numpy(train_y))
    with torch.no_grad():
        right = int((model(tensor(test_x)).argmax(1).numpy() == test_y).sum())
    data = to_onnx(model).SerializeToString()
    with open(os.path.join(HERE, "digits.onnx"), "wb") as f:
        f.write(data)
    np.savez_compressed(os.path.join(HERE, "held-out.npz"), image=test_x, label=test_y.astype(np.uint8))
    os.makedirs(os.path.join(HERE, "pictures"), exist_ok=True)
    for digit in range(10):
        for k, row in enumerate(np.flatnonzero(test_y == digit)[:2]):
            with open(os.path.join(HERE, "pictures", f"{digit}-{k}.png"), "wb") as f:
                f.write(png(test_x[row]))
    print(f"{right} of {len(test_y)} held-out digits right ({100 * right / len(test_y):.2f} %), "
          f"{sum(p.numel() for p in model.parameters())} parameters, {len(data)} bytes")


main()

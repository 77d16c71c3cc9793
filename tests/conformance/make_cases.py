#!/usr/bin/env python3
"""Lays out the standard's conformance cases as files, from the pip package onnx.

usage: make_cases.py OUT [SET=FOLDER]...

    OUT/<set>/<case>/model.onnx
                     test_data_set_<k>/input_<i>.pb output_<i>.pb
                     tolerance      "rtol atol", only where the package states other than 1e-3 1e-7
                     random         only where the expected numbers are one draw of a generator: type and
                                    shape are what can be compared

Sets: node (made in memory by the package), simple, pytorch-converted, pytorch-operator (files of the
package), light (nine full-size networks; their input is arange(n)/n, as the package's runner makes it).
SET=FOLDER adds the cases that lie in a folder: those of older releases, with the opsets of their time.
OUT/made names the version of the package and the sets: a second call for the same does nothing.
"""
import json
import os
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

FORMAT = 7  # of the layout; a higher number makes the cases anew
DEFAULT = (1e-3, 1e-7)
# The standard's own run of these cases, over its reference implementation, asks for this much: the first hold what
# a single-precision FFT leaves of a zero, the last rounds each step of a body to bfloat16.
STATED = {**{f"test_dft{x}": (1e-3, 1e-6) for x in ("", "_axis", "_inverse", "_opset19", "_axis_opset19",
                                                    "_inverse_opset19")},
          "test_celu_bfloat16_expanded": (1e-2, 1e-2)}
# Attributes that expected numbers of 1.12 were computed with while the stored node does not say so; later releases do.
UNSAID = {"test_adam_multiple": {"epsilon": 1e-2}}
DATA = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data")


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def proto_bytes(value, info):
    """A value as the message that fits its declared type."""
    if not hasattr(value, "SerializeToString"):
        kind = info.type.WhichOneof("value")
        make = {"sequence_type": numpy_helper.from_list, "optional_type": numpy_helper.from_optional,
                "map_type": numpy_helper.from_dict}.get(kind)
        if make is None:
            value, make = np.asarray(value), numpy_helper.from_array
        value = make(value, info.name)
    return value.SerializeToString(deterministic=True)


def draws(model, inputs=()):
    """Does the result depend on a random draw?  Then only its type and shape can be asked for."""
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    values.update({info.name: value for info, value in zip(model.graph.input, inputs)})
    for node in model.graph.node:
        if node.op_type in ("Bernoulli", "Multinomial") or node.op_type.startswith("Random"):
            return True
        if node.op_type == "Constant":
            for a in node.attribute:
                if a.name == "value":
                    values[node.output[0]] = numpy_helper.to_array(a.t)
        # Dropout-12 on: training_mode is an input; only a ratio of zero leaves nothing to chance
        if node.op_type == "Dropout" and len(node.input) > 2 and node.input[2]:
            ratio = values.get(node.input[1]) if node.input[1] else 0.5
            mode = values.get(node.input[2])
            if (mode is None or mode.item()) and (ratio is None or float(ratio) != 0):
                return True
    return False


def lay_out(folder, model, data_sets):
    write(os.path.join(folder, "model.onnx"), model.SerializeToString(deterministic=True))
    for k, values in enumerate(data_sets):
        for tag, of, infos in (("input", values[0], model.graph.input),
                               ("output", values[1], model.graph.output)):
            if len(of) > len(infos):
                sys.exit(f"{folder}: {len(of)} values for {len(infos)} graph {tag}s")
            for i, (value, info) in enumerate(zip(of, infos)):
                write(os.path.join(folder, f"test_data_set_{k}", f"{tag}_{i}.pb"), proto_bytes(value, info))


def note(folder, model, rtol, atol, inputs=()):
    if (rtol, atol) != DEFAULT:
        write(os.path.join(folder, "tolerance"), f"{rtol} {atol}\n".encode())
    if draws(model, inputs):
        write(os.path.join(folder, "random"), b"")


def node_cases(out):
    count = 0
    for case in load_model_tests(kind="node"):
        folder = os.path.join(out, "node", case.name)
        lay_out(folder, case.model, case.data_sets)
        rtol, atol = STATED.get(case.name, (case.rtol, case.atol))
        note(folder, case.model, rtol, atol, case.data_sets[0][0])
        count += 1
    return count


def inputs_of(folder, model):
    """The tensors that a case feeds, for draws()."""
    for i, info in enumerate(model.graph.input):
        path = os.path.join(folder, "test_data_set_0", f"input_{i}.pb")
        if os.path.exists(path) and info.type.WhichOneof("value") == "tensor_type":
            yield numpy_helper.to_array(onnx.load_tensor(path))
        else:
            yield None


def mend(folder, model):
    """What older releases stored wrongly; the numbers stay.  Returns what to say of it.

    Before numpy had bfloat16 such values were stored as uint16: they get the type that the model declares.
    A declared shape that the stored input contradicts is taken out of the model.  UNSAID attributes are said.
    """
    loose = []
    for name, value in UNSAID.get(os.path.basename(folder), {}).items():
        if all(a.name != name for a in model.graph.node[0].attribute):
            model.graph.node[0].attribute.append(onnx.helper.make_attribute(name, value))
            loose.append(f"the node lacked {name}={value}")
    for tag, infos in (("input", model.graph.input), ("output", model.graph.output)):
        for i, info in enumerate(infos):
            path = os.path.join(folder, "test_data_set_0", f"{tag}_{i}.pb")
            if info.type.WhichOneof("value") != "tensor_type" or not os.path.exists(path):
                continue
            value, declared = onnx.load_tensor(path), info.type.tensor_type
            if declared.elem_type == onnx.TensorProto.BFLOAT16 and value.data_type == onnx.TensorProto.UINT16:
                value.data_type = onnx.TensorProto.BFLOAT16
                write(path, value.SerializeToString(deterministic=True))
            dims = [d.dim_value if d.HasField("dim_value") else None for d in declared.shape.dim]
            if tag == "input" and declared.HasField("shape") and (len(dims) != len(value.dims) or any(
                    d is not None and d != v for d, v in zip(dims, value.dims))):
                declared.ClearField("shape")
                loose.append(f"the stored {info.name} contradicts its declared shape, which is left out")
    if loose:
        write(os.path.join(folder, "model.onnx"), model.SerializeToString(deterministic=True))
    return loose


def file_cases(out, name, folder_of_set):
    count = 0
    for case in sorted(os.listdir(folder_of_set)):
        source = os.path.join(folder_of_set, case)
        if not os.path.exists(os.path.join(source, "model.onnx")):
            continue
        folder = os.path.join(out, name, case)
        shutil.copytree(source, folder)
        stated = os.path.join(source, "data.json")
        rtol, atol = DEFAULT
        if os.path.exists(stated):
            with open(stated) as f:
                facts = json.load(f)
            rtol, atol = facts.get("rtol", rtol), facts.get("atol", atol)
        rtol, atol = STATED.get(case, (rtol, atol))
        model = onnx.load(os.path.join(source, "model.onnx"))
        loose = mend(folder, model)
        if loose:
            print(f"{name}/{case}: {', '.join(loose)}")
        note(folder, model, rtol, atol, list(inputs_of(source, model)))
        count += 1
    return count


def light_cases(out):
    count = 0
    for case in sorted(os.listdir(os.path.join(DATA, "real"))):
        with open(os.path.join(DATA, "real", case, "data.json")) as f:
            facts = json.load(f)
        name = facts["model_name"]
        source = os.path.join(DATA, "light", f"light_{name}")
        model = onnx.load(source + ".onnx")
        fixed = {t.name for t in model.graph.initializer}
        free = [i for i in model.graph.input if i.name not in fixed]
        shape = [d.dim_value if d.HasField("dim_value") else 1 for d in free[0].type.tensor_type.shape.dim]
        size = int(np.prod(shape))
        value = (np.arange(size).reshape(shape) / size).astype(np.float32)
        folder = os.path.join(out, "light", f"light_{name}")
        data = os.path.join(folder, "test_data_set_0")
        write(os.path.join(data, "input_0.pb"), proto_bytes(value, free[0]))
        shutil.copy(source + ".onnx", os.path.join(folder, "model.onnx"))
        shutil.copy(source + "_output_0.pb", os.path.join(data, "output_0.pb"))
        note(folder, model, facts["rtol"], facts["atol"])
        count += 1
    return count


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out = sys.argv[1]
    more = dict(a.split("=", 1) for a in sys.argv[2:])
    made = os.path.join(out, "made")
    want = f"onnx {onnx.__version__}, layout {FORMAT}, {' '.join(sorted(more)) or 'nothing older'}\n"
    if os.path.exists(made):
        with open(made) as f:
            if f.read() == want:
                return
    shutil.rmtree(out, ignore_errors=True)
    np.seterr(all="ignore")  # overflow and 0/0 are what some cases are about
    counts = {"node": node_cases(out)}
    for name in ("simple", "pytorch-converted", "pytorch-operator"):
        counts[name] = file_cases(out, name, os.path.join(DATA, name))
    for name, folder in more.items():
        counts[name] = file_cases(out, name, folder)
    counts["light"] = light_cases(out)
    write(made, want.encode())
    print(", ".join(f"{n} {c}" for n, c in counts.items()), "cases of", want.strip())


if __name__ == "__main__":
    main()

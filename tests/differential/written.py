"""Leaves models, what they are fed and our answers behind in the layout of the standard's cases, so that another build
of the library, one that Python cannot load, gives its own answers to the same.

    DIR/differential/<operator>-<seed>/model.onnx, test_data_set_0/input_<i>.pb output_<i>.pb
                                       tolerance   how far another instruction set may be off
                                       random      the numbers are one draw
                                       refused     instead of outputs: in words, why
"""
import ctypes
import os
import shutil

import numpy as np

from sardonyx import abi, values


def begin(top):
    folder = os.path.join(top, "differential")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def leave(path, data):
    with open(path, "wb") as f:
        f.write(data)


def type_words(of):
    """A TypeProto as values.to_value wants it: the kinds, and the types of a map's key and value."""
    kind = of.WhichOneof("value")
    if kind == "sequence_type":
        return f"seq({type_words(of.sequence_type.elem_type)})"
    if kind == "optional_type":
        return f"optional({type_words(of.optional_type.elem_type)})"
    if kind == "map_type":
        key = abi.text(abi.lib.sdx_dtype_onnx_name(of.map_type.key_type))
        return f"map({key}, {type_words(of.map_type.value_type)})"
    return abi.text(abi.lib.sdx_dtype_onnx_name(of.tensor_type.elem_type))


def message(x, of, name):
    """The bytes of the message that holds a value."""
    value, data, size = values.to_value(x, type_words(of)), ctypes.c_void_p(), ctypes.c_size_t()
    abi.call("sdx_value_write", value.pointer, name.encode(), ctypes.byref(data), ctypes.byref(size))
    try:
        return ctypes.string_at(data, size.value)
    finally:
        abi.lib.sdx_bytes_free(data)


def allowed(case, outputs, tolerance):
    """The largest (rtol, atol) of the outputs, as they are compared with a peer's."""
    most = (0, 0)
    for x in outputs:
        if isinstance(x, np.ndarray) and x.dtype.name in ("float64", "float32", "float16", "bfloat16"):
            rtol, atol = tolerance(case.narrowest(x.dtype), case.tolerance)
            size = np.abs(x[np.isfinite(x)]).astype(np.float64)
            most = (max(most[0], rtol), max(most[1], atol * max([1., *size.ravel()])))
    return most


def write(folder, case, state, outputs, tolerance):
    model, feeds = case.made
    place = os.path.join(folder, f"{case.schema.name}-{case.schema.since_version}-{case.seed}")
    data = os.path.join(place, "test_data_set_0")
    os.makedirs(data)
    leave(os.path.join(place, "model.onnx"), model.SerializeToString())
    for i, info in enumerate(model.graph.input):
        leave(os.path.join(data, f"input_{i}.pb"), message(feeds[info.name], info.type, info.name))
    if state != "ran":
        leave(os.path.join(place, "refused"), f"{outputs}\n".encode())
        return
    for i, info in enumerate(model.graph.output):
        leave(os.path.join(data, f"output_{i}.pb"), message(outputs[i], info.type, info.name))
    leave(os.path.join(place, "tolerance"), "{} {}\n".format(*allowed(case, outputs, tolerance)).encode())
    if case.random:
        leave(os.path.join(place, "random"), b"")

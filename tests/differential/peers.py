"""Runs a model by each of the three: ours, onnx's reference, onnxruntime.

An answer is (state, what): "ran" with a list of outputs · "refused" with words · "unsupported" with words, which says
nothing about the model.
"""
import re

import numpy as np
from onnx import reference

import sardonyx

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

PEERS = ["onnx"] + (["onnxruntime"] if onnxruntime else [])


def ours(model, feeds, **options):
    try:
        session = sardonyx.Session(model.SerializeToString(), **options)
    except sardonyx.Error as e:
        return ("unsupported" if e.code == "unsupported" else "refused"), f"{e.code}: {e}"
    try:
        return "ran", session.run(None, feeds)
    except sardonyx.Error as e:
        return ("unsupported" if e.code == "unsupported" else "refused"), f"{e.code} (run): {e}"


def onnx(model, feeds):
    """The reference checks little: only what it says of values counts as a refusal."""
    try:
        r = reference.ReferenceEvaluator(model)
        with np.errstate(all="ignore"):
            return "ran", r.run(None, feeds)
    except (NotImplementedError, KeyError, TypeError, OverflowError) as e:
        return "unsupported", repr(e)
    except Exception as e:  # whatever numpy says inside
        lacks = re.search("No implementation|not implement|Not implement", str(e))
        return ("unsupported" if lacks else "refused"), repr(e)


UNSUPPORTED = re.compile(
    "NOT_IMPLEMENTED|NotImplemented|only .guarantees. support|Unsupported|not supported|not implemented|no kernel|"
    "Unable to handle object of type|is under development|No Op registered for|can't be converted to MLDataType|"
    "No corresponding Numpy type|InsertedPrecisionFreeCast|cannot be linked to C type|is deprecated in domain_version|"
    "is not currently registered or supported|is not a registered function/op|"
    "Creation of OrtValues is currently only supported")


def ort(model, feeds):
    o = onnxruntime.SessionOptions()
    o.log_severity_level = 4
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    o.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        s = onnxruntime.InferenceSession(model.SerializeToString(), o, providers=["CPUExecutionProvider"])
        if any(ml_type(v) is not None for v in feeds.values()):
            given = {k: v if isinstance(v, list) else onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(
                bits(v), ml_type(v)) if ml_type(v) is not None else onnxruntime.OrtValue.ortvalue_from_numpy(
                    np.asarray(v)) for k, v in feeds.items()}
            results = [r.numpy() for r in s.run_with_ort_values(None, given)]
        else:
            results = s.run(None, feeds)
        return "ran", [typed(r, i.type.tensor_type.elem_type) for r, i in zip(results, model.graph.output)]
    except Exception as e:
        return ("unsupported" if UNSUPPORTED.search(str(e)) else "refused"), str(e)


def ml_type(v):
    """The number of a type that numpy lacks; None: numpy has it."""
    if not isinstance(v, np.ndarray) or v.dtype.type.__module__ == "numpy":
        return None
    number = sardonyx.values.NUMBER[v.dtype]
    if sardonyx.values.BITS[number] < 8:
        raise NotImplementedError("not implemented: feeding types narrower than a byte")
    return number


def bits(v):
    return np.array(v, order="C").view({1: np.uint8, 2: np.uint16}[v.dtype.itemsize])


def typed(result, elem):
    """It gives the bytes of float8 as uint8."""
    dtype = sardonyx.values.DTYPE.get(elem)
    if isinstance(result, np.ndarray) and dtype is not None and dtype != result.dtype and \
            result.dtype.kind == "u" and dtype.type.__module__ != "numpy" and dtype.itemsize == result.dtype.itemsize:
        return result.view(dtype)
    return result


RUN = {"onnx": onnx, "onnxruntime": ort}

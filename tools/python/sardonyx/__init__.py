"""sardonyx: load ONNX models, say what is wrong with them, run them.

    import sardonyx
    session = sardonyx.Session("net.onnx", threads=2)
    probability, = session.run(None, {"image": pixels})

    for finding in sardonyx.Model("net.onnx", lenient=True).lint():
        print(finding.severity, finding.message)
"""
from .abi import (CancelledError, Error, FileError, InputError, LimitError, ModelError, UnsupportedError, lib, text)
from .model import Finding, Guilty, Model, Node, Operator, Session, Step, Value, operators
from .values import Sparse

__all__ = ["CancelledError", "Error", "FileError", "Finding", "Guilty", "InputError", "LimitError", "Model",
           "ModelError", "Node", "Operator", "Session", "Sparse", "Step", "UnsupportedError", "Value", "cpu",
           "operators"]
__version__ = text(lib.sdx_version())


def cpu():
    """The best instruction set that this processor can run."""
    return text(lib.sdx_cpu())

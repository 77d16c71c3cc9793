"""sardonyx: load ONNX models, say what is wrong with them, run them.

    import sardonyx
    session = sardonyx.Session("net.onnx", threads=2)
    probability, = session.run(None, {"image": pixels})

    for finding in sardonyx.Model("net.onnx", lenient=True).lint():
        print(finding.severity, finding.message)
"""
from .abi import (CancelledError, Error, FileError, InputError, LimitError, ModelError, UnsupportedError, lib, text)
from .model import (Cost, Finding, Function, Guilty, Model, Node, Operator, Rule, Session, Step, Value, operators,
                    rules)
from .values import Sparse

__all__ = ["CancelledError", "Cost", "Error", "FileError", "Finding", "Function", "Guilty", "InputError", "LimitError",
           "Model", "ModelError", "Node", "Operator", "Rule", "Session", "Sparse", "Step", "UnsupportedError", "Value",
           "cpu", "operators", "rules"]
__version__ = text(lib.sdx_version())


def cpu():
    """The best instruction set that this processor can run."""
    return text(lib.sdx_cpu())

"""sardonyx as a backend of the package onnx: what onnx.backend.test.BackendTest runs.

    import sardonyx.backend
    tests = onnx.backend.test.BackendTest(sardonyx.backend, __name__)
"""
from onnx.backend.base import Backend, BackendRep, namedtupledict

from .abi import UnsupportedError
from .model import Model, Session


class SardonyxRep(BackendRep):
    """A prepared model."""

    def __init__(self, session):
        self.session = session
        self._named = namedtupledict("Outputs", [v.name for v in session.model.outputs])

    def run(self, inputs, **options):
        return self._named(*self.session.run(None, list(inputs) if isinstance(inputs, tuple) else inputs, **options))


class SardonyxBackend(Backend):
    @classmethod
    def is_compatible(cls, model, device="CPU", **options):
        """Is every operator of the model there?  False means not implemented and nothing else."""
        try:
            cls.prepare(model, device, **options)
        except UnsupportedError:
            return False
        return True

    @classmethod
    def prepare(cls, model, device="CPU", **options):
        return SardonyxRep(Session(Model(model), **options))

    @classmethod
    def run_model(cls, model, inputs, device="CPU", **options):
        return cls.prepare(model, device, **options).run(inputs)

    @classmethod
    def run_node(cls, node, inputs, device="CPU", outputs_info=None, **options):
        """Runs a node by itself, in the newest opset that the package onnx knows."""
        import numpy as np
        from onnx import defs, helper
        names = list(dict.fromkeys(n for n in node.input if n))
        given = [np.asarray(x) for x in inputs]
        feeds = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
                 for n, x in zip(names, given)]
        results = [helper.make_empty_tensor_value_info(n) for n in node.output if n]
        opset = helper.make_opsetid(node.domain, options.pop("opset_version", defs.onnx_opset_version()))
        model = helper.make_model(helper.make_graph([node], "node", feeds, results), opset_imports=[opset])
        return cls.run_model(model, given, device, **options)

    @classmethod
    def supports_device(cls, device):
        return device == "CPU" or device.startswith("CPU:")


is_compatible = SardonyxBackend.is_compatible
prepare = SardonyxBackend.prepare
run = SardonyxBackend.run_model
run_model = SardonyxBackend.run_model
run_node = SardonyxBackend.run_node
supports_device = SardonyxBackend.supports_device

#!/usr/bin/env python3
"""The Python package from outside: every kind of value, errors, lifetimes, threads.

usage: package.py LINT_MODELS
"""
import gc
import io
import os
import pickle
import sys
import tempfile
import threading
import unittest

import ml_dtypes
import numpy as np
from onnx import TensorProto, helper, numpy_helper, parser

import sardonyx

HEAD = '<ir_version: 10, opset_import: ["" : 21]>'
GROUPED = HEAD + ''' two_groups (float[N, 4, 2, 2] x) => (float[N, 2, 2, 2] y)
<float[2, 2, 1, 1] W = {1, 2, 3, 4}> { y = Conv<group = 2>(x, W) }'''


def model_of(node, inputs, outputs, opset=21, **opsets):
    graph = helper.make_graph(node if isinstance(node, list) else [node], "g", inputs, outputs)
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d.replace("_", "."), v)
                                                  for d, v in opsets.items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=10)


def tensor(name, dtype, shape=None):
    return helper.make_tensor_value_info(name, dtype, shape)


class Models(unittest.TestCase):
    def test_one_version_imported_twice(self):
        """As exporters of classical models write it: a warning, and the model runs."""
        twice = '<ir_version: 8, opset_import: ["" : 17, "" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }'
        y, = sardonyx.Session(sardonyx.Model.parse(twice)).run(None, {"x": np.float32([-1, 2])})
        self.assertEqual(y.tolist(), [0, 2])
        self.assertEqual([f.severity for f in sardonyx.Model.parse(twice).lint() if "twice" in f.name], ["warning"])

    def test_facts(self):
        m = sardonyx.Model.parse(GROUPED, dims={"N": 3})
        self.assertEqual([(v.name, v.shape, v.dtype) for v in m.inputs], [("x", (3, 4, 2, 2), np.float32)])
        self.assertEqual(m.outputs[0].type, "float32[3, 2, 2, 2]")
        self.assertEqual([(n.op, n.inputs, n.attributes) for n in m.nodes], [("Conv", ["x", "W"], {"group": "2"})])
        self.assertEqual(m.opsets, {"": 21})
        self.assertEqual(m.info["ir_version"], 10)
        self.assertIn("W", [v.name for v in m.values])
        np.testing.assert_array_equal(m.constant("W").ravel(), [1, 2, 3, 4])
        self.assertEqual(sardonyx.Model.parse(GROUPED).inputs[0].shape, ("N", 4, 2, 2))

    def test_constant_outlives_its_model(self):
        w = sardonyx.Model(parser.parse_model(GROUPED)).constant("W")
        gc.collect()
        np.testing.assert_array_equal(w.ravel(), [1, 2, 3, 4])

    def test_sources(self):
        proto = parser.parse_model(GROUPED)
        data = proto.SerializeToString()
        for source in (proto, data, bytearray(data), memoryview(data)):
            self.assertEqual(len(sardonyx.Model(source).nodes), 1)
        self.assertEqual(sardonyx.Model(data).save(), data)
        self.assertTrue(sardonyx.Model(data).save(as_text=True).startswith(b"<"))

    def test_streams(self):
        data = parser.parse_model(GROUPED).SerializeToString()
        self.assertEqual(sardonyx.Model(io.BytesIO(data)).save(), data)
        with tempfile.TemporaryFile() as f:
            f.write(data)
            f.seek(0)
            self.assertEqual(sardonyx.Model(f.fileno(), name="a file").save(), data)

        class Broken:
            def read(self, n):
                raise KeyError(n)
        with self.assertRaises(KeyError):
            sardonyx.Model(Broken())

    def test_cost(self):
        m = sardonyx.Model.parse(GROUPED)
        self.assertEqual(m.cost, sardonyx.Cost(None, "16*N", 0))
        self.assertEqual(m.nodes[0].macs_text, "16*N")
        self.assertEqual(sardonyx.Model.parse(GROUPED, dims={"N": 3}).cost.macs, 48)

    def test_functions(self):
        m = sardonyx.Model.parse('''<ir_version: 10, opset_import: ["" : 21, "own" : 1]>
            g (float[N] x) => (float[N] y) { y = own.twice <by = 2.0> (x) }
            <domain: "own", opset_import: ["" : 21]>
            twice <by> (a) => (b) { k = Constant <value_float: float = @by> () b = Mul(a, k) }''')
        self.assertEqual(m.functions, [sardonyx.Function("own", "twice", "", ["a"], ["b"], ["by"], 2)])
        self.assertEqual([n.op for n in m.nodes], ["Constant", "Mul"])

    def test_metadata(self):
        m = model_of(helper.make_node("Relu", ["x"], ["y"]), [tensor("x", 1, [2])], [tensor("y", 1, [2])])
        helper.set_model_props(m, {"author": "näme", "": "e"})
        self.assertEqual(sardonyx.Model(m).metadata, {"author": "näme", "": "e"})

    def test_lint(self):
        path = os.path.join(sys.argv[1], "seed-conv-16-32.onnx")
        found = sardonyx.Model(path, lenient=True).lint()
        self.assertEqual([(f.code, f.severity, f.op) for f in found], [("SX201", "error", "Conv")])
        self.assertIn("32 groups", found[0].message)
        self.assertEqual(found[0].values[0].name, "x")
        self.assertTrue(found[0].help)
        self.assertEqual(sardonyx.Model(path, lenient=True).lint(ignore="SX201"), [])
        with self.assertRaises(sardonyx.ModelError) as e:
            sardonyx.Model(path)
        self.assertEqual(e.exception.code, "model")
        self.assertTrue(e.exception.rule.startswith("SX201") and "conv_seed" in e.exception.place)
        self.assertTrue(e.exception.hint)
        again = pickle.loads(pickle.dumps(e.exception))
        self.assertEqual(str(again), str(e.exception))

    def test_lint_for_elsewhere(self):
        m = model_of(helper.make_node("NoSuch", ["x"], ["y"], domain="d"), [tensor("x", 1, [1])],
                     [tensor("y", 1, [1])], d=1)
        severities = [[f.severity for f in sardonyx.Model(m).lint("SX504", runtime=r)] for r in (False, True)]
        self.assertEqual(severities, [["note"], ["error"]])
        self.assertEqual([f.code for f in sardonyx.Model(m).lint(target_opset=20)], ["SX522", "SX504"])
        self.assertEqual([f.code for f in sardonyx.Model(m).lint("SX523", target_ir=9)], ["SX523"])
        helper.set_model_props(m, {"sardonyx.lint.ignore": "SX504: ours"})
        self.assertEqual(sardonyx.Model(m).lint(), [])
        self.assertEqual([(f.code, bool(f.suppressed)) for f in sardonyx.Model(m).lint(suppressed=True)],
                         [("SX504", True)])

    def test_rules(self):
        rules = sardonyx.rules()
        self.assertIn("SX201", [r.code for r in rules])
        self.assertEqual([r.code for r in rules], sorted(r.code for r in rules))

    def test_operators(self):
        conv = [o for o in sardonyx.operators() if o.name == "Conv" and not o.domain]
        self.assertEqual([o.since for o in conv][0], 1)


class Values(unittest.TestCase):
    def through(self, x, type_proto):
        info = [helper.make_value_info(n, type_proto) for n in "xy"]
        m = model_of(helper.make_node("Identity", ["x"], ["y"]), info[:1], info[1:], opset=25)
        m.ir_version = 13
        return sardonyx.Session(m, threads=1).run(None, {"x": x})[0]

    def test_every_type(self):
        rng = np.random.default_rng(1)
        for number, dtype in sardonyx.values.DTYPE.items():
            if dtype == object or number > TensorProto.INT2:  # newer than the operator's newest row
                continue
            for shape in ((), (0,), (3,), (2, 0, 3), (3, 5)):
                with self.subTest(dtype=dtype.name, shape=shape):
                    count = int(np.prod(shape))
                    if sardonyx.values.BITS[number] < 8:
                        x = np.array(rng.integers(0, 2, count), np.int8).astype(dtype).reshape(shape)
                    elif dtype == bool:
                        x = rng.integers(0, 2, shape).astype(bool)
                    else:
                        x = np.frombuffer(rng.bytes(count * dtype.itemsize), dtype).reshape(shape)
                    y = self.through(x, helper.make_tensor_type_proto(number, shape))
                    self.assertEqual((y.dtype, y.shape), (x.dtype, x.shape))
                    self.assertEqual(y.tobytes(), x.tobytes())

    def test_narrow(self):
        for dtype, numbers in ((ml_dtypes.int4, range(-8, 8)), (ml_dtypes.uint4, range(16)),
                               (ml_dtypes.int2, range(-2, 2)), (ml_dtypes.uint2, range(4)),
                               (ml_dtypes.float4_e2m1fn, (0, .5, 1, 1.5, 2, 3, 4, 6, -0., -.5, -6))):
            x = np.array(list(numbers) + [1]).astype(dtype)
            number = sardonyx.values.NUMBER[x.dtype]
            y = self.through(x, helper.make_tensor_type_proto(number, x.shape))
            np.testing.assert_array_equal(y.astype(np.float32), x.astype(np.float32))

    def test_six_bits(self):
        for dtype in (ml_dtypes.float6_e2m3fn, ml_dtypes.float6_e3m2fn):
            x = np.arange(61, dtype=np.uint8).view(dtype)
            value = sardonyx.values.from_array(x)
            self.assertEqual(sardonyx.values.from_value(value.pointer, value).tobytes(), x.tobytes())

    def test_strings(self):
        kind = helper.make_tensor_type_proto(TensorProto.STRING, None)
        for x in (np.array(["", "ä\0b", "long " * 100], object), np.array("one", object), np.array([], object),
                  np.array([["a", "b"], ["c", "d"]], object)):
            y = self.through(x, kind)
            self.assertEqual((y.shape, y.tolist()), (x.shape, x.tolist()))
        self.assertEqual(self.through(["a", "b"], kind).tolist(), ["a", "b"])
        self.assertEqual(self.through(np.array([b"a"], object), kind).tolist(), ["a"])

    def test_strided(self):
        x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
        for view in (x.T, x[:, ::-1], x[..., 1], x.astype(">f4")):
            np.testing.assert_array_equal(self.through(view, helper.make_tensor_type_proto(1, None)), view)

    def test_sequence_and_optional(self):
        inner = helper.make_tensor_type_proto(1, None)
        sequence = helper.make_sequence_type_proto(inner)
        x = [np.float32([1, 2]), np.zeros((0, 3), np.float32), np.float32(7)]
        y = self.through(x, sequence)
        self.assertIsInstance(y, list)
        for a, b in zip(x, y, strict=True):
            np.testing.assert_array_equal(a, b)
        self.assertEqual(self.through([], sequence), [])
        optional = helper.make_optional_type_proto(inner)
        self.assertIsNone(self.through(None, optional))
        np.testing.assert_array_equal(self.through(np.float32([3]), optional), [3])

    def test_map(self):
        node = helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_strings=["a", "b"])
        kind = helper.make_sequence_type_proto(helper.make_map_type_proto(
            TensorProto.STRING, helper.make_tensor_type_proto(1, [])))
        m = model_of(node, [tensor("x", 1, ["N", 2])], [helper.make_value_info("y", kind)], ai_onnx_ml=1)
        self.assertEqual(sardonyx.Session(m).run(None, {"x": np.float32([[1, 2], [3, 4]])}),
                         [[{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}]])
        node = helper.make_node("DictVectorizer", ["x"], ["y"], domain="ai.onnx.ml", string_vocabulary=["a", "b", "c"])
        kind = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(1, []))
        m = model_of(node, [helper.make_value_info("x", kind)], [tensor("y", 1, None)], ai_onnx_ml=1)
        np.testing.assert_array_equal(sardonyx.Session(m).run(None, {"x": {"c": 2, "a": 1}})[0].ravel(), [1, 0, 2])

    def test_messages(self):
        x = np.float32([[1, 2], [3, 4]])
        for name, value in (("x", x), ("", np.array(["a", "b"], object)), ("i", np.array([1, -2], ml_dtypes.int4))):
            data = sardonyx.values.write(value, name)
            self.assertEqual(TensorProto.FromString(data).name, name)
            self.assertEqual(sardonyx.values.read(data).tolist(), value.tolist())
        self.assertEqual(sardonyx.values.read(numpy_helper.from_array(x).SerializeToString()).tolist(), x.tolist())
        y = sardonyx.values.read(sardonyx.values.write([x, x], "s"), "sequence")
        self.assertEqual([a.tolist() for a in y], [x.tolist()] * 2)
        self.assertIsNone(sardonyx.values.read(sardonyx.values.write(None, type="optional(float32)"), "optional"))
        for wrong in ((b"\xff", "tensor"), (b"", "nothing")):
            with self.assertRaises(sardonyx.Error):
                sardonyx.values.read(*wrong)
        with self.assertRaises(sardonyx.InputError):
            sardonyx.values.write(None)

    def test_sparse(self):
        x = sardonyx.Sparse(np.float32([5, 6]), np.array([1, 3]), (2, 2))
        value = sardonyx.values.to_value(x)
        y = sardonyx.values.from_value(value.pointer, value)
        self.assertEqual((y.values.tolist(), y.indices.tolist(), y.shape), ([5, 6], [1, 3], (2, 2)))


class Sessions(unittest.TestCase):
    def setUp(self):
        self.session = sardonyx.Session(sardonyx.Model.parse(GROUPED), threads=1)
        self.x = np.arange(32, dtype=np.float32).reshape(2, 4, 2, 2)

    def test_outputs_outlive_all(self):
        y, = self.session.run(None, {"x": self.x})
        want = y.copy()
        del self.session
        gc.collect()
        np.testing.assert_array_equal(y, want)
        self.assertFalse(y.flags.writeable)

    def test_ways_to_feed(self):
        want = self.session.run(None, {"x": self.x})[0]
        for feeds in ([self.x], (self.x,), {"x": self.x.tolist()}):
            np.testing.assert_array_equal(self.session.run(["y"], feeds)[0], want)

    def test_the_same_memory_again(self):
        """What a session remembers of an array is not its elements, and not more than where they are."""
        text = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, M] x) => (float[N, M] y) { y = Neg(x) }'
        s = sardonyx.Session(sardonyx.Model.parse(text), threads=1)
        store = np.arange(12, dtype=np.float32)
        for x in (store.reshape(3, 4), store.reshape(4, 3), store.reshape(3, 4).T, store.reshape(3, 4)[::2],
                  store.reshape(3, 4)[:, 1:], store.reshape(3, 4)):
            store += 1
            np.testing.assert_array_equal(s.run(None, [x])[0], -x)
        with self.assertRaises(sardonyx.InputError):
            s.run(None, [store.view(np.int32).reshape(3, 4)])
        y, = s.run(None, [store.reshape(3, 4)])
        np.testing.assert_array_equal(y, -store.reshape(3, 4))
        with self.assertRaises(ValueError):
            y[0] = 1

    def test_refusals(self):
        for feeds, kind, code in (({}, sardonyx.InputError, "usage"), ({"z": 1}, sardonyx.InputError, "usage"),
                                  ({"x": self.x.astype(np.float64)}, sardonyx.InputError, "type"),
                                  ({"x": self.x[:, :3]}, sardonyx.InputError, "shape"),
                                  ({"x": np.zeros(3, "M8[s]")}, sardonyx.InputError, "type")):
            with self.assertRaises(kind) as e:
                self.session.run(None, feeds)
            self.assertEqual(e.exception.code, code)
            self.assertIsInstance(e.exception, ValueError)
        with self.assertRaises(sardonyx.InputError):
            self.session.run(["nothing"], {"x": self.x})
        unknown = model_of(helper.make_node("NoSuch", ["x"], ["y"], domain="d"), [tensor("x", 1, [1])],
                           [tensor("y", 1, [1])], d=1)
        with self.assertRaises(sardonyx.UnsupportedError) as e:
            sardonyx.Session(unknown)
        self.assertIn("NoSuch", e.exception.place + e.exception.fact)
        for wrong in (b"nothing", "/no/such/file.onnx"):
            with self.assertRaises(sardonyx.Error):
                sardonyx.Session(wrong)

    def test_watch_and_profile(self):
        seen, steps = {}, []
        plain = sardonyx.Session(self.session.model, optimize=False)
        plain.run(None, [self.x], watch=lambda name, v: seen.update({name: v}), profile=steps.append)
        self.assertIn("y", seen)
        self.assertIn("Conv", [s.op for s in steps])

        def raising(name, value):
            raise KeyError(name)
        with self.assertRaises(KeyError):
            plain.run(None, [self.x], watch=raising)
        with self.assertRaises(sardonyx.CancelledError):
            plain.run(None, [self.x], watch=lambda name, value: False)

    def test_what_was_watched_stays(self):
        session = sardonyx.Session(sardonyx.Model.parse(
            '<ir_version: 8, opset_import: ["": 18]> g (float[N] x) => (float[N] d)'
            " { a = Neg(x) b = Exp(a) c = Neg(b) d = Neg(c) }"), optimize=False)
        x, seen = np.linspace(-1, 1, 1000, dtype=np.float32), {}
        session.run(None, [x], watch=lambda name, v: seen.update({name: v}))
        del session
        np.testing.assert_array_equal(seen["a"], -x)
        np.testing.assert_allclose(seen["b"], np.exp(-x), rtol=1e-6)
        np.testing.assert_allclose(seen["c"], -np.exp(-x), rtol=1e-6)

    def test_threads(self):
        want = self.session.run(None, [self.x])[0]
        wrong = []

        def work():
            for _ in range(200):
                if not np.array_equal(self.session.run(None, [self.x])[0], want):
                    wrong.append(1)
        all_of_them = [threading.Thread(target=work) for _ in range(4)]
        for t in all_of_them:
            t.start()
        for t in all_of_them:
            t.join()
        self.assertEqual(wrong, [])
        self.assertEqual(self.session.info["threads"], 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

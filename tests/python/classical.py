#!/usr/bin/env python3
"""Classical models (ai.onnx.ml): what is fast for floats gives what the plain way of float64 does.

usage: classical.py [SEED]
"""
import sys
import unittest

import numpy as np
from onnx import TensorProto, helper

import sardonyx

SEED = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 1
FEATURES = 5
ROWS = (1, 2, 7, 8, 9, 64, 65, 131)


def session(op, domain="ai.onnx.ml", outputs=1, opset=3, **attributes):
    """Of floats; the operator reads them as they are, and as float64."""
    names = [f"y{i}" for i in range(outputs)], [f"z{i}" for i in range(outputs)]
    nodes = [helper.make_node(op, ["x"], names[0], domain=domain, **attributes),
             helper.make_node("Cast", ["x"], ["wide"], to=TensorProto.DOUBLE),
             helper.make_node(op, ["wide"], names[1], domain=domain, **attributes)]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", FEATURES])],
                              [helper.make_empty_tensor_value_info(n) for n in names[0] + names[1]])
    imports = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", opset)]
    return sardonyx.Session(helper.make_model(graph, opset_imports=imports, ir_version=10).SerializeToString(),
                            threads=2)


def forest(rng, trees, kind, targets, modes, deepest=7):
    """Random trees; splits are values that inputs are, too, so that ties decide."""
    a = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "missing_value_tracks_true",
                         "truenodeids", "falsenodeids")}
    w = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}

    def grow(tree, count, depth):
        at, leaf = len(a["modes"]), depth == 0 or rng.random() < .2
        row = tree, count, rng.integers(FEATURES), rng.choice(VALUES), "LEAF" if leaf else rng.choice(modes), \
            rng.integers(2), 0, 0
        for k, v in zip(a, row):
            a[k].append(v.item() if isinstance(v, np.generic) else v)
        if leaf:
            for _ in range(rng.integers(3)):
                for k, v in zip(w, (tree, count, int(rng.integers(targets)), float(rng.random() - .5))):
                    w[k].append(v)
            return count + 1
        a["truenodeids"][at] = count + 1
        a["falsenodeids"][at] = middle = grow(tree, count + 1, depth - 1)
        return grow(tree, middle, depth - 1)

    for tree in range(trees):
        grow(tree, 0, deepest)
    return {f"nodes_{k}": v for k, v in a.items()} | {f"{kind}_{k}": v for k, v in w.items()}


VALUES = np.array([-np.inf, -1.5, -0.5, -0.0, 0.0, 1e-45, 0.1, 0.5, 1.5, 3e38, np.inf], np.float32)
INPUTS = np.append(VALUES, np.float32(np.nan))


class Classical(unittest.TestCase):
    def same(self, s, outputs, x, places=None):
        r = s.run(None, {"x": x})
        for fast, plain in zip(r[:outputs], r[outputs:]):
            if places is None:
                np.testing.assert_array_equal(fast, plain)
            else:
                np.testing.assert_allclose(fast, plain, rtol=places, atol=places)

    def test_forests(self):
        rng = np.random.default_rng(SEED)
        for trees, modes in ((1, ["BRANCH_LEQ"]), (3, ["BRANCH_LT"]), (9, ["BRANCH_GT", "BRANCH_GTE"]),
                             (17, ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE"]), (5, ["BRANCH_LT", "BRANCH_EQ"])):
            for targets, of in ((1, "SUM"), (3, "SUM"), (2, "AVERAGE"), (2, "MAX")):
                s = session("TreeEnsembleRegressor", n_targets=targets, aggregate_function=of,
                            base_values=[0.25] * targets, **forest(rng, trees, "target", targets, modes))
                for rows in ROWS:
                    self.same(s, 1, rng.choice(INPUTS, (rows, FEATURES)))
            for classes, post in ((2, "LOGISTIC"), (3, "SOFTMAX"), (300, "NONE")):
                s = session("TreeEnsembleClassifier", outputs=2, classlabels_int64s=list(range(10, 10 + classes)),
                            post_transform=post, **forest(rng, trees, "class", classes, modes))
                for rows in ROWS:
                    self.same(s, 2, rng.choice(INPUTS, (rows, FEATURES)))

    def test_splits_between_floats(self):
        tensor = helper.make_tensor("v", TensorProto.DOUBLE, [3], [0.1, 0, 0])
        for mode in ("LEQ", "LT", "GTE", "GT"):
            s = session("TreeEnsembleRegressor", n_targets=1, nodes_treeids=[0] * 3, nodes_nodeids=[0, 1, 2],
                        nodes_featureids=[1, 0, 0], nodes_values_as_tensor=tensor,
                        nodes_modes=["BRANCH_" + mode, "LEAF", "LEAF"], nodes_truenodeids=[1, 0, 0],
                        nodes_falsenodeids=[2, 0, 0], target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0],
                        target_weights=[1.0, 2.0])
            near = np.nextafter(np.float32(.1), np.float32([-1, .1, 1])).astype(np.float32)
            self.same(s, 1, np.repeat(near[:, None], FEATURES, 1))

    def test_shared_branches(self):
        """Two ways to one node: no trees, and still good."""
        s = session("TreeEnsembleRegressor", n_targets=1, nodes_treeids=[0] * 4, nodes_nodeids=[0, 1, 2, 3],
                    nodes_featureids=[1, 0, 0, 0], nodes_values=[.5, .5, 0., 0.],
                    nodes_modes=["BRANCH_LEQ", "BRANCH_LT", "LEAF", "LEAF"], nodes_truenodeids=[1, 2, 0, 0],
                    nodes_falsenodeids=[2, 3, 0, 0], target_treeids=[0, 0], target_nodeids=[2, 3], target_ids=[0, 0],
                    target_weights=[1.0, 2.0])
        self.same(s, 1, np.random.default_rng(SEED).choice(INPUTS, (33, FEATURES)))

    def test_support_vectors(self):
        """Of any number: they go in blocks."""
        rng = np.random.default_rng(SEED)
        x = rng.standard_normal((9, FEATURES)).astype(np.float32)
        for count in (1, 7, 8, 9, 33):
            v, w = rng.standard_normal((count, FEATURES)).astype(np.float32), rng.standard_normal(count).astype(np.float32)
            wide, away = x.astype(float) @ v.T.astype(float), ((x[:, None].astype(float) - v) ** 2).sum(2)
            for kind, kernel in (("LINEAR", wide), ("POLY", (wide * .5 + .25) ** 3), ("RBF", np.exp(-.5 * away)),
                                 ("SIGMOID", np.tanh(wide * .5 + .25))):
                s = session("SVMRegressor", kernel_type=kind, kernel_params=[.5, .25, 3.], n_supports=count, rho=[.125],
                            coefficients=w.tolist(), support_vectors=v.ravel().tolist())
                for y in s.run(None, {"x": x}):
                    np.testing.assert_allclose(y[:, 0], kernel @ w.astype(float) + .125, rtol=1e-5, atol=1e-5)

    def test_maps(self):
        nodes = [helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_strings=list("abcde"))]
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", FEATURES])],
                                  [helper.make_empty_tensor_value_info("y")])
        imports = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
        s = sardonyx.Session(helper.make_model(graph, opset_imports=imports, ir_version=10).SerializeToString())
        x = np.arange(3 * FEATURES, dtype=np.float32).reshape(3, -1)
        y, = s.run(None, {"x": x})
        self.assertEqual(y, [dict(zip("abcde", row)) for row in x.tolist()])


if __name__ == "__main__":
    unittest.main()

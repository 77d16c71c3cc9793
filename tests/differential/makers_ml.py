"""Inputs and attributes of ai.onnx.ml and of training."""
import numpy as np
from onnx import helper

from case import F32, I64, STR, CannotMake, numpy_type, parse_type, tensor_of
from makers_math import maker

POST = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO")


def floats(c, n):
    return [round(float(x), 3) for x in c.rng.normal(size=n)]


def table(c, var="T"):
    """Rows of features."""
    t = c.T(var)
    n, width = c.int(1, 4), c.int(1, 4)
    c.feed(c.data(t, [n, width], special=False), t)
    return width


def labels(c, n, var="T2"):
    if c.chance(.5):
        c.attr(classlabels_ints=list(range(3, 3 + n)), classlabels_int64s=list(range(3, 3 + n)))
        c.types[var] = "tensor(int64)"
    else:
        c.attr(classlabels_strings=[f"c{k}" for k in range(n)])
        c.types[var] = "tensor(string)"


@maker("ArrayFeatureExtractor")
def extract(c):
    t = c.T()
    x = c.shape(c.int(1, 3))
    c.zeros = False
    if not x[-1]:
        raise CannotMake("no features")
    c.feed(c.data(t, x), t)
    c.feed(c.data(I64, [c.int(1, 3)], 0, x[-1] - 1), I64)


@maker("Binarizer")
def binarizer(c):
    t = c.T()
    c.feed(c.data(t, c.shape(c.int(1, 3))), t)
    c.maybe(threshold=.5)


@maker("CastMap")
def cast_map(c):
    kind = c.kind("T1")
    text = "string" in kind
    of = parse_type(kind)
    keys = sorted({c.int(0, 6) for _ in range(c.int(1, 4))})
    c.feed({k: c.pick("1", "2.5", "-3") if text else float(c.int(-3, 3)) for k in keys}, of=of)
    t = c.T("T2")
    c.attr(cast_to={F32: "TO_FLOAT", STR: "TO_STRING", I64: "TO_INT64"}[t])
    if text and t == I64:
        c.inputs[-1] = ({k: "2" for k in keys}, of, False)
    if c.chance(.5):
        c.attr(map_form="SPARSE", max_map=c.int(7, 9))


@maker("CategoryMapper")
def category(c):
    t = c.T("T1")
    c.types["T2"] = "tensor(int64)" if t == STR else "tensor(string)"
    c.attr(cats_int64s=[1, 2, 3], cats_strings=["a", "b", "ab"])
    c.maybe(default_int64=-7, default_string="none")
    c.feed(c.data(t, c.shape(c.int(1, 2))), t)


@maker("DictVectorizer")
def dict_vectorizer(c):
    kind = c.kind("T1")
    key, value = kind[4:-1].split(", ") if ", " in kind else kind[4:-1].split(",")
    words = ["a", "b", "c", "d"] if key == "string" else [1, 2, 3, 4]
    c.attr(**{"string_vocabulary" if key == "string" else "int64_vocabulary": words[:3]})
    kinds = {"int64": lambda: c.int(-5, 5), "float": lambda: float(c.int(-5, 5)), "double": lambda: float(c.int(-5, 5)),
             "string": lambda: c.pick("x", "y")}
    c.feed({w: kinds[value.strip()]() for w in words if c.chance(.6)} or {words[0]: kinds[value.strip()]()},
           of=parse_type(kind))
    c.types["T2"] = f"tensor({value.strip()})"


@maker("FeatureVectorizer")
def feature_vectorizer(c):
    t = c.T("T1")
    n = c.int(1, 3)
    widths = [c.int(1, 3) for _ in range(c.int(1, 3))]
    for w in widths:
        c.feed(c.data(t, [n, w], special=False), t)
    c.attr(inputdimensions=widths)


@maker("Imputer")
def imputer(c):
    t = c.T()
    width = c.int(1, 4)
    x = c.data(t, [c.int(1, 3), width], 0, 3)
    count = c.pick(1, width)
    if x.dtype.kind in "iu":
        c.attr(imputed_value_int64s=[c.int(5, 9) for _ in range(count)], replaced_value_int64=2)
    else:
        x = np.where(c.rng.random(x.shape) < .3, x.dtype.type(np.nan), x)
        nan = c.chance(.6)
        c.attr(imputed_value_floats=floats(c, count), replaced_value_float=float("nan") if nan else .5)
    c.feed(x, t)


@maker("LabelEncoder")
def label_encoder(c):
    a, b = c.T("T1"), c.T("T2")
    if c.schema.since_version == 1:
        c.attr(classes_strings=["a", "b", "ab"])
        c.types["T2"] = "tensor(int64)" if a == STR else "tensor(string)"
        c.maybe(default_int64=-3, default_string="no")
        c.feed(c.data(a, c.shape(), *(() if a == STR else (0, 4))), a)
        return
    keys = {STR: ["a", "b", "ab"], I64: [1, 2, 5], F32: [1., -2., .5]}
    known = {STR: "strings", I64: "int64s", F32: "floats"}
    if a in keys and b in keys and c.chance(.6):
        c.attr(**{f"keys_{known[a]}": keys[a], f"values_{known[b]}": {STR: ["x", "y", "z"], I64: [7, 8, 9],
                                                                      F32: [.5, 1.5, 2.5]}[b]})
    elif c.has("keys_tensor"):
        k = np.array(keys[STR], object) if a == STR else np.array([1, 2, 5]).astype(numpy_type(a))
        c.attr(keys_tensor=tensor_of(k, "k"), values_tensor=tensor_of(c.data(b, [3]), "v"),
               default_tensor=tensor_of(c.data(b, [1]), "d"))
    else:
        raise CannotMake("no attribute for these types")
    c.maybe(default_int64=-3, default_string="no", default_float=.25)
    if b not in (I64, STR, F32):
        for name in ("default_int64", "default_string", "default_float"):
            c.attributes.pop(name, None)
    x = c.data(a, c.shape(), *(() if a == STR else (0, 6)))
    c.feed(np.round(x).astype(numpy_type(a)) if a != STR else x, a)


@maker("LinearClassifier")
def linear_classifier(c):
    width = table(c, "T1")
    n = c.int(2, 4)
    labels(c, n)
    c.attr(coefficients=floats(c, n * width), intercepts=floats(c, n), post_transform=c.pick(*POST),
           multi_class=c.int(0, 1))
    c.outputs = 2


@maker("LinearRegressor")
def linear_regressor(c):
    width = table(c)
    n = c.int(1, 3)
    c.attr(coefficients=floats(c, n * width), targets=n, post_transform=c.pick("NONE", "NONE", *POST))
    c.maybe(intercepts=floats(c, n))


@maker("OneHotEncoder")
def one_hot_encoder(c):
    t = c.T()
    text = t == STR
    c.attr(**{"cats_strings" if text else "cats_int64s": ["a", "b", "ab", "Hello"] if text else [0, 1, 2, 5]})
    c.maybe(zeros=c.int(0, 1))
    x = c.data(t, c.shape(c.int(1, 2))) if text else c.data(t, c.shape(c.int(1, 2)), 0, 5)
    if c.attributes.get("zeros") == 0:
        x = np.array([c.pick("a", "b") if text else c.int(0, 2) for _ in range(x.size)],
                     numpy_type(t)).reshape(x.shape)
    c.feed(x if text else np.round(x).astype(numpy_type(t)), t)


@maker("SVMRegressor")
def svm_regressor(c):
    width = table(c)
    n = c.int(1, 4)
    kernel = c.pick("LINEAR", "POLY", "RBF", "SIGMOID")
    one = c.int(0, 1)
    c.attr(kernel_type=kernel, kernel_params=[.5, .25, 2.], n_supports=n, support_vectors=floats(c, n * width),
           coefficients=floats(c, n), rho=floats(c, 1), one_class=one if one else None, post_transform="NONE")


@maker("SVMClassifier")
def svm_classifier(c):
    width = table(c, "T1")
    n = c.int(2, 4)
    kernel = c.pick("LINEAR", "POLY", "RBF", "SIGMOID")
    labels(c, n)
    per = [c.int(1, 3) for _ in range(n)]
    total = sum(per)
    pairs = n * (n - 1) // 2
    c.attr(kernel_type=kernel, kernel_params=[.5, .25, 2.], vectors_per_class=per,
           support_vectors=floats(c, total * width), coefficients=floats(c, (n - 1) * total), rho=floats(c, pairs),
           post_transform=c.pick("NONE", "NONE", *POST[1:]))
    if c.chance(.4):
        c.attr(prob_a=floats(c, pairs), prob_b=floats(c, pairs))
    c.outputs = 2


@maker("Scaler")
def scaler(c):
    width = table(c)
    n = c.pick(1, width)
    c.attr(offset=floats(c, n), scale=floats(c, n))


@maker("ZipMap")
def zip_map(c):
    n = c.int(1, 3)
    c.feed(c.data(F32, [c.int(1, 3), n], special=False))
    text = c.chance(.5)
    c.attr(**({"classlabels_strings": ["a", "b", "c"][:n]} if text else {"classlabels_int64s": [4, 5, 6][:n]}))
    c.output(parse_type(f"seq(map({'string' if text else 'int64'}, float))"))


MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")


def trees(c, width, count, depth=2):
    """Nodes of full trees: (tree, node, feature, mode, value, true, false), leaves too."""
    nodes, leaves = [], []
    same = c.pick(*MODES) if c.chance(.7) else None
    for tree in range(count):
        inner = 2 ** depth - 1
        for k in range(2 ** (depth + 1) - 1):
            if k < inner:
                nodes.append((tree, k, c.int(0, width - 1), same or c.pick(*MODES), float(c.int(-2, 2)) / 2, 2 * k + 1,
                              2 * k + 2))
            else:
                nodes.append((tree, k, 0, "LEAF", 0., 0, 0))
                leaves.append((tree, k))
    return nodes, leaves


@maker("TreeEnsembleClassifier", "TreeEnsembleRegressor")
def old_trees(c):
    classify = c.schema.name == "TreeEnsembleClassifier"
    t = c.T("T1" if classify else "T")
    width = c.int(1, 3)
    x = c.data(t, [c.int(1, 4), width], special=False)
    c.feed(np.round(x * 2).astype(x.dtype) / 2 if x.dtype.kind == "f" else x, t)
    nodes, leaves = trees(c, width, c.int(1, 3), c.int(1, 3))
    tracks = [c.int(0, 1) for _ in nodes] if c.chance(.3) else None
    columns = list(zip(*nodes))
    c.attr(nodes_treeids=columns[0], nodes_nodeids=columns[1], nodes_featureids=columns[2], nodes_modes=columns[3],
           nodes_truenodeids=columns[5], nodes_falsenodeids=columns[6], nodes_missing_value_tracks_true=tracks)
    n = c.int(1, 3) if not classify else c.int(2, 3)
    prefix = "class" if classify else "target"
    weights, base = floats(c, len(leaves)), floats(c, n) if c.chance(.4) else None
    as_tensor = c.has("nodes_values_as_tensor") and c.chance(.4)
    if as_tensor:
        e = np.float64 if c.T("T1" if classify else "T") == 11 else np.float32
        c.attr(nodes_values_as_tensor=tensor_of(np.array(columns[4], e), "v"),
               base_values_as_tensor=tensor_of(np.array(base, e), "b") if base else None,
               **{f"{prefix}_weights_as_tensor": tensor_of(np.array(weights, e), "w")})
    else:
        c.attr(nodes_values=columns[4], base_values=base, **{f"{prefix}_weights": weights})
    c.attr(**{f"{prefix}_treeids": [k[0] for k in leaves], f"{prefix}_nodeids": [k[1] for k in leaves],
              f"{prefix}_ids": [c.int(0, n - 1) for _ in leaves]})
    if classify:
        labels(c, n)
        c.attr(post_transform=c.pick(*POST))
        c.outputs = 2
    else:
        c.attr(n_targets=n, post_transform=c.pick("NONE", "NONE", *POST))
        c.maybe(aggregate_function=c.pick("SUM", "AVERAGE", "MIN", "MAX"))


@maker("TreeEnsemble")
def new_trees(c):
    t = c.T()
    width, n, count = c.int(1, 3), c.int(1, 2), c.int(1, 3)
    x = c.data(t, [c.int(1, 4), width], special=False)
    c.feed(np.round(x * 2).astype(x.dtype) / x.dtype.type(2), t)
    features, modes, splits, true, false, true_leaf, false_leaf, roots = [], [], [], [], [], [], [], []
    leaf = 0
    for _ in range(count):
        roots.append(len(features))
        first = len(features)
        for k in range(3):
            features.append(c.int(0, width - 1))
            modes.append(c.int(0, 5))
            splits.append(float(c.int(-2, 2)) / 2)
            if k == 0:
                true.append(first + 1)
                false.append(first + 2)
                true_leaf.append(0)
                false_leaf.append(0)
            else:
                true.append(leaf)
                false.append(leaf + 1)
                true_leaf.append(1)
                false_leaf.append(1)
                leaf += 2
    e = numpy_type(t)
    c.attr(tree_roots=roots, nodes_featureids=features, nodes_modes=helper.make_tensor("m", 2, [len(modes)], modes),
           nodes_splits=tensor_of(np.array(splits, e), "s"), nodes_truenodeids=true, nodes_falsenodeids=false,
           nodes_trueleafs=true_leaf, nodes_falseleafs=false_leaf,
           leaf_targetids=[c.int(0, n - 1) for _ in range(leaf)],
           leaf_weights=tensor_of(np.array(floats(c, leaf), e), "w"), n_targets=n,
           aggregate_function=c.int(0, 3), post_transform=c.pick(0, 0, 1, 2, 3))


@maker("Adagrad", "Adam", "Momentum")
def optimizer(c):
    name = c.schema.name
    t = c.T("T3")
    r = c.T("T1")
    c.T("T2")
    n = c.int(1, 2)
    shapes = [c.shape(c.int(1, 2), low=1) for _ in range(n)]
    c.feed(np.array(.1, numpy_type(r)), r)
    c.feed(np.array(c.int(0, 5)), I64)
    for k in range({"Adagrad": 3, "Adam": 4, "Momentum": 3}[name]):
        for s in shapes:
            c.feed(c.data(t, s, *((0, 2) if k >= 2 else (-1, 1))), t)
    c.attr(norm_coefficient=.01, epsilon=1e-3)
    if name == "Momentum":
        c.attr(alpha=.9, beta=.5, mode=c.pick("standard", "nesterov"))
    c.outputs = n * {"Adagrad": 2, "Adam": 3, "Momentum": 2}[name]
    for _ in range(c.outputs):
        c.output(t)

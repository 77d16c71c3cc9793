"""Inputs and attributes of operators that compute: pointwise, products, reductions, normalisations, windows."""
import numpy as np

from case import BOOL, F32, I32, I64, CannotMake, is_float, is_small_float, numpy_type

MAKERS = {}


def maker(*names):
    def note(f):
        for name in names:
            MAKERS[name] = f
        return f
    return note


def numbers(c, var="T"):
    """A tensor of any shape for a variable."""
    t = c.T(var)
    return c.feed(c.data(t, c.shape()), t)


def generic(c):
    """For operators that say nothing else: every input of its type, of one shape; attributes near their defaults."""
    shape = c.shape()
    for formal in c.schema.inputs:
        t = c.T(formal.type_str)
        c.feed(c.data(t, shape), t)
    for name, a in c.schema.attributes.items():
        if name == "consumed_inputs" or not c.chance(.6):
            continue
        kind = a.type.name
        if kind == "FLOAT":
            c.attr(**{name: round(float(c.rng.uniform(.05, 2)), 3)})
        elif kind == "INT":
            c.attr(**{name: c.int(0, 1)})
        elif a.required:
            raise CannotMake(f"attribute {name}")


@maker("Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Less", "Greater", "LessOrEqual",
       "GreaterOrEqual", "Mod", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "PRelu", "StringConcat", "SwiGLU")
def binary(c):
    name = c.schema.name
    formals = c.schema.inputs
    ta = c.T(formals[0].type_str)
    tb = c.T(formals[1].type_str)
    if c.has("broadcast"):
        a = b = c.shape(c.int(1, 4))
        if c.chance(.7):
            axis = c.int(0, len(a) - 1)
            end = c.int(axis + 1, len(a)) if c.chance(.6) else len(a)
            b = a[axis:end]
            c.attr(broadcast=1, axis=axis if end < len(a) or c.chance(.5) else None)
            if end == len(a) and c.chance(.2):
                b = []
                c.attributes.pop("axis", None)
    elif name == "SwiGLU":
        a = b = c.shape()
    else:
        a, b = c.broadcast(2)
        if name == "PRelu":
            a, b = (a, b) if c.opset >= 7 else (c.shape(c.int(2, 4)), None)
            if c.opset >= 7:  # one way only
                a = list(np.broadcast_shapes(tuple(a), tuple(b)))
            else:
                b = [c.pick(1, a[1])]
    x, y = c.data(ta, a), c.data(tb, b)
    whole = np.dtype(x.dtype).kind in "iu"
    if name in ("Div", "Mod") and whole:
        y = np.where(y == 0, y.dtype.type(3), y)
    if name == "Mod":
        if is_float(ta):
            c.attr(fmod=1)
        else:
            c.maybe(fmod=c.int(0, 1))
    if name == "BitShift":
        c.attr(direction=c.pick("LEFT", "RIGHT"))
        y = c.data(tb, b, 0, y.dtype.itemsize * 8 - 1)
    if name == "Pow":
        y = c.data(tb, b, 0 if whole else -2, 3)
        if whole:
            x = c.data(ta, a, -4, 4)
    if name == "Equal" and c.chance(.5) and x.shape == y.shape:
        y = np.where(c.rng.random(y.shape) < .5, y, x) if ta == tb and x.dtype != object else y
    if name == "SwiGLU":
        c.maybe(alpha=round(float(c.rng.uniform(.2, 2)), 2))
    c.feed(x, ta)
    c.feed(y.astype(numpy_type(tb)) if y.dtype != object else y, tb)


@maker("Max", "Min", "Sum", "Mean")
def variadic(c):
    t = c.T()
    n = c.int(1, 4)
    shape = c.shape()
    shapes = c.broadcast(n, shape) if c.opset >= 8 else [shape] * n
    for s in shapes:
        c.feed(c.data(t, s), t)


@maker("Clip")
def clip(c):
    x = numbers(c)
    if c.has("min"):
        c.maybe(min=-1.25, max=1.5)
        return
    t = c.T()
    low, high = (c.data(t, [], -2, 0), c.data(t, [], 0, 3))
    if x.dtype.kind == "u":
        low, high = c.data(t, [], 0, 3), c.data(t, [], 2, 9)
    c.feed(low if c.chance(.7) else None, t)
    c.feed(high if c.chance(.7) else None, t)


@maker("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
       "ReduceSum", "ReduceSumSquare")
def reduce(c):
    t = c.T()
    rank = c.int(0, 4)
    low, high = (None, None) if c.chance(.7) else (.1, 2)
    c.feed(c.data(t, c.shape(rank), low, high), t)
    c.maybe(keepdims=c.int(0, 1), noop_with_empty_axes=c.int(0, 1))
    if c.chance(.7):
        axes = c.axes(rank, least=0 if not c.has("axes") else 1 if rank else 0)
        if axes or not c.has("axes"):
            c.param("axes", axes)


@maker("ArgMax", "ArgMin")
def arg(c):
    t = c.T()
    rank = c.int(1, 4)
    c.zeros = False
    x = c.data(t, c.shape(rank), special=False)
    c.feed(np.round(x).astype(x.dtype) if c.chance(.5) else x, t)
    c.maybe(axis=c.int(0, rank - 1) if c.opset < 11 else c.axis(rank), keepdims=c.int(0, 1),
            select_last_index=c.int(0, 1))
    if c.attributes.get("axis", 0) >= rank:
        del c.attributes["axis"]


@maker("Softmax", "LogSoftmax", "Hardmax", "LpNormalization", "MeanVarianceNormalization", "Normalizer")
def along(c):
    t = c.T()
    rank = 4 if c.schema.name == "MeanVarianceNormalization" else c.int(1, 4)
    if c.schema.name == "Normalizer":
        c.attr(norm=c.pick("MAX", "L1", "L2"))
        rank = c.pick(1, 2)
    c.feed(c.data(t, c.shape(rank)), t)
    if c.opset < 13 and c.schema.name in ("Softmax", "LogSoftmax", "Hardmax") and rank == 1:
        c.attr(axis=0)
    else:
        c.maybe(axis=c.axis(rank, 1 if c.schema.name == "LpNormalization" else 11))
    if c.schema.name == "LpNormalization":
        c.maybe(p=c.int(1, 2))
    if c.schema.name == "MeanVarianceNormalization":
        c.maybe(axes=sorted(c.axes(rank, 99, least=1)))


@maker("MatMul")
def matmul(c):
    t = c.T()
    m, k, n = c.int(1, 20), c.int(1, 20), c.int(1, 20)
    if c.chance(.05):
        k = 0
    batch = c.broadcast(2, c.shape(c.int(0, 2)))
    a, b = batch[0] + [m, k], batch[1] + [k, n]
    form = c.int(0, 7)
    if form == 0:
        a = [k]
    if form == 1:
        b = [k]
    if form == 2:
        a, b = [k], [k]
    c.feed(c.data(t, a, special=False), t)
    c.feed(c.data(t, b, special=False), t)


@maker("Gemm")
def gemm(c):
    t = c.T()
    m, k, n = c.int(1, 12), c.int(1, 12), c.int(1, 12)
    ta, tb = c.int(0, 1), c.int(0, 1)
    c.attr(transA=ta, transB=tb)
    c.maybe(alpha=c.pick(.5, 2., -1.), beta=c.pick(.25, 3., 0.))
    if np.dtype(numpy_type(t)).kind in "iu":
        c.attributes.update({k: abs(float(round(v))) for k, v in c.attributes.items() if k in ("alpha", "beta")})
    c.feed(c.data(t, [k, m] if ta else [m, k], special=False), t)
    c.feed(c.data(t, [n, k] if tb else [k, n], special=False), t)
    if c.opset >= 11 and c.chance(.3):
        return
    shape = [m, n]
    if c.has("broadcast"):
        if c.chance(.6):
            c.attr(broadcast=1)
            shape = c.pick([n], [m, n], [1], [1, n], [m, 1])
    else:
        shape = c.pick([n], [m, n], [1], [], [1, n], [m, 1])
    c.feed(c.data(t, shape, special=False), t)


@maker("MatMulInteger", "QLinearMatMul")
def matmul_integer(c):
    quantised = c.schema.name == "QLinearMatMul"
    m, k, n = c.int(1, 9), c.int(1, 20), c.int(1, 9)
    batch = c.shape(c.pick(0, 0, 1, 2), low=1)
    a = c.T("T1")
    b = c.T("T2")
    per_row, per_column = c.chance(.3), c.chance(.3)
    scale = c.T("TS", lambda t: True) if quantised and any(
        x.type_param_str == "TS" for x in c.schema.type_constraints) else F32

    def scales(n):
        c.feed(c.data(scale, n, .01, .2), scale)

    def zero(t, n, optional):
        if optional and c.chance(.3):
            return False
        c.feed(c.data(t, n, special=False), t)
        return True
    rows = [m] if per_row else []
    columns = [n] if per_column else []
    c.feed(c.data(a, batch + [m, k], special=True), a)
    if quantised:
        rows = []
        scales(rows)
        zero(a, rows, False)
        c.feed(c.data(b, [k, n] if c.chance(.5) else batch + [k, n], special=True), b)
        columns = [] if len(c.inputs[-1][0].shape) > 2 else columns
        scales(columns)
        zero(b, columns, False)
        y = c.T("T3")
        c.feed(c.data(scale, [], .5, 2), scale)
        zero(y, [], False)
        return
    c.feed(c.data(b, [k, n] if c.chance(.5) else batch + [k, n], special=True), b)
    if batch:
        rows = []
    columns = [] if len(c.inputs[-1][0].shape) > 2 else columns
    if not zero(a, rows, True):
        c.feed(None)
    zero(b, columns, True)


EQUATIONS = ["ij,jk->ik", "ij->ji", "ii->i", "ij->", "bij,bjk->bik", "i,j->ij", "ij,kj", "...ij,...jk->...ik",
             "abc,cd->abd", "abc->b", "ii", "a...,...a->...", "bhqd,bhkd->bhqk", "ij,ij,jk->ik", " i j , j k -> i k",
             "i,i->", "...a->a...", "ijk,ilm,njm->nkl", "ab,ab->ab", "->", "abca->bc"]


@maker("Einsum")
def einsum(c):
    t = c.T()
    equation = c.pick(*EQUATIONS)
    left = equation.split("->")[0].replace(" ", "")
    sizes = {}
    dots = [c.int(1, 3) for _ in range(c.int(0, 2))]
    for term in left.split(","):
        shape = []
        for part in term.replace("...", "."):
            shape += dots if part == "." else [sizes.setdefault(part, c.int(1, 5))]
        c.feed(c.data(t, shape, special=False), t)
    c.attr(equation=equation)


@maker("CumSum", "CumProd")
def cumulate(c):
    t = c.T("T")
    rank = c.int(1, 4)
    c.feed(c.data(t, c.shape(rank), special=False), t)
    e = c.T("T2")
    c.feed(np.array(c.axis(rank), numpy_type(e)).reshape([] if c.chance(.8) else [1]), e)
    c.maybe(exclusive=c.int(0, 1), reverse=c.int(0, 1))


@maker("Det")
def det(c):
    t = c.T("T")
    n = c.int(1, 5)
    c.feed(c.data(t, c.shape(c.int(0, 2)) + [n, n], special=False), t)


@maker("IsInf", "IsNaN")
def is_what(c):
    t = c.T("T1")
    x = c.data(t, c.shape(), special=True)
    c.feed(x, t)
    c.maybe(detect_negative=c.int(0, 1), detect_positive=c.int(0, 1))


@maker("Gelu")
def gelu(c):
    numbers(c)
    c.maybe(approximate=c.pick("none", "tanh"))


@maker("Dropout")
def dropout(c):
    t = c.T()
    c.feed(c.data(t, c.shape()), t)
    c.maybe(ratio=.25, seed=3)
    if c.has("is_test"):
        c.attr(is_test=1)
    if len(c.schema.inputs) > 1:
        ratio = c.T("T1")
        on = c.chance(.5)
        if c.chance(.8):
            c.feed(c.data(ratio, [], 0, 0) if on else c.data(ratio, [], .2, .8), ratio)
        else:
            c.feed(None)
            on = False
        if c.chance(.7) or on:
            c.T("T2")
            c.feed(np.array(on), BOOL)
        c.types.setdefault("T2", "tensor(bool)")


@maker("BatchNormalization")
def batch_norm(c):
    t = c.T("T", lambda e: is_float(e))
    c.zeros = False
    x = c.shape(c.pick(2, 3, 4, 4, 5))
    n = [x[1]]
    if c.has("spatial") and c.chance(.3):
        c.attr(spatial=0)
        n = x[1:]
    c.maybe(epsilon=.01, momentum=.75)
    names = [f.type_str for f in c.schema.inputs]
    c.feed(c.data(t, x, special=False), t)
    for k, name in enumerate(names[1:], 1):
        e = c.T(name)
        c.feed(c.data(e, n, *((.2, 2) if k == 4 else (-2, 2))), e)
    c.outputs = 1
    if c.has("is_test"):
        c.attr(is_test=1)
    elif c.has("training_mode"):
        if c.chance(.4):
            c.attr(training_mode=1)
            c.outputs = 3
    if c.has("consumed_inputs"):
        c.attr(consumed_inputs=[0, 0, 0, 1, 1])


@maker("InstanceNormalization")
def instance_norm(c):
    t = c.T()
    c.zeros = False
    x = c.shape(c.pick(3, 3, 4, 5), low=2)
    c.feed(c.data(t, x, special=False), t)
    for _ in range(2):
        c.feed(c.data(t, [x[1]], special=False), t)
    c.maybe(epsilon=.01)


@maker("GroupNormalization")
def group_norm(c):
    t = c.T()
    c.zeros = False
    groups, each = c.int(1, 3), c.int(1, 3)
    x = [c.int(1, 3), groups * each] + c.shape(c.int(1, 2), low=2)
    c.feed(c.data(t, x, special=False), t)
    for _ in range(2):
        c.feed(c.data(t, [groups if c.schema.since_version < 21 else x[1]], special=False), t)
    c.attr(num_groups=groups)
    c.maybe(epsilon=.01)


@maker("LayerNormalization", "RMSNormalization")
def layer_norm(c):
    t = c.T("T")
    e = c.T("V") if any(x.type_param_str == "V" for x in c.schema.type_constraints) else t
    c.zeros = False
    rank = c.int(1, 4)
    x = c.shape(rank, low=2)
    axis = c.axis(rank, 1) if c.chance(.7) else -1
    norm = x[axis % rank:]
    c.attr(axis=axis if axis != -1 or c.chance(.5) else None)
    c.feed(c.data(t, x, special=False), t)
    c.feed(c.data(e, norm, special=False), e)
    if c.schema.name == "LayerNormalization":
        c.types["U"] = "tensor(float)"
        if c.chance(.5):
            c.feed(c.data(e, norm, special=False), e)
    c.maybe(epsilon=.01)


@maker("LRN")
def lrn(c):
    t = c.T()
    c.feed(c.data(t, c.shape(c.pick(3, 4, 4)), special=False), t)
    c.attr(size=c.int(1, 5))
    c.maybe(alpha=.02, beta=.5, bias=2.)


@maker("BlackmanWindow", "HammingWindow", "HannWindow")
def window(c):
    t = c.T("T1")
    c.feed(np.array(c.int(1, 17), numpy_type(t)), t)
    c.maybe(periodic=c.int(0, 1))
    e = c.T("T2") if c.chance(.4) else F32
    c.attr(output_datatype=e if e != F32 or c.chance(.3) else None)
    c.output(e)


@maker("MelWeightMatrix")
def mel(c):
    t, e = c.T("T1"), c.T("T2")
    for n in (c.int(2, 9), c.pick(16, 32, 63), 8000):
        c.feed(np.array(n, numpy_type(t)), t)
    for x in (c.pick(0., 50.), c.pick(2000., 4000.)):
        c.feed(np.array(x, np.float64).astype(numpy_type(e)), e)
    out = c.T("T3") if c.chance(.3) else F32
    c.attr(output_datatype=out if out != F32 else None)
    c.output(out)


@maker("DFT")
def dft(c):
    t = c.T("T1")
    c.zeros = False
    rank = c.int(2, 4)
    onesided, inverse = c.chance(.4), c.chance(.4)
    x = c.shape(rank - 1, low=2, high=7)
    attribute = c.has("axis")
    axis = c.int(1 if attribute and rank > 2 else 0, max(0, rank - 2)) if rank > 2 or not attribute else None
    if rank == 2:
        if attribute:
            raise CannotMake("no signal axis beside the batch")
        axis = 0
    real = onesided and not inverse or c.chance(.5)
    if onesided and inverse and c.schema.since_version < 20:
        onesided = False
    if onesided and inverse:
        real = False
    c.attr(onesided=int(onesided), inverse=int(inverse))
    c.feed(c.data(t, x + [1 if real else 2], special=False), t)
    e = c.T("T2")
    length = c.int(2, 9) if c.chance(.4) else None
    c.feed(None if length is None else np.array(length, numpy_type(e)), None if length is None else e)
    if attribute:
        c.attr(axis=axis)
    elif not (axis == rank - 2 and c.chance(.5)):
        c.feed(np.array(axis if c.chance(.5) else axis - rank), I64)
    c.tolerance = 4


@maker("STFT")
def stft(c):
    t, e = c.T("T1"), c.T("T2")
    frame, step = c.pick(4, 5, 8), c.int(1, 4)
    n = frame + c.int(0, 4) * step + c.int(0, step - 1)
    onesided = c.int(0, 1)
    c.feed(c.data(t, [c.int(1, 2), n] + [1 if onesided or c.chance(.5) else 2], special=False), t)
    c.feed(np.array(step, numpy_type(e)), e)
    which = c.int(0, 2)
    c.feed(c.data(t, [frame], 0, 1) if which != 1 else None, t if which != 1 else None)
    c.feed(np.array(frame, numpy_type(e)) if which else None, e if which else None)
    c.attr(onesided=onesided)
    c.tolerance = 4


@maker("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(c):
    t, e = c.T("T"), c.T("Tind")
    c.zeros = False
    n, classes = c.int(1, 4), c.int(1, 5)
    rest = c.shape(c.pick(0, 0, 1, 2))
    c.feed(c.data(t, [n, classes] + rest, special=False), t)
    c.feed(c.data(e, [n] + rest, 0, classes - 1), e)
    if c.chance(.5):
        c.feed(c.data(t, [classes], .1, 2), t)
    c.maybe(reduction=c.pick("none", "mean", "sum"), ignore_index=c.int(-1, classes - 1))
    if c.attributes.get("ignore_index") is not None and c.attributes.get("reduction", "mean") == "mean":
        target = c.inputs[1][0]
        if not (target != c.attributes["ignore_index"]).any():
            del c.attributes["ignore_index"]


@maker("QuantizeLinear", "DequantizeLinear")
def quantise(c):
    forth = c.schema.name == "QuantizeLinear"
    tx, ts = (c.T(f.type_str) for f in c.schema.inputs[:2])
    if forth:
        ty = c.T(c.schema.inputs[2].type_str)
    rank = c.int(1, 4)
    c.zeros = False
    x = c.shape(rank)
    axis = c.axis(rank, 10)
    form = c.pick("tensor", "axis", "axis", "block") if c.has("block_size") else c.pick("tensor", "axis") if \
        c.has("axis") else "tensor"
    if form == "block":
        block = c.int(1, 3)
        k = axis % rank
        blocks = c.int(1, 3)
        x[k] = block * (blocks - 1) + c.int(1, block)
        blocks = -(-x[k] // block)
        shape = x[:k] + [blocks] + x[k + 1:]
        c.attr(block_size=block, axis=axis)
    elif form == "axis":
        shape = [x[axis]]
        c.attr(axis=axis)
    else:
        shape = c.pick([], [1]) if rank > 0 else []
    c.feed(c.data(tx, x, -40, 40) if forth else c.data(tx, x, special=c.chance(.5)), tx)
    c.feed(c.data(ts, shape, 1 if ts == I32 else .05, 2), ts)
    q = ty if forth else tx
    float8 = is_small_float(q)
    zero = float8 or q == I32
    given = c.chance(.7)
    if given:
        c.feed(np.zeros(shape, numpy_type(q)) if zero else c.data(q, shape, special=False), q)
    if forth:
        if not given:
            if c.has("output_dtype") and c.chance(.5):
                c.attr(output_dtype=q)
            else:
                q = 2
        c.output_types.clear()
        c.output(q)
        if float8:
            c.maybe(saturate=c.int(0, 1))
    else:
        out = ts
        if c.has("output_dtype") and (c.chance(.3) or c.schema.since_version >= 23 and not is_float(ts)):
            out = c.T("T3")
            c.attr(output_dtype=out)
        c.output(out)


@maker("DynamicQuantizeLinear")
def dynamic(c):
    c.T("T2")
    c.feed(c.data(F32, c.shape(low=1), special=False))


@maker("Multinomial", "Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike")
def draw(c):
    c.random = True
    name = c.schema.name
    if name == "Multinomial":
        t = c.T("T1")
        c.feed(c.data(t, [c.int(1, 3), c.int(2, 4)], -2, 0), t)
        c.maybe(sample_size=c.int(1, 5))
        e = c.T("T2")
        c.attr(dtype=e)
    elif name.endswith("Like") or name == "Bernoulli":
        t = c.T("T1", lambda e: is_float(e))
        c.feed(c.data(t, c.shape(), 0, 1), t)
        e = t
        if c.chance(.5):
            e = c.T("T2", lambda e: is_float(e))
            c.attr(dtype=e)
    else:
        c.attr(shape=c.shape(low=1))
        e = c.T("T")
        c.attr(dtype=e)
    c.maybe(seed=2.)
    c.output(e)

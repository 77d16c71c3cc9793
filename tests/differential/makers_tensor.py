"""Inputs and attributes of operators that move data or name it: shapes, indices, casts, constants."""
import numpy as np
from onnx import TensorProto

from case import (BOOL, F32, I64, STR, CannotMake, bits_of, is_float, is_small_float, numpy_type, parse_type,
                  tensor_of)
from makers_math import maker


def any_tensor(c, shape, var="T", **limits):
    t = c.T(var)
    return c.feed(c.data(t, shape, **limits), t)


def split_of(c, n, parts):
    cuts = sorted(c.int(0, n) for _ in range(parts - 1))
    return [b - a for a, b in zip([0, *cuts], [*cuts, n])]


@maker("Reshape")
def reshape(c):
    x = c.shape()
    any_tensor(c, x)
    size = int(np.prod(x))
    if size == 0:
        c.attr(allowzero=1)
        shape = c.pick([0, 3], [2, 0, 1], x)
        if not c.has("allowzero"):
            shape = x
    else:
        shape = []
        while size > 1 and len(shape) < 3:
            d = c.pick(*[k for k in range(1, size + 1) if size % k == 0])
            shape.append(d)
            size //= d
        shape = shape + [size] if size > 1 or not shape and c.chance(.5) else shape
        if shape and c.chance(.4):
            shape[c.int(0, len(shape) - 1)] = -1
        elif len(shape) <= len(x) and shape and c.chance(.3):
            k = c.int(0, len(shape) - 1)
            if shape[k] == x[k]:
                shape[k] = 0
    c.param("shape", shape)


@maker("Flatten")
def flatten(c):
    x = c.shape(c.int(1, 4))
    any_tensor(c, x)
    c.maybe(axis=c.pick(0, len(x), c.axis(len(x))))


@maker("Squeeze")
def squeeze(c):
    x = c.shape(c.int(1, 4))
    for k in c.axes(len(x), 99, least=1):
        x[k] = 1
    any_tensor(c, x)
    ones = [k for k, d in enumerate(x) if d == 1]
    if c.chance(.7):
        chosen = c.rng.permutation(ones)[:c.int(1, len(ones))].tolist()
        c.param("axes", [k - len(x) if c.opset >= 11 and c.chance(.4) else k for k in chosen])


@maker("Unsqueeze")
def unsqueeze(c):
    x = c.shape(c.int(0, 3))
    any_tensor(c, x)
    more = c.int(1, 2)
    rank = len(x) + more
    axes = c.rng.permutation(rank)[:more].tolist()
    if c.opset < 11:
        axes.sort()
    c.param("axes", [k - rank if c.opset >= 11 and c.chance(.4) else k for k in axes])


@maker("Transpose")
def transpose(c):
    x = c.shape()
    any_tensor(c, x)
    c.maybe(perm=c.rng.permutation(len(x)).tolist())


@maker("Expand")
def expand(c):
    a, b = c.broadcast(2)
    any_tensor(c, a)
    c.ints(b)


@maker("Tile")
def tile(c):
    x = c.shape()
    any_tensor(c, x)
    t = c.T("T1") if c.schema.since_version >= 6 else c.T()
    if c.schema.since_version < 6:
        if not x:
            raise CannotMake("no axis in a scalar")
        c.feed(np.array(c.int(1, 3), numpy_type(t)), t)
        c.feed(np.array(c.int(0, len(x) - 1), numpy_type(t)), t)
        return
    c.ints([c.int(0 if c.chance(.1) else 1, 3) for _ in x], t)


@maker("Concat")
def concat(c):
    x = c.shape(c.int(1, 4))
    axis = c.axis(len(x))
    for _ in range(c.int(1, 4)):
        any_tensor(c, x[:axis % len(x)] + [c.int(0 if c.chance(.1) else 1, 4)] + x[axis % len(x) + 1:])
    c.attr(axis=axis if c.schema.since_version >= 4 or c.chance(.6) else 1 if len(x) > 1 else 0)


@maker("Split")
def split(c):
    x = c.shape(c.int(1, 3), low=2, high=6)
    axis = c.axis(len(x))
    n = c.int(1, 4)
    d = x[axis]
    parts = split_of(c, d, n)
    equal = c.chance(.4)
    if equal and not (c.has("num_outputs") and c.chance(.5)):
        x[axis] = n * c.int(1, 2)
        d = x[axis]
    if equal and d < n:
        raise CannotMake("fewer elements than parts")
    any_tensor(c, x)
    c.attr(axis=axis if axis else c.pick(0, None))
    if equal:
        c.attr(num_outputs=n)
    elif c.has("split"):
        c.attr(split=parts)
    elif c.schema.since_version == 1:
        c.feed(np.array(parts, numpy_type(c.T())), c.T())
    else:
        c.ints(parts)
    c.outputs = n


@maker("Slice")
def slice_(c):
    x = c.shape(c.int(1, 4))
    any_tensor(c, x)
    rank = len(x)
    axes = c.axes(rank, 10, least=1)
    starts, ends, steps = [], [], []
    for a in axes:
        d = x[a]
        step = c.pick(1, 1, 2, -1, -2) if c.opset >= 10 else 1
        start, end = c.int(-d - 1, d + 1), c.int(-d - 1, d + 1)
        if c.chance(.2):
            end = (1 << 40) if step > 0 else -(1 << 40)
        starts.append(start)
        ends.append(end)
        steps.append(step)
    if c.has("starts"):
        c.attr(starts=starts, ends=ends, axes=axes)
        return
    t = c.T("Tind")
    if t == TensorProto.INT32:
        ends = [max(-2**31, min(2**31 - 1, e)) for e in ends]
    if sorted(a % rank for a in axes) == list(range(rank)) and c.chance(.3):
        order = np.argsort([a % rank for a in axes])
        starts, ends = [starts[k] for k in order], [ends[k] for k in order]
        c.ints(starts, t)
        c.ints(ends, t)
        return
    c.ints(starts, t)
    c.ints(ends, t)
    c.ints(axes, t)
    if c.chance(.7) or min(steps) < 0:
        c.ints(steps, t)


@maker("Pad")
def pad(c):
    x = c.shape(c.int(1, 4), low=2)
    mode = c.pick("constant", "constant", "edge", "reflect", "wrap" if c.schema.since_version >= 19 else "edge")
    if mode != "constant":
        x = [max(2, d) for d in x]
    t = c.T()
    c.feed(c.data(t, x), t)
    rank = len(x)
    axes = sorted(c.axes(rank, 99, least=1)) if c.schema.since_version >= 18 and c.chance(.4) else list(range(rank))

    def amount(k):
        low = -1 if c.chance(.2) and x[k] > 3 else 0
        return c.int(low, x[k] - 1 if mode == "reflect" else 3)
    pads = [amount(k) for k in axes] + [amount(k) for k in axes]
    c.attr(mode=mode if mode != "constant" or c.chance(.5) else None)
    if c.has("pads") or c.has("paddings"):
        c.attr(pads=pads, paddings=pads)
        c.maybe(value=1.5)
        return
    c.ints(pads)
    given = c.chance(.5)
    c.feed(c.data(t, [], -2, 5) if given else None, t if given else None)
    if len(axes) < rank or c.chance(.2) and c.schema.since_version >= 18:
        e = c.T("Tind")
        c.ints([a - rank if c.chance(.3) else a for a in axes], e)


def indices(c, shape, n, var="Tind", negative=11):
    t = c.T(var) if any(x.type_param_str == var for x in c.schema.type_constraints) else I64
    if n == 0:
        raise CannotMake("no index into nothing")
    low = -n if c.opset >= negative and c.chance(.4) else 0
    c.feed(c.data(t, shape, low, n - 1), t)


@maker("Gather")
def gather(c):
    x = c.shape(c.int(1, 4))
    axis = c.axis(len(x))
    any_tensor(c, x)
    c.attr(axis=axis if axis or c.chance(.5) else None)
    indices(c, c.shape(c.int(0, 2)), x[axis])


@maker("GatherElements")
def gather_elements(c):
    x = c.shape(c.int(1, 4))
    axis = c.axis(len(x))
    any_tensor(c, x)
    c.attr(axis=axis if axis or c.chance(.5) else None)
    shape = [c.int(1, max(1, d)) if d else 0 for d in x]
    shape[axis] = c.int(1, 4)
    indices(c, shape, x[axis])


@maker("GatherND", "ScatterND")
def gather_nd(c):
    c.zeros = False
    x = c.shape(c.int(1, 4))
    rank = len(x)
    batch = c.int(0, min(2, rank - 1)) if c.has("batch_dims") and c.chance(.5) else 0
    depth = c.int(1, rank - batch)
    lead = x[:batch] + c.shape(c.int(0 if batch else 1, 2))
    if len(lead) < 1:
        lead = [c.int(1, 3)]
    any_tensor(c, x)
    i = np.stack([c.rng.integers(0, x[batch + k], lead) for k in range(depth)], -1)
    if c.schema.name == "ScatterND":
        reduction = c.pick("none", "add", "mul", "max", "min") if c.has("reduction") else "none"
        t = c.T()
        if t in (BOOL, STR) or "complex" in str(numpy_type(t)):
            reduction = "none"
        if c.schema.since_version < 18 and reduction in ("max", "min"):
            reduction = "add"
        if reduction == "none":  # each place once
            count = min(int(np.prod(lead)), int(np.prod(x[:depth])))
            places = c.rng.permutation(int(np.prod(x[:depth])))[:count]
            i = np.stack(np.unravel_index(places, x[:depth]), -1).astype(np.int64)
            lead = [count]
        c.attr(reduction=reduction if reduction != "none" or c.chance(.5) else None)
        if c.chance(.3):
            i = i - np.array(x[:depth]) * (c.rng.random(i.shape) < .5)
        c.ints(i)
        any_tensor(c, lead + x[depth:], special=False)
        return
    if c.chance(.3) and c.opset >= 11:
        i = i - np.array(x[batch:batch + depth]) * (c.rng.random(i.shape) < .5)
    c.ints(i)
    c.attr(batch_dims=batch if batch else None)


@maker("ScatterElements", "Scatter")
def scatter(c):
    c.zeros = False
    x = c.shape(c.int(1, 4))
    rank = len(x)
    axis = c.axis(rank)
    any_tensor(c, x, special=False)
    c.attr(axis=axis if axis or c.chance(.5) else None)
    t = c.T()
    reduction = c.pick("none", "add", "mul", "max", "min") if c.has("reduction") else "none"
    if t in (BOOL, STR) or "complex" in str(numpy_type(t)):
        reduction = "none"
    if c.schema.since_version < 18 and reduction in ("max", "min"):
        reduction = "mul"
    shape = [c.int(1, d) for d in x]
    d = x[axis]
    if reduction == "none":
        lines = np.apply_along_axis(lambda _: c.rng.permutation(d)[:shape[axis]], axis % rank, np.zeros(shape))
    else:
        lines = c.rng.integers(0, d, shape)
    lines = lines.astype(np.int64)
    if c.opset >= 11 and c.chance(.3):
        lines -= d * (c.rng.random(shape) < .5)
    c.attr(reduction=reduction if reduction != "none" else None)
    c.ints(lines, c.T("Tind"))
    any_tensor(c, shape, special=False)


@maker("TensorScatter")
def tensor_scatter(c):
    c.zeros = False
    x = c.shape(c.int(3, 4), low=2)
    axis = c.int(1, len(x) - 1)
    new = c.int(1, x[axis])
    mode = c.pick("linear", "circular")
    any_tensor(c, x)
    any_tensor(c, x[:axis] + [new] + x[axis + 1:])
    if c.chance(.8):
        c.ints([c.int(0, x[axis] - (new if mode == "linear" else 1)) for _ in range(x[0])])
    c.attr(axis=axis - len(x) if c.chance(.5) else axis, mode=mode)


@maker("Compress")
def compress(c):
    c.zeros = False
    x = c.shape(c.int(1, 3))
    any_tensor(c, x)
    n = int(np.prod(x))
    if c.chance(.7):
        axis = c.axis(len(x))
        c.attr(axis=axis)
        n = x[axis]
    c.T("T1")
    c.feed(c.data(BOOL, [c.int(1, n)]))


@maker("Where")
def where(c):
    t = c.T()
    s = c.broadcast(3)
    c.feed(c.data(BOOL, s[0]))
    for k in (1, 2):
        c.feed(c.data(t, s[k]), t)


@maker("OneHot")
def one_hot(c):
    t1, t2, t3 = c.T("T1", lambda e: bits_of(e) > 4), c.T("T2", lambda e: not is_small_float(e)), c.T("T3")
    depth = c.int(1, 6)
    x = c.shape(c.int(0, 3))
    low = -depth if c.opset >= 11 else 0
    if np.dtype(numpy_type(t1)).kind == "u":
        low = 0
    i = c.data(t1, x, low, depth + (1 if c.chance(.3) else -1))
    if is_float(t1):
        i = np.trunc(i).astype(numpy_type(t1))
    c.feed(i, t1)
    c.feed(np.array(depth).astype(numpy_type(t2)).reshape([] if c.chance(.5) else [1]), t2)
    c.feed(c.data(t3, [2]), t3)
    c.maybe(axis=c.pick(-1, c.int(0, len(x)), c.axis(len(x) + 1)))


@maker("TopK")
def topk(c):
    c.zeros = False
    x = c.shape(c.int(1, 3))
    axis = c.axis(len(x))
    t = c.T()
    c.types.setdefault("I", "tensor(int64)")
    count = int(np.prod(x))
    if bits_of(t) > 8 and t not in (TensorProto.FLOAT16, TensorProto.BFLOAT16):  # each number once
        values = c.rng.permutation(count).reshape(x).astype(numpy_type(t))
    else:
        values = c.data(t, x, special=False)
    c.feed(values, t)
    k = c.int(1, x[axis])
    c.attr(axis=axis if axis != -1 else None, k=k)
    if c.attributes.get("axis") is None:
        c.attributes.pop("axis", None)
        k = min(k, x[-1])
        c.attr(k=k)
    if not c.has("k"):
        c.ints([k])
    c.maybe(largest=c.int(0, 1))
    c.attr(sorted=1 if c.chance(.4) else None)
    c.outputs = 2


@maker("Trilu")
def trilu(c):
    x = c.shape(c.int(2, 4))
    any_tensor(c, x)
    c.maybe(upper=c.int(0, 1))
    if c.chance(.6):
        c.ints(c.int(-6, 6))


@maker("ReverseSequence")
def reverse_sequence(c):
    c.zeros = False
    x = c.shape(c.int(2, 4))
    any_tensor(c, x)
    batch = c.int(0, 1)
    c.attr(batch_axis=batch, time_axis=1 - batch)
    c.ints([c.int(1, x[1 - batch]) for _ in range(x[batch])])


@maker("DepthToSpace", "SpaceToDepth")
def depth_space(c):
    b = c.int(1, 3)
    n, d, h, w = c.int(1, 2), c.int(1, 2), c.int(1, 3), c.int(1, 3)
    any_tensor(c, [n, d * b * b, h, w] if c.schema.name == "DepthToSpace" else [n, d, h * b, w * b])
    c.attr(blocksize=b)
    c.maybe(mode=c.pick("DCR", "CRD"))


@maker("Unique")
def unique(c):
    c.zeros = False
    x = c.shape(c.int(1, 3))
    t = c.T()
    v = c.data(t, x, special=False) if t == STR else c.data(t, x, 0, 3)
    c.feed(np.round(v).astype(numpy_type(t)) if is_float(t) else v, t)
    c.maybe(axis=c.axis(len(x)), sorted=c.int(0, 1))


@maker("EyeLike")
def eye_like(c):
    t = c.T("T1")
    c.feed(c.data(t, c.shape(2)), t)
    c.maybe(k=c.int(-4, 4))
    e = c.T("T2") if c.chance(.5) else t
    c.attr(dtype=e if e != t else None)
    c.output(e)


@maker("Range")
def range_(c):
    t = c.T()
    whole = np.dtype(numpy_type(t)).kind in "iu"
    start, delta = c.int(-5, 5), c.pick(1, 2, 3, -1, -2) if whole else c.pick(.5, 1., -.25, 2.)
    limit = start + c.int(-1, 7) * delta + (0 if whole else c.pick(0, .1))
    for v in (start, limit, delta):
        c.feed(np.array(v).astype(numpy_type(t)), t)


@maker("ConstantOfShape")
def constant_of_shape(c):
    shape = c.shape()
    c.T("T1")
    c.ints(shape)
    if c.chance(.8):
        t = c.T("T2")
        value = c.data(t, [1])
        c.attr(value=tensor_of(value, "v"))
        c.output(t)
    else:
        c.output(F32)


@maker("Constant")
def constant(c):
    forms = [a for a in c.schema.attributes if a != "sparse_value"]
    form = c.pick("value", *forms)
    if form == "value":
        t = c.T()
        c.attr(value=tensor_of(c.data(t, c.shape()), "v"))
        c.output(t)
        return
    value, t = {"value_float": (1.5, F32), "value_floats": ([1., -2.], F32), "value_int": (7, I64),
                "value_ints": ([1, 2, 3], I64), "value_string": ("s", STR),
                "value_strings": (["a", "b"], STR)}[form]
    c.attr(**{form: value})
    c.output(t)


@maker("Shape")
def shape(c):
    x = c.shape()
    any_tensor(c, x)
    c.maybe(start=c.int(-5, 5), end=c.int(-5, 5))


@maker("Cast", "CastLike")
def cast(c):
    a = c.T("T1")
    b = c.T("T2", lambda e: e != STR or not is_small_float(a))
    x = c.data(a, c.shape())
    if a == STR:
        words = ["1", "-2.5", "1e3", "0", "INF", "-inf", "NaN", " 7", "3"] if is_float(b) else ["1", "0", "7", "3"]
        x = np.array([c.pick(*words) for _ in range(x.size)], object).reshape(x.shape)
    elif np.dtype(x.dtype).kind == "f" or is_float(a):  # what does not fit is undefined
        if not (is_float(b) or is_small_float(b) or b in (BOOL, STR)):
            low = 0 if np.dtype(numpy_type(b)).name.startswith("u") else -2 ** (min(bits_of(b), 12) - 1) + 1
            x = np.asarray(np.clip(np.nan_to_num(x.astype(np.float32)), low, 2 ** (min(bits_of(b), 12) - 1) - 1)
                           ).astype(x.dtype)
    c.feed(x, a)
    if c.has("to"):
        c.attr(to=b)
    else:
        c.feed(c.data(b, [1]), b)
    c.output(b)
    if is_small_float(b):
        c.maybe(saturate=c.int(0, 1))
    if b == TensorProto.FLOAT8E8M0:
        c.maybe(round_mode=c.pick("up", "down", "nearest"))
    if c.schema.name == "Cast" and c.schema.since_version < 6:
        c.attr(to=TensorProto.DataType.Name(b))


@maker("BitCast")
def bit_cast(c):
    a = c.T("T1", lambda e: e != BOOL)
    b = c.T("T2", lambda e: e not in (BOOL, STR) and bits_of(e) == bits_of(a))
    c.feed(c.data(a, c.shape()), a)
    c.attr(to=b)
    c.output(b)


@maker("CenterCropPad")
def center_crop_pad(c):
    c.zeros = False
    x = c.shape(c.int(1, 4))
    any_tensor(c, x)
    axes = c.axes(len(x), 1, least=1) if c.chance(.5) else None
    c.ints([c.int(1, 7) for _ in (x if axes is None else axes)], c.T("Tind"))
    c.attr(axes=axes)

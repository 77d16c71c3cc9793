"""Inputs and attributes of networks' operators: windows over pictures, resizing, recurrence, boxes, attention."""
import numpy as np
from onnx import TensorProto

from case import BOOL, F32, I64, STR, is_float, numpy_type
from makers_math import maker


def window(c, spatial, dilations=True, kernel=None):
    """Kernel, strides, pads, dilations for some spatial dims; what they come to follows from the data."""
    n = len(spatial)
    kernel = kernel or [c.int(1, 3) for _ in range(n)]
    strides = [c.int(1, 3) for _ in range(n)] if c.chance(.5) else None
    spread = [c.int(1, 2) for _ in range(n)] if dilations and c.has("dilations") and c.chance(.3) else None
    auto = c.pick("NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
    if auto.startswith("SAME") and spread:
        spread = None
    c.attr(strides=strides, dilations=spread)
    if auto != "NOTSET" and c.has("auto_pad"):
        c.attr(auto_pad=auto)
    elif c.chance(.6):
        c.attr(pads=[c.int(0, k - 1) for k in kernel] + [c.int(0, k - 1) for k in kernel])
    return kernel


def picture(c, channels=None, rank=None):
    c.zeros = False
    rank = rank or c.pick(1, 2, 2, 2, 3)
    n = 0 if c.chance(.04) else c.int(1, 2)
    return [n, channels or c.int(1, 4)] + [c.int(5, 9) for _ in range(rank)]


@maker("Conv", "ConvInteger", "QLinearConv")
def conv(c):
    name = c.schema.name
    group = c.pick(1, 1, 1, 2, 3, 4)
    each, filters = c.int(1, 3), c.int(1, 3)
    x = picture(c, group * each)
    kernel = window(c, x[2:])
    w = [group * filters, each] + kernel
    c.attr(group=group if group > 1 or c.chance(.3) else None, kernel_shape=kernel if c.chance(.5) else None)
    if name == "Conv":
        t = c.T()
        c.feed(c.data(t, x, special=False), t)
        c.feed(c.data(t, w, special=False), t)
        if c.chance(.5):
            c.feed(c.data(t, w[:1], special=False), t)
        return
    t1, t2 = c.T("T1"), c.T("T2")
    if name == "ConvInteger":
        c.feed(c.data(t1, x, special=False), t1)
        c.feed(c.data(t2, w, special=False), t2)
        if c.chance(.7):
            c.feed(c.data(t1, [], 0, 5), t1)
            if c.chance(.7):
                c.feed(c.data(t2, c.pick([], w[:1]), 0, 5), t2)
        return
    t3 = c.T("T3")
    per = c.pick([], w[:1])
    for elem, shape, scale in ((t1, x, []), (t2, w, per)):
        c.feed(c.data(elem, shape, special=True), elem)
        c.feed(c.data(F32, scale, .01, .1))
        c.feed(c.data(elem, scale, 0, 5), elem)
    c.feed(c.data(F32, [], .3, 2))
    c.feed(c.data(t3, [], 0, 9), t3)
    if c.chance(.5):
        c.T("T4")
        c.feed(c.data(TensorProto.INT32, w[:1], -500, 500))


@maker("ConvTranspose")
def conv_transpose(c):
    t = c.T()
    group = c.pick(1, 1, 2, 3)
    each, filters = c.int(1, 3), c.int(1, 3)
    x = picture(c, group * each)
    x = x[:2] + [min(d, 6) for d in x[2:]]
    kernel = window(c, x[2:])
    strides = c.attributes.get("strides", [1] * len(kernel))
    c.attr(group=group if group > 1 else None, kernel_shape=kernel if c.chance(.5) else None)
    if c.chance(.3):
        c.attr(output_padding=[c.int(0, s - 1) for s in strides])
    c.feed(c.data(t, x, special=False), t)
    c.feed(c.data(t, [x[1], filters] + kernel, special=False), t)
    if c.chance(.5):
        c.feed(c.data(t, [group * filters], special=False), t)


@maker("DeformConv")
def deform_conv(c):
    t = c.T()
    group, offset_group = c.pick(1, 2), c.pick(1, 2)
    channels = 2 * c.int(1, 2)
    x = [c.int(1, 2), channels] + [c.int(4, 6) for _ in range(2)]
    kernel = [c.int(1, 3), c.int(1, 3)]
    c.attr(group=group, offset_group=offset_group)
    strides, pads, spread = [c.int(1, 2)] * 2, [c.int(0, 1)] * 4, [1, 1]
    c.attr(strides=strides, pads=pads, dilations=spread, kernel_shape=kernel if c.chance(.5) else None)
    out = [(d + 2 * pads[0] - k) // s + 1 for d, k, s in zip(x[2:], kernel, strides)]
    filters = group * c.int(1, 2)
    c.feed(c.data(t, x, special=False), t)
    c.feed(c.data(t, [filters, channels // group] + kernel, special=False), t)
    c.tolerance = 4
    places = offset_group * kernel[0] * kernel[1]
    c.feed(c.data(t, [x[0], 2 * places] + out, -1.3, 1.3), t)
    given = c.chance(.5)
    c.feed(c.data(t, [filters], special=False) if given else None, t if given else None)
    if c.chance(.5):
        c.feed(c.data(t, [x[0], places] + out, 0, 1), t)


@maker("MaxPool", "AveragePool", "LpPool")
def pool(c):
    t = c.T()
    x = picture(c, rank=2 if c.schema.since_version == 1 and c.schema.name == "LpPool" else None)
    kernel = window(c, x[2:])
    if c.schema.name == "LpPool":
        c.maybe(p=c.pick(1, 2, 3) if c.schema.since_version > 1 else c.pick(1., 2.))
    c.attr(kernel_shape=kernel)
    c.maybe(ceil_mode=c.int(0, 1), count_include_pad=c.int(0, 1))
    if c.schema.name == "MaxPool" and not c.has("dilations") and "dilations" in c.attributes:
        del c.attributes["dilations"]
    c.feed(c.data(t, x, special=False), t)
    if c.schema.name == "MaxPool":
        c.types["I"] = "tensor(int64)"
        c.maybe(storage_order=c.pick(0, 0, 1))


@maker("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(c):
    t = c.T()
    c.feed(c.data(t, picture(c), special=False), t)
    c.maybe(p=c.pick(1, 2, 3) if c.schema.since_version > 1 else 2.)


@maker("MaxUnpool")
def max_unpool(c):
    t = c.T("T1")
    x = [1, c.int(1, 2), c.int(2, 3), c.int(2, 3)]
    kernel = [2, 2]
    out = [2 * d for d in x[2:]]
    c.attr(kernel_shape=kernel, strides=[2, 2])
    c.feed(c.data(t, x, special=False), t)
    per = out[0] * out[1]
    i = np.stack([ch * per + c.rng.permutation(per)[:x[2] * x[3]] for ch in range(x[1])]).reshape(x)
    c.T("T2")
    c.feed(i.astype(np.int64), I64)
    if c.chance(.3):
        c.ints(x[:2] + out)


@maker("MaxRoiPool")
def max_roi_pool(c):
    t = c.T()
    x = [c.int(1, 2), c.int(1, 3), 6, 7]
    c.feed(c.data(t, x, special=False), t)
    rois = [[c.int(0, x[0] - 1), c.int(0, 2), c.int(0, 2), c.int(3, 6), c.int(3, 5)] for _ in range(c.int(1, 3))]
    c.feed(np.array(rois).astype(numpy_type(t)), t)
    c.attr(pooled_shape=[c.int(1, 3), c.int(1, 3)])
    c.maybe(spatial_scale=c.pick(.5, 1.))


@maker("RoiAlign")
def roi_align(c):
    t = c.T("T1")
    x = [c.int(1, 2), c.int(1, 3), 6, 7]
    c.feed(c.data(t, x, special=False), t)
    n = c.int(1, 3)
    a = c.rng.uniform(0, 3, (n, 2))
    c.feed(np.concatenate([a, a + c.rng.uniform(.5, 3.5, (n, 2))], 1).astype(numpy_type(t)), t)
    c.T("T2")
    c.ints([c.int(0, x[0] - 1) for _ in range(n)])
    c.maybe(mode=c.pick("avg", "max"), output_height=c.int(1, 3), output_width=c.int(1, 3), sampling_ratio=c.int(0, 3),
            spatial_scale=c.pick(.5, 1.), coordinate_transformation_mode=c.pick("half_pixel", "output_half_pixel"))


@maker("NonMaxSuppression")
def nms(c):
    batch, classes, boxes = c.int(1, 2), c.int(1, 3), c.int(1, 8)
    a = c.rng.uniform(0, 1, (batch, boxes, 2))
    b = a + c.rng.uniform(.1, .6, (batch, boxes, 2))
    center = c.chance(.4)
    c.attr(center_point_box=int(center) if center or c.chance(.5) else None)
    if center:
        both = np.concatenate([(a + b) / 2, b - a], -1)
    else:
        both = np.concatenate([a, b] if c.chance(.7) else [b, a], -1)
    c.feed(both.astype(np.float32))
    c.feed(c.rng.permutation(batch * classes * boxes).reshape(batch, classes, boxes).astype(np.float32) / 50)
    if c.chance(.9):
        c.feed(np.array([c.int(0, 4)]), I64)
        if c.chance(.8):
            c.feed(np.array([c.pick(.2, .5, 0.)], np.float32))
            if c.chance(.6):
                c.feed(np.array([c.pick(.1, .3)], np.float32))


@maker("Upsample")
def upsample(c):
    t = c.T()
    x = [c.int(1, 2), c.int(1, 2), c.int(2, 4), c.int(2, 4)]
    c.feed(c.data(t, x, special=False), t)
    c.attr(mode="nearest" if t == STR else c.pick("nearest", "linear" if c.schema.since_version > 1 else "bilinear"))
    scales = [1., 1., c.pick(1., 2., 1.5), c.pick(2., 3., 2.5)]
    if c.has("height_scale"):
        c.attr(height_scale=scales[2], width_scale=scales[3])
    elif c.has("scales"):
        c.attr(scales=scales)
    else:
        c.feed(np.array(scales, np.float32), constant=True)


@maker("Resize")
def resize(c):
    t = c.T("T1" if any(x.type_param_str == "T1" for x in c.schema.type_constraints) else "T")
    rank = c.pick(1, 2, 2)
    x = [c.int(1, 2), c.int(1, 2)] + [c.int(2, 6) for _ in range(rank)]
    mode = c.pick("nearest", "linear", "cubic" if c.schema.since_version >= 11 and rank == 2 else "linear")
    if t == STR:
        mode = "nearest"
    c.attr(mode=mode)
    c.feed(c.data(t, x, special=False), t)
    if c.schema.since_version == 10:
        c.feed(np.array([1., 1.] + [c.pick(.5, 1., 2., 1.5) for _ in range(rank)], np.float32))
        return
    how = c.pick("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "tf_crop_and_resize",
                 "half_pixel_symmetric" if c.schema.since_version >= 19 else "half_pixel")
    c.maybe(coordinate_transformation_mode=how)
    crop = c.attributes.get("coordinate_transformation_mode") == "tf_crop_and_resize"
    axes = None
    if c.has("axes") and c.chance(.3):
        axes = [k + 2 for k in range(rank)]
        c.attr(axes=[a - len(x) for a in axes] if c.chance(.5) else axes)
    k = len(axes) if axes else len(x)
    lead = 0 if axes else 2
    roi = [0.] * lead + [.1] * (k - lead) + [1.] * lead + [.8] * (k - lead)
    e = F32 if not any(y.type_param_str == "T2" for y in c.schema.type_constraints) else c.T(
        "T2", lambda e: e != TensorProto.BFLOAT16)
    if crop:
        c.feed(np.array(roi).astype(numpy_type(e)), e)
        c.maybe(extrapolation_value=-1.)
    elif c.schema.since_version < 13:
        c.feed(np.zeros([0], numpy_type(e)), e)
    else:
        c.feed(None)
    if mode == "nearest":
        c.maybe(nearest_mode=c.pick("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"))
    if mode == "cubic":
        c.maybe(cubic_coeff_a=-.5, exclude_outside=c.int(0, 1))
    if mode != "nearest" and not crop:
        c.maybe(antialias=c.int(0, 1))
    by_sizes = c.chance(.4)
    if by_sizes:
        c.feed(np.zeros([0], np.float32), constant=True) if c.schema.since_version < 13 else c.feed(None)
        c.ints((x[:2] if lead else []) + [c.int(1, 9) for _ in range(k - lead)])
        if not crop and c.chance(.3):
            c.attr(keep_aspect_ratio_policy=c.pick("stretch", "not_larger", "not_smaller"))
            if c.attributes.get("keep_aspect_ratio_policy", "stretch") != "stretch" and not axes:
                del c.attributes["keep_aspect_ratio_policy"]
    else:
        c.feed(np.array([1.] * lead + [c.pick(.5, .6, 1., 2., 1.5, 2.5) for _ in range(k - lead)], np.float32))


@maker("GridSample")
def grid_sample(c):
    t, e = c.T("T1"), c.T("T2")
    deep = c.schema.since_version >= 20 and c.chance(.3)
    rank = 3 if deep else 2
    n = c.int(1, 2)
    c.feed(c.data(t, [n, c.int(1, 2)] + [c.int(2, 5) for _ in range(rank)], special=False), t)
    c.feed(c.data(e, [n] + [c.int(1, 4) for _ in range(rank)] + [rank], -1.3, 1.3), e)
    modes = ["bilinear", "nearest", "bicubic"] if c.schema.since_version < 20 else ["linear", "nearest", "cubic"]
    if t == STR:
        c.attr(mode="nearest")
    else:
        c.maybe(mode=c.pick(*(modes[:2] if deep else modes)))
    c.maybe(padding_mode=c.pick("zeros", "border", "reflection"),
            align_corners=c.int(0, 1))


@maker("AffineGrid")
def affine_grid(c):
    t = c.T("T1")
    rank = c.pick(2, 3)
    n = c.int(1, 2)
    c.feed(c.data(t, [n, rank, rank + 1], special=False), t)
    c.ints([n, 2] + [c.int(1, 4) for _ in range(rank)])
    c.maybe(align_corners=c.int(0, 1))


@maker("Col2Im")
def col2im(c):
    t = c.T("T", lambda e: is_float(e))
    image, block = [c.int(4, 6), c.int(4, 6)], [c.int(1, 3), c.int(1, 3)]
    pads, strides, spread = [c.int(0, 1)] * 4, [c.int(1, 2)] * 2, [1, 1]
    blocks = [(d + 2 * pads[0] - (k - 1) - 1) // s + 1 for d, k, s in zip(image, block, strides)]
    c.feed(c.data(t, [c.int(1, 2), c.int(1, 2) * block[0] * block[1], blocks[0] * blocks[1]], special=False), t)
    c.ints(image)
    c.ints(block)
    c.attr(pads=pads, strides=strides, dilations=spread)


@maker("RNN", "GRU", "LSTM")
def recurrent(c):
    name = c.schema.name
    t = c.T("T")
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[name]
    steps, batch, size, hidden = c.int(1, 4), c.int(1, 3), c.int(1, 4), c.int(1, 5)
    direction = c.pick("forward", "reverse", "bidirectional")
    d = 2 if direction == "bidirectional" else 1
    layout = c.int(0, 1) if c.has("layout") and c.chance(.3) else 0
    c.attr(hidden_size=hidden, direction=direction if direction != "forward" or c.chance(.5) else None,
           layout=layout or None)
    c.feed(c.data(t, [batch, steps, size] if layout else [steps, batch, size], -1, 1), t)
    c.feed(c.data(t, [d, gates * hidden, size], -1, 1), t)
    c.feed(c.data(t, [d, gates * hidden, hidden], -1, 1), t)

    def maybe(shape, p=.5, limits=(-1, 1)):
        given = c.chance(p)
        c.feed(c.data(t, shape, *limits) if given else None, t if given else None)
    maybe([d, 2 * gates * hidden], .7)
    if c.chance(.4):
        c.T("T1")
        c.feed(np.array([c.int(1, steps) for _ in range(batch)], np.int32))
    else:
        c.feed(None)
    state = [batch, d, hidden] if layout else [d, batch, hidden]
    maybe(state)
    if name == "LSTM":
        maybe(state)
        maybe([d, 3 * hidden], .3)
        c.maybe(input_forget=c.pick(0, 0, 1))
    if name == "GRU":
        c.maybe(linear_before_reset=c.int(0, 1))
    if c.chance(.3):
        c.attr(clip=.6)
    if c.chance(.3):
        each = {"RNN": 1, "GRU": 2, "LSTM": 3}[name]
        known = ("Tanh", "Sigmoid", "Relu", "Softsign", "HardSigmoid", "LeakyRelu", "Elu")
        c.attr(activations=[c.pick(*known) for _ in range(d * each)])
    if c.has("output_sequence"):
        c.attr(output_sequence=1)


@maker("Attention")
def attention(c):
    t = c.T("T1")
    c.types["T2"] = c.types["T1"]
    batch, kv, times, q_length, kv_length = c.int(1, 2), c.int(1, 2), c.int(1, 2), c.int(1, 4), c.int(1, 4)
    size, v_size = 2 * c.int(1, 3), c.int(1, 5)
    heads = kv * times
    flat = c.chance(.4)

    def shaped(h, n, s):
        return [batch, n, h * s] if flat else [batch, h, n, s]
    c.feed(c.data(t, shaped(heads, q_length, size), -1, 1), t)
    c.feed(c.data(t, shaped(kv, kv_length, size), -1, 1), t)
    c.feed(c.data(t, shaped(kv, kv_length, v_size), -1, 1), t)
    if flat:
        c.attr(q_num_heads=heads, kv_num_heads=kv)
    past = c.int(1, 3) if c.chance(.3) else 0
    total = kv_length + past
    if c.chance(.5):
        u = c.T("U", lambda e: e in (BOOL, t))  # "boolean or float of the same type as query, key, value"
        shape = c.pick([q_length, total], [1, 1, q_length, total], [batch, heads, q_length, total])
        m = c.data(u, shape, -1, 1)
        if u == BOOL:
            m[..., 0] = True  # a row without anything to look at has no answer
        c.feed(m, u)
    else:
        c.feed(None)
        c.types.setdefault("U", "tensor(float)")
    if past:
        c.feed(c.data(t, [batch, kv, past, size], -1, 1), t)
        c.feed(c.data(t, [batch, kv, past, v_size], -1, 1), t)
    c.maybe(is_causal=c.int(0, 1), scale=.3, softcap=c.pick(0., 2.), qk_matmul_output_mode=c.int(0, 3))
    c.outputs = c.pick(1, 3) if past else 1


@maker("RotaryEmbedding")
def rotary(c):
    t = c.T("T")
    c.T("M")
    batch, heads, length, size = c.int(1, 2), c.int(1, 3), c.int(1, 4), 2 * c.int(2, 4)
    flat = c.chance(.4)
    part = size if c.chance(.6) else size // 4 * 2
    c.feed(c.data(t, [batch, length, heads * size] if flat else [batch, heads, length, size], -1, 1), t)
    given = c.chance(.6)
    cache = [c.int(length, 8), part // 2] if given else [batch, length, part // 2]
    c.feed(c.data(t, cache, -1, 1), t)
    c.feed(c.data(t, cache, -1, 1), t)
    if given:
        c.ints(c.rng.integers(0, cache[0], (batch, length)))
    c.attr(num_heads=heads if flat else None, rotary_embedding_dim=part if part != size else None)
    c.maybe(interleaved=c.int(0, 1))


@maker("CausalConvWithState")
def causal(c):
    t = c.T("T")
    batch, channels, length, k = c.int(1, 2), c.int(1, 4), c.int(1, 6), c.int(1, 4)
    c.feed(c.data(t, [batch, channels, length], -1, 1), t)
    c.feed(c.data(t, [channels, 1, k], -1, 1), t)
    given = c.chance(.5)
    c.feed(c.data(t, [channels], -1, 1) if given else None, t if given else None)
    if c.chance(.5):
        c.feed(c.data(t, [batch, channels, k - 1], -1, 1), t)
    c.maybe(activation=c.pick("none", "silu"))


@maker("LinearAttention")
def linear_attention(c):
    t = c.T("T")
    batch, kv, times = c.int(1, 2), c.int(1, 2), c.int(1, 2)
    length, size, v_size = c.int(1, 4), c.int(1, 4), c.int(1, 4)
    rule = c.pick("linear", "gated", "delta", "gated_delta")
    c.feed(c.data(t, [batch, length, kv * times * size], -1, 1), t)
    c.feed(c.data(t, [batch, length, kv * size], -1, 1), t)
    c.feed(c.data(t, [batch, length, kv * v_size], -1, 1), t)
    c.attr(q_num_heads=kv * times, kv_num_heads=kv, update_rule=rule)
    given = c.chance(.5)
    if not given:
        c.types["S"] = c.types["T"]
    s = c.T("S")
    c.feed(c.data(s, [batch, kv, size, v_size], -1, 1) if given else None, s if given else None)
    gated, delta = "gated" in rule, "delta" in rule
    c.feed(c.data(t, [batch, length, kv * c.pick(1, size)], -1, 0) if gated else None, t if gated else None)
    if delta:
        c.feed(c.data(t, [batch, length, kv], 0, 1), t)
    c.maybe(scale=.5)


@maker("FlexAttention")
def flex_attention(c):
    t = c.T("T1")
    batch, heads, q_length, kv_length, size = c.int(1, 2), c.int(1, 2), c.int(1, 4), c.int(1, 4), c.int(1, 4)
    c.feed(c.data(t, [batch, heads, q_length, size], -1, 1), t)
    c.feed(c.data(t, [batch, heads, kv_length, size], -1, 1), t)
    c.feed(c.data(t, [batch, heads, kv_length, c.int(1, 4)], -1, 1), t)
    c.maybe(scale=.3)

"""Patterns by which exporters compute shapes, in the standard's text syntax, with the shapes that are to be shown.

A pattern is (name, text of the graph, {value: shape as shown}, sizes of two runs).  Where a size depends on data, what is
shown is a symbol of its own, "y.shape[1]".
"""
import numpy as np
import onnx

import sardonyx

HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'

PATTERNS = [
    ("view by Shape, Gather, Unsqueeze, Concat", """
g (float[N, C, H, W] x) => (float y) <int64 i0 = {0}, int64 i1 = {1}, int64[1] ax = {0}, int64[1] m1 = {-1}> {
  s = Shape(x)  n = Gather(s, i0)  c = Gather(s, i1)
  n1 = Unsqueeze(n, ax)  c1 = Unsqueeze(c, ax)
  t = Concat<axis = 0>(n1, c1, m1)  y = Reshape(x, t) }""",
     {"y": ["N", "C", "H*W"]}, [{"N": 2, "C": 3, "H": 4, "W": 5}, {"N": 1, "C": 2, "H": 7, "W": 3}]),

    ("heads split and joined again", """
g (float[N, T, 768] x) => (float y) <int64 i0 = {0}, int64 i1 = {1}, int64[1] ax = {0}, int64[1] h = {12},
   int64[1] d = {64}, int64[1] m1 = {-1}> {
  s = Shape(x)  n = Gather(s, i0)  l = Gather(s, i1)  n1 = Unsqueeze(n, ax)  l1 = Unsqueeze(l, ax)
  t = Concat<axis = 0>(n1, l1, h, d)  v = Reshape(x, t)  q = Transpose<perm = [0, 2, 1, 3]>(v)
  k = Transpose<perm = [0, 2, 3, 1]>(v)  a = MatMul(q, k)  p = Softmax<axis = -1>(a)  o = MatMul(p, q)
  b = Transpose<perm = [0, 2, 1, 3]>(o)  sb = Shape(b)  nb = Gather(sb, i0)  lb = Gather(sb, i1)
  nb1 = Unsqueeze(nb, ax)  lb1 = Unsqueeze(lb, ax)  u = Concat<axis = 0>(nb1, lb1, m1)  y = Reshape(b, u) }""",
     {"v": ["N", "T", 12, 64], "a": ["N", 12, "T", "T"], "y": ["N", "T", 768]},
     [{"N": 2, "T": 5}, {"N": 1, "T": 9}]),

    ("flatten with a product computed", """
g (float[N, C, H, W] x) => (float y) <int64[1] a0 = {0}, int64[1] a2 = {2}, int64[1] e2 = {2}, int64[1] e4 = {4}> {
  s = Shape(x)  nc = Slice(s, a0, e2)  hw = Slice(s, a2, e4)  p = ReduceProd<keepdims = 1>(hw)
  t = Concat<axis = 0>(nc, p)  y = Reshape(x, t) }""",
     {"y": ["N", "C", "H*W"]}, [{"N": 2, "C": 3, "H": 4, "W": 5}, {"N": 1, "C": 2, "H": 7, "W": 3}]),

    ("Resize by sizes computed", """
g (float[N, 8, H, W] x, float[N, 8, P, Q] like) => (float y, float z) <int64[1] a2 = {2}, int64[1] e4 = {4},
   int64[1] a0 = {0}, int64[1] e2 = {2}, int64[2] two = {2, 2}> {
  s = Shape(x)  nc = Slice(s, a0, e2)  l = Shape(like)  pq = Slice(l, a2, e4)
  t = Concat<axis = 0>(nc, pq)  y = Resize<mode = "nearest">(x, , , t)
  hw = Slice(s, a2, e4)  d = Mul(hw, two)  u = Concat<axis = 0>(nc, d)  z = Resize<mode = "nearest">(x, , , u) }""",
     {"y": ["N", 8, "P", "Q"], "z": ["N", 8, "2*H", "2*W"]},
     [{"N": 1, "H": 4, "W": 6, "P": 7, "Q": 9}, {"N": 2, "H": 3, "W": 5, "P": 2, "Q": 4}]),

    ("Resize by scales", """
g (float[N, 8, H, W] x) => (float y, float z) <float[4] up = {1, 1, 2, 2}, float[4] down = {1, 1, 0.5, 0.5}> {
  y = Resize<mode = "nearest">(x, , up)  z = Resize<mode = "nearest">(x, , down) }""",
     {"y": ["N", 8, "2*H", "2*W"], "z": ["N", 8, "floor(H/2)", "floor(W/2)"]},
     [{"N": 1, "H": 4, "W": 7}, {"N": 2, "H": 3, "W": 5}]),

    ("windows of a padded image, as in Swin", """
g (float[N, H, W, 32] x) => (float y, float z) <int64 i0 = {0}, int64 i1 = {1}, int64 i2 = {2}, int64 seven = {7},
   int64[1] ax = {0}, int64[1] w7 = {7}, int64[1] c = {32}, int64[1] m1 = {-1}, int64[1] zero = {0},
   int64[5] none = {0, 0, 0, 0, 0}, int64[1] w49 = {49}> {
  s = Shape(x)  n = Gather(s, i0)  h = Gather(s, i1)  w = Gather(s, i2)
  nh = Neg(h)  ph = Mod(nh, seven)  nw = Neg(w)  pw = Mod(nw, seven)
  ph1 = Unsqueeze(ph, ax)  pw1 = Unsqueeze(pw, ax)
  pads = Concat<axis = 0>(none, ph1, pw1, zero)  p = Pad(x, pads)
  s2 = Shape(p)  h2 = Gather(s2, i1)  w2 = Gather(s2, i2)  hb = Div(h2, seven)  wb = Div(w2, seven)
  n1 = Unsqueeze(n, ax)  hb1 = Unsqueeze(hb, ax)  wb1 = Unsqueeze(wb, ax)
  t = Concat<axis = 0>(n1, hb1, w7, wb1, w7, c)  v = Reshape(p, t)
  q = Transpose<perm = [0, 1, 3, 2, 4, 5]>(v)  u = Concat<axis = 0>(m1, w49, c)  y = Reshape(q, u)
  back = Concat<axis = 0>(n1, hb1, wb1, w7, w7, c)  r = Reshape(y, back)
  f = Transpose<perm = [0, 1, 3, 2, 4, 5]>(r)  h1 = Unsqueeze(h2, ax)  w1 = Unsqueeze(w2, ax)
  k = Concat<axis = 0>(n1, h1, w1, m1)  z = Reshape(f, k) }""",
     {"p": ["N", "7*floor((H + 6)/7)", "7*floor((W + 6)/7)", 32],
      "v": ["N", "floor((H + 6)/7)", 7, "floor((W + 6)/7)", 7, 32],
      "y": ["N*floor((H + 6)/7)*floor((W + 6)/7)", 49, 32],
      "z": ["N", "7*floor((H + 6)/7)", "7*floor((W + 6)/7)", 32]},
     [{"N": 1, "H": 14, "W": 9}, {"N": 2, "H": 7, "W": 15}]),

    ("padded to a multiple of 4, as (-h) % 4", """
g (float[N, 3, H, W] x) => (float y) <int64 i2 = {2}, int64 four = {4}, int64[1] ax = {0},
   int64[6] none = {0, 0, 0, 0, 0, 0}, int64[1] zero = {0}> {
  s = Shape(x)  h = Gather(s, i2)  m = Neg(h)  r = Mod(m, four)  r1 = Unsqueeze(r, ax)
  pads = Concat<axis = 0>(none, r1, zero)  y = Pad(x, pads) }""",
     {"y": ["N", 3, "4*floor((H + 3)/4)", "W"]}, [{"N": 1, "H": 5, "W": 3}, {"N": 1, "H": 8, "W": 2}]),

    ("a causal mask by Range, Expand and Where", """
g (float[N, T, 16] x) => (float y) <int64 i1 = {1}, int64 i0 = {0}, int64 zero = {0}, int64 one = {1},
   int64[1] a0 = {0}, int64[1] a1 = {1}, float low = {-10000}, float nought = {0}> {
  s = Shape(x)  t = Gather(s, i1)  r = Range(zero, t, one)  c = Unsqueeze(r, a0)  d = Unsqueeze(r, a1)
  m = LessOrEqual(c, d)  w = Where(m, nought, low)
  k = Transpose<perm = [0, 2, 1]>(x)  a = MatMul(x, k)  y = Add(a, w) }""",
     {"r": ["T"], "m": ["T", "T"], "y": ["N", "T", "T"]}, [{"N": 2, "T": 5}, {"N": 1, "T": 3}]),

    ("Expand to a shape with -1 replaced by Where and Equal", """
g (float[N, 1, D] x, float[N, T, D] z) => (float y) <int64[3] minus = {-1, -1, -1}, int64[1] m1 = {-1},
   int64 i1 = {1}, int64[1] ax = {0}, int64[1] three = {3}, int64[1] n1 = {-1}> {
  s = Shape(z)  t = Gather(s, i1)  t1 = Unsqueeze(t, ax)  want = Concat<axis = 0>(n1, t1, n1)
  ones = ConstantOfShape<value = int64[1] {1}>(three)  mm = Mul(ones, minus)  e = Equal(want, mm)
  w = Where(e, ones, want)  y = Expand(x, w) }""",
     {"y": ["N", "T", "D"]}, [{"N": 2, "D": 5, "T": 4}, {"N": 1, "D": 3, "T": 6}]),

    ("zeros of the shape of another value", """
g (float[N, T, 8] x) => (float y, float h) <int64 i0 = {0}, int64[1] ax = {0}, int64[1] two = {2},
   int64[1] d = {8}> {
  s = Shape(x)  z = ConstantOfShape<value = float[1] {0}>(s)  y = Add(x, z)
  n = Gather(s, i0)  n1 = Unsqueeze(n, ax)  t = Concat<axis = 0>(two, n1, d)
  h = ConstantOfShape<value = float[1] {0}>(t) }""",
     {"z": ["N", "T", 8], "h": [2, "N", 8]}, [{"N": 2, "T": 4}, {"N": 3, "T": 6}]),

    ("halves of a symbolic dim by Slice", """
g (float[N, D, T] x, float[N, L] u) => (float a, float b, float c, float d) <int64 i1 = {1}, int64 two = {2},
   int64[1] ax = {0}, int64[1] a1 = {1}, int64[1] zero = {0}, int64[1] most = {9223372036854775807},
   int64[1] last = {-1}, int64[1] hundred = {100}> {
  s = Shape(x)  c2 = Gather(s, i1)  h = Div(c2, two)  h1 = Unsqueeze(h, ax)
  a = Slice(x, zero, h1, a1)  b = Slice(x, h1, most, a1)
  c = Slice(u, zero, last, a1)  d = Slice(u, zero, hundred, a1) }""",
     {"a": ["N", "floor(D/2)", "T"], "b": ["N", "D - floor(D/2)", "T"], "c": ["N", "max(L - 1, 0)"],
      "d": ["N", "min(L, 100)"]},
     [{"N": 2, "D": 6, "T": 4, "L": 7}, {"N": 1, "D": 9, "T": 3, "L": 150}]),

    ("what depends on data: NonZero, TopK, NonMaxSuppression", """
g (float[N, K] x, float[1, M, 4] boxes, float[1, C, M] scores) => (int64 i, float v, int64 p, float picked)
   <int64[1] k = {5}, int64 most = {10}, float iou = {0.5}, float least = {0.1}, int64 c2 = {2}, int64[1] a0 = {0}> {
  i = NonZero(x)  v, p = TopK<axis = 0>(x, k)  s = NonMaxSuppression(boxes, scores, most, iou, least)
  b = Gather<axis = 1>(s, c2)  q = Squeeze(boxes, a0)  picked = Gather(q, b) }""",
     {"i": [2, "i.shape[1]"], "v": [5, "K"], "s": ["s.shape[0]", 3], "picked": ["s.shape[0]", 4]},
     [{"N": 6, "K": 4, "M": 8, "C": 2}, {"N": 7, "K": 3, "M": 5, "C": 1}]),

    ("a convolution's size, its ceiling, and what is joined", """
g (float[N, 3, H, W] x, float[8, 3, 3, 3] w, float[8, 3, 3, 3] v) => (float y, float z) {
  y = Conv<strides = [2, 2], pads = [1, 1, 1, 1]>(x, w)
  q = MaxPool<kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1>(x)
  r = Conv<auto_pad = "SAME_UPPER", strides = [2, 2]>(x, v)  z = Concat<axis = 1>(y, r) }""",
     {"y": ["N", 8, "floor((H + 1)/2)", "floor((W + 1)/2)"], "q": ["N", 3, "floor(H/2)", "floor(W/2)"],
      "z": ["N", 16, "floor((H + 1)/2)", "floor((W + 1)/2)"]},
     [{"N": 1, "H": 8, "W": 9}, {"N": 2, "H": 11, "W": 6}]),

    ("squeeze of a dim that is not known, as two branches", """
g (float[N, 64, L] x, float[64, 10] w) => (float y) <int64[1] last = {-1}, int64[1] one = {1}> {
  s = Shape(x)  d = Gather(s, last)  c = Equal(d, one)
  q = If (c) <then_branch = t () => (float[A, B] p) { p = Squeeze(x, last) },
              else_branch = e () => (float[C, D, E] r) { r = Identity(x) }>
  y = Gemm(q, w) }""",
     {"q": ["N", 64], "y": ["N", 10]}, [{"N": 2, "L": 1}, {"N": 5, "L": 1}]),

    ("branches that agree, a loop over time, a scan", """
g (float[N, T, 8] x, bool c, float[8] zero) => (float y, float l, float o) <int64 i1 = {1}, bool go = {1}> {
  y = If (c) <then_branch = t () => (float[P, Q, R] p) { p = Relu(x) },
              else_branch = e () => (float[S, U, V] q) { q = Neg(x) }>
  s = Shape(x)  n = Gather(s, i1)
  l, all = Loop (n, go, x) <body = b (int64 i, bool k, float[A, B, C] h) => (bool m, float[D, E, F] j, float[G, I, J] u)
     { m = Identity(k) j = Relu(h) u = Neg(h) }>
  w = Transpose<perm = [1, 0, 2]>(x)
  last, o = Scan <num_scan_inputs = 1, body = f (float[8] st, float[X, Z] row) => (float[8] st2, float[AA, BB] out)
     { st2 = Identity(st) out = Add(row, st) }> (zero, w) }""",
     {"y": ["N", "T", 8], "l": ["N", "T", 8], "o": ["T", "N", 8]}, [{"N": 2, "T": 3}, {"N": 1, "T": 4}]),
]


# What holds only for N = 6, by a Reshape that an optimised graph need not keep.
FIXED = """
g (float[N, 2] x, float[6] z) => (float y) <int64 i0 = {0}, int64[1] ax = {0}, int64[1] one = {1}> {
  s = Shape(x)  n = Gather(s, i0)  n1 = Unsqueeze(n, ax)  t = Concat<axis = 0>(n1, one)  r = Reshape(z, t)
  y = Add(x, r) }"""


def refuses_others(say):
    """Does a session refuse what the equations of its model exclude, whatever passes made of the graph?"""
    import sizes
    bad = 0
    model = onnx.parser.parse_model(HEAD + " ".join(FIXED.split()))
    sizes.forget(model)
    for optimize in (False, True):
        session = sardonyx.Session(sardonyx.Model(model), threads=1, optimize=optimize)
        for n in (6, 1):
            try:
                session.run(None, {"x": np.ones((n, 2), np.float32), "z": np.ones(6, np.float32)})
                ran = True
            except sardonyx.Error:
                ran = False
            if ran != (n == 6):
                say(f"N = {n} {'runs' if ran else 'is refused'}, where optimize={optimize}")
                bad += 1
    return bad


def check(say):
    """How many of the patterns show another shape than they should, or are wrong in a run."""
    import sizes
    bad = refuses_others(say)
    for name, text, shown, sets in PATTERNS:
        try:
            model = onnx.parser.parse_model(HEAD + " ".join(text.split()))
            sizes.forget(model)
            parsed = sardonyx.Model(model)
        except (sardonyx.Error, onnx.parser.ParseError) as e:
            say(f"{name}: {e}")
            bad += 1
            continue
        values = [v for v in parsed.values if not v.graph]
        shapes = {v.name: list(v.shape) if v.shape is not None else None for v in values}
        for value, want in shown.items():
            if shapes.get(value) != want:
                say(f"{name}: '{value}' is shown as {shapes.get(value)}, should be {want}")
                bad += 1
        for given in sets:
            try:
                seen = sizes.run(sardonyx.Session(parsed, threads=1, optimize=False), sizes.feeds_of(model, given, {}))
            except sardonyx.Error as e:
                say(f"{name}: {given}: {e}")
                bad += 1
                continue
            bad += sizes.compare(values, given, seen, lambda text: say(f"{name}: {text}"))[1]
    say(f"{len(PATTERNS)} patterns of exporters, {bad} complaints")
    return bad

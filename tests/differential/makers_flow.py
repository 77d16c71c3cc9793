"""Inputs and attributes of operators of values of any kind: optionals, sequences, strings, control flow."""
import numpy as np
from onnx import helper, parser

from case import BOOL, F32, I64, STR, CannotMake, numpy_type, parse_type
from makers_math import maker
from makers_tensor import split_of


@maker("Identity")
def identity(c):
    kind = c.kind("V" if c.schema.since_version >= 14 else "T")
    value_of(c, kind)


def value_of(c, kind, shape=None):
    """Feeds a value of any type."""
    c.feed(python_value(c, kind, shape), of=parse_type(kind))
    of = c.inputs[-1][1]
    if of.HasField("tensor_type"):
        value = c.inputs.pop()[0]
        c.feed(value, of.tensor_type.elem_type)


def python_value(c, kind, shape=None):
    of = parse_type(kind)
    if of.HasField("tensor_type"):
        return c.data(of.tensor_type.elem_type, c.shape() if shape is None else shape)
    if of.HasField("sequence_type"):
        return [python_value(c, kind[4:-1]) for _ in range(c.int(0, 4))]
    if of.HasField("optional_type"):
        return None if c.chance(.3) else python_value(c, kind[9:-1], shape)
    raise CannotMake(kind)


@maker("Optional")
def optional(c):
    kind = c.kind("V")
    of = helper.make_optional_type_proto(parse_type(kind))
    if c.chance(.3):
        c.attr(type=parse_type(kind))
    else:
        value_of(c, kind)
    c.output(of)


@maker("OptionalGetElement", "OptionalHasElement")
def optional_get(c):
    kind = c.kind("O")
    get = c.schema.name == "OptionalGetElement"
    if not get and c.schema.since_version >= 18 and c.chance(.15):
        return
    inner = kind[9:-1] if kind.startswith("optional") else kind
    if kind.startswith("optional") and not get and c.chance(.4):
        c.feed(None, of=parse_type(kind))
        c.inputs[-1] = (None, parse_type(kind), False)
    else:
        value_of(c, kind)
        if get and c.inputs[-1][0] is None:
            c.inputs.pop()
            c.feed(python_value(c, inner), of=parse_type(kind))
    if get:
        c.output(parse_type(inner))


def element(c, only=None):
    """The type of a sequence and of its items."""
    s = c.kind("S", only)
    return s, s[4:-1]


@maker("SequenceConstruct")
def sequence_construct(c):
    t = c.T()
    for _ in range(c.int(1, 4)):
        c.feed(c.data(t, c.shape()), t)
    c.output(parse_type(f"seq({c.types['T']})"))


@maker("SequenceEmpty")
def sequence_empty(c):
    s = c.kind("S")
    e = parse_type(s).sequence_type.elem_type.tensor_type.elem_type
    c.attr(dtype=e if e != F32 or c.chance(.5) else None)


@maker("SequenceAt", "SequenceErase", "SequenceInsert", "SequenceLength")
def sequence(c):
    s, of = element(c)
    name = c.schema.name
    items = [python_value(c, of) for _ in range(c.int(1 if name in ("SequenceAt", "SequenceErase") else 0, 4))]
    c.types["T"] = of
    c.feed(items, of=parse_type(s))
    if name == "SequenceLength":
        c.types["I"] = "tensor(int64)"
        return
    if name == "SequenceInsert":
        value_of(c, of)
    if name == "SequenceAt" or c.chance(.6):
        t = c.T("I")
        n = len(items)
        c.feed(np.array(c.int(-n, n if name == "SequenceInsert" else n - 1), numpy_type(t)), t)


@maker("ConcatFromSequence")
def concat_from_sequence(c):
    s, of = element(c)
    c.types["T"] = of
    x = c.shape(c.int(1, 3))
    new = c.int(0, 1)
    axis = c.axis(len(x) + new)
    items = []
    for _ in range(c.int(1, 3)):
        y = list(x)
        if not new:
            y[axis] = c.int(1, 4)
        items.append(python_value(c, of, y))
    c.feed(items, of=parse_type(s))
    c.attr(axis=axis, new_axis=new)


@maker("SplitToSequence")
def split_to_sequence(c):
    t = c.T("T")
    x = c.shape(c.int(1, 3))
    axis = c.axis(len(x))
    c.feed(c.data(t, x), t)
    e = c.T("I")
    form = c.int(0, 2)
    if form == 1:
        c.feed(np.array(c.int(1, 3), numpy_type(e)), e)
    if form == 2:
        c.feed(np.array(split_of(c, x[axis], c.int(1, 3)), numpy_type(e)), e)
    c.attr(axis=axis)
    c.maybe(keepdims=c.int(0, 1))
    c.output(parse_type(f"seq({c.types['T']})"))


@maker("StringNormalizer")
def string_normalizer(c):
    c.feed(c.data(STR, c.pick([c.int(1, 5)], [1, c.int(1, 5)])), STR)
    c.maybe(case_change_action=c.pick("LOWER", "UPPER", "NONE"), is_case_sensitive=c.int(0, 1), stopwords=["a", "The"])


@maker("StringSplit")
def string_split(c):
    words = ["", "a b", "a,b,,c", " x  y ", "aXXb", ",", "no"]
    x = c.shape()
    c.feed(np.array([c.pick(*words) for _ in range(int(np.prod(x)))], object).reshape(x), STR)
    c.maybe(delimiter=c.pick("", ",", "XX"), maxsplit=c.int(0, 2))
    c.outputs = 2


@maker("RegexFullMatch")
def regex(c):
    c.feed(c.data(STR, c.shape()), STR)
    c.attr(pattern=c.pick("a.*", "[a-z]+", "\\w+ \\w", "(a|b)*", "-?\\d+(\\.\\d+)?", ""))


@maker("TfIdfVectorizer")
def tfidf(c):
    text = c.T() == STR
    pool = ["a", "b", "ab", "a", "b", "b", "a"] if text else [2, 3, 5, 2, 3, 3, 2]
    c.attr(**{"pool_strings" if text else "pool_int64s": pool}, ngram_counts=[0, 3], ngram_indexes=[0, 1, 2, 4, 3],
           min_gram_length=c.int(1, 2), max_gram_length=2, max_skip_count=c.int(0, 3),
           mode=c.pick("TF", "IDF", "TFIDF"))
    c.maybe(weights=[.5, 2., 1., 3., .25])
    shape = c.pick([c.int(1, 7)], [c.int(1, 3), c.int(1, 7)])
    c.feed(np.array([c.pick(*pool, *(["zz"] if text else [9])) for _ in range(int(np.prod(shape)))],
                    numpy_type(c.T())).reshape(shape), c.T())


body = parser.parse_graph


@maker("If")
def if_(c):
    c.feed(np.array(c.chance(.5)).reshape([] if c.chance(.6) else [1]), BOOL)
    c.types["B"] = "tensor(bool)"
    c.attr(then_branch=body("then () => (float[2] y) { y = Constant <value = float[2] {1, 2}> () }"),
           else_branch=body("other () => (float[3] y) { y = Constant <value = float[3] {3, 4, 5}> () }"))
    c.outputs = 1
    c.output(F32)


@maker("Loop")
def loop(c):
    trips, on = c.int(0, 4), c.chance(.9)
    c.feed(np.array(trips) if c.chance(.9) else np.array(3), I64)
    c.feed(np.array(on), BOOL)
    c.feed(c.data(F32, [3], special=False), constant=False)
    stop = c.chance(.3)
    cond = "more = Less(i, two)" if stop and c.opset >= 9 else "more = Identity(c)"
    two = "two = Constant <value = int64 {2}> ()" if stop and c.opset >= 9 else ""
    c.attr(body=body("b (int64 i, bool c, float[3] s) => (bool more, float[3] t, float[3] u) {"
                     f"{two} {cond} t = Add(s, s) u = Neg(s) }}"))
    c.outputs = 2
    c.output(F32)
    c.output(F32)
    if c.opset < 7:
        raise CannotMake("Add before opset 7")


@maker("Scan")
def scan(c):
    n, rank8 = c.int(1, 4), c.schema.since_version == 8
    b = body("b (float[2] s, float[2] x) => (float[2] t, float[2] y) { t = Add(s, x) y = Mul(t, x) }")
    if rank8:
        batch = c.int(1, 2)
        if c.chance(.5):
            c.ints([c.int(1, n) for _ in range(batch)])
        else:
            c.feed(None)
        c.feed(c.data(F32, [batch, 2], special=False), constant=False)
        c.feed(c.data(F32, [batch, n, 2], special=False), constant=False)
        c.attr(directions=[c.int(0, 1)] if c.chance(.4) else None)
    else:
        c.feed(c.data(F32, [2], special=False), constant=False)
        axis = c.int(0, 1)
        c.feed(c.data(F32, [2, n] if axis else [n, 2], special=False), constant=False)
        c.attr(scan_input_axes=[axis - (2 if c.opset >= 11 and c.chance(.3) else 0)] if axis or c.chance(.5) else None,
               scan_input_directions=[c.int(0, 1)] if c.chance(.4) else None,
               scan_output_axes=[c.int(0, 1)] if c.chance(.4) else None,
               scan_output_directions=[c.int(0, 1)] if c.chance(.4) else None)
    c.attr(body=b, num_scan_inputs=1)
    c.outputs = 2
    c.output(F32)
    c.output(F32)


@maker("SequenceMap")
def sequence_map(c):
    items = [c.data(F32, [c.int(1, 3)], special=False) for _ in range(c.int(1, 3))]
    c.feed(items, of=parse_type("seq(tensor(float))"))
    if c.chance(.5):
        c.feed([c.data(F32, [1], special=False) for _ in items], of=parse_type("seq(tensor(float))"))
    else:
        c.feed(c.data(F32, [1], special=False), constant=False)
    c.attr(body=body("b (float[n] x, float[m] z) => (float[k] y) { y = Add(x, z) }"))
    c.outputs = 1
    c.output(parse_type("seq(tensor(float))"))

"""Values of the library and of Python.

    tensor      numpy array; types that numpy lacks are those of ml_dtypes; strings are arrays of objects
    sequence    list
    optional    the value itself, or None
    map         dict
    sparse      Sparse(values, indices, shape)
"""
import ctypes
import functools
import sys
from collections import namedtuple
from ctypes import c_int64, c_size_t, c_void_p

import ml_dtypes
import numpy as np

from .abi import DIMS, InputError, Error, call, lib, make, raw, text

Sparse = namedtuple("Sparse", "values indices shape")

TENSOR, SEQUENCE, OPTIONAL, MAP, SPARSE = range(1, 6)  # sdx_kind
KINDS = {"tensor": TENSOR, "sequence": SEQUENCE, "optional": OPTIONAL, "map": MAP, "sparse": SPARSE}
STRING = 8                                             # SDX_STR


def _dtypes():
    """numpy's type for each number of the library's, found by name: float8e4m3fn is float8_e4m3fn there."""
    known = {}
    for name in dir(ml_dtypes):
        plain = name.replace("_", "")
        for ending in ("", "fn", "fnu"):
            if plain.endswith(ending):
                known.setdefault(plain[:len(plain) - len(ending)], []).append((ending, name))
    number, found = 1, {}
    while lib.sdx_dtype_bits(number):
        name = text(lib.sdx_dtype_onnx_name(number))
        if name == "string":
            found[number] = np.dtype(object)
        elif name in known:
            found[number] = np.dtype(getattr(ml_dtypes, min(known[name])[1]))
        else:
            found[number] = np.dtype(name)
        number += 1
    return found


DTYPE = _dtypes()
NUMBER = {dtype: number for number, dtype in DTYPE.items()}
BITS = {number: lib.sdx_dtype_bits(number) for number in DTYPE}
# How numpy spells the types it has by itself: memory can be shown to it as such.
SPELT = {number: dtype.str for number, dtype in DTYPE.items() if dtype.kind in "biufc" and dtype.isbuiltin == 1}
DIMS_OF = [c_int64 * max(1, rank) for rank in range(33)]


class Handle:
    """A reference to a value, given back with this object."""

    def __init__(self, pointer, *parts):
        self.pointer, self.parts = pointer, parts  # parts: what the memory of the value belongs to

    def __del__(self, free=lib.sdx_value_free):
        free(self.pointer)


def _address_of():
    """Where the elements of an array are.  numpy says it in a microsecond; what an array object begins with, in a
    fifth of that, as long as it lies where it is found now."""
    at, read = object.__basicsize__, c_void_p.from_address
    probes = [np.arange(9.0), np.arange(9, dtype=np.int8)[3:], np.zeros((2, 3), np.int64)[1:]]
    if sys.implementation.name == "cpython" and all(read(id(a) + at).value == a.ctypes.data for a in probes):
        return lambda array: read(id(array) + at).value
    return lambda array: array.ctypes.data


address = _address_of()


@functools.lru_cache(maxsize=256)
def _dims(shape):
    return (DIMS_OF[len(shape)] if len(shape) < len(DIMS_OF) else c_int64 * len(shape))(*shape)


def _pack(array, bits):
    """Elements narrower than a byte as one stream of bits, low bits first."""
    each = np.unpackbits(array.reshape(-1, 1).view(np.uint8), axis=1, bitorder="little")[:, :bits]
    return np.packbits(each.ravel(), bitorder="little")


def _unpack(stream, count, dtype, bits):
    each = np.unpackbits(stream, count=count * bits, bitorder="little").reshape(count, bits)
    whole = np.zeros((count, 8), np.uint8)
    whole[:, :bits] = each
    if dtype.name.startswith("int"):
        whole[:, bits:] = each[:, -1:]  # the sign
    return np.packbits(whole, axis=1, bitorder="little").reshape(count).view(dtype)


def _strings(array):
    flat = [s if isinstance(s, bytes) else str(s).encode("utf-8", "surrogateescape") for s in array.ravel().tolist()]
    whole = b"".join(flat)
    store = ctypes.create_string_buffer(whole, len(whole) + 1)
    length = np.array([len(s) for s in flat], np.uint64)
    table = np.empty((len(flat) + 1, 2), np.uint64)
    table[:-1, 1] = length
    table[:-1, 0] = ctypes.addressof(store) + np.cumsum(length) - length
    return Handle(make("sdx_value_strings", array.ndim, _dims(array.shape), table.ctypes.data))


def from_array(array):
    """A value over the memory of a numpy array; narrow types and strings are copied."""
    dtype, shape = array.dtype, array.shape
    if dtype.kind in "OUST":
        return _strings(array)
    number = NUMBER.get(dtype) if dtype.isnative else NUMBER.get(dtype.newbyteorder("="))
    if number is None:
        raise InputError("type", fact=f"an array of {dtype} is no ONNX tensor")
    if not (dtype.isnative and array.flags.c_contiguous and array.flags.aligned):
        array = np.require(array, dtype.newbyteorder("="), ["C", "A"])
    if BITS[number] < 8:
        array = _pack(array, BITS[number])
    what = number, len(shape), _dims(shape), address(array), array.nbytes
    out = c_void_p()
    if lib.sdx_value_wrap(*what, out, None):
        make("sdx_value_wrap", *what)  # says why not
    return Handle(out.value, array)


class Place:
    """Where a pointer for the library to read is written.  The value made last is kept: it knows address, dtype and
    shape, not the elements, so an array that lies at the same place needs no other."""

    def __init__(self, table, k):
        self.pointer = c_void_p.from_buffer(table, k * ctypes.sizeof(c_void_p))
        self.value = c_void_p()
        self.dtype = self.shape = self.address = None

    def wrap(self, array):
        """Points to a value over the memory of an array: True if it can be seen as it is."""
        dtype, shape, flags, at = array.dtype, array.shape, array.flags, address(array)
        if not (flags.c_contiguous and flags.aligned):
            return False
        if at != self.address or dtype is not self.dtype or shape != self.shape:
            number = NUMBER.get(dtype)
            if number not in SPELT:
                return False
            self.__del__()
            if lib.sdx_value_wrap(number, len(shape), _dims(shape), at, array.nbytes, self.value, None):
                return False
            self.dtype, self.shape, self.address = dtype, shape, at
        self.pointer.value = self.value.value
        return True

    def __del__(self, free=lib.sdx_value_free):
        self.address = None
        free(self.value)
        self.value.value = None


def _sequence(items):
    table = (c_void_p * max(1, len(items)))(*(h.pointer for h in items))
    return Handle(make("sdx_value_sequence", len(items), table), *items)


def split_type(words):
    """"map(int64, seq(float32))" → ("map", ["int64", "seq(float32)"]); a tensor's type has no parts."""
    kind, bracket, inner = words.partition("(")
    if not bracket or "[" in kind:
        return "tensor", [words]
    parts = inner.rstrip()[:-1].split(", ", 1) if kind == "map" else [inner.rstrip()[:-1]]
    return kind, parts


def _element(words):
    name = words.partition("[")[0]
    for number, dtype in DTYPE.items():
        if text(lib.sdx_dtype_onnx_name(number)) == name:
            return dtype
    return None


def to_value(x, words=""):
    """Makes a value of what Python holds.  words: the type that the model declares, as far as it is known."""
    if isinstance(x, np.ndarray) and not words.startswith("optional("):
        return from_array(x)
    kind, parts = split_type(words)
    if kind == "optional":
        inner = None if x is None else to_value(x, parts[0])
        return Handle(make("sdx_value_optional", inner and inner.pointer), inner)
    if x is None:
        return None
    if isinstance(x, Sparse):
        values, indices = from_array(np.asarray(x.values)), from_array(np.asarray(x.indices, np.int64))
        pointer = make("sdx_value_sparse", len(x.shape), _dims(x.shape), values.pointer, indices.pointer)
        return Handle(pointer, values, indices)
    if isinstance(x, dict):
        key, of = parts if kind == "map" else ("", "")
        keys = from_array(np.array(list(x), _element(key)))
        values = from_array(np.array(list(x.values()), _element(of)))
        return Handle(make("sdx_value_map", keys.pointer, values.pointer), keys, values)
    if kind == "seq" or (isinstance(x, list) and words == ""):
        return _sequence([to_value(item, parts[0] if kind == "seq" else "") for item in x])
    if isinstance(x, (np.ndarray, np.generic)):
        return from_array(np.asarray(x))
    return from_array(np.asarray(x, _element(parts[0])))  # numbers, texts and nested lists of them


class Expected:
    """An output of which dtype and shape are known before any run: made of the value with fewer questions."""

    def __init__(self, number, shape):
        self.shape, self.dtype = shape, DTYPE[number]

        class Lent(ctypes.Array):
            """The memory of a value; gives it back with itself."""
            _type_, _length_ = ctypes.c_char, self.dtype.itemsize * int(np.prod(shape))

            def __del__(self, free=lib.sdx_value_free):
                free(self.pointer)

        self.lent = Lent.from_address

    def array(self, pointer):
        memory = self.lent(lib.sdx_value_view(pointer))
        memory.pointer = pointer
        return np.ndarray(self.shape, self.dtype, memoryview(memory).toreadonly())


def expected(dtype, shape):
    """An Expected for what is known of an output; None: too little is."""
    number = NUMBER.get(dtype)
    known = number in SPELT and shape is not None and all(isinstance(d, int) and d > 0 for d in shape)
    return Expected(number, shape) if known else None


class _Memory:
    """Lends the memory of a tensor to numpy; keeps the value for as long as an array looks at it."""

    def __init__(self, handle, address, shape, spelt):
        self.handle = handle
        self.__array_interface__ = {"data": (address, True), "shape": shape, "typestr": spelt, "version": 3}


def _texts(pointer, count):
    """The elements of a tensor of strings; few differ, where they are labels."""
    at, read, known, each = lib.sdx_value_string, ctypes.string_at, {}, []
    for i in range(count):
        s = at(pointer, i)
        raw = read(s.text, s.length) if s.length else b""
        spelt = known.get(raw)
        if spelt is None:
            spelt = known[raw] = text(raw)
        each.append(spelt)
    return each


def _to_array(pointer, handle):
    dims = DIMS()
    rank = lib.sdx_value_dims(pointer, dims)
    shape, number = tuple(dims[:rank]), lib.sdx_value_dtype(pointer)
    if number in SPELT and 0 not in shape:
        return np.asarray(_Memory(handle, lib.sdx_value_view(pointer), shape, SPELT[number]))
    count = lib.sdx_value_count(pointer)
    if number == STRING:
        array = np.empty(count, object)
        array[:] = _texts(pointer, count)
        return array.reshape(shape)
    size, dtype = lib.sdx_value_bytes(pointer), DTYPE[number]
    if size == 0:
        return np.empty(shape, dtype)
    stream = np.asarray(_Memory(handle, lib.sdx_value_view(pointer), (size,), "|u1"))
    if BITS[number] < 8:
        return _unpack(stream, count, dtype, BITS[number]).reshape(shape)
    return stream.view(dtype).reshape(shape)


def from_value(pointer, handle=None):
    """What Python holds of a value.  Arrays share its memory, and handle (a Handle) stays as long as they do."""
    if not pointer:
        return None
    if handle is None:
        handle = Handle(pointer)
    kind, at = lib.sdx_value_kind(pointer), lib.sdx_value_at
    if kind == TENSOR:
        return _to_array(pointer, handle)
    if kind == SEQUENCE:
        items = [at(pointer, i) for i in range(lib.sdx_value_count(pointer))]
        if items and lib.sdx_value_kind(items[0]) == MAP:
            return _maps(items, handle)
        return [from_value(item, handle) for item in items]
    if kind == OPTIONAL:
        return from_value(at(pointer, 0), handle) if lib.sdx_value_count(pointer) else None
    if kind == MAP:
        keys, values = (from_value(at(pointer, i), handle) for i in range(2))
        return dict(zip(keys.tolist(), values.tolist() if isinstance(values, np.ndarray) else values))
    if kind == SPARSE:
        dims = DIMS()
        shape = tuple(dims[:lib.sdx_value_dims(pointer, ctypes.byref(dims))])
        return Sparse(from_value(at(pointer, 0), handle), from_value(at(pointer, 1), handle), shape)
    raise Error("usage", fact=f"a value of kind {kind}")


def _maps(items, handle):
    """Maps of a sequence, which mostly have the same keys, and a few floats each."""
    at, dtype, view, count = lib.sdx_value_at, lib.sdx_value_dtype, lib.sdx_value_view, lib.sdx_value_count
    float32, int64 = NUMBER[np.dtype(np.float32)], NUMBER[np.dtype(np.int64)]
    keys, floats, maps = {}, {}, []
    for item in items:
        names, values = at(item, 0), at(item, 1)
        n = count(values)
        if n == 0 or n != count(names) or dtype(values) != float32 or lib.sdx_value_kind(values) != TENSOR:
            maps.append(from_value(item, handle))
            continue
        if n not in floats:
            floats[n] = ctypes.c_float * n
        if dtype(names) == int64:
            raw = ctypes.string_at(view(names), 8 * n)
            each = keys.get(raw)
            if each is None:
                each = keys[raw] = np.frombuffer(raw, np.int64).tolist()
        else:
            each = _texts(names, n)
        maps.append(dict(zip(each, floats[n].from_address(view(values)))))
    return maps


def copied(x):
    """What from_value gave, in memory of its own."""
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, list):
        return [copied(each) for each in x]
    if isinstance(x, Sparse):
        return Sparse(copied(x.values), copied(x.indices), x.shape)
    return x


def read(data, kind="tensor"):
    """What the bytes of a TensorProto hold; kind: of a SequenceProto, "sequence", "optional", "map" or "sparse"."""
    if kind not in KINDS:
        raise InputError("usage", fact=f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    return from_value(make("sdx_value_read", KINDS[kind], bytes(data), len(data), None, 0))


def write(x, name="", type=""):
    """The bytes of a TensorProto, SequenceProto … of this name that holds x.  type: in words, where x leaves it open."""
    value, out, size = to_value(x, type), c_void_p(), c_size_t()
    if value is None:
        raise InputError("usage", fact="None has no type", hint='say which: type="optional(float32)"')
    call("sdx_value_write", value.pointer, raw(name), ctypes.byref(out), ctypes.byref(size))
    try:
        return ctypes.string_at(out, size.value)
    finally:
        lib.sdx_bytes_free(out)

"""A model of one operator under construction, with values to feed it.

A maker (makers_*.py) is called with a Case that knows the schema row; it feeds inputs and sets attributes.  What a
maker does not say follows from the row: types of outputs, which optional outputs are asked for.
"""
import re

import ml_dtypes  # noqa: F401 - numpy learns the names of its types
import numpy as np
from onnx import TensorProto, defs, helper, numpy_helper

NUMBER = {v.lower() if v not in ("FLOAT", "DOUBLE") else {"FLOAT": "float", "DOUBLE": "double"}[v]: n
          for v, n in TensorProto.DataType.items()}
F32, I64, BOOL, STR, U8, I32 = (TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.STRING,
                                TensorProto.UINT8, TensorProto.INT32)


def numpy_type(elem):
    return np.dtype(object) if elem == STR else np.dtype(helper.tensor_dtype_to_np_dtype(elem))


def is_float(elem):
    return elem in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)


def is_small_float(elem):
    return numpy_type(elem).name.startswith(("float8", "float6", "float4"))


def bits_of(elem):
    found = re.search(r"(\d+)", TensorProto.DataType.Name(elem).replace("FLOAT8", "FLOAT8_"))
    return {F32: 32, TensorProto.DOUBLE: 64, BOOL: 8}.get(elem) or int(found[1])


def parse_type(text):
    """"seq(tensor(float))" → TypeProto."""
    kind, inner = re.match(r"(\w+)\((.*)\)$", text.strip()).groups()
    if kind == "tensor":
        return helper.make_tensor_type_proto(NUMBER[inner], None)
    if kind == "seq":
        return helper.make_sequence_type_proto(parse_type(inner))
    if kind == "optional":
        return helper.make_optional_type_proto(parse_type(inner))
    if kind == "map":
        key, value = inner.split(",", 1)
        value = value.strip()
        value = parse_type(value) if "(" in value else helper.make_tensor_type_proto(NUMBER[value], [])
        return helper.make_map_type_proto(NUMBER[key], value)
    raise CannotMake(f"no value of type {text}")


FLAGS = set("""align_corners allowzero antialias broadcast ceil_mode center_point_box count_include_pad detect_negative
detect_positive exclude_outside exclusive fmod input_forget interleaved inverse is_case_sensitive is_causal is_test
keepdims largest layout linear_before_reset multi_class new_axis noop_with_empty_axes one_class onesided periodic
reverse saturate select_last_index sorted storage_order training_mode transA transB upper zeros""".split())


class CannotMake(Exception):
    """This combination has no case; the row may have others."""


class Case:
    def __init__(self, schema, opset, seed):
        self.schema, self.opset, self.seed = schema, opset, seed
        self.rng = np.random.default_rng(seed)
        self.types = {}       # type variable → "tensor(float)"
        self.inputs = []      # (value or None, TypeProto, constant)
        self.attributes = {}
        self.output_types = []  # where the maker says more than the row does
        self.outputs = None   # number of outputs, where the maker says it
        self.random = False   # numbers are a draw
        self.tolerance = 1.0  # times the usual one
        self.words = []       # said of the case in reports

    # ---- choices ----

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, *of):
        return of[int(self.rng.integers(len(of)))]

    def int(self, low, high):
        """low <= n <= high"""
        return int(self.rng.integers(low, high + 1))

    def has(self, attribute):
        return attribute in self.schema.attributes

    def attr(self, **values):
        """Sets those attributes that this row has; None: leave out."""
        for name, v in values.items():
            if v is not None and self.has(name):
                self.attributes[name] = v

    def maybe(self, **values):
        """... each by chance."""
        self.attr(**{k: v for k, v in values.items() if self.chance(.6)})

    def shape(self, rank=None, low=1, high=5):
        """Dims mostly small; now and then a zero, a scalar."""
        if rank is None:
            rank = self.pick(0, 1, 2, 2, 3, 3, 4)
        dims = [self.int(low, high) for _ in range(rank)]
        if dims and low > 0 and self.zeros and self.chance(.06):
            dims[self.int(0, rank - 1)] = 0
        return dims

    zeros = True

    # ---- types and data ----

    def allowed(self, variable):
        for c in self.schema.type_constraints:
            if c.type_param_str == variable:
                return sorted(c.allowed_type_strs)
        return [variable]  # a type by itself

    def kind(self, variable, only=None):
        """The type that stands for a variable, in words."""
        if variable not in self.types:
            choice = [t for t in self.allowed(variable) if only is None or only(t)]
            if not choice:
                raise CannotMake(f"no type for {variable}")
            if "tensor(float)" in choice and self.chance(.4):
                choice = ["tensor(float)"]
            self.types[variable] = self.pick(*choice)
        return self.types[variable]

    def T(self, variable="T", only=None):
        """The element type that stands for a variable of tensors."""
        text = self.kind(variable, lambda t: t.startswith("tensor(") and (
            only is None or only(NUMBER[t[7:-1]])))
        return NUMBER[text[7:-1]]

    def data(self, elem, shape, low=None, high=None, special=None):
        """Numbers of a type; without limits now and then extreme ones."""
        shape, rng = tuple(shape), self.rng
        dtype = numpy_type(elem)
        if elem == STR:
            words = ["", "a", "b", "ab", "Hello", "ÄÖ", "x y", "1", "-2.5", "the"]
            return np.array([self.pick(*words) for _ in range(int(np.prod(shape)))], object).reshape(shape)
        if elem == BOOL:
            return rng.integers(0, 2, shape).astype(bool)
        if special is None:
            special = low is None and high is None and self.chance(.12)
        if dtype.kind == "c":
            return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
        if dtype.kind in "iu" or dtype.name.lstrip("u").startswith("int"):
            unsigned = dtype.name.startswith("u")
            least = 0 if unsigned else -(1 << (bits_of(elem) - 1))
            most = (1 << (bits_of(elem) - (not unsigned))) - 1
            low = max(least, -6 if low is None else low)
            high = max(low, min(most, 9 if high is None else high))
            x = rng.integers(low, high + 1, shape)
            if special:
                ends = [least, most, most - 1, least + 1]
                mask = rng.random(shape) < .3
                x = np.where(mask, rng.choice(np.array(ends, np.uint64 if least == 0 else np.int64), shape), x)
            return np.asarray(x).astype(dtype)
        if is_small_float(elem):
            low, high = (-4 if low is None else low), (4 if high is None else high)
            return np.asarray(rng.uniform(low, high, shape)).astype(np.float32).astype(dtype)
        if low is None and high is None:
            x = rng.normal(size=shape) * self.pick(.5, 1, 3)
            if self.chance(.3):
                x = np.round(x * 2) / 2  # halves: ties of rounding, equal elements
        else:
            x = rng.uniform(-3 if low is None else low, 3 if high is None else high, shape)
        if special:
            mask = rng.random(shape) < .3
            x = np.where(mask, rng.choice([np.inf, -np.inf, np.nan, 0., -0., 1e30, -1e-30], shape), x)
        with np.errstate(all="ignore"):
            return np.asarray(x).astype(dtype)

    # ---- inputs ----

    def feed(self, value, elem=None, constant=None, of=None):
        """The next input.  elem: its type where numpy does not tell; of: a TypeProto for what is no tensor."""
        if value is not None and of is None:
            value = np.asarray(value)
            if elem is None:
                elem = STR if value.dtype == object else helper.np_dtype_to_tensor_dtype(value.dtype)
            of = helper.make_tensor_type_proto(elem, value.shape)
        self.inputs.append((value, of, self.chance(.25) if constant is None else constant))
        return value

    def ints(self, values, elem=I64, constant=None):
        """An input of whole numbers that say what to do: constant more often than not."""
        return self.feed(np.array(values, numpy_type(elem)), constant=self.chance(.6) if constant is None else constant)

    def param(self, attribute, values, elem=I64):
        """What was an attribute once and is an input since."""
        if self.has(attribute):
            self.attributes[attribute] = values
        else:
            self.ints(values, elem)

    def broadcast(self, n, shape=None):
        """Shapes that broadcast to one."""
        shape = self.shape() if shape is None else shape
        shapes = [[1 if self.chance(.2) else d for d in shape[self.int(0, len(shape)) if self.chance(.3) else 0:]]
                  for _ in range(n)]
        shapes[self.int(0, n - 1)] = shape
        return shapes

    def axis(self, rank, negative=11):
        """An axis; counted from the end where the opset allows."""
        if rank == 0:
            raise CannotMake("no axis in a scalar")
        a = self.int(0, rank - 1)
        return a - rank if self.opset >= negative and self.chance(.4) else a

    def axes(self, rank, negative=11, least=0):
        chosen = self.rng.permutation(rank)[:self.int(least, rank)].tolist()
        return [a - rank if self.opset >= negative and self.chance(.3) else a for a in chosen]

    def narrowest(self, dtype):
        """The least exact of the real types that take part: a peer may compute in any of them."""
        order = ["bfloat16", "float16", "float32", "float64"]
        there = {v.dtype.name for v, _, _ in self.inputs if isinstance(v, np.ndarray)} | {dtype.name}
        return next((np.dtype(n) for n in order if n in there), dtype)

    # ---- something wrong with it ----

    def spoil(self):
        """One change that more often than not makes the model wrong."""
        tensors = [k for k, (v, of, _) in enumerate(self.inputs)
                   if isinstance(v, np.ndarray) and of.HasField("tensor_type")]
        ways = [self._spoil_rank] * bool(tensors) + [self._spoil_dim, self._spoil_type] * bool(tensors)
        ways += [self._spoil_number] * any(isinstance(v, (int, list)) for v in self.attributes.values())
        if not ways:
            raise CannotMake("nothing to spoil")
        k = self.pick(*tensors) if tensors else 0
        self.words.append(self.pick(*ways)(k))

    def _put(self, k, value, elem):
        self.inputs[k] = (value, helper.make_tensor_type_proto(elem, value.shape), self.inputs[k][2])

    def _elem(self, k):
        return self.inputs[k][1].tensor_type.elem_type

    def _spoil_rank(self, k):
        self._put(k, self.inputs[k][0][None], self._elem(k))
        return f"input {k} has a dim more"

    def _spoil_dim(self, k):
        v = self.inputs[k][0]
        if v.ndim == 0:
            return self._spoil_rank(k)
        axis = self.int(0, v.ndim - 1)
        if v.shape[axis] == 0:
            raise CannotMake("nothing to repeat")
        self._put(k, np.take(v, list(range(v.shape[axis])) + [0], axis), self._elem(k))
        return f"input {k} has one more along {axis}"

    def _spoil_type(self, k):
        elem = self.pick(*(e for e in (F32, I64, BOOL, U8, I32, TensorProto.DOUBLE) if e != self._elem(k)))
        v = self.inputs[k][0]
        self._put(k, np.ones(v.shape, numpy_type(elem)), elem)
        return f"input {k} is {TensorProto.DataType.Name(elem)}"

    def _spoil_number(self, k):
        name = self.pick(*sorted(n for n, v in self.attributes.items() if n not in FLAGS and isinstance(v, (int, list))
                                 and (isinstance(v, int) or v and isinstance(v[0], int))) or [""])
        if not name:
            raise CannotMake("no number to spoil")
        v = self.attributes[name]
        if isinstance(v, int):
            self.attributes[name] = self.pick(v + 7, -v - 8)
        else:
            self.attributes[name] = self.pick(v + [1], v[:-1], [-9] + v[1:]) if len(v) > 1 else v + [1]
        return f"{name} is {self.attributes[name]}"

    # ---- the model ----

    def output(self, elem_or_type):
        of = elem_or_type
        self.output_types.append(helper.make_tensor_type_proto(of, None) if isinstance(of, int) else of)

    def _output_type(self, i):
        if i < len(self.output_types):
            return self.output_types[i]
        formal = self.schema.outputs[min(i, len(self.schema.outputs) - 1)]
        if formal.type_str in self.types or "(" in formal.type_str:
            return parse_type(self.types.get(formal.type_str, formal.type_str))
        allowed = self.allowed(formal.type_str)
        if len(allowed) == 1:
            return parse_type(allowed[0])
        raise CannotMake(f"type of output {formal.name}")

    def _output_names(self):
        formals = self.schema.outputs
        if self.outputs is not None:
            return [f"o{i}" for i in range(self.outputs)]
        names, last = [], len(formals)
        while last > 1 and formals[last - 1].option == defs.OpSchema.FormalParameterOption.Optional and self.chance(.4):
            last -= 1
        for i, formal in enumerate(formals[:last]):
            left_out = (formal.option == defs.OpSchema.FormalParameterOption.Optional and i < last - 1 and
                        self.chance(.2))
            names.append("" if left_out else f"o{i}")
        return names

    def model(self):
        """(ModelProto, {name: value}): what is fed as constants lies in the model."""
        names, infos, constants, feeds = [], [], [], {}
        while self.inputs and self.inputs[-1][0] is None and self.inputs[-1][1] is None:
            self.inputs.pop()
        for i, (value, of, constant) in enumerate(self.inputs):
            if value is None and of is None:
                names.append("")
                continue
            name = f"i{i}"
            names.append(name)
            if constant and of.HasField("tensor_type"):
                constants.append(tensor_of(value, name))
                continue
            of = type(of).FromString(of.SerializeToString())
            if of.HasField("tensor_type"):
                self._blur(of.tensor_type.shape, i)
            infos.append(helper.make_value_info(name, of))
            feeds[name] = value
        results = self._output_names()
        outputs = [helper.make_value_info(n, self._output_type(i)) for i, n in enumerate(results) if n]
        node = helper.make_node(self.schema.name, names, results, domain=self.schema.domain)
        node.attribute.extend(helper.make_attribute(k, v, attr_type=self.schema.attributes[k].type.value)
                              for k, v in self.attributes.items())
        graph = helper.make_graph([node], "g", infos, outputs, constants)
        imports = [helper.make_opsetid(self.schema.domain, self.opset)]
        if self.schema.domain:
            imports.append(helper.make_opsetid("", 18))
        new = any(t in str(self.types) for t in ("int2", "uint2", "float8e8m0", "float4", "float6"))
        return helper.make_model(graph, opset_imports=imports, ir_version=13 if new else 10), feeds

    def _blur(self, shape, i):
        """What a model declares of an input: all dims, symbols for some, or (in a third of the cases) as told."""
        style = self.rng.random()
        for k, d in enumerate(shape.dim):
            if style > .7 or style > .4 and self.rng.random() < .5:
                d.dim_param = f"d{i}_{k}"

    def title(self):
        domain = f"{self.schema.domain}:" if self.schema.domain else ""
        spoilt = f" ({', '.join(self.words)})" if self.words else ""
        return f"{domain}{self.schema.name}-{self.schema.since_version}@{self.opset}#{self.seed}{spoilt}"


def tensor_of(value, name):
    value = np.asarray(value)
    if value.dtype == object:
        return helper.make_tensor(name, STR, value.shape, [s.encode() for s in value.ravel().tolist()])
    return numpy_helper.from_array(value, name)

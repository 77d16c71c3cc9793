"""Single defects, planted in a copy of a model: one of each kind that a slip of an exporter, of a script or of a hand makes.

plant(case, rng) gives (model, Defect).  A maker in KINDS gets a Plot and returns the Defect, or raises Pointless where
there is no place for it.
"""
import re

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper


class Pointless(Exception):
    """There is no place for this defect."""


def graphs(graph):
    yield graph
    for n in graph.node:
        for a in n.attribute:
            if a.type == AttributeProto.GRAPH:
                yield from graphs(a.g)
            for g in a.graphs:
                yield from graphs(g)


def in_order(graph):
    """All nodes as they follow each other in the file, those of a body before their owner."""
    for n in graph.node:
        for a in n.attribute:
            if a.type == AttributeProto.GRAPH:
                yield from in_order(a.g)
        yield n


class Defect:
    """kind, what in words; nodes: names of those changed; names: of changed tensors, edges, domains."""

    def __init__(self, what, nodes=(), names=()):
        self.what, self.nodes, self.names = what, set(nodes), set(names)
        self.kind = None

    def readers(self, model):
        """Nodes that read what was changed: where a contradiction may have to show."""
        return {n.name for g in graphs(model.graph) for n in g.node if self.names & set(n.input)}


    def behind(self, model):
        """Nodes that what was changed reaches, through graphs of nodes, too."""
        reached, nodes, size = set(self.names), set(), -1
        while size != len(nodes):
            size = len(nodes)
            for g in graphs(model.graph):
                for n in g.node:
                    inner = {i for a in n.attribute if a.type == AttributeProto.GRAPH for h in graphs(a.g)
                             for m in h.node for i in m.input}
                    if n.name not in nodes and (n.name in self.nodes or reached & (set(n.input) | inner)):
                        nodes.add(n.name)
                        reached |= set(n.output) - {""}
        return nodes


class Plot:
    def __init__(self, model, rng):
        self.model, self.graph, self.rng = model, model.graph, rng

    def nodes(self, wanted=lambda n: True):
        found = [(g, n) for g in graphs(self.graph) for n in g.node if wanted(n)]
        if not found:
            raise Pointless
        return found

    def node(self, wanted=lambda n: True):
        return self.rng.choice(self.nodes(wanted))

    def weight(self, wanted=lambda t: True):
        read = {i for g in graphs(self.graph) for n in g.node for i in n.input}
        found = [t for t in self.graph.initializer if t.name in read and not t.external_data and wanted(t)]
        if not found:
            raise Pointless
        return self.rng.choice(found)

    def declared(self, wanted=lambda t: True):
        """An input of the model with a shape."""
        constant = {t.name for t in self.graph.initializer}
        found = [i for i in self.graph.input if i.name not in constant and
                 i.type.WhichOneof("value") == "tensor_type" and i.type.tensor_type.HasField("shape") and wanted(i)]
        if not found:
            raise Pointless
        return self.rng.choice(found)

    def replace(self, t, array):
        name = t.name
        t.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array), name))
        for i in self.graph.input:  # of IR 3, where initializers are inputs, too
            if i.name == name:
                i.type.CopyFrom(helper.make_tensor_type_proto(t.data_type, t.dims))


def numbers(i):
    return [d.dim_value for d in i.type.tensor_type.shape.dim if d.HasField("dim_value")]


# ---- weights and inputs ----

def weight_transposed(p):
    t = p.weight(lambda t: len(t.dims) > 1 and len(set(t.dims)) > 1)
    a = numpy_helper.to_array(t)
    pairs = [(i, j) for i in range(a.ndim) for j in range(i) if a.shape[i] != a.shape[j]]
    i, j = p.rng.choice(pairs)
    p.replace(t, np.swapaxes(a, i, j))
    return Defect(f"'{t.name}' {a.shape}: dims {j} and {i} swapped", names=[t.name])


def input_transposed(p):
    i = p.declared(lambda i: len(set(numbers(i))) > 1)
    dim = i.type.tensor_type.shape.dim
    at = [k for k, d in enumerate(dim) if d.HasField("dim_value")]
    a, b = p.rng.choice([(a, b) for a in at for b in at if dim[a].dim_value != dim[b].dim_value])
    dim[a].dim_value, dim[b].dim_value = dim[b].dim_value, dim[a].dim_value
    return Defect(f"input '{i.name}': dims {a} and {b} swapped", names=[i.name])


def channel(p, by):
    if p.rng.random() < 0.6 and p.graph.initializer:
        t = p.weight(lambda t: len(t.dims) > 0 and max(t.dims) > 1)
        a = numpy_helper.to_array(t)
        axis = p.rng.choice([k for k in range(a.ndim) if a.shape[k] > 1])
        p.replace(t, np.take(a, range(a.shape[axis] + by), axis=axis, mode="wrap"))
        return Defect(f"'{t.name}' {a.shape}: {by:+d} in dim {axis}", names=[t.name])
    i = p.declared(lambda i: max(numbers(i), default=0) > 1)
    dim = i.type.tensor_type.shape.dim
    k = p.rng.choice([k for k, d in enumerate(dim) if d.HasField("dim_value") and d.dim_value > 1])
    dim[k].dim_value += by
    return Defect(f"input '{i.name}': {by:+d} in dim {k}", names=[i.name])


def channel_added(p):
    return channel(p, 1)


def channel_removed(p):
    return channel(p, -1)


def rank_changed(p):
    t = p.weight(lambda t: len(t.dims) > 0)
    a = numpy_helper.to_array(t)
    if 1 in a.shape and p.rng.random() < 0.5:
        p.replace(t, np.squeeze(a, a.shape.index(1)))
    else:
        p.replace(t, np.expand_dims(a, p.rng.randint(0, a.ndim)))
    return Defect(f"'{t.name}' {a.shape}: now {tuple(t.dims)}", names=[t.name])


def weight_truncated(p):
    t = p.weight(lambda t: int(np.prod(t.dims)) > 0)
    raw = t.raw_data
    if raw:
        t.raw_data = raw[:-p.rng.choice([1, 4, max(1, len(raw) // 2)])]
    else:
        for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data"):
            if len(getattr(t, field)):
                del getattr(t, field)[-1]
    return Defect(f"'{t.name}' has less data", names=[t.name])


SWAPS = {TensorProto.FLOAT: [TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.INT32],
         TensorProto.DOUBLE: [TensorProto.FLOAT], TensorProto.FLOAT16: [TensorProto.FLOAT],
         TensorProto.INT64: [TensorProto.INT32, TensorProto.FLOAT], TensorProto.INT32: [TensorProto.INT64],
         TensorProto.INT8: [TensorProto.UINT8], TensorProto.UINT8: [TensorProto.INT8, TensorProto.INT32],
         TensorProto.BOOL: [TensorProto.INT32, TensorProto.FLOAT]}


def dtype_swapped(p):
    pick = p.rng.random()
    if pick < 0.2:
        _, n = p.node(lambda n: n.op_type == "Cast")
        a = next(a for a in n.attribute if a.name == "to")
        a.i = p.rng.choice(SWAPS.get(a.i, [TensorProto.FLOAT]))
        return Defect(f"Cast '{n.name}' to {a.i}", [n.name], n.output)
    if pick < 0.6 and p.graph.initializer:
        t = p.weight(lambda t: t.data_type in SWAPS)
        to = p.rng.choice(SWAPS[t.data_type])
        with np.errstate(all="ignore"):
            p.replace(t, numpy_helper.to_array(t).astype(helper.tensor_dtype_to_np_dtype(to)))
        return Defect(f"'{t.name}' as {to}", names=[t.name])
    i = p.declared(lambda i: i.type.tensor_type.elem_type in SWAPS)
    i.type.tensor_type.elem_type = p.rng.choice(SWAPS[i.type.tensor_type.elem_type])
    return Defect(f"input '{i.name}' as {i.type.tensor_type.elem_type}", names=[i.name])


# ---- attributes ----

GROUPS = ("group", "num_groups", "num_heads", "kv_num_heads", "q_num_heads", "hidden_size", "blocksize", "groups")


def group_changed(p):
    """A Conv without the attribute has group 1."""
    _, n = p.node(lambda n: n.op_type.startswith(("Conv", "QLinearConv")) or any(a.name in GROUPS for a in n.attribute))
    a = next((a for a in n.attribute if a.name in GROUPS), None)
    if a is None:
        n.attribute.append(helper.make_attribute("group", p.rng.choice([2, 3, 4])))
        return Defect(f"{n.op_type} '{n.name}' group 1 → {n.attribute[-1].i}", [n.name], n.output)
    old = a.i
    a.i = p.rng.choice([v for v in (old + 1, old - 1, old * 2, 3, 1, 5) if v != old])
    return Defect(f"{n.op_type} '{n.name}' {a.name} {old} → {a.i}", [n.name], n.output)


def attribute_dropped(p):
    _, n = p.node(lambda n: len(n.attribute) > 0)
    k = p.rng.randrange(len(n.attribute))
    name = n.attribute[k].name
    del n.attribute[k]
    return Defect(f"{n.op_type} '{n.name}' without {name}", [n.name], n.output)


PLAIN = (AttributeProto.INT, AttributeProto.INTS, AttributeProto.FLOAT, AttributeProto.STRING)


def attribute_changed(p):
    _, n = p.node(lambda n: any(a.type in PLAIN for a in n.attribute))
    a = p.rng.choice([a for a in n.attribute if a.type in PLAIN])
    before = onnx.helper.get_attribute_value(a)
    before = list(before) if isinstance(before, (list, tuple)) or a.type == AttributeProto.INTS else before
    if a.type == AttributeProto.INT:
        a.i = p.rng.choice([v for v in (a.i + 1, a.i - 1, -1, 0, 2, 7) if v != a.i])
    elif a.type == AttributeProto.INTS:
        way = p.rng.randrange(4)
        if way == 0 and len(a.ints):
            del a.ints[-1]
        elif way == 1:
            a.ints.append(p.rng.choice([0, 1, 2]))
        elif len(a.ints):
            k = p.rng.randrange(len(a.ints))
            a.ints[k] = p.rng.choice([v for v in (a.ints[k] + 1, a.ints[k] - 1, -1, 0, 5) if v != a.ints[k]])
        else:
            raise Pointless
    elif a.type == AttributeProto.FLOAT:
        value = a.i
        a.ClearField("f")
        a.type, a.i = AttributeProto.INT, int(value)
    else:
        a.s = a.s[:-1] + b"x" if a.s else b"x"
    return Defect(f"{n.op_type} '{n.name}' {a.name} {str(before)[:60]} → {str(helper.get_attribute_value(a))[:60]}",
                  [n.name], n.output)


AXES = ("axis", "axes", "perm", "dim", "batch_axis", "time_axis")


def axis_changed(p):
    _, n = p.node(lambda n: any(a.name in AXES and a.type in PLAIN[:2] for a in n.attribute))
    a = p.rng.choice([a for a in n.attribute if a.name in AXES and a.type in PLAIN[:2]])
    before = helper.get_attribute_value(a)
    before = before if isinstance(before, int) else list(before)
    if a.type == AttributeProto.INT:
        a.i = p.rng.choice([v for v in (a.i + 1, a.i - 1, 0, 1, 2, 9, -1) if v != a.i])
    elif len(a.ints):
        k = p.rng.randrange(len(a.ints))
        a.ints[k] = p.rng.choice([v for v in (a.ints[k] + 1, a.ints[k] - 1, 0, 1, 8, -1) if v != a.ints[k]])
    else:
        raise Pointless
    return Defect(f"{n.op_type} '{n.name}' {a.name} {before} → {str(helper.get_attribute_value(a))[:60]}", [n.name],
                  n.output)


# ---- edges and nodes ----

def edge_rewired(p):
    g, n = p.node(lambda n: any(n.input))
    k = p.rng.choice([k for k, i in enumerate(n.input) if i])
    before = n.input[k]
    values = [t.name for t in g.initializer] if p.rng.random() < 0.3 else []
    for other in g.node:
        if other is n or other.name == n.name:
            break
        values += [o for o in other.output if o]
    values += [i.name for i in g.input]
    values = [v for v in values if v != before]
    if not values:
        raise Pointless
    n.input[k] = p.rng.choice(values)
    return Defect(f"{n.op_type} '{n.name}' input {k}: '{n.input[k]}' for '{before}'", [n.name], n.output)


def inputs_swapped(p):
    _, n = p.node(lambda n: len(set(n.input)) > 1)
    a, b = p.rng.sample(range(len(n.input)), 2)
    if n.input[a] == n.input[b]:
        raise Pointless
    n.input[a], n.input[b] = n.input[b], n.input[a]
    return Defect(f"{n.op_type} '{n.name}' inputs {a} and {b} swapped", [n.name], n.output)


def input_dropped(p):
    _, n = p.node(lambda n: len(n.input) > 0)
    if p.rng.random() < 0.5:
        k = len(n.input) - 1
        del n.input[-1]
    else:
        k = p.rng.randrange(len(n.input))
        if not n.input[k]:
            raise Pointless
        n.input[k] = ""
    return Defect(f"{n.op_type} '{n.name}' without input {k}", [n.name], n.output)


def input_added(p):
    g, n = p.node(lambda n: any(n.input))
    n.input.append(p.rng.choice([i for i in n.input if i]))
    return Defect(f"{n.op_type} '{n.name}' with an input more", [n.name], n.output)


def node_duplicated(p):
    g, n = p.node()
    k = list(g.node).index(n)
    g.node.add()
    for i in range(len(g.node) - 1, k + 1, -1):
        g.node[i].CopyFrom(g.node[i - 1])
    copy = g.node[k + 1]
    copy.CopyFrom(n)
    copy.name += "_copy"
    return Defect(f"{n.op_type} '{n.name}' twice", [n.name, copy.name], n.output)


def node_removed(p):
    g, n = p.node()
    name, op, outputs = n.name, n.op_type, [o for o in n.output if o]
    del g.node[list(g.node).index(n)]
    return Defect(f"{op} '{name}' removed", [], outputs)


def node_moved(p):
    """Before one that it reads, so that the order is wrong."""
    g, n = p.node()
    nodes = list(g.node)
    k = nodes.index(n)
    made = {o: i for i, m in enumerate(nodes) for o in m.output if o}
    before = [made[i] for i in n.input if i in made and made[i] < k]
    if not before:
        raise Pointless
    to = p.rng.choice(before)
    nodes.insert(to, nodes.pop(k))
    kept = []
    for m in nodes:
        c = onnx.NodeProto()
        c.CopyFrom(m)
        kept.append(c)
    outputs, name, op = list(n.output), n.name, n.op_type
    del g.node[:]
    g.node.extend(kept)
    return Defect(f"{op} '{name}' moved before what it reads", [name], outputs)


def name_misspelt(p):
    way = p.rng.randrange(4)
    _, n = p.node(lambda n: any(n.input) or way == 1)
    if way == 0:
        k = p.rng.choice([k for k, i in enumerate(n.input) if i])
        n.input[k] += "_x"
        return Defect(f"{n.op_type} '{n.name}' reads '{n.input[k]}'", [n.name], [n.input[k]])
    if way == 1:
        old = n.op_type
        n.op_type = old[:-1] if len(old) > 3 and p.rng.random() < 0.5 else old.lower() if old.lower() != old else old + "s"
        return Defect(f"'{n.name}': {old} as {n.op_type}", [n.name], n.output)
    if way == 2:
        _, n = p.node(lambda n: len(n.attribute) > 0)
        a = p.rng.choice(list(n.attribute))
        old, a.name = a.name, a.name[:-1] if len(a.name) > 2 else a.name + "s"
        return Defect(f"{n.op_type} '{n.name}': {old} as {a.name}", [n.name], n.output)
    k = p.rng.choice([k for k, o in enumerate(n.output) if o])
    old, n.output[k] = n.output[k], n.output[k] + "_x"
    return Defect(f"{n.op_type} '{n.name}' gives '{n.output[k]}' for '{old}'", [n.name], [old, n.output[k]])


# ---- the model ----

def opset_lowered(p):
    imports = [o for o in p.model.opset_import if o.version > 1]
    if not imports:
        raise Pointless
    o = p.rng.choice(imports)
    before, o.version = o.version, max(1, o.version - p.rng.choice([1, 2, 4, 8]))
    changed = []
    for g in graphs(p.graph):
        for n in g.node:
            if n.domain != o.domain and not (n.domain in ("", "ai.onnx") and o.domain in ("", "ai.onnx")):
                continue
            since = []
            for v in (before, o.version):
                try:
                    since.append(onnx.defs.get_schema(n.op_type, v, n.domain).since_version)
                except onnx.defs.SchemaError:
                    since.append(None)
            if since[0] != since[1]:
                changed.append(n)
    if not changed:
        raise Pointless
    outs = [x for n in changed for x in n.output]
    return Defect(f"opset '{o.domain}' {before} → {o.version}", [n.name for n in changed], outs + [o.domain or "ai.onnx"])


KINDS = (weight_transposed, input_transposed, channel_added, channel_removed, rank_changed, weight_truncated,
         dtype_swapped, group_changed, attribute_dropped, attribute_changed, axis_changed, edge_rewired, inputs_swapped,
         input_dropped, input_added, node_duplicated, node_removed, node_moved, name_misspelt, opset_lowered)


def constants_too(case, model, rng):
    """What a case of one operator feeds it, a model would mostly hold: weights and settings."""
    graph = model.graph
    if len(graph.node) > 3 or rng.random() < 0.4:
        return
    given = [i for i in graph.input if i.name in case.feeds]
    model.ir_version = max(4, model.ir_version)
    for k, i in enumerate(given):
        value = case.feeds[i.name]
        if k == 0 or isinstance(value, list) or i.type.WhichOneof("value") != "tensor_type":
            continue
        graph.initializer.append(numpy_helper.from_array(value, i.name))
        graph.input.remove(i)


def plant(case, rng):
    for _ in range(40):
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        constants_too(case, model, rng)
        maker = rng.choice(KINDS)
        try:
            defect = maker(Plot(model, rng))
        except (Pointless, TypeError, ValueError, AttributeError):
            continue
        defect.kind = maker.__name__.replace("_", " ")
        return model, defect
    raise Pointless

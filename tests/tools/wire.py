"""tests/tools/wire.py - models of a few nodes, written byte by byte: the tests of the tools need no package."""


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, data):
    """A field of a message: bytes with their length, or a number."""
    if isinstance(data, int):
        return varint(number << 3) + varint(data)
    return varint(number << 3 | 2) + varint(len(data)) + data


FLOATS = field(2, field(1, field(1, 1)))  # TypeProto: a tensor of float


def model(nodes, inputs, outputs, opset=17, ir=8, domains=(), metadata=(), more=b""):
    """nodes: (inputs, outputs, name, op, domain) of bytes; inputs and outputs of the graph: tensors of float;
    metadata: pairs; more: other fields of the graph."""
    graph = b""
    for ins, outs, name, op, domain in nodes:
        graph += field(1, b"".join(field(1, x) for x in ins) + b"".join(field(2, y) for y in outs) + field(3, name) +
                       field(4, op) + field(7, domain))
    graph += field(2, b"g") + more
    graph += b"".join(field(11, field(1, x) + FLOATS) for x in inputs)
    graph += b"".join(field(12, field(1, y) + FLOATS) for y in outputs)
    imports = field(8, field(2, opset)) + b"".join(field(8, field(1, d) + field(2, 1)) for d in domains)
    return (field(1, ir) + field(7, graph) + imports +
            b"".join(field(14, field(1, key) + field(2, value)) for key, value in metadata))


def foreign(name):
    """A model of one node, own.Thing, that reads an input of this name."""
    return model([([name], [b"y"], b"", b"Thing", b"own")], [name], [b"y"], domains=[b"own"])

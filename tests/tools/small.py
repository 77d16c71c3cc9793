"""What the tests of the tools share: complaints, calls, and small models written byte by byte."""
import html.parser
import os
import pty
import struct
import subprocess
import sys

from wire import field

complaints = 0
FLOAT, UINT8, INT16, INT64, STRING = 1, 2, 5, 7, 8


def check(good, what):
    global complaints
    if not good:
        print("wrong:", what)
        complaints += 1
    return good


def finish(what):
    print(f"{what}, {complaints} complaints")
    sys.exit(complaints != 0)


def call(*command, stdin=None, env=None):
    p = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, env=env)
    return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")


def need_terminals():
    """Ends with 77, which ctest shows as skipped, where the system has no pseudo terminals."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError as e:
        print(f"skipped: no terminal can be had here ({e}): /dev/pts is not mounted")
        sys.exit(77)


class Page(html.parser.HTMLParser):
    """Counts what begins; complains of what ends without having begun."""
    def __init__(self):
        super().__init__()
        self.open, self.count, self.wrong, self.links, self.ids = [], {}, 0, 0, []

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        self.ids += [v for k, v in attrs if k == "id"]
        self.links += any(k in ("src", "href") for k, _ in attrs)
        if tag not in ("meta", "br", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "rect" and (not self.open or self.open.pop() != tag):
            self.wrong += 1


def message(n, *parts):
    return field(n, b"".join(p.encode() if isinstance(p, str) else p for p in parts))


def value_info(place, name, dtype, dims):
    shape = b"".join(message(1, field(1, d) if isinstance(d, int) else message(2, d)) for d in dims)
    return message(place, message(1, name), message(2, message(1, field(1, dtype), message(2, shape))))


def node(op, inputs, outputs, name=""):
    return message(1, *(message(1, i) for i in inputs), *(message(2, o) for o in outputs), message(3, name),
                   message(4, op))


def model(nodes, inputs, outputs):
    """nodes: of node(); inputs, outputs: (name, type, dims)."""
    graph = message(7, *nodes, message(2, "g"), *(value_info(11, *i) for i in inputs),
                    *(value_info(12, *o) for o in outputs))
    return field(1, 8) + message(8, field(2, 17)) + graph


def grouped(name, source, dims, group=32, times=1):
    """Convolutions of 32 filters of one channel each, in so many groups."""
    weight = message(5, *(field(1, d) for d in (32, 1, 3, 3)), field(2, FLOAT), message(8, "w"), message(9, bytes(1152)))
    attribute = message(5, message(1, "group"), field(3, group), field(20, 2))
    nodes = [message(1, message(1, source), message(1, "w"), message(2, f"y{i}"), message(3, name + str(i or "")),
                     message(4, "Conv"), attribute) for i in range(times)]
    outputs = [message(12, message(1, f"y{i}"), message(2, message(1, field(1, FLOAT)))) for i in range(times)]
    graph = message(7, *nodes, message(2, "g"), weight, value_info(11, source, FLOAT, dims), *outputs)
    return field(1, 8) + message(8, field(2, 17)) + graph


def tensor(dtype, dims, data):
    return b"".join(field(1, d) for d in dims) + field(2, dtype) + message(9, data)


def identity(dtype, dims):
    return model([node("Identity", ["x"], ["y"], "same")], [("x", dtype, dims)], [("y", dtype, dims)])


def products(count):
    """A chain of matrix products: long work that can be stopped between its steps."""
    names = ["x"] + [f"v{i}" for i in range(1, count)] + ["y"]
    nodes = [node("MatMul", [names[i], "x"], [names[i + 1]], f"product_{i}") for i in range(count)]
    return model(nodes, [("x", FLOAT, ["N", "N"])], [("y", FLOAT, ["N", "N"])])


def wav(rate, channels, samples):
    data = struct.pack(f"<{len(samples)}h", *samples)
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16) +
            b"data" + struct.pack("<I", len(data)) + data)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    return path

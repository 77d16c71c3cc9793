#!/usr/bin/env python3
"""Times single operators against the peers, one small model a problem, and sums up by category.

The problems and how they are written: operators.txt.  Inputs are random, of a fixed seed, where their elements are
not given.  How times are taken: see compare.py; they hold what a call from Python costs.
"""
import argparse
import fnmatch
import os
import re
import signal
import sys
import tempfile

import compare

OPSET = 21

TYPES = {"f16": "FLOAT16", "f32": "FLOAT", "f64": "DOUBLE", "bf16": "BFLOAT16", "bool": "BOOL", "string": "STRING",
         **{s + n: t + n for s, t in (("i", "INT"), ("u", "UINT")) for n in ("8", "16", "32", "64")}}


class Problem:
    """A node: the model and its feeds."""
    def __init__(self, text):
        self.text = text
        head, _, results = text.partition(" -> ")
        self.operator, *words = head.split()
        self.results = int(results or 0)
        self.weights = "weights" in words
        self.inputs = [w for w in words if re.match(r"-$|[a-z0-9]+\[", w)]
        self.attributes = [w.partition("=")[::2] for w in words if "=" in w]

    def make(self, rng):
        """The model, and what to feed it."""
        from onnx import checker, defs, helper, numpy_helper, shape_inference, TensorProto
        domain, _, operator = self.operator.rpartition(":")
        name, _, version = operator.partition("@")
        version = int(version or OPSET)
        try:
            schema = defs.get_schema(name, version, domain)
        except defs.SchemaError:
            sys.exit(f"{self.text}: no operator is called {name}")
        inputs, constants, feeds = [], [], {}
        for k, word in enumerate(self.inputs):
            if word == "-":
                continue
            kind, array, given = elements(word, rng)
            if given or self.weights and k:
                constants.append(numpy_helper.from_array(array, f"x{k}"))
            else:
                inputs.append(helper.make_tensor_value_info(f"x{k}", kind, array.shape))
                feeds[f"x{k}"] = array
        attributes = {n: attribute(schema.attributes[n].type.name, v, rng) for n, v in self.attributes}
        results = [f"y{k}" for k in range(self.results or max(1, schema.min_output))]
        names = ["" if word == "-" else f"x{k}" for k, word in enumerate(self.inputs)]
        node = helper.make_node(name, names, results, domain=domain, **attributes)
        graph = helper.make_graph([node], "operator", inputs, [helper.make_empty_tensor_value_info(y) for y in results],
                                  constants)
        opsets = [helper.make_opsetid(domain, version)] + [helper.make_opsetid("", OPSET)] * bool(domain)
        return typed(helper.make_model(graph, opset_imports=opsets, ir_version=10)), feeds


class Graph:
    """A text of the standard's, or a forest."""
    def __init__(self, text, what):
        self.text, self.what = text, what

    def make(self, rng):
        import numpy as np
        from onnx import helper, parser
        if self.what.startswith("forest"):
            return forest(*self.what.split()[1:], rng)
        body = re.sub(r"\{(\d+)\.\.(\d+): ([^{}]*)\}", lambda m: " ".join(
            m[3].replace("+", str(i + 1)).replace("#", str(i)) for i in range(int(m[1]), int(m[2]) + 1)), self.what)
        model = typed(parser.parse_model(f'<ir_version: 10, opset_import: ["" : {OPSET}]> graph {declared(body)}'))
        feeds = {}
        for value in model.graph.input:
            t = value.type.tensor_type
            kind, shape = helper.tensor_dtype_to_np_dtype(t.elem_type), [d.dim_value or 3 for d in t.shape.dim]
            feeds[value.name] = np.asarray(rng.uniform(0, 1, shape) if kind != bool else np.ones(shape), kind)
        return model, feeds


def declared(body):
    """Results need a type in the text; typed() finds out which it is."""
    return re.sub(r"=> \(([a-z0-9, ]+)\)",
                  lambda m: "=> (" + ", ".join("float " + n for n in m[1].split(", ")) + ")", body, count=1)


def typed(model):
    """The model with the types of its results as inference finds them."""
    from onnx import shape_inference
    for value in model.graph.output:
        value.ClearField("type")
    found = shape_inference.infer_shapes(model)
    for value, known in zip(model.graph.output, found.graph.output):
        value.CopyFrom(known)
    return model


def elements(word, rng):
    """Of f32[2,3], f32[2,3](0..1), i64[2]{1,2}: the number of the type, an array, whether its elements were given."""
    import numpy as np
    from onnx import helper, TensorProto
    name, dims, rest = re.fullmatch(r"([a-z0-9]+)\[([0-9,]*)\](.*)", word).groups()
    shape = [int(d) for d in dims.split(",") if d]
    kind = getattr(TensorProto, TYPES[name])
    if name == "string":
        return kind, np.array([f"w{k}" for k in rng.integers(0, 20, shape).ravel()]).reshape(shape), False
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(kind))
    if rest.startswith("{"):
        return kind, np.resize(np.array([float(v) for v in rest[1:-1].split(",")]), shape).astype(dtype), True
    low, high = (float(v) for v in rest[1:-1].split("..")) if rest else (-9, 9) if dtype.kind == "i" else (-2, 2)
    if dtype.kind == "b":
        return kind, rng.integers(0, 2, shape).astype(bool), False
    if dtype.kind in "iu":
        low = max(0, int(low)) if dtype.kind == "u" else int(low)
        return kind, rng.integers(low, int(high) + 1, shape, dtype), False
    return kind, rng.uniform(low, high, shape).astype(dtype), False


def attribute(kind, text, rng):
    """The value of an attribute of this kind; *20: as many random numbers."""
    import onnx
    if kind in ("FLOATS", "INTS", "STRINGS"):
        if text.startswith("*"):
            return [float(x) for x in rng.uniform(-1, 1, int(text[1:]))]
        return [{"FLOATS": float, "INTS": int, "STRINGS": str}[kind](x) for x in text.strip("[]").split(",")]
    if text in TYPES:
        return getattr(onnx.TensorProto, TYPES[text])
    return {"FLOAT": float, "INT": int, "STRING": str}[kind](text)


def forest(trees, depth, rows, kind, rng):
    """Full trees over 20 features, of random thresholds."""
    from onnx import helper, TensorProto
    trees, depth, rows = int(trees), int(depth), int(rows)
    inner, nodes = 2 ** depth - 1, 2 ** (depth + 1) - 1
    every, leaves = range(trees * nodes), [(t, n) for t in range(trees) for n in range(inner, nodes)]
    leaf = [i % nodes >= inner for i in every]
    lists = {
        "nodes_treeids": [i // nodes for i in every], "nodes_nodeids": [i % nodes for i in every],
        "nodes_featureids": [0 if x else int(f) for x, f in zip(leaf, rng.integers(0, 20, len(every)))],
        "nodes_modes": ["LEAF" if x else "BRANCH_LEQ" for x in leaf],
        "nodes_values": [0.0 if x else float(v) for x, v in zip(leaf, rng.uniform(-1, 1, len(every)))],
        "nodes_truenodeids": [0 if x else i % nodes * 2 + 1 for i, x in zip(every, leaf)],
        "nodes_falsenodeids": [0 if x else i % nodes * 2 + 2 for i, x in zip(every, leaf)]}
    what = "target" if kind == "regressor" else "class"
    lists |= {what + "_treeids": [t for t, _ in leaves], what + "_nodeids": [n for _, n in leaves],
              what + "_ids": [k % 3 if kind == "classifier" else 0 for k in range(len(leaves))],
              what + "_weights": [float(x) for x in rng.uniform(-1, 1, len(leaves))]}
    if kind == "regressor":
        name, results, lists = "TreeEnsembleRegressor", ["y"], lists | {"n_targets": 1}
    else:
        name, results, lists = "TreeEnsembleClassifier", ["label", "y"], lists | {"classlabels_int64s": [0, 1, 2]}
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, 20])
    graph = helper.make_graph([helper.make_node(name, ["x"], results, domain="ai.onnx.ml", **lists)], "forest", [x],
                              [helper.make_empty_tensor_value_info(y) for y in results])
    opsets = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    return typed(model), {"x": rng.uniform(-1, 1, (rows, 20)).astype("f4")}


# ---- turns ----

class Child:
    """A process that has the packages already, for what compare.Worker asks of one."""
    def __init__(self, a):
        asked, self.stdin = (os.fdopen(f, m) for f, m in zip(os.pipe(), "rw"))
        self.stdout, answer = (os.fdopen(f, m) for f, m in zip(os.pipe(), "rw"))
        self.stderr = tempfile.TemporaryFile("w+")
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                self.stdin.close(), self.stdout.close()
                sys.stdin, sys.stdout = asked, answer
                compare.work(a)
                status = 0
            except Exception as e:
                print(str(e).replace("\n", " "), file=self.stderr, flush=True)
            finally:
                answer.flush()
                os._exit(status)
        asked.close(), answer.close()

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait(self):
        self.stdout.close()
        self.send_signal(signal.SIGKILL)  # later children hold the other end of its input, too
        os.waitpid(self.pid, 0)


class Forked(compare.Worker):
    """A turn's process, which this one begets: hundreds of problems need not load hundreds of libraries."""
    def __init__(self, runtime, path, threads, a, folder):
        self.save = os.path.join(folder, runtime + ".npy")
        more = {"models": [path], "worker": runtime, "worker_threads": threads, "save": self.save,
                "feeds": os.path.join(folder, "feeds.npz")}
        self.process = Child(argparse.Namespace(**{**vars(a), **more}))
        self.about = self.answer()

    def answer(self):
        try:
            return super().answer()
        except RuntimeError:
            self.process.stderr.seek(0)
            raise RuntimeError(self.process.stderr.read().strip()[:160] or "ended without a word")


def problems(wanted):
    """(category, [problem]), of the categories that agree with one of the patterns."""
    found = {}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "operators.txt")) as lines:
        for line in filter(None, (line.rstrip() for line in lines if not line.startswith("#"))):
            if line.endswith(":"):
                some = found.setdefault(line[:-1], [])
                continue
            name, is_graph, what = line.strip().partition(": ")
            if is_graph and what.startswith(("(", "forest ")):
                some.append(Graph(name, what))
            else:
                operators, _, rest = line.strip().partition(" ")
                some.extend(Problem(f"{o} {rest}".strip()) for o in operators.split("|"))
    return [(name, some) for name, some in found.items() if any(fnmatch.fnmatch(name, p) for p in wanted)]


def table(found, peers):
    """Rows of Markdown.  found: (category, [line of compare])."""
    yield "| category | threads | problems | " + " | ".join(f"over {p} | worst" for p in peers) + " |"
    yield "|---|---:|---:|" + "---:|---|" * len(peers)
    for name, lines in [*found, ("all", [x for _, some in found for x in some])]:
        for threads in sorted({line["threads"] for line in lines}):
            some = [x for x in lines if x["threads"] == threads]
            cells = [compare.mean_and_worst(peer, [(x["model"], x) for x in some]) for peer in peers]
            yield f"| {name} | {threads} | {len(some)} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("categories", nargs="*", metavar="CATEGORY", help="names or patterns; all if there are none")
    parser.add_argument("--problem", action="append", default=[], help="one of your own, in a category of its own")
    parser.add_argument("--only", metavar="PATTERN", help="of the problems, those that agree with this")
    parser.add_argument("--list", action="store_true", help="prints the problems and times nothing")
    parser.add_argument("--keep", metavar="FOLDER", help="where the models are to stay")
    parser.add_argument("-v", "--verbose", action="store_true", help="a row for each problem, too, the worst first")
    compare.add_options(parser)
    parser.set_defaults(rounds=3, seconds=0.03, peers="onnxruntime")
    a = compare.read_options(parser)
    wanted = problems(a.categories or ([] if a.problem else ["*"])) + [(p, [Problem(p)]) for p in a.problem]
    wanted = [(name, [p for p in some if not a.only or fnmatch.fnmatch(p.text, a.only)]) for name, some in wanted]
    wanted = [(name, some) for name, some in wanted if some]
    if not wanted:
        parser.error("no problem is of that name")
    if a.list:
        for name, some in wanted:
            print("\n    ".join([name, *(p.text for p in some)]))
        return 0
    return measure(wanted, a)


def measure(wanted, a):
    import numpy as np
    import onnx
    for runtime in a.runtimes:
        __import__(runtime)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, some in wanted:
            found.append((name, []))
            for k, p in enumerate(some):
                print(f"{name}, {k + 1} of {len(some)}: {p.text}", file=sys.stderr)
                file = re.sub(r"[^A-Za-z0-9.,@+-]+", "_", f"{name} {k} {p.text}")[:80] + ".onnx"
                path = os.path.join(a.keep or folder, file)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                model, feeds = p.make(np.random.default_rng(a.seed))
                onnx.save(model, path)
                for threads in (int(t) for t in a.threads.split(",")):
                    worker = Forked if a.isa == "avx512" else compare.Worker
                    line = compare.compare(path, threads, a, folder, feeds, worker)
                    line["model"] = p.text
                    found[-1][1].append(line)
                    for runtime, why in line["failed"].items():
                        print(f"    {runtime}: {why}", file=sys.stderr)
    lines = [x for _, some in found for x in some]
    if a.verbose:
        worst = sorted(lines, key=lambda x: -max([r["median"] for r in x["ratio"].values()] or [0]))
        print("\n".join(compare.table(worst, a.peers)) + "\n")
    print("\n".join(table(found, a.peers)))
    return compare.write(lines, a)


if __name__ == "__main__":
    sys.exit(main())

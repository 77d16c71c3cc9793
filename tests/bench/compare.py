#!/usr/bin/env python3
"""Times sardonyx and its peers on the same models, interleaved, and prints ratios with their spread.

Each runtime holds the model in a process of its own, pinned to the first cores.  A round asks one after the
other for a slice of time, in an order that changes from round to round; its figure is the median of the slice
(or, if asked for, its least time).
A ratio is sardonyx's figure over the peer's of the same round: the table shows the median over the rounds and,
in brackets, the least and the largest.  The outputs of all are compared, so that a wrong answer is not called fast.

Load and memory are medians over --starts processes of each runtime, one after the other in turn: the time to a
session that is ready, and to the end of its first run; the memory resident then above what the process held with
the runtime loaded and the inputs made, after the load, at the peak up to the end of the second run, and after it.

With --isa avx2 our kernels and the peers' are those for AVX2: see without_avx512.py.

Inputs: those of test_data_set_0 beside a model, else random ones of a fixed seed; --dim gives sizes to symbols
(1 otherwise).  OpenVINO is told to compute in f32, for its default here may be bf16.
"""
import argparse
import glob
import importlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import without_avx512

OURS = "sardonyx"


# ---- a worker: one runtime, one model, commands on stdin ----

def held_mb(key):
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith(key + ":"))


def open_onnxruntime(onnxruntime, path, threads, shapes):
    onnxruntime.set_default_logger_severity(3)
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads, o.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, o, providers=["CPUExecutionProvider"])
    return lambda feeds: session.run(None, feeds)


def open_openvino(openvino, path, threads, shapes):
    core = openvino.Core()
    model = core.read_model(path)
    model.reshape({name: list(shape) for name, shape in shapes.items()})
    request = core.compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY"}).create_infer_request()

    def run(feeds):
        found = request.infer(feeds)
        return [found[i] for i in range(len(found))]
    return run


def open_sardonyx(sardonyx, path, threads, shapes, precision="f32", packing="default"):
    session = sardonyx.Session(path, threads=threads, precision=precision, packing=packing)
    return lambda feeds: session.run(None, feeds)


RUNTIMES = {OURS: open_sardonyx, "onnxruntime": open_onnxruntime, "openvino": open_openvino}


def stored_inputs(path, inputs):
    import onnx
    from onnx import numpy_helper
    folder = os.path.join(os.path.dirname(path), "test_data_set_0")
    feeds = {}
    for k, value in enumerate(inputs):
        file = os.path.join(folder, f"input_{k}.pb")
        if not os.path.exists(file):
            return None
        tensor = onnx.TensorProto()
        with open(file, "rb") as f:
            tensor.ParseFromString(f.read())
        feeds[value.name] = numpy_helper.to_array(tensor)
    return feeds


def make_feeds(path, dims, seed):
    """Inputs by name."""
    import numpy as np
    import onnx
    graph = onnx.load(path, load_external_data=False).graph
    constant = {t.name for t in graph.initializer}
    inputs = [v for v in graph.input if v.name not in constant]
    feeds = stored_inputs(path, inputs)
    if feeds:
        return feeds
    rng, feeds = np.random.default_rng(seed), {}
    for value in inputs:
        t = value.type.tensor_type
        shape = [d.dim_value or dims.get(d.dim_param, 1) for d in t.shape.dim]
        kind = onnx.helper.tensor_dtype_to_np_dtype(t.elem_type)
        if np.issubdtype(kind, np.floating):
            feeds[value.name] = rng.uniform(-1, 1, shape).astype(kind)
        else:
            feeds[value.name] = rng.integers(0, 2, shape).astype(kind)
    return feeds


def store_feeds(feeds, file):
    """For the workers: a process that read the model for them would hold its memory already."""
    import numpy as np
    np.savez(file, **{"in:" + name: x for name, x in feeds.items()})


def work(a):
    import numpy as np
    cores = sorted(os.sched_getaffinity(0))[:a.worker_threads]
    os.sched_setaffinity(0, cores)
    with np.load(a.feeds) as stored:
        feeds = {name.removeprefix("in:"): stored[name] for name in stored.files}
    library = importlib.import_module(a.worker)
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")  # the peak begins here
    before = held_mb("VmRSS")
    start = time.perf_counter()
    more = {"precision": a.precision, "packing": a.packing} if a.worker == OURS else {}
    shapes = {n: x.shape for n, x in feeds.items()}
    run = RUNTIMES[a.worker](library, a.models[0], a.worker_threads, shapes, **more)
    load = time.perf_counter() - start
    loaded = held_mb("VmRSS")
    start = time.perf_counter()
    outputs = run(feeds)
    first = time.perf_counter() - start
    run(feeds)
    about = {"load_ms": load * 1e3, "first_run_ms": first * 1e3, "ready_ms": (load + first) * 1e3,
             "load_rss_mb": loaded - before, "peak_rss_mb": held_mb("VmHWM") - before,
             "held_rss_mb": held_mb("VmRSS") - before}
    numbers = [np.asarray(x, np.float64).ravel() for x in outputs if getattr(x, "dtype", object) != object]
    np.save(a.save, np.concatenate(numbers) if numbers else np.zeros(0))
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        times, end = [], time.perf_counter() + float(line)
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            run(feeds)
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps({"median_ms": statistics.median(times), "least_ms": min(times), "runs": len(times)}),
              flush=True)


# ---- the comparison ----

class Worker:
    def __init__(self, runtime, path, threads, a, folder):
        self.save = os.path.join(folder, runtime + ".npy")
        command = [sys.executable, __file__, path, "--worker", runtime, "--worker-threads", str(threads),
                   "--precision", a.precision, "--packing", a.packing, "--save", self.save,
                   "--feeds", os.path.join(folder, "feeds.npz")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env={**os.environ, **a.settings[runtime]})
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            said = self.process.stderr.read().strip().splitlines() or ["no answer"]
            raise RuntimeError(said[-1][:160])
        return json.loads(line)

    def measure(self, seconds):
        """A turn.  Between turns the process stands still: some runtimes' threads spin on after a run."""
        self.process.send_signal(signal.SIGCONT)
        print(seconds, file=self.process.stdin, flush=True)
        found = self.answer()
        self.process.send_signal(signal.SIGSTOP)
        return found

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def differ(ours, theirs):
    """The largest difference of two outputs as a share of the largest value; None where they cannot be compared."""
    import numpy as np
    a, b = np.load(ours), np.load(theirs)
    if a.shape != b.shape or not a.size:
        return None
    return float(np.max(np.abs(a - b)) / max(1e-30, np.max(np.abs(b))))


def start(path, threads, a, folder, failed, worker):
    """A worker for each runtime, and what its processes said of their load, each figure's median."""
    workers, about = {}, {r: [] for r in a.runtimes}
    for k in range(a.starts or (3 if a.loading else 1)):
        for runtime in a.runtimes:
            if k and runtime in workers:
                workers.pop(runtime).end()
            try:
                if runtime not in failed:
                    workers[runtime] = worker(runtime, path, threads, a, folder)
                    about[runtime].append(workers[runtime].about)
            except RuntimeError as e:
                failed[runtime] = str(e)
    return workers, {r: {k: statistics.median(x[k] for x in about[r]) for k in about[r][0]} for r in workers}


def compare(path, threads, a, folder, feeds=None, worker=Worker):
    """One line of the result for a model and a number of threads."""
    line = {"schema": "sardonyx.bench-compare/1", "model": name_of(path), "threads": threads, "isa": a.isa,
            "runtimes": {}, "ratio": {}, "difference": {}, "failed": {}, "load": {}}
    store_feeds(feeds or make_feeds(path, a.dims, a.seed), os.path.join(folder, "feeds.npz"))
    workers, about = start(path, threads, a, folder, line["failed"], worker)
    figures = {r: [] for r in workers}
    for k in range(a.rounds):
        order = list(workers)[k % max(1, len(workers)):] + list(workers)[:k % max(1, len(workers))]
        for r in order:
            figures[r].append(workers[r].measure(a.seconds)["least_ms" if a.least else "median_ms"])
    for r, w in workers.items():
        w.end()
        line["runtimes"][r] = dict(about[r], median_ms=spread(figures[r]))
        if r != OURS and OURS in workers:
            line["load"][r] = {k: about[OURS][k] / max(1e-3, about[r][k]) for k in about[r]}
            line["ratio"][r] = spread([x / y for x, y in zip(figures[OURS], figures[r])])
            line["difference"][r] = differ(workers[OURS].save, w.save)
    return line


def name_of(path):
    base = os.path.basename(path)
    return os.path.basename(os.path.dirname(os.path.abspath(path))) if base == "model.onnx" else base[:-5]


def models_of(operands):
    for operand in operands:
        if os.path.isdir(operand):
            yield from sorted(glob.glob(os.path.join(operand, "*.onnx")) +
                              glob.glob(os.path.join(operand, "*", "model.onnx")))
        else:
            yield operand


def geomean(values):
    return statistics.geometric_mean(values) if values else float("nan")


def mean_and_worst(peer, lines):
    """Two cells of a row of Markdown.  lines: (name, line), of one category."""
    ratios = [(line["ratio"][peer]["median"], name) for name, line in lines if peer in line["ratio"]]
    if not ratios:
        return "- | "
    return f"{geomean([r for r, _ in ratios]):.2f} ({min(ratios)[0]:.2f}-{max(ratios)[0]:.2f}) | {max(ratios)[1]}"


def table(lines, peers):
    """Rows of Markdown."""
    yield "| model | threads | sardonyx ms | " + " | ".join(f"over {p}" for p in peers) + " | differs by |"
    yield "|---|---:|---:|" + "---:|" * (len(peers) + 1)
    for line in lines:
        ours = line["runtimes"].get(OURS)
        cells = [f"{ours['median_ms']['median']:.4g}" if ours else "failed"]
        for p in peers:
            r = line["ratio"].get(p)
            cells.append(f"{r['median']:.2f} ({r['least']:.2f}-{r['most']:.2f})" if r else "-")
        worst = [d for d in line["difference"].values() if d is not None]
        cells.append(f"{max(worst):.1e}" if worst else "-")
        yield f"| {line['model']} | {line['threads']} | " + " | ".join(cells) + " |"
    for threads in sorted({line["threads"] for line in lines}):
        means = []
        for p in peers:
            ratios = [x["ratio"][p]["median"] for x in lines if x["threads"] == threads and p in x["ratio"]]
            means.append(f"{geomean(ratios):.3f}" if ratios else "-")
        yield f"| geometric mean | {threads} | | " + " | ".join(means) + " | |"


LOADING = [("load_ms", "load ms"), ("ready_ms", "and first run ms"), ("load_rss_mb", "loaded MB"),
           ("peak_rss_mb", "peak MB"), ("held_rss_mb", "held MB")]


def loading_table(lines, peers):
    """Rows of Markdown: what load and memory are, and each peer's ratio in brackets."""
    yield "| model | threads | " + " | ".join(f"{title} (over {', '.join(peers)})" for _, title in LOADING) + " |"
    yield "|---|---:|" + "---:|" * len(LOADING)
    for line in lines:
        ours, cells = line["runtimes"].get(OURS), []
        for key, _ in LOADING:
            ratios = [f"{line['load'][p][key]:.2f}" if p in line["load"] else "-" for p in peers]
            cells.append(f"{ours[key]:.0f} ({', '.join(ratios)})" if ours else "failed")
        yield f"| {line['model']} | {line['threads']} | " + " | ".join(cells) + " |"


def draw(lines, peers, file):
    """Bars of the ratios, a model a group, with the least and the largest as whiskers."""
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    matplotlib.rcParams["svg.hashsalt"] = OURS  # the same figures give the same file
    labels = [f"{x['model']} ({x['threads']})" for x in lines]
    figure, axes = pyplot.subplots(figsize=(8, 1 + 0.18 * (len(peers) + 1) * len(lines)))
    for k, p in enumerate(peers):
        at = [i + k * 0.8 / len(peers) for i, x in enumerate(lines) if p in x["ratio"]]
        r = [x["ratio"][p] for x in lines if p in x["ratio"]]
        middle = [x["median"] for x in r]
        axes.barh(at, middle, 0.8 / len(peers), label=f"time over {p}'s",
                  xerr=([m - x["least"] for m, x in zip(middle, r)], [x["most"] - m for m, x in zip(middle, r)]))
    axes.set_yticks([i + 0.4 - 0.4 / len(peers) for i in range(len(lines))], labels)
    axes.invert_yaxis()
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlabel("sardonyx's time over the peer's: below 1 is faster")
    axes.legend()
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})


def binding(text):
    name, _, size = text.rpartition("=")
    return name, int(size)


def add_options(parser):
    parser.add_argument("--threads", default="1", help="numbers of threads, divided by commas (1)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each runtime has its turn (5)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a turn (0.5)")
    parser.add_argument("--least", action="store_true",
                        help="a turn's figure is its least time, not its median: for a machine with neighbours")
    parser.add_argument("--starts", type=int,
                        help="processes that load and memory are the medians of (1; 3 with --loading)")
    parser.add_argument("--loading", action="store_true", help="print the table of load and memory, too")
    parser.add_argument("--peers", default="onnxruntime,openvino", help="which (onnxruntime,openvino)")
    parser.add_argument("--dim", type=binding, action="append", default=[], metavar="NAME=SIZE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--isa", choices=["avx512", "avx2"], default="avx512",
                        help="the widest kernels that any of them may take (avx512)")
    parser.add_argument("--precision", default="f32", help="of sardonyx: f32, bf16, int8-weights (f32)")
    parser.add_argument("--packing", default="default", help="of sardonyx: small, default, fast (default)")
    parser.add_argument("--json", metavar="FILE", help="a line of JSON for each model and number of threads")
    parser.add_argument("--svg", metavar="FILE", help="the ratios drawn")


def read_options(parser):
    """The options; peers and runtimes are lists then, dims a dictionary."""
    a = parser.parse_args()
    a.dims = dict(a.dim)
    a.peers = [p for p in a.peers.split(",") if p]
    unknown = [p for p in a.peers if p not in RUNTIMES or p == OURS]
    if unknown:
        parser.error(f"no peer is called {unknown[0]}: there are onnxruntime and openvino")
    a.runtimes = [OURS, *a.peers]
    a.settings = {r: {} for r in a.runtimes}
    if a.isa == "avx2":
        made = os.path.join(sys.prefix, "without-avx512")  # beside the peers' own packages
        a.settings = {p: without_avx512.make(p, made) for p in a.peers} | {OURS: {"SARDONYX_ISA": "avx2"}}
    return a


def compare_all(models, a):
    """A line for each model and number of threads."""
    lines, counts = [], [int(t) for t in a.threads.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        for path in models:
            for threads in counts:
                print(f"{len(lines) + 1} of {len(models) * len(counts)}: {name_of(path)}, {threads} thread(s)",
                      file=sys.stderr)
                lines.append(compare(path, threads, a, folder))
                for runtime, why in lines[-1]["failed"].items():
                    print(f"    {runtime}: {why}", file=sys.stderr)
    return lines


def write(lines, a):
    """The files that were asked for; returns the exit status."""
    if a.json:
        with open(a.json, "w") as f:
            f.writelines(json.dumps(line) + "\n" for line in lines)
    if a.svg:
        draw(lines, a.peers, a.svg)
    return 1 if any(OURS in x["failed"] for x in lines) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL|FOLDER")
    add_options(parser)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--worker-threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--save", help=argparse.SUPPRESS)
    parser.add_argument("--feeds", help=argparse.SUPPRESS)
    a = read_options(parser)
    if a.worker:
        return work(a)
    lines = compare_all(list(models_of(a.models)), a)
    print("\n".join(table(lines, a.peers)))
    if a.loading:
        print("\n" + "\n".join(loading_table(lines, a.peers)))
    return write(lines, a)


if __name__ == "__main__":
    sys.exit(main())

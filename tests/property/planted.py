#!/usr/bin/env python3
"""Plants single defects in models and asks whether lint reports them before the run fails.

usage: planted.py [--count=N] [--seed=N] [--least=95] [--only=TEXT] [-v] [--save=FOLDER] [WEIGHT:]FOLDER...

FOLDER is a case (model.onnx, test_data_set_0) or holds such.  N mutants are made, each with one defect (defects.py); a
folder gets its share by weight.  A defect that changes only what is never reached is one, too.

The truth is not ours: a mutant fails if onnxruntime, without optimizations and given inputs of the declared shapes,
refuses to load or to run it.  Where onnxruntime does not implement what the mutant holds, onnx's reference evaluator
answers; where neither can, our own run.  What onnxruntime alone refuses, while onnx's checker with strict inference
passes it and the reference and we run it, is its own limit: disputed, and no failure.

Of those that fail, lint has `found` the ones it has an error for, or a warning where it can only be one: that none of the
sizes it tried for symbolic dims fits, or one that stands right.  It was `right` where its first error stands at the
changed node, at a reader of the changed tensor or edge, at the node where the run failed by what the judge says of it
or at one between the two, or, when it is not a node's, names the changed tensor, edge or operator set.  `alarms` are errors of mutants that run.
A mutant that the loader refuses without an error of lint, or that lint passes and no session can be made of, is wrong
whatever the judges say.
"""
import argparse
import collections
import json
import os
import random
import re
import resource
import signal
import sys

import numpy as np
import onnx
from onnx import checker, numpy_helper, reference, shape_inference

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "differential"))
import defects  # noqa: E402
import peers  # noqa: E402
import sardonyx  # noqa: E402

PATIENCE = 60  # seconds for one mutant


# ---- cases ----

def cases_in(folder):
    if os.path.exists(os.path.join(folder, "model.onnx")):
        return [folder]
    return sorted(os.path.join(folder, e) for e in os.listdir(folder)
                  if os.path.exists(os.path.join(folder, e, "model.onnx")))


class Case:
    """A model whose nodes all have names, and what it is fed."""

    def __init__(self, folder):
        self.name = os.path.basename(folder)
        self.model = onnx.load(os.path.join(folder, "model.onnx"))
        graph = self.model.graph
        constant = {t.name for t in graph.initializer}
        self.given = [i for i in graph.input if i.name not in constant]
        self.feeds = {}
        for k, i in enumerate(self.given):
            path = os.path.join(folder, "test_data_set_0", f"input_{k}.pb")
            kind = i.type.WhichOneof("value")
            with open(path, "rb") as f:
                data = f.read()
            if kind == "tensor_type":
                self.feeds[i.name] = numpy_helper.to_array(onnx.TensorProto.FromString(data))
            elif kind == "sequence_type":
                self.feeds[i.name] = numpy_helper.to_list(onnx.SequenceProto.FromString(data))
            else:
                raise ValueError("no such inputs here")
        seen = set()
        for g in defects.graphs(graph):
            for n in g.node:
                if not n.name or n.name in seen:
                    n.name = f"node {len(seen)}"
                seen.add(n.name)


def feeds_of(case, model):
    """The case's own values, cut or repeated to what the mutant declares."""
    constant = {t.name for t in model.graph.initializer}
    feeds = {}
    for i in model.graph.input:
        if i.name in constant:
            continue
        value = case.feeds.get(i.name)
        kind = i.type.WhichOneof("value")
        if kind != "tensor_type" or isinstance(value, list):
            feeds[i.name] = value
            continue
        t = i.type.tensor_type
        dtype = sardonyx.values.DTYPE.get(t.elem_type)
        dims = [d.dim_value if d.HasField("dim_value") else None for d in t.shape.dim]
        if not t.HasField("shape"):
            dims = list(value.shape)
        have = list(value.shape) + [2] * len(dims)
        dims = [have[k] if d is None else d for k, d in enumerate(dims)]
        if list(value.shape) != dims:
            if np.prod([max(1, d) for d in dims], dtype=float) > 1 << 24 or min(dims, default=0) < 0:
                raise defects.Pointless
            value = np.resize(value, dims) if value.size else np.zeros(dims, value.dtype)
        if dtype is not None and value.dtype != dtype:
            value = value.astype(dtype)
        feeds[i.name] = value
    return feeds


# ---- judges ----

def nodes_in_words(words, names):
    """Nodes of the model that a message names in any way."""
    return {n for n in names if n and re.search(rf"(?<![\w/.]){re.escape(n)}(?![\w/.])", words)}


class Slow(Exception):
    pass


def too_slow(*_):
    raise Slow


def reference_run(model, feeds):
    """(state, words, node): as peers.onnx, and where it stopped."""
    signal.signal(signal.SIGVTALRM, too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, 10)
    try:
        r = reference.ReferenceEvaluator(model)
        with np.errstate(all="ignore"):
            r.run(None, feeds)
        return "ran", "", None
    except Exception as e:
        node = None
        trace = e.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_name == "run" and hasattr(trace.tb_frame.f_locals.get("node"), "onnx_node"):
                node = trace.tb_frame.f_locals["node"].onnx_node.name
            trace = trace.tb_next
        lacks = isinstance(e, (NotImplementedError, OverflowError, Slow)) or \
            re.search("No implementation|not implement|Not implement|MissingOperator", repr(e))
        return ("unsupported" if lacks else "refused"), repr(e), node
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def checker_refuses(model):
    try:
        checker.check_model(model, full_check=True)
        shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        return None
    except Exception as e:
        return str(e)


def ours(model, feeds):
    """(errors of lint, its warnings, loads, binds, how the run ended, its words)"""
    data = model.SerializeToString()
    try:
        found = sardonyx.Model(data, lenient=True).lint()
    except sardonyx.Error as e:
        return None, [], False, False, "unreadable", str(e)
    lint, warned = ([f for f in found if f.severity == s] for s in ("error", "warning"))
    try:
        m = sardonyx.Model(data)
    except sardonyx.Error as e:
        return lint, warned, False, False, "refused", str(e)
    try:
        s = sardonyx.Session(m, threads=1)
    except sardonyx.Error as e:
        return lint, warned, True, e.code in ("unsupported", "limit"), e.code, str(e)
    try:
        s.run(None, feeds, deadline=PATIENCE / 2)
        return lint, warned, True, True, "ran", ""
    except sardonyx.Error as e:
        return lint, warned, True, True, "unsupported" if e.code == "unsupported" else "refused", str(e)


def judge(case, mutant, tell):
    """One row of what is found out; tell() passes on what holds should this process end."""
    model, defect = mutant
    feeds = feeds_of(case, model)
    lint, warned, loads, binds, end, words = ours(model, feeds)
    names = {n.name for g in defects.graphs(model.graph) for n in g.node}
    row = {"kind": defect.kind, "what": defect.what, "ours": end, "ours_words": words,
           "lint": [f"{f.code} {f.name} @{f.node}: {f.message}" for f in lint or warned],
           "wrong": lint is not None and (not loads and not lint or loads and not binds or loads and bool(lint))}
    crash = dict(row, state="refused", by="onnxruntime", said="it crashes", found=lint != [])
    crash["right"] = not lint and lint != [] or bool(lint) and stands_right(lint[0], defect, model, set())
    tell({"crash": crash})
    state, said = peers.ort(model, feeds)
    tell({"crash": None})
    by, stopped = "onnxruntime", nodes_in_words(said, names) if state == "refused" else set()
    ref = None
    if state == "unsupported" or state == "refused" and end == "ran":
        ref, ref_said, node = reference_run(model, feeds)
        stopped |= {node} if ref == "refused" else set()
        if state == "refused":
            state = "disputed" if ref == "ran" and not checker_refuses(model) else state
        elif ref != "unsupported":
            state, said, by = ref, ref_said, "reference"
        else:
            state, said, by = "ran" if end == "ran" else "unsupported" if end == "unsupported" else "refused", words, \
                "ours"
    if state == "refused":
        row["found"] = row["right"] = lint is None or bool(lint)
        if lint == []:
            lint = [f for f in warned if f.name == "no-size-fits" or stands_right(f, defect, model, stopped)]
            row["found"] = row["warned"] = bool(lint)
        if lint:
            row["right"] = stands_right(lint[0], defect, model, stopped)
            if not row["right"] and not ref:
                ref, _, node = reference_run(model, feeds)
                row["right"] = ref == "refused" and stands_right(lint[0], defect, model, {node})
    elif state in ("ran", "disputed"):
        row["alarm"] = bool(lint) or lint is None
    row.update(state=state, said=said if isinstance(said, str) else "", by=by, stopped=sorted(filter(None, stopped)))
    return row


def stands_right(first, defect, model, stopped):
    if first.index < 0:
        return first.node in defect.names or any(n in first.message for n in defect.names if n)
    if first.node in defect.nodes | defect.readers(model) | stopped:
        return True
    order = {n.name: k for k, n in enumerate(defects.in_order(model.graph))}
    last = max((order[n] for n in stopped if n in order), default=-1)
    return order.get(first.node, last + 1) <= last and first.node in defect.behind(model)


# ---- many ----

def child(folder, seeds, pipe, save):
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        case = Case(folder)
    except Exception as e:
        pipe.write(json.dumps({"skip": repr(e)}) + "\n")
        return

    def tell(row):
        pipe.write(json.dumps(row) + "\n")
        pipe.flush()
    for seed in seeds:
        rng = random.Random(seed)
        try:
            mutant = defects.plant(case, rng)
        except defects.Pointless:
            pipe.write(json.dumps({"skip": "no place for a defect"}) + "\n")
            continue
        tell({"start": seed, "kind": mutant[1].kind, "what": mutant[1].what})
        signal.alarm(PATIENCE)
        try:
            row = judge(case, mutant, tell)
        except defects.Pointless:
            continue
        if save:
            with open(os.path.join(save, f"{case.name}-{seed}.onnx"), "wb") as f:
                f.write(mutant[0].SerializeToString())
        tell(row)
    signal.alarm(0)


def rows_of(folder, seeds, save):
    """What a process of its own finds; a crash ends only that."""
    seeds = list(seeds)
    while seeds:
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            status = 0
            try:
                with os.fdopen(write, "w") as pipe:
                    child(folder, seeds, pipe, save)
            except BaseException:
                import traceback
                traceback.print_exc(file=sys.stdout)
                sys.stdout.flush()
                status = 1
            os._exit(status)
        os.close(write)
        started = crash = None
        with os.fdopen(read) as pipe:
            for line in pipe:
                row = json.loads(line)
                if "start" in row:
                    started, crash = row, None
                elif "crash" in row:
                    crash = row["crash"]
                else:
                    if "skip" not in row:
                        row["seed"] = started["start"]
                        started = None
                    yield row
        _, status = os.waitpid(pid, 0)
        if started is None or not status:
            if status:
                yield {"crash": f"status {status}", "kind": "?", "what": "", "seed": 0}
            return
        if crash:
            yield dict(crash, seed=started["start"])
            seeds = seeds[seeds.index(started["start"]) + 1:]
            continue
        yield {"crash": f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {status}",
               "kind": started["kind"], "what": started["what"], "seed": started["start"]}
        seeds = seeds[seeds.index(started["start"]) + 1:]


def table(rows):
    print(f"{'kind':<22}{'made':>7}{'fail':>7}{'found':>7}{'(warned)':>9}{'right':>7}{'found %':>9}{'right %':>9}{'disputed':>9}"
          f"{'alarms':>7}{'wrong':>6}")
    kinds = sorted({r["kind"] for r in rows})
    share = 0
    for kind in kinds + ["all"]:
        of = [r for r in rows if kind in (r["kind"], "all")]
        fail = sum(r["state"] == "refused" for r in of)
        found, warned, right = (sum(r.get(w, False) for r in of) for w in ("found", "warned", "right"))
        alarms, wrong = sum(r.get("alarm", False) for r in of), sum(r["wrong"] for r in of)
        share = 100 * right / fail if fail else 100
        print(f"{kind:<22}{len(of):>7}{fail:>7}{found:>7}{warned:>9}{right:>7}{100 * found / max(1, fail):>9.1f}{share:>9.1f}"
              f"{sum(r['state'] == 'disputed' for r in of):>9}{alarms:>7}{wrong:>6}")
    return share


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("folders", nargs="+")
    p.add_argument("--count", type=int, default=10000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--least", type=float, default=95)
    p.add_argument("--only", default="")
    p.add_argument("--save")
    p.add_argument("--rows", help="write every judgement there, a JSON object a line")
    p.add_argument("-v", action="store_true", help="print what was missed")
    o = p.parse_args()
    weights = [(float(w or 1), cases_in(f)) for w, f in (re.match(r"(?:([\d.]+):)?(.*)", x).groups()
                                                         for x in o.folders)]
    total = sum(w for w, _ in weights)
    rng = random.Random(o.seed)
    todo = collections.defaultdict(list)
    for weight, cases in weights:
        cases = [c for c in cases if o.only in c]
        for k in range(round(o.count * weight / total) if cases else 0):
            todo[rng.choice(cases)].append(o.seed * 1000003 + len(todo) * 1009 + k * 17)
    rows, skipped, crashes = [], 0, []
    out = open(o.rows, "w") if o.rows else None
    for folder in sorted(todo):
        for row in rows_of(folder, todo[folder], o.save):
            row["case"] = os.path.basename(folder)
            if "skip" in row:
                skipped += 1
                continue
            if out:
                out.write(json.dumps(row) + "\n")
                out.flush()
            if "crash" in row:
                crashes.append(row)
                continue
            rows.append(row)
            missed = row["state"] == "refused" and not row["right"]
            if row["wrong"] or (o.v and missed):
                print(f"{row['case']} {row['seed']} {row['kind']} ({row['what']}): {row['by']}: {row['said'][:300]!r}; "
                      f"ours: {row['ours']} {row['ours_words'][:300]!r}; lint: {row['lint'][:2]}")
    share = table(rows)
    for c in crashes:
        print(f"{c['case']} {c['seed']} {c['kind']} ({c['what']}): {c['crash']}")
    print(f"{len(rows)} mutants, {skipped} places without a defect, {len(crashes)} ended a process")
    sys.exit(share < o.least or any(r["wrong"] for r in rows) or not rows)


if __name__ == "__main__":
    main()

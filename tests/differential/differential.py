#!/usr/bin/env python3
"""Seeded models of one operator each, run by us, by the reference of the package onnx, and by onnxruntime.

usage: differential.py [--each=N] [--seed=N] [--only=REGEX] [--case=TITLE] [--summary=FILE] [--cases=DIR] [-v]

Every version row of every operator that the library implements gets N cases (makers_*.py) with types, shapes and
attributes by chance, and opsets within the row's reign; and one more that is spoilt in one place.  An answer is outputs
or a refusal; what a peer does not support says nothing.  A disagreement is
    values      a peer's outputs are others
    we refuse   a peer runs what we refuse
    we run      onnxruntime refuses what we run, and so does the reference if it answers
    self        our own answer depends on optimisation or instruction set
    crash       the process ended
Those that explained.py explains are counted by reason; the rest fails the test.  So does an explanation that explains
nothing.  Without onnxruntime the reference alone is asked.  --cases leaves all models behind, with what they were fed
and our answers, for the program conformance (written.py).
"""
import collections
import math
import os
import pickle
import re
import select
import signal
import sys
import time
import traceback
import warnings
import zlib

import numpy as np
from onnx import defs

import explained
import makers_flow  # noqa: F401 - they enter their makers into MAKERS
import makers_ml  # noqa: F401
import makers_nn  # noqa: F401
import makers_tensor  # noqa: F401
import peers
import sardonyx
import written
from case import CannotMake, Case
from makers_math import MAKERS, generic

PATIENCE = 60
NEWEST = {"": 28, "ai.onnx.ml": 5, "ai.onnx.preview": 1, "ai.onnx.preview.training": 1}


# ---- cases ----

def rows():
    """(schema, last opset of its reign) of every row that the library implements, by name."""
    ours = {(o.domain if o.domain != "ai.onnx" else "", o.name) for o in sardonyx.operators()}
    versions = collections.defaultdict(list)
    for s in defs.get_all_schemas_with_history():
        versions[s.domain, s.name].append(s)
    for key, found in sorted(versions.items()):
        if key in ours:
            found.sort(key=lambda s: s.since_version)
            for s, after in zip(found, [*found[1:], None]):
                yield s, (after.since_version - 1 if after else max(s.since_version, NEWEST[s.domain]))


def make_case(schema, last, seed, spoilt=False):
    """A case, or CannotMake: some draws have none, so a few are tried."""
    rng = np.random.default_rng(seed)
    why = None
    for attempt in range(20):
        first = schema.since_version
        # the reference knows the newest opsets best, onnxruntime ends at 26
        opset = first if rng.random() < .6 else int(rng.integers(first, min(last, max(first, 26)) + 1))
        c = Case(schema, opset, seed)
        c.rng = np.random.default_rng([seed, attempt])
        try:
            MAKERS.get(schema.name, generic)(c)
            if spoilt:
                c.spoil()
            c.made = c.model()
            return c
        except CannotMake as e:
            why = e
    raise CannotMake(why)


def seed_of(schema, k, seed):
    return zlib.crc32(f"{schema.domain}:{schema.name}:{schema.since_version}:{k}:{seed}".encode())


# ---- comparison ----

def tolerance(dtype, scale):
    rtol, atol = {"float64": (1e-6, 1e-8), "float32": (2e-4, 3e-6), "float16": (4e-3, 2e-3),
                  "bfloat16": (4e-2, 2e-2)}.get(dtype.name, (0, 0))
    return rtol * scale, atol * scale


def differ(got, want, case):
    """In words; None where they are alike."""
    if isinstance(want, (list, tuple)) or isinstance(got, list):
        if not isinstance(got, list) or not isinstance(want, (list, tuple)):
            return f"a {type(got).__name__}, not a {type(want).__name__}"
        if len(got) != len(want):
            return f"{len(got)} items, not {len(want)}"
        each = (differ(a, b, case) for a, b in zip(got, want))
        return next((f"item {i}: {d}" for i, d in enumerate(each) if d), None)
    if got is None or want is None:
        return None if got is want else f"{got} and {want}"
    if isinstance(want, dict):
        if not isinstance(got, dict) or list(got) != list(want):
            return f"{got}, not {want}"
        return differ(np.array(list(got.values())), np.array(list(want.values())), case)
    got, want = np.asarray(got), np.asarray(want)
    if want.dtype.kind in "US":
        want = want.astype(object)
    if got.dtype != want.dtype:
        return f"type {got.dtype}, not {want.dtype}"
    if got.shape != want.shape:
        return f"shape {got.shape}, not {want.shape}"
    if case.random:
        return None
    if got.dtype == object:
        alike = got == want
    elif got.dtype.kind in "iub":
        alike = got == want
    elif got.dtype.kind == "c":
        alike = np.isclose(got, want, equal_nan=True)
    elif got.dtype.type.__module__ != "numpy" and got.dtype.name != "bfloat16":
        a, b = got.astype(np.float32), want.astype(np.float32)
        alike = (a == b) | (np.isnan(a) & np.isnan(b))
    else:
        a, b = got.astype(np.float64), want.astype(np.float64)
        rtol, atol = tolerance(case.narrowest(got.dtype), case.tolerance)
        finite = np.abs(b[np.isfinite(b)])
        if case.tolerance > 1 or case.narrowest(got.dtype).itemsize == 2:  # sums: of the largest magnitude
            atol *= max(1., float(finite.max()) if finite.size else 0.)
        with np.errstate(all="ignore"):
            alike = (a == b) | (np.isnan(a) & np.isnan(b)) | (
                np.isfinite(a) & np.isfinite(b) & (np.abs(a - b) <= atol + rtol * np.abs(b)))
    if np.all(alike):
        return None
    alike = np.asarray(alike)
    at = tuple(int(k[0]) for k in np.nonzero(~alike)) if alike.ndim else ()
    return f"{int((~alike).sum())} of {alike.size} elements, first {list(at)}: {got[at]!r}, not {want[at]!r}"


def outputs_differ(got, want, case):
    if len(got) != len(want):
        return f"{len(got)} outputs, not {len(want)}"
    each = (differ(a, b, case) for a, b in zip(got, want))
    return next((f"output {i}: {d}" for i, d in enumerate(each) if d), None)


def judge(case, say, folder=None):
    """[(kind, peer, words)], which peers answered, which with the same values, and how we ended."""
    model, feeds = case.made
    say("sardonyx")
    state, ours = peers.ours(model, feeds, threads=1)
    if folder:
        written.write(folder, case, state, ours, tolerance)
    found, answered, refusing, alike = [], [], [], []
    plain_state, plain = peers.ours(model, feeds, threads=2, isa="scalar", optimize=False)
    if plain_state != state:
        found.append(("self", "sardonyx", f"{state} {ours}, plainly {plain_state} {plain}"))
    elif state == "ran":
        d = outputs_differ(ours, plain, case)
        if d:
            found.append(("self", "sardonyx", d))
    for peer in peers.PEERS:
        say(peer)
        there, theirs = peers.RUN[peer](model, feeds)
        if there == "unsupported":
            continue
        answered.append(peer)
        if state == "ran" and there == "ran":
            d = outputs_differ(ours, theirs, case)
            if d:
                found.append(("values", peer, d))
            else:
                alike.append(peer)
        elif state != "ran" and there == "ran":
            if peer != "onnx" or not case.words:  # of what is spoilt the reference checks little
                found.append(("we refuse", peer, str(ours)))
        elif state == "ran":
            refusing.append((peer, theirs))
    if refusing and len(refusing) == len(answered):  # the reference alone checks too little to be believed
        found += [("we run", peer, str(words)) for peer, words in refusing if peer != "onnx"]
    return found, answered, alike, state


# ---- children: a case may end its process ----

def child(todo, pipe, folder):
    """Runs cases from a list; writes (index, stage or answer) for each."""
    sys.stdout.flush()

    def send(what):
        data = pickle.dumps(what)
        os.write(pipe, len(data).to_bytes(4, "little") + data)
    for index, make in todo:
        try:
            send((index, "stage", "maker"))
            case = make()
        except CannotMake as e:
            send((index, "none", str(e)))
            continue
        send((index, "case", summary_of(case)))
        send((index, "done", judge(case, lambda peer: send((index, "stage", peer)), folder)))


def summary_of(case):
    s = case.schema
    return {"title": case.title(), "op": s.name, "domain": s.domain, "since": s.since_version, "opset": case.opset,
            "attributes": {k: v for k, v in case.attributes.items() if isinstance(v, (int, float, str, list))},
            "types": dict(case.types),
            "inputs": [None if v is None else (str(v.dtype) if isinstance(v, np.ndarray) else type(v).__name__,
                                               getattr(v, "shape", None)) for v, _, _ in case.inputs],
            "special": any(isinstance(v, np.ndarray) and v.dtype.kind == "f" and not np.isfinite(v).all()
                           for v, _, _ in case.inputs),
            "values": [v.tolist() if isinstance(v, np.ndarray) and v.size <= 64 and v.dtype.kind in "iufb" else None
                       for v, _, _ in case.inputs]}


class Worker:
    def __init__(self, todo, folder):
        self.todo, self.at = todo, 0
        self.buffer, self.stage = b"", ""
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(read)
            status = 1
            try:
                child(todo, write, folder)
                status = 0
            except Exception:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(status)
        os.close(write)
        self.pipe, self.heard = read, time.monotonic()

    def messages(self):
        """What has come; None at the end."""
        data = os.read(self.pipe, 1 << 20)
        self.heard = time.monotonic()
        if not data:
            return None
        self.buffer += data
        found = []
        while len(self.buffer) >= 4 and len(self.buffer) >= 4 + int.from_bytes(self.buffer[:4], "little"):
            end = 4 + int.from_bytes(self.buffer[:4], "little")
            found.append(pickle.loads(self.buffer[4:end]))
            self.buffer = self.buffer[end:]
        return found


def run_all(todo, jobs, folder):
    """index → ("none", why) or (facts, found, answered, state)."""
    results, facts = {}, {}
    parts = [todo[k::jobs] for k in range(jobs)]
    workers = [Worker(p, folder) for p in parts if p]
    while workers:
        ready, _, _ = select.select([w.pipe for w in workers], [], [], 1)
        for w in list(workers):
            if w.pipe not in ready:
                if time.monotonic() - w.heard > PATIENCE:
                    os.kill(w.pid, signal.SIGKILL)
                continue
            got = w.messages()
            for index, kind, what in got or []:
                w.last = index
                if kind == "stage":
                    w.stage = what
                elif kind == "case":
                    facts[index] = what
                elif kind == "none":
                    results[index] = ("none", what)
                else:
                    results[index] = (facts[index], *what)
            if got is None:
                workers.remove(w)
                _, status = os.waitpid(w.pid, 0)
                os.close(w.pipe)
                rest = [t for t in w.todo if t[0] not in results]
                if rest:
                    index = rest[0][0]
                    how = signal.strsignal(os.WTERMSIG(status)) if os.WIFSIGNALED(status) else f"status {status >> 8}"
                    known = facts.get(index)
                    if known is None:
                        sys.exit(f"{w.todo and rest[0]}: {how} while it was made")
                    results[index] = (known, [("crash", w.stage, how)], [], [], "crash")
                    if rest[1:]:
                        workers.append(Worker(rest[1:], folder))
    return results


# ---- the report ----

def main():
    given = dict((a.lstrip("-").split("=", 1) + [""])[:2] for a in sys.argv[1:])
    each, seed = int(given.get("each", 8)), int(given.get("seed", 1))
    todo, titles = [], {}
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    for schema, last in rows():
        name = f"{schema.domain + ':' if schema.domain else ''}{schema.name}-{schema.since_version}"
        if not re.search(given.get("only", ""), name):
            continue
        for k in range(each + 1):
            index = len(todo)
            titles[index] = (schema.domain, schema.name, schema.since_version)
            todo.append((index, lambda s=schema, n=last, k=k: make_case(s, n, seed_of(s, k, seed), k == each)))
    if "case" in given:
        wanted = int(given["case"].rpartition("#")[2])
        for schema, last in rows():
            for k in range(each + 1):
                if seed_of(schema, k, seed) == wanted:
                    show(make_case(schema, last, wanted, k == each))
        return
    folder = given.get("cases") and written.begin(given["cases"])
    results = run_all(todo, len(os.sched_getaffinity(0)), folder)
    report(given, titles, results)


def show(case):
    from onnx import printer
    model, feeds = case.made
    print(printer.to_text(model))
    print({k: v for k, v in feeds.items()})
    print("sardonyx", peers.ours(model, feeds))
    for peer in peers.PEERS:
        print(peer, peers.RUN[peer](model, feeds))
    for d in judge(case, lambda _: None)[0]:
        print(*d)


def report(given, titles, results):
    made = collections.Counter()
    nothing = {}
    reasons, unexplained = collections.Counter(), []
    alone, agreeing, cases, refused = 0, collections.Counter(), 0, 0
    for index in sorted(titles):
        domain, name, since = titles[index]
        row = f"{domain + ':' if domain else ''}{name}-{since}"
        made[row] += 0
        if results[index][0] == "none":
            nothing[row] = results[index][1]
            continue
        made[row] += 1
        cases += 1
        facts, found, answered, alike, state = results[index]
        alone += not answered
        refused += state != "ran"
        for peer in answered:
            agreeing[peer] += 1
        for kind, peer, words in found:
            reason = explained.reason(kind, peer, words, facts)
            if reason:
                reasons[reason] += 1
            else:
                unexplained.append(facts["title"])
                others = "as " + " ".join(alike) if alike else "alone"
                print(f"{kind} | {peer} | {others} | {facts['title']} {facts['attributes']} {facts['types']} "
                      f"{facts['inputs']}: {' '.join(words.split())[:300]}", flush=True)
    empty = [row for row, n in made.items() if n == 0]
    unused = [] if given.get("only") or "each" in given else explained.unused(reasons, peers.PEERS)
    for r in unused:
        print(f"explains nothing: {r}")
    line = (f"differential: {cases} models of {sum(1 for n in made.values() if n)} version rows; "
            + ", ".join(f"{n} compared with {p}" for p, n in sorted(agreeing.items()))
            + f", {alone} with no peer, {refused} refused here; {sum(reasons.values())} disagreements explained, "
            f"{len(unexplained)} not\n")
    if empty:
        line += f"    no case for {len(empty)} rows: " + ", ".join(f"{r} ({nothing[r]})" for r in empty) + "\n"
    if "v" in given:
        for r, n in sorted(reasons.items()):
            print(f"{n:5} {r}")
    print(line, end="")
    if given.get("summary"):
        with open(given["summary"], "w") as f:
            f.write(line)
    sys.exit(bool(unexplained or unused or math.isclose(cases, 0)))


if __name__ == "__main__":
    main()

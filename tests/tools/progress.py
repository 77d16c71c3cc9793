#!/usr/bin/env python3
"""How far long work has come: on a terminal's stderr alone, and only after a second.

usage: progress.py BIN DIGITS

Exits with 77, which ctest shows as skipped, where the system has no pseudo terminals.
"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

from small import FLOAT, check, finish, need_terminals, products, tensor, write


def on_terminal(*command, term="xterm"):
    """What came on the terminal, with the time of each piece; what came on stdout; the exit status."""
    near, far = pty.openpty()
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=far, env={**os.environ, "TERM": term})
    os.close(far)
    begin, pieces, out = time.monotonic(), [], b""
    while True:
        for f in select.select([near, p.stdout], [], [], 60)[0]:
            if f is p.stdout:
                out += os.read(p.stdout.fileno(), 65536)
                continue
            try:
                piece = os.read(near, 65536)
            except OSError:
                piece = b""
            if piece:
                pieces.append((time.monotonic() - begin, piece.decode()))
        if p.poll() is not None:
            break
    while select.select([near], [], [], 0)[0]:
        try:
            piece = os.read(near, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append((time.monotonic() - begin, piece.decode()))
    out += p.stdout.read()
    os.close(near)
    return pieces, out.decode(), p.returncode


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    need_terminals()
    run, bench = (os.path.join(sys.argv[1], name) for name in ("model-run", "model-bench"))
    with tempfile.TemporaryDirectory() as folder:
        slow = write(os.path.join(folder, "slow.onnx"), products(24))
        first = os.path.join(folder, "test_data_set_0")
        os.mkdir(first)
        # Zeros: products of them take as long as others and give zeros.
        zeros = tensor(FLOAT, [600, 600], bytes(600 * 600 * 4))
        for name in ("input_0.pb", "output_0.pb"):
            write(os.path.join(first, name), zeros)
        begin = time.monotonic()
        subprocess.run([run, "--check=" + first, slow], stdout=subprocess.PIPE, check=True)
        count = int(min(150, 3 + 2.5 / (time.monotonic() - begin)))  # two seconds or more
        for k in range(1, count):
            os.symlink(first, os.path.join(folder, f"test_data_set_{k}"))

        pieces, out, status = on_terminal(run, "--check=" + folder, slow)
        text = "".join(piece for _, piece in pieces)
        check(status == 0 and out.count("as expected") == count + 1, "the checks: " + out[-300:])
        check(pieces and pieces[0][0] > 0.9, "nothing before a second")
        check(re.search(rf"model-run: checking: \d+ of {count} sets, \d+ left, about \d+ (s|min): ", text),
              "done, left, estimate: " + text[:300])
        check(text.endswith("\r\033[K"), "wiped at the end: " + repr(text[-40:]))
        check("\n" not in text, "one line")
        for arguments, term in ((["-q"], "xterm"), ([], "dumb")):
            pieces, _, status = on_terminal(run, *arguments, "--check=" + folder, slow, term=term)
            check(status == 0 and not pieces, f"none with {arguments or term}")
        p = subprocess.run([run, "--check=" + folder, slow], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        check(p.stderr == b"", "none where stderr is no terminal")

        pieces, out, status = on_terminal(bench, "-T", "2", "-t", "1", "-d", "N=50", "--json", slow)
        text = "".join(piece for _, piece in pieces)
        check(status == 0 and out.count("\n") == 1, "model-bench's answer")
        check(re.search(r"model-bench: slow, 1 thread: \d of 2 s, about \d s left", text), "model-bench: " + text[:200])
        pieces, _, _ = on_terminal(bench, "-T", "0.2", "-t", "1", "-d", "N=50", slow)
        check(not pieces, "nothing of short work")
    finish("progress")


main()

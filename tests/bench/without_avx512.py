"""A copy of a peer's Python package that does not see AVX-512, to be compared with our own AVX2 kernels.

The peers choose kernels by the cpuid instruction and have no setting for it.  In the copy each cpuid (two bytes,
found by objdump) is a trap, which without_avx512.c, preloaded, answers as the processor does less AVX-512.
"""
import importlib.util
import os
import re
import shutil
import subprocess

TRAP = b"\xcc\x90"  # int3, nop
CPUID = b"\x0f\xa2"
HERE = os.path.dirname(os.path.abspath(__file__))


def patch(path):
    """Turns the cpuid instructions of a shared object into traps and answers how many there were."""
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    found = [int(m, 16) for m in re.findall(r"^\s*([0-9a-f]+):\s+cpuid\s*$", listing, re.M)]
    if not found:
        return 0
    headers = subprocess.run(["readelf", "-lW", path], check=True, text=True, stdout=subprocess.PIPE).stdout
    segments = [[int(x, 16) for x in m] for m in
                re.findall(r"^\s*LOAD\s+0x(\w+)\s+0x(\w+)\s+0x\w+\s+0x(\w+)", headers, re.M)]
    with open(path, "r+b") as f:
        for address in found:
            offset = next(at + address - start for at, start, size in segments if start <= address < start + size)
            f.seek(offset)
            if f.read(2) != CPUID:
                raise RuntimeError(f"{path}: no cpuid at {address:#x}")
            f.seek(offset)
            f.write(TRAP)
    return len(found)


def make(package, folder):
    """Environment variables for a process that imports the package without AVX-512; what is made lies in the folder."""
    os.makedirs(folder, exist_ok=True)
    copy, answers = os.path.join(folder, "without-avx512"), os.path.join(folder, "without_avx512.so")
    if not os.path.exists(answers):
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", "-o", answers,
                        os.path.join(HERE, "without_avx512.c")], check=True)
    place = os.path.join(copy, package)
    if not os.path.exists(place):
        there = os.path.dirname(importlib.util.find_spec(package).origin)
        shutil.copytree(there, place + ".part", symlinks=True)
        for at, _, files in os.walk(place + ".part"):
            for name in files:
                path = os.path.join(at, name)
                if ".so" in name and not os.path.islink(path):
                    patch(path)
        os.rename(place + ".part", place)
    before = [p for p in [os.environ.get("PYTHONPATH")] if p]
    return {"LD_PRELOAD": answers, "PYTHONPATH": os.pathsep.join([copy, *before])}

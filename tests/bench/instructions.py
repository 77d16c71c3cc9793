#!/usr/bin/env python3
"""Counts the instructions of the NEON kernels under qemu-user and prints them beside their arithmetic.

Where there is no aarch64 machine, no time can be claimed.  What can be told is how much of what a kernel executes
is arithmetic: a NEON multiply-add does 8 FLOP, so 8 FLOP an instruction would be arithmetic alone.

usage: instructions.py FOLDER        where kernels and the plugin are built
"""
import argparse
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LIBRARIES = "/usr/aarch64-linux-gnu"


def build(folder):
    kernels, plugin = os.path.join(folder, "aarch64"), os.path.join(folder, "instructions.so")
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "-S", TOP, "-B", kernels, "-DCMAKE_BUILD_TYPE=release", "-DSARDONYX_KERNELS_ONLY=ON",
                    "-DSARDONYX_TESTS=ON", f"-DCMAKE_TOOLCHAIN_FILE={TOP}/tests/cross/aarch64.cmake"], **quiet)
    subprocess.run(["cmake", "--build", kernels, "-j", str(os.cpu_count())], **quiet)
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", plugin, os.path.join(HERE, "instructions.c")], check=True)
    return sorted(glob.glob(os.path.join(kernels, "tests", "test_kernels_*"))), plugin


def count(program, plugin):
    """Rows of (kernel, FLOP, instructions) of one test program."""
    done = subprocess.run(["qemu-aarch64", "-cpu", "max", "-L", LIBRARIES, "-plugin", plugin, program, "--count",
                           "--isa=neon"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines, counts = done.stdout.splitlines(), done.stderr.split()
    if done.returncode or len(lines) != len(counts):
        sys.exit(f"{program}: exit {done.returncode}, {len(lines)} lines, {len(counts)} counts\n{done.stderr[-500:]}")
    for line, instructions in zip(lines, counts):
        name, _, flop = line.rpartition(" ")
        yield name.partition(" ")[2].strip(), float(flop), int(instructions)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    programs, plugin = build(parser.parse_args().folder)
    print("| kernel | instructions | FLOP an instruction |\n|---|---:|---:|")
    for k, program in enumerate(programs):
        print(f"{k + 1} of {len(programs)}: {os.path.basename(program)}", file=sys.stderr)
        for name, flop, instructions in count(program, plugin):
            print(f"| {name} | {instructions:,} | {flop / instructions:.2f} |" if flop else
                  f"| {name} | {instructions:,} | |", flush=True)


if __name__ == "__main__":
    main()

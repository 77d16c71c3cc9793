#!/usr/bin/env python3
"""Holds sardonyx/abi.py against sardonyx.h: a C program prints every size and offset, and knows every function.

usage: abi.py HEADER [CC]

Structs: size, and offset and size of each field.  Functions: a pointer of the type that abi.py says takes each; kinds
of arguments (pointer, width of an integer) are compared with the header's words.  Numbers: kinds and severities.
"""
import ctypes
import os
import re
import subprocess
import sys
import tempfile

from sardonyx import abi, model, values


def structs():
    for name, struct in sorted(vars(abi).items()):
        if name.startswith("sdx_") and isinstance(struct, type) and issubclass(struct, ctypes.Structure):
            yield name, struct


def facts_here():
    facts = {}
    for name, struct in structs():
        facts[name] = str(ctypes.sizeof(struct))
        for field, _ in struct._fields_:
            d = getattr(struct, field)
            facts[f"{name}.{field}"] = f"{d.offset} {d.size}"
    facts["SDX_STR"] = str(values.STRING)
    for word, number in values.KINDS.items():
        facts[f"SDX_{word.upper()}"] = str(number)
    for number, word in enumerate(model.SEVERITY):
        facts[f"SDX_{word.upper()}"] = str(number)
    return facts


def program(facts):
    lines = ['#include "sardonyx.h"', "#include <stddef.h>", "#include <stdio.h>", "int main(void)", "{"]
    for fact in facts:
        struct, _, field = fact.partition(".")
        if field:
            lines.append(f'    printf("{fact} %zu %zu\\n", offsetof({struct}, {field}), sizeof(({struct} *)0)->{field});')
        elif fact.startswith("SDX_"):
            lines.append(f'    printf("{fact} %d\\n", (int){fact});')
        else:
            lines.append(f'    printf("{fact} %zu\\n", sizeof({fact}));')
    return "\n".join(lines + ["    return 0;", "}", ""])


def fields_of(header, struct):
    """The names that the header gives a struct's fields."""
    body = re.search(r"typedef struct %s \{(.*?)\n\} %s;" % (struct, struct), header, re.S)[1]
    names = []
    for declaration in re.sub(r"/\*.*?\*/", " ", body, flags=re.S).split(";"):
        for part in declaration.split(","):
            found = re.search(r"(\w+)\s*(\[\w+\])?\s*$", part)
            names += [found[1]] if found else []
    return names


def kind_of_c(words):
    if words.strip() == "void":
        return "none"
    if "*" in words or re.search(r"\bsdx_(reader|writer|report|watch|profile|log)\b", words):
        return "pointer"
    for kind, pattern in (("8 bytes", r"size_t|u?int64_t"), ("bool", r"\bbool\b"), ("double", r"\bdouble\b"),
                          ("struct", r"\bsdx_string\b")):
        if re.search(pattern, words):
            return kind
    return "4 bytes"


def kind_of_ctypes(t):
    if t is None:
        return "none"
    if t in (ctypes.c_void_p, ctypes.c_char_p) or issubclass(t, (ctypes._Pointer, ctypes._CFuncPtr)):
        return "pointer"
    if issubclass(t, ctypes.Structure):
        return "struct"
    return {ctypes.c_size_t: "8 bytes", ctypes.c_int64: "8 bytes", ctypes.c_uint64: "8 bytes", ctypes.c_bool: "bool",
            ctypes.c_double: "double"}.get(t, "4 bytes")


def functions(header):
    plain = re.sub(r"/\*.*?\*/", " ", header, flags=re.S)
    return {name: (kind_of_c(result), [kind_of_c(a) for a in arguments.split(",") if a.strip() != "void"])
            for result, name, arguments in re.findall(r"SDX_API ([\w\s*]*?)\b(sdx_\w+)\(([^)]*)\)", plain)}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        header = f.read()
    wrong = []
    here = facts_here()
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "abi.c"), os.path.join(folder, "abi")
        with open(source, "w") as f:
            f.write(program(here))
        subprocess.run([*(sys.argv[2:] or ["cc"]), "-std=c11", "-Wall", "-Werror", "-I", os.path.dirname(sys.argv[1]),
                        source, "-o", out], check=True)
        printed = subprocess.run([out], check=True, stdout=subprocess.PIPE, text=True).stdout
    there = dict(line.split(" ", 1) for line in printed.splitlines())
    wrong += [f"{fact}: {here[fact]} here, {there.get(fact)} in C" for fact in here if here[fact] != there.get(fact)]
    for name, struct in structs():
        if [f for f, _ in struct._fields_] != fields_of(header, name):
            wrong.append(f"{name}: the header's fields are {' '.join(fields_of(header, name))}")
    declared = functions(header)
    for name, (result, arguments) in abi.FUNCTIONS.items():
        said = (kind_of_ctypes(result), [kind_of_ctypes(a) for a in arguments])
        if declared.get(name) != said:
            wrong.append(f"{name}: {said} here, {declared.get(name)} in C")
    wrong += [f"{name} is declared, and neither called nor among those that are left out"
              for name in declared if name not in abi.FUNCTIONS and name not in abi.NOT_CALLED]
    wrong += [f"{name} is left out and not declared" for name in abi.NOT_CALLED if name not in declared]
    for line in wrong:
        print(line)
    print(f"{len(here)} sizes, offsets and numbers, {len(abi.FUNCTIONS)} functions: {len(wrong)} differ")
    sys.exit(len(wrong) > 0)


main()

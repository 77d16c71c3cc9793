#!/usr/bin/env python3
"""Holds every schema row of the implemented operators against onnx.defs.

usage: registry_test.py REGISTRY        REGISTRY: the program made of registry.c

For each operator of a standard domain: the same versions, and for each of them the same inputs and outputs
(name, optional or variadic, least number, type), attributes (kind, required, default), type sets and
deprecation.  The reader of the rows below is independent of the library's.
"""
import re
import struct
import subprocess
import sys

from onnx import defs, helper

SHORT = {"float": "f32", "double": "f64", "float16": "f16", "bfloat16": "bf16", "string": "str", "bool": "bool",
         "complex64": "c64", "complex128": "c128", "float8e4m3fn": "f8e4m3fn", "float8e4m3fnuz": "f8e4m3fnuz",
         "float8e5m2": "f8e5m2", "float8e5m2fnuz": "f8e5m2fnuz", "float8e8m0": "f8e8m0", "float4e2m1": "f4e2m1",
         "float6e2m3": "f6e2m3", "float6e3m2": "f6e3m2"}
for width in (2, 4, 8, 16, 32, 64):
    SHORT[f"int{width}"], SHORT[f"uint{width}"] = f"i{width}", f"u{width}"

FLOAT, INT, UINT = ["f16", "f32", "f64"], ["i8", "i16", "i32", "i64"], ["u8", "u16", "u32", "u64"]
GROUPS = {"float": FLOAT, "int": INT, "uint": UINT, "numeric": FLOAT + INT + UINT,
          "all": FLOAT + INT + UINT + ["bool", "str", "c64", "c128"]}
# What each IR version added to "all types".
for name, before, new in (("all4", "all", "bf16"), ("all9", "all4", "f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz"),
                          ("all10", "all9", "u4 i4"), ("all11", "all10", "f4e2m1"), ("all12", "all11", "f8e8m0"),
                          ("all13", "all12", "u2 i2")):
    GROUPS[name] = GROUPS[before] + new.split()

# What onnxruntime registers in the standard's own domain, and files hold.
NAMESAKES = {"SimplifiedLayerNormalization"}

KINDS = {"INT": "int", "INTS": "ints", "FLOAT": "float", "FLOATS": "floats", "STRING": "string",
         "STRINGS": "strings", "TENSOR": "tensor", "GRAPH": "graph", "SPARSE_TENSOR": "sparse",
         "TYPE_PROTO": "type"}


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


# ---- the standard's side ----

def short(text):
    """tensor(float16) → f16, seq(tensor(int8)) → seq(i8), map(int64, tensor(float)) → map(i64,f32)."""
    found = re.match(r"(tensor|seq|optional|map|sparse_tensor)\((.*)\)$", text.strip())
    if not found:
        return SHORT[text.strip()]
    kind, inner = found.groups()
    if kind == "tensor":
        return SHORT[inner]
    if kind == "map":
        key, value = inner.split(",", 1)
        return f"map({short(key)},{short(value)})"
    return {"seq": "seq", "optional": "opt", "sparse_tensor": "sparse"}[kind] + f"({short(inner)})"


def standard_value(attribute):
    default = attribute.default_value
    if not default or not default.type:
        return "required" if attribute.required else None
    value = helper.get_attribute_value(default)
    as_text = [v.decode() if isinstance(v, bytes) else v
               for v in (value if isinstance(value, (list, tuple)) else [value])]
    if not isinstance(value, (str, bytes, int, float)):
        as_text = [v.decode() if isinstance(v, bytes) else v for v in value]
    return [f32(v) if KINDS[attribute.type.name].startswith("float") else v for v in as_text]


def standard(schema):
    types = {c.type_param_str: frozenset(map(short, c.allowed_type_strs)) for c in schema.type_constraints}

    def parameter(p):
        option = p.option.name
        least = p.min_arity if option == "Variadic" else 0
        same = p.is_homogeneous if option == "Variadic" else True
        kind = p.type_str if p.type_str in types else short(p.type_str)
        return (p.name, option, least, same, kind)

    return {"inputs": [parameter(p) for p in schema.inputs], "outputs": [parameter(p) for p in schema.outputs],
            "attributes": {a.name: (KINDS[a.type.name], standard_value(a)) for a in schema.attributes.values()},
            "types": types, "deprecated": schema.deprecated}


# ---- our side ----

def members(text):
    """A group or a type, inside seq() and the like too: the set of types it stands for."""
    found = re.match(r"(seq|opt|sparse)\((.*)\)$", text)
    if found:
        return {f"{found[1]}({t})" for t in members(found[2])}
    return set(GROUPS.get(text, [text]))


def our_value(kind, rest):
    if rest in ("", "!"):
        return "required" if rest else None
    text = rest[1:]
    parts = text[1:-1].split(",") if text.startswith("[") and kind.endswith("s") else [text]
    parts = [] if parts == [""] and kind.endswith("s") else parts
    convert = {"int": int, "ints": int, "float": f32, "floats": f32}.get(kind, str)
    return [convert(p) for p in parts]


def our_parameter(text):
    found = re.match(r"([\w.]+)([?+*]?):(.*?)(\*?)$", text)
    option = {"": "Single", "?": "Optional", "+": "Variadic", "*": "Variadic"}[found[2]]
    return (found[1], option, 1 if found[2] == "+" else 0, not found[4], found[3])


def ours(signature, attributes, types, deprecated):
    signature = signature.partition(" |")[0]
    left, _, right = signature.partition("->")
    facts = {"inputs": [our_parameter(p) for p in left.split()],
             "outputs": [our_parameter(p) for p in right.split()],
             "attributes": {}, "types": {}, "deprecated": deprecated}
    for text in re.findall(r"\w+:\w+(?:=\[[^]]*\]|=\S*|!)?", attributes):
        name, kind, rest = re.match(r"(\w+):(\w+)(.*)$", text).groups()
        facts["attributes"][name] = (kind, our_value(kind, rest))
    for constraint in filter(None, (t.strip() for t in types.split(";"))):
        name, _, allowed = constraint.partition(":")
        facts["types"][name.strip()] = frozenset().union(*map(members, allowed.split()))
    return facts


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    schemas = {}
    for schema in defs.get_all_schemas_with_history():
        schemas.setdefault((schema.domain, schema.name), {})[schema.since_version] = schema
    printed = subprocess.run([sys.argv[1]], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows, foreign, wrong = {}, 0, 0
    for line in printed.splitlines():
        domain, name, since, deprecated, source, signature, attributes, types = line.split("\t")
        domain = "" if domain == "ai.onnx" else domain
        if (domain, name) not in schemas:
            foreign += 1
            if name not in NAMESAKES and domain in ("", "ai.onnx.ml", "ai.onnx.preview",
                                                    "ai.onnx.preview.training"):
                print(f"{source}: {domain or 'ai.onnx'} has no operator {name}")
                wrong += 1
            continue
        rows.setdefault((domain, name), {})[int(since)] = (source, ours(signature, attributes, types,
                                                                        deprecated == "1"))
    for key, versions in sorted(rows.items()):
        for since in sorted(versions.keys() | schemas[key].keys()):
            title = f"{key[0]}{':' if key[0] else ''}{key[1]}-{since}"
            if since not in versions or since not in schemas[key]:
                print(f"{title}: {'only here' if since in versions else 'has no row'}")
                wrong += 1
                continue
            source, here = versions[since]
            there = standard(schemas[key][since])
            for column, value in there.items():
                if here[column] != value:
                    print(f"{title} ({source}): {column} {here[column]}, the standard's {value}")
                    wrong += 1
    count = sum(map(len, rows.values()))
    print(f"registry: {len(rows)} operators in {count} versions equal the standard's but for {wrong} differences; "
          f"{foreign} rows of other domains")
    sys.exit(wrong != 0 or count == 0)


main()

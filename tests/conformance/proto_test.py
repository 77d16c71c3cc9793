#!/usr/bin/env python3
"""Holds proto/onnx.proto against the descriptors of the pip package onnx.

usage: proto_test.py PROTO

Every message, field (number, label, type, packing, oneof), reserved range and enum value of either side
must be in the other.  Order and comments are our own.
"""
import os
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2
from onnx import onnx_data_pb2, onnx_ml_pb2


def ours(path):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "onnx.desc")
        subprocess.run(["protoc-c", "--proto_path", os.path.dirname(path) or ".",
                        "--descriptor_set_out", out, path], check=True)
        files = descriptor_pb2.FileDescriptorSet()
        with open(out, "rb") as f:
            files.ParseFromString(f.read())
    return list(files.file)


def theirs():
    files = []
    for module in (onnx_ml_pb2, onnx_data_pb2):
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        files.append(file)
    return files


def facts_of_message(message, scope, facts):
    name = f"{scope}.{message.name}"
    facts[f"message {name}"] = ""
    for field in message.field:
        oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
        facts[f"field {name}.{field.name}"] = (
            f"number {field.number}, {field.Label.Name(field.label)}, {field.Type.Name(field.type)} "
            f"{field.type_name}, packed {field.options.packed}, oneof '{oneof}', "
            f"default '{field.default_value}'")
    for r in message.reserved_range:
        for number in range(r.start, r.end):
            facts[f"reserved {name} {number}"] = ""
    for reserved in message.reserved_name:
        facts[f"reserved {name} {reserved}"] = ""
    for enum in message.enum_type:
        facts_of_enum(enum, name, facts)
    for nested in message.nested_type:
        facts_of_message(nested, name, facts)


def facts_of_enum(enum, scope, facts):
    for value in enum.value:
        facts[f"enum {scope}.{enum.name}.{value.name}"] = f"number {value.number}"


def facts_of(files):
    facts = {}
    for file in files:
        facts[f"package {file.package}"] = file.syntax or "proto2"
        for enum in file.enum_type:
            facts_of_enum(enum, file.package, facts)
        for message in file.message_type:
            facts_of_message(message, file.package, facts)
    return facts


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here, there = facts_of(ours(sys.argv[1])), facts_of(theirs())
    wrong = 0
    for key in sorted(here.keys() | there.keys()):
        if here.get(key) != there.get(key):
            print(f"{key}: ours {here.get(key, 'absent')!r}, the standard's {there.get(key, 'absent')!r}")
            wrong += 1
    print(f"{len(there)} facts of the standard, {wrong} differ")
    sys.exit(wrong != 0)


main()

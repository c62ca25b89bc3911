#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the public headers and the built library promise to binaries, as text.

    abi.py exports LIBRARY             the symbols that it exports, sorted
    abi.py layout COMPILER INCLUDE     sizes, offsets, enum values, constants and signatures of the public headers

The layout is read from the debug information of an object that includes the headers, so it is what the compiler does.
scripts/refresh-abi writes both lists, which the tests compare with.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NOT_CONSTANTS = re.compile(r"VORDEC_(API|PLUGIN_EXPORT|\w+_H)$")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options).stdout


def exports(library):
    return sorted(line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines())


# ---- debug information


class Entry:
    """One entry of the debug information: a type, a member, an enumerator, a variable .."""

    def __init__(self, depth, offset, tag):
        self.depth, self.offset, self.tag = depth, offset, tag
        self.attributes, self.children = {}, []

    def get(self, attribute, default=None):
        return self.attributes.get("DW_AT_" + attribute, default)

    def named(self, tag):
        return [child for child in self.children if child.tag == "DW_TAG_" + tag]


def read_entries(text):
    """All entries by offset, children in their parents, from the output of readelf --debug-dump=info."""
    entries, path = {}, []
    for line in text.splitlines():
        head = re.match(r" *<(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \((\w+)\)", line)
        if head:
            entry = Entry(int(head[1]), int(head[2], 16), head[3])
            entries[entry.offset] = entry
            del path[entry.depth:]
            if path:
                path[-1].children.append(entry)
            path.append(entry)
            continue
        attribute = re.match(r" *<[0-9a-f]+> +(DW_AT_\w+) *: (.*)", line)
        if attribute and path:
            value = re.sub(r"^\(.*?\): ", "", attribute[2]).strip()  # "(indirect string, offset: 0x7a): name"
            path[-1].attributes[attribute[1]] = value
    return entries


class Types:
    """Types of a program as C would write them."""

    def __init__(self, entries):
        self.entries = entries

    def of(self, entry):
        reference = entry.get("type")
        return self.entries[int(reference.strip("<>"), 16)] if reference else None

    def name(self, entry):
        if entry is None:
            return "void"
        kind = entry.tag.removeprefix("DW_TAG_")
        if kind in ("base_type", "typedef"):
            return entry.get("name")
        if kind in ("structure_type", "enumeration_type"):
            return kind[:4].replace("stru", "struct") + " " + entry.get("name", "(unnamed)")
        target = self.of(entry)
        if kind == "const_type":
            pointer = target is not None and target.tag == "DW_TAG_pointer_type"
            return self.name(target) + " const" if pointer else "const " + self.name(target)
        if kind == "pointer_type":
            if target is not None and target.tag == "DW_TAG_subroutine_type":
                return self.signature(target, "(*)")
            return self.name(target) + (" *" if not self.name(target).endswith("*") else "*")
        if kind == "array_type":
            return self.name(target) + "".join(f"[{self.extent(child)}]" for child in entry.named("subrange_type"))
        raise ValueError(f"abi.py does not know {entry.tag}")

    @staticmethod
    def extent(subrange):
        count = subrange.get("count")
        return int(count) if count else int(subrange.get("upper_bound")) + 1

    def signature(self, entry, name):
        parameters = [self.name(self.of(child)) for child in entry.named("formal_parameter")]
        if entry.named("unspecified_parameters"):
            parameters.append("...")
        return f"{self.name(self.of(entry))} {name}({', '.join(parameters) or 'void'})"


# ---- the headers


def headers(include):
    """The public headers, as names."""
    return sorted(path.name for path in (Path(include) / "vordec").iterdir())


def functions(include):
    """Names of the functions that the headers for hosts declare as exported."""
    text = "".join((Path(include) / "vordec" / name).read_text() for name in headers(include))
    return sorted(re.findall(r"^VORDEC_API [^;(]*?(\w+)\(", text, re.MULTILINE))


def constants(compiler, include):
    source = "".join(f"#include <vordec/{header}>\n" for header in headers(include))
    defined = re.findall(r"^#define (VORDEC_\w+) (.+)$", run(compiler, "-I", include, "-dM", "-E", "-xc", "-",
                                                               input=source), re.MULTILINE)
    return sorted((name, value) for name, value in defined if not NOT_CONSTANTS.match(name))


def compile_entries(compiler, include):
    """Debug information of the headers, with a pointer to each function so that its signature is in it."""
    source = "".join(f"#include <vordec/{header}>\n" for header in headers(include))
    source += "".join(f"__typeof__({name}) *pointer_to_{name};\n" for name in functions(include))
    with tempfile.TemporaryDirectory(prefix="vordec-abi-") as folder:
        path = Path(folder) / "headers.c"
        path.write_text(source)
        run(compiler, "-std=gnu11", "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-I", include, "-c", path,
            "-o", path.with_suffix(".o"))
        return read_entries(run("readelf", "--debug-dump=info", path.with_suffix(".o")))


def describe_enum(entry):
    yield f"enum {entry.get('name')}, {entry.get('byte_size')} bytes"
    for value in entry.named("enumerator"):
        yield f"  {value.get('name')} = {value.get('const_value')}"


def describe_struct(types, entry):
    yield f"struct {entry.get('name')}, {entry.get('byte_size')} bytes"
    for member in entry.named("member"):
        yield f"  {member.get('data_member_location')}: {member.get('name')}: {types.name(types.of(member))}"


def layout(compiler, include):
    entries = compile_entries(compiler, include)
    types = Types(entries)
    enums, typedefs, structs, signatures = {}, {}, {}, {}
    for entry in entries.values():
        name = entry.get("name", "")
        if entry.tag == "DW_TAG_enumeration_type" and name.startswith("vordec_"):
            enums[name] = describe_enum(entry)
        elif entry.tag == "DW_TAG_structure_type" and name.startswith("vordec_") and not entry.get("declaration"):
            structs[name] = describe_struct(types, entry)
        elif entry.tag == "DW_TAG_typedef" and name.startswith("vordec_"):
            typedefs[name] = [f"{name} = {types.name(types.of(entry))}"]
        elif entry.tag == "DW_TAG_variable" and name.startswith("pointer_to_"):
            function = types.of(types.of(entry))
            signatures[name] = [types.signature(function, name.removeprefix("pointer_to_"))]
    lines = [f"{name} = {value}" for name, value in constants(compiler, include)]
    for group in (enums, typedefs, structs, signatures):
        for name in sorted(group):
            lines += group[name]
    return lines


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "exports":
        print("\n".join(exports(sys.argv[2])))
    elif len(sys.argv) == 4 and sys.argv[1] == "layout":
        print("\n".join(layout(sys.argv[2], sys.argv[3])))
    else:
        sys.exit(__doc__)

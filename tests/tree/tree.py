# SPDX-License-Identifier: MIT
"""What holds for the tree as a whole, as functions that name what breaks it.

    tree.py SOURCE BUILD        prints offenders of every rule
"""
import json
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

# Folders whose files must not depend on each other in circles.
LAYERED = ("core", "numerics", "plugins", "science", "trajectories", "formats", "io", "plot", "report", "conformance", "cli")
CODE = (".c", ".cpp", ".h")
# The stages of a decode, which each backend has a file for.
STAGES = ("scatter_lowk", "ifft_lp", "mask", "combine", "readback")
# Files that tools look for under these names, one to a folder.
NAMED_BY_TOOLS = ("CMakeLists.txt", "README.md", ".gitignore", "__init__.py", "__main__.py")
# Copies of what the tree once was, under the names that it had.
FROZEN = Path("tests/abi/frozen")
# The innermost loops, built once for each instruction set.
KERNELS = ("flow_kernel.c", "planes_kernel.c", "product.c")


def files(source):
    """All files of the tree as paths relative to it: what git has, or will have once it is told."""
    done = subprocess.run(["git", "-C", source, "ls-files", "--cached", "--others", "--exclude-standard"],
                          capture_output=True, text=True)
    if done.returncode:
        found = [path.relative_to(source) for path in Path(source).rglob("*") if path.is_file()]
        return sorted(path for path in found if path.parts[0] not in ("build", ".git"))
    return sorted({Path(line) for line in done.stdout.splitlines() if (Path(source) / line).is_file()})


# ---- each source once


def output_of(entry):
    """The object file: only newer generators say so in a field of its own."""
    words = shlex.split(entry["command"])
    return entry.get("output") or words[words.index("-o") + 1]


def objects(source, build):
    """Sources of the tree and the objects that the build makes of each."""
    made = defaultdict(set)
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(Path(source).resolve()):
            made[path.relative_to(Path(source).resolve())].add(output_of(entry))
    return made


def compiled_twice(source, build):
    """Sources that are compiled for more than one target, each with its objects."""
    return {str(path): sorted(made) for path, made in objects(source, build).items()
            if len(made) > 1 and path.name not in KERNELS}


# ---- no circles


def include_folders(source, build):
    """Folders of the tree that any target looks for headers in."""
    folders = {Path(source).resolve()}
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        for word in re.findall(r"-I\s*(\S+)", entry["command"]):
            folder = (Path(entry["directory"]) / word).resolve()
            if folder.is_relative_to(Path(source).resolve()):
                folders.add(folder)
    return sorted(folders, key=lambda folder: (len(folder.parts), folder))


def node(path):
    """x.c and x.h are one."""
    return str(path.with_suffix(""))


def dependencies(source, build):
    """Each file without its suffix, and the others that it includes."""
    root = Path(source).resolve()
    listed = {root / path for path in files(source) if path.parts[0] in LAYERED and path.suffix in CODE}
    folders = include_folders(source, build)
    graph = defaultdict(set)
    for path in sorted(listed):
        own = node(path.relative_to(root))
        graph[own]
        for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', path.read_text(), re.M):
            target = next((folder / name for folder in (path.parent, *folders) if (folder / name).resolve() in listed), None)
            if target:
                graph[own].add(node(target.resolve().relative_to(root)))
        graph[own].discard(own)
    return graph


def circles(graph):
    """One shortest circle through each file that is on any, as lists that begin with their first file by name."""
    found = set()
    for start in graph:
        before, queue = {start: None}, [start]
        while queue:
            here = queue.pop(0)
            if start in graph[here]:
                circle = [here]
                while before[circle[-1]] is not None:
                    circle.append(before[circle[-1]])
                circle.reverse()
                first = circle.index(min(circle))
                found.add(tuple(circle[first:] + circle[:first]))
                break
            for there in sorted(graph[here]):
                if there not in before:
                    before[there] = here
                    queue.append(there)
    return sorted(map(list, found))


# ---- each name once


def language(path):
    if path.suffix in CODE:
        return "C"
    return {".comp": "GLSL", ".glsl": "GLSL", ".py": "Python", ".cmake": "CMake", ".md": "prose"}.get(path.suffix)


def is_stage(path):
    return path.stem in STAGES and path.parts[0] == "plugins"


def named_twice(source):
    """Names of sources, without their suffixes, that stand in more than one folder."""
    places = defaultdict(set)
    for path in files(source):
        if path.name in NAMED_BY_TOOLS or is_stage(path) or path.is_relative_to(FROZEN):
            continue
        if language(path):
            places[language(path), path.stem].add(str(path.parent))
    return {f"{name} ({kind})": sorted(found) for (kind, name), found in sorted(places.items())
            if len(found) > 1}


def main():
    source, build = sys.argv[1:3]
    for path, made in compiled_twice(source, build).items():
        print(f"{path} is compiled for {len(made)} targets: {', '.join(made)}")
    for circle in circles(dependencies(source, build)):
        print(" -> ".join([*circle, circle[0]]))
    for name, found in named_twice(source).items():
        print(f"{name} stands in {', '.join(found)}")


if __name__ == "__main__":
    main()

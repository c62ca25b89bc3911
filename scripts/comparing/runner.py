# SPDX-License-Identifier: MIT
"""Runs each case with both builds and compares what came of it."""

import concurrent.futures
import io
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import zipfile

import numpy as np

from . import normal

SWEEP = pathlib.Path(__file__).with_name("sweep.py")


class Tally:
    """What was compared, and what differs. Kinds: result (an error), message, text, memory, picture (told, no error)."""

    def __init__(self, quiet=False):
        self.runs = self.files = self.hashes = self.sweeps = self.resumes = 0
        self.differences = []
        self.quiet = quiet
        self._lock = threading.Lock()

    def add(self, kind, case, what, detail=""):
        with self._lock:
            self.differences.append((kind, case, what, detail))
            if kind == "result" and not self.quiet:
                print(f"compare-builds: {case}: {what}: {detail}"[:600], file=sys.stderr, flush=True)

    def count(self, **counts):
        with self._lock:
            for name, value in counts.items():
                setattr(self, name, getattr(self, name) + value)

    def of(self, kind):
        return [difference for difference in self.differences if difference[0] == kind]


# ---- files

def npz_difference(old, new):
    """Which members of two archives differ, and by how much."""
    try:
        a, b = np.load(io.BytesIO(old)), np.load(io.BytesIO(new))
        if a.files != b.files:
            return f"members {a.files}, {b.files}"
        parts = []
        for name in a.files:
            x, y = a[name], b[name]
            if x.dtype != y.dtype or x.shape != y.shape:
                parts.append(f"{name}: {x.dtype} {x.shape}, {y.dtype} {y.shape}")
            elif x.tobytes() != y.tobytes():
                unequal = np.frombuffer(x.tobytes(), "u1") != np.frombuffer(y.tobytes(), "u1")
                furthest = float(np.max(np.abs(x.astype("f8") - y.astype("f8")))) if x.size else 0.0
                parts.append(f"{name}: {int(unequal.sum())} bytes, at most {furthest:.3g} apart")
        return "; ".join(parts) or "the archives alone, not their members"
    except (ValueError, OSError, zipfile.BadZipFile) as problem:
        return str(problem)


def leaves_differences(old, new):
    """Yields (kind, path, old value, new value)."""
    for kind, left in old.items():
        right = new[kind]
        for path in sorted(set(left) | set(right)):
            if left.get(path) != right.get(path):
                yield kind, path, left.get(path), right.get(path)


def compare_json(tally, case, name, texts, builds):
    """False if they are no JSON."""
    leaves = [normal.json_leaves(text, build, name) for text, build in zip(texts, builds)]
    if None in leaves:
        return False
    tally.count(hashes=normal.count_hashes(leaves[0]))
    for kind, path, old, new in leaves_differences(*leaves):
        tally.add(kind, case, f"{name}: {path}", f"{old} -> {new}")
    return True


def compare_files(tally, case, folders, builds):
    names = [sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) for folder in folders]
    if names[0] != names[1]:
        tally.add("result", case, "files", f"{names[0]} -> {names[1]}")
    for name in sorted(set(names[0]) & set(names[1])):
        old, new = ((folder / name).read_bytes() for folder in folders)
        tally.count(files=1)
        if name.endswith(".json"):
            texts = [data.decode(errors="replace") for data in (old, new)]
            if compare_json(tally, case, name, texts, builds):
                continue
        if name.endswith("_journal"):
            continue  # it records versions, and hashes of that; resume.py looks at what it is good for
        if name.endswith(".csv") and normal.table(old) == normal.table(new):
            continue
        if name.endswith(".png") and old != new:
            tally.add("picture", case, name, "other pixels")
        elif old != new:
            tally.add("result", case, name, npz_difference(old, new) if name.endswith(".npz") else
                      f"{len(old)} bytes -> {len(new)} bytes, or other ones")


def first_difference(builds):
    """What resume.py asks: of two folders that the builds given made, the first difference of a result, or None."""
    def compare(old, new):
        tally = Tally(quiet=True)
        compare_files(tally, "", (old, new), builds)
        found = tally.of("result")
        return f"{found[0][2]}: {found[0][3]}" if found else None
    return compare


# ---- cases

def lines_difference(old, new):
    left, right = old.splitlines(), new.splitlines()
    for index in range(max(len(left), len(right))):
        a, b = (lines[index] if index < len(lines) else "(nothing)" for lines in (left, right))
        if a != b:
            return f"{a.strip()!r} -> {b.strip()!r}"
    return "line ends"


def prose(text):
    """A text without its line breaks and the escapes of a manual page: another word in it breaks lines elsewhere."""
    return normal.name_transform(text.replace("\\-", "-")).split()


def prose_difference(old, new):
    """The first words that differ, with a few around them; None: they are the same."""
    left, right = prose(old), prose(new)
    if left == right:
        return None
    at = next((i for i, pair in enumerate(zip(left, right)) if pair[0] != pair[1]), min(len(left), len(right)))
    return " -> ".join(repr(" ".join(words[max(at - 4, 0) : at + 8])) for words in (left, right))


def fill(command, build, places):
    for key, value in {**places, "pruned": build.pruned, "ini": places["ini"] / build.label}.items():
        command = [word.replace("{" + key + "}", str(value)) for word in command]
    return command


def run_case(case, build, folder, places):
    folder.mkdir(parents=True)
    done = []
    for command in case.commands:
        try:
            done.append(build.run(fill(command, build, places), folder))
        except subprocess.TimeoutExpired as problem:
            done.append(subprocess.CompletedProcess(command, "time-out", "", str(problem)))
    return done


def clean(text, build, places, here):
    for place, name in ((here, "<HERE>"), (places["ini"] / build.label, "<INI>"), (places["in"], "<IN>")):
        text = text.replace(str(place), name)
    return normal.words(text, build)


def compare_case(tally, case, outcomes, folders, builds, places):
    before = len(tally.of("result"))
    for index, (old, new) in enumerate(zip(*outcomes)):
        name = case.name if len(case.commands) == 1 else f"{case.name} [{' '.join(case.commands[index])}]"
        tally.count(runs=2)
        if old.returncode != new.returncode:
            tally.add("result", name, "exit code", f"{old.returncode} -> {new.returncode}; {new.stderr.strip()[-200:]}")
        for stream in ("stdout", "stderr"):
            texts = [getattr(done, stream) for done in (old, new)]
            if texts[0][:1] in ("[", "{") and compare_json(tally, name, stream, texts, builds):
                continue
            words = [clean(text, build, places, here) for text, build, here in zip(texts, builds, folders)]
            if case.text:
                difference = prose_difference(*words)
            else:
                difference = lines_difference(*words) if words[0] != words[1] else None
            if difference:
                tally.add("text" if case.text else "message", name, stream, difference)
    compare_files(tally, case.name, folders, builds)
    return len(tally.of("result")) == before


def run_cases(tally, cases, builds, folder, places, jobs):
    """All cases, with two processes at a time; what differs is left on disk."""
    def both(number, case):
        folders = [folder / f"{number:04}" / build.label for build in builds]
        outcomes = [run_case(case, build, place, places) for build, place in zip(builds, folders)]
        if compare_case(tally, case, outcomes, folders, builds, places):
            shutil.rmtree(folders[0].parent)
        else:
            (folders[0].parent / "case.txt").write_text(case.name + "\n")

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(both, number, case) for number, case in enumerate(cases)]
        for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
            future.result()
            if sys.stderr.isatty():
                print(f"\r{done} of {len(cases)} cases", end="", file=sys.stderr, flush=True)


# ---- sweeps

def sweep(tally, builds, places, backend, count, shapes, device, jobs):
    """Both builds through sweep.py, in as many parts as there are jobs."""
    if any(build.python is None or build.libvordec is None for build in builds):
        tally.add("message", f"sweep {backend}", "left out", "a build without its Python package")
        return
    parts = jobs if backend == "cpu" else 1  # on a software device a process compiles what the other one does, too

    def work(build, part):
        arguments = [sys.executable, SWEEP, places["in"], "--backend", backend, "--pruned", build.pruned,
                     "--count", str(count), "--shapes", str(shapes), "--part", f"{part}/{parts}"]
        return subprocess.run(arguments + (["--device", device] if device else []), env=build.python_environment(),
                              capture_output=True, text=True, check=False)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [[pool.submit(work, build, part) for part in range(parts)] for build in builds]
        done = [[future.result() for future in group] for group in futures]
    for old, new in zip(*done):
        compare_sweeps(tally, f"sweep {backend}", old, new, builds)


def compare_sweeps(tally, name, old, new, builds):
    for result, build in ((old, builds[0]), (new, builds[1])):
        if result.returncode:
            tally.add("result", name, f"{build.label} build", f"exit code {result.returncode}: {result.stderr.strip()[-400:]}")
    tables = [{line.split("\t", 1)[0]: line for line in result.stdout.splitlines()} for result in (old, new)]
    for index in tables[0].keys() | tables[1].keys():
        left, right = (table.get(index, index) for table in tables)
        tally.count(sweeps=1, hashes=len(re.findall(r"\t[0-9a-f]{24,}", left)))
        if left != right or "UNSTEADY" in left:
            words = zip(left.split("\t"), right.split("\t"))
            changed = ", ".join(f"{a} -> {b}" for a, b in words if a != b)
            tally.add("result", f"{name} {' '.join(left.split(chr(9))[:4])}", "values", changed or "repeats differ")


# ---- resumes and texts

def run_resumes(tally, resumes, builds, folder, jobs):
    """(`whole`, what resume.py compares with, comes from the old build; what went on, from the new one.)"""
    def work(number, item):
        place = folder / f"resume{number}"
        good = True
        for what, problem in item.run(*builds, place, first_difference(builds)):
            tally.count(resumes=1)
            if problem:
                good = False
                tally.add("result", item.name, what, problem)
        if good:
            shutil.rmtree(place)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(work, number, item) for number, item in enumerate(resumes)]:
            future.result()


def compare_texts(tally, builds):
    old, new = (build.texts() for build in builds)
    if not old or not new:
        return  # a build without its texts
    for name in sorted(set(old) | set(new)):
        if name not in old or name not in new:
            tally.add("text", "manual and completions", name, "only one build has it")
            continue
        words = [normal.words(texts[name], build) for texts, build in ((old, builds[0]), (new, builds[1]))]
        tally.count(files=1)
        if difference := prose_difference(*words):
            tally.add("text", "manual and completions", name, difference)

# SPDX-License-Identifier: MIT
"""Fails one allocation of the command after the other (failing_malloc.c), in whatever code makes it, and checks what
became of the run: its exit code, its message, its files, its memory. scripts/faults runs all of them."""

import argparse
import collections
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

OURS = "main,vordec,libvordec,decode_"
PATIENCE_S = 60
FATAL = ("libfftw3", "libgfortran", "libpixman")
JOURNAL, RECORD = "snapshot_journal", "snapshot_run.json"
TEMPORARY = re.compile(r"(^|/)\.vordec-[0-9a-f]{16}\.tmp$")
VOLATILE = re.compile(r"_ms$|^run_ts$|^rollout_s$|^ns_per_step$|^steps_per_sec$|^rss_max_mb$|^(min|max|median)_|"
                      r"^bytes_per_second$|^fraction_of_|^timings_ms$|^plan$|bandwidth|_per_s$|^elapsed|^seconds$")


def steady(value):
    """A JSON value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if not VOLATILE.search(key)}
    if isinstance(value, list):
        return [steady(item) for item in value]
    return value


def content(path):
    """What must be the same in a file whenever a run has succeeded."""
    if path.suffix == ".json":
        value = steady(json.loads(path.read_text()))
        if path.name == RECORD:  # the hash of what was measured is another one each time
            value["files"] = [{**file, "hash": None, "bytes": None} if "metrics" in json.dumps(file) else file
                              for file in value["files"]]
        return value
    if path.suffix == ".npz":
        with np.load(path) as data:
            return {key: (value.dtype.str, value.shape, value.tobytes()) for key, value in data.items()}
    return path.read_bytes()


def has_nameless_files(folder):
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600))
    except OSError:
        return False
    return True


def without_numbers(text):
    return re.sub(r"[0-9.]+", "#", text)


class Case:
    """A command line; {in} in it stands for the folder of inputs. `makes` are files that it makes, among others."""

    def __init__(self, name, *arguments, makes=(), kind="memory", threads=1, steady_stdout=True, accounts=()):
        self.name, self.arguments, self.makes = name, [str(argument) for argument in arguments], makes
        self.kind, self.threads, self.steady_stdout = kind, threads, steady_stdout
        self.accounts = accounts  # files that say what a failed run did, too
        self.outputs = ()  # all files; the undisturbed run tells


class Outcome:
    def __init__(self, code, stdout, stderr, report):
        self.code, self.stdout, self.stderr, self.report = code, stdout, stderr, report

    def number(self, key):
        return int(self.report.get(key, "0"))


class Runner:
    def __init__(self, command, preload, inputs, folder):
        self.command, self.preload = command, preload
        self.inputs, self.folder = pathlib.Path(inputs), pathlib.Path(folder)
        self.report_file, self.sites_file = self.folder / "report", self.folder / "sites"
        self.work = self.folder / "work"

    def run(self, case, index=0, sites=False, old=False):
        """Runs the command in an empty folder, or one where each output stands already (old)."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.report_file.unlink(missing_ok=True)
        for name in case.outputs if old else ():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_bytes(b"old")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("VORDEC_")}
        environment.update(
            LD_PRELOAD=str(self.preload), OPENBLAS_NUM_THREADS=str(case.threads), VORDEC_FAULT_OURS=OURS,
            VORDEC_FAULT_KIND=case.kind, VORDEC_FAULT_INDEX=str(index), VORDEC_FAULT_REPORT=str(self.report_file),
            VK_DRIVER_FILES="/nonexistent", VK_ICD_FILENAMES="/nonexistent", LC_ALL="C")
        if sites:
            environment["VORDEC_FAULT_SITES"] = str(self.sites_file)
        arguments = [argument.replace("{in}", str(self.inputs)) for argument in case.arguments]
        process = subprocess.Popen([self.command, *arguments], cwd=self.work, env=environment, text=True, errors="replace",
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            stdout, stderr = process.communicate(timeout=PATIENCE_S)
            code = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
            code = "hang"
        return Outcome(code, stdout, stderr, self.read_report())

    def read_report(self):
        report = {"leaks": []}
        if not self.report_file.exists():
            return report
        for line in self.report_file.read_text().splitlines():
            key, _, rest = line.partition(" ")
            if key == "live":
                library, _, count = rest.partition(" ")
                report[f"live {library}"] = count
            elif key == "leak":
                report["leaks"].append(rest)
            else:
                report[key] = rest
        return report

    def files(self):
        return {str(path.relative_to(self.work)): path for path in self.work.rglob("*") if path.is_file()}

    def contents(self):
        return {name: content(path) for name, path in self.files().items()}


class Baseline:
    """Runs that nothing disturbs."""

    def __init__(self, runner, case):
        first = runner.run(case)
        if first.code != 0 or not first.report:
            raise SystemExit(f"{case.name}: the undisturbed run ends with {first.code}: {first.stderr}")
        self.contents, self.code = runner.contents(), first.code
        if not set(case.makes) <= set(self.contents):
            raise SystemExit(f"{case.name}: makes {sorted(self.contents)}, not {sorted(case.makes)}")
        case.outputs = tuple(sorted(self.contents))
        outcome = runner.run(case, sites=True)
        self.stdout = outcome.stdout
        self.calls = outcome.number("calls")
        self.sites = [line.split() for line in runner.sites_file.read_text().splitlines()]
        self.live = {key: int(value) for key, value in outcome.report.items() if key.startswith("live ")}
        self.ours = outcome.number("ours")


def select(baseline, limit):
    """All calls; with a limit, about so many: evenly spread over the first calls of all stacks there are, but few of those
    in libraries that end the process whichever call it is."""
    if not limit:
        return list(range(1, baseline.calls + 1))
    seen, firsts, fatal = set(), [], []
    for number, (stack, library) in enumerate(baseline.sites, 1):
        if stack not in seen:
            (fatal if library.startswith(FATAL) else firsts).append(number)
        seen.add(stack)
    step, fatal_step = (max(1, -(-len(some) // count)) for some, count in ((firsts, limit), (fatal, 3)))
    return sorted(firsts[::step] + fatal[::fatal_step])


def check_files(case, baseline, runner, old, killed):
    """Each output is as it was before the run or as an undisturbed run leaves it; nothing else is there, but the journal
    of snapshots that did not come to their end, in place of the record of those that did. Only a killed run may leave
    temporary files, and only where they need a name. Returns what is wrong, and whether all outputs are there."""
    files, wrong, same = runner.files(), [], True
    named = killed and not has_nameless_files(runner.work)
    stray = {name for name in set(files) - set(case.outputs) if not (named and TEMPORARY.search(name))}
    if RECORD in case.outputs and RECORD not in files:
        stray.discard(JOURNAL)
    if stray:
        wrong.append(f"left behind: {', '.join(sorted(stray))}")
    for name in case.outputs:
        if name not in files:
            same = False
            if old and name != RECORD:
                wrong.append(f"{name}: gone")
            continue
        if files[name].read_bytes() == b"old" and old:
            same = False
            continue
        try:
            if content(files[name]) != baseline.contents[name]:
                same = False
                if name not in case.accounts:
                    wrong.append(f"{name}: another result")
        except Exception as error:  # whatever a reader makes of a file that is not whole
            same = False
            wrong.append(f"{name}: not whole: {error}")
    return wrong, same


def complain(case, baseline, runner, index, outcome, old):
    """What is wrong with a disturbed run, as a list of words; and how it ended."""
    if outcome.code == "hang":
        return ["hang"], "hang"
    if "calls" in outcome.report and outcome.number("failed") == 0:
        return [], "not reached"
    wrong, same = check_files(case, baseline, runner, old, "calls" not in outcome.report)
    if outcome.code < 0:
        return [f"killed by {signal.Signals(-outcome.code).name}", *wrong], "crash"
    if "calls" not in outcome.report:
        return [f"ended with {outcome.code} by a library's exit", *wrong], "crash"
    if outcome.number("ours") > baseline.ours:
        wrong.append(f"leak: {', '.join(outcome.report['leaks'][:3])}")
    if outcome.code == baseline.code:
        if not same:
            wrong.append("success without its results")
        elif case.steady_stdout and outcome.stdout != baseline.stdout:
            wrong.append("success, but another standard output")
        return wrong, "done without"
    if outcome.code != 1:
        wrong.append(f"exit code {outcome.code}")
    lines = [line for line in outcome.stderr.splitlines()
             if line.startswith("vordec") and not line.startswith("vordec: warning: ")]
    if not lines:
        wrong.append("no message")
    elif not re.search("memory", outcome.stderr, re.IGNORECASE) and case.kind == "memory":
        wrong.append("message without the cause")
    elif len(lines) > 1:
        wrong.append(f"{len(lines)} messages")
    return wrong, "failed"


def library_of(outcome):
    where = outcome.report.get("where", "").split()
    return [frame.rpartition("+")[0] for frame in where]


class Totals:
    def __init__(self):
        self.endings, self.faults, self.foreign = collections.Counter(), [], collections.Counter()


def fail_calls(case, runner, limit, deadline, verbose):
    baseline = Baseline(runner, case)
    indices = select(baseline, limit)
    totals = Totals()
    started = time.monotonic()
    for position, index in enumerate(indices):
        if deadline and time.monotonic() > deadline:
            break
        old = index % 2 == 1
        outcome = runner.run(case, index=index, old=old)
        wrong, ending = complain(case, baseline, runner, index, outcome, old)
        for key, before in baseline.live.items():
            more = int(outcome.report.get(key, "0")) - before
            if more > 0 and ending != "done without":
                totals.foreign[f"{key[5:]} ({index})"] += 1
        if wrong and is_limit(case, outcome, wrong):
            ending, wrong = f"by {outcome.report['where'].split('.so')[0]}", []
        totals.endings[ending] += 1
        if wrong:
            totals.faults.append((index, wrong, outcome))
            if verbose:
                print(f"{case.name} {index}: {'; '.join(wrong)}\n  at {outcome.report.get('where', baseline.sites[index - 1])}\n"
                      f"  {outcome.stderr.strip()[:300]}", flush=True)
    print(f"{case.name:24} {baseline.calls:6} calls, {sum(totals.endings.values()):6} failed in turn: "
          + ", ".join(f"{count} {what}" for what, count in sorted(totals.endings.items()))
          + f"; {len(totals.faults)} wrong; {time.monotonic() - started:.0f} s", flush=True)
    if totals.foreign:
        print("  libraries that kept more than without a failure:",
              ", ".join(f"{name} {count}x" for name, count in totals.foreign.most_common()), flush=True)
    return totals


CPU = ("--decode-backend", "cpu", "--cpu-threads", 1)
STATE = ("--z0-npz", "{in}/state.npz")
SHARED = ("--decode-devices", "0,0", "--share-devices")
SNAPSHOTS = ("snapshots", "--N", 32, "--steps", 8, "--stride", 8, "--topk-mid", 8, "--out-dir", ".")


def cases():
    timed = {"steady_stdout": False}
    partial = [f"snapshot_{name}" for name in ("metrics.json", "comparison.csv", "series.csv", "series.png", "spectrum.csv",
                                               "spectrum.png")]
    account = {"accounts": (*partial, RECORD), **timed}  # of the snapshots until then
    return [
        Case("config", "config", "--print"),
        Case("config-file", "config", "--effective", "--config", "{in}/vordec.ini"),
        Case("devices", "devices", "--json", "--plugins-path", "{in}/plugins"),
        Case("decode", "decode", *STATE, *CPU, "--out", "f.npz", "--metrics-json", "m.json", "--metrics-hash",
             "z,omega_lp,mask,omega_hat", makes=("f.npz", "m.json"), **timed),
        Case("decode-auto", "decode", *STATE, "--config", "{in}/vordec.ini", "--plugins-path", "{in}/plugins", "--out",
             "f.npz", makes=("f.npz",), **timed),
        Case("decode-fftw", "decode", *STATE, *CPU, "--decode-fft", "fftw", "--residual-synthesis", "on", "--out", "f.npz",
             makes=("f.npz",), **timed),
        Case("decode-shard", "decode", *STATE, *CPU, "--out", "f.npz", "--shard", "0/2", "--metrics-json",
             "m.json", makes=("f.npz.shard-0-of-2.npz", "m.json.shard-0-of-2.json"), **timed),
        Case("decode-png", "decode", *STATE, *CPU, "--out", "f.npz", "--png", "f.png", makes=("f.npz", "f.png"), **timed),
        Case("decode-devices", "decode", *STATE, *CPU, *SHARED, "--out", "f.npz", makes=("f.npz",), **timed),
        Case("parity", "parity", *STATE, "--backends", "cpu", "--json", "--cpu-threads", 1),
        Case("perf-kernel", "perf-kernel", *STATE, "--A-npz", "{in}/A.npz", "--steps", 40, "--decode-every", 10, *CPU,
             "--hash-every", 20, "--metrics-json", "m.json", makes=("m.json",), accounts=("m.json",), **timed),
        Case("simulate", "simulate", "--N", 32, "--steps", 8, "--stride", 4, "--out", "t.npz", "--metrics-json", "m.json",
             "--les-backend", "cpu", "--cpu-threads", 1, makes=("t.npz", "m.json"), accounts=("m.json",)),
        Case("encode", "encode", "--traj-npz", "{in}/traj.npz", "--out", "z.npz", "--topk-mid", 8, makes=("z.npz",)),
        Case("loss", "loss", "--traj", "{in}/traj.npz", "--k-cuts", "4,8", "--mid-cuts", 12, "--kept", 8, "--widths", 5,
             "--topk-mid", 8, "--csv", "l.csv", "--json", "l.json", "--png", "l.png", makes=("l.csv", "l.json", "l.png")),
        Case("learn", "learn", "--states-npz", "{in}/states.npz", "--out", "a.npz", makes=("a.npz",)),
        Case("snapshots", *SNAPSHOTS, *CPU, makes=("snapshot_metrics.json", "snapshot_t00008.png"), **account),
        Case("bench", "bench", "--backend", "cpu", "--sizes", 16, "--fill-mib", 1, "--json", "b.json", "--cpu-threads", 1,
             makes=("b.json",), **timed),
        Case("threads", "decode", *STATE, "--decode-backend", "cpu", "--cpu-threads", 3, "--out", "f.npz", makes=("f.npz",),
             kind="threads", **timed),
        Case("threads-devices", "decode", "--z0-npz", "{in}/states.npz", *CPU, *SHARED, "--decode-batch", 1, "--out", "f.npz",
             makes=("f.npz",), kind="threads", **timed),
        Case("threads-snapshots", *SNAPSHOTS, "--decode-backend", "cpu", "--cpu-threads", 3, kind="threads", threads=3,
             makes=("snapshot_metrics.json",), **account),
        Case("maps-snapshots", *SNAPSHOTS, *CPU, kind="maps", makes=("snapshot_metrics.json",), **account),
    ]


def make_inputs(command, inputs):
    """States, an operator and a trajectory, small and made by the command itself; a folder with one plugin."""
    def call(*arguments):
        subprocess.run([command, *map(str, arguments)], check=True, cwd=inputs, stdout=subprocess.DEVNULL)

    call("simulate", "--N", 32, "--steps", 12, "--stride", 4, "--out", "traj.npz")
    call("encode", "--traj-npz", "traj.npz", "--topk-mid", 8, "--out", "states.npz")
    call("encode", "--traj-npz", "traj.npz", "--topk-mid", 8, "--frame", 0, "--out", "state.npz")
    call("learn", "--states-npz", "states.npz", "--out", "A.npz")
    (inputs / "vordec.ini").write_text("[decode]\nprecision = fp64\n[cpu]\nthreads = 1\n")
    (inputs / "plugins").mkdir()
    plugin = pathlib.Path(command).resolve().parent.parent / "lib" / "vordec" / "decode_cpu.so"
    (inputs / "plugins" / "decode_cpu.so").symlink_to(plugin)


# What libraries do by themselves without memory or threads; docs/faults.md has each. Library, kind, what may come of it.
LIMITS = (
    ("ld-linux", "memory", "ended with 127 by a library's exit"),  # dlopen(), in a part of it that nothing can catch
    ("libgfortran.so", "memory", "ended with 1 by a library's exit"),  # its constructor ..
    ("libgfortran.so", "memory", "leak: "),  # .. which runs when OpenBLAS is loaded, in the middle of a command ..
    ("libgfortran.so", "memory", "no message"),  # .. and says what was short, in words of its own
    ("libpixman-1.so", "memory", "killed by SIGSEGV"),  # its constructor
    ("libfftw3.so", "memory", "killed by SIGABRT"),  # its planner
    ("libfontconfig.so", "memory", "killed by SIGSEGV"),
    ("libfontconfig.so", "memory", ".png: another result"),  # another font
    ("libcairo.so", "memory", "killed by SIGSEGV"),
    ("libcairo.so", "memory", ".png: another result"),  # a line drawn in another way
    ("libfreetype.so", "memory", "message without the cause"),
    ("libfreetype.so", "memory", ".png: another result"),  # text without hinting
)


def is_limit(case, outcome, wrong):
    """All that is wrong is something that a library on the stack is known for."""
    stack = outcome.report.get("where", "")
    known = [consequence for library, kind, consequence in LIMITS if kind == case.kind and library in stack]
    rest = [words for words in wrong if not any(consequence in words for consequence in known)]
    return len(rest) < len(wrong) and set(rest) <= {"success without its results"}


SPACE_STEP_KIB, SPACE_MOST_KIB = 64, 1 << 20


def limit_space(command, inputs):
    """Decodes in ever larger address spaces, from what the command cannot be loaded into to what is enough: whatever does
    not fit, the run ends by itself. Returns the number of runs that were wrong."""
    counts, wrong, room = collections.Counter(), 0, 32 << 10
    while room < SPACE_MOST_KIB:
        def limit(kib=room):
            resource.setrlimit(resource.RLIMIT_AS, (kib << 10, kib << 10))

        with tempfile.TemporaryDirectory(prefix="vordec-space-") as out:
            done = subprocess.run([command, "decode", "--z0-npz", f"{inputs}/state.npz", *map(str, CPU), "--out", f"{out}/f.npz"],
                                  preexec_fn=limit, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
                                  env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "VK_DRIVER_FILES": "/nonexistent"})
            left = os.listdir(out)
        loaded = done.returncode != 127
        counts["decoded" if done.returncode == 0 else "failed" if loaded else "not loaded"] += 1
        if done.returncode == 0:
            break
        if loaded and (done.returncode != 1 or left or "memory" not in done.stderr):
            wrong += 1
            print(f"space of {room} KiB: {done.returncode}, {left}, {done.stderr.strip()[:300]}")
        room += SPACE_STEP_KIB if loaded else 8 * SPACE_STEP_KIB
    print(f"{'space':24} up to {room} KiB: " + ", ".join(f"{count} {what}" for what, count in counts.items()) + f"; {wrong} wrong")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", required=True, help="the vordec command")
    parser.add_argument("--preload", required=True, help="libfailing_malloc.so")
    parser.add_argument("--limit", type=int, default=0, help="at most so many calls a case; 0: all")
    parser.add_argument("--seconds", type=float, default=0, help="stop after so many seconds")
    parser.add_argument("--index", type=int, help="this call alone, with all that the command says")
    parser.add_argument("--list", action="store_true", help="names of the cases")
    parser.add_argument("names", nargs="*", help="cases; default: all")
    options = parser.parse_args()
    chosen = [case for case in cases() if not options.names or case.name in options.names]
    if options.list:
        print("\n".join(case.name for case in chosen))
        return 0
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="vordec-faults-") as folder:
        inputs = pathlib.Path(folder) / "inputs"
        inputs.mkdir()
        options.command, options.preload = (str(pathlib.Path(path).resolve()) for path in (options.command, options.preload))
        make_inputs(options.command, inputs)
        runner = Runner(options.command, options.preload, inputs, folder)
        for case in chosen:
            if options.index is not None:
                outcome = runner.run(case, index=options.index)
                print(outcome.code, outcome.stdout, outcome.stderr, json.dumps(outcome.report, indent=1), runner.files())
                continue
            deadline = time.monotonic() + options.seconds if options.seconds else 0
            totals = fail_calls(case, runner, options.limit, deadline, True)
            wrong += len(totals.faults)
        if not options.names:
            wrong += limit_space(options.command, inputs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: MIT
"""Runs vordec and its peers on the cases of docs/performance.md, one after the other on one machine, and prints ratios.

Whatever cannot run here is named with the reason. Exit code 0 if vordec itself could be timed on anything, else 1.
"""

import argparse
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE / "peers"

GPU_CASES = "8x4096,1x4096,1024x128,64x1024,1x128"
GPU_LARGE_K = "1x4096"
GPU_READBACK = "8x4096"
CPU_CASES = "1x1024,1x128"
GPU_GROWTH = ("1x4096,2x4096,4x4096,8x4096,16x4096,1x1024,4x1024,16x1024,64x1024,256x1024,"
              "64x128,256x128,1024x128,4096x128")
CPU_GROWTH = "1x256,4x256,1x512,4x512,1x1024,4x1024,8x1024,1x2048,2x2048,4x2048"
STEPS = "512,1024"  # N of simulations
GROWTH_FROM = 64 * 2**20  # bytes of output

CUDA = "import torch; assert torch.cuda.is_available(), 'PyTorch sees no CUDA device'"


class Unavailable(Exception):
    """Why a program cannot run here."""


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"


def run_json(command, folder, timeout, **options):
    """Runs a command that writes JSON where --json says; its value."""
    path = folder / "result.json"
    path.unlink(missing_ok=True)
    command = [*map(str, command), "--json", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if done.returncode or not path.exists():
        raise Unavailable(last_line(done.stderr).removeprefix("vordec: "))
    return json.loads(path.read_text(encoding="utf-8"))


# ---- programs

class Program:
    """Times groups of cases that share k_cut and readback."""

    def __init__(self, name, group, timeout):
        self.name, self.group, self.timeout = name, group, timeout

    def prepare(self, folder):
        """Raises Unavailable."""

    def command(self, cases, k_cut, readback):
        raise NotImplementedError

    def time(self, cases, k_cut, readback, folder):
        return run_json(self.command(cases, k_cut, readback), folder, self.timeout)


def handed_over(options):
    """Options of this program that are vordec's."""
    names = (("--config", options.config), ("--fill-mib", options.fill_mib))
    return [word for name, value in names if value for word in (name, value)]


class Vordec(Program):
    def __init__(self, group, backend, options):
        super().__init__("vordec", group, options.timeout)
        self.backend, self.program, self.options = backend, find_vordec(options), options

    def prepare(self, folder):
        if not self.program:
            raise Unavailable("no vordec: build it, or say --vordec PROGRAM")
        command = [self.program, "bench", "--once", "--backend", self.backend, "--cases", "1x64", *self.config()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=self.timeout, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(str(error)) from error
        if done.returncode:
            raise Unavailable(last_line(done.stderr).removeprefix("vordec: "))

    def config(self):
        return handed_over(self.options)

    def command(self, cases, k_cut, readback):
        # The peers on a GPU copy into memory that the device writes by itself; --stream does that, too.
        how = "--readback" if self.backend == "cpu" else "--stream"
        return [self.program, "bench", "--backend", self.backend, "--cases", cases, "--k-cut", k_cut, *self.config(),
                *([how] if readback else [])]

    def draw(self, cases, png, folder):
        command = [*self.command(cases, 8, False), "--png", png]
        return run_json(command, folder, self.timeout)


class Script(Program):
    """A Python peer, under the first interpreter that has what it needs."""

    def __init__(self, name, group, file, needs, timeout, flags=()):
        super().__init__(name, group, timeout)
        self.file, self.needs, self.flags, self.python = file, needs, flags, None

    def prepare(self, folder):
        self.python = python_with(self.needs)

    def command(self, cases, k_cut, readback):
        return [self.python, "-B", PEERS / self.file, "--cases", cases, "--k-cut", k_cut, *self.flags,
                *(["--readback"] if readback else [])]


class FusedCuda(Program):
    """Compiled here by nvcc, or handed over compiled."""

    def __init__(self, program, timeout):
        super().__init__("fused_cuda", "gpu", timeout)
        self.program = program

    def prepare(self, folder):
        if self.program:
            if not os.access(self.program, os.X_OK):
                raise Unavailable(f"{self.program} cannot be executed")
            return
        nvcc = shutil.which("nvcc")
        if not nvcc:
            raise Unavailable("no nvcc, and no --fused-cuda PROGRAM")
        if not shutil.which("nvidia-smi"):
            raise Unavailable("no NVIDIA GPU (no nvidia-smi)")
        self.program = folder / "fused_cuda"
        command = [nvcc, "-O3", "-std=c++17", "-arch=native", PEERS / "fused_cuda.cu", "-o", self.program]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"nvcc: {last_line(done.stderr)}")

    def command(self, cases, k_cut, readback):
        return [self.program, "--cases", cases, "--k-cut", k_cut, *(["--readback"] if readback else [])]


def find_vordec(options):
    if options.vordec:
        return options.vordec
    built = HERE.parent / "build" / "release" / "bin" / "vordec"
    return str(built) if built.exists() else shutil.which("vordec")


# ---- the run

def groups_of(options):
    """(where, cases, k_cut, readback), in the order of the table."""
    groups = []
    if options.gpu_cases:
        groups.append(("gpu", options.gpu_cases, 8, False))
        if options.gpu_cases == GPU_CASES:
            groups += [("gpu", GPU_LARGE_K, 64, False), ("gpu", GPU_READBACK, 8, True)]
    if options.cpu_cases:
        groups.append(("cpu", options.cpu_cases, 8, True))  # a host's fields are the caller's: peers hand theirs over, too
    return groups


def time_programs(programs, groups, folder, say):
    """{(where, N, batch, k_cut, readback): {program: row}} and {program: why it did not run at all}."""
    table, missing = {}, {}
    for where, cases, k_cut, readback in groups:
        for case in cases.split(","):
            batch, n = map(int, case.split("x"))
            table[where, n, batch, k_cut, readback] = {}
    for program in programs:
        mine = [group for group in groups if group[0] == program.group]
        label = f"{program.name} ({program.group})"
        try:
            if mine:
                program.prepare(folder)
        except Unavailable as reason:
            missing[label] = str(reason)
            say(f"{label}: not run: {reason}")
            continue
        for where, cases, k_cut, readback in mine:
            say(f"{label}: {cases}, k_cut {k_cut}{', read back' if readback else ''}")
            # The CPU's peers always leave their fields with the caller, and know no --readback.
            wanted = readback if program.name == "vordec" or where == "gpu" else False
            try:
                rows = program.time(cases, k_cut, wanted, folder)
            except Unavailable as reason:
                say(f"{label}: not run: {reason}")
                rows = [{"N": int(case.split("x")[1]), "batch": int(case.split("x")[0]), "not_run": str(reason)}
                        for case in cases.split(",")]
            for row in rows:
                table[where, row["N"], row["batch"], k_cut, readback][program.name] = row
    return table, missing


def compare(table):
    """One record a case: vordec's time, and each peer's by the same clock, with its ratio to vordec's."""
    records = []
    for (where, n, batch, k_cut, readback), rows in table.items():
        if not rows:
            continue  # nothing that belongs there can run: main() says why
        own = rows.get("vordec", {})
        peers = {name: row for name, row in rows.items() if name != "vordec"}
        timed = [row for row in [own, *peers.values()] if row and "not_run" not in row]
        # The device's clock where all that ran have one and nothing but the device was at work; else the host's.
        device = not readback and bool(timed) and all(row.get("device_median_ms") for row in timed)
        key = "device_median_ms" if device else "median_ms"
        record = {"where": where, "N": n, "batch": batch, "k_cut": k_cut, "readback": readback,
                  "clock": "device" if device else "host", "vordec_ms": own.get(key), "fft": own.get("fft"),
                  "device": own.get("device"), "floor_ms": own.get("floor_ms"), "peers": {}}
        if "not_run" in own:
            record["not_run"] = own["not_run"]
        for name, row in peers.items():
            if "not_run" in row:
                record["peers"][name] = {"not_run": row["not_run"]}
                continue
            ratio = row[key] / own[key] if own.get(key) else None
            record["peers"][name] = {"ms": row[key], "ratio": ratio}
        records.append(record)
    return records


def name_of(record):
    extra = f", k_cut {record['k_cut']}" if record["k_cut"] != 8 else ""
    extra += ", read back" if record["readback"] and record["where"] == "gpu" else ""
    return f"{record['where']} {record['batch']} x {record['N']}^2{extra}"


def format_table(records, names):
    """A Markdown table; a peer's cell: milliseconds, and how many times vordec's that is."""
    lines = ["| case | clock | vordec, ms | floor, ms | " + " | ".join(names) + " |",
             "|---" * (4 + len(names)) + "|"]
    for record in records:
        cells = [name_of(record), record["clock"], number(record["vordec_ms"], record.get("not_run")),
                 number(record["floor_ms"])]
        for name in names:
            peer = record["peers"].get(name)
            if not peer:
                cells.append("")
            elif "not_run" in peer:
                cells.append(f"not run: {peer['not_run']}")
            elif peer["ratio"] is None:
                cells.append(number(peer["ms"]))
            else:
                cells.append(f"{number(peer['ms'])} ({peer['ratio']:.2f}x)")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def number(value, reason=None):
    if value is None:
        return f"not run: {reason}" if reason else "-"
    return f"{value:.4g}"


# ---- steps of simulations

def step_programs(options, where):
    """[(name, command, needs)]: who takes steps there, vordec once for each precision, and what a peer has to import."""
    vordec = find_vordec(options)
    backend, precisions = (options.gpu_backend, ("fp32", "fp64")) if where == "gpu" else ("cpu", ("fp64",))
    cases = ",".join(f"1x{n}" for n in options.steps.split(","))
    config = handed_over(options)
    own = [("vordec", [vordec, "bench", "--simulate", "--backend", backend, "--cases", cases, "--simulate-precision", precision,
                       *config], None) for precision in precisions] if vordec else []
    if where == "cpu":
        return [*own, ("scipy", [PEERS / "scipy_les.py", "--n", options.steps], "import numpy, scipy")]
    torch = [PEERS / "torch_les.py", "--n", options.steps]
    return [*own, ("torch", torch, CUDA), ("torch.compile", [*torch, "--compile"], CUDA)]


@functools.cache
def why_not(python, needs):
    """Why the interpreter cannot import them; None if it can. Programs that need the same ask once."""
    done = subprocess.run([python, "-c", needs], capture_output=True, text=True, check=False)
    return last_line(done.stderr) if done.returncode else None


def python_with(needs):
    """The first interpreter that can import them."""
    pythons = list(dict.fromkeys((sys.executable, "/usr/bin/python3")))
    for python in pythons:
        if why_not(python, needs) is None:
            return python
    raise Unavailable(why_not(pythons[0], needs))


def time_steps(options, folder, say):
    """A record a grid and precision: milliseconds a step of vordec's and of peers, by the device's clock where there is one;
    and why others did not run."""
    records, missing = {}, {}
    for where in [where for where in ("gpu", "cpu") if getattr(options, f"{where}_cases")]:
        for name, command, needs in step_programs(options, where):
            try:
                if needs:
                    command = [python_with(needs), "-B", *command]
                rows = run_json(command, folder, options.timeout)
            except Unavailable as reason:
                missing[f"{name}, steps ({where})"] = str(reason)
                say(f"{name}, steps ({where}): not run: {reason}")
                continue
            for row in rows:
                times = records.setdefault((where, row["N"], row["precision"]), {})
                times[name] = row.get("device_median_ms") or row["median_ms"]
    return [{"where": where, "N": n, "precision": precision, "ms": times}
            for (where, n, precision), times in sorted(records.items())], missing


def format_steps(records):
    """A Markdown table; a peer's cell: milliseconds a step, and how many times vordec's that is."""
    names = [name for name in ("torch", "torch.compile", "scipy") if any(name in record["ms"] for record in records)]
    lines = ["| step of | vordec, ms | " + " | ".join(names) + " |", "|---" * (2 + len(names)) + "|"]
    for record in records:
        own = record["ms"].get("vordec")
        cells = [f"{record['where']} {record['N']}^2, {record['precision']}", number(own)]
        for name in names:
            ms = record["ms"].get(name)
            cells.append("" if ms is None else f"{number(ms)} ({ms / own:.2f}x)" if own else number(ms))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


# ---- growth

def growth_of(rows):
    """How the time of a cell changes from GROWTH_FROM bytes of output on."""
    points = [{"N": row["N"], "batch": row["batch"], "bytes": row["bytes_moved"],
               "ns_per_cell": 1e6 * (row["device_median_ms"] or row["median_ms"]) / (row["batch"] * row["N"] ** 2)}
              for row in rows]
    by_size = {}
    for point in points:
        if point["bytes"] >= GROWTH_FROM:
            by_size.setdefault(point["N"], []).append(point["ns_per_cell"])
    spread = {str(n): max(times) / min(times) for n, times in by_size.items() if len(times) > 1}
    return {"points": points, "from_bytes": GROWTH_FROM, "spread": spread}


def measure_growth(program, options, folder, say):
    cases = options.growth_cases or (GPU_GROWTH if program.group == "gpu" else CPU_GROWTH)
    try:
        program.prepare(folder)
        growth = growth_of(program.draw(cases, options.png, folder))
    except Unavailable as reason:
        say(f"growth: not run: {reason}")
        return {"not_run": str(reason)}
    for n, spread in growth["spread"].items():
        say(f"growth: N = {n}: from 64 MiB of output on the time of a cell varies by a factor of {spread:.3f}")
    return growth


# ---- the command line

def case_list(text):
    """The list, or None for none."""
    if text == "none":
        return None
    if not re.fullmatch(r"\d+x\d+(,\d+x\d+)*", text):
        raise argparse.ArgumentTypeError(f"'{text}': expected BATCHxN, comma-separated, or none")
    return text


def size_list(text):
    """Likewise of grids."""
    if text == "none":
        return None
    if not re.fullmatch(r"\d+(,\d+)*", text):
        raise argparse.ArgumentTypeError(f"'{text}': expected N, comma-separated, or none")
    return text


def parse():
    parser = argparse.ArgumentParser(prog="bench/compare.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vordec", metavar="PROGRAM", help="default: build/release/bin/vordec, then the PATH")
    parser.add_argument("--config", metavar="INI", help="handed to vordec")
    parser.add_argument("--fill-mib", metavar="MIB", help="likewise")
    parser.add_argument("--gpu-backend", default="vulkan", metavar="NAME")
    parser.add_argument("--gpu-cases", type=case_list, default=GPU_CASES, metavar="LIST",
                        help="BATCHxN, comma-separated, or none. The default list also brings one case at k_cut 64 and "
                             "one with readback")
    parser.add_argument("--cpu-cases", type=case_list, default=CPU_CASES, metavar="LIST", help="likewise")
    parser.add_argument("--steps", type=size_list, default=STEPS, metavar="LIST",
                        help="N of simulations whose steps are timed, too, where there are cases; or none")
    parser.add_argument("--fused-cuda", default=os.environ.get("VORDEC_FUSED_CUDA"), metavar="PROGRAM",
                        help="bench/peers/fused_cuda.cu compiled, for a machine without nvcc (or VORDEC_FUSED_CUDA)")
    parser.add_argument("--json", metavar="FILE", help="write all of it as JSON")
    parser.add_argument("--png", metavar="FILE", help="draw how the cost grows with cells and batch")
    parser.add_argument("--growth-cases", type=case_list, metavar="LIST", help="the cases of that picture")
    parser.add_argument("--growth-on", choices=("gpu", "cpu"), help="whose growth. Default: gpu if it was timed, else cpu")
    parser.add_argument("--timeout", type=float, default=600, metavar="SECONDS", help="of one program on one group")
    return parser.parse_args()


def make_programs(options):
    return [Vordec("gpu", options.gpu_backend, options),
            Script("torch", "gpu", "torch_decode.py", CUDA, options.timeout),
            Script("torch.compile", "gpu", "torch_decode.py", CUDA, options.timeout, ["--compile"]),
            FusedCuda(options.fused_cuda, options.timeout),
            Vordec("cpu", "cpu", options),
            Script("scipy", "cpu", "scipy_decode.py", "import numpy, scipy", options.timeout)]


def devices_of(table):
    """What vordec ran on: a line each."""
    rows = [row for programs in table.values() for name, row in programs.items() if name == "vordec"]
    lines = [f"vordec {row['git_describe']}: {row['backend']} on {row['device']} ({row['device_type']}, "
             f"{row['precision']}), {row['driver']}" for row in rows if "backend" in row]
    return list(dict.fromkeys(lines))


def was_timed(records, where):
    return any(record["where"] == where and record["vordec_ms"] for record in records)


def main():
    options = parse()

    def say(text):
        print(text, file=sys.stderr, flush=True)

    programs, groups = make_programs(options), groups_of(options)
    with tempfile.TemporaryDirectory(prefix="vordec-compare-") as name:
        folder = pathlib.Path(name)
        table, missing = time_programs(programs, groups, folder, say)
        records = compare(table)
        steps, lacking = time_steps(options, folder, say) if options.steps else ([], {})
        result = {"devices": devices_of(table), "cases": records, "steps": steps, "not_run": {**missing, **lacking}}
        if options.png:
            where = options.growth_on or ("gpu" if was_timed(records, "gpu") else "cpu")
            own = next(p for p in programs if p.name == "vordec" and p.group == where)
            result["growth"] = measure_growth(own, options, folder, say)
    names = [p.name for p in programs if p.name != "vordec" and any(p.name in r["peers"] for r in records)]
    print(*devices_of(table), format_table(records, names), sep="\n")
    if steps:
        print("", format_steps(steps), sep="\n")
    for label, reason in result["not_run"].items():
        print(f"not run: {label}: {reason}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if any(record["vordec_ms"] for record in records) else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Times a simulation's step: vordec through its Python package, and the peers of bench/peers, in turns on one machine.

bench/simulations.py [--build build/release] [--n 512,1024] [--backend cpu] [--rounds 3] [--json FILE]
Prints the least of the rounds' medians, since other load only adds, and each peer's ratio to vordec's; on processors also the
time that all threads worked, which is what can be compared where others use the machine.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = {"scipy": ["scipy_les.py"], "torch": ["torch_les.py"], "torch, compiled": ["torch_les.py", "--compile"]}


def time_vordec(options):
    """In a process of its own, which is this script again."""
    sys.path[:0] = [str(HERE / "peers"), str(ROOT / "python"), str(options.build / "python")]
    import les
    import vordec

    vordec.load(options.build / "lib" / "libvordec.so")
    rows = []
    settings = {"simulate": {"backend": options.backend, "precision": options.precision},
                "cpu": {"threads": options.threads}}
    for n in map(int, options.n.split(",")):
        with vordec.Simulation(les.start(n), les.time_step(n), les.NU0, les.CS, dealias=False, config=settings) as simulation:
            simulation.advance(2)
            info = simulation.info
            times, work = les.host_times(simulation.advance, les.steps_for(n, options))
            if info.device.type != "host":
                times, work = [simulation.advance().device_ms for _ in times], None
            rows.append(les.row(f"vordec, {info.backend_used}", info.device.name, n, info.precision, times, work))
    les.write(rows, options)


def run(command, options, folder):
    path = folder / "rows.json"
    path.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-B", *map(str, command), "--n", options.n, "--threads", str(options.threads),
                           "--steps", str(options.steps), "--json", str(path)], capture_output=True, text=True, check=False)
    if done.returncode or not path.exists():
        lines = done.stderr.strip().splitlines()
        return lines[-1] if lines else "no reason given"
    return json.loads(path.read_text(encoding="utf-8"))


def measure(options):
    """The least median of each program and size, and why programs could not run."""
    ours = [__file__, "--ours", "--build", options.build, "--backend", options.backend, "--precision", options.precision]
    programs = {"vordec": ours, **{name: [HERE / "peers" / file[0], *file[1:]] for name, file in PEERS.items()}}
    best, failures = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for name, command in programs.items():
                rows = failures.get(name) or run(command, options, pathlib.Path(folder))
                if isinstance(rows, str):
                    failures[name] = rows
                    continue
                for row in rows:
                    key = (row["N"], row["precision"], row["peer"])
                    if key not in best or row["median_ms"] < best[key]["median_ms"]:
                        best[key] = row
    return best, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--n", default="512,1024")
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.ours:
        time_vordec(options)
        return
    best, failures = measure(options)
    ours = {(n, precision): row["median_ms"] for (n, precision, peer), row in best.items() if peer.startswith("vordec")}
    for (n, precision, peer), row in sorted(best.items()):
        base = ours.get((n, precision))
        ratio = f"  {row['median_ms'] / base:6.2f}x" if base else ""
        work = f"  {row['processor_ms']:9.3f} ms of work" if row["processor_ms"] else ""
        print(f"N = {n:5}  {precision}  {peer:18} {row['median_ms']:9.3f} ms{ratio}{work}  {row['device']}")
    for name, reason in failures.items():
        print(f"{name}: not run: {reason}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(list(best.values()), indent=1), encoding="utf-8")
    sys.exit(0 if ours else 1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times each transform of a backend over grid sizes and k_cut, and writes a table (Markdown) and the figures (JSON).

usage: bench/transforms.py --out PREFIX [--vordec PROGRAM] [--minutes M] [--sizes LIST] [--k-cut LIST] [-- OPTIONS OF BENCH..]

Times of stages 1 to 3 by the device's clock where it has one. `full` as a k_cut means all modes of the grid. A transform that
refuses a case is `-`. One process of `vordec bench` for each k_cut; those that do not fit into the time are said not to have
run. PREFIX.md and PREFIX.json are written after each.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

SIZES = "128,512,1024,2048,4096"
K_CUTS = "8,full,64,256,32,128,512,16,1024"  # the most telling first, should time run out
ORDER = ("vkfft", "pruned", "direct", "fftw")


def name_transform(row):
    return row["fft"].replace("vkfft-pruned", "pruned")


def milliseconds(row):
    return row["median_ms"] if row["device_median_ms"] is None else row["device_median_ms"]


def jobs(sizes, k_cuts):
    """(word, k_cut, sizes): the sizes that have modes beyond such a circle; each size alone where all modes are meant."""
    for word in k_cuts:
        if word == "full":
            yield from ((word, n, [n]) for n in reversed(sizes))
        elif fitting := [n for n in sizes if 2 * int(word) < n]:
            yield word, int(word), fitting


def run(options, k_cut, sizes, seconds):
    """The rows of one process, or the reason why there are none."""
    with tempfile.TemporaryDirectory(prefix="vordec-transforms-") as folder:
        path = pathlib.Path(folder) / "rows.json"
        command = [options.vordec, "bench", "--backend", options.backend, "--fft", "all", "--k-cut", str(k_cut), "--sizes",
                   ",".join(map(str, sizes)), "--json", str(path), *options.bench]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=max(seconds, 1), check=False)
        except subprocess.TimeoutExpired:
            return [], "time is over"
        if done.returncode or not path.exists():
            return [], (done.stderr.strip() or "no reason given").splitlines()[-1].removeprefix("vordec: ")
        return json.loads(path.read_text(encoding="utf-8")), None


def cell(times, name):
    if name not in times:
        return "-"
    text = f"{times[name]:.3g}"
    return f"**{text}**" if times[name] == min(times.values()) else text


def table(rows, words):
    """A table for each N: a row for each k_cut, a column for each transform."""
    lines = []
    names = [name for name in ORDER if any(name_transform(row) == name for row in rows)]
    for n in sorted({row["N"] for row in rows}):
        lines += [f"## N = {n}", "", "| k_cut | " + " | ".join(names) + " | fastest |", "|---|" + "---:|" * len(names) + "---|"]
        for k_cut in sorted({row["k_cut"] for row in rows if row["N"] == n}):
            times = {name_transform(row): milliseconds(row) for row in rows if (row["N"], row["k_cut"]) == (n, k_cut)}
            best = min(times, key=times.get)
            others = ", ".join(f"{times[name] / times[best]:.2f} x {name}" for name in names if name in times and name != best)
            lines.append(f"| {words[n, k_cut]} | " + " | ".join(cell(times, name) for name in names) +
                         f" | {best}{f' ({others})' if others else ''} |")
        lines.append("")
    return lines


def write(options, rows, words, left_out):
    pathlib.Path(f"{options.out}.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    lines = ["# Transforms", ""]
    if rows:
        first = rows[0]
        clock = "host" if first["device_median_ms"] is None else "device"
        lines += [f"Stages 1 to 3 of one decode, medians in milliseconds by the {clock}'s clock, on {first['device']} "
                  f"({first['driver']}), {first['precision']}, {first['smooth_kernel']} of {first['smooth_width']}, "
                  f"{first['boundary']} boundary, {first['majority_iters']} rounds, batch {first['batch']}; vordec "
                  f"{first['git_describe']}.", "", f"Made by `{options.command}`. `full`: all modes of the grid; -: refused.", ""]
    lines += table(rows, words)
    if left_out:
        lines += ["## Not run", "", *[f"- k_cut {word}, N = {', '.join(map(str, sizes))}: {why}" for word, sizes, why in left_out]]
    pathlib.Path(f"{options.out}.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def read_options():
    own, bench = sys.argv[1:], []
    if "--" in own:
        own, bench = own[: own.index("--")], own[own.index("--") + 1 :]
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, help="where PREFIX.md and PREFIX.json go")
    parser.add_argument("--vordec", default=str(root / "build/release/bin/vordec"), help="default: build/release/bin/vordec")
    parser.add_argument("--backend", default="vulkan")
    parser.add_argument("--sizes", default=SIZES, help=f"grid sides; default {SIZES}")
    parser.add_argument("--k-cut", default=K_CUTS, help=f"in this order; default {K_CUTS}")
    parser.add_argument("--minutes", type=float, default=4.0, help="when to end, at most; default 4")
    options = parser.parse_args(own)
    options.bench = bench
    options.command = " ".join(["bench/transforms.py", *(["--", *bench] if bench else [])])
    return options


def main():
    options = read_options()
    end = time.monotonic() + 60 * options.minutes
    rows, words, left_out = [], {}, []
    sizes = sorted(map(int, options.sizes.split(",")))
    for word, k_cut, fitting in jobs(sizes, options.k_cut.split(",")):
        start = time.monotonic()
        left = end - start
        made, why = run(options, k_cut, fitting, left) if left > 2 else ([], "time is over")
        rows += made
        words.update({(row["N"], row["k_cut"]): word for row in made})
        if why:
            left_out.append((word, fitting, why))
        write(options, rows, words, left_out)
        print(f"k_cut {word}, N = {', '.join(map(str, fitting))}: {why or f'{len(made)} cases'}, "
              f"{time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())

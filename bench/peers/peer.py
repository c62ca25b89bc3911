# SPDX-License-Identifier: MIT
"""What the Python peers share: their command line, timing, the record that they write, and an independent check.

A peer is called as  PEER --cases 8x4096,1x128 [--k-cut K] [--readback] --json FILE  and writes a JSON array with one
object a case: its name, the device, the case, and median, least and greatest milliseconds by the host's clock and, where
there is one, by the device's; or, in their place, "not_run" with the reason.
"""

import argparse
import json
import statistics
import time

WIDTH, TAU, ROUNDS, DECAY = 11, 0.35, 8, 72.0  # as vordec's defaults and its bench's states
RUNS_MIN, RUNS_MAX, BUDGET_S, WARMUPS = 30, 400, 3.0, 5


class NotRun(Exception):
    """Why a case is left out."""


def parse_case(text):
    batch, n = (int(part) for part in text.split("x"))
    return batch, n


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cases", default="1x128,1x1024", help="BATCHxN, comma-separated")
    parser.add_argument("--k-cut", type=int, default=8)
    parser.add_argument("--readback", action="store_true", help="bring omega_lp and mask to the host in every call")
    parser.add_argument("--json", help="write the record here")
    return parser


def host_times(call):
    """Milliseconds of repeated calls; `call` returns when its work is done."""
    for _ in range(WARMUPS):
        call()
    times, end = [], time.perf_counter() + BUDGET_S
    while len(times) < RUNS_MIN or (len(times) < RUNS_MAX and time.perf_counter() < end):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def record(peer, device, batch, n, options, host=None, device_times=None, not_run=None):
    row = {"peer": peer, "device": device, "N": n, "batch": batch, "k_cut": options.k_cut,
           "readback": options.readback}
    if not_run:
        return {**row, "not_run": not_run}
    return {**row, "runs": len(host), "median_ms": statistics.median(host), "min_ms": min(host), "max_ms": max(host),
            "device_median_ms": statistics.median(device_times) if device_times else None}


def run(peer, device, options, time_case):
    """time_case(batch, n) -> (host milliseconds, device milliseconds or None)."""
    rows = []
    for batch, n in map(parse_case, options.cases.split(",")):
        try:
            host, device_times = time_case(batch, n)
            row = record(peer, device, batch, n, options, host, device_times)
            print(f"{peer}: {batch} x {n}^2: {row['median_ms']:.3f} ms", flush=True)
        except NotRun as reason:
            row = record(peer, device, batch, n, options, not_run=str(reason))
            print(f"{peer}: {batch} x {n}^2: not run: {reason}", flush=True)
        rows.append(row)
    return rows


def write(rows, options):
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


def check(omega_lp, mask, expected_lp, tolerance):
    """Against float64 by other means: a field transformed by NumPy, and a mask made of sums over shifted copies."""
    import numpy as np

    n = expected_lp.shape[0]
    largest = float(np.abs(expected_lp).max())
    worst = float(np.abs(omega_lp - expected_lp).max())
    if not worst <= tolerance * largest:
        raise SystemExit(f"omega_lp is off by {worst:g} of {largest:g}")
    base = expected_lp
    for axis in (0, 1):
        padded = np.pad(base, [(WIDTH // 2,) * 2 if a == axis else (0, 0) for a in (0, 1)])
        base = sum(np.take(padded, range(d, d + n), axis) for d in range(WIDTH)) / WIDTH
    residual = expected_lp - base
    normal = residual / (np.abs(residual).max() + 1e-12)
    signs = (normal >= TAU).astype(int) - (normal <= -TAU).astype(int)
    for _ in range(ROUNDS):
        votes = sum(np.roll(signs, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
        signs = np.sign(votes)
    different = int((mask != signs).sum())
    if different > 1e-3 * n * n or not signs.any():
        raise SystemExit(f"{different} of {n * n} cells of the mask differ")

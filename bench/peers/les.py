# SPDX-License-Identifier: MIT
"""What the peers of simulations share: the flow, their command line, the check against the reference data, timing.

A peer is called as  PEER --n 512,1024 [--threads T] [--json FILE]  and writes a JSON array with one object a size: its
name, the device, N, precision, and median, least and greatest milliseconds a step; or "not_run" with the reason.
"""

import argparse
import json
import pathlib
import statistics
import time

import numpy as np

DATA = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data"
NU0, CS = 1e-4, 0.17
LIMITS = {10: 1e-10, 50: 1e-8}  # relative difference from the reference at a step, float64


def time_step(n):
    """Small enough for the start's velocities on n cells: a fixed one breaks off at n = 2048 after some steps."""
    return 0.002 * min(1.0, 512 / n)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--n", default="512,1024", help="sides of grids, comma-separated")
    parser.add_argument("--threads", type=int, default=0, help="0: all")
    parser.add_argument("--steps", type=int, default=0, help="to time; 0: by the size")
    parser.add_argument("--json", help="write the record here")
    return parser


def wavenumbers(n):
    """ky, kx of a half spectrum, and both without their Nyquist entries."""
    ky, kx = np.meshgrid(np.fft.fftfreq(n, 1 / n), np.fft.rfftfreq(n, 1 / n), indexing="ij")
    dy, dx = ky.copy(), kx.copy()
    if n % 2 == 0:
        dy[n // 2] = dx[:, -1] = 0
    return ky, kx, dy, dx


def factors(n, reference_mean=False):
    """What a spectrum is multiplied by for u, v, w_x, w_y, lap(w), and for u_x and (u_y + v_x) / 2."""
    ky, kx, dy, dx = wavenumbers(n)
    k2 = kx**2 + ky**2
    inverse = 1 / np.where(k2 == 0, 1, k2)
    inverse[0, 0] = 0
    if reference_mean:
        k2[0, 0] = 1
    flow = [1j * dy * inverse, -1j * dx * inverse, 1j * dx, 1j * dy, -k2]
    return flow, [-dx * dy * inverse, 0.5 * (dx**2 - dy**2) * inverse]


def start(n):
    """A smooth field of unit variance."""
    ky, kx, _, _ = wavenumbers(n)
    spectrum = np.fft.rfft2(np.random.default_rng(0).standard_normal((n, n))) * np.exp(-(kx**2 + ky**2) / 64)
    omega = np.fft.irfft2(spectrum, s=(n, n))
    return omega / omega.std()


def reference_start(noise):
    """As the reference starts: a box of 11 cells, zeros outside, standardised."""
    n = len(noise)
    padded = np.pad(noise, 5)
    rows = sum(padded[i:i + n] for i in range(11)) / 11
    omega = sum(rows[:, i:i + n] for i in range(11)) / 11
    return (omega - omega.mean()) / (omega.std() + 1e-12)


def check(make):
    """make(n, dt, nu0, cs, reference_mean) -> (step, back): step(field) -> field, back(field) -> NumPy array."""
    for case in ("n64", "n128"):
        with np.load(DATA / case / "les.npz") as file:
            data = dict(file)
        step, back = make(int(data["N"]), float(data["dt"]), float(data["nu0"]), float(data["Cs"]), True)
        omega = reference_start(data["noise"])
        taken = 0
        for number, expected in zip(data["steps"], data["omega"]):
            while taken < number:
                omega = step(omega)
                taken += 1
            off = np.linalg.norm(back(omega) - expected) / np.linalg.norm(expected)
            if not off <= LIMITS[int(number)]:
                raise SystemExit(f"{case}, step {number}: off by {off:.2g}; allowed {LIMITS[int(number)]:g}")


def steps_for(n, options):
    return options.steps or max(5, min(200, 15 * 1024**2 // n**2))


def host_times(call, steps):
    """Milliseconds of each of `steps` calls, after two that are not counted, and of the processor's, all threads
    together: where others use the machine, only those can be compared."""
    times, work = [], []
    for number in range(steps + 2):
        begin, worked = time.perf_counter(), time.process_time()
        call()
        if number >= 2:
            times.append(1e3 * (time.perf_counter() - begin))
            work.append(1e3 * (time.process_time() - worked))
    return times, work


def row(peer, device, n, precision, times, work=None):
    return {"peer": peer, "device": device, "N": n, "precision": precision, "steps": len(times),
            "median_ms": statistics.median(times), "min_ms": min(times), "max_ms": max(times),
            "processor_ms": statistics.median(work) if work else None}


def write(rows, options):
    for entry in rows:
        print(f"{entry['peer']} ({entry['precision']}): N = {entry['N']}: {entry['median_ms']:.3f} ms a step", flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)

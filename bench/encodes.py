#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Times encodes: fields that a simulation holds, to states, through vordec's Python package.

bench/encodes.py [--build build/release] [--n 512,1024] [--batch 1] [--backend cpu] [--precision auto] [--mask new,reference] [--json FILE]
Each field has amplitudes that fall as k^-1.5; `new` is the mask that new states have, `reference` that of the reference's. Prints the
median and the least of the times that the backend says, on a GPU by its clock.
"""

import argparse
import json
import pathlib
import statistics
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
MASKS = {"new": {}, "reference": {"smooth_width": 11, "majority_iters": 8, "boundary": "zero"}}


def start(n):
    rng = np.random.default_rng(0)
    k = np.hypot(np.fft.fftfreq(n, 1 / n)[:, None], np.fft.rfftfreq(n, 1 / n)[None])
    noise = np.fft.rfft2(rng.standard_normal((n, n)))
    field = np.fft.irfft2(noise * np.where((k > 0) & (k < n / 3), (k + 1e-9) ** -1.5, 0), (n, n))
    return field / field.std()


def time_case(vordec, n, mask, options):
    where = {"backend": options.backend, "precision": options.precision}
    settings = {"simulate": where, "encode": where, "decode": {"backend": options.backend}, "mask": MASKS[mask],
                "cpu": {"threads": options.threads}}
    fields = start(n) if options.batch == 1 else np.repeat(start(n)[None], options.batch, 0)
    with vordec.Simulation(fields, 1e-7, config=settings) as simulation, \
            vordec.Encoder(n, batch=options.batch, simulation=simulation) as encoder:
        encoder.choose(simulation)
        times = []
        for _ in range(options.repeats + 2):
            simulation.advance()
            encoder.encode(simulation)
            times.append(encoder.report.device_ms)
        times = times[2:]
        info = encoder.info
        return {"N": n, "batch": options.batch, "mask": mask, "precision": info.precision, "backend": info.backend_used,
                "device": info.device.name, "median_ms": statistics.median(times), "least_ms": min(times)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--n", default="512,1024")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--mask", default=",".join(MASKS))
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json")
    options = parser.parse_args()
    build = options.build.resolve()
    sys.path[:0] = [str(ROOT / "python"), str(build / "python")]
    import vordec
    vordec.load(build / "lib" / "libvordec.so")
    rows = [time_case(vordec, int(n), mask, options) for n in options.n.split(",") for mask in options.mask.split(",")]
    for row in rows:
        print(f"N = {row['N']:5}  batch {row['batch']}  {row['precision']}  mask {row['mask']:9}  median {row['median_ms']:9.3f} ms, "
              f"least {row['least_ms']:9.3f}  {row['device']}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

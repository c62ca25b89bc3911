# SPDX-License-Identifier: MIT
"""Decodes and rollouts through the Python package, many settings in one process: prints a line of hashes for each.

usage: sweep.py INPUTS --backend cpu|vulkan --pruned NAME --count COUNT [--device DEVICE] [--part I/N]

Run by compare-builds with the library and the package of the build that is looked at. Settings are drawn at random, from
a seed, so that both builds are asked for the same ones.
"""

import argparse
import hashlib
import logging
import pathlib
import random
import sys

import numpy as np
import vordec

OUTPUTS = (("omega_lp", "mask", "omega_hat", "scalars"), ("omega_lp", "mask"), ("mask",), ("omega_hat",), ("scalars",),
           ("omega_lp",), ("mask", "scalars"))
LARGE = 200  # from this N on, grids take their time


def digest(array):
    return "-" if array is None else hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=12).hexdigest()


class States:
    def __init__(self, folder, pattern):
        self.paths = sorted(path for path in folder.glob("*.npz") if path.name.startswith(("made_", "good", "states_")))
        self.paths = [path for path in self.paths if pattern(path.name)]
        self.loaded = {}

    def get(self, name):
        if name not in self.loaded:
            self.loaded[name] = vordec.State.from_npz(next(path for path in self.paths if path.stem == name))
        return self.loaded[name]

    def names(self):
        return [path.stem for path in self.paths]


def grid(name):
    """N, from what inputs.py calls its files."""
    for part in name.split("_"):
        if part[:1] == "n" and part[1:].isdigit():
            return int(part[1:])
    return 64


def draw_cpu(chance, states):
    names = states.names()
    small = [name for name in names if grid(name) < LARGE]
    name = chance.choice(small if chance.random() < 0.96 else names)
    n = grid(name)
    kernel = chance.choice(("box", "box", "triangle"))
    width = chance.choice([w for w in (1, 2, 3, 4, 5, 9, 10, 11, 12, 16, 21, 33, n - 1, n) if 0 < w <= n])
    return name, {
        "decode": {"backend": "cpu", "fft": chance.choice(("auto", "fftw", "pruned")), "batch": chance.choice(("auto", 1, 2))},
        "mask": {"smooth_width": width, "smooth_kernel": kernel, "boundary": chance.choice(("zero", "periodic")),
                 "tau": chance.choice((0.02, 0.1, 0.35, 0.35, 0.8, 1.0)),
                 "majority_iters": chance.choice((0, 1, 2, 3, 8, 8, 30))},
        "combine": {"gate": chance.choice(("support", "signed")), "anchors": chance.choice(("include", "ignore"))},
        "cpu": {"threads": chance.choice((1, 2))},
    }


# Each shape is compiled anew for the transform that sums columns, so there are few of them: a state, a window, rounds.
SHAPES = (("good", 11, "box", "zero", 8), ("good", 10, "box", "periodic", 3), ("good", 7, "triangle", "zero", 8),
          ("made_n50_k6_b3", 9, "box", "periodic", 8), ("made_n48_k8_b1", 12, "box", "zero", 1),
          ("made_n17_k4_b2", 5, "triangle", "periodic", 8), ("made_n127_k20_b1", 21, "box", "zero", 8),
          ("made_n192_k8_b1", 11, "box", "periodic", 8), ("made_n8_k2_b3", 3, "box", "zero", 2),
          ("made_n64_k46_b1", 11, "box", "zero", 8), ("made_n256_k8_b1", 11, "box", "zero", 8),
          ("made_n128_k60_b1", 11, "triangle", "zero", 8))


def draw_vulkan(chance, shapes, pruned, device):
    fft = chance.choice((pruned, "vkfft", "direct"))
    name, width, kernel, boundary, rounds = chance.choice(shapes)
    precision = chance.choice(("fp32", "fp32", "fp64"))
    return name, {
        "decode": {"backend": "vulkan", "allow_software_device": True, "fft": fft, "precision": precision,
                   "batch": chance.choice(("auto", 1)), **({"device": device} if device else {})},
        "mask": {"smooth_width": width, "smooth_kernel": kernel, "boundary": boundary, "majority_iters": rounds,
                 "tau": chance.choice((0.02, 0.35, 0.8))},
        "combine": {"gate": chance.choice(("support", "signed")), "anchors": chance.choice(("include", "ignore"))},
    }


def make_residuals(chance, state, count):
    """The keyword arguments of a decoder and a decode: nothing, a field of the caller's, or bands."""
    kind = chance.choice(("none", "none", "field", "bands", "mid"))
    n = state.layout.n
    noise = np.random.default_rng(n)
    if kind == "none":
        return kind, {}, {}
    if kind == "field":
        return kind, {"residual": True}, {"residual": noise.normal(size=(count, n, n))}
    band = lambda: (noise.normal(size=(count, n, n)), np.linspace(0.1, 0.3, count))
    return kind, {"bands": True}, {"bands": (band(), band() if kind == "bands" else None)}


def decode(chance, state, settings):
    z = state.z if chance.random() < 0.8 else 0.5 * state.z
    count = 1 if z.ndim == 1 else len(z)
    if z.ndim == 1 and chance.random() < 0.3:  # several batches overlap
        z, count = np.stack([z, -z, 0.25 * z]), 3
    kind, making, giving = make_residuals(chance, state, count)
    outputs = chance.choice(OUTPUTS)
    with vordec.Decoder(state.layout, settings, outputs=outputs, batch=count, **making) as decoder:
        first, second = decoder.decode(z, **giving), decoder.decode(z, **giving)
        info = decoder.info
        hashes = [digest(getattr(first, name)) for name in ("omega_lp", "mask", "omega_hat", "scalars")]
        again = [digest(getattr(second, name)) for name in ("omega_lp", "mask", "omega_hat", "scalars")]
        return [kind, "+".join(outputs), str(count), *hashes, "steady" if hashes == again else "UNSTEADY",
                info.backend_used, info.fft_used.replace("vkfft-pruned", "pruned"), info.precision, str(info.batch),
                str(info.depth), first.report.decode_device, info.device.name]


def roll(chance, state, settings):
    z = state.z if state.z.ndim == 1 else state.z[0]
    d = len(z)
    noise = np.random.default_rng(d)
    a = 0.998 * np.eye(d) + noise.normal(scale=1e-3 / np.sqrt(d), size=(d, d))
    settings = {**settings, "op": {"backend": chance.choice(("auto", "cpu", settings["decode"]["backend"])),
                                   "dtype": chance.choice(("auto", "float32", "float64")),
                                   "deterministic": chance.choice((True, False))}}
    if settings["decode"]["backend"] == "vulkan" and settings["op"]["backend"] == "auto":
        settings["op"]["backend"] = "vulkan"
    words = [str(value) for value in settings["op"].values()]
    with vordec.Decoder(state.layout, settings) as decoder, vordec.Rollout(a, z, decoder) as rollout:
        for steps in (1, 0, 7, 20):
            rollout.advance(steps)
            result = decoder.decode(rollout=rollout)
            words += [rollout.hash(), digest(rollout.read()), digest(result.omega_lp), digest(result.mask),
                      digest(result.omega_hat)]
        return [*words, rollout.info.backend_used, rollout.info.precision, str(rollout.info.deterministic),
                str(rollout.feeds(decoder))]


def run(index, options, states, shapes):
    chance = random.Random(f"{options.backend} {index}")
    if options.backend == "cpu":
        name, settings = draw_cpu(chance, states)
    else:
        name, settings = draw_vulkan(chance, shapes, options.pruned, options.device)
    rolling = chance.random() < 0.15 and len(states.get(name).z.reshape(-1)) < 3000
    said = " ".join(f"{key}={value}" for section in settings.values() for key, value in section.items())
    words = [str(index), "rollout" if rolling else "decode", name, said.replace("vkfft-pruned", "pruned")]
    try:
        words += (roll if rolling else decode)(chance, states.get(name), settings)
    except vordec.Error as error:
        words += [type(error).__name__, str(error.status), str(error.reason)]
    return "\t".join(words)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("inputs", type=pathlib.Path)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--pruned", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--shapes", type=int, default=len(SHAPES))
    parser.add_argument("--device")
    parser.add_argument("--part", default="0/1")
    options = parser.parse_args()
    logging.getLogger("vordec").setLevel(logging.CRITICAL)
    shapes = SHAPES[: options.shapes]
    known = {shape[0] for shape in shapes}
    states = States(options.inputs, lambda name: options.backend == "cpu" or name[:-4] in known)
    part, parts = map(int, options.part.split("/"))
    # Neighbours share pipelines: the driver compiles a shape once for a process.
    for index in range(part, options.count, parts):
        print(run(index, options, states, shapes), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

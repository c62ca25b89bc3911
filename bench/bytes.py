#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What bytes are worth: error over bytes of vordec's states, of plain modes and of zfp, on a simulated flow.

    bench/bytes.py [--vordec PROGRAM] [--N 128] [--steps 0,400] [--json FILE] [--png FILE] [--markdown FILE]

Bytes are those of the values. Where they are is not counted for what k_cut and N say (low modes, a sharp cut) nor for a
state's kept modes, which are chosen once for all states of a file; the largest modes are other ones in each field, so
each costs its position, too. zfp's bytes are its stream without a header. Needs NumPy, and for zfp a C compiler and
libzfp-dev: what is missing is named. Matplotlib for --png.
"""

import argparse
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CUTS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32)
STORES = {"float64": 8, "float32": 4, "float16": 2}
HALF_EXPONENT = 14


def call(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))}: {done.stderr.strip()}")


def relative_l2(field, truth):
    return float(np.linalg.norm(field - truth) / np.linalg.norm(truth))


# ---- numbers in few bytes ----

def rounded(values, store):
    """As vordec stores a group: halves of a power of two that puts the largest into 2^14 .. 2^15."""
    if store != "float16" or not np.any(values):
        return values.astype(store).astype(float)
    scale = 2.0 ** (math.floor(math.log2(np.max(np.abs(values)))) - HALF_EXPONENT)
    return (values / scale).astype(np.float16).astype(float) * scale


def state_bytes(d, store):
    """Of a state's D values: scaled halves have four scalars and two scales as floats."""
    return 2 * (d - 4) + 24 if store == "float16" else STORES[store] * d


def round_state(z, m, store):
    return np.concatenate((rounded(z[:2 * m], store), z[2 * m:2 * m + 4].astype("f4" if store == "float16" else store),
                           rounded(z[2 * m + 4:], store)))


# ---- states ----

def halved(state):
    """One mode of each conjugate pair, the one with the lower index, doubled unless it is its own partner."""
    n, z = int(state["N"]), state["z"]
    low = np.flatnonzero(state["mask_low"].ravel())
    anchors, m = state["anchor_idx"], len(low)

    def pick(indices):
        y, x = np.divmod(indices, n)
        partner = (-y % n) * n + -x % n
        return np.flatnonzero(indices <= partner), np.where(indices == partner, 1.0, 2.0)
    keep, weight = pick(low)
    kept, kept_weight = pick(anchors)
    re, im, a, b = z[:, :m], z[:, m:2 * m], z[:, 2 * m + 4:2 * m + 4 + len(anchors)], z[:, 2 * m + 4 + len(anchors):]
    scalars = z[:, 2 * m:2 * m + 4].copy()
    scalars[:, 3] = len(kept)
    mask = np.zeros(n * n, bool)
    mask[low[keep]] = True
    parts = ((re * weight)[:, keep], (im * weight)[:, keep], scalars, (a * kept_weight)[:, kept], (b * kept_weight)[:, kept])
    return {**state, "z": np.concatenate(parts, axis=1), "mask_low": mask, "anchor_idx": anchors[kept]}


class Flow:
    def __init__(self, vordec, n, steps, folder):
        self.vordec, self.n, self.folder = vordec, n, folder
        call(vordec, "simulate", "--N", n, "--steps", max(steps), "--out", folder / "all.npz")
        with np.load(folder / "all.npz") as data:
            self.fields = data["traj"][steps].astype(float)
        np.savez(folder / "T.npz", traj=self.fields)
        done = [subprocess.run([vordec, "encode", helps], capture_output=True, text=True, check=False)
                for helps in ("--help-all", "--help")]  # older ones have no --help-all
        self.full = ("--modes", "full") if any("--modes" in one.stdout for one in done) else ()

    def state(self, k_cut):
        """As the defaults have it at k_cut = 8: a mid band half as wide again, and as many kept modes for its area."""
        call(self.vordec, "encode", "--traj", self.folder / "T.npz", *self.full, "--k-cut", k_cut, "--resid-mid-cut",
             1.5 * k_cut, "--topk-mid", 2 * k_cut**2, "--out", self.folder / "z.npz")
        with np.load(self.folder / "z.npz") as data:
            return dict(data)

    def losses(self, state):
        np.savez(self.folder / "s.npz", **state)
        call(self.vordec, "decode", "--z0-npz", self.folder / "s.npz", "--decode-backend", "cpu", "--out",
             self.folder / "f.npz")
        with np.load(self.folder / "f.npz") as fields:
            return [relative_l2(field, truth) for field, truth in zip(fields["omega_hat"], self.fields)]


def states(flow):
    for k_cut in CUTS:
        if 3 * k_cut >= flow.n:
            continue
        full = flow.state(k_cut)
        for modes, state in ("full", full), ("half", halved(full)):
            m = int(state["mask_low"].sum())
            for store in STORES:
                z = np.array([round_state(z, m, store) for z in state["z"]])
                for i, loss in enumerate(flow.losses({**state, "z": z})):
                    yield f"state, {modes}, {store}", i, state_bytes(z.shape[1], store), loss, f"k_cut {k_cut}"


# ---- plain modes ----

def pairs(n):
    """Flat indices of one mode of each pair, without the Nyquist ones, and |k|^2."""
    k = np.fft.fftfreq(n, 1 / n)
    ky, kx = np.meshgrid(k, k, indexing="ij")
    one = ((kx > 0) | ((kx == 0) & (ky > 0))) & (np.abs(kx) < n / 2) & (np.abs(ky) < n / 2)
    return np.flatnonzero(one), (kx**2 + ky**2).ravel()[one.ravel()]


def plain(field, indices, store):
    """The field of these modes and their partners, stored so."""
    n = len(field)
    spectrum = np.fft.fft2(field).ravel() / field.size
    values = spectrum[indices]
    parts = rounded(np.concatenate((values.real, values.imag)), store)
    kept = np.zeros(n * n, complex)
    kept[indices] = 2 * (parts[:len(indices)] + 1j * parts[len(indices):])
    return np.fft.ifft2(kept.reshape(n, n)).real * field.size


def modes(flow):
    indices, squares = pairs(flow.n)
    position = math.ceil(math.log2(len(indices))) / 8
    for i, field in enumerate(flow.fields):
        size = np.abs(np.fft.fft2(field).ravel()[indices])
        by_size = np.argsort(-size)
        for radius in np.unique(np.round(np.geomspace(2, flow.n / 2 - 1, 40), 1)):
            disc = indices[squares <= radius**2]
            largest = indices[by_size[:len(disc)]]
            for store, width in (("float64", 8), ("float16", 2)):
                bytes_ = 2 * width * len(disc) + (4 if store == "float16" else 0)
                yield f"sharp cut, {store}", i, bytes_, relative_l2(plain(field, disc, store), field), f"|k| <= {radius}"
                yield (f"largest modes, {store}", i, bytes_ + math.ceil(position * len(disc)),
                       relative_l2(plain(field, largest, store), field), f"{len(disc)} pairs")


# ---- zfp ----

def zfp(flow):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise RuntimeError("no C compiler")
    program = flow.folder / "zfp_field"
    made = subprocess.run([compiler, "-O2", HERE / "peers/zfp_field.c", "-o", program, "-lzfp", "-lm"], capture_output=True,
                          text=True, check=False)
    if made.returncode:
        raise RuntimeError("zfp_field.c does not compile: is libzfp-dev installed?")
    for i, field in enumerate(flow.fields):
        field.tofile(flow.folder / "field.raw")
        done = subprocess.run([program, flow.folder / "field.raw", str(flow.n)], capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            mode, parameter, size, loss = line.split(",")
            yield "zfp", i, int(size), float(loss), f"{mode} {parameter}"


# ---- what comes of it ----

def frontier(points):
    """Those that no smaller one beats."""
    best, kept = math.inf, []
    for point in sorted(points, key=lambda point: (point["bytes"], point["relative_l2"])):
        if point["relative_l2"] < best:
            best = point["relative_l2"]
            kept.append(point)
    return kept


BUDGETS = (340, 680, 1360, 2720, 5440, 10880)


def table(points, steps, n):
    """At each budget the least loss of each method."""
    lines = []
    methods = list(dict.fromkeys(point["method"] for point in points))
    for i, step in enumerate(steps):
        lines += ["", f"N = {n}, step {step}: relative L2 in at most so many bytes", "",
                  "| method | " + " | ".join(map(str, BUDGETS)) + " |", "|---|" + "---|" * len(BUDGETS)]
        rows = {}
        for method in methods:
            own = [point for point in points if point["method"] == method and point["frame"] == i]
            rows[method] = [min((point["relative_l2"] for point in own if point["bytes"] <= budget), default=None)
                            for budget in BUDGETS]
        best = [min((row[j] for row in rows.values() if row[j] is not None), default=None) for j in range(len(BUDGETS))]
        for method, row in rows.items():
            cells = ["-" if value is None or value >= 1 else f"**{value:.3f}**" if value == best[j] else f"{value:.3f}"
                     for j, value in enumerate(row)]
            lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines).lstrip() + "\n"


def draw(points, steps, n, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    styles = {"state, full, float64": ("tab:blue", "-"), "state, half, float64": ("tab:blue", "--"),
              "state, half, float32": ("tab:cyan", "--"), "state, half, float16": ("tab:blue", ":"),
              "sharp cut, float64": ("tab:green", "-"), "sharp cut, float16": ("tab:green", ":"),
              "largest modes, float64": ("tab:orange", "-"), "largest modes, float16": ("tab:orange", ":"),
              "zfp": ("black", "-")}
    figure, axes = pyplot.subplots(1, len(steps), figsize=(6 * len(steps), 5), sharey=True, squeeze=False)
    for i, (axis, step) in enumerate(zip(axes[0], steps)):
        for method, (colour, line) in styles.items():
            own = frontier([p for p in points if p["method"] == method and p["frame"] == i])
            axis.plot([p["bytes"] for p in own], [p["relative_l2"] for p in own], color=colour, linestyle=line, label=method)
        axis.set(xscale="log", yscale="log", xlabel="bytes", title=f"N = {n}, step {step}", xlim=(60, 3e4), ylim=(3e-3, 1.1))
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("relative L2 of the field")
    axes[0][-1].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vordec", default=str(HERE.parent / "build/release/bin/vordec"), metavar="PROGRAM")
    parser.add_argument("--N", type=int, default=128)
    parser.add_argument("--steps", default="0,400")
    for what in "json", "png", "markdown":
        parser.add_argument(f"--{what}", metavar="FILE")
    asked = parser.parse_args()
    steps = [int(step) for step in asked.steps.split(",")]
    points = []
    with tempfile.TemporaryDirectory() as folder:
        flow = Flow(asked.vordec, asked.N, steps, pathlib.Path(folder))
        for method in states, modes, zfp:
            try:
                points += [dict(zip(("method", "frame", "bytes", "relative_l2", "setting"), point)) for point in method(flow)]
            except RuntimeError as problem:
                print(f"{method.__name__}: not run: {problem}", file=sys.stderr)
    text = table(points, steps, asked.N)
    print(text)
    if asked.json:
        pathlib.Path(asked.json).write_text(json.dumps({"N": asked.N, "steps": steps, "points": points}, indent=1) + "\n")
    if asked.markdown:
        pathlib.Path(asked.markdown).write_text(text)
    if asked.png:
        draw(points, steps, asked.N, asked.png)


if __name__ == "__main__":
    main()

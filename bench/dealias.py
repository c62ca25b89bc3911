#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What dealiasing does to a spectrum's tail: a simulation with and without it, beside the same flow on a finer grid.

    bench/dealias.py [--vordec PROGRAM] [--N 128] [--fine 256] [--png FILE] [--markdown FILE]

The finer grid has the same start, mode by mode. Some minutes on two cores. Needs NumPy, and Matplotlib for --png.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
FLOWS = ((0.5, 0.01, 1600), (1, 0.005, 1600), (2, 0.0025, 1600))  # rms of the vorticity, dt, steps
FRAMES = 4
COLOURS = {"off": "tab:red", "two-thirds": "tab:blue"}


def simulate(vordec, n, rms, dt, steps, dealias, folder):
    command = [vordec, "simulate", "--N", n, "--start-rms", rms, "--dt", dt, "--steps", steps, "--stride", steps // FRAMES,
               "--dealias", dealias, "--out", folder / "T.npz"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    with np.load(folder / "T.npz") as data:
        return data["traj"]


def shells(omega):
    """Energy by shells of |k|, rounded."""
    n = len(omega)
    k = np.fft.fftfreq(n, 1 / n)
    ky, kx = np.meshgrid(k, k, indexing="ij")
    size = np.hypot(kx, ky)
    power = 0.5 * np.abs(np.fft.fft2(omega) / n**2) ** 2 / np.where(size == 0, 1, size) ** 2
    return np.bincount(np.rint(size).astype(int).ravel(), weights=power.ravel())


def error(coarse, fine, n):
    """Relative L2 over the modes that a dealiased grid has."""
    k = np.arange(-(n // 3), n // 3 + 1)
    a, b = ((np.fft.fft2(field) / field.size)[np.ix_(k, k)] for field in (coarse, fine))
    return np.linalg.norm(a - b) / np.linalg.norm(b)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vordec", default=str(HERE.parent / "build/release/bin/vordec"), metavar="PROGRAM")
    parser.add_argument("--N", type=int, default=128)
    parser.add_argument("--fine", type=int, default=256)
    for what in "png", "markdown":
        parser.add_argument(f"--{what}", metavar="FILE")
    asked = parser.parse_args()
    n, edge = asked.N, asked.N // 2 - 1
    lines = [f"| rms | t | enstrophy, N = {asked.fine} | off | two-thirds | E({edge}) over that of N = {asked.fine}, off | "
             f"relative L2, \\|kx\\|, \\|ky\\| <= {n // 3}: off | two-thirds |", "|" + "---|" * 8]
    spectra = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for rms, dt, steps in FLOWS:
            fine = simulate(asked.vordec, asked.fine, rms, dt, steps, "two-thirds", folder)
            runs = {way: simulate(asked.vordec, n, rms, dt, steps, way, folder) for way in COLOURS}
            for i in range(1, FRAMES + 1):
                enstrophies = [0.5 * np.mean(run[i] ** 2) for run in (fine, *runs.values())]
                tail = shells(runs["off"][i])[edge] / shells(fine[i])[edge]
                errors = [error(run[i], fine[i], n) for run in runs.values()]
                lines.append(f"| {rms:g} | {i * dt * steps / FRAMES:g} | {enstrophies[0]:.4f} | {enstrophies[1]:.4f} | "
                             f"{enstrophies[2]:.4f} | {tail:.2g} | {errors[0]:.3f} | {errors[1]:.3f} |")
            spectra.append((rms, dt * steps / 2, shells(fine[2]), {way: shells(run[2]) for way, run in runs.items()}))
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.markdown:
        pathlib.Path(asked.markdown).write_text(text)
    if asked.png:
        draw(spectra, asked, asked.png)


def draw(spectra, asked, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(1, len(spectra), figsize=(5 * len(spectra), 4.2), squeeze=False, sharey=True)
    for axis, (rms, time, fine, coarse) in zip(axes[0], spectra):
        axis.loglog(np.arange(1, asked.N), fine[1:asked.N], color="black", label=f"N = {asked.fine}")
        for way, colour in COLOURS.items():
            axis.loglog(np.arange(1, asked.N * 7 // 10), coarse[way][1:asked.N * 7 // 10], color=colour,
                        label=f"N = {asked.N}, --dealias {way}")
        axis.axvline(asked.N / 3, color="grey", linestyle=":", linewidth=1)
        axis.text(asked.N / 3, 3e-10, "N / 3 ", color="grey", horizontalalignment="right")
        axis.set(title=f"--start-rms {rms:g}, t = {time:g}", xlabel="|k|", ylim=(1e-10, 1e-1))
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("energy of the shell")
    axes[0][0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()

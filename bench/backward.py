#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A decode and the gradient through it, beside the same in PyTorch: torch.fft and autograd, in one run, in turns.

    python3 bench/backward.py [--cases 8x1024] [--backend vulkan] [--device cuda] [--precision fp32] [--json FILE]

Both make omega_lp, the mask and omega_hat of states with low and kept modes, and take the derivatives by z of the sum of
omega_lp times a and omega_hat times b. z, a and b lie on torch's device before the clock starts, and the gradient lies there
when it stops. PyTorch's side scatters coefficients, transforms, and smooths and thresholds as peers/torch_decode.py. The
gradients are compared before anything is timed.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
import vordec
import vordec.torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
import torch_decode  # noqa: E402

K_CUT, KEPT, MID_CUT = 8, 64, 12


def made_up(batch, n):
    """A layout of one mode of each pair, in the half of the spectrum that a real transform has, and states."""
    generator = np.random.default_rng(n)
    k = np.fft.fftfreq(n, 1 / n)
    ky, kx = np.meshgrid(k, k, indexing="ij")
    half, distance = (kx > 0) | ((kx == 0) & (ky >= 0)), np.hypot(ky, kx)
    low = half & (distance <= K_CUT)
    mid = np.flatnonzero((half & (distance > K_CUT) & (distance <= MID_CUT)).ravel())
    anchors = np.sort(generator.permutation(mid)[:KEPT]).astype(np.int64)
    layout = vordec.Layout(n, low, anchors, K_CUT, MID_CUT)
    z = generator.normal(size=(batch, layout.d))
    m = layout.m
    z[:, 2 * m:2 * m + 3] = 0
    z[:, 2 * m + 3] = len(anchors)
    return layout, z, np.flatnonzero(low.ravel()), anchors


class Peer:
    """The same in PyTorch."""

    def __init__(self, n, low, anchors, device):
        self.n, self.m, self.kept = n, len(low), len(anchors)
        self.index = [self._half(index).to(device) for index in (low, anchors)]
        # A mode of an inner column stands for two in a real transform.
        self.weight = [torch.where(torch.as_tensor(index % n) == 0, 1.0, 0.5).to(device) for index in (low, anchors)]

    def _half(self, index):
        return torch.as_tensor(index // self.n * (self.n // 2 + 1) + index % self.n)

    def _field(self, re, im, which):
        n = self.n
        half = torch.zeros((len(re), n * (n // 2 + 1)), dtype=torch.complex(re, im).dtype, device=re.device)
        half = half.index_copy(1, self.index[which], torch.complex(re, im) * self.weight[which].to(re.dtype))
        return torch.fft.irfft2(half.view(-1, n, n // 2 + 1), s=(n, n), norm="forward")

    def decode(self, z):
        m, kept = self.m, self.kept
        omega_lp = self._field(z[:, :m], z[:, m:2 * m], 0)
        with torch.no_grad():
            mask = torch_decode.mask_of(omega_lp)
        tail = z[:, 2 * m + 4:]
        return omega_lp, mask, omega_lp + self._field(tail[:, :kept], tail[:, kept:2 * kept], 1)


def synchronise(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def run_case(batch, n, options):
    device = torch.device(options.device)
    dtype = torch.float64 if options.precision == "fp64" else torch.float32
    layout, states, low, anchors = made_up(batch, n)
    generator = torch.Generator(device).manual_seed(1)
    a, b = (torch.randn((batch, n, n), generator=generator, device=device, dtype=dtype) for _ in range(2))
    config = {"decode": {"backend": options.backend, "precision": options.precision}}
    peer = Peer(n, low, anchors, device)
    with vordec.Decoder(layout, config, batch=batch, half=True) as decoder:
        def ours(z):
            fields = vordec.torch.decode(decoder, z)
            return fields.omega_lp, fields.mask, fields.omega_hat

        ways = {"vordec": (ours, torch.as_tensor(states, device=device)),
                "torch": (peer.decode, torch.as_tensor(states, device=device, dtype=dtype))}

        def forward_and_backward(way):
            decode, z = ways[way]
            z = z.detach().requires_grad_()
            omega_lp, _, omega_hat = decode(z)
            torch.autograd.backward((omega_lp, omega_hat), (a.to(omega_lp.dtype), b.to(omega_hat.dtype)))
            synchronise(device)
            return z.grad

        gradients = [forward_and_backward(way).to(torch.float64) for way in ways]
        off = float((gradients[0] - gradients[1]).abs().max() / gradients[1].abs().max())
        if not off < (1e-10 if dtype == torch.float64 else 1e-4):
            raise SystemExit(f"{batch} x {n}^2: the gradients differ by {off:.3g} of their size")
        times = {way: [] for way in ways}
        for turn in range(options.warm_ups + options.runs):
            for way in ways:
                synchronise(device)
                start = time.perf_counter()
                forward_and_backward(way)
                if turn >= options.warm_ups:
                    times[way].append(1e3 * (time.perf_counter() - start))
        row = {"batch": batch, "N": n, "precision": options.precision, "off": off, "runs": options.runs,
               "vordec_on": f"{decoder.info.device.name} by {decoder.info.backend_used}",
               "torch_on": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
               "torch_version": torch.__version__}
        for way, own in times.items():
            row |= {f"{way}_median_ms": statistics.median(own), f"{way}_min_ms": min(own), f"{way}_max_ms": max(own)}
        return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="8x1024", help="BATCHxN, comma-separated")
    parser.add_argument("--backend", default="auto", help="of vordec's")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="of torch's")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "fp64"])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--warm-ups", type=int, default=10)
    parser.add_argument("--json", help="write the record here")
    options = parser.parse_args()
    rows = []
    for case in options.cases.split(","):
        batch, n = map(int, case.split("x"))
        rows.append(run_case(batch, n, options))
        row = rows[-1]
        print(f"{batch} x {n}^2 {options.precision}: vordec {row['vordec_median_ms']:.3f} ms on {row['vordec_on']}, torch "
              f"{row['torch_median_ms']:.3f} ms on {row['torch_on']}; {row['torch_median_ms'] / row['vordec_median_ms']:.2f} "
              f"times faster; gradients differ by {row['off']:.1e}", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vordec.torch on a GPU host, which CTest does not do: PyTorch's check of gradients in fp64 on the device, both precisions
against the CPU backend, and a DataLoader whose workers decode.

    python3 tests/python/torch_device.py [--backend vulkan] [--device cuda] [--software]

Prints a line a check; exit code 1 if one falls short. --software: allow a software Vulkan device, with --device cpu.
"""

import argparse
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "examples" / "torch")]

import vordec  # noqa: E402
import vordec.torch  # noqa: E402
from decoded_states import DecodedStates  # noqa: E402
from made_states import made_up  # noqa: E402

failures = 0


def told(what, good, figure=""):
    global failures
    failures += not good
    print(f"{'ok     ' if good else 'FAILED '} {what}{': ' if figure else ''}{figure}", flush=True)


def config(options, precision, **more):
    return {"decode": {"backend": options.backend, "precision": precision,
                       "allow_software_device": "true" if options.software else "false"}, "mask": {"smooth_width": 5}, **more}


def check_gradcheck(options):
    layout, states, _, _ = made_up(12, 2)
    z = torch.tensor(states, device=options.device, requires_grad=True)
    residual = torch.randn(2, 12, 12, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    residual = residual.to(options.device).requires_grad_()
    for gate in "support", "signed":
        with vordec.Decoder(layout, config(options, "fp64", combine={"gate": gate}), residual=True, batch=2) as decoder:
            def fields(z, residual):
                decoded = vordec.torch.decode(decoder, z, residual)
                return decoded.omega_lp, decoded.omega_hat

            told(f"gradcheck in fp64, gate {gate}", torch.autograd.gradcheck(fields, (z, residual), eps=1e-6, atol=1e-7),
                 decoder.info.device.name)


def gradient(decoder, states, residual, device, weights):
    z = torch.tensor(states, device=device, requires_grad=True)
    r = residual.clone().to(device).requires_grad_()
    decoded = vordec.torch.decode(decoder, z, r)
    ((decoded.omega_lp * weights[0].to(decoded.omega_lp)).sum() + (decoded.omega_hat * weights[1].to(decoded.omega_hat)).sum()).backward()
    return decoded, z.grad.cpu(), r.grad.cpu()


def check_against_the_cpu(options):
    for n, batch in (24, 1), (150, 3), (256, 17):
        layout, states, _, _ = made_up(n, 3)
        states = states[np.arange(batch) % 3]
        generator = torch.Generator().manual_seed(n)
        weights = torch.randn(2, batch, n, n, generator=generator, dtype=torch.float64)
        residual = torch.randn(batch, n, n, generator=generator, dtype=torch.float64)
        cpu = {"decode": {"backend": "cpu"}, "mask": {"smooth_width": 5}}
        with vordec.Decoder(layout, cpu, residual=True, batch=batch) as decoder:
            expected, z, _ = gradient(decoder, states, residual, "cpu", weights)
        for precision, most in ("fp32", 1e-5), ("fp64", 1e-12):
            with vordec.Decoder(layout, config(options, precision), residual=True, batch=batch) as decoder:
                decoded, got, by_residual = gradient(decoder, states, residual, options.device, weights)
            off = float((got - z).abs().max() / z.abs().max())
            gated = weights[1].to(decoded.omega_hat.dtype) * (decoded.mask.cpu() != 0)
            told(f"{batch} x {n}^2 {precision} against the CPU", off < most and torch.equal(by_residual.to(gated), gated),
                 f"off by {off:.1e} of the largest")


def check_loader(options):
    layout, states, _, _ = made_up(32, 1)
    states = states.repeat(64, 0)
    dataset = DecodedStates(layout, states, config(options, "fp32"), "omega_lp")
    with vordec.Decoder(layout, config(options, "fp32"), outputs=("omega_lp",)) as decoder:  # the GPU is in use here
        expected = vordec.torch.decode(decoder, dataset.states[0]).omega_lp
        loader = torch.utils.data.DataLoader(dataset, batch_size=16, num_workers=3, multiprocessing_context="spawn")
        fields = torch.cat([fields for _, fields in loader])
        told("a DataLoader with 3 spawned workers", len(fields) == 64 and bool((fields == expected.float().cpu()).all()))
        if options.software:
            return
        forked = torch.utils.data.DataLoader(dataset, batch_size=16, num_workers=1, multiprocessing_context="fork")
        try:
            next(iter(forked))
            told("a forked worker is refused", False, "it decoded")
        except Exception as error:  # the worker's, wrapped
            told("a forked worker is refused", "Refused" in str(error) or "other-process" in str(error), type(error).__name__)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="vulkan")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--software", action="store_true")
    options = parser.parse_args()
    check_gradcheck(options)
    check_against_the_cpu(options)
    check_loader(options)
    print(f"{failures} failed")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()

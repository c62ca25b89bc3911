#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""GPU peer: stages 1 to 3 as a PyTorch user would write them, in float32: cuFFT C2R, avg_pool2d, eager or compiled.

The half spectrum lies on the device before the clock starts: scatter_lowk is not part of what is timed. Times are CUDA
events around a call (device) and a call with its synchronisation (host).
Needs PyTorch with CUDA.
"""


import torch
import torch.nn.functional as functional

import peer


def squared_wavenumbers(n):
    k = torch.fft.fftfreq(n, 1.0 / n, dtype=torch.float64)
    return k[:, None] ** 2 + k[None, : n // 2 + 1] ** 2


def spectrum(batch, n, k_cut, device, seed=0):
    """Half spectra of smooth random fields, cut at k_cut; noise is drawn a field at a time."""
    squared = squared_wavenumbers(n).to(device)
    weight = torch.exp(-squared / peer.DECAY) * (squared <= k_cut * k_cut)
    weight[0, 0] = 0
    generator = torch.Generator(device).manual_seed(seed)
    out = torch.empty((batch, n, n // 2 + 1), dtype=torch.complex64, device=device)
    for field in out:
        noise = torch.randn((n, n), generator=generator, device=device)
        field.copy_(torch.fft.rfft2(noise) * weight)
    return out


def smooth(field):
    width = peer.WIDTH
    field = functional.avg_pool2d(field[:, None], (1, width), stride=1, padding=(0, width // 2), count_include_pad=True)
    return functional.avg_pool2d(field, (width, 1), stride=1, padding=(width // 2, 0), count_include_pad=True)[:, 0]


def mask_of(omega_lp):
    residual = omega_lp - smooth(omega_lp)
    normal = (residual / (residual.abs().amax((1, 2), keepdim=True) + 1e-12)).clamp(-1, 1)
    signs = (normal >= peer.TAU).to(torch.int8) - (normal <= -peer.TAU).to(torch.int8)
    signs = signs.to(torch.float16 if omega_lp.is_cuda else torch.float32)[:, None]
    for _ in range(peer.ROUNDS):
        padded = functional.pad(signs, (1, 1, 1, 1), mode="circular")
        signs = torch.sign(functional.avg_pool2d(padded, 3, stride=1))
    return signs[:, 0].to(torch.int8)


def decode(half, n):
    omega_lp = torch.fft.irfft2(half, s=(n, n))
    return omega_lp, mask_of(omega_lp)


def check(k_cut, device):
    try:
        import numpy as np
    except ImportError:
        print("torch: unchecked, NumPy is missing")
        return
    n = 128
    half = spectrum(1, n, k_cut, device, 7)
    omega_lp, mask = (field[0].cpu().numpy() for field in decode(half, n))
    expected = np.fft.irfft2(half[0].cpu().numpy().astype(complex), s=(n, n))
    peer.check(omega_lp, mask, expected, 1e-5)


def device_times(call):
    times = []
    for _ in range(peer.RUNS_MIN):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return times


def time_case(batch, n, options, function, device):
    try:
        half = spectrum(batch, n, options.k_cut, device)
        if options.readback:
            fields = [torch.empty((batch, n, n), dtype=dtype, pin_memory=True) for dtype in (torch.float32, torch.int8)]

        def call():
            results = function(half, n)
            if options.readback:
                for field, result in zip(fields, results):
                    field.copy_(result, non_blocking=True)

        def call_and_wait():
            call()
            torch.cuda.synchronize()

        host = peer.host_times(call_and_wait)
        return host, None if options.readback else device_times(call)
    except torch.cuda.OutOfMemoryError as error:
        raise peer.NotRun("out of device memory") from error
    finally:
        torch.cuda.empty_cache()


def compiled():
    torch._dynamo.config.cache_size_limit = 64
    return torch.compile(decode, dynamic=False)


def main():
    parser = peer.arguments(__doc__.splitlines()[0])
    parser.add_argument("--compile", action="store_true", help="through torch.compile")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("PyTorch sees no CUDA device")
    device = torch.device("cuda")
    check(options.k_cut, device)
    name, function = ("torch.compile", compiled()) if options.compile else ("torch", decode)
    rows = peer.run(name, torch.cuda.get_device_name(device), options,
                    lambda batch, n: time_case(batch, n, options, function, device))
    peer.write(rows, options)


if __name__ == "__main__":
    main()

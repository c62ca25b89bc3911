# SPDX-License-Identifier: MIT
"""GPU peer: a step of `vordec simulate` in PyTorch (cuFFT), fp32 and fp64, with --compile through torch.compile; many
steps are replayed as one CUDA graph, so that neither Python nor launches are in the times. Needs an NVIDIA GPU.
"""

import math

import torch

import les

REPLAYS, STEPS_A_REPLAY = 20, 5


def make_step(n, dt, nu0, cs, reference_mean, dtype):
    numbers = torch.complex64 if dtype == torch.float32 else torch.complex128
    flow, strain = [torch.stack([torch.as_tensor(part + 0j) for part in parts]).to("cuda", numbers)
                    for parts in les.factors(n, reference_mean)]
    eddy = (cs * 2 * math.pi / n) ** 2

    def slope(spectrum, viscosity):
        u, v, wx, wy, laplacian = torch.fft.irfft2(flow * spectrum, s=(n, n))
        return viscosity * laplacian - (u * wx + v * wy)

    def step(omega):
        spectrum = torch.fft.rfft2(omega)
        rates = torch.fft.irfft2(strain * spectrum, s=(n, n))
        viscosity = nu0 + eddy * torch.sqrt(4 * (rates[0] ** 2 + rates[1] ** 2) + 1e-30)
        first = slope(spectrum, viscosity)
        second = slope(torch.fft.rfft2(omega + dt * first), viscosity)
        return omega + 0.5 * dt * (first + second)

    return step


def time_steps(step, omega):
    """Milliseconds a step by the device's clock."""
    field = omega.clone()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            field.copy_(step(field))
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        field.copy_(step(field))
    field.copy_(omega)
    times = []
    for _ in range(REPLAYS):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(STEPS_A_REPLAY):
            graph.replay()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) / STEPS_A_REPLAY)
    return times


def main():
    parser = les.arguments(__doc__.splitlines()[0])
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("no CUDA device")

    def make(n, dt, nu0, cs, reference_mean):
        step = make_step(n, dt, nu0, cs, reference_mean, torch.float64)
        return lambda omega: step(torch.as_tensor(omega, device="cuda")), lambda omega: omega.cpu().numpy()

    les.check(make)
    rows = []
    for dtype, precision in ((torch.float32, "fp32"), (torch.float64, "fp64")):
        for n in map(int, options.n.split(",")):
            step = make_step(n, les.time_step(n), les.NU0, les.CS, False, dtype)
            step = torch.compile(step, dynamic=False) if options.compile else step
            omega = torch.as_tensor(les.start(n), device="cuda").to(dtype)
            rows.append(les.row("torch, compiled" if options.compile else "torch", torch.cuda.get_device_name(), n,
                                precision, time_steps(step, omega)))
    les.write(rows, options)


if __name__ == "__main__":
    main()

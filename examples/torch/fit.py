# SPDX-License-Identifier: MIT
"""Fits a state to a field through the decoder.

    python3 fit.py [--n 64] [--device cpu|cuda] [--png fit.png]

The target is a flow of vordec's own simulation. The state begins with nothing in it, and an optimiser of PyTorch's changes
its coefficients until what they decode to is as near to the target as can be. How near that is, is known: what the
target has in modes that the state does not store stays. A state that was encoded the usual way is shown beside it.
"""

import argparse

import numpy as np
import torch
import vordec
import vordec.torch

K_CUT, MID_CUT, KEPT = 6, 12, 64


def simulated(n, steps=300):
    """A field of decaying turbulence: a random start at large scales, some time later."""
    k = np.fft.fftfreq(n, 1 / n)
    distance = np.hypot(k[:, None], k)
    noise = np.fft.fft2(np.random.default_rng(1).normal(size=(n, n)))
    start = np.fft.ifft2(noise * (distance > 0) * np.exp(-((distance - 5) / 2)**2)).real
    with vordec.Simulation(start / start.std() * 4, dt=2e-3, nu0=1e-3) as simulation:
        simulation.advance(steps)
        return simulation.read()


def least_error(state, target):
    """The relative L2 error of the best state: the share of what lies in modes that it does not store."""
    n = len(target)
    spectrum = np.fft.fft2(target)
    power, total = np.abs(spectrum)**2, np.abs(spectrum**2).sum()
    with vordec.Encoder(n, K_CUT, MID_CUT, KEPT) as encoder:
        encoder.choose(target)
        kept = encoder.anchor_idx
    k = np.fft.fftfreq(n, 1 / n)
    stored = np.hypot(k[:, None], k) <= K_CUT
    for index in kept:  # both of each pair
        y, x = divmod(int(index), n)
        stored[y, x] = stored[-y % n, -x % n] = True
    return float(np.sqrt(power[~stored].sum() / total))


def fit(decoder, state, target, steps=12):
    """The state's coefficients from nothing; returns them and the errors on the way, the first before any step."""
    device = target.device
    given = torch.as_tensor(state.z, device=device)
    m = state.layout.m
    free = torch.ones_like(given, dtype=torch.bool)
    free[2 * m:2 * m + 4] = False  # support, energies and K: constants of the decode
    unknown = torch.zeros(int(free.sum()), dtype=given.dtype, device=device, requires_grad=True)
    optimiser = torch.optim.LBFGS([unknown], max_iter=1, line_search_fn="strong_wolfe")
    errors = []

    def loss():
        optimiser.zero_grad()
        z = given.masked_scatter(free, unknown)
        field = vordec.torch.decode(decoder, z).omega_hat
        error = (field - target).square().mean() / target.square().mean()
        error.backward()
        return error

    errors.append(float(loss().detach().sqrt()))
    for _ in range(steps):
        optimiser.step(loss)
        errors.append(float(loss().detach().sqrt()))
    return given.masked_scatter(free, unknown).detach(), errors


def draw(path, title, target, before, after, errors, least):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, 4, figsize=(14, 4), constrained_layout=True)
    figure.suptitle(title)
    most = np.abs(target).max()
    for axis, (name, field) in zip(axes, [("target", target), (f"encoded: error {errors['encoded']:.3f}", before),
                                           (f"fitted: error {errors['fitted'][-1]:.3f}", after)]):
        axis.imshow(field, cmap="RdBu_r", vmin=-most, vmax=most, origin="lower")
        axis.set(title=name, xticks=[], yticks=[])
    axes[3].plot(errors["fitted"], marker="o", label="fitted")
    axes[3].axhline(errors["encoded"], color="gray", linestyle=":", label="encoded")
    axes[3].axhline(least, color="black", linestyle="--", label="least possible")
    axes[3].set(xlabel="step of the optimiser", ylabel="relative L2 error", ylim=(0, 1.05))
    axes[3].legend()
    figure.savefig(path, dpi=100)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--n", type=int, default=64)
    options.add_argument("--device", default="cpu", help="of torch's: cpu or cuda")
    options.add_argument("--backend", default="auto", help="of vordec's")
    options.add_argument("--png", help="draw it, with matplotlib")
    options = options.parse_args()

    target = simulated(options.n)
    state = vordec.encode(target, K_CUT, MID_CUT, KEPT)
    with vordec.Decoder(state, {"decode": {"backend": options.backend}}) as decoder:
        encoded = decoder.decode(state.z).omega_hat
        field = torch.as_tensor(target, device=options.device)
        z, errors = fit(decoder, state, field)
        fitted = vordec.torch.decode(decoder, z)
        decoded_on = f"{decoder.info.device.name} by {decoder.info.backend_used}, {decoder.info.precision}"
    told = {"fitted": errors, "encoded": float(np.linalg.norm(encoded - target) / np.linalg.norm(target))}
    least = least_error(state, target)
    title = f"N = {options.n}, {state.z.size} numbers a state; decoded on {decoded_on}"
    print(title)
    for step, error in enumerate(errors):
        print(f"step {step:2}: error {error:.6f}")
    print(f"encoded {told['encoded']:.6f}, fitted {errors[-1]:.6f}, least possible {least:.6f}")
    if options.png:
        draw(options.png, title, target, encoded, fitted.omega_hat.cpu().numpy(), told, least)


if __name__ == "__main__":
    main()

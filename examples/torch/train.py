# SPDX-License-Identifier: MIT
"""Trains a network that encodes: fields in, states out, and a loss on what these decode to.

    python3 train.py [--workers 2] [--epochs 8] [--device cpu|cuda]

The fields come from a DataLoader whose workers decode states on the fly (decoded_states.py). The network sees each field
coarsely and answers with the low modes' coefficients; vordec.torch.decode() makes fields of its answer, and the gradient of their
distance from what went in goes back through the decoder.
"""

import argparse

import numpy as np
import torch
import vordec
import vordec.torch
from decoded_states import DecodedStates

N, K_CUT, COARSE = 32, 4, 16


def random_states(count):
    """States of |k| <= K_CUT with a falling spectrum, one mode of each conjugate pair, and their layout."""
    k = np.fft.fftfreq(N, 1 / N)
    distance = np.hypot(k[:, None], k)
    index = np.arange(N * N).reshape(N, N)
    partner = index[np.ix_(-np.arange(N) % N, -np.arange(N) % N)]
    low = (distance <= K_CUT) & (index <= partner) & (distance > 0)
    layout = vordec.Layout(N, low, k_cut=K_CUT)
    spectrum = np.tile(1 / distance[low], 2)
    states = np.zeros((count, layout.d))
    states[:, :spectrum.size] = np.random.default_rng(2).normal(size=(count, spectrum.size)) * spectrum
    return layout, states


def train(loader, decoder, network, epochs, device):
    """The mean relative error of each epoch."""
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    told = []
    for epoch in range(epochs):
        total, count = 0.0, 0
        for _, fields in loader:
            fields = fields.to(device)
            coefficients = network(fields)
            z = torch.nn.functional.pad(coefficients, (0, decoder.layout.d - coefficients.shape[1]))
            decoded = vordec.torch.decode(decoder, z).omega_lp.to(fields.dtype)
            errors = (decoded - fields).square().sum((1, 2)) / fields.square().sum((1, 2))
            optimiser.zero_grad()
            errors.mean().backward()
            optimiser.step()
            total, count = total + float(errors.detach().sqrt().sum()), count + len(fields)
        told.append(total / count)
        print(f"epoch {epoch}: relative error {told[-1]:.4f}", flush=True)
    return told


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--epochs", type=int, default=8)
    options.add_argument("--states", type=int, default=512)
    options.add_argument("--device", default="cpu", help="of torch's: cpu or cuda")
    options.add_argument("--backend", default="auto", help="of vordec's")
    options.add_argument("--start-method", default="fork", help="of the workers: spawn where they decode on a GPU")
    options = options.parse_args()

    torch.manual_seed(0)
    config = {"decode": {"backend": options.backend}, "mask": {"smooth_width": 5}}
    layout, states = random_states(options.states)
    loader = torch.utils.data.DataLoader(DecodedStates(layout, states, config, "omega_lp", half=True), batch_size=32,
                                         shuffle=True, num_workers=options.workers,
                                         multiprocessing_context=options.start_method if options.workers else None)
    network = torch.nn.Sequential(torch.nn.Unflatten(1, (1, N)), torch.nn.AvgPool2d(N // COARSE), torch.nn.Flatten(),
                                  torch.nn.Linear(COARSE**2, 2 * layout.m)).to(options.device)
    with vordec.Decoder(layout, config, outputs=("omega_lp",), half=True, batch=32) as decoder:
        train(loader, decoder, network, options.epochs, options.device)
        print(f"decoded on {decoder.info.device.name}")


if __name__ == "__main__":
    main()

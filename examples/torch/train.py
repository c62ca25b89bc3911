# SPDX-License-Identifier: MIT
"""Trains a network that encodes: fields in, states out, and a loss on what these decode to.

    python3 train.py [--workers 2] [--epochs 8] [--device cpu|cuda] [--png train.png]

The fields come from a DataLoader whose workers decode states on the fly (decoded_states.py). The network sees each field
coarsely and answers with the low modes' coefficients; vordec.torch.decode() makes fields of its answer, and the gradient of their
distance from what went in goes back through the decoder. In the end it answers to fields that it has not seen.

Where there is no matplotlib, --save FILE keeps what --png draws, and --saved FILE draws it elsewhere.
"""

import argparse

import numpy as np
import torch
import vordec
import vordec.torch
from decoded_states import DecodedStates

N, K_CUT, COARSE = 32, 4, 16
UNSEEN, SHOWN = 64, 3


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


def decoded(decoder, network, fields):
    """What the network's answers to fields decode to."""
    coefficients = network(fields)
    z = torch.nn.functional.pad(coefficients, (0, decoder.layout.d - coefficients.shape[1]))
    return vordec.torch.decode(decoder, z).omega_lp.to(fields.dtype)


def squared_errors(answers, fields):
    """Relative ones, of each field."""
    return (answers - fields).square().sum((1, 2)) / fields.square().sum((1, 2))


def train(loader, decoder, network, epochs, device):
    """The mean relative error of each epoch."""
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    told = []
    for epoch in range(epochs):
        total, count = 0.0, 0
        for _, fields in loader:
            fields = fields.to(device)
            errors = squared_errors(decoded(decoder, network, fields), fields)
            optimiser.zero_grad()
            errors.mean().backward()
            optimiser.step()
            total, count = total + float(errors.detach().sqrt().sum()), count + len(fields)
        told.append(total / count)
        print(f"epoch {epoch}: relative error {told[-1]:.4f}", flush=True)
    return told


def try_unseen(decoder, network, states, device):
    """Fields of other states, what comes of them, and the relative error of each."""
    with torch.no_grad():
        fields = vordec.torch.decode(decoder, torch.as_tensor(states, device=device)).omega_lp.to(torch.float32)
        answers = decoded(decoder, network, fields)
        errors = squared_errors(answers, fields).sqrt()
    return {"fields": fields[:SHOWN].cpu().numpy(), "answers": answers[:SHOWN].cpu().numpy(),
            "unseen": errors.cpu().numpy()}


def draw(path, shown):
    """Fields above what the network's answers decode to, and the error epoch by epoch."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure = plt.figure(figsize=(14, 5.4), constrained_layout=True)
    figure.suptitle(str(shown["title"]))
    grid = figure.add_gridspec(2, SHOWN + 2)
    most = np.abs(shown["fields"]).max()
    for column in range(SHOWN):
        for row, (name, field) in enumerate([("unseen", shown["fields"][column]),
                                             (f"answer: error {shown['unseen'][column]:.3f}", shown["answers"][column])]):
            axis = figure.add_subplot(grid[row, column])
            axis.imshow(field, cmap="RdBu_r", vmin=-most, vmax=most, origin="lower")
            axis.set(title=name, xticks=[], yticks=[])
    axis = figure.add_subplot(grid[:, SHOWN:])
    axis.plot(shown["epochs"], marker="o", label="in training")
    axis.axhline(float(np.mean(shown["unseen"])), color="black", linestyle="--", label="of unseen fields, at the end")
    axis.set(xlabel="epoch", ylabel="mean relative L2 error", ylim=(0, None))
    axis.legend()
    figure.savefig(path, dpi=100)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--epochs", type=int, default=8)
    options.add_argument("--states", type=int, default=512)
    options.add_argument("--device", default="cpu", help="of torch's: cpu or cuda")
    options.add_argument("--backend", default="auto", help="of vordec's")
    options.add_argument("--start-method", default="fork", help="of the workers: spawn where they decode on a GPU")
    options.add_argument("--png", help="draw it, with matplotlib")
    options.add_argument("--save", help="keep what is drawn in this .npz")
    options.add_argument("--saved", help="draw what another run has kept, and do nothing else")
    options = options.parse_args()
    if options.saved:
        draw(options.png, np.load(options.saved))
        return

    torch.manual_seed(0)
    config = {"decode": {"backend": options.backend}, "mask": {"smooth_width": 5}}
    layout, states = random_states(options.states + UNSEEN)
    loader = torch.utils.data.DataLoader(DecodedStates(layout, states[:-UNSEEN], config, "omega_lp", half=True), batch_size=32,
                                         shuffle=True, num_workers=options.workers, persistent_workers=options.workers > 0,
                                         multiprocessing_context=options.start_method if options.workers else None)
    network = torch.nn.Sequential(torch.nn.Unflatten(1, (1, N)), torch.nn.AvgPool2d(N // COARSE), torch.nn.Flatten(),
                                  torch.nn.Linear(COARSE**2, 2 * layout.m)).to(options.device)
    with vordec.Decoder(layout, config, outputs=("omega_lp",), half=True, batch=32) as decoder:
        epochs = train(loader, decoder, network, options.epochs, options.device)
        shown = try_unseen(decoder, network, states[-UNSEEN:], options.device)
        title = f"{options.states} states of N = {N}; decoded on {decoder.info.device.name} by {decoder.info.backend_used}"
    print(f"unseen fields: relative error {shown['unseen'].mean():.4f}; {title}")
    shown |= {"epochs": np.array(epochs), "title": title}
    if options.save:
        np.savez_compressed(options.save, **shown)
    if options.png:
        draw(options.png, shown)


if __name__ == "__main__":
    main()

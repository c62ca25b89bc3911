# SPDX-License-Identifier: MIT
"""A dataset whose fields are decoded when they are asked for: what is stored, and shuffled, is states.

A decoder belongs to the process that made it, so that each worker of a DataLoader makes its own, from the layout and the
configuration, which travel. With workers that are forked this works on the CPU, whatever the process did before; a GPU that it
has used before the fork is refused (vordec.Refused), so give such a DataLoader multiprocessing_context="spawn".
"""

import os

import torch
import vordec
import vordec.torch


class DecodedStates(torch.utils.data.Dataset):
    """Pairs of a state (D,) and a field (N, N), float32. states: (B, D); config: as vordec.Decoder takes it."""

    def __init__(self, layout, states, config=None, output="omega_hat", half=False):
        self.layout, self.config, self.output, self.half = layout, config, output, half
        self.states = torch.as_tensor(states, dtype=torch.float64)
        self._decoder, self._process = None, None

    def __len__(self):
        return len(self.states)

    def decoder(self):
        """This process's."""
        if self._decoder is None or self._process != os.getpid():
            self._decoder = vordec.Decoder(self.layout, self.config, outputs=(self.output,), half=self.half)
            self._process = os.getpid()
        return self._decoder

    def __getitem__(self, index):
        return self.__getitems__([index])[0]

    def __getitems__(self, indices):
        """A batch in one decode; PyTorch asks for batches like this from 2.0 on, and one by one before."""
        z = self.states[indices]
        fields = getattr(vordec.torch.decode(self.decoder(), z), self.output).to(torch.float32)
        return list(zip(z.to(torch.float32), fields))

    def __getstate__(self):
        return {**self.__dict__, "_decoder": None, "_process": None}

# SPDX-License-Identifier: MIT
"""States to take gradients of; on a GPU host, too, where the tests' support is not wanted."""

import numpy as np
import vordec

CPU = {"decode": {"backend": "cpu"}, "mask": {"smooth_width": 5}}


def made_up(n, count):
    """A layout with some kept modes, states that are not Hermitian with K from 3 on, and flat indices of low modes and
    of the others."""
    generator = np.random.default_rng(n)
    k = np.fft.fftfreq(n, 1 / n)
    squared = k[:, None]**2 + k**2
    low = squared <= 9
    anchors = generator.permutation(np.flatnonzero(((squared > 9) & (squared <= 20)).ravel()))[:8].astype(np.int64)
    layout = vordec.Layout(n, low, anchors, 3, 4.5)
    m = int(low.sum())
    z = generator.normal(size=(count, layout.d)) / m
    z[:, 2 * m:2 * m + 4] = [0.3, 0.1, 0.1, 0]
    z[:, 2 * m + 3] = 3 + np.arange(count)
    return layout, z, np.flatnonzero(low.ravel()), anchors

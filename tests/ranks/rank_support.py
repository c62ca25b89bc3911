# SPDX-License-Identifier: MIT
"""Runs under mpirun."""

import os
import re
import subprocess
import sys

import numpy as np
from cli_support import COMMAND, CommandTest

OFTEN = {**os.environ, "VORDEC_PROGRESS_SECONDS": "0.0001"}  # lines about progress
MPIRUN = os.environ["VORDEC_MPIRUN"]


def main(unittest):
    """Where there is no MPI the tests are skipped, with the reason."""
    if not MPIRUN:
        print("skipped: this build has no vordec_mpi.so, or there is no mpirun (libopenmpi-dev, openmpi-bin)")
        sys.exit(77)
    unittest.main()


def launched(size, *arguments, command=COMMAND):
    """More ranks than cores, as any user, without the shared memory trick that containers forbid; what one machine does
    not need is not looked for, which halves the start."""
    settings = {"btl_vader_single_copy_mechanism": "none", "btl": "self,vader", "pml": "ob1", "plm": "isolated"}
    chosen = [word for key, value in settings.items() for word in ("--mca", key, value)]
    return [MPIRUN, "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", *chosen, "-n", str(size), command,
            *map(str, arguments)]


class RankTest(CommandTest):
    def call_ranks(self, size, *arguments, **options):
        return subprocess.run(launched(size, *arguments), cwd=self.folder, text=True, check=False, timeout=60,
                              capture_output=True, **options)

    def lines_of_ours(self, done):
        """Without what mpirun itself says at the end of a run that failed."""
        return [line for line in done.stderr.splitlines() if line.startswith("vordec:")]

    def take_progress(self, said, label, total):
        """One rank speaks for all: what it counts only grows, and ends with all that there is. What else was said, without it."""
        pattern = rf"(?m)^{label}: (\d+) of (\d+), .*\n"
        lines = [tuple(map(int, found)) for found in re.findall(pattern, said)]
        self.assertEqual({of for _, of in lines}, {total}, said)
        counts = [count for count, _ in lines]
        self.assertEqual(counts, sorted(set(counts)))
        self.assertEqual(counts[-1], total)
        return re.sub(pattern, "", said)

    def states(self, count, name="states.npz", **changes):
        """Different states of one layout."""
        data = dict(np.load(self.state("n64/decode", name="one.npz")))
        z = np.stack([data["z"]] * count)
        modes = 2 * int(data["mask_low"].sum())
        z[:, :modes] *= 1 + 0.01 * np.arange(count)[:, None]
        for (state, entry), value in changes.pop("entries", {}).items():
            z[state, entry] = value
        return self.state(data, name=name, z=z, **changes)

# SPDX-License-Identifier: MIT
"""The examples that --help shows, pasted into a shell in a folder that has what they read."""

import os
import pathlib
import subprocess
import unittest

import numpy as np

from cli_support import COMMAND, SOURCE, CommandTest

# In the order in which they can be run: what one writes another reads.
ORDER = ("simulate", "encode", "learn", "loss", "snapshots", "report", "perf-kernel", "decode", "parity", "gather", "devices",
         "doctor", "config", "bench", "check-plugin")
ELSEWHERE = ("vordec check-plugin cpu --quick", "vordec bench --backend cpu --sizes")  # slow; other tests run the like


class Examples(CommandTest):
    def paste(self, line):
        environment = dict(os.environ, PATH=f"{pathlib.Path(COMMAND).parent}:{os.environ['PATH']}")
        done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=environment, capture_output=True, text=True,
                              check=False, timeout=60)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stderr}")

    def examples(self, command):
        text = self.succeed(command, "--help").stdout.split("Examples:\n")[1].split("\n\n")[0].replace("\\\n", "")
        return [line.strip() for line in text.splitlines()]

    def prepare(self, command):
        """What a reader has who comes to the command."""
        if command == "gather":
            for part in range(2):
                self.succeed("decode", "--z0-npz", "states.npz", "--out", "fields.npz", "--shard", f"{part}/2")
            for part in range(3):
                self.succeed("encode", "--traj", "traj.npz", "--out", "states.npz", "--shard", f"{part}/3")

    def test_all(self):
        commands = self.succeed("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
        self.assertEqual(sorted(line.split()[0] for line in commands.splitlines()), sorted(ORDER))
        np.save(self.folder / "w.npy", np.random.default_rng(5).standard_normal((32, 32)))
        (self.folder / "state.npz").write_bytes((SOURCE / "examples" / "data" / "state.npz").read_bytes())
        for command in ORDER:
            self.prepare(command)
            for line in self.examples(command):
                if not line.startswith(ELSEWHERE):
                    with self.subTest(line):
                        self.paste(line)


if __name__ == "__main__":
    unittest.main()

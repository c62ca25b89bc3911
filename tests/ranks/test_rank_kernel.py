# SPDX-License-Identifier: MIT
"""vordec perf-kernel by several ranks: states end where they end alone, with the fields that they have alone."""

import unittest

import numpy as np
from cli_support import BAD_USAGE, DATA, FAILED
from rank_support import RankTest, main


class Kernel(RankTest):
    def setUp(self):
        super().setUp()
        z = np.load(DATA / "n64/rollout.npz")["z0"]
        self.z0 = self.state(z=np.stack([z * (1 + 0.1 * i) for i in range(5)]))
        self.arguments = ("perf-kernel", "--A-npz", DATA / "n64/A.npz", "--z0-npz", self.z0, "--steps", 12)

    def of_ranks(self, size, *arguments):
        done = self.call_ranks(size, *self.arguments, "--z-out-npy", "ranks.npy", "--metrics-json", "ranks.json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.read_metrics("ranks.json"), done.stderr

    def test_same_states(self):
        """More ranks than states among them; with decodes and without."""
        decodes = ("--decode-every", 4, "--progress-every", 4, "--metrics-hash", "omega_lp", "--observer", "snapshots")
        for more, sizes in (decodes, (2, 7)), ((), (3,)):
            self.succeed(*self.arguments, "--z-out-npy", "alone.npy", "--metrics-json", "alone.json", *more)
            alone = self.read_metrics("alone.json")
            for size in sizes:
                with self.subTest(ranks=size):
                    metrics, stderr = self.of_ranks(size, *more)
                    self.assertEqual((self.folder / "ranks.npy").read_bytes(), (self.folder / "alone.npy").read_bytes())
                    for key in "hashes", "decode_metrics", "hotloop", "op_states", "steps", "op_device", "decode_device":
                        self.assertEqual(metrics[key], alone[key], key)
                    self.assertEqual(sum(rank["states"] for rank in metrics["ranks"]), 5)
                    self.assertEqual(stderr.count("rolled out"), 1)
                    if more:
                        self.take_progress(stderr, "steps", 12)

    def test_failures(self):
        """One line, which names the rank, and no file."""
        bad = self.state(z=np.stack([np.load(DATA / "n64/rollout.npz")["z0"]] * 3), name="bad.npz")
        with np.load(bad) as data:
            members = dict(data)
        members["z"][2, 7] = 1e308
        np.savez(bad, **members)
        np.savez(self.folder / "A.npz", A=np.eye(654) * 10)
        for code, line, arguments in [
                (FAILED, "vordec: rank 2: step 1: z: state 2, entry 7 is infinite",
                 ("perf-kernel", "--z0-npz", bad, "--A-npz", "A.npz", "--steps", 1)),
                (BAD_USAGE, "vordec: perf-kernel: --hash-every and [metrics] hash = z hash all states together, but 3 ranks",
                 (*self.arguments, "--hash-every", 4))]:
            done = self.call_ranks(3, *arguments, "--z-out-npy", "ranks.npy", "--metrics-json", "ranks.json")
            self.assertEqual(done.returncode, code, done.stderr)
            said, = self.lines_of_ours(done)
            self.assertEqual(said[:len(line)], line)
            self.assertFalse((self.folder / "ranks.npy").exists() or (self.folder / "ranks.json").exists())


if __name__ == "__main__":
    main(unittest)

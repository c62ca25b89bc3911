# SPDX-License-Identifier: MIT
"""vordec decode by several ranks: the same bytes as by one process, whatever their number."""

import unittest

from cli_support import digest, reference
from rank_support import RankTest, main

SYNTHESIS = ("--residual-synthesis", "on", "--metrics-hash", "z,omega_lp,mask,omega_hat")


class Decode(RankTest):
    def run_alone(self, states, *arguments):
        self.succeed("decode", "--z0-npz", states, "--out", "alone.npz", "--png", "alone.png", "--metrics-json",
                     "alone.json", *arguments)
        return self.read_metrics("alone.json")

    def run_ranks(self, size, states, *arguments):
        done = self.call_ranks(size, "decode", "--z0-npz", states, "--out", "ranks.npz", "--png", "ranks.png",
                               "--metrics-json", "ranks.json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.read_metrics("ranks.json"), done

    def same_bytes(self, extension):
        self.assertEqual((self.folder / f"alone.{extension}").read_bytes(),
                         (self.folder / f"ranks.{extension}").read_bytes())

    def test_same_bytes(self):
        states = self.states(9)
        alone = self.run_alone(states, *SYNTHESIS, "--state", "8")
        for size, shares in (3, [3, 3, 3]), (7, [2, 2, 1, 1, 1, 1, 1]):
            with self.subTest(ranks=size):
                metrics, done = self.run_ranks(size, states, *SYNTHESIS, "--state", "8")
                self.same_bytes("npz")
                self.same_bytes("png")
                for key in "decode_metrics", "hashes", "decode_device", "decode_backend_requested", "dtype":
                    self.assertEqual(metrics[key], alone[key])
                self.assertEqual(done.stderr.count("decoded        9 states"), 1)
                self.assertEqual(done.stderr.count("state 8, mid"), 0)
                self.assertEqual(done.stderr.count("state 7, mid"), 1)
                self.check_ranks(metrics, shares)

    def check_ranks(self, metrics, shares):
        self.assertEqual([rank["states"] for rank in metrics["ranks"]], shares)
        self.assertEqual([rank["rank"] for rank in metrics["ranks"]], list(range(len(shares))))
        for rank in metrics["ranks"]:
            self.assertEqual((rank["decode_backend_used"], rank["decode_device"]), ("cpu", "cpu"))
            self.assertEqual((rank["residual_backend_used"], rank["residual_backend_reason"]), ("cpu", None))

    def test_fewer_states_than_ranks(self):
        """One state, without an axis of its own; two ranks have nothing to do. Into HDF5."""
        states = self.state("n64/decode")
        self.succeed("decode", "--z0-npz", states, "--out", "alone.h5")
        done = self.call_ranks(3, "decode", "--z0-npz", states, "--out", "ranks.h5", "--metrics-json", "ranks.json",
                               "--metrics-hash", "z")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.same_bytes("h5")
        metrics = self.read_metrics("ranks.json")
        self.assertEqual([rank["states"] for rank in metrics["ranks"]], [1, 0, 0])
        self.assertNotIn("decode_device", metrics["ranks"][1])
        entry, = metrics["hashes"]
        self.assertEqual(entry["hash"], digest(reference("n64/decode")["z"]))

    def test_nothing_but_metrics(self):
        """No field leaves a rank."""
        done = self.call_ranks(2, "decode", "--z0-npz", self.states(5), "--decode-observer", "metrics", "--metrics-json",
                               "ranks.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = self.read_metrics("ranks.json")
        self.assertEqual([entry["t"] for entry in metrics["decode_metrics"]], list(range(5)))


if __name__ == "__main__":
    main(unittest)

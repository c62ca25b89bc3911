"""A GPU for each rank: a stub that poses as two cards tells which one each took."""

import json
import os
import unittest

from cli_support import REFUSED, STUBS
from rank_support import RankTest, main

CARDS = ("--plugins-path", STUBS, "--decode-backend", "two_devices", "--metrics-json", "m.json")


class Devices(RankTest):
    def run_on_cards(self, *arguments, **environment):
        """Three ranks on two cards."""
        return self.call_ranks(3, "decode", "--z0-npz", self.states(6), "--out", "out.npz", *CARDS, *arguments,
                               env={**os.environ, **environment})

    def test_each_its_own(self):
        """Ranks 0 and 1 have found one each."""
        done = self.run_on_cards()
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertRegex(line, "ranks 0 and 2 of host .* would share .*: start a rank for each GPU, or say --share-devices")
        self.assertFalse((self.folder / "m.json").exists())

    def test_shared(self):
        """The second card alone is let through by the environment."""
        done = self.run_on_cards("--share-devices", CUDA_VISIBLE_DEVICES="GPU-5a01")
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = json.loads((self.folder / "m.json").read_text())
        self.assertEqual(metrics["decode_device"], "gpu")
        self.assertEqual([(rank["decode_device"], rank["device"]["uuid"][:4]) for rank in metrics["ranks"]],
                         [("gpu", "5a01")] * 3)


if __name__ == "__main__":
    main(unittest)

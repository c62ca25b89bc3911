# SPDX-License-Identifier: MIT
"""One .nc or .h5 that all ranks write: the bytes of one process's file, and no file where it cannot be whole."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

from cli_support import BAD_USAGE, COMMAND, FAILED
from rank_support import RankTest, launched, main


class Collective(RankTest):
    def together(self, size, states, out, *arguments):
        return self.call_ranks(size, "decode", "--z0-npz", states, "--out", out, "--collective", "on", *arguments)

    def same(self, *names):
        first, *others = [(self.folder / name).read_bytes() for name in names]
        self.assertTrue(all(other == first for other in others), names)

    def test_same_bytes(self):
        """More ranks than states, the summary and the picture of a state of another rank."""
        states = self.states(5)
        words = "--state", 4, "--residual-synthesis", "on", "--png"
        alone = self.succeed("decode", "--z0-npz", states, "--out", "alone.h5", *words, "alone.png")
        for size in 2, 7:
            done = self.together(size, states, f"{size}.h5", *words, f"{size}.png", "--metrics-json", "m.json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.same("alone.h5", f"{size}.h5")
            self.same("alone.png", f"{size}.png")
            spoken = done.stderr[done.stderr.index("state 0"):]
            self.assertEqual(spoken, alone.stderr[alone.stderr.index("state 0"):])
            self.assertEqual([entry["t"] for entry in self.read_metrics()["decode_metrics"]], list(range(5)))

    def test_piece_by_piece(self):
        """More than memory is taken for: rooms of several rounds, in the order of one process."""
        states = self.states(3900)
        words = "--field-dtype", "float32"
        self.succeed("decode", "--z0-npz", states, "--out", "alone.nc", *words)
        done = self.together(3, states, "three.nc", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.same("alone.nc", "three.nc")

    def test_what_one_rank_writes(self):
        """Compressed fields and .npz, unless ranks have to write together."""
        states = self.states(3)
        self.succeed("decode", "--z0-npz", states, "--out", "alone.h5", "--compress", 1)
        done = self.call_ranks(2, "decode", "--z0-npz", states, "--out", "two.h5", "--compress", 1)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.same("alone.h5", "two.h5")
        for out, *words in ("x.h5", "--compress", 1), ("x.npz",):
            done = self.together(2, states, out, *words)
            self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
            line, = self.lines_of_ours(done)
            self.assertIn(f"{out}: ranks can together write only .nc and .h5 files that are not compressed", line)

    def test_no_part_of_a_file(self):
        """A bad state of the last rank, and a disk without room, which a limit stands for."""
        states, bad = self.states(600), self.states(3, "bad.npz", entries={(2, 0): 1e308})
        before = self.tree()
        done = self.together(3, bad, "x.nc")
        self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
        self.assertIn("rank 2: z: state 2, entry 0", done.stderr)
        limited = "trap '' XFSZ; ulimit -f 65536; exec \"$0\" \"$@\""
        done = subprocess.run(launched(2, "-c", limited, COMMAND, "decode", "--z0-npz", states, "--out", "x.nc",
                                       "--collective", "on", command="/bin/sh"), cwd=self.folder, text=True, check=False,
                              timeout=60, capture_output=True)
        self.assertEqual(done.returncode, FAILED, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertRegex(line, r"^vordec: rank 0: x\.nc: cannot write: File too large")
        self.assertEqual(self.tree(), before)

    def test_killed(self):
        """What is left has a name of its own, and goes with the next run."""
        states = self.states(900)
        with subprocess.Popen(launched(2, "decode", "--z0-npz", states, "--out", "x.nc", "--collective", "on"), cwd=self.folder,
                              text=True, stderr=subprocess.PIPE) as run:
            deadline = time.monotonic() + 20
            while not (left := list(self.folder.glob(".vordec-*.tmp"))) and time.monotonic() < deadline:
                time.sleep(0.002)
            self.assertTrue(left)
            for process in pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split():
                try:
                    pathlib.Path(f"/proc/{process}").stat()
                    os.kill(int(process), signal.SIGKILL)
                except OSError:
                    pass
            run.communicate(timeout=40)
        self.assertNotEqual(run.returncode, 0)
        self.assertFalse((self.folder / "x.nc").exists())
        done = self.together(2, self.states(2, "two.npz"), "x.nc")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(self.folder.glob(".vordec-*")), [])


if __name__ == "__main__":
    main(unittest)

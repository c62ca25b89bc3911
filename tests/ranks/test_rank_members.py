# SPDX-License-Identifier: MIT
"""vordec snapshots --members by several ranks: the bytes of one process, also behind kills, and failures that are named."""

import os
import subprocess
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND
from rank_support import RankTest, launched, main

ARGUMENTS = ("--N", 16, "--steps", 20, "--stride", 5, "--seed", 3, "--format", "h5")
FAULTS = os.environ["VORDEC_FAULTS"]
CALLS = "pwrite+fsync+ftruncate+linkat+rename+unlink+mkdir"


class Members(RankTest):
    def ranks(self, size, *arguments, folder="run"):
        done = self.call_ranks(size, "snapshots", *ARGUMENTS, "--out-dir", folder, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def results(self, folder):
        """All files but the metrics, by name."""
        return {path.name: path.read_bytes() for path in (self.folder / folder).iterdir() if "metrics" not in path.name}

    def test_same_bytes(self):
        alone = self.succeed("snapshots", *ARGUMENTS, "--members", 5, "--out-dir", "alone")
        for size in (3, 7):  # two of the latter have none
            done = self.ranks(size, "--members", 5, "--progress-every", 20, folder=f"r{size}")
            self.assertEqual(self.results(f"r{size}"), self.results("alone"))
            said = self.take_progress(self.take_progress(done.stderr, "simulate", 100), "roll out", 100)
            self.assertEqual(said.replace(f"r{size}/", "alone/"), alone.stderr)
        metrics = self.read_metrics("r3/snapshot_metrics.json")
        self.assertEqual([(rank["members"], rank["states"]) for rank in metrics["ranks"]], [(2, 10), (2, 10), (1, 5)])
        self.assertEqual(metrics["members"], 5)
        one = self.read_metrics("alone/snapshot_metrics.json")
        for part in ("decode_metrics", "comparison", "hashes"):
            self.assertEqual(metrics[part], one[part])
        self.assertEqual([item["member"] for item in one["comparison"]], 5 * [0, 1, 2, 3, 4])

    @unittest.skipUnless(FAULTS, "a preloaded library does not go with sanitizers")
    def test_killed_and_resumed(self):
        """All ranks die at their n-th call that changes a file; then another number of them goes on."""
        arguments = ("--members", 4, "--stride", 10, "--member-files")
        self.succeed("snapshots", *ARGUMENTS, *arguments, "--out-dir", "alone")
        for moment, size in ((25, 3), (120, 2)):
            folder = f"k{moment}"
            command = launched(size, "snapshots", *ARGUMENTS, *arguments, "--out-dir", folder)
            at = command.index(COMMAND)
            command[at:at] = ["-x", f"LD_PRELOAD={FAULTS}", "-x", f"FAULTS={CALLS}:{moment}:kill"]
            killed = subprocess.run(command, cwd=self.folder, capture_output=True, check=False, timeout=60)
            self.assertEqual(killed.returncode, 137, killed.stderr)
            self.assertNotIn("snapshot_run.json", self.results(folder))
            self.ranks(5 - size, *arguments, "--resume", folder=folder)
            self.assertEqual(self.results(folder), self.results("alone"))

    def test_bad_member_of_one_rank(self):
        starts = np.random.default_rng(1).standard_normal((3, 16, 16))
        starts[2, 4, 5] = np.inf
        np.save(self.folder / "w.npy", starts)
        before = self.tree()
        done = self.call_ranks(3, "snapshots", "--steps", 8, "--members", 3, "--init-npy", "w.npy", "--dealias", "off")
        self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertRegex(line, r"^vordec: rank 2: member 2: w\.npy: initial vorticity: not finite at row 4, column 5")
        self.assertEqual(self.tree(), before)

    def test_devices_of_one_process_are_for_decodes(self):
        """Whoever names several is told what does members at the same time."""
        for words, line in ((("--members", 2), "mpirun -n RANKS vordec snapshots --members 2"), ((), "One device is as fast")):
            done = self.succeed("snapshots", *ARGUMENTS, *words, "--out-dir", f"d{len(words)}", "--decode-devices", "all")
            self.assertEqual(done.stderr.count("only decodes use several devices ([decode] devices = all): "), 1)
            self.assertIn(line, done.stderr)

    def test_one_run_is_not_shared(self):
        done = self.call_ranks(2, "snapshots", *ARGUMENTS)
        self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertIn("give --members M, or --ranks none", line)


if __name__ == "__main__":
    main(unittest)

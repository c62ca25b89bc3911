# SPDX-License-Identifier: MIT
"""What becomes of a run of several ranks if one of them fails: one line that names it, no files, and no wait for ever."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND, FAILED, REFUSED
from rank_support import RankTest, launched, main

LIBDIR = pathlib.Path(os.environ["VORDEC_LIBDIR"])


class Failures(RankTest):
    def expect(self, code, pattern, size, *arguments):
        before = self.tree()
        done = self.call_ranks(size, *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertRegex(line, pattern)
        self.assertEqual(self.tree(), before)

    def test_bad_state_of_one_rank(self):
        states = self.states(9, entries={(7, 3): 1.7e308})
        self.expect(BAD_USAGE, r"^vordec: rank 2: z: state 7, entry 3 \(Re low\) is 1\.7e\+308", 3, "decode", "--z0-npz",
                    states, "--out", "out.npz", "--png", "out.png", "--metrics-json", "m.json")

    def test_a_gpu_is_required_of_all(self):
        np.savez(self.folder / "A.npz", A=np.eye(654))
        for words in (("snapshots", "--N", 16, "--steps", 4, "--members", 2),
                      ("perf-kernel", "--z0-npz", self.states(2), "--A-npz", "A.npz", "--steps", 1, "--z-out-npy", "z.npy")):
            self.expect(REFUSED, r"^vordec: (rank 0: )?--require-gpu: ", 2, *words, "--decode-backend", "cpu", "--require-gpu")

    def test_what_all_ranks_say_is_said_once(self):
        self.expect(BAD_USAGE, r"^vordec: [^ ]*none\.npz: cannot read", 2, "decode", "--z0-npz", "none.npz", "--out",
                    "out.npz")

    def pid_of_rank(self, run, rank):
        """The process of a rank, once it has its states and works on them."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and run.poll() is None:
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    environment = (process / "environ").read_bytes().split(b"\0")
                    mine = f"PWD={self.folder}".encode() in environment or os.readlink(process / "cwd") == str(self.folder)
                    if mine and f"OMPI_COMM_WORLD_RANK={rank}".encode() in environment and b"decode_cpu.so" in (
                            process / "maps").read_bytes():
                        return int(process.name)
                except OSError:
                    continue
            time.sleep(0.005)
        self.fail("the rank was not seen at work")

    def disturb(self, size, rank, number, *arguments):
        """A signal to a rank amid a run that takes some seconds."""
        states = self.states(5000)
        before = self.tree()
        with subprocess.Popen(launched(size, "decode", "--z0-npz", states, "--decode-observer", "metrics",
                                       "--metrics-json", "m.json", *arguments), cwd=self.folder, text=True,
                              stderr=subprocess.PIPE) as run:
            os.kill(self.pid_of_rank(run, rank), number)
            _, text = run.communicate(timeout=40)
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(self.tree(), before)
        return text

    def test_killed_rank(self):
        self.assertRegex(self.disturb(3, 1, signal.SIGKILL), r"rank 1 .* exited on signal 9")

    def test_rank_that_hangs(self):
        text = self.disturb(2, 1, signal.SIGSTOP, "--ranks-wait", "2.5")
        lines = [line for line in text.splitlines() if line.startswith("vordec:")]
        self.assertEqual(lines, ["vordec: rank 1 has kept the others waiting for too long (reported by rank 0); the run ends"])

    def test_rank_that_does_not_come_up(self):
        """Nobody can ask it for anything: MPI itself waits for it."""
        command = launched(1, "decode", "--z0-npz", self.states(2), "--out", "out.npz", "--ranks-wait", "1")
        done = subprocess.run([*command, ":", "-n", "1", "sleep", "50"], cwd=self.folder, text=True, check=False, timeout=40,
                              capture_output=True)
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assertEqual(self.lines_of_ours(done), ["vordec: rank 0: not all ranks had started after 1 s: one of them hangs, or does not "
                                                    "use MPI; the run ends"])
        self.assertFalse((self.folder / "out.npz").exists())

    def test_rank_that_writes_for_long(self):
        """The other does not hold it against the first rank, which itself is patient: the machine may be busy."""
        np.savez(self.folder / "traj.npz", traj=np.random.default_rng(1).normal(size=(2, 32, 32)), dt=0.5)
        faults = {**os.environ, "LD_PRELOAD": str(LIBDIR / "faults.so"), "FAULTS": "rename+linkat:1:wait"}
        runs = [subprocess.Popen(launched(1, *arguments, ":", "-n", 1, COMMAND, *arguments, "--ranks-wait", "1.9"),
                                 cwd=self.folder, text=True, stderr=subprocess.PIPE, env=faults)
                for arguments in (("decode", "--z0-npz", self.states(2), "--out", "out.npz"),
                                  ("encode", "--traj", "traj.npz", "--out", "z.npz"))]
        for run in runs:
            with run:
                self.assertNotIn("vordec:", run.communicate(timeout=40)[1])
                self.assertEqual(run.returncode, 0)

    def test_mpi_that_does_not_start(self):
        self.refuse(REFUSED, ["vordec_mpi.so: MPI cannot be started"], "decode", "--z0-npz", self.states(1), "--out",
                    "out.npz", "--ranks", "mpi", env={"LD_PRELOAD": str(LIBDIR / "mpi_that_fails.so")})


if __name__ == "__main__":
    main(unittest)

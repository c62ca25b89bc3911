# SPDX-License-Identifier: MIT
"""
Runs killed at many moments: whatever is there is whole, and --resume makes of it what an unkilled run makes.

VORDEC_KILLS sets how many moments of each kind there are, VORDEC_SEED which; scripts/kill-runs has more of them.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import numpy as np
from cli_support import COMMAND, CommandTest, reference
from whole import check_folder, contents

KILLS = int(os.environ.get("VORDEC_KILLS", "15"))
SEED = int(os.environ.get("VORDEC_SEED", "20240229"))
FAULTS = os.environ["VORDEC_FAULTS"]
AT_ONCE = len(os.sched_getaffinity(0))  # pictures that are drawn beside each other
CALLS = "pwrite+fsync+ftruncate+linkat+rename+unlink+mkdir"


class Killed(CommandTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(f"{SEED} {self.id().split('.')[-1]}")
        print(f"{self.id()}: seed {SEED}, {KILLS} moments", flush=True)

    def environment(self, faults=None):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("VORDEC_")}
        if faults:
            environment.update(LD_PRELOAD=FAULTS, FAULTS=faults)
        return environment

    def timed(self, *arguments):
        start = time.monotonic()
        self.succeed(*arguments)
        return time.monotonic() - start

    def kill_after(self, seconds, *arguments):
        """None if the kill came before the end; else how long the run took."""
        start = time.monotonic()
        process = subprocess.Popen([COMMAND, *map(str, arguments)], cwd=self.folder, env=self.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return None if process.wait() == -signal.SIGKILL else time.monotonic() - start

    def count(self, ended):
        """What kill_after() said of a whole run. One that was not met shows how long runs take now."""
        if ended is None:
            self.hits += 1
        else:
            self.seconds = min(self.seconds, ended)

    def kills(self):
        """Numbers of turns, until KILLS of them were met."""
        self.hits = 0
        for i in range(4 * KILLS):
            if self.hits == KILLS:
                return
            yield i
        self.assertGreater(2 * self.hits, KILLS)  # the moments lay within the run

    def kill_at_call(self, faults, *arguments):
        done = subprocess.run([COMMAND, *map(str, arguments)], cwd=self.folder, env=self.environment(faults),
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True)
        return done

    def count_calls(self, *arguments):
        done = self.kill_at_call(f"{CALLS}:1:count", *arguments)
        return int(re.search(r"^calls: (\d+)$", done.stderr, re.M).group(1))

    def moments(self, count):
        """Calls to be killed at, before or behind, each at most once."""
        places = [(call, what) for call in range(1, count + 1) for what in ("kill", "killed")]
        return self.random.sample(places, min(KILLS, len(places)))


class Snapshots(Killed):
    RUN = ("snapshots", "--N", 32, "--steps", 24, "--stride", 12, "--k-cut", 4, "--resid-mid-cut", 6, "--topk-mid", 16,
           "--save-traj", "--save-decoded", "--check-decode-parity")

    def setUp(self):
        super().setUp()
        self.command = (*self.RUN, "--out-dir", self.path("out"))
        self.seconds = self.timed(*self.RUN, "--out-dir", self.path("whole"))
        self.seconds = min(self.seconds, self.timed(*self.RUN, "--out-dir", self.path("again")))
        self.expected = contents(self.folder / "whole")
        self.assertEqual(contents(self.folder / "again"), self.expected)

    def check_and_resume(self):
        out = self.folder / "out"
        if out.exists():
            check_folder(out)
            before = {path.name: path.stat().st_mtime_ns for path in out.glob("snapshot_t*.png")}
            if self.random.random() < 0.3:  # the resumed run is killed, too
                self.kill_after(self.random.uniform(0, self.seconds), *self.command, "--resume")
                check_folder(out)
            self.succeed(*self.command, "--resume")
            kept = [name for name, time_ns in before.items() if (out / name).stat().st_mtime_ns == time_ns]
            self.assertGreaterEqual(len(kept), len(before) - AT_ONCE)  # those may not have been booked yet
        else:
            self.succeed(*self.command, "--resume")
        self.assertEqual(contents(out), self.expected)
        shutil.rmtree(out)

    def test_at_random_moments(self):
        for i in self.kills():
            seconds = self.random.uniform(0, self.seconds)
            with self.subTest(i=i, seconds=seconds):
                self.count(self.kill_after(seconds, *self.command))
                self.check_and_resume()

    @unittest.skipUnless(FAULTS, "nothing can be preloaded into a sanitizer build")
    def test_at_calls(self):
        count = self.count_calls(*self.command)
        shutil.rmtree(self.folder / "out")
        self.assertGreater(count, 40)
        for call, what in self.moments(count):
            with self.subTest(call=call, what=what):
                done = self.kill_at_call(f"{CALLS}:{call}:{what}", *self.command)
                self.assertEqual(done.returncode, -signal.SIGKILL)
                self.check_and_resume()


class PerfKernel(Killed):
    OUTPUTS = ("z.npy", "metrics.json")

    def setUp(self):
        super().setUp()
        state = self.state("n64/encode", "z0.npz", z=reference("n64/rollout")["z0"])
        np.savez(self.folder / "A.npz", A=0.999 * np.eye(654))
        self.out = self.folder / "out"
        self.out.mkdir()
        self.command = ("perf-kernel", "--z0-npz", state, "--A-npz", self.path("A.npz"), "--steps", 400, "--decode-every",
                    50, "--observer", "snapshots", "--z-out-npy", self.out / "z.npy", "--metrics-json",
                    self.out / "metrics.json")
        self.seconds = self.timed(*self.command)
        self.expected = contents(self.out)
        self.assertEqual(set(self.expected), set(self.OUTPUTS))

    def prepare(self, replace):
        for name in self.OUTPUTS:
            (self.out / name).unlink(missing_ok=True)
            if replace:
                (self.out / name).write_text("older")

    def check(self, replace):
        """Each file is the older one, not there, or the new one whole; the next run clears up and ends well."""
        for path in self.out.iterdir():
            if path.suffix == ".tmp" or (replace and path.read_bytes() == b"older"):
                continue
            self.assertEqual(contents(self.out)[path.name], self.expected[path.name])
        self.succeed(*self.command)
        self.assertEqual(contents(self.out), self.expected)

    def test_at_random_moments(self):
        for i in self.kills():
            seconds, replace = self.random.uniform(0, self.seconds), self.random.random() < 0.5
            with self.subTest(i=i, seconds=seconds, replace=replace):
                self.prepare(replace)
                self.count(self.kill_after(seconds, *self.command))
                self.check(replace)

    @unittest.skipUnless(FAULTS, "nothing can be preloaded into a sanitizer build")
    def test_at_every_call(self):
        for replace in False, True:
            self.prepare(replace)
            for call in range(1, self.count_calls(*self.command) + 1):
                for what in "kill", "killed":
                    with self.subTest(replace=replace, call=call, what=what):
                        self.prepare(replace)
                        done = self.kill_at_call(f"{CALLS}:{call}:{what}", *self.command)
                        self.assertEqual(done.returncode, -signal.SIGKILL)
                        self.check(replace)


if __name__ == "__main__":
    unittest.main()

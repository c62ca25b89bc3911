# SPDX-License-Identifier: MIT
"""Runs that end early: signals, full disks; and progress with and without a terminal."""

import contextlib
import fcntl
import os
import pathlib
import pty
import resource
import signal
import struct
import subprocess
import termios
import time
import unittest

import numpy as np
from cli_support import COMMAND, FAILED, CommandTest, reference

INTERRUPTED = 130
LLVMPIPE = pathlib.Path("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json")
PATIENCE_S = 60


def until(condition):
    """Waits for what must come, however slow the machine."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come")
        time.sleep(0.005)


class Started(CommandTest):
    def start(self, *arguments, **options):
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen([COMMAND, *map(str, arguments)], cwd=self.folder, stdout=subprocess.DEVNULL,
                                   **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        if process.stderr:
            self.addCleanup(process.stderr.close)
        return process

    def leftovers(self):
        return [path for path in self.folder.rglob("*") if path.name.endswith(".tmp")]


class Logs(Started):
    """Where stderr is no terminal a line comes now and then, so that a log file says how far a run is."""

    def lines(self, seconds, *more):
        done = self.succeed("simulate", "--N", 32, "--steps", 60, "--stride", 60, "--out", "T.npz", *more,
                            env={"VORDEC_PROGRESS_SECONDS": seconds} if seconds else None)
        return [line for line in done.stderr.splitlines() if line.startswith("simulate: ")]

    def test_lines(self):
        few = self.lines("0.000001")
        self.assertGreater(len(few), 1)
        self.assertLessEqual(len(few), 60)
        for line in few:
            self.assertRegex(line, r"^simulate: \d+ of 60, ")
        self.assertEqual(self.lines("0"), [])
        self.assertEqual(len(self.lines("0.000001", "--progress-every", 20)), 3)


class Signals(Started):
    ENDLESS = ("--steps", 100000000)

    def interrupt(self, process, number=signal.SIGINT):
        """Sends the signal once the first line of progress has come."""
        self.assertRegex(process.stderr.readline().decode(), r"^[a-z ]+: \d+ of \d+, ")
        process.send_signal(number)
        process.stderr.read()
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)
        self.assertEqual(self.leftovers(), [])

    def test_simulate_leaves_a_valid_file(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1:
            with self.subTest(signal=number):
                process = self.start("simulate", "--N", 16, *self.ENDLESS, "--stride", 100, "--progress-every", 500,
                                     "--out", "T.npz")
                self.interrupt(process, number)
                with np.load(self.folder / "T.npz") as data:
                    frames, steps = data["traj"], int(data["steps"])
                self.assertGreaterEqual(steps, 500)
                self.assertEqual(len(frames), steps // 100 + 1)
                self.assertTrue(np.isfinite(frames).all())

    def test_sigint_is_heard_in_the_background_of_a_shell(self):
        process = self.start("simulate", "--N", 16, *self.ENDLESS, "--stride", 100, "--progress-every", 500, "--out",
                             "T.npz", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        self.interrupt(process)

    def test_sighup_is_not_heard_under_nohup(self):
        process = self.start("simulate", "--N", 16, *self.ENDLESS, "--stride", 100, "--progress-every", 500, "--out",
                             "T.npz", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertRegex(process.stderr.readline().decode(), r"^[a-z ]+: \d+ of \d+, ")
        process.send_signal(signal.SIGHUP)
        for _ in range(3):
            self.assertRegex(process.stderr.readline().decode(), r"^[a-z ]+: \d+ of \d+, ")
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)

    def test_snapshots_while_simulating(self):
        for out, more, written in ("out", (), {"snapshot_metrics.json"}), ("steps", ("--no-decode",), set()):
            with self.subTest(out):
                process = self.start("snapshots", "--N", 16, "--steps", 100000, "--topk-mid", 4, "--k-cut", 2,
                                     "--save-traj", "--progress-every", 200, "--out-dir", out,
                                     "--resid-mid-cut", 4, *more)
                self.interrupt(process)
                names = {path.name for path in (self.folder / out).iterdir()}
                self.assertEqual(names, {"snapshot_traj.npz", "snapshot_journal"} | written)
        metrics = self.read_metrics("out/snapshot_metrics.json")
        self.assertEqual((metrics["steps"], metrics["decode_metrics"]), (0, []))
        with np.load(self.folder / "out" / "snapshot_traj.npz") as data:
            self.assertEqual(len(data["traj"]), data["steps"] + 1)

    @unittest.skipUnless(LLVMPIPE.exists(), "no llvmpipe here")
    def test_frames_of_one_run_are_of_one_device(self):
        """auto finds another device when the run goes on: it is refused, with both named, and the journal stays."""
        arguments = ["snapshots", "--N", "16", "--steps", "100000", "--topk-mid", "4", "--k-cut", "2", "--progress-every", "20",
                     "--out-dir", "out", "--resid-mid-cut", "4", "--no-decode", "--permissive", "--decode-backend", "vulkan",
                     "--decode-allow-software-device", "true"]
        there = {**os.environ, "VK_DRIVER_FILES": str(LLVMPIPE), "XDG_CACHE_HOME": self.path("cache")}
        process = self.start(*arguments, env=there)
        line = process.stderr.readline().decode()
        while line.startswith("vordec: warning"):
            line = process.stderr.readline().decode()
        self.assertRegex(line, r"^simulate: \d+ of \d+, ")
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)
        line = self.call(*arguments, "--resume").stderr.splitlines()[-1]
        self.assertRegex(line, r"--resume: the frames so far were simulated by vulkan in fp32 on llvmpipe .*, but this run would "
                               r"continue simulated by cpu in fp64 on ")
        process = self.start(*arguments, "--resume", env=there)
        while not line.startswith("simulate: "):
            line = process.stderr.readline().decode()
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)

    def test_snapshots_while_rolling_out(self):
        z0 = self.state(reference("n64/encode"), "z0.npz", z=reference("n64/rollout")["z0"])
        np.savez(self.folder / "A.npz", A=0.999 * np.eye(654))
        process = self.start("snapshots", "--kernel-only", "--z0-npz", z0, "--A-npz", self.path("A.npz"), *self.ENDLESS,
                             "--stride", 1000, "--observer", "metrics", "--metrics-hash", "none", "--progress-every",
                             2000, "--out-dir", "out")
        self.interrupt(process)
        metrics = self.read_metrics("out/snapshot_metrics.json")
        self.assertGreaterEqual(metrics["steps"], 2000)
        rows = (self.folder / "out" / "snapshot_comparison.csv").read_text().splitlines()[1:]
        self.assertEqual(len(rows), len(metrics["decode_metrics"]))
        self.assertIn(len(rows), (metrics["steps"] // 1000, metrics["steps"] // 1000 + 1))

    def test_a_second_signal_kills(self):
        """The run is held where it cannot end by itself: its progress goes to a pipe that nobody empties."""
        process = self.start("simulate", "--N", 4, *self.ENDLESS, "--stride", 100000000, "--progress-every", 1, "--out",
                             "T.npz")

        def waiting():
            unread = struct.unpack("i", fcntl.ioctl(process.stderr, termios.FIONREAD, b"\0" * 4))[0]
            state = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            return unread > fcntl.fcntl(process.stderr, fcntl.F_GETPIPE_SZ) - 4096 and state == "S"

        def caught():
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            mask = int(status.split("SigCgt:")[1].split()[0], 16)
            return bool(mask >> (signal.SIGINT - 1) & 1)

        until(waiting)
        self.assertTrue(caught())
        process.send_signal(signal.SIGINT)
        until(lambda: not caught())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), -signal.SIGINT)
        self.assertFalse((self.folder / "T.npz").exists())


class FullDisk(Started):
    """A limit on the size of files stands for it anywhere, a small tmpfs where one can be mounted."""

    LIMIT = 1 << 20

    @contextlib.contextmanager
    def tmpfs(self, size):
        folder = self.folder / "disk"
        folder.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True,
                               check=False)
        if mount.returncode != 0:
            self.skipTest("no tmpfs can be mounted here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)

    def limited(self, *arguments):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.LIMIT, self.LIMIT))

        return self.call(*arguments, preexec_fn=limit)

    def check_failed(self, done, file):
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assert_one_line(done.stderr)
        self.assertIn(file, done.stderr)
        self.assertEqual(self.leftovers(), [])

    def test_simulate(self):
        (self.folder / "T.npz").write_text("what was there")
        done = self.limited("simulate", "--N", 64, "--steps", 200, "--out", self.path("T.npz"))
        self.check_failed(done, "T.npz")
        self.assertEqual((self.folder / "T.npz").read_text(), "what was there")

    def test_learn(self):
        np.savez(self.folder / "Z.npz", z=np.random.default_rng(0).standard_normal((5, 654)))
        done = self.limited("learn", "--states-npz", self.path("Z.npz"), "--out", self.path("A.npz"))
        self.check_failed(done, "A.npz")
        self.assertFalse((self.folder / "A.npz").exists())

    def check_snapshots(self, done, folder):
        """The operator does not fit any more; the state was finished before, and --resume could go on."""
        self.check_failed(done, "snapshot_A.npz")
        self.assertEqual({path.name for path in folder.iterdir()}, {"snapshot_z0.npz", "snapshot_journal"})
        with np.load(folder / "snapshot_z0.npz") as data:
            self.assertEqual(data["z"].shape, (654,))

    def test_snapshots(self):
        done = self.limited("snapshots", "--N", 32, "--steps", 8, "--modes", "full", "--out-dir",
                            self.path("out"))
        self.check_snapshots(done, self.folder / "out")

    def test_tmpfs(self):
        with self.tmpfs(self.LIMIT) as disk:
            done = self.call("simulate", "--N", 64, "--steps", 200, "--out", disk / "T.npz")
            self.check_failed(done, "T.npz")
            self.assertEqual(list(disk.iterdir()), [])
            done = self.call("snapshots", "--N", 32, "--steps", 8, "--modes", "full", "--out-dir",
                             disk / "out")
            self.check_snapshots(done, disk / "out")


class Progress(Started):
    ARGUMENTS = ("simulate", "--N", 64, "--steps", 3000, "--stride", 3000, "--out", "T.npz")

    def on_terminal(self, *arguments):
        """What the command writes to a terminal as its stderr."""
        master, slave = pty.openpty()
        process = self.start(*self.ARGUMENTS, *arguments, stderr=slave)
        os.close(slave)
        text = b""
        with contextlib.suppress(OSError):  # Linux: the other end is closed
            while chunk := os.read(master, 4096):
                text += chunk
        os.close(master)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        return text.decode()

    def test_bar_on_a_terminal(self):
        text = self.on_terminal()
        self.assertRegex(text, r"\rsimulate +\[#*\.*\] \d+/3000, [0-9.]+/s, [0-9:?]+ left")
        self.assertRegex(text, r"\r\x1b\[Ksimulation +requested")  # the bar is gone before the result

    def test_lines_instead_of_a_bar(self):
        text = self.on_terminal("--progress-every", 1000)
        self.assertNotIn("\x1b", text)
        self.assertEqual([line.split(",")[0] for line in text.split("\r\n") if " of 3000" in line],
                         [f"simulate: {step} of 3000" for step in (1000, 2000, 3000)])

    def test_nothing_elsewhere(self):
        done = self.succeed(*self.ARGUMENTS)
        lines = done.stderr.splitlines()
        self.assertEqual(lines.pop(), "T.npz: 2 frames of N = 64, 3000 steps")
        self.assertRegex(lines.pop(0), r"^simulation     requested auto, used cpu; fft fftw; fp64; on cpu: ")
        self.assertLessEqual([line.split()[0] for line in lines], ["because"])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""
Every format that arrays are written in, at calls of the system that fail or at which the process is killed: a file is
there whole or not at all, and --resume makes of what is left what an undisturbed run makes.
"""

import itertools
import os
import re
import shutil
import signal
import unittest

from cli_support import FAILED, CommandTest
from whole import check_folder, contents

FAULTS = os.environ["VORDEC_FAULTS"]
CALLS = "pwrite+fsync+ftruncate+linkat+rename+unlink"
# Extension, and what else is asked for.
FORMATS = (("npz",), ("npz", "--compress", 1), ("nc",), ("nc", "--compress", 1, "--field-dtype", "float32"), ("h5",),
           ("h5", "--layout", "well"))
FULL = 28  # ENOSPC
SNAPSHOTS = ("snapshots", "--N", 16, "--steps", 6, "--stride", 2, "--k-cut", 3, "--resid-mid-cut", 5, "--parity-only",
             "--save-traj", "--save-decoded")


@unittest.skipUnless(FAULTS, "nothing can be preloaded into a sanitizer build")
class WrittenFormats(CommandTest):
    def disturbed(self, faults, *command):
        return self.call(*command, env={"LD_PRELOAD": FAULTS, "FAULTS": f"{CALLS}:{faults}"})

    def count_calls(self, *command):
        return int(re.search(r"^calls: (\d+)$", self.disturbed("1:count", *command).stderr, re.M).group(1))

    def left(self):
        return [path.name for path in self.folder.glob("out*")]

    def test_one_file(self):
        """Of a decode, at every call, before it and behind; a full disk from every call on."""
        state = self.state()
        for extension, *options in FORMATS:
            name = f"out.{extension}"
            command = ("decode", "--z0-npz", state, "--out", self.path(name), *options)
            self.succeed(*command)
            expected = (self.folder / name).read_bytes()
            os.unlink(self.folder / name)
            count = self.count_calls(*command)
            os.unlink(self.folder / name)
            self.assertGreater(count, 1)
            for call, what in itertools.product(range(1, count + 1), ("kill", "killed", FULL)):
                with self.subTest(command[-2:], call=call, what=what):
                    done = self.disturbed(f"{call}:{what}", *command)
                    self.assertEqual(done.returncode, FAILED if what == FULL else -signal.SIGKILL, done.stderr)
                    if self.left():
                        self.assertEqual((what, self.left()), ("killed", [name]))
                        self.assertEqual((self.folder / name).read_bytes(), expected)
                        os.unlink(self.folder / name)

    def test_other_commands(self):
        """Of a simulation and of an encode, over an older file: on the way, and at the end."""
        self.succeed("simulate", "--N", 32, "--steps", 9, "--out", self.path("flow.npz"))
        for (extension, *options), command in itertools.product(FORMATS[1:4] + FORMATS[5:], (
                ("simulate", "--N", 32, "--steps", 9), ("encode", "--traj", self.path("flow.npz")))):
            if command[0] == "encode" and {"--layout", "--field-dtype"} & set(options):
                continue  # of fields alone
            out = self.folder / f"out.{extension}"
            command += (*options, "--out", out)
            count = self.count_calls(*command)
            expected = out.read_bytes()
            for call, what in itertools.product((count // 2, count), ("kill", "killed", FULL)):
                with self.subTest(command, call=call, what=what):
                    out.write_text("older")
                    done = self.disturbed(f"{call}:{what}", *command)
                    self.assertEqual(done.returncode, FAILED if what == FULL else -signal.SIGKILL, done.stderr)
                    self.assertIn(out.read_bytes(), (b"older", expected))
                    self.succeed(*command)
                    self.assertEqual(out.read_bytes(), expected)
                    self.assertEqual(list(self.folder.glob(".vordec*")), [])
            os.unlink(out)

    def test_runs_that_go_on(self):
        """Killed or out of room in the first, the second and the last third, and once more on the way."""
        for extension, *options in FORMATS:
            command = (*SNAPSHOTS, "--format", extension, *options, "--out-dir")
            self.succeed(*command, self.path("plain"))
            expected = contents(self.folder / "plain")
            count = self.count_calls(*command, self.path("out"))
            shutil.rmtree(self.folder / "out")
            for call, what in ((count // 4, "kill"), (count // 2, FULL), (count - 6, "killed")):
                with self.subTest(extension, options=options, call=call, of=count, what=what):
                    self.assertNotEqual(self.disturbed(f"{call}:{what}", *command, self.path("out")).returncode, 0)
                    check_folder(self.folder / "out")
                    self.disturbed("9:kill", *command, self.path("out"), "--resume")
                    check_folder(self.folder / "out")
                    self.succeed(*command, self.path("out"), "--resume")
                    self.assertEqual(contents(self.folder / "out"), expected)
                    shutil.rmtree(self.folder / "out")
            shutil.rmtree(self.folder / "plain")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec snapshots --resume where frames stay on the device that simulates them."""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import unittest

import numpy as np
from cli_support import COMMAND
from resume_support import FAULTS, RUN, Resume, read_journal
from whole import contents

LLVMPIPE = pathlib.Path("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json")


@unittest.skipUnless(FAULTS and LLVMPIPE.exists(), "nothing can be preloaded, or no llvmpipe")
class OnADevice(Resume):
    """Frames stay where they are simulated: the journal's pwrite 1 says by what, 2 to 25 are states, with the field at the
    stride; a checkpoint stands behind the last frame before a signal, and every so many seconds."""

    RUN = (*RUN, "--decode-backend", "vulkan", "--decode-allow-software-device", "true", "--decode-fft", "pruned",
           "--simulate-fft", "direct")
    THERE = {"VK_DRIVER_FILES": str(LLVMPIPE), "VK_ICD_FILENAMES": str(LLVMPIPE)}

    def end_at(self, faults, code, *arguments, **env):
        there = {**os.environ, **self.THERE, **env, "LD_PRELOAD": FAULTS, "FAULTS": faults}
        done = subprocess.run([COMMAND, *map(str, self.RUN), "--out-dir", self.out, *arguments], env=there,
                              capture_output=True, check=False, text=True)
        self.assertEqual(done.returncode, code, done.stderr)

    def kinds(self):
        """Of the journal's records, by what they hold: states, states with a field, checkpoints of 1 to 3 fields."""
        _, records = read_journal(self.out / "snapshot_journal")
        heads = [(kind, *struct.unpack("<QQ", data[:16])) for kind, data in records if kind in (2, 5)]
        return [index if (kind, fields) == (2, 0) else (index, "field" if kind == 2 else fields)
                for kind, index, fields in heads]

    def goes_on(self, frames, **env):
        said = self.snapshots("--resume", command=self.RUN, env={**self.THERE, **env}).stderr
        self.assertEqual("resumed" in said, frames > 0)
        self.assertIn(f"resumed        {frames} frames" if frames else "simulation ", said)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def check_link(self):
        """What crossed in a whole run: 25 frames were encoded and measured, 4 of them decoded, compared and drawn."""
        with np.load(self.folder / "plain" / "snapshot_A.npz") as data:
            d = len(data["A"])
        metrics = json.loads((self.folder / "plain" / "snapshot_metrics.json").read_text())
        n, radius2 = 32, np.add.outer(np.arange(-16, 16) ** 2, np.arange(-16, 16) ** 2)
        low, both = int((radius2 <= 4**2).sum()), int((radius2 <= 6**2).sum())
        pairs = (low + 1) // 2 + (both - low) // 2
        moments, pair, scalars, shells = 3 * 8, 5 * 8, 10 * 8, 8 * (round(n / 2 * 2**0.5) + 1)
        self.assertEqual(metrics["hotloop"]["link"], {
            "operators_in": 8 * d * d, "states_in": 8 * d, "states_out": 25 * 8 * (2 * pairs + 2),
            "sums_out": 25 * (moments + shells) + 4 * (scalars + 2 * moments + 4 * pair + 2 * shells),
            "fields_in": 8 * n * n,  # the start
            "fields_for_pictures": 4 * (8 + 4) * n * n,  # the truth in double, omega_hat in single precision
            **{f"fields_for_{use}": 0 for use in ("files", "hashes", "numbers", "journal", "others")}})

    def test_what_was_simulated_since_a_checkpoint_is_simulated_again(self):
        self.snapshots(out="plain", command=self.RUN, env=self.THERE)
        self.check_link()
        self.end_at("pwrite:21:kill", -signal.SIGKILL)
        self.assertEqual(self.kinds(), [*range(1, 8), (8, "field"), *range(9, 16), (16, "field"), *range(17, 20)])
        self.goes_on(0)
        shutil.rmtree(self.out)
        self.end_at("pwrite:10:interrupt", 130)
        self.assertEqual(self.kinds(), [*range(1, 8), (8, "field"), 9, (9, 2)])
        # The last training frame is 12, and not one of the stride.
        self.end_at("pwrite:12:kill", -signal.SIGKILL, "--resume", VORDEC_JOURNAL_SECONDS="0")
        self.assertEqual(self.kinds()[10:], [10, (10, 2), 11, (11, 2), 12, (12, 3), 13, (13, 3), 14, (14, 3), 15])
        self.goes_on(14, VORDEC_JOURNAL_SECONDS="0")
        link = json.loads((self.out / "snapshot_metrics.json").read_text())["hotloop"]["link"]
        self.assertEqual(link["fields_for_journal"], 10 * 3 * 8 * 32 * 32)
        self.assertEqual(link["fields_for_others"], 0)

    def test_no_checkpoint_is_made_where_the_simulation_is_not(self):
        """All frames are recalled, the last of them without its field; a signal comes before anything is simulated."""
        short, longer = ("--steps", 23, "--train-steps", 12), ("--steps", 48, "--train-steps", 12)
        self.snapshots(*longer, out="plain", command=self.RUN, env=self.THERE)
        self.end_at("pwrite:19:interrupt", 130, *map(str, short))
        self.assertEqual(self.kinds()[-1], (18, 3))
        self.end_at("pwrite:6:kill", -signal.SIGKILL, "--resume", *map(str, short))
        self.assertEqual(self.kinds()[-1], 23)
        self.end_at("pread:2:interrupt", 130, "--resume", *map(str, short))
        self.assertEqual(self.kinds()[-1], 23)
        self.assertIn("resumed", self.snapshots("--resume", *longer, command=self.RUN, env=self.THERE).stderr)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))


if __name__ == "__main__":
    unittest.main()

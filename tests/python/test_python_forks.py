# SPDX-License-Identifier: MIT
"""forks.py on the CPU, and on a software device where there is one."""

import os
import pathlib
import subprocess
import sys
import unittest

from python_support import BindingTest

PROGRAM = pathlib.Path(__file__).with_name("forks.py")
HIDDEN = "VK_DRIVER_FILES", "VK_ICD_FILENAMES"


class Forks(BindingTest):
    def forks(self, *arguments, hide_drivers):
        environment = {key: value for key, value in os.environ.items() if hide_drivers or key not in HIDDEN}
        environment["XDG_CACHE_HOME"] = str(self.folder / "cache")
        done = subprocess.run([sys.executable, "-B", PROGRAM, self.state(), *arguments], env=environment, text=True,
                              cwd=self.folder, capture_output=True, check=False, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("Exception", done.stderr)
        return done.stdout

    def test_cpu(self):
        self.assertEqual(self.forks("cpu", hide_drivers=True).count("ok:"), 10)

    def test_software_device(self):
        code = ("import vordec; print([c.device.index for c in vordec.devices({'decode': {'allow_software_device': True}})"
                " if c.backend == 'vulkan' and c.device and c.device.type == 'software' and c.usable])")
        found = self.python(code, **dict.fromkeys(HIDDEN)).stdout.strip("[]\n").split(",")
        if not found[0]:
            self.skipTest("no software device")
        self.assertEqual(self.forks("vulkan", found[0], hide_drivers=False).count("ok:"), 10)


if __name__ == "__main__":
    unittest.main()

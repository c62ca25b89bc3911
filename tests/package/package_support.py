# SPDX-License-Identifier: MIT
"""What the tests of an installation share: where it is, a temporary folder each, runs of programs."""
import glob
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

INSTALLED = Path(os.environ["VORDEC_INSTALLED"])
SOURCE = Path(os.environ["VORDEC_SOURCE"])
BUILD = Path(os.environ["VORDEC_BUILD"])
BUILT_COMMAND = os.environ["VORDEC_COMMAND"]
LIBDIR = INSTALLED / os.environ["VORDEC_LIBDIR"]
COMMAND = INSTALLED / "bin" / "vordec"
STATE = SOURCE / "examples" / "data" / "state.npz"
CC, CMAKE, CPACK = (os.environ["VORDEC_" + name] for name in ("CC", "CMAKE", "CPACK"))
VERSION = os.environ["VORDEC_VERSION"]
SOFTWARE_DRIVERS = glob.glob("/usr/share/vulkan/icd.d/lvp_icd*.json")


def environment(**changes):
    """Nothing of vordec's, no GPU."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("VORDEC_")}
    return {**clean, "VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent", **changes}


class PackageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-package-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()

    def call(self, *command, **changes):
        return subprocess.run([str(word) for word in command], cwd=self.folder, env=environment(**changes), text=True,
                              capture_output=True, check=False, timeout=300)

    def succeed(self, *command, **changes):
        done = self.call(*command, **changes)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done

    def cmake(self, source, *options):
        """Configures and builds a project against the installation; returns its build folder."""
        build = self.folder / "build"
        self.succeed(CMAKE, "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={INSTALLED}",
                     f"-DCMAKE_C_COMPILER={CC}", *options)
        self.succeed(CMAKE, "--build", build)
        return build

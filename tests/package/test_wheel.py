# SPDX-License-Identifier: MIT
"""The wheel, made of what was installed, unpacked into a bare virtual environment and used there."""
import base64
import csv
import hashlib
import re
import shutil
import sys
import unittest
import zipfile

from package_support import COMMAND, INSTALLED, SOURCE, STATE, VERSION, PackageTest

if not shutil.which("patchelf"):
    print("patchelf is missing")
    sys.exit(77)

USE = """
import sys, vordec
state = vordec.State.from_npz(sys.argv[1])
with vordec.Decoder(state) as decoder:
    result = decoder.decode(state.z)
    print(vordec.version()[0], decoder.info.backend_used, result.omega_lp.dtype)
    print(*sorted({line.split()[-1] for line in open("/proc/self/maps") if "/lib" in line and ".so" in line}), sep="\\n")
    result.omega_lp.tofile("omega_lp")
"""


class Wheel(PackageTest):
    def test_wheel(self):
        self.succeed(sys.executable, SOURCE / "scripts" / "wheel", "--installed", INSTALLED, "--out", self.folder)
        wheel, = self.folder.glob("*.whl")
        self.assertRegex(wheel.name, rf"^vordec-{re.escape(VERSION)}-py3-none-linux_\w+\.whl$")
        venv = self.folder / "venv"
        self.succeed("/usr/bin/python3", "-m", "venv", "--system-site-packages", "--without-pip", venv)
        packages, = venv.glob("lib/python3*/site-packages")
        with zipfile.ZipFile(wheel) as archive:
            self.check_record(archive)
            archive.extractall(packages)
        done = self.succeed(venv / "bin" / "python3", "-c", USE, STATE)
        first, *loaded = done.stdout.splitlines()
        self.assertEqual(first, f"{VERSION} cpu float64")
        own = [path for path in loaded if re.search(r"vordec|fftw|inih|cjson", path)]
        self.assertGreaterEqual(len(own), 4)
        for path in own:
            self.assertTrue(path.startswith(str(packages)), path)
        said = self.succeed(COMMAND, "decode", "--z0-npz", STATE, "--out", "fields.npz").stderr
        fields = (self.folder / "omega_lp").read_bytes()
        count = said.count("hash omega_lp")
        for i, shown in enumerate(re.findall(r"hash omega_lp  (\w+)", said)):
            part = fields[i * len(fields) // count:(i + 1) * len(fields) // count]
            self.assertEqual(hashlib.blake2b(part, digest_size=16).hexdigest(), shown)

    def check_record(self, archive):
        """Every file, with its hash and size."""
        name, = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
        rows = {row[0]: row[1:] for row in csv.reader(archive.read(name).decode().splitlines())}
        self.assertEqual(set(rows), set(archive.namelist()))
        for path, (digest, size) in rows.items():
            if path != name:
                content = archive.read(path)
                right = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                self.assertEqual((digest, int(size)), ("sha256=" + right, len(content)), path)


if __name__ == "__main__":
    unittest.main()

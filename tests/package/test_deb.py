# SPDX-License-Identifier: MIT
"""The Debian package, made from the build, unpacked into an empty folder, and used there."""
import gzip
import os
import re
import shutil
import sys
import unittest

from package_support import BUILD, CC, CPACK, SOURCE, STATE, VERSION, PackageTest

if not (shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps") and os.path.exists(CPACK)):
    print("dpkg-deb, dpkg-shlibdeps or cpack is missing")
    sys.exit(77)


class Deb(PackageTest):
    def test_package(self):
        self.succeed(CPACK, "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", self.folder / "out")
        package, = (self.folder / "out").glob("*.deb")
        self.assertRegex(package.name, rf"^vordec_{re.escape(VERSION)}_[a-z0-9]+\.deb$")
        control = self.succeed("dpkg-deb", "-f", package).stdout
        fields = dict(re.findall(r"^(\S+): (.*)$", control, re.MULTILINE))
        self.assertEqual((fields["Package"], fields["Version"], fields["Section"]), ("vordec", VERSION, "science"))
        for library in ("libc6", "libinih1", "libcjson1", "libfftw3-double3", "libopenblas0", "libzip4", "libcairo2"):
            self.assertRegex(fields["Depends"], rf"\b{library}\b")
        self.assertNotIn("vordec", fields["Depends"])
        self.assertIn("libvulkan1", fields["Recommends"])

        self.succeed("dpkg-deb", "-e", package, self.folder / "control")
        self.assertEqual({path.name for path in (self.folder / "control").iterdir()},
                         {"control", "md5sums", "postinst", "prerm", "shlibs", "triggers"})
        root = self.folder / "root"
        self.succeed("dpkg-deb", "-x", package, root)
        self.assertEqual({path.name for path in root.iterdir()}, {"usr"})
        self.assertNotIn(" not stripped", self.succeed("file", root / "usr/bin/vordec").stdout
                         if shutil.which("file") else "")
        command = root / "usr" / "bin" / "vordec"
        self.assertIn(f"vordec {VERSION} ", self.succeed(command, "--version").stdout)
        self.succeed(command, "decode", "--z0-npz", STATE, "--out", "fields.npz")
        self.check_development_files(root)
        self.check_debian_files(root)

    def check_debian_files(self, root):
        documents = root / "usr" / "share" / "doc" / "vordec"
        self.assertIn("License: GPL-2+", (documents / "copyright").read_text())
        self.assertIn(f"vordec ({VERSION})", gzip.decompress((documents / "changelog.gz").read_bytes()).decode())
        pages = list((root / "usr" / "share" / "man" / "man1").iterdir())
        self.assertEqual({path.suffix for path in pages}, {".gz"})
        self.assertTrue(gzip.decompress(pages[0].read_bytes()))

    def check_development_files(self, root):
        pc, = root.rglob("vordec.pc")
        flags = self.succeed("pkg-config", "--cflags", "--libs", pc).stdout.split()
        self.succeed(CC, "-std=c11", SOURCE / "examples/host/host.c", *flags, "-lm", "-o", "host")
        self.succeed(self.folder / "host", SOURCE / "examples/host/cpu.ini", LD_LIBRARY_PATH=str(pc.parent.parent))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""examples/host, built against the installation with CMake and with pkg-config, and run."""
import math
import re
import unittest

from package_support import CC, CMAKE, INSTALLED, LIBDIR, SOFTWARE_DRIVERS, SOURCE, VERSION, PackageTest

EXAMPLE = SOURCE / "examples" / "host"


class Host(PackageTest):
    def check_fields(self, output, tolerance):
        """The host's states are omega = cos(x + shift) + cos(y) / 2 with shift = 0, 0.5 and 1."""
        rows = re.findall(r"state (\d): omega_lp = (\S+) at the origin, (\S+) at x = pi / 2", output)
        self.assertEqual(len(rows), 3)
        for state, origin, quarter in rows:
            shift = 0.5 * int(state)
            self.assertAlmostEqual(float(origin), math.cos(shift) + 0.5, delta=tolerance)
            self.assertAlmostEqual(float(quarter), math.cos(math.pi / 2 + shift) + 0.5, delta=tolerance)

    def check_runs(self, host, **changes):
        on_cpu = self.succeed(host, EXAMPLE / "cpu.ini", **changes).stdout
        self.assertRegex(on_cpu, r"^backend cpu \(asked for: cpu\) on .*, fp64, .*: the work was done by the cpu in ")
        self.check_fields(on_cpu, 1e-6)  # what six decimals show

        refused = self.call(host, EXAMPLE / "vulkan.ini", **changes)  # no driver: see environment()
        self.assertEqual((refused.returncode, refused.stdout), (3, ""))
        self.assertRegex(refused.stderr, r"\Ahost: .*'vulkan' refused.*\n\Z")

        missing = self.call(host, "no_such.ini", **changes)
        self.assertEqual(missing.returncode, 2)
        self.assertIn("no_such.ini", missing.stderr)

    def test_with_cmake(self):
        host = self.cmake(EXAMPLE) / "host"
        self.check_runs(host)

    def test_with_pkg_config(self):
        paths = {"PKG_CONFIG_PATH": str(LIBDIR / "pkgconfig")}
        flags = self.succeed("pkg-config", "--cflags", "--libs", "vordec", **paths).stdout.split()
        self.assertEqual(self.succeed("pkg-config", "--modversion", "vordec", **paths).stdout.strip(), VERSION)
        self.succeed(CC, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", EXAMPLE / "host.c", *flags, "-lm", "-o",
                     "host")
        self.check_runs(self.folder / "host", LD_LIBRARY_PATH=str(LIBDIR))

    @unittest.skipUnless(SOFTWARE_DRIVERS and (LIBDIR / "vordec" / "decode_vulkan.so").exists(), "no Vulkan driver")
    def test_the_file_alone_switches_to_vulkan(self):
        host = self.cmake(EXAMPLE) / "host"
        ini = self.folder / "software.ini"
        ini.write_text((EXAMPLE / "vulkan.ini").read_text() + "allow_software_device = true\n")
        drivers = {"VK_DRIVER_FILES": SOFTWARE_DRIVERS[0], "VK_ICD_FILENAMES": SOFTWARE_DRIVERS[0],
                   "XDG_CACHE_HOME": str(self.folder)}
        output = self.succeed(host, ini, **drivers).stdout
        self.assertRegex(output, r"^backend vulkan .*llvmpipe.*, fp32, .*: the work was done by the cpu in ")
        self.check_fields(output, 2e-6)

    def test_another_major_version_is_refused(self):
        project = self.folder / "project"
        project.mkdir()
        (project / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.20)\nproject(x C)\n"
                                                f"find_package(vordec {int(VERSION.split('.')[0]) + 1} REQUIRED)\n")
        done = self.call(CMAKE, "-S", project, "-B", "build", f"-DCMAKE_PREFIX_PATH={INSTALLED}")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("requested", done.stderr)


if __name__ == "__main__":
    unittest.main()

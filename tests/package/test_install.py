# SPDX-License-Identifier: MIT
"""What `cmake --install` leaves, after it was moved: all there, all found, nothing that names another place."""
import re
import unittest

from package_support import BUILD, BUILT_COMMAND, COMMAND, INSTALLED, LIBDIR, SOURCE, STATE, VERSION, PackageTest


class Install(PackageTest):
    def test_files(self):
        for path in ("share/vordec/config/default.ini", "share/vordec/metrics.schema.json", "share/man/man1/vordec.1",
                     "share/vordec/examples/state.npz", "share/bash-completion/completions/vordec",
                     "include/vordec/vordec.h", "include/vordec/backend.h", "share/doc/vordec/README.md"):
            self.assertTrue((INSTALLED / path).is_file(), path)
        headers = {path.name for path in (SOURCE / "core/include/vordec").iterdir()}
        for folder in ("include/vordec", "share/doc/vordec/core/include/vordec"):
            self.assertEqual({path.name for path in (INSTALLED / folder).iterdir()}, headers, folder)
        built = {path.name for path in (BUILD / LIBDIR.relative_to(INSTALLED) / "vordec").glob("*.so")}
        built.add("format_reader")
        self.assertEqual({path.name for path in (LIBDIR / "vordec").iterdir()}, built)
        self.assertIn("decode_cpu.so", built)

    def test_version_is_one(self):
        for path, pattern in (("CITATION.cff", r"^version: (\S+)$"), ("python/vordec/_library.py", r'^__version__ = "(\S+)"$')):
            self.assertEqual(re.findall(pattern, (SOURCE / path).read_text(), re.MULTILINE), [VERSION], path)
        self.assertIn(f"\n## {VERSION}\n", (SOURCE / "CHANGELOG.md").read_text())

    def test_library_is_versioned(self):
        real = LIBDIR / f"libvordec.so.{VERSION}"
        self.assertTrue(real.is_file() and not real.is_symlink())
        soname = re.search(r"SONAME.*\[(.*)\]", self.succeed("readelf", "-d", real).stdout)[1]
        self.assertEqual(soname, f"libvordec.so.{VERSION.split('.')[0]}")
        for link in (LIBDIR / soname, LIBDIR / "libvordec.so"):
            self.assertEqual(link.resolve(), real.resolve())
        needed = re.findall(r"NEEDED.*\[(\w+)", self.succeed("readelf", "-d", real).stdout)
        self.assertFalse(set(needed) & {"libfftw3", "libopenblas", "libvulkan", "libgomp", "libzip", "libcairo"}, needed)

    def test_nothing_names_another_place(self):
        strangers = [str(folder).encode() for folder in (SOURCE, BUILD, INSTALLED, INSTALLED.with_name("first"))]
        for path in INSTALLED.rglob("*"):
            if not path.is_file():
                continue
            data = path.read_bytes()
            if data.startswith(b"\x7fELF"):
                data = b"\n".join(line for line in self.succeed("readelf", "-d", path).stdout.encode().splitlines()
                                  if b"PATH)" in line)
                self.assertNotRegex(data, rb"\[[^$\]]", path)  # relative to the file, or none
            for stranger in strangers:
                self.assertNotIn(stranger, data, path)

    def test_command_finds_its_own_library_and_plugins(self):
        self.assertIn(f"vordec {VERSION} ", self.succeed(COMMAND, "--version").stdout)
        self.assertIn(f"plugins in {(LIBDIR / 'vordec').resolve()}\n", self.succeed(COMMAND, "devices").stdout)
        loaded = self.succeed("ldd", COMMAND).stdout
        self.assertIn(f"libvordec.so.{VERSION.split('.')[0]} => {COMMAND.parent}", loaded)

    def test_decodes_as_the_build_does(self):
        here, there = (self.succeed(command, "decode", "--z0-npz", STATE, "--out", "fields.npz").stderr
                       for command in (COMMAND, BUILT_COMMAND))
        hashes = re.findall(r"hash .*", here)
        self.assertEqual(len(hashes), 6)
        self.assertEqual(hashes, re.findall(r"hash .*", there))

    def test_default_configuration_is_the_built_in_one(self):
        text = (INSTALLED / "share/vordec/config/default.ini").read_text()
        self.assertEqual(text, self.succeed(COMMAND, "config", "--print").stdout)
        for path in (INSTALLED / "share/vordec/config").iterdir():
            self.succeed(COMMAND, "config", "--check", path)

    def test_documents_refer_to_what_is_there(self):
        documents = INSTALLED / "share/doc/vordec"
        count = 0
        for page in documents.rglob("*.md"):
            text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
            for link in re.findall(r"\]\(([^)#\s]+)", text):
                if not re.match(r"[a-z]+:", link):
                    count += 1
                    self.assertTrue((page.parent / link).exists(), f"{page.relative_to(documents)}: {link}")
        self.assertGreater(count, 100)

    def test_sample_state_decodes(self):
        self.succeed(COMMAND, "decode", "--z0-npz", INSTALLED / "share/vordec/examples/state.npz", "--out", "f.npz")

    def test_modules_read_files(self):
        """By a process of their own, whose program moved with them."""
        self.succeed(COMMAND, "simulate", "--N", 32, "--steps", 1, "--out", "t.h5")
        self.succeed(COMMAND, "encode", "--traj", "t.h5", "--out", "z.npz")


if __name__ == "__main__":
    unittest.main()

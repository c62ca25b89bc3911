# SPDX-License-Identifier: MIT
"""Finding libvordec, and refusing one that does not fit."""

import os
import shutil
import subprocess
import sys
import unittest

from python_support import SOURCE, BindingTest

LIBRARY = os.environ["VORDEC_LIBRARY"]
VERSION = "import vordec; print(*vordec.version())"


class Library(BindingTest):
    def test_argument_before_environment(self):
        done = self.python(f"import vordec; vordec.load({LIBRARY!r}); print(vordec.load()._name)",
                           VORDEC_LIBRARY="/nonexistent")
        self.assertEqual((done.returncode, done.stdout.strip()), (0, LIBRARY), done.stderr)

    def test_one_library_only(self):
        copy = self.folder / "other.so"
        shutil.copy(LIBRARY, copy)
        done = self.python(f"import vordec; vordec.load(); vordec.load({LIBRARY!r}); vordec.load({str(copy)!r})")
        self.assertIn("ImportError: libvordec is loaded already, from", done.stderr)

    def test_what_is_refused(self):
        missing = str(self.folder / "none.so")
        text = self.folder / "text.so"
        text.write_text("not a library")
        other = f"import vordec._structs as s; s.MIRRORED['vordec_decode_io'] = s.Run; {VERSION}"
        newer = f"import vordec._library as lib; lib.__version__ = '99.9.9'; {VERSION}"
        for code, library, part in ((VERSION, missing, "VORDEC_LIBRARY"), (VERSION, text, "cannot be opened"),
                                    (VERSION, "libm.so.6", "is not the libvordec of this package"),
                                    (other, LIBRARY, "struct vordec_decode_io has"), (newer, LIBRARY, "99.9")):
            with self.subTest(part):
                done = self.python(code, VORDEC_LIBRARY=library)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, "ImportError: .*" + part)

    def test_installed_and_moved(self):
        """The package finds the library that was installed with it, wherever both go, and the plugins are found."""
        first, second = self.folder / "first", self.folder / "second"
        subprocess.run(["cmake", "--install", os.environ["VORDEC_BUILD"], "--prefix", first], check=True,
                       capture_output=True)
        first.rename(second)
        code = ("import vordec; print(vordec.load()._name, vordec.__file__); "
                f"d = vordec.Decoder({str(SOURCE / 'examples/data/state.npz')!r}); print(d.decode().omega_lp.shape)")
        done = self.python(code, PYTHONPATH=second / "lib/python3/dist-packages", VORDEC_LIBRARY=None,
                           LD_LIBRARY_PATH="/nonexistent")
        self.assertEqual(done.returncode, 0, done.stderr)
        place, shape = done.stdout.splitlines()
        library, package = place.split()
        self.assertTrue(os.path.realpath(library).startswith(str(second)), library)
        self.assertTrue(package.startswith(str(second)))
        self.assertEqual(shape, "(2, 128, 128)")
        self.assertTrue((second / "lib/python3/dist-packages/vordec/py.typed").exists())

    def test_nothing_is_loaded_at_import(self):
        done = self.python("import vordec; vordec.Error; print('fine')", VORDEC_LIBRARY="/nonexistent")
        self.assertEqual(done.stdout.strip(), "fine", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)

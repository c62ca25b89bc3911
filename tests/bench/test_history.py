# SPDX-License-Identifier: MIT
"""bench/history: the table of two builds, one of which cannot do what is asked."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["VORDEC_COMMAND"]).parents[1]
HISTORY = pathlib.Path(os.environ["VORDEC_SOURCE"]) / "bench" / "history"


class History(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def call(self, *arguments):
        return subprocess.run([sys.executable, HISTORY, *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True, check=False, timeout=120)

    def test_table(self):
        """A second version that takes twice as long by its own account, and one that cannot run."""
        for name, script in (("slow", 'import json, os, subprocess, sys\n'
                                      f'code = subprocess.call([{str(BUILD / "bin/vordec")!r}, *sys.argv[1:]])\n'
                                      'if "--json" in sys.argv:\n'
                                      '    rows = [dict(row, median_ms=2.0) for row in json.load(open("bench.json"))]\n'
                                      '    json.dump(rows, open("bench.json", "w"))\n'
                                      'sys.exit(code)\n'),
                             ("broken", "import sys\nsys.exit('it cannot')\n")):
            command = self.folder / name / "bin" / "vordec"
            command.parent.mkdir(parents=True)
            command.write_text(f"#!{sys.executable}\n{script}")
            command.chmod(0o755)
        done = self.call(BUILD, "broken", "slow", "--rounds", 1, "--json", "h.json", "--", "--backend", "cpu", "--cases",
                         "1x64")
        self.assertEqual(done.returncode, 1, done.stderr)  # of the broken one
        self.assertIn("broken could not run: it cannot", done.stderr)
        lines = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual(len(lines), 2)
        found = json.loads((self.folder / "h.json").read_text())
        self.assertEqual(found["rounds"], 1)
        for line, (case, times) in zip(lines[1:], found["ms"][str(BUILD)].items()):
            self.assertEqual(" ".join(line[:-5]), case)
            middle, = times
            self.assertEqual(line[-5:], [f"{middle:.4g}", "-", "2", f"{middle / 2:.2f}", "-"])

    def test_refusals(self):
        self.assertIn("neither a folder", self.call("no-such-version").stderr)


if __name__ == "__main__":
    unittest.main()

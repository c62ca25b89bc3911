# SPDX-License-Identifier: MIT
"""docs/tutorial.md: its commands run as they stand there, and say what the page says that they do."""

import csv
import re
import subprocess
import sys
import unittest

from cli_support import COMMAND, SOURCE, CommandTest

NUMBER = re.compile(r"\d+\.?\d*")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COLUMNS = {"step": "step", "relative_l2": "relative_l2", "train": "train", "persistence": "relative_l2_persistence",
           "climatology": "relative_l2_climatology", "encoding": "relative_l2_encoding"}


def words(line):
    return NUMBER.sub("#", " ".join(line.split()))


def near(got, expected):
    """Libraries sum in different orders; a learnt operator makes more of that."""
    return abs(got - expected) <= max(0.01 * abs(expected), 0.001)


class Tutorial(CommandTest):
    def setUp(self):
        super().setUp()
        done = subprocess.run([sys.executable, str(SOURCE / "scripts/tutorial"), self.path("run")], check=False, text=True,
                              capture_output=True, env={"PATH": "/usr/bin:/bin", "VORDEC": COMMAND, "HOME": self.path(""),
                                                        "VK_DRIVER_FILES": "/nonexistent", "LC_ALL": "C"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.said = (self.folder / "run/said.txt").read_text().splitlines()
        self.page = (SOURCE / "docs/tutorial.md").read_text()
        with open(self.folder / "run/run/snapshot_comparison.csv", newline="", encoding="utf-8") as stream:
            self.rows = {int(row["step"]): row for row in csv.DictReader(stream)}

    def table(self):
        lines = [line.strip("| ").split(" | ") for line in self.page.splitlines() if line.startswith("| ")]
        return [dict(zip(lines[0], line)) for line in lines[1:]]

    def is_said(self, line):
        numbers = [float(number) for number in NUMBER.findall(line)]
        return any(words(line) == words(said) and all(map(near, map(float, NUMBER.findall(said)), numbers))
                   for said in self.said)

    def test_page(self):
        quoted = [line for kind, text in BLOCK.findall(self.page) if not kind for line in text.splitlines()]
        self.assertGreater(len(quoted), 10)
        for line in quoted:
            self.assertTrue(self.is_said(line), line)
        table = self.table()
        self.assertEqual([int(row["step"]) for row in table], [400, 500, 600, 700, 800])
        for row in table:
            for name, column in COLUMNS.items():
                self.assertTrue(near(float(self.rows[int(row["step"])][column]), float(row[name])), (row, name))
        known = "\n".join(quoted) + "\n".join(" ".join(row.values()) for row in table)
        for number in re.findall(r"0\.\d{4}", BLOCK.sub("", self.page)):
            self.assertIn(number, known)
        self.check_claims()
        self.check_files()

    def check_claims(self):
        errors = {step: [float(row[COLUMNS[name]]) for name in ("relative_l2", "persistence", "climatology", "encoding")]
                  for step, row in self.rows.items()}
        self.assertTrue(0.95 < errors[500][0] / errors[500][1] < 1.05)  # "persistence is as good"
        for step in 600, 700, 800:  # "by a fifth to a quarter"
            self.assertTrue(0.75 < errors[step][0] / errors[step][1] < 0.82)
            self.assertLess(errors[step][0], errors[step][2])
        self.assertGreater(errors[800][0], 2 * errors[800][3])  # "most of its error is the forecast's"
        self.assertTrue(near(errors[400][0], errors[400][3]))  # "no achievement"

    def check_files(self):
        for name in ("run/run/snapshot_t00800.png", "run/run/snapshot_series.png", "run/run/snapshot_spectrum.png",
                     "run/fields.png", "run/beyond/snapshot_t01200.png"):
            self.assertEqual((self.folder / name).read_bytes()[:4], b"\x89PNG")


class Pages(unittest.TestCase):
    def test_readme_quotes_the_table(self):
        rows = [line for line in (SOURCE / "docs/results/quality.md").read_text().splitlines() if line.startswith("| ")]
        readme = (SOURCE / "README.md").read_text().splitlines()
        self.assertGreater(len(rows), 4)
        for row in rows:
            self.assertIn(row, readme)

    def test_pages_link_to_what_there_is(self):
        for page in "README.md", "docs/tutorial.md", "docs/glossary.md", "docs/from-the-original.md", "docs/your-data.md":
            for link in re.findall(r"\]\(([^)#]+)[^)]*\)", (SOURCE / page).read_text()):
                self.assertTrue(((SOURCE / page).parent / link).exists(), f"{page}: {link}")


if __name__ == "__main__":
    unittest.main()

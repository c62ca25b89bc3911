# SPDX-License-Identifier: MIT
"""The walk of one decode in docs/architecture.md: each file is there, and has the function that is said to be in it."""
import os
import re
import unittest
from pathlib import Path

SOURCE = Path(os.environ["VORDEC_SOURCE"])
TITLE = "## The walk of one decode\n"
STEP = re.compile(r"`([\w./]+\.(?:c|comp))` \| `(\w+)\(\)`")


def steps():
    text = (SOURCE / "docs" / "architecture.md").read_text()
    return STEP.findall(text.split(TITLE)[1].split("\n## ")[0])


class Walk(unittest.TestCase):
    def test_each_step_is_there(self):
        for file, function in steps():
            with self.subTest(file=file, function=function):
                defined = rf"^[a-z][^;=]*?\b{function}\([^;]*?\{{"  # not a call, not a prototype
                self.assertRegex((SOURCE / file).read_text(), re.compile(defined, re.M))

    def test_the_walk_is_read(self):
        self.assertGreater(len(steps()), 30)
        self.assertIn(("numerics/ternary.c", "threshold_row"), steps())


if __name__ == "__main__":
    unittest.main()

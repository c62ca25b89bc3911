# SPDX-License-Identifier: MIT
"""docs/from-the-original.md: what it says of each option is what the command does."""

import json
import re
import unittest

from cli_support import BAD_USAGE, SOURCE, CommandTest

ROW = re.compile(r"^\| `--([\w-]+)(?: [^`]*)?` \| (\w[\w ]*) \|(.*)\|$")
COUNTS = {"perf-kernel": 20, "snapshots": 48}  # as many as the two programs have
HERE = re.compile(r"`--([\w-]+)[` ]")


def tables():
    """{command: [(option, what it is here, the rest of the row)]}"""
    found, command = {}, None
    for line in (SOURCE / "docs" / "from-the-original.md").read_text().splitlines():
        if line.startswith("## "):
            command = re.search(r"`vordec ([\w-]+)`", line)
        elif command and (row := ROW.match(line)):
            found.setdefault(command[1], []).append(row.groups())
    return found


class Original(CommandTest):
    def options(self, command):
        """What the help tells of; names that are the original's alone work without being told of."""
        text = self.succeed(command, "--help-all").stdout
        return set(re.findall(r"^  --([\w-]+)", text, re.MULTILINE))

    def is_taken(self, command, name):
        """The parser knows the option: what it stumbles over stands behind it, and nothing runs."""
        said = self.call(command, f"--{name}", "1", "--strict=x")
        self.assertEqual(said.returncode, BAD_USAGE)
        return not re.search(r"unknown option|could be any of|is not offered", said.stderr)

    def test_tables(self):
        found = tables()
        self.assertEqual({command: len({row[0] for row in rows}) for command, rows in found.items()}, COUNTS)
        for command, rows in found.items():
            options = self.options(command)
            for name, what, rest in rows:
                with self.subTest(f"{command} --{name}"):
                    self.check_row(command, options, name, what, rest)

    def check_row(self, command, options, name, what, rest):
        if what == "not offered":
            self.assertNotIn(name, options)
            for argument in f"--{name}", f"--{name}=1":
                said = self.call(command, argument)
                self.assertEqual((said.returncode, said.stdout), (BAD_USAGE, ""))
                reason = said.stderr.partition(f"--{name} is not offered: ")[2].strip()
                self.assertEqual(rest.replace("`", "").strip(), reason)
        else:
            self.assertIn(what, ("same", "differs"))
            self.assertTrue(self.is_taken(command, name))
            for other in HERE.findall(rest):
                self.assertIn(other, options)

    def test_log_metrics_takes_its_file(self):
        self.succeed("snapshots", "--N", 16, "--k-cut", 3, "--resid-mid-cut", 5, "--topk-mid", 4, "--steps", 4, "--stride",
                     2, "--out-dir", self.path("out"), "--log-metrics", self.path("m.json"))
        self.assertEqual(json.loads((self.folder / "m.json").read_text())["steps"], 4)
        self.assertFalse((self.folder / "out" / "snapshot_metrics.json").exists())

    def test_nobody_else_has_them(self):
        self.refuse(BAD_USAGE, ["unknown option '--dpi'"], "decode", "--dpi", "100")
        self.refuse(BAD_USAGE, ["unknown option '--trunc'"], "snapshots", "--trunc", "1")


if __name__ == "__main__":
    unittest.main()

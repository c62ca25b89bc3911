# SPDX-License-Identifier: MIT
"""Links of the Markdown files: what they point to inside the source tree is there, headings included."""

import os
import pathlib
import re
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ.get("VORDEC_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
NAMED = re.compile(r"(?<![\w/.-])((?:scripts|docs|tests|examples|bench|config)/[\w./-]*\w)")


def files():
    listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "*.md"], capture_output=True, text=True, check=False).stdout
    return [SOURCE / name for name in listed.split()] or sorted(SOURCE.glob("*.md")) + sorted(SOURCE.glob("docs/**/*.md"))


def text_of(path):
    """Without code blocks, whose brackets are no links."""
    return re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)


def slugs(path):
    """The names of a file's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"(?m)^#+ +(.+?) *$", text_of(path)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def dead(path):
    for target in LINK.findall(text_of(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists():
            yield target
        elif anchor and there.suffix == ".md" and anchor not in slugs(there):
            yield target


class Links(unittest.TestCase):
    def test_links(self):
        found = files()
        self.assertGreater(len(found), 20)
        self.assertEqual([f"{path.relative_to(SOURCE)}: {target}" for path in found for target in dead(path)], [])

    def test_files_that_are_named(self):
        """Those of README, CONTRIBUTING and docs/, whose readers will look for them."""
        pages = [path for path in files() if path.parent in (SOURCE, SOURCE / "docs")]
        missing = [f"{path.relative_to(SOURCE)}: {name}" for path in pages for name in NAMED.findall(path.read_text())
                   if not pathlib.PurePath(name).stem.isupper() and not (SOURCE / name).exists() and not list(SOURCE.glob(f"{name}.*"))]
        self.assertEqual(missing, [])

    def test_decisions_have_numbers_of_their_own(self):
        """And the list has each of them, under its number."""
        names = sorted(path.name for path in (SOURCE / "docs" / "decisions").glob("[0-9]*.md"))
        numbers = [int(name[:3]) for name in names]
        self.assertEqual(sorted(set(numbers)), numbers)
        for name, number in zip(names, numbers):
            self.assertRegex((SOURCE / "docs" / "decisions" / name).read_text(), rf"\A# {number}\. ")
        listed = re.findall(r"(?m)^- \[(\d+)\. .*\]\((.*\.md)\)$", (SOURCE / "docs" / "decisions" / "README.md").read_text())
        self.assertEqual(sorted({(name, int(number)) for number, name in listed}), list(zip(names, numbers)))

    def test_it_notices(self):
        self.assertEqual(slugs(SOURCE / "docs" / "architecture.md") & {"the-walk-of-one-decode"}, {"the-walk-of-one-decode"})
        self.assertEqual(LINK.findall("see [a](b.md#c) and ![d](e.png)"), ["b.md#c", "e.png"])


if __name__ == "__main__":
    unittest.main()

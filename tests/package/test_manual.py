# SPDX-License-Identifier: MIT
"""Manual pages and completions: well-formed, and saying what --help says."""
import re
import shutil
import unittest

from package_support import COMMAND, INSTALLED, PackageTest

PAGES = INSTALLED / "share" / "man" / "man1"
BASH = INSTALLED / "share" / "bash-completion" / "completions" / "vordec"
ASK = r"""
source "$1"; shift
compopt() { printf 'compopt %s\n' "$*"; }
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_vordec
printf '%s\n' "${COMPREPLY[@]}"
"""


def words(text):
    return " ".join(text.split())


class Texts(PackageTest):
    def setUp(self):
        super().setUp()
        overview = self.succeed(COMMAND, "--help").stdout
        self.commands = re.findall(r"^  ([a-z-]+) +(\S.*)$", overview.split("Commands:")[1].split("\n\n")[0], re.M)
        self.assertGreaterEqual(len(self.commands), 10)

    def help(self, command):
        return self.succeed(COMMAND, command, "--help").stdout

    def options(self, command):
        """(name, value or '', help) of each option, out of --help-all."""
        text = self.succeed(COMMAND, command, "--help-all").stdout
        found = re.findall(r"^  --([\w-]+)(?: (\S+))?(?:  |\n) *(\S.*\n(?:          .*\n)*)", text, re.MULTILINE)
        self.assertGreaterEqual(len(found), 2)
        return [(name, value, words(text)) for name, value, text in found]

    def render(self, page):
        """The page as text, unbroken lines."""
        self.assertTrue(shutil.which("groff"), "needs the package groff-base")
        done = self.succeed("groff", "-man", "-Tascii", "-P-cbou", "-ww", "-rLL=4000n", "-rHY=0", PAGES / page)
        self.assertEqual(done.stderr, "", page)
        return words(done.stdout)


class Manual(Texts):
    def test_a_page_for_each_command(self):
        expected = {"vordec.1"} | {f"vordec-{name}.1" for name, _ in self.commands}
        self.assertEqual({path.name for path in PAGES.iterdir()}, expected)

    def test_overview(self):
        text = self.render("vordec.1")
        for name, summary in self.commands:
            self.assertIn(words(f"vordec-{name}(1) {summary}"), text)
        for code in ("0 done", "1 failed", "2 bad usage", "3 refused", "4 a comparison", "130 interrupted"):
            self.assertIn(code, text)
        for name in ("VORDEC_PLUGIN_PATH", "VK_DRIVER_FILES", "decode_NAME.so", "~/.cache/vordec"):
            self.assertIn(name, text)

    def test_pages_say_what_help_says(self):
        for name, summary in self.commands:
            text = self.render(f"vordec-{name}.1")
            self.assertIn(words(f"NAME vordec-{name} - {summary} SYNOPSIS vordec {name}"), text)
            usage, details = re.search(r"Usage: (.*?)\n\n(.*)\n\nOptions:", self.help(name), re.DOTALL).groups()
            self.assertIn(words(usage), text)
            self.assertIn(words(details), text)
            self.assertIn(words("EXAMPLES " + self.help(name).split("Examples:")[1].split("\n\n")[0]), text)
            for option, value, help_text in self.options(name):
                self.assertIn(words(f"--{option} {value}"), text)
                self.assertIn(help_text, text)

    def test_pages_refer_to_pages(self):
        for path in PAGES.iterdir():
            for name in re.findall(r"^\.BR (\S+) \(1\)", path.read_text(), re.MULTILINE):
                self.assertTrue((PAGES / (name.replace("\\-", "-") + ".1")).exists(), f"{path.name}: {name}")


class Completion(Texts):
    def ask(self, *line):
        """What bash would offer for the last word."""
        return self.succeed("bash", "-c", ASK, "bash", BASH, *line).stdout.split("\n")[:-1]

    def test_commands(self):
        self.assertEqual(set(self.ask("vordec", "")), {name for name, _ in self.commands} | {"help", "--help", "--version"})
        self.assertEqual(self.ask("vordec", "simu"), ["simulate"])
        self.assertEqual(self.ask("vordec", "help", "simu"), ["simulate"])

    def test_options(self):
        for name, _ in self.commands:
            expected = [f"--{option}" for option, _, _ in self.options(name)]
            if name in ("check-plugin", "report"):  # which take a file or a folder, too
                expected.insert(0, "compopt -o default")
            got = self.ask("vordec", name, "")
            self.assertEqual(sorted(got), sorted(expected))

    def test_values(self):
        for line, expected in ((("--mask-boundary", ""), ["zero", "periodic", "auto"]),
                               (("--mask-boundary", "p"), ["periodic"]),
                               (("--mask-boundary", "="), ["zero", "periodic", "auto"]),
                               (("--mask-boundary", "=", "z"), ["zero"]),
                               (("--z0-npz", ""), ["compopt -o default", ""]),
                               (("--plugins-path", ""), ["compopt -o dirnames", ""]),
                               (("--backend", ""), ["auto", "gpu", "cpu", "vulkan"]), (("--decode-fft", "f"), ["fftw"]),
                               (("--decode-observer", "m"), ["metrics"]), (("--mask-tau", ""), [""])):
            with self.subTest(line=line):
                self.assertEqual(self.ask("vordec", "decode", *line), expected)

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_reads_its_own(self):
        self.succeed("zsh", "-n", next(INSTALLED.glob("share/zsh/*/_vordec")))


if __name__ == "__main__":
    unittest.main()

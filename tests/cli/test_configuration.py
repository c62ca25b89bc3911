# SPDX-License-Identifier: MIT
"""vordec config, the help texts, and --version."""

import configparser
import pathlib
import re
import unittest

from cli_support import BAD_USAGE, SOURCE, CommandTest

COMMANDS = ("decode", "parity", "devices", "config", "bench")  # those that take a configuration


def parsed(text):
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


class Config(CommandTest):
    def test_print_is_the_default_file(self):
        text = self.succeed("config", "--print").stdout
        self.assertEqual(text, (SOURCE / "config" / "default.ini").read_text())
        (self.folder / "d.ini").write_text(text)
        done = self.succeed("config", "--check", self.path("d.ini"))
        self.assertEqual((done.stdout, done.stderr), ("", f"{self.path('d.ini')}: ok\n"))

    def test_files_of_the_project(self):
        files = sorted((SOURCE / "config").glob("*.ini"))
        self.assertTrue(files)
        for file in files:
            with self.subTest(file.name):
                self.succeed("config", "--check", file)

    def test_effective_reads_back(self):
        """Values that a space or two would change, and files whose names are long or hold a line of their own."""
        deep = pathlib.Path(self.path("d" * 120)) / ("e" * 120) / "x\n[mask]"
        deep.mkdir(parents=True)
        for value in (";x", "x" * 193, "a;b", "= y"):
            (deep / "f.ini").write_text(f"[metrics]\njson={value}\n")
            text = self.succeed("config", "--effective", "--config", str(deep / "f.ini")).stdout
            pathlib.Path(self.path("again.ini")).write_text(text)
            again = self.succeed("config", "--effective", "--config", self.path("again.ini")).stdout
            values = [line for line in text.splitlines() if not line.startswith("#")]
            self.assertEqual(values, [line for line in again.splitlines() if not line.startswith("#")])
            self.assertTrue(any(line in (f"json = {value}", f"json={value}") for line in values))

    def test_effective(self):
        """Every key with its value and where it came from; what it prints is itself a configuration."""
        (self.folder / "f.ini").write_text("[mask]\n\ntau = 0.2\nsmooth_width = 9\n[decode]\nfallback =\n")
        text = self.succeed("config", "--effective", "--mask-tau", "0.3", "--config", self.path("f.ini"),
                            "--permissive").stdout
        defaults = parsed((SOURCE / "config" / "default.ini").read_text())
        got = parsed(text)
        self.assertEqual({section: list(keys) for section, keys in got.items()},
                         {section: list(keys) for section, keys in defaults.items()})
        defaults["mask"].update(tau="0.3", smooth_width="9")
        defaults["decode"].update(policy="permissive", fallback="")
        self.assertEqual(got, defaults)
        lines = text.splitlines()
        origins = {line.split(" = ")[0].rstrip(" ="): lines[i - 1] for i, line in enumerate(lines) if "=" in line}
        self.assertEqual(origins["tau"], "# --mask-tau")
        self.assertEqual(origins["smooth_width"], f"# {self.path('f.ini')}:4")
        self.assertEqual(origins["policy"], "# --permissive")
        self.assertEqual(origins["gate"], "# built-in default")
        (self.folder / "e.ini").write_text(text)
        again = self.succeed("config", "--effective", "--config", self.path("e.ini")).stdout
        self.assertEqual(parsed(again), got)

    def test_an_older_name_of_an_fft(self):
        """It is written as the one that stands for it, and whose that is where the backend is not named."""
        (self.folder / "f.ini").write_text("[decode]\nfft = vkfft-pruned\n")
        self.succeed("config", "--check", self.path("f.ini"))
        for options, own in (("--decode-backend", "vulkan"), True), ((), False), (("--decode-backend", "cpu"), False):
            text = self.succeed("config", "--effective", "--config", self.path("f.ini"), *options).stdout
            self.assertEqual(parsed(text)["decode"]["fft"], "pruned")
            self.assertNotIn("vkfft-pruned", text)
            self.assertEqual("only for backend vulkan" in text, not own)

    def test_every_key_is_an_option(self):
        options, expected = [], parsed((SOURCE / "config" / "default.ini").read_text())
        for section, keys in expected.items():
            for key, value in keys.items():
                options += [f"--{section}-{key}".replace("_", "-"), value]
        text = self.succeed("config", "--effective", *options).stdout
        self.assertEqual(parsed(text), expected)
        self.assertNotIn("built-in default", text)


    def test_what_was_changed(self):
        """The keys that differ from the defaults, which read back say the same."""
        nothing = self.succeed("config", "--effective", "--changed").stdout
        self.assertEqual(parsed(nothing), {})
        (self.folder / "c.ini").write_text("[decode]\nbackend = cpu\nprecision = auto\n[mask]\ntau = 0.2\n")
        more = ("--config", self.path("c.ini"), "--cpu-threads", 2)
        text = self.succeed("config", "--effective", "--changed", *more).stdout
        self.assertEqual(parsed(text), {"decode": {"backend": "cpu"}, "mask": {"tau": "0.2"}, "cpu": {"threads": "2"}})
        (self.folder / "d.ini").write_text(text)
        self.assertEqual(parsed(self.succeed("config", "--effective", "--config", self.path("d.ini")).stdout),
                         parsed(self.succeed("config", "--effective", *more).stdout))
        self.refuse(BAD_USAGE, ["--changed goes with --effective"], "config", "--changed", "--print")


class Help(CommandTest):
    def test_overview(self):
        texts = {self.succeed(word).stdout for word in ("--help", "-h", "help")}
        self.assertEqual(len(texts), 1)
        text, = texts
        for command in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} +\S")
        self.assertIn("--version", text)

    def test_every_command(self):
        overview = self.succeed("--help").stdout
        commands = re.findall(r"(?m)^  ([a-z-]+) +[a-z]", overview.split("Commands:\n")[1].split("\n\n")[0])
        self.assertLessEqual(set(COMMANDS), set(commands))
        for command in commands:
            with self.subTest(command):
                done = self.succeed(command, "--help")
                self.assertEqual(done.stderr, "")
                self.assertEqual(done.stdout, self.succeed(command, "-h").stdout)
                self.assertTrue(done.stdout.startswith(f"vordec {command} - "))
                self.assertIn(done.stdout.splitlines()[0].split(" - ")[1], overview)
                self.assertLessEqual(len(done.stdout.splitlines()), 50, "more than a screen: mark options as rare")
                self.check_options(command, done.stdout)

    def check_options(self, command, own):
        """Each option that the helps name is one that the parser knows so; examples are what is pasted."""
        shared = self.succeed(command, "--help-config").stdout
        whole = self.succeed(command, "--help-all").stdout
        options = r"(?m)^  (--[\w-]+)(?:  | |$)"
        self.assertLessEqual(set(re.findall(options, own + shared)), set(re.findall(options, whole)))
        named = re.findall(r"(?m)^  (--[\w-]+)( [^\s]+)?(?:  |$)", whole)
        self.assertEqual(len(named), len({name for name, _ in named}))
        self.assertLessEqual({"--help", "--help-all", "--help-config", "--verbose"}, {name for name, _ in named})
        for line in (own + whole).splitlines():
            if not line.startswith("  vordec ") and not line.startswith("Usage:") and not line.startswith("         "):
                self.assertLessEqual(len(line), 80, line)
        self.assertEqual(len(re.findall(r"(?m)^  vordec ", own.split("Examples:\n")[1].split("\n\n")[0])), 2)
        for option, value in named:
            if not value:
                self.assertEqual(self.call(command, f"{option}=x").returncode, BAD_USAGE)
            elif option != "--json":
                self.refuse(BAD_USAGE, [f"{command} {option}: a value is missing"], command, option)

    def test_settings_that_a_command_uses(self):
        """All of them where all are shown, and elsewhere none that says nothing there."""
        whole = self.succeed("config", "--help-config").stdout
        for section, keys in parsed((SOURCE / "config" / "default.ini").read_text()).items():
            for key in keys:
                self.assertIn(f"  --{section}-{key} ".replace("_", "-"), whole)
        for command, has, lacks in (("devices", "--decode-device", "--mask-tau"), ("decode", "--mask-tau", "--op-dtype"),
                                    ("learn", "--cpu-threads", "--decode-backend"), ("snapshots", "--op-dtype", "--export"),
                                    ("check-plugin", "--plugins-path", "--decode-backend"),
                                    ("perf-kernel", "--op-dtype", "--simulate-fft"), ("bench", "--simulate-fft", "--op-")):
            text = self.succeed(command, "--help-config").stdout
            self.assertIn(f"  {has}", text)
            self.assertNotIn(f"  {lacks}", text)
        # A configuration serves several commands: what one has no use for is taken all the same.
        self.succeed("devices", "--mask-tau", "0.2")

    def test_options_of_the_contract(self):
        contract = {
            "decode": ("--z0-npz", "--resid-npy", "--phases-npz", "--out", "--png"),
            "parity": ("--z0-npz", "--backend", "--json"),
            "devices": ("--json",),
            "config": ("--print", "--check", "--effective"),
            "bench": ("--backend", "--sizes", "--batch", "--cases", "--fft", "--k-cut", "--readback", "--startup", "--json",
                      "--png"),
        }
        for command, options in contract.items():
            text = self.succeed(command, "--help-all").stdout
            for option in options:
                self.assertRegex(text, rf"(?m)^  {option}( |$)")

    def test_version(self):
        lines = self.succeed("--version").stdout.splitlines()
        self.assertRegex(lines[0], r"^vordec \d+\.\d+\.\d+ \(.+\)$")
        self.assertRegex(lines[1], r"^backend ABI 1\.\d+$")
        self.assertIn("plugins: cpu", lines[2])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Files that cannot be read or written, INI files and command lines with mistakes."""

import os
import pathlib
import unittest

import numpy as np
from cli_support import BAD_USAGE, FAILED, CommandTest, reference


class Unreadable(CommandTest):
    def test_no_file(self):
        self.refuse_decode(["nowhere.npz: ", "No such file or directory"], self.path("nowhere.npz"))
        self.refuse_decode([str(self.folder)], self.path("."))
        self.refuse_decode([": "], "")

    def test_not_a_zip_file(self):
        contents = {"empty": b"", "text": b"z = 1\n", "short": b"PK", "zeros": bytes(4096),
                    "head only": b"PK\x03\x04" + bytes(200), "end only": b"PK\x05\x06" + bytes(18)}
        np.save(self.folder / "array.npy", np.zeros(5))
        contents["an .npy"] = (self.folder / "array.npy").read_bytes()
        for name, content in contents.items():
            with self.subTest(name):
                (self.folder / "bad.npz").write_bytes(content)
                self.refuse_decode(["bad.npz: "], self.path("bad.npz"))

    def test_truncated(self):
        data = reference("n64/decode")
        whole = pathlib.Path(self.state()).read_bytes()
        for part in 1, 10, 100, 1000, len(whole) // 2, len(whole) - 200, len(whole) - 22, len(whole) - 1:
            with self.subTest(part):
                (self.folder / "cut.npz").write_bytes(whole[:part])
                self.refuse_decode(["cut.npz: "], self.path("cut.npz"))
        np.savez_compressed(self.folder / "packed.npz", **data)
        packed = (self.folder / "packed.npz").read_bytes()
        (self.folder / "cut.npz").write_bytes(packed[: len(packed) * 2 // 3])
        self.refuse_decode(["cut.npz: "], self.path("cut.npz"))

    def test_changed_bytes(self):
        """A flipped bit in the data of z does not go unnoticed."""
        state = self.state()
        content = bytearray(pathlib.Path(state).read_bytes())
        at = content.find(reference("n64/decode")["z"].tobytes())
        self.assertGreater(at, 0)
        content[at + 80] ^= 1
        (self.folder / "flipped.npz").write_bytes(content)
        self.refuse_decode(["flipped.npz: z: "], self.path("flipped.npz"))


class Unwritable(CommandTest):
    def decode_to(self, parts, option, path):
        state = self.state()
        options = {"--out": self.path("out.npz"), "--png": self.path("out.png"), "--metrics-json": self.path("m.json")}
        options[option] = path
        arguments = [word for pair in options.items() for word in pair]
        self.refuse(BAD_USAGE, parts, "decode", "--z0-npz", state, *arguments)

    def test_every_output(self):
        (self.folder / "a folder").mkdir()
        for option in "--out", "--png", "--metrics-json":
            with self.subTest(option):
                self.decode_to(["no/such/x"], option, self.path("no/such/x"))
                self.decode_to(["a folder"], option, self.path("a folder"))
                self.decode_to(["state.npz/x"], option, self.path("state.npz/x"))
                self.decode_to(["/dev/full"], option, "/dev/full")
                self.decode_to(["/proc/x"], option, "/proc/x")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_folder_without_permission(self):
        (self.folder / "closed").mkdir(mode=0o500)
        self.decode_to(["closed/out.npz"], "--out", self.path("closed/out.npz"))

    def test_what_was_there_stays(self):
        (self.folder / "out.npz").write_bytes(b"older")
        self.refuse_decode(["state.npz: z: "], self.state(z=np.zeros(3)))
        self.assertEqual((self.folder / "out.npz").read_bytes(), b"older")

    def test_results_on_a_full_device(self):
        for arguments in (["devices"], ["devices", "--json"], ["config", "--print"], ["config", "--effective"],
                          ["--version"], ["--help"], ["decode", "--help"], ["parity", "--z0-npz", self.state()]):
            with self.subTest(arguments), open("/dev/full", "w", encoding="utf-8") as full:
                done = self.call(*arguments, capture_output=False, stdout=full, stderr=-1)
                self.assertEqual(done.returncode, FAILED, done.stderr)
                self.assertEqual(done.stderr.splitlines()[-1], "vordec: cannot write to standard output")


class Ini(CommandTest):
    MISTAKES = (
        ("[decode]\nbakend = cpu\n", 2, "unknown key 'bakend' in [decode]"),
        ("[decodr]\nbackend = cpu\n", 1, "unknown section [decodr]"),
        ("[mask]\ntau = 0.2\ntau = 0.3\n", 3, "[mask] tau is set a second time (first on line 2)"),
        ("[op]\ndeterministic = perhaps\n", 2, "[op] deterministic = 'perhaps': expected true, false"),
        ("[decode]\nbackend = a/b\n", 2, "[decode] backend = 'a/b'"),
        ("[decode]\nbackend = ../../tmp/x\n", 2, "[decode] backend = '../../tmp/x'"),
        ("[mask]\ntau = 2\n", 2, "[mask] tau = '2': expected auto, or 0 < tau <= 1"),
        ("[mask]\nsmooth_width\n", 2, "expected [section] or key = value"),
        ("[metrics]\nhash = omega\n", 2, "[metrics] hash = 'omega'"),
    )

    def test_mistakes(self):
        state = self.state()
        for text, line, part in self.MISTAKES:
            with self.subTest(text):
                (self.folder / "f.ini").write_text(text)
                parts = [f"{self.path('f.ini')}:{line}: {part}"]
                self.refuse_decode(parts, state, "--config", self.path("f.ini"))
                self.refuse(BAD_USAGE, parts, "config", "--check", self.path("f.ini"))
                self.refuse(BAD_USAGE, parts, "devices", "--config", self.path("f.ini"))

    def test_no_file(self):
        for command in (["config", "--check"], ["devices", "--config"]):
            self.refuse(BAD_USAGE, ["nowhere.ini: No such file"], *command, self.path("nowhere.ini"))
            self.refuse(BAD_USAGE, ["Is a directory"], *command, self.folder)


class Usage(CommandTest):
    def test_command_lines(self):
        state = self.state()
        out = self.path("out.npz")
        rows = (
            (["unknown command 'decod'"], ["decod"]),
            (["a command is missing"], ["--out"]),
            (["--z0-npz", "is needed"], ["decode", "--out", out]),
            (["--out", "is needed"], ["decode", "--z0-npz", state]),
            (["--z0-npz", "is needed"], ["decode"]),
            (["--z0-npz", "is needed"], ["parity"]),
            (["--unknown-option"], ["decode", "--z0-npz", state, "--out", out, "--unknown-option"]),
            (["'-x'"], ["decode", "-x"]),
            (["--mask-t0u"], ["decode", "--mask-t0u", "0.3"]),
            (["--out: a value is missing"], ["decode", "--z0-npz", state, "--out"]),
            (["unexpected argument 'extra'"], ["decode", "--z0-npz", state, "--out", out, "extra"]),
            (["unexpected argument 'extra'"], ["devices", "extra"]),
            (["--strict takes no value"], ["decode", "--strict=yes"]),
            (["--decode-backend: [decode] backend = 'a/b'"], ["decode", "--decode-backend", "a/b"]),
            (["--decode-fallback: [decode] fallback = 'cpu,../x'"], ["decode", "--decode-fallback", "cpu,../x"]),
            (["observer = none", "--out"], ["decode", "--z0-npz", state, "--out", out, "--decode-observer", "none"]),
            (["observer = metrics", "--png"],
             ["decode", "--z0-npz", state, "--png", self.path("out.png"), "--decode-observer", "metrics"]),
            (["--print", "--check"], ["config"]),
            (["--sizes '3'"], ["bench", "--sizes", "3"]),
            (["--sizes '64,'"], ["bench", "--sizes", "64,"]),
            (["--batch '-1'"], ["bench", "--batch", "-1"]),
            (["--k-cut 'x'"], ["bench", "--k-cut", "x"]),
            (["--backend"], ["parity", "--z0-npz", state, "--backends", ""]),
            (["--backend", "a/b"], ["parity", "--z0-npz", state, "--backends", "cpu,a/b"]),
        )
        for parts, arguments in rows:
            with self.subTest(arguments):
                self.refuse(BAD_USAGE, parts, *arguments)

    def test_abbreviations(self):
        """What more than one option begins with is none of them; what only one begins with may stand for it."""
        for option in "--mask", "--decode-f", "--residual-s", "--metrics":
            with self.subTest(option):
                self.refuse(BAD_USAGE, [f"{option} could be any of {option}"], "devices", option, "5")
        done = self.succeed("config", "--effective", "--mask-t", "0.25")
        self.assertIn("tau = 0.25\n", done.stdout)

    def test_no_arguments(self):
        done = self.call()
        self.assertEqual((done.returncode, done.stdout), (BAD_USAGE, ""))
        self.assertIn("Usage: vordec COMMAND", done.stderr)

    def test_lines_of_the_caller_stay_one_line(self):
        for value in "cpu\nvordec: all is well", "\x1b[31mcpu", "cpu\r":
            with self.subTest(value):
                line = self.refuse(BAD_USAGE, ["[decode] backend = 'cpu" if value[0] == "c" else "[decode] backend"],
                                   "devices", "--decode-backend", value)
                self.assertTrue(line.rstrip("\n").isprintable(), line)


if __name__ == "__main__":
    unittest.main()

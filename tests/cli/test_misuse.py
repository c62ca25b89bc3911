"""What is mistyped, put in the wrong place or half said: the answer names what was meant."""

import unittest

from cli_support import BAD_USAGE, REFUSED, CommandTest

COMMANDS = {
    "decod": "decode", "dcode": "decode", "deocde": "decode", "Decode": "decode", "decodes": "decode", "dec": "decode",
    "decoed": "decode", "snapshot": "snapshots", "snaphsots": "snapshots", "simulat": "simulate", "sim": "simulate",
    "encod": "encode", "lern": "learn", "los": "loss", "parety": "parity", "benhc": "bench", "device": "devices",
    "docter": "doctor", "check-plugins": "check-plugin", "check_plugin": "check-plugin", "confg": "config",
    "perf_kernel": "perf-kernel", "perf": "perf-kernel",
}
OPTIONS = (
    ("decode", "--z0-nzp", "--z0-npz"), ("decode", "--z0_npz", "--z0-npz"), ("decode", "--bakend", "--decode-backend"),
    ("decode", "--precision", "--decode-precision"), ("decode", "--decode-precison", "--decode-precision"),
    ("decode", "--tau", "--mask-tau"), ("decode", "--uot", "--out"), ("decode", "--strcit", "--strict"),
    ("decode", "--permisive", "--permissive"), ("decode", "--allow-software-devices", "--decode-allow-software-device"),
    ("decode", "--verbos", "--verbose"), ("decode", "--confg", "--config"), ("simulate", "--setps", "--steps"),
    ("simulate", "--dealais", "--dealias"), ("encode", "--kcut", "--k-cut"), ("learn", "--rigde", "--ridge"),
    ("snapshots", "--strde", "--stride"), ("bench", "--size", "--sizes"), ("bench", "--simulte", "--simulate"),
    ("doctor", "--JSON", "--json"),
)
VALUES = (
    (["config", "--effective", "--decode-policy", "strikt"], "strict, permissive", "strict"),
    (["config", "--effective", "--decode-precision", "fp23"], "fp32", "fp32"),
    (["config", "--effective", "--mask-boundary", "perodic"], "zero, periodic", "periodic"),
    (["config", "--effective", "--mask-smooth-kernel", "traingle"], "box", "triangle"),
    (["simulate", "--out", "x.npz", "--start", "isotropc"], "isotropic or reference", "isotropic"),
    (["simulate", "--out", "x.npz", "--dealias", "two_thirds"], "auto, two-thirds or off", "two-thirds"),
    (["simulate", "--out", "x.npz", "--field-dtype", "flaot32"], "auto, float64 or float32", "float32"),
    (["decode", "--z0-npz", "x", "--out", "x.npz", "--ranks", "mip"], "auto, mpi or none", "mpi"),
)


class Misuse(CommandTest):
    def answer(self, parts, *arguments, code=BAD_USAGE):
        with self.subTest(arguments):
            return self.refuse(code, parts, *arguments)

    def test_commands(self):
        for word, meant in COMMANDS.items():
            if meant.startswith(word):
                continue
            self.answer([f"unknown command '{word}'; did you mean 'vordec {meant}'?"], word)
            self.answer([f"did you mean 'vordec {meant}'?"], "help", word)

    def test_beginnings_of_commands(self):
        for word in "dec", "sim", "perf", "snapshot", "encod", "simulat", "los", "device":
            self.answer([f"did you mean 'vordec {COMMANDS[word]}'?"], word)
        self.answer(["'de' could be any of decode, devices"], "de")
        self.answer(["'d' could be any of decode, devices, doctor"], "d")
        self.answer(["'s' could be any of snapshots, simulate"], "help", "s")

    def test_options(self):
        for command, option, meant in OPTIONS:
            if meant.startswith(option):
                continue
            self.answer([f"{command}: unknown option '{option}'; did you mean '{meant}'?"], command, option, "x")
            self.answer([f"did you mean '{meant}'?"], command, f"{option}=x")

    def test_options_that_begin_alike(self):
        self.answer(["decode: --decode-b could be any of --decode-backend, --decode-batch"], "decode", "--decode-b", "cpu")
        self.answer(["--mask-s could be any of --mask-smooth-width, --mask-smooth-kernel"], "decode", "--mask-s=3")

    def test_values(self):
        for arguments, expected, meant in VALUES:
            line = self.answer([f"did you mean '{meant}'?"], *arguments)
            self.assertIn(expected, line)

    def test_configuration(self):
        for text, meant in (("[decode]\nbakend = cpu\n", "backend"), ("[decod]\n", "decode"), ("[mask]\ntua = 1\n", "tau"),
                            ("[simulation]\n", "simulate"), ("[decode]\nBackend = cpu\n", "backend"),
                            ("[decode]\npolicy = premissive\n", "permissive")):
            (self.folder / "c.ini").write_text(text)
            self.answer([f"did you mean '{meant}'?"], "config", "--check", self.path("c.ini"))

    def test_backends(self):
        state = self.state()
        self.answer(["no decode_cpv.so in ", "; did you mean 'cpu'?"], "decode", "--z0-npz", state, "--out", "o.npz",
                    "--decode-backend", "cpv", code=REFUSED)

    def test_far_from_everything(self):
        """No guess is better than a wild one."""
        self.answer(["unknown command 'quux'; see 'vordec --help'"], "quux")
        self.answer(["unknown command ''"], "")
        self.answer(["unknown option '--quux'; see 'vordec decode --help'"], "decode", "--quux")
        self.answer(["unknown option '-x'; see 'vordec decode --help'"], "decode", "-x")

    def test_what_takes_no_value_or_lacks_one(self):
        self.answer(["decode: --strict takes no value"], "decode", "--strict=yes")
        self.answer(["--out: a value is missing"], "decode", "--out")
        self.answer(["unexpected argument 'extra'"], "devices", "extra")
        self.answer(["a command is missing"], "--strict")

    def test_help_wherever_it_is_asked_for(self):
        whole = self.succeed("decode", "--help").stdout
        for words in (["help", "decode"], ["decode", "-h"], ["-h", "decode"], ["--help", "decode"],
                      ["decode", "--bakend", "x", "-h"], ["decode", "--z0-npz", "x", "--help", "--out", "y"],
                      ["--strict", "decode", "-h"]):
            with self.subTest(words):
                self.assertEqual(self.succeed(*words).stdout, whole)
        for words in (["help"], ["-h"], ["--help"]):
            self.assertIn("Commands:", self.succeed(*words).stdout)
        self.assertEqual(self.succeed("-V").stdout, self.succeed("--version").stdout)

    def test_options_before_the_command(self):
        plain = self.succeed("config", "--effective", "--mask-tau", "0.25").stdout
        self.assertEqual(self.succeed("--mask-tau", "0.25", "config", "--effective").stdout, plain)
        self.assertEqual(self.succeed("--mask-tau=0.25", "--strict", "config", "--effective").stdout,
                         self.succeed("config", "--mask-tau=0.25", "--strict", "--effective").stdout)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""What is mistyped, put in the wrong place or half said: the answer names what was meant."""

import json
import unittest

from cli_support import BAD_USAGE, REFUSED, STUBS, CommandTest

COMMANDS = {
    "decod": "decode", "dcode": "decode", "deocde": "decode", "Decode": "decode", "decodes": "decode", "dec": "decode",
    "decoed": "decode", "snapshot": "snapshots", "snaphsots": "snapshots", "simulat": "simulate", "sim": "simulate",
    "encod": "encode", "lern": "learn", "los": "loss", "parety": "parity", "benhc": "bench", "device": "devices",
    "docter": "doctor", "check-plugins": "check-plugin", "check_plugin": "check-plugin", "confg": "config",
    "perf_kernel": "perf-kernel", "perf": "perf-kernel",
}
OPTIONS = (
    ("decode", "--z0-nzp", "--z0-npz"), ("decode", "--z0_npz", "--z0-npz"), ("decode", "--bakend", "--backend"),
    ("decode", "--precision", "--decode-precision"), ("decode", "--decode-precison", "--decode-precision"),
    ("decode", "--tau", "--mask-tau"), ("decode", "--uot", "--out"), ("decode", "--strcit", "--strict"),
    ("decode", "--permisive", "--permissive"), ("decode", "--allow-software-devices", "--allow-software-device"),
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
    (["config", "--effective", "--decode-backend", "Vulkan"], "the NAME of a plugin", "vulkan"),
    (["simulate", "--out", "x.npz", "--start", "isotropc"], "isotropic or reference", "isotropic"),
    (["simulate", "--out", "x.npz", "--dealias", "two_thirds"], "auto, two-thirds or off", "two-thirds"),
    (["simulate", "--out", "x.npz", "--field-dtype", "flaot32"], "auto, float64 or float32", "float32"),
    (["decode", "--z0-npz", "x", "--out", "x.npz", "--ranks", "mip"], "auto, mpi or none", "mpi"),
)


FORMER = (  # command, the name that there was, the one that there is, a value for both
    ("bench", "rounds", "mask-majority-iters", "=3"), ("bench", "width", "mask-smooth-width", "=5"),
    ("check-plugin", "submission-ms", "decode-submission-ms", "=9"), ("encode", "smooth-k", "mask-smooth-width", "=5"),
    ("encode", "tau", "mask-tau", "=0.2"), ("encode", "traj-npz", "traj", "=x"), ("loss", "traj-npz", "traj", "=x"),
    ("loss", "smooth-k", "mask-smooth-width", "=5"), ("loss", "tau", "mask-tau", "=0.2"),
    ("parity", "backends", "backend", "=cpu"), ("perf-kernel", "dtype", "op-dtype", "=float32"),
    ("perf-kernel", "fft-backend", "decode-fft", "=fftw"), ("perf-kernel", "permissive-backends", "permissive", ""),
    ("perf-kernel", "seed", "residual-seed", "=4"), ("simulate", "dtype", "field-dtype", "=float32"),
    ("simulate", "les-backend", "simulate-backend", "=cpu"), ("snapshots", "decode-every", "stride", "=4"),
    ("snapshots", "dtype", "op-dtype", "=float32"), ("snapshots", "fft-backend", "decode-fft", "=fftw"),
    ("snapshots", "les-backend", "simulate-backend", "=cpu"), ("snapshots", "log-metrics", "metrics-json", "=x"),
    ("snapshots", "permissive-backends", "permissive", ""), ("snapshots", "smooth-k", "mask-smooth-width", "=5"),
    ("snapshots", "tau", "mask-tau", "=0.2"), ("snapshots", "traj-npz", "traj", "=x"),
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

    def test_what_is_said_twice(self):
        """The last counts, and the first is not passed over in silence."""
        state, show = self.state(), ("config", "--effective", "--changed")
        for arguments, parts in (
            (("--strict", "--permissive"), ["--strict and --permissive contradict each other: --permissive counts"]),
            (("--decode-policy=permissive", "--strict"), ["--decode-policy and --strict contradict each other"]),
            (("--mask-tau", "0.1", "--mask-tau", "0.2"), ["--mask-tau is given more than once: '0.2' counts", "not '0.1'"]),
            (("--mask-tau=0.3", "--mask-tau=0.1", "--mask-tau=0.20", "--mask-tau=0.1"), ["'0.1' counts, since it comes last, and not '0.3' or '0.20'\n"]),
            (("--permissive", "--strict", "--strict", "--permissive"), ["--strict and --permissive contradict each other: --permissive counts"]),
            (("--metrics-hash=z,mask", "--metrics-hash=mask"), ["'mask' counts"]), (("--mask-tau=auto", "--mask-tau=0.35"), ["'0.35' counts"]),
        ):
            with self.subTest(arguments):
                done = self.succeed(*show, *arguments)
                for part in ("vordec: warning: ", *parts):
                    self.assertIn(part, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(done.stdout, self.succeed(*show, *arguments[len(arguments) // 2:]).stdout)
        done = self.succeed("decode", "--z0-npz", state, "--out", "a.npz", "--out=b.npz", "--backend", "cpu")
        self.assertIn("warning: --out is given more than once: 'b.npz' counts, since it comes last, and not 'a.npz'\n", done.stderr)
        self.assertEqual([(self.folder / name).exists() for name in ("a.npz", "b.npz")], [False, True])
        (self.folder / "c.ini").write_text("[decode]\npolicy = permissive\n")
        for arguments in (("--strict", "--strict"), ("--mask-tau=1", "--mask-tau", "1"), ("--config", "c.ini", "--strict"),
                          ("--mask-tau=0.1", "--mask-tau=1e-1", "--mask-tau=.10"), ("--metrics-timings=yes", "--metrics-timings=true"),
                          ("--metrics-hash=z,mask", "--metrics-hash=mask,z"), ("--strict", "--decode-policy=strict"),
                          ("--strict", "--config", "c.ini"), ("--config", "c.ini", "--config", "c.ini")):
            self.assertEqual(self.succeed(*show, *arguments).stderr, "", arguments)

    def test_names_that_promise_another_format(self):
        state = self.state()
        for command, option, name, writes in (
            (("decode", "--z0-npz", state), "--png", "x.jpg", "png"), (("decode", "--z0-npz", state), "--png", "a.d/x.PDF", "png"),
            (("loss", "--traj", "t"), "--csv", "x.xlsx", "csv"),
            (("decode", "--z0-npz", state), "--metrics-json", "m.png", "json"), (("loss", "--traj", "t"), "--png", "x.svg", "png"),
            (("devices",), "--json", "x.csv", "json"), (("report", "run"), "--out", "x.pdf", "html"),
            (("report", "run"), "--animate", "x.gif", "webp"), (("bench",), "--png", "x.npz", "png"),
        ):
            ending = name.rpartition(".")[2]
            self.answer([f"{option} {name}: the file would not be what '.{ending}' says", f"writes .{writes} files"],
                        *command, option, name)
        for name in "x.PNG", "run.1", "x", "a.jpg.tmp":
            self.succeed("decode", "--z0-npz", state, "--out", "o.npz", "--png", name)
            self.assertEqual((self.folder / name).read_bytes()[:4], b"\x89PNG")

    def test_narrow_terminals(self):
        """Whatever is not meant to be pasted fits the terminal."""
        for arguments in (["--help"], ["decode", "--help"], ["devices", "--plugins-path", STUBS]):
            for columns in 40, 300:
                text = self.succeed(*arguments, env={"COLUMNS": str(columns)}).stdout
                for line in text.splitlines():
                    words = line.split()
                    if len(line) >= min(columns, 80) and len(words) > 1:
                        self.assertRegex(line, "vordec .*--|^plugins in |^    uuid  ", f"{arguments} at {columns} columns")
        for columns in "wide", "-3":
            self.assertEqual(self.succeed("help", env={"COLUMNS": columns}).stdout, self.succeed("help").stdout)

    def test_files_without_their_option(self):
        for command, option in (("decode", "z0-npz"), ("encode", "traj"), ("loss", "traj"), ("learn", "states-npz"),
                                ("parity", "z0-npz")):
            self.answer([f"{command}: unexpected argument 'a.npz'; did you mean '--{option} a.npz'?"], command, "a.npz")
        self.answer(["unexpected argument 'b'; see 'vordec decode --help'"], "decode", "--z0-npz", "a", "--out", "o.npz", "b")

    def test_what_names_no_file(self):
        state = self.state()
        self.answer(["--out -: vordec writes files"], "decode", "--z0-npz", state, "--out", "-")
        self.answer(["--z0-npz -: vordec reads no standard input"], "decode", "--z0-npz", "-", "--out", "o.npz")
        self.answer(["--z0-npz: the name is empty; expected STATE.npz"], "decode", "--z0-npz=", "--out", "o.npz")
        self.answer(["--out-dir: the name is empty"], "snapshots", "--out-dir", "")
        self.assertFalse((self.folder / "-").exists())

    def test_fields_for_states(self):
        traj = self.path("t.npz")
        self.succeed("simulate", "--N", 16, "--steps", 2, "--out", traj)
        self.answer(["t.npz: this is no file of states", "vordec encode --traj"], "decode", "--z0-npz", traj, "--out", "o.npz")
        self.answer(["t.npz: it holds no operator 'A'; 'vordec learn'"], "perf-kernel", "--z0-npz", self.state(), "--A-npz", traj)

    def test_one_thing_at_a_time(self):
        self.answer(["--print, --check and --effective exclude each other"], "config", "--print", "--effective")
        self.answer(["help: unexpected argument 'encode': one command at a time"], "help", "decode", "encode")
        self.assertIn("--decode-batch", self.succeed("help", "decode", "--help-all").stdout)
        self.assertIn("Commands:", self.succeed("--help-all").stdout)

    def test_former_names(self):
        """They work, and no help shows them."""
        helps = {}
        for command, former, now, value in FORMER:
            with self.subTest(f"{command} --{former}"):
                if command not in helps:
                    helps[command] = self.succeed(command, "--help-all").stdout
                self.assertNotRegex(helps[command], rf"(?m)^  --{former}(?![\w-])")
                self.assertRegex(helps[command], rf"(?m)^  --{now}(?![\w-])")
                said = {self.call(command, f"--{name}{value}", "--strict=x").stderr for name in (former, now)}
                self.assertEqual(said, {f"vordec: {command}: --strict takes no value\n"})

    def test_json_with_and_without_a_file(self):
        """--json FILE everywhere; without one, as it once was where it took none, the text gives way to it."""
        text = self.succeed("devices").stdout
        whole = json.loads(self.succeed("devices", "--json").stdout)
        self.assertEqual(json.loads(self.succeed("devices", "--json", "-").stdout), whole)
        self.assertEqual(json.loads(self.succeed("devices", "--json", "--cpu-threads", 0).stdout), whole)
        self.assertEqual(self.succeed("devices", "--json", self.path("d.json")).stdout, text)
        self.assertEqual(json.loads((self.folder / "d.json").read_text()), whole)
        quick = ("--quick", "--only", "omega_lp")
        table = self.succeed("check-plugin", "cpu", *quick, "--json", "c.json").stdout
        self.assertIn(" passed", table)
        checks = json.loads((self.folder / "c.json").read_text())["checks"]
        for words in (("cpu", "--json"), ("--json", "cpu"), ("--json=-", "cpu"), ("--json", "-", "cpu")):
            with self.subTest(words):
                done = self.succeed("check-plugin", *words, *quick)
                self.assertEqual(len(json.loads(done.stdout)["checks"]), len(checks))
                self.assertIn(" passed", done.stderr)
        self.refuse(BAD_USAGE, ["no/such/d.json"], "devices", "--json", self.path("no/such/d.json"))

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

    def test_help_and_version_in_other_words(self):
        usage, whole = self.succeed("help").stdout, self.succeed("decode", "--help").stdout
        for words in (["help", "help"], ["help", "--help"], ["help", "-h"]):
            self.assertEqual(self.succeed(*words).stdout, usage, words)
        for words in (["help", "-h", "decode"], ["help", "decode", "--help"]):
            self.assertEqual(self.succeed(*words).stdout, whole, words)
        self.assertEqual(self.succeed("help", "--help-all", "decode").stdout, self.succeed("decode", "--help-all").stdout)
        for words in (["decode", "--version"], ["decode", "-V"], ["--strict", "--version"], ["--strict", "decode", "-V"], ["-V", "decode"]):
            self.assertEqual(self.succeed(*words).stdout, self.succeed("-V").stdout, words)
        for words, part in ((["decode", "--z0-npz", "a", "--out", "o.npz", "-V"], "unknown option '-V'"),
                            (["decode", "--strict", "--version"], "unknown option '--version'"),
                            (["report", "--", "--version"], "--version: No such file"), (["bogus", "--version"], "unknown command 'bogus'"),
                            (["help", "-x"], "unexpected argument '-x'"), (["help", "decode", "--bogus"], "unexpected argument '--bogus'"),
                            (["help", "--", "decode"], "unexpected argument '--'")):
            self.answer([part], *words)
        self.answer(["did you mean 'vordec help decode'?"], "decode", "help")
        self.answer(["did you mean 'vordec help'?"], "HELP")
        self.answer(["did you mean 'vordec --version'?"], "version")

    def test_where_options_end(self):
        self.answer(["nowhere: No such file"], "report", "--", "nowhere")
        self.answer(["unexpected argument '--out'"], "report", "--", "nowhere", "--out")
        self.answer(["decode: unexpected argument '--out'"], "decode", "--z0-npz", "a", "--", "--out", "o.npz")
        self.answer(["report: RUN is missing"], "report", "--")
        for word in "--strict", "--out=x.npz", "--png":
            self.answer([f"decode: --out: a value is missing before {word}"], "decode", "--z0-npz", "a", "--out", word)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_other_programs_do_to_typed_words(self):
        """Word processors make dashes of hyphens, and a name may hold what a terminal obeys."""
        for dash in "\u2010", "\u2013", "\u2014", "\u2212", "\u2212-":
            self.answer([f"'{dash}out' begins with a long dash", "did you mean '--out'?"], "decode", f"{dash}out", "x.npz")
        self.assertNotIn("\x1b", self.answer(["unknown command"], "dec\x1b[31mode"))

    def test_reasons_stand_behind_the_longest_paths(self):
        path = "/".join(["folder" * 30] * 5) + "/z.npz"
        self.answer(["vordec: folder", " .. ", "z.npz: cannot read: No such file"], "decode", "--z0-npz", path, "--out", "o.npz")

    def test_empty_names(self):
        self.answer(["--key '': expected NAME"], "encode", "--traj", "t.npz", "--out", "z.npz", "--key", "")
        self.answer(["--sizes '': expected whole numbers separated by commas"], "bench", "--sizes=")
        self.answer(["--train-steps '': expected half, all, or a number of steps"], "snapshots", "--train-steps=")
        self.answer(["--prefix '': expected a word without '/'"], "snapshots", "--prefix=")
        self.answer(["--cases '1x': expected BATCHxN"], "bench", "--cases", "1x")
        self.answer(["--config: the name is empty"], "config", "--effective", "--config", "")
        self.answer(["report: RUN is empty"], "report", "")
        self.answer(["check-plugin: PATH or NAME is empty"], "check-plugin", "")

    def test_options_before_the_command(self):
        plain = self.succeed("config", "--effective", "--mask-tau", "0.25").stdout
        self.assertEqual(self.succeed("--mask-tau", "0.25", "config", "--effective").stdout, plain)
        self.assertEqual(self.succeed("--mask-tau=0.25", "--strict", "config", "--effective").stdout,
                         self.succeed("config", "--mask-tau=0.25", "--strict", "--effective").stdout)


if __name__ == "__main__":
    unittest.main()

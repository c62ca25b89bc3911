# SPDX-License-Identifier: MIT
"""vordec bench: what it times, what it writes, and what it leaves out."""

import json
import pathlib
import re
import unittest

import jsonschema

from cli_support import BAD_USAGE, REFUSED, SOURCE, STUBS, CommandTest

SCHEMA = json.loads((SOURCE / "docs" / "bench.schema.json").read_text())
STEP_SCHEMA = json.loads((SOURCE / "docs" / "bench_steps.schema.json").read_text())
FEW = ("--fill-mib", 1)  # cases of a few KiB need no rate of the whole machine
STAGES = ("scatter_lowk", "ifft_lp", "mask", "combine", "readback")


class BenchTest(CommandTest):
    def bench(self, *arguments, **options):
        """Runs bench; returns its rows, checked, its table's lines, and what stderr said."""
        done = self.succeed("bench", *FEW, *arguments, "--json", self.path("b.json"), **options)
        rows = json.loads((self.folder / "b.json").read_text())
        jsonschema.Draft202012Validator(SCHEMA).validate(rows)
        for row in rows:
            self.check_row(row)
        return rows, done.stdout.splitlines(), done.stderr

    def check_row(self, row):
        self.assertLess(0, row["min_ms"])
        self.assertLessEqual(row["min_ms"], row["median_ms"])
        self.assertLessEqual(row["median_ms"], row["max_ms"])
        real = {"fp32": 4, "fp64": 8}[row["precision"]]
        self.assertEqual(row["bytes_moved"], row["batch"] * row["N"] ** 2 * (real + 1))
        self.assertEqual(row["bytes_read_back"], row["bytes_moved"] if row["readback"] else 0)
        if row["backend"] == "cpu":
            self.assertEqual(row["stage_median_ms"]["combine_ms"], 0)
        self.assertEqual(row["device_median_ms"] is None, row["stage_source"] == "host_clock")
        if row["fill_bytes_per_s"] is None:
            self.assertEqual([row[key] for key in ("floor_ms", "fraction_of_floor", "fraction_of_fill")], [None] * 3)
        else:
            self.assertAlmostEqual(row["floor_ms"], 1e3 * row["bytes_moved"] / row["fill_bytes_per_s"], delta=1e-9)
            self.assertAlmostEqual(row["fraction_of_floor"], row["floor_ms"] / row["median_ms"], delta=1e-9)

    def assert_temporary_files_gone(self, folder):
        self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    # ---- cases

    def test_every_size_with_every_batch(self):
        rows, table, _ = self.bench("--backend", "cpu", "--sizes", "16,27", "--batch", "1,3", "--k-cut", "4")
        self.assertEqual([(row["N"], row["batch"]) for row in rows], [(16, 1), (16, 3), (27, 1), (27, 3)])
        self.assertEqual(len(table), 2 + len(rows))  # the names of the columns, and where it ran
        self.assertRegex(table[1], "^cpu on .")
        self.assertLessEqual(max(map(len, table)), 100)
        for row in rows:
            self.assertEqual((row["backend"], row["precision"], row["decode_device"]), ("cpu", "fp64", "cpu"))
            self.assertEqual((row["k_cut"], row["smooth_width"], row["majority_iters"]), (4, 11, 8))
            self.assertIsNone(row["device_median_ms"])
            self.assertEqual(row["stage_median_ms"]["readback_ms"], 0)
            self.assertGreater(row["fill_bytes_per_s"], 1e8)
            self.assertLessEqual(row["floor_ms"], row["max_ms"])
            stages = sum(row["stage_median_ms"][f"{stage}_ms"] for stage in STAGES[:3])
            self.assertLess(0, stages)
            self.assertLess(0, row["fraction_of_fill"])

    def test_cases_width_and_rounds(self):
        rows, _, _ = self.bench("--backend", "cpu", "--cases", "2x16,1x32", "--width", "5", "--rounds", "0")
        self.assertEqual([(row["batch"], row["N"]) for row in rows], [(2, 16), (1, 32)])
        self.assertEqual({(row["smooth_width"], row["majority_iters"]) for row in rows}, {(5, 0)})

    def test_width_fits_the_smallest_grid(self):
        rows, _, stderr = self.bench("--backend", "cpu", "--sizes", "8,32")
        self.assertEqual({row["smooth_width"] for row in rows}, {7})
        self.assertIn("N = 8 is narrower than the default width 11; all cases use 7", stderr)
        self.refuse(BAD_USAGE, ["smooth_width = 9"], "bench", "--backend", "cpu", "--sizes", "8", "--width", "9")

    def test_readback(self):
        rows, _, _ = self.bench("--backend", "cpu", "--sizes", "64", "--readback")
        self.assertLess(0, rows[0]["stage_median_ms"]["readback_ms"])

    def test_stream(self):
        rows, _, _ = self.bench("--backend", "cpu", "--sizes", "64", "--stream")
        self.assertEqual((rows[0]["stream"], rows[0]["readback"], rows[0]["depth"]), (True, True, 1))
        self.assertEqual((rows[0]["link_bytes_per_s"], rows[0]["fraction_of_link"]), (None, None))  # it has no link
        self.assertLess(0, rows[0]["stage_median_ms"]["readback_ms"])
        rows, _, stderr = self.bench("--backend", "streams", "--cases", "2x16", "--stream", "--k-cut", "1",
                                     "--plugins-path", STUBS)
        self.assertEqual((rows[0]["depth"], rows[0]["device_bytes"]), (2, 8192))  # two of the stub's plans
        self.assertIn("copies to the host at", stderr)
        self.assertAlmostEqual(rows[0]["fraction_of_link"],
                               1e3 * rows[0]["bytes_read_back"] / rows[0]["link_bytes_per_s"] / rows[0]["median_ms"])
        rows, _, _ = self.bench("--backend", "streams", "--cases", "2x16", "--readback", "--k-cut", "1",
                                "--plugins-path", STUBS)
        self.assertEqual((rows[0]["stream"], rows[0]["depth"]), (False, 1))
        self.assertGreater(rows[0]["link_bytes_per_s"], 0)

    def test_batches_that_are_too_large_for_a_stream(self):
        self.refuse(BAD_USAGE, ["--stream needs batches that fit into one plan: of N = 16 that is at most 1 states"], "bench",
                    "--backend", "cpu", "--cases", "2x16", "--stream", "--decode-batch", "1")

    # ---- simulations

    def test_steps_of_simulations(self):
        done = self.succeed("bench", *FEW, "--simulate", "--backend", "cpu", "--cases", "1x16,3x8", "--json", self.path("s.json"))
        rows = json.loads((self.folder / "s.json").read_text())
        jsonschema.Draft202012Validator(STEP_SCHEMA).validate(rows)
        self.assertEqual([(row["members"], row["N"]) for row in rows], [(1, 16), (3, 8)])
        self.assertEqual(len(done.stdout.splitlines()), 2 + len(rows))
        for row in rows:
            self.assertEqual((row["backend"], row["les_device"], row["precision"]), ("cpu", "cpu", "fp64"))
            self.assertIsNone(row["device_median_ms"])
            self.assertTrue(0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"])
            field = row["members"] * row["N"] ** 2 * 8
            self.assertAlmostEqual(row["passes"], 1e-3 * row["median_ms"] * row["fill_bytes_per_s"] / field, delta=1e-6)

    def test_steps_take_the_settings_of_simulations(self):
        self.succeed("bench", *FEW, "--simulate", "--simulate-backend", "cpu", "--simulate-precision", "fp64", "--sizes", "8",
                     "--json", self.path("s.json"))
        rows = json.loads((self.folder / "s.json").read_text())
        self.assertEqual([(row["backend"], row["precision"]) for row in rows], [("cpu", "fp64")])
        self.refuse(REFUSED, ["no-interface"], "bench", "--simulate", "--backend", "ok", "--plugins-path", STUBS, "--sizes", "16")

    def test_what_only_decodes_have(self):
        for option in (["--readback"], ["--stream"], ["--startup"], ["--fft", "all"], ["--png", self.path("b.png")],
                       ["--k-cut", "4"], ["--mask-smooth-width", "5"],
                       ["--mask-majority-iters", "1"]):
            with self.subTest(option=option[0]):
                self.refuse(BAD_USAGE, [f"{option[0]} is for decodes and cannot be combined with --simulate"], "bench",
                            "--simulate", *option)

    # ---- backends and transforms

    def test_all_ffts(self):
        rows, _, _ = self.bench("--backend", "cpu", "--sizes", "16", "--fft", "all")
        names = [row["fft"] for row in rows]
        self.assertLessEqual({"fftw", "pruned"}, set(names))
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(names, [row["fft_requested"] for row in rows])

    def test_usable_backends_when_none_is_named(self):
        rows, _, stderr = self.bench("--sizes", "16")
        self.assertEqual({row["backend"] for row in rows}, {"cpu"})  # the tests' environment has no Vulkan driver
        if "vulkan" in self.succeed("--version").stdout:
            self.assertRegex(stderr, r"vulkan is not timed \(no-(driver|loader)\)")
        rows, _, _ = self.bench("--sizes", "16", "--k-cut", "1", "--decode-backend", "ok", "--plugins-path", STUBS)
        self.assertEqual({row["backend"] for row in rows}, {"ok"})

    def test_each_backend_takes_the_ffts_that_it_offers(self):
        stubs = ("--plugins-path", STUBS, "--sizes", "16", "--k-cut", "1")
        rows, _, _ = self.bench("--backend", "ok,cpu", "--fft", "fftw,other", *stubs)
        self.assertEqual([(row["backend"], row["fft"]) for row in rows], [("ok", "other"), ("cpu", "fftw")])
        rows, _, stderr = self.bench("--backend", "ok,cpu", "--fft", "fftw", *stubs)
        self.assertEqual([(row["backend"], row["fft"]) for row in rows], [("cpu", "fftw")])
        self.assertIn("ok offers none of the FFTs that were named, and is not timed", stderr)

    def test_ffts_that_nobody_offers(self):
        self.refuse_files(REFUSED, ["offers fft 'bogus'"], "--backend", "ok,cpu", "--fft", "fftw,bogus",
                          "--plugins-path", STUBS, "--sizes", "16", "--k-cut", "1")
        self.refuse_files(REFUSED, ["bogus"], "--backend", "cpu", "--fft", "bogus", "--sizes", "16")

    def test_an_older_name_is_of_its_backend_alone(self):
        """cpu has an FFT `pruned` of its own, which vulkan's older name for another one never means."""
        self.refuse_files(REFUSED, ["no-fft", "'pruned' of backend vulkan"], "--backend", "cpu", "--fft", "vkfft-pruned",
                          "--sizes", "16")
        self.refuse_files(REFUSED, ["offers fft 'pruned' of backend vulkan"], "--backend", "ok,cpu", "--fft",
                          "fftw,vkfft-pruned", "--plugins-path", STUBS, "--sizes", "16", "--k-cut", "1")
        self.refuse_files(REFUSED, ["'pruned' of backend vulkan"], "--decode-backend", "cpu", "--decode-fft",
                          "vkfft-pruned", "--sizes", "16")

    def test_a_downgrade_shows(self):
        rows, _, stderr = self.bench("--backend", "cpu", "--fft", "bogus", "--sizes", "16", "--permissive")
        self.assertEqual(rows[0]["fft_requested"], "bogus")
        self.assertIn(rows[0]["fft"], ("fftw", "pruned"))
        self.assertIn("FFT_FALLBACK", stderr)

    def test_device_clock_and_a_backend_that_cannot_fill(self):
        rows, _, _ = self.bench("--backend", "ok,fills", "--plugins-path", STUBS, "--sizes", "16", "--k-cut", "1")
        without, filled = rows
        self.assertEqual((without["decode_device"], without["fill_bytes_per_s"]), ("gpu", None))
        self.assertEqual(filled["fill_bytes"], 2**19)  # the stub does half of the MiB that it is asked for
        for row in rows:
            self.assertLessEqual(row["device_min_ms"], row["device_median_ms"])
            self.assertLessEqual(row["device_max_ms"], row["max_ms"])

    def test_how_much_is_filled(self):
        """More than caches hold, unless it is said."""
        stub = ("bench", "--backend", "fills", "--plugins-path", STUBS, "--sizes", "16", "--k-cut", "1", "--json", "-")
        for more, gpu in ((), 2**30), (("--fill-mib", 24), 24 * 2**20):
            self.assertEqual(json.loads(self.succeed(*stub, *more).stdout)[0]["fill_bytes"], gpu / 2)
        usual = self.succeed("bench", "--backend", "cpu", "--sizes", "16", "--json", "-")
        self.assertEqual(json.loads(usual.stdout)[0]["fill_bytes"], 2**28)
        self.assertIn("(256 MiB, host clock)", usual.stderr)
        for wrong in "0", "-1", "x", "1048577":
            self.refuse(BAD_USAGE, ["--fill-mib"], "bench", "--fill-mib", wrong)

    def test_a_rate_that_changes(self):
        rows, _, stderr = self.bench("--backend", "fills_unsteadily", "--plugins-path", STUBS, "--sizes", "16", "--k-cut", "1")
        low, high = re.search(r"warning: bench: fills_unsteadily on .* filled memory at ([\d.]+) to ([\d.]+) GB/s", stderr).groups()
        self.assertLess(1.1 * float(low), float(high))
        self.assertLessEqual(float(low), 1e-9 * rows[0]["fill_bytes_per_s"] * 1.01)
        self.assertLessEqual(1e-9 * rows[0]["fill_bytes_per_s"], float(high) * 1.01)

    def test_a_rate_that_cannot_be(self):
        self.refuse_files(REFUSED, ["claims to have filled"], "--backend", "fills_too_long", "--plugins-path", STUBS,
                          "--sizes", "16", "--k-cut", "1")

    # ---- start-up

    def test_startup(self):
        (self.folder / "tmp").mkdir()
        env = {"TMPDIR": self.path("tmp"), "XDG_CACHE_HOME": self.path("kept")}
        rows, table, _ = self.bench("--backend", "cpu", "--cases", "2x16", "--startup", "--readback", env=env)
        for cache in ("cold", "warm"):
            times = rows[0]["startup"][cache]
            self.assertGreater(times["create_ms"], 0)
            self.assertGreater(times["first_decode_ms"], 0)
            self.assertGreater(times["process_ms"], times["open_ms"] + times["create_ms"] + times["first_decode_ms"])
        self.assertEqual([line.split()[3] for line in table[6:]], ["cold", "warm"])
        self.assertLessEqual(max(map(len, table)), 100)
        self.assert_temporary_files_gone(self.path("tmp"))
        self.assertFalse((self.folder / "kept").exists())  # the user's own cache is left alone

    def test_startup_has_the_configuration_and_a_cache_of_its_own(self):
        env = {"VORDEC_STUB_NOTES": self.path("notes"), "XDG_CACHE_HOME": self.path("mine")}
        rows, _, _ = self.bench("--backend", "ok", "--plugins-path", STUBS, "--cases", "3x16", "--k-cut", "1", "--fft",
                                "other", "--width", "5", "--mask-tau", "0.25", "--startup", env=env)
        self.assertIsNotNone(rows[0]["startup"])
        notes = [line.split() for line in (self.folder / "notes").read_text().splitlines()]
        self.assertEqual([note[1:] for note in notes], [["other", "16", "3", "5", "0.25"]] * 3)
        timed, cold, warm = (note[0] for note in notes)
        self.assertEqual(timed, self.path("mine"))
        self.assertEqual(cold, warm)
        self.assertNotIn(cold, ("none", timed))
        self.assertFalse(pathlib.Path(cold).exists())

    def test_startup_without_a_temporary_folder(self):
        done = self.call("bench", *FEW, "--backend", "cpu", "--sizes", "16", "--startup", "--json", self.path("b.json"),
                         env={"TMPDIR": self.path("no/such")})
        self.assertEqual(done.returncode, BAD_USAGE)
        self.assertIn("no/such/vordec-bench-", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_once(self):
        done = self.succeed("bench", "--once", "--backend", "cpu", "--cases", "1x16")
        self.assertEqual(set(json.loads(done.stdout)), {"open_ms", "create_ms", "warmup_ms", "first_decode_ms"})

    # ---- files

    def test_plot(self):
        rows, _, _ = self.bench("--backend", "cpu", "--fft", "all", "--sizes", "16,32", "--batch", "1,2", "--png",
                                self.path("b.png"))
        self.assertEqual(len(rows), 8)
        data = (self.folder / "b.png").read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        width, height = (int.from_bytes(data[at:at + 4], "big") for at in (16, 20))
        self.assertGreater(width, 1000)  # two panels
        self.assertGreater(height, 500)

    def refuse_files(self, code, parts, *arguments):
        """Ends with the code, says the parts, leaves no file."""
        done = self.call("bench", *FEW, *arguments, "--json", self.path("b.json"), "--png", self.path("b.png"))
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_nothing_written_on_failure(self):
        self.refuse_files(REFUSED, ["none_such"], "--backend", "none_such", "--sizes", "16")
        for option in ("--json", "--png"):
            self.refuse(BAD_USAGE, ["no/such"], "bench", "--sizes", "16", option, self.path("no/such/b"))
        self.refuse(BAD_USAGE, ["--json", "--png"], "bench", "--json", self.path("b"), "--png", self.path("b"))

    def test_bad_usage(self):
        cases = [
            (["--cases '8'", "BATCHxN"], ["--cases", "8"]),
            (["--cases", "1 .. "], ["--cases", "0x16"]),
            (["--cases", "4 .. "], ["--cases", "1x3"]),
            (["--cases"], ["--cases", "1x16,"]),
            (["--cases", "at most"], ["--cases", ",".join(["1x16"] * 33)]),
            (["--cases replaces"], ["--cases", "1x16", "--sizes", "16"]),
            (["--backend 'cpu,,'"], ["--backend", "cpu,,"]),
            (["--fft ''"], ["--fft", ""]),
            (["--k-cut '-1'"], ["--k-cut", "-1"]),
            (["--metrics-json"], ["--metrics-json", "m.json"]),
        ]
        for parts, arguments in cases:
            with self.subTest(arguments):
                self.refuse(BAD_USAGE, parts, "bench", *arguments)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""scripts/compare-builds and scripts/compare-speed: equal builds are equal, and one that differs in one thing is found out."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["VORDEC_SOURCE"])
BUILD = pathlib.Path(os.environ["VORDEC_COMMAND"]).resolve().parents[1]

# A build that is the tested one, apart from what SHELL does to its arguments.
WRAPPER = """#!/bin/sh
{shell}
exec "{command}" "$@"
"""

# Answers what compare-speed asks, with times that vary by 1 %.
FAKE = """#!/usr/bin/python3
import json, random, sys
if sys.argv[1] == "bench":
    ms = {milliseconds} * random.uniform(0.995, 1.005)
    row = dict(backend="cpu", fft="pruned", precision="fp64", batch=1, N=64, k_cut=8, boundary="zero", readback=False,
               median_ms=ms, min_ms=0.9 * ms, device_median_ms=None)
    json.dump([row], open(sys.argv[sys.argv.index("--json") + 1], "w"))
"""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def program(self, name, text):
        """A prefix whose command is this program."""
        path = self.folder / name / "bin" / "vordec"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o755)
        return self.folder / name

    def call(self, script, *arguments):
        return subprocess.run(["/usr/bin/python3", SOURCE / "scripts" / script, *map(str, arguments)], capture_output=True,
                              text=True, check=False, timeout=280)


class Builds(Case):
    def compare(self, new, only):
        path = self.folder / "summary.json"
        done = self.call("compare-builds", BUILD, new, "--backend", "cpu", "--only", only, "--json", path)
        return done, json.loads(path.read_text())

    def wrapped(self, shell):
        return self.program("changed", WRAPPER.format(shell=shell, command=BUILD / "bin" / "vordec"))

    def test_a_build_equals_itself(self):
        done, summary = self.compare(BUILD, "decode data/n64/decode$|learn ridge|wrong rollouts|resume plain|sweep nothing")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual([item for item in summary["differences"] if item["kind"] == "result"], [])
        self.assertGreater(summary["files"], 5)
        self.assertGreater(summary["hashes"], 3)
        self.assertGreater(summary["resumes"], 3)

    def test_one_round_of_majority_less_is_found(self):
        new = self.wrapped('[ "$1" = decode ] && set -- "$@" --mask-majority-iters 0')
        done, summary = self.compare(new, "decode data/n64/decode$")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("mask", " ".join(item["detail"] for item in summary["differences"]))

    def test_another_exit_code_is_found(self):
        done, summary = self.compare(self.wrapped('[ "$1" = decode ] && "%s/bin/vordec" "$@"; exit 0' % BUILD), "wrong residuals")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertTrue(any(item["what"] == "exit code" for item in summary["differences"]))

    def test_a_run_that_is_not_resumed_is_found(self):
        done, _ = self.compare(self.wrapped('case "$*" in *--resume*) set -- "$@" --tau 0.3;; esac'), "resume plain")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)

    def test_what_is_no_build(self):
        done = self.call("compare-builds", BUILD, self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no bin/vordec", done.stderr)


class Speed(Case):
    def compare(self, old, new, *options):
        pair = [self.program(f"{name}{'-'.join(options)}", FAKE.format(milliseconds=ms))
                for name, ms in (("old", old), ("new", new))]
        return self.call("compare-speed", *pair, "--minutes", 0.5, *options, "--", "--backend", "cpu")

    def test_equal(self):
        for figure in "median", "fastest":
            with self.subTest(figure):
                done = self.compare(1.0, 1.0, "--figure", figure)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("equal", done.stdout)

    def test_slower(self):
        done = self.compare(1.0, 1.06)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("slower", done.stdout)

    def test_faster(self):
        self.assertEqual(self.compare(1.0, 0.8).returncode, 0)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Hundreds of lies that a plugin may tell: the metrics always satisfy their schema, no device is claimed that the
evidence does not allow, and nothing that a terminal obeys gets out of the library or the command."""

import json
import math
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(os.environ["VORDEC_SOURCE"]) / "tests" / "cli"))
import jsonschema
from cli_support import SCHEMA, CommandTest

FOLDER = os.environ["LIES_FOLDER"]
BEHIND = os.environ["VORDEC_TEST_BEHIND"]
FIRST, COUNT = int(os.environ.get("LIES_FIRST", "1")), int(os.environ.get("LIES_COUNT", "300"))
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")  # bytes that are no UTF-8 as well


def read(text):
    return json.loads(text.decode("utf-8", "surrogateescape"))


class Lies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([os.environ["TELL_LIES"], FOLDER, str(FIRST), str(COUNT)], capture_output=True, check=False)
        assert done.returncode == 0, (done.returncode, done.stderr)
        cls.lines = [read(line) for line in done.stdout.splitlines()]
        assert len(cls.lines) == 2 * COUNT
        cls.validator = jsonschema.Draft202012Validator(SCHEMA)

    def each(self):
        """A line, what the metrics in it say, and what to name in a failure."""
        for line in self.lines:
            told = {key: line[key] for key in ("seed", "kinds", "policy")}
            yield line, json.loads(line["metrics"]) if "metrics" in line else None, self.subTest(**told)

    def test_metrics_satisfy_their_schema(self):
        written = 0
        for _, metrics, told_by in self.each():
            with told_by:
                if metrics is None:
                    continue
                self.validator.validate(metrics)
                written += 1
        self.assertGreater(written, COUNT // 3)

    def test_nothing_that_a_terminal_obeys(self):
        for line, _, told_by in self.each():
            with told_by:
                for text in line["texts"]:
                    self.assertIsNone(OBEYED.search(text), ascii(text))
                shown = line.get("metrics", "").replace("\n", "").replace("\t", "")
                self.assertIsNone(OBEYED.search(shown), ascii(shown))

    def test_no_device_is_claimed_that_the_evidence_does_not_allow(self):
        claimed = {"gpu": 0, "cpu": 0, "unknown": 0, "refused": 0}
        for line, metrics, told_by in self.each():
            with told_by:
                exposed = line["decode_exposed"] or line["claim"] == "none"
                if line["policy"] == "strict" and (exposed or line["steps_exposed"] or line["fails"]):
                    self.assertNotEqual(line["status"], "ok")
                elif not line["fails"]:
                    self.assertEqual(line["status"], "ok")
                if metrics is None:
                    claimed["refused"] += 1
                    self.assertNotEqual(line["status"], "ok")
                    continue
                moved = metrics["decode_backend_used"] == "cpu"
                told = metrics["decode_device"]
                claimed[told] += 1
                self.assertEqual(line["decoded"], told)
                self.assertEqual(told, "cpu" if moved else "unknown" if exposed else line["claim"])
                if not moved:
                    self.assertEqual(metrics["op_device"], "unknown" if line["steps_exposed"] else line["claim"])
                doubted = "unknown" in (told, metrics["op_device"])
                self.assertEqual("EVIDENCE_MISSING" in metrics.get("perf_flags", ()), doubted)
                self.assertEqual("GPU_DECODE_FALLBACK_CPU" in metrics.get("perf_flags", ()), moved)
        self.assertTrue(all(count > COUNT // 20 for count in claimed.values()), claimed)

    def test_times_are_ones_that_can_be(self):
        for line, _, told_by in self.each():
            with told_by:
                times = line.get("stage_ms", [])
                if None in times:  # NAN
                    self.assertEqual((line["policy"], line["decode_exposed"]), ("permissive", True))
                    continue
                self.assertTrue(all(math.isfinite(time) and time >= 0.0 for time in times), times)
                self.assertLessEqual(sum(times), line.get("total_ms", 0.0))


class Command(CommandTest):
    """The same, as a terminal gets to see it."""

    def test_terminal(self):
        state = self.state("n64/decode")
        for seed in range(FIRST, FIRST + 12):
            with self.subTest(seed):
                environment = {"VORDEC_TEST_LIE": str(seed), "VORDEC_TEST_BEHIND": BEHIND}
                common = ("--plugins-path", FOLDER, "--decode-allow-software-device", "true")
                for arguments in (("devices", *common),
                                  ("decode", "--z0-npz", state, "--out", self.path("o.npz"), "--decode-backend", "liar",
                                   "--permissive", "--metrics-json", self.path("m.json"), *common)):
                    done = self.call(*arguments, env=environment, errors="surrogateescape")
                    self.assertIn(done.returncode, (0, 1, 3), done.stderr)
                    for text in (done.stdout, done.stderr):
                        self.assertIsNone(OBEYED.search(text.replace("\n", "")), ascii(text))
                if (self.folder / "m.json").exists():
                    self.read_metrics()
                    (self.folder / "m.json").unlink()


if __name__ == "__main__":
    unittest.main()

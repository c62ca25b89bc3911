# SPDX-License-Identifier: MIT
"""What the tests of the command share: a temporary folder each, runs of the command, states, and checks of results."""

import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import jsonschema
import numpy as np

# `auto` means cpu in these tests, whatever GPU the machine has. (LeakSanitizer would also blame the command for what
# drivers leave behind when they unload.)
os.environ.update(VK_DRIVER_FILES="/nonexistent", VK_ICD_FILENAMES="/nonexistent")

COMMAND = os.environ["VORDEC_COMMAND"]
SOURCE = pathlib.Path(os.environ["VORDEC_SOURCE"])
STUBS = os.environ["VORDEC_STUBS"]  # the folder of the stub plugins, decode_cpu.so among them
DATA = SOURCE / "tests" / "data"
SCHEMA = json.loads((SOURCE / "docs" / "metrics.schema.json").read_text())

STATE_KEYS = ("z", "mask_low", "anchor_idx", "N", "k_cut", "resid_mid_cut", "dashi_tau", "dashi_smooth_k")
FAILED, BAD_USAGE, REFUSED, DIFFERENT = 1, 2, 3, 4


def reference(name):
    """tests/data/NAME.npz as a dict."""
    with np.load(DATA / f"{name}.npz") as data:
        return dict(data)


def digest(array):
    return hashlib.blake2b(array.tobytes(), digest_size=16).hexdigest()


class CommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def path(self, name):
        return str(self.folder / name)

    def call(self, *arguments, env=None, **options):
        """Runs the command in the temporary folder, without what the caller's environment says of vordec."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("VORDEC_")}
        environment.update(env or {})
        options.setdefault("capture_output", True)
        return subprocess.run([COMMAND, *map(str, arguments)], cwd=self.folder, env=environment, text=True,
                              check=False, timeout=60, **options)

    def succeed(self, *arguments, **options):
        done = self.call(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    # ---- states

    def state(self, source="n64/decode", name="state.npz", drop=(), **changes):
        """A state file of the reference data; changes replace or add members."""
        data = reference(source) if isinstance(source, str) else source
        members = {key: data[key] for key in STATE_KEYS if key in data and key not in drop}
        members.update(changes)
        np.savez(self.folder / name, **members)
        return self.path(name)

    # ---- results

    def read_metrics(self, name="m.json"):
        text = (self.folder / name).read_text()
        self.assertTrue(text.endswith("}\n"))
        metrics = json.loads(text)
        jsonschema.Draft202012Validator(SCHEMA).validate(metrics)
        return metrics

    def decode(self, state, *arguments, out="out.npz", **options):
        """Decodes; returns fields, metrics and what stderr said."""
        done = self.succeed("decode", "--z0-npz", state, "--out", self.path(out), "--metrics-json",
                            self.path(out + ".json"), *arguments, **options)
        self.assertEqual(done.stdout, "")
        with np.load(self.folder / out) as data:
            fields = dict(data)
        return fields, self.read_metrics(out + ".json"), done.stderr

    def assert_close(self, got, expected, tolerance):
        self.assertEqual(got.shape, expected.shape)
        self.assertLessEqual(float(np.max(np.abs(got - expected))), tolerance)

    # ---- refusals

    def tree(self):
        """Every file of the temporary folder with its bytes, so that anything written shows."""
        return {str(path): path.read_bytes() if path.is_file() else None for path in self.folder.rglob("*")}

    def assert_one_line(self, text):
        """Behind warnings of few training frames, which short runs of snapshots bring, and of options that a test repeats."""
        self.assertRegex(text, r"\A(vordec: warning: --\S+ (is given more than once|and --\S+ contradict each other): [^\n]+\n)*"
                         r"(vordec: warning: the operator is learnt from [^\n]+\n)?vordec: [^\n]+\n\Z")

    def refuse(self, code, parts, *arguments, **options):
        """The run ends with the code, one line on stderr that holds the parts, and nothing written anywhere."""
        before = self.tree()
        done = self.call(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assert_one_line(done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(self.tree().keys(), before.keys())
        self.assertEqual(self.tree(), before)
        return done.stderr

    def refuse_decode(self, parts, state, *arguments, code=BAD_USAGE, **options):
        return self.refuse(code, parts, "decode", "--z0-npz", state, "--out", self.path("out.npz"), "--metrics-json",
                           self.path("m.json"), "--png", self.path("out.png"), *arguments, **options)

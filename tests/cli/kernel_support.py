# SPDX-License-Identifier: MIT
"""What the tests of vordec perf-kernel share: its arguments, runs of it, and what the reference data say."""

import subprocess

import numpy as np
from cli_support import BAD_USAGE, COMMAND, DATA, CommandTest, reference

INTERRUPTED = 130
OPERATOR = DATA / "n64" / "A.npz"
ROLLOUT = reference("n64/rollout")
MATRIX = reference("n64/A")["A"]
HASHES = {dtype: {int(t): text.tobytes().hex()
                  for t, text in zip(ROLLOUT["hash_steps"], ROLLOUT[f"hash_inorder_{key}"])}
          for dtype, key in (("float64", "f64"), ("float32", "f32"))}


def roll(z, a, steps):
    for _ in range(steps):
        z = z @ a
    return z


def counts(metrics):
    """What became of states, in numbers."""
    return {key: value for key, value in metrics["hotloop"].items() if key != "link"}


class KernelTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.z0 = self.state(z=ROLLOUT["z0"])

    def arguments(self, *more, operator=OPERATOR, state=None):
        return ["perf-kernel", "--z0-npz", state or self.z0, "--A-npz", operator, "--metrics-json", self.path("m.json"),
                *more]

    def kernel(self, *more, **options):
        """Runs; returns the metrics and what stderr said."""
        done = self.succeed(*self.arguments(*more, **options))
        self.assertEqual(done.stdout, "")
        return self.read_metrics(), done.stderr

    def broken(self, code, *more, **options):
        """A run that fails after its start: the metrics are there nonetheless. Returns them and the error."""
        done = self.call(*self.arguments(*more, **options))
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        error = done.stderr.splitlines()[-1]
        self.assertRegex(error, "^vordec: ")
        return self.read_metrics(), error

    def refuse_kernel(self, parts, *more, code=BAD_USAGE, **options):
        return self.refuse(code, parts, *self.arguments(*more, **options))

    def interrupt(self, number, *more, **options):
        """Sends the signal after the first line of progress; returns exit code and stderr."""
        command = [COMMAND, *map(str, self.arguments("--steps", 10**9, "--progress-every", 16, *more, **options))]
        with subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True) as process:
            self.assertRegex(process.stderr.readline(), "^steps: 16 of 1000000000")
            process.send_signal(number)
            stderr = process.communicate(timeout=60)[1]
        return process.returncode, stderr

    def operator(self, a, name="A.npz"):
        np.savez(self.folder / name, A=a)
        return self.path(name)

    def hashes(self, metrics, what="z"):
        return [(entry["t"], entry["hash"]) for entry in metrics["hashes"] if entry["what"] == what]

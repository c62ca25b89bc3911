# SPDX-License-Identifier: MIT
"""Several devices share the states of a decode: the same files, and each is told in the metrics."""

import unittest

import numpy as np
from cli_support import BAD_USAGE, DATA, FAILED, REFUSED, STUBS, CommandTest

STATES = 9


class Devices(CommandTest):
    def setUp(self):
        super().setUp()
        z = np.load(DATA / "n64/decode.npz")["z"]
        self.states = self.state(z=np.stack([z * (1 + 0.1 * i) for i in range(STATES)]))

    def on(self, backend, devices, *arguments, **options):
        """The bytes of the file, its metrics, and what was said."""
        plugins = ("--plugins-path", STUBS, "--decode-backend", backend, "--decode-devices", devices, "--decode-batch", 1)
        _, metrics, said = self.decode(self.states, *plugins, *arguments, **options)
        return (self.folder / "out.npz").read_bytes(), metrics, said

    def test_same_files(self):
        """On 1, 2 and 4 devices, and on one that several sessions share."""
        synthesised = ("--residual-synthesis", "on")
        for backend, lists, device in [("team", ["one", "all", "3,1", "5a020000-0000-0000-0000-000000000000,0"], "gpu"),
                                       ("cpu", ["one", "all", "0,0,0"], "cpu")]:
            arguments = (*synthesised, "--share-devices") if backend == "cpu" else ()
            expected, alone, _ = self.on(backend, "one", *arguments)
            self.assertIsNone(alone["devices"])
            for devices in lists:
                with self.subTest(backend=backend, devices=devices):
                    got, metrics, said = self.on(backend, devices, *arguments)
                    self.assertEqual(got, expected)
                    self.assertEqual(metrics["decode_device"], device)
                    self.assertEqual(metrics["hashes"], alone["hashes"])
                    count = {"one": 1, "all": 4 if backend == "team" else 1}.get(devices, devices.count(",") + 1)
                    if count == 1:
                        self.assertIsNone(metrics["devices"])
                        continue
                    self.assertEqual(len(metrics["devices"]), count)
                    self.assertEqual(sum(one["states"] for one in metrics["devices"]), STATES)
                    for one in metrics["devices"]:
                        self.assertIn(one["decode_device"], (device, None))
                        self.assertIn(f"device {int(one['device']['uuid'][2:4])} ", " ".join(said.split()))

    def test_refusals(self):
        plugins = ("--plugins-path", STUBS, "--decode-backend", "team", "--decode-devices")
        self.refuse_decode(["names device 0 (Stub Card) twice"], self.states, *plugins, "0,0")
        self.refuse_decode(["[decode] devices = 'first'", "one, all"], self.states, *plugins, "first")
        self.refuse_decode(["none of its 4 devices matches '4'"], self.states, *plugins, "0,4", code=REFUSED)
        self.refuse_decode(["(--decode-device)", "(--decode-devices)"], self.states, *plugins, "all", "--decode-device",
                           "1", code=BAD_USAGE)

    def test_hidden(self):
        """A device that the environment hides is not among all; where it is asked for by name, policy decides."""
        _, metrics, _ = self.on("team", "all", env={"CUDA_VISIBLE_DEVICES": "GPU-5a01,GPU-5a02"})
        self.assertEqual([one["device"]["uuid"][:4] for one in metrics["devices"]], ["5a01", "5a02"])
        _, metrics, said = self.on("team", "0,9", "--permissive")
        self.assertEqual(metrics["perf_flags"], ["FEWER_DEVICES"])
        self.assertIn("device 9 does no work", said)

    def test_lost(self):
        """In the middle: the run ends without files, or the others go on."""
        plugins = ("--plugins-path", STUBS, "--decode-backend", "team_fails", "--decode-devices", "all", "--decode-batch", 1)
        self.refuse_decode(["device 1 (Stub Card): the stub's device is lost"], self.states, *plugins, code=FAILED)
        expected, _, _ = self.on("team", "one")
        got, metrics, said = self.on("team_fails", "all", "--permissive")
        self.assertEqual(got, expected)
        self.assertEqual([one["lost"] for one in metrics["devices"]], [False, True])
        self.assertEqual(metrics["devices"][0]["states"], STATES)
        self.assertEqual(metrics["perf_flags"], ["FEWER_DEVICES"])
        self.assertIn("then it was lost", said)


if __name__ == "__main__":
    unittest.main(verbosity=1)

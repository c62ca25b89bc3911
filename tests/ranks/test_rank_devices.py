# SPDX-License-Identifier: MIT
"""A GPU for each rank: a stub that poses as two cards tells which one each took."""

import json
import os
import unittest
from pathlib import Path

import numpy as np
from cli_support import FAILED, REFUSED, STUBS
from rank_support import RankTest, main

LLVMPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
CARDS = ("--plugins-path", STUBS, "--decode-backend", "two_devices", "--metrics-json", "m.json")


class Devices(RankTest):
    def run_on_cards(self, *arguments, **environment):
        """Three ranks on two cards."""
        return self.call_ranks(3, "decode", "--z0-npz", self.states(6), "--out", "out.npz", *CARDS, *arguments,
                               env={**os.environ, **environment})

    def test_each_its_own(self):
        """Ranks 0 and 1 have found one each."""
        done = self.run_on_cards()
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertRegex(line, "ranks 0 and 2 of host .* would share .*: start one rank per GPU, or allow it with --share-devices")
        self.assertFalse((self.folder / "m.json").exists())

    def test_shared(self):
        """The second card alone is let through by the environment."""
        done = self.run_on_cards("--share-devices", CUDA_VISIBLE_DEVICES="GPU-5a01")
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = json.loads((self.folder / "m.json").read_text())
        self.assertEqual(metrics["decode_device"], "gpu")
        self.assertEqual([(rank["decode_device"], rank["device"]["uuid"][:4]) for rank in metrics["ranks"]],
                         [("gpu", "5a01")] * 3)

    def test_what_one_process_chooses(self):
        """A GPU that is there changes nothing for a run that takes the CPU; auto gives each rank a card."""
        (self.folder / "plugins").mkdir()
        for name in "decode_cpu.so", "decode_two_devices.so":
            (self.folder / "plugins" / name).symlink_to(Path(STUBS).resolve() / name)
        plugins = ("--plugins-path", "plugins", "--metrics-json", "m.json")
        decode = ("decode", "--z0-npz", self.states(2), "--out", "out.npz")
        np.savez(self.folder / "traj.npz", traj=np.random.default_rng(1).normal(size=(2, 32, 32)), dt=0.5)
        encode = ("encode", "--traj", "traj.npz", "--out", "z.npz")
        for used, key, arguments in [("cpu", "decode", (*decode, "--decode-fft", "fftw")),
                                     ("cpu", "encode", (*encode, "--encode-backend", "cpu")),
                                     ("two_devices", "decode", decode)]:
            done = self.call_ranks(2, *arguments, *plugins)
            self.assertEqual(done.returncode, 0, done.stderr)
            ranks = json.loads((self.folder / "m.json").read_text())["ranks"]
            self.assertEqual([rank[key + "_backend_used"] for rank in ranks], [used] * 2)
        self.assertEqual([rank["device"]["uuid"][:4] for rank in ranks], ["5a00", "5a01"])


@unittest.skipUnless(os.path.exists(LLVMPIPE), "no llvmpipe (package mesa-vulkan-drivers)")
class Software(RankTest):
    def test_same_bytes(self):
        """A software device that ranks share by themselves: no GPU is taken from anybody."""
        states = self.states(3)
        vulkan = ("decode", "--z0-npz", states, "--decode-backend", "vulkan", "--decode-allow-software-device", "true",
                  "--decode-fft", "direct")
        env = {**os.environ, "VK_DRIVER_FILES": LLVMPIPE, "VK_ICD_FILENAMES": LLVMPIPE, "XDG_CACHE_HOME": self.path("cache")}
        self.succeed(*vulkan, "--out", "alone.npz", env=env)
        for size in 2, 3:
            done = self.call_ranks(size, *vulkan, "--out", "ranks.npz", "--metrics-json", "m.json", env=env)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((self.folder / "ranks.npz").read_bytes(), (self.folder / "alone.npz").read_bytes())
            ranks = self.read_metrics()["ranks"]
            self.assertEqual([rank["device"]["type"] for rank in ranks], ["software"] * size)

    def test_lost_amid_the_work(self):
        """A layer loses the second device that a process makes, or that of rank 1, at a submission."""
        states = self.states(40)
        vulkan = ("decode", "--z0-npz", states, "--decode-backend", "vulkan", "--decode-allow-software-device", "true",
                  "--decode-fft", "direct", "--decode-batch", 2, "--metrics-json", "m.json")
        both = "--decode-devices", "0,0", "--decode-share-devices", "true"
        env = {**os.environ, "VK_DRIVER_FILES": LLVMPIPE, "VK_ICD_FILENAMES": LLVMPIPE, "XDG_CACHE_HOME": self.path("cache"),
               "VK_LAYER_PATH": os.environ["VORDEC_LAYERS"], "VK_INSTANCE_LAYERS": "VK_LAYER_TEST_losing"}
        self.succeed(*vulkan, *both, "--out", "alone.npz", env=env)
        (self.folder / "m.json").unlink()
        lost = {**env, "VORDEC_TEST_LOSE": "2:9"}
        before = self.tree()
        for moment, name in ("2:9", r"0 \(llvmpipe"), ("2:3", "0: "):  # amid the states, and while it is opened
            done = self.call(*vulkan, *both, "--out", "out.npz", env={**env, "VORDEC_TEST_LOSE": moment})
            self.assertEqual((done.returncode, self.tree()), (FAILED, before), done.stderr)
            self.assertRegex(done.stderr.splitlines()[-1], f"^vordec: device {name}.*VK_ERROR_DEVICE_LOST")
        self.succeed(*vulkan, *both, "--permissive", "--out", "one.npz", env=lost)
        self.assertEqual((self.folder / "one.npz").read_bytes(), (self.folder / "alone.npz").read_bytes())
        metrics = self.read_metrics()
        self.assertEqual([share["lost"] for share in metrics["devices"]], [False, True])
        self.assertEqual(sum(share["states"] for share in metrics["devices"]), 40)
        self.assertIn("FEWER_DEVICES", metrics["perf_flags"])
        before = self.tree()
        done = self.call_ranks(2, *vulkan, "--out", "ranks.npz", env={**env, "VORDEC_TEST_LOSE": "1:9:1"})
        self.assertEqual(done.returncode, FAILED, done.stderr)
        line, = [line for line in self.lines_of_ours(done) if "warning" not in line]
        self.assertRegex(line, "^vordec: rank 1: .*VK_ERROR_DEVICE_LOST")
        self.assertEqual(self.tree(), before)


if __name__ == "__main__":
    main(unittest)

# SPDX-License-Identifier: MIT
"""Parts of a decode, as the tasks of a job array leave them, and what becomes of them together."""

import unittest

import numpy as np
from cli_support import BAD_USAGE, CommandTest

ARGUMENTS = ("--residual-synthesis", "on")


class EncodeShards(CommandTest):
    """States of a trajectory, in parts."""

    def setUp(self):
        super().setUp()
        angle = 2 * np.pi * np.arange(32) / 32
        frames = [np.cos(3 * angle + 0.1 * t)[:, None] + np.sin(5 * angle - 0.2 * t)[None, :]
                  + np.cos(9 * angle + t)[None, :] for t in range(7)]
        np.savez(self.folder / "traj.npz", traj=np.array(frames), dt=0.5)

    def encode(self, out, *arguments):
        return self.succeed("encode", "--traj", "traj.npz", "--topk-mid", "8", "--out", out, *arguments)

    def check_together(self, count, out, *arguments):
        self.encode("alone-" + out, *arguments)
        for index in range(count):
            self.encode(out, "--shard", f"{index}/{count}", *arguments)
        self.succeed("gather", "--out", out, "--shards", count)
        self.assertEqual((self.folder / out).read_bytes(), (self.folder / f"alone-{out}").read_bytes())

    def test_same_bytes(self):
        self.check_together(3, "three.npz")
        self.check_together(2, "two.nc", "--store", "float16", "--compress", "2")
        self.check_together(2, "one.npz", "--frame", "5")  # the second part is empty

    def test_damaged_part(self):
        for index in range(2):
            told = self.encode("z.npz", "--shard", f"{index}/2").stderr
        self.assertIn("z.npz.shard-1-of-2.npz: 3 states", told)
        part = self.folder / "z.npz.shard-0-of-2.npz"
        sound = dict(np.load(part))
        for changes, message in [({f"x{i}": np.zeros(3) for i in range(17)}, "more arrays than the 16"),
                                 ({"z": sound["z"][0]}, "z: expected a row for each state")]:
            np.savez(part, **{**sound, **changes})
            self.refuse(BAD_USAGE, [part.name, message], "gather", "--out", "z.npz", "--shards", 2)

    def test_resume(self):
        self.encode("z.npz", "--shard", "1/2", "--metrics-json", "m.json")
        metrics = self.read_metrics("m.json.shard-1-of-2.json")
        self.assertEqual(metrics["encode_device"], "cpu")
        self.assertIn("was there already", self.encode("z.npz", "--shard", "1/2", "--resume").stderr)
        (self.folder / "m.json.shard-1-of-2.json").unlink()
        self.assertNotIn("was there already", self.encode("z.npz", "--shard", "1/2", "--resume", "--metrics-json", "m.json").stderr)
        self.assertEqual(self.read_metrics("m.json.shard-1-of-2.json")["encode_device"], "cpu")
        self.assertIn("was there already", self.encode("z.npz", "--shard", "1/2", "--resume", "--metrics-json", "m.json").stderr)
        self.refuse(BAD_USAGE, ["z.npz.shard-0-of-2.npz is missing"], "gather", "--out", "z.npz", "--shards", 2)
        self.refuse(BAD_USAGE, ["--resume: z.npz.shard-1-of-2.npz was made from a different input"], "encode", "--traj",
                    "traj.npz", "--out", "z.npz", "--shard", "1/2", "--resume")


    def test_destinations_are_tried_first(self):
        """Before a frame that is no number is read."""
        np.savez(self.folder / "bad.npz", traj=np.full((2, 32, 32), np.nan))
        for parts, out in (["a file ending in '.foo'"], "z.foo"), (["gone/z.npz"], self.path("gone/z.npz")):
            for shard in (), ("--shard", "0/2"):
                self.refuse(BAD_USAGE, parts, "encode", "--traj", "bad.npz", "--out", out, *shard)
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"traj.npz", "bad.npz"})


class Shards(CommandTest):
    def states(self, count):
        data = dict(np.load(self.state("n64/decode", name="one.npz")))
        modes = 2 * int(data["mask_low"].sum())
        z = np.stack([data["z"]] * count)
        z[:, :modes] *= 1 + 0.01 * np.arange(count)[:, None]
        return self.state(data, z=z, dt=np.float64(0.5))

    def shard(self, states, index, count, out="out.npz", *arguments):
        return self.succeed("decode", "--z0-npz", states, "--out", out, "--shard", f"{index}/{count}", *ARGUMENTS,
                            *arguments)

    def bytes_of(self, name):
        return (self.folder / name).read_bytes()

    def check_together(self, states, count, out, *arguments):
        self.succeed("decode", "--z0-npz", states, "--out", "alone-" + out, *ARGUMENTS, *arguments)
        for index in reversed(range(count)):
            self.shard(states, index, count, out, *arguments)
        told = self.succeed("gather", "--out", out, "--shards", count).stderr
        self.assertEqual(self.bytes_of(out), self.bytes_of("alone-" + out))
        return told

    def test_same_bytes(self):
        states = self.states(7)
        self.check_together(states, 1, "one.npz")
        self.check_together(states, 3, "three.npz")
        self.check_together(states, 2, "two.nc", "--field-dtype", "float32", "--compress", "2")

    def test_more_parts_than_states(self):
        """One state, without an axis of its own; what the other tasks leave is empty."""
        states = self.state("n64/decode")
        self.assertIn("1 state out of 3 parts", self.check_together(states, 3, "out.npz"))
        self.assertEqual(np.load(self.path("out.npz"))["omega_lp"].shape, (64, 64))

    def test_metrics_and_picture(self):
        """Each part has metrics of its own, the picture is that of the part which holds the state."""
        states = self.states(5)
        for index in range(2):
            self.shard(states, index, 2, "out.npz", "--metrics-json", "m.json", "--png", "p.png", "--state", "4")
            self.assertEqual((self.folder / "p.png").exists(), index == 1)
        steps = [entry["t"] for index in range(2)
                 for entry in self.read_metrics(f"m.json.shard-{index}-of-2.json")["decode_metrics"]]
        self.assertEqual(steps, list(range(5)))

    def test_numbers_are_those_of_the_file(self):
        data = dict(np.load(self.states(5)))
        data["z"][3, 2] = 1.7e308
        self.refuse(BAD_USAGE, ["z: state 3, entry 2"], "decode", "--z0-npz", self.state(data, name="bad.npz"), "--out",
                    "out.npz", "--shard", "1/2")

    def test_resume(self):
        states = self.states(4)
        self.shard(states, 0, 2)
        part = self.folder / "out.npz.shard-0-of-2.npz"
        before = part.stat()
        self.assertIn("was there already", self.shard(states, 0, 2, "out.npz", "--resume").stderr)
        self.assertEqual((part.stat().st_ino, part.stat().st_mtime_ns), (before.st_ino, before.st_mtime_ns))
        self.assertNotIn("was there already", self.shard(states, 1, 2, "out.npz", "--resume").stderr)
        files = "--png", "p.png", "--state", "3", "--metrics-json", "m.json"
        for index, made in (0, "m.json.shard-0-of-2.json"), (1, "m.json.shard-1-of-2.json"), (1, "p.png"):
            (self.folder / made).unlink(missing_ok=True)
            self.assertNotIn("was there already", self.shard(states, index, 2, "out.npz", "--resume", *files).stderr)
            self.assertTrue((self.folder / made).exists())
            self.assertIn("was there already", self.shard(states, index, 2, "out.npz", "--resume", *files).stderr)
        self.succeed("gather", "--out", "out.npz", "--shards", 2)
        self.refuse(BAD_USAGE, ["--resume: out.npz.shard-0-of-2.npz was made from a different input"], "decode", "--z0-npz",
                    states, "--out", "out.npz", "--shard", "0/2", "--resume")

    def gather(self, parts, count=2):
        self.refuse(BAD_USAGE, parts, "gather", "--out", "out.npz", "--shards", count)

    def test_parts_that_do_not_fit(self):
        states = self.states(4)
        self.shard(states, 0, 2)
        self.gather(["out.npz.shard-1-of-2.npz is missing"])
        self.succeed("decode", "--z0-npz", states, "--out", "out.npz", "--shard", "1/2")  # without a residual
        self.gather(["out.npz.shard-1-of-2.npz", "made from a different input, with different options"])
        (self.folder / "out.npz.shard-1-of-2.npz").write_bytes(self.bytes_of("out.npz.shard-0-of-2.npz"))
        self.gather(["out.npz.shard-1-of-2.npz: its name says part 1 of 2, but it holds part 0 of 2"])
        (self.folder / "out.npz.shard-1-of-2.npz").write_bytes(self.bytes_of("state.npz"))
        self.gather(["out.npz.shard-1-of-2.npz: not a file that --shard wrote"])
        self.shard(states, 1, 2)
        for index in range(2):
            (self.folder / "out.npz").symlink_to(f"out.npz.shard-{index}-of-2.npz")
            self.gather(["--out and one of its parts are the same file: out.npz.shard-"])
            (self.folder / "out.npz").unlink()
        made_by = dict(np.load(self.path("out.npz.shard-1-of-2.npz")))
        made_by["shard_made_by"] = np.frombuffer(b"vulkan, direct, fp64 on a card (its driver)", np.uint8)
        np.savez(self.folder / "out.npz.shard-1-of-2.npz", **made_by)
        self.gather(["made by vulkan, direct, fp64 on a card", "all fields of a file have to come from one kind of device"])
        self.assertFalse((self.folder / "out.npz").exists())

    def test_damaged_fields(self):
        """Fields of no cells, or of more than there are."""
        states = self.states(2)
        self.shard(states, 0, 1)
        part = self.folder / "out.npz.shard-0-of-1.npz"
        sound = dict(np.load(part))
        for shape in (0, 0, 0), (0, 1 << 32, 5), (2, 0, 0), (2, 64, 63), (1, 64, 64):
            np.savez(part, **{**sound, "omega_lp": np.zeros(shape)})
            self.gather(["out.npz.shard-0-of-1.npz: omega_lp: expected 2 square fields"], 1)

    def test_what_does_not_change_results(self):
        """How much is done at once, where, and what is timed, may differ between parts."""
        states = self.states(4)
        self.shard(states, 0, 2)
        self.shard(states, 1, 2, "out.npz", "--decode-batch", "1", "--decode-submission-ms", "7", "--decode-device", "0",
                   "--metrics-timings", "off")
        self.assertIn("4 states out of 2 parts", self.succeed("gather", "--out", "out.npz", "--shards", 2).stderr)

    def test_usage(self):
        states = self.states(2)
        for text in "2/2", "1", "-1/2", "1/0", "a/b", "1/2/3":
            self.refuse(BAD_USAGE, ["expected I/N"], "decode", "--z0-npz", states, "--out", "out.npz", f"--shard={text}")
        self.refuse(BAD_USAGE, ["--resume keeps a part"], "decode", "--z0-npz", states, "--out", "out.npz",
                    "--resume")
        self.refuse(BAD_USAGE, ["cannot be written to a file ending in"], "decode", "--z0-npz", states, "--out", "out.dat", "--shard", "0/2")


if __name__ == "__main__":
    unittest.main()

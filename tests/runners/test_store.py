# SPDX-License-Identifier: MIT
"""--store: states as floats and as scaled halves, against NumPy's own rounding."""

import unittest

import numpy as np
from cli_support import BAD_USAGE, CommandTest

N = 40
SMALL = ("--k-cut", 5, "--resid-mid-cut", 7, "--topk-mid", 12)


class Store(CommandTest):
    @classmethod
    def setUpClass(cls):
        rng = np.random.default_rng(8)
        cls.frames = rng.standard_normal((3, N, N)) * np.array([1, 1e-6, 3e4])[:, None, None]

    def encode(self, store, *arguments, frames=None, out="z.npz"):
        np.savez(self.folder / "T.npz", traj=self.frames if frames is None else frames)
        self.succeed("encode", "--traj", self.path("T.npz"), *SMALL, "--store", store, *arguments, "--out", self.path(out))
        with np.load(self.folder / out) as data:
            return dict(data)

    def widened(self, data):
        low, kept, scale = data["z_low"].astype(float), data["z_kept"].astype(float), data["z_scale"].astype(float)
        return np.concatenate((low * scale[..., :1], data["z_scalars"], kept * scale[..., 1:]), axis=-1)

    def test_floats(self):
        wide, narrow = self.encode("float64"), self.encode("float32")
        self.assertEqual(narrow["z"].dtype, np.float32)
        np.testing.assert_array_equal(narrow["z"], wide["z"].astype(np.float32))
        self.assertEqual((wide["dtype_code"], narrow["dtype_code"]), (1, 0))

    def test_halves(self):
        """Each group is the nearest halves of a power of two that puts its largest into 2^14 .. 2^15."""
        wide, stored = self.encode("float64", out="wide.npz")["z"], self.encode("float16")
        self.assertNotIn("z", stored)
        self.assertEqual(stored["dtype_code"], 2)
        m = stored["z_low"].shape[1]
        for name, group, scale in (("z_low", wide[:, :m], 0), ("z_kept", wide[:, m + 4:], 1)):
            power = 2.0 ** (np.floor(np.log2(np.abs(group).max(axis=1))) - 14)
            np.testing.assert_array_equal(stored["z_scale"][:, scale], power)
            self.assertEqual(stored[name].dtype, np.float16)
            np.testing.assert_array_equal(stored[name], (group / power[:, None]).astype(np.float16))
        np.testing.assert_array_equal(stored["z_scalars"], wide[:, m:m + 4].astype(np.float32))
        np.testing.assert_array_equal(stored["z_scalars"][:, 3], 6)  # one of each pair of the 12

    def test_decodes_as_what_was_stored(self):
        for store, arguments in ("float16", ()), ("float16", ("--frame", 1)), ("float32", ()):
            data = self.encode(store, *arguments)
            plain = {key: value for key, value in data.items() if not key.startswith("z")}
            np.savez(self.folder / "plain.npz", z=self.widened(data) if store == "float16" else data["z"].astype(float),
                     **plain)
            fields, _, _ = self.decode(self.path("z.npz"))
            expected, _, _ = self.decode(self.path("plain.npz"))
            for key in expected:
                np.testing.assert_array_equal(fields[key], expected[key])

    def test_zeros_and_no_kept_modes(self):
        data = self.encode("float16", "--topk-mid", 0, frames=np.zeros((2, N, N)))
        self.assertEqual(data["z_kept"].shape, (2, 0))
        self.assertFalse(self.widened(data).any())
        fields, _, _ = self.decode(self.path("z.npz"))
        self.assertFalse(fields["omega_hat"].any())

    def test_learn_reads_all_of_them(self):
        operators = []
        for store in "float64", "float16":
            self.encode(store, frames=np.random.default_rng(9).standard_normal((6, N, N)))
            self.succeed("learn", "--states-npz", self.path("z.npz"), "--ridge", 1, "--out", self.path("A.npz"))
            with np.load(self.folder / "A.npz") as data:
                operators.append(data["A"])
        self.assertLess(np.max(np.abs(operators[0] - operators[1])), 1e-2 * np.max(np.abs(operators[0])))
        self.encode("float16", frames=self.frames[:1])
        self.refuse(BAD_USAGE, ["z.npz: z_low", "two states or more"], "learn", "--states-npz", self.path("z.npz"), "--out",
                    self.path("A.npz"))

    def test_snapshots(self):
        run = ("snapshots", "--N", 32, "--steps", 4, "--stride", 4, *SMALL, "--decode-backend", "cpu", "--out-dir")
        for store in "float64", "float16":
            self.succeed(*run, self.path(store), "--store", store)
        with np.load(self.folder / "float16/snapshot_z0.npz") as narrow, \
                np.load(self.folder / "float64/snapshot_z0.npz") as wide:
            np.testing.assert_allclose(self.widened(narrow), wide["z"], atol=2**-11 * np.abs(wide["z"]).max())

    def test_what_is_refused(self):
        data = self.encode("float16")
        rows = [("z_scale", None, ["there is no array 'z_scale'"]), ("z_kept", data["z_kept"][:2], ["z_kept", "shape (2, 12)"]),
                ("z_low", data["z_low"][:, :-2], ["expected 2 M ="]), ("z_scalars", data["z_scalars"][:, :3], ["z_scalars"]),
                ("z_low", data["z_low"][:, :-1], ["z_low", "even"]),
                ("z_scale", data["z_scale"] * np.float32(np.inf), ["bad.npz", "state 0"])]
        for key, value, parts in rows:
            with self.subTest(key=key, parts=parts):
                members = {**data, key: value}
                np.savez(self.folder / "bad.npz", **{name: array for name, array in members.items() if array is not None})
                self.refuse(BAD_USAGE, parts, "decode", "--z0-npz", self.path("bad.npz"), "--out", self.path("f.npz"))
        self.refuse(BAD_USAGE, ["--store 'int8'", "float16"], "encode", "--traj", self.path("T.npz"), "--store", "int8",
                    "--out", self.path("o.npz"))
        np.savez(self.folder / "T.npz", traj=self.frames * 1e42)
        for store in "float32", "float16":
            self.refuse(BAD_USAGE, ["cannot be stored as", store], "encode", "--traj", self.path("T.npz"), *SMALL, "--store", store,
                        "--out", self.path("o.npz"))


if __name__ == "__main__":
    unittest.main()

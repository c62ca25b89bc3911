# SPDX-License-Identifier: MIT
"""Files of states: the package reads what the command reads, refuses what it refuses, and both see the same numbers."""

import os
import struct
import subprocess
import unittest
import zipfile

import h5py
import netCDF4
import numpy as np
import scipy.io
import vordec
from python_support import SOURCE, BindingTest

CPU = {"decode": {"backend": "cpu"}}


class Files(BindingTest):
    def setUp(self):
        super().setUp()
        with np.load(self.state()) as data:
            self.members = dict(data)

    def save(self, name, **changes):
        members = {key: np.asarray(value) for key, value in {**self.members, **changes}.items()}
        path = self.folder / name
        if name.endswith(".npz"):
            np.savez(path, **members)
        elif name.endswith(".mat"):
            scipy.io.savemat(path, {key: value.astype("u1") if value.dtype == bool else value
                                    for key, value in members.items()}, oned_as="column")
        elif name.endswith(".h5"):
            with h5py.File(path, "w", userblock_size=2048 if "block" in name else 0) as file:
                file.update(members)
        else:
            with netCDF4.Dataset(path, "w", format=name.split(".")[0]) as file:
                for key, value in members.items():
                    value = value.astype("i1" if value.dtype == bool else "i4" if value.dtype == "i8" else value.dtype)
                    dims = tuple(f"{key}_{axis}" for axis in range(value.ndim))
                    for dim, size in zip(dims, value.shape):
                        file.createDimension(dim, size)
                    file.createVariable(key, value.dtype, dims)[...] = value
        return path

    def of_the_command(self, path):
        """z as the command reads it, which omega_lp shows; None: it refuses the file."""
        out = self.folder / "out.npz"
        done = subprocess.run([os.environ["VORDEC_COMMAND"], "decode", "--z0-npz", path, "--out", out],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(path.name, done.stderr)
            return None
        with np.load(out) as data:
            return data["omega_hat"]

    def of_the_package(self, path):
        try:
            state = vordec.State.from_file(path)
        except vordec.InputError as problem:
            self.assertIn(path.name, str(problem))
            return None
        with vordec.Decoder(state, CPU) as decoder:
            return decoder.decode(state.z).omega_hat

    def check(self, path, readable):
        package, command = self.of_the_package(path), self.of_the_command(path)
        self.assertEqual((package is not None, command is not None), (readable, readable), path.name)
        if readable:
            np.testing.assert_array_equal(package, command)

    def test_containers(self):
        for name in "s.npz", "s.h5", "block.h5", "NETCDF4.nc", "NETCDF3_CLASSIC.nc", "NETCDF3_64BIT_OFFSET.nc", "NETCDF3_64BIT_DATA.nc", "s.mat":
            with self.subTest(name):
                self.check(self.save(name), True)

    def test_types(self):
        z, mask = np.round(self.members["z"]), self.members["mask_low"]
        for kind in "<f2", ">f4", ">f8", "i1", ">i2", "<i4", ">i8", "u1", "<u2", ">u4", "<u8":
            with self.subTest(kind):
                self.check(self.save("t.npz", z=np.clip(z, 0 if kind[-2] == "u" else -100, 100).astype(kind)), True)
        for changes in {"mask_low": mask.astype("u1")}, {"mask_low": mask.astype(">f4")}, {"N": np.float64(64)}, \
                       {"N": np.array([64], "u2")}, {"anchor_idx": self.members["anchor_idx"].astype(float)}, \
                       {"anchor_idx": self.members["anchor_idx"].astype(">u8")}, {"z": np.asfortranarray(np.stack([z, z]))}:
            with self.subTest(list(changes)):
                self.check(self.save("t.npz", **changes), True)

    def test_what_neither_takes(self):
        z, mask = np.round(self.members["z"]), self.members["mask_low"]
        huge = z.astype("i8")
        huge[3] = 2**53 + 1
        for changes in {"z": huge}, {"z": huge.astype("u8") + np.uint64(2**63)}, {"z": z.astype(np.longdouble)}, \
                       {"z": z.astype(complex)}, {"z": z != 0}, {"mask_low": mask * 2}, {"N": np.array([[64]])}, \
                       {"N": np.float64(64.5)}, {"anchor_idx": self.members["anchor_idx"] + 0.5}, {"z": z.astype("U8")}:
            with self.subTest({key: value.dtype for key, value in changes.items()}):
                self.check(self.save("t.npz", **changes), False)

    def test_python_2(self):
        """Its long integers had an L."""
        path = self.save("z.npz")
        np.save(self.folder / "z.npy", self.members["z"])
        raw = (self.folder / "z.npy").read_bytes()
        length = len(self.members["z"])
        old = raw.replace(f"({length},), }} ".encode(), f"({length}L,), }}".encode())
        self.assertNotEqual(old, raw)
        with zipfile.ZipFile(path) as whole, zipfile.ZipFile(self.folder / "old.npz", "w") as made:
            for name in whole.namelist():
                made.writestr(name, old if name == "z.npy" else whole.read(name))
        self.check(self.folder / "old.npz", True)

    def test_damaged_netcdf_headers(self):
        """The netCDF library ends the process over some of them."""
        path = self.folder / "seed.nc"
        path.write_bytes((SOURCE / "tests/fuzz/seeds/netcdf/negative_length").read_bytes())
        self.check(path, False)
        whole = self.save("NETCDF3_64BIT_DATA.nc").read_bytes()
        length, variable = whole.index(b"z_0\0") + 4, whole.index(struct.pack(">Q4sQ", 1, b"z", 1))
        for what, at, value in (("count of dimensions", 16, b"\0\0\0\1"), ("length of a name", 24, b"\xff"),
                                ("negative length", length, b"\xff"), ("axis", variable + 27, b"\x7f"),
                                ("count of attributes", variable + 32, b"\1"), ("type", variable + 43, b"\x0c"),
                                ("no type", variable + 43, b"\0")):
            with self.subTest(what):
                path.write_bytes(whole[:at] + value + whole[at + len(value):])
                self.check(path, False)
                with self.assertRaisesRegex(vordec.InputError, "netCDF: Unknown"):
                    vordec.State.from_file(path)
        with self.subTest("end"):
            path.write_bytes(whole[:variable + 30])
            self.check(path, False)
        for where in (0,), (1,), (0, 1):  # an axis that grows has length 0 in the header
            with self.subTest(growing=where), netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
                file.createDimension("records", None)
                file.createDimension("others", 3)
                file.createVariable("z", "f8", ("records", "others"))[:2] = 1.0
            raw = bytearray(path.read_bytes())
            axes = raw.index(struct.pack(">I4sI", 1, b"z", 2)) + 12
            raw[axes:axes + 8] = struct.pack(">II", *(int(axis not in where) for axis in (0, 1)))
            path.write_bytes(raw)
            with self.assertRaisesRegex(vordec.InputError, "mask_low: missing" if where == (0,) else "netCDF: Unknown"):
                vordec.State.from_file(path)
            if where == (0,):
                raw[4:8] = b"\x10\0\0\0"  # how often it has grown
                path.write_bytes(raw)
                with self.assertRaisesRegex(vordec.InputError, "z: it claims to be larger than the file"):
                    vordec.State.from_file(path)

    def test_what_hdf5_would_look_for_elsewhere(self):
        whole = self.save("whole.h5")
        self.members["z"].tofile(self.folder / "raw")
        for name in "link", "external", "claim", "filter", "virtual":
            path = self.folder / f"{name}.h5"
            with h5py.File(whole) as source, h5py.File(path, "w") as file:
                for key in source:
                    if key != "z":
                        source.copy(key, file)
                shape = self.members["z"].shape
                if name == "link":
                    file["z"] = h5py.ExternalLink("whole.h5", "/z")
                elif name == "external":
                    file.create_dataset("z", shape, "f8", external=[(str(self.folder / "raw"), 0, h5py.h5f.UNLIMITED)])
                elif name == "claim":
                    file.create_dataset("z", (10**9, *shape), "f8", chunks=(1, *shape))[0] = self.members["z"]
                elif name == "virtual":
                    layout = h5py.VirtualLayout(shape, "f8")
                    layout[:] = h5py.VirtualSource("../whole.h5", "z", shape)
                    file.create_virtual_dataset("z", layout)
                else:
                    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                    properties.set_chunk(shape)
                    properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
                    h5py.h5d.create(file.id, b"z", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple(shape), properties)
            with self.subTest(name):
                self.check(path, False)


if __name__ == "__main__":
    unittest.main()

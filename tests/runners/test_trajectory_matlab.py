# SPDX-License-Identifier: MIT
"""Trajectories in MATLAB's and Octave's files, and what in them is no array of numbers."""

import struct
import unittest

import h5py
import numpy as np
import scipy.io
from cli_support import BAD_USAGE
from flow_files import BOX, DT, N, frames, positions, times, velocities
from trajectory_support import Hdf5Files


class Matlab(Hdf5Files):
    def test_other_matlab_files(self):
        """Times last and rows of y, as MATLAB shows them, in both of its formats."""
        shown = np.moveaxis(frames(), 0, -1)
        x, y = np.meshgrid(positions(3.0), positions(3.0))
        warning = "does not say what the axes of w are; its rows are taken for y"
        scipy.io.savemat(self.path("T.mat"), {"w": shown}, do_compression=True)
        self.check_fields(self.path("T.mat"))
        self.assertIn(warning, self.succeed("encode", "--traj", self.path("T.mat"), "--out", self.path("Z.npz")).stderr)
        scipy.io.savemat(self.path("T.mat"), {"w": shown, "X": x, "Y": y, "t": times()})
        self.check_fields(self.path("T.mat"), dt=DT, box=3.0)
        scipy.io.savemat(self.path("T.mat"), {"velocity": np.moveaxis(velocities(), (0, 1), (-1, -2)), "L": BOX})
        self.check_fields(self.path("T.mat"))
        scipy.io.savemat(self.path("T.mat"), {"w": shown, "q": np.arange(100, dtype="u1")})
        whole, name = (self.folder / "T.mat").read_bytes(), struct.pack("<HH4s", 1, 1, b"q")
        self.assertEqual(whole.count(name), 1)
        (self.folder / "T.mat").write_bytes(whole.replace(name, struct.pack("<II", 1, 0)))  # as beside a function handle
        self.assertIn("__function_workspace__", scipy.io.loadmat(self.path("T.mat")))
        self.check_fields(self.path("T.mat"))
        for cells in {"w": shown.T}, {"w": shown.T, "x": x.T, "y": y.T}:
            file = self.hdf5(**cells)
            file["w"].attrs["MATLAB_class"] = np.bytes_("double")
            self.check_fields(self.closed(file))

    def test_octave(self):
        """HDF5 files of its own: a variable is a group with its type and its value."""
        def variable(file, name, kind, value):
            file[f"{name}/type"], file[f"{name}/value"] = np.bytes_(kind), value
        shown, both = np.moveaxis(frames(), 0, -1), np.moveaxis(velocities(), 0, -1)
        for names in ("", "", ()), ("", "", ("--key", "w/value")), ("S/value/", "S.", ("--key", "S.w")):
            with self.hdf5("O.h5") as file:
                variable(file, names[0] + "w", "matrix", shown.T)
                variable(file, names[0] + "t", "matrix", times()[None])
                variable(file, names[0] + "L", "scalar", BOX)
                variable(file, names[0] + "flags", "bool matrix", np.ones((3, N, N), "i1"))
                if names[0]:
                    file["S/type"] = np.bytes_("scalar struct")
            self.check_fields(self.path("O.h5"), *names[2], dt=DT, box=BOX)
        self.refuse_encode(["there is no array 'q': it holds S/L () <f8, S/flags (3, 16, 16) |i1, S/t (1, 5) <f8, S/w (5, 16, 16) <f8"],
                           self.path("O.h5"), "--key", "q")
        with self.hdf5("O.h5") as file:
            variable(file, "u", "float matrix", both[0].T.astype("f4"))
            variable(file, "v", "float matrix", both[1].T.astype("f4"))
            file["t/type"], file["t/value"] = np.bytes_("double_range"), np.zeros((), [("base", "f8"), ("limit", "f8")])
        self.check_fields(self.path("O.h5"), "--box", BOX, tolerance=1e-5)
        self.assertIn("t is not taken for the times of the frames, because it holds no numbers",
                      self.succeed("encode", "--traj", self.path("O.h5"), "--box", 1, "--out", self.path("Z.npz")).stderr)

    def test_fields_of_structs(self):
        """The same keys in both of MATLAB's formats; box and times lie beside the frames."""
        shown, both = np.moveaxis(frames(), 0, -1), np.moveaxis(velocities(), 0, -1)
        data = {"name": "text", "w": shown, "t": times(), "L": BOX, "in": {"other": 1.0, "u": both[0], "v": both[1]}, "s": 1.0}
        for compress in False, True:
            scipy.io.savemat(self.path("T.mat"), {"before": np.eye(3), "S": data, "list": np.zeros((2, 2))}, do_compression=compress)
            self.check_fields(self.path("T.mat"), "--key", "S.w", dt=DT, box=BOX)
            self.check_fields(self.path("T.mat"), "--key", "S/w", dt=DT, box=BOX)
            self.check_fields(self.path("T.mat"), "--key", "S.in.u,S.in.v", "--box", BOX, "--axes", "y,x,t")
            self.refuse_encode(["there is no array 'S.q': it holds before (3, 3) <f8, S/w (16, 16, 5) <f8, S/t (5,) <f8"],
                               self.path("T.mat"), "--key", "S.q")
            whole = (self.folder / "T.mat").read_bytes()
            for cut in range(200, len(whole) - 200, 1999):
                (self.folder / "C.mat").write_bytes(whole[:cut])
                self.refuse(BAD_USAGE, ["C.mat"], "encode", "--traj", self.path("C.mat"), "--key", "S.w", "--out", self.path("Z.npz"))
        file = self.hdf5("S.mat", S__w=shown.T, S__t=times(), S__L=BOX)
        file["S"].attrs["MATLAB_class"], file["S/w"].attrs["MATLAB_class"] = np.bytes_("struct"), np.bytes_("double")
        self.check_fields(self.closed(file), "--key", "S.w", dt=DT, box=BOX)

    def test_what_is_no_array_of_numbers(self):
        cells = np.empty((1, 2), object)
        cells[0] = [frames()[0], frames()[1]]
        scipy.io.savemat(self.path("T.mat"), {"w": cells, "data": np.array([({},), (1,)], [("w", object)]), "z": frames() * 1j, "name": "text"})
        self.refuse_encode(["no array of numbers, but w (cell array), data (array of structs with w), z (array of complex numbers), name (text)"],
                           self.path("T.mat"))
        self.refuse_encode(["data is an array of structs with w; save the array in it as a variable of its own"], self.path("T.mat"), "--key", "data")
        file = self.hdf5(words="text", pair=np.zeros((3, N, N), complex), real__w=frames())
        file["alias"], file["other"] = h5py.SoftLink("/real/w"), h5py.ExternalLink("other.h5", "/w")
        file["none"] = h5py.Empty("f4")
        path = self.closed(file)
        self.refuse_encode(["alias is a soft link to /real/w; name the array that it leads to"], path, "--key", "alias")
        self.refuse_encode(["other is a link to another file"], path, "--key", "other")
        self.refuse_encode(["none: it is empty"], path, "--key", "none")
        self.refuse_encode(["real/w (5, 16, 16) <f8", "pair (array of complex numbers)", "words (text)"], path, "--key", "any")
        self.check_fields(path, "--key", "/real/w")

    def test_what_matlab_has_in_hdf5(self):
        """Structs are groups, cells point to arrays of their own, text and booleans are integers."""
        file = self.hdf5(**{"data__w": frames(), "#refs#__a": frames(), "text": np.full((3, N, N), 97, "u2"),
                            "flags": np.ones((3, N, N), "u1"), "cells": np.zeros((1, 1))})
        del file["cells"]
        file.create_dataset("cells", (1, 1), h5py.ref_dtype)[0, 0] = file["#refs#/a"].ref
        for name, kind in ("data", "struct"), ("text", "char"), ("flags", "logical"), ("cells", "cell"):
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
        path = self.closed(file)
        self.check_fields(path, "--axes", "t,y,x")
        self.check_fields(path, "--key", "data/w")
        holds = "data/w (5, 16, 16) <f8, flags (3, 16, 16) |u1, cells (cell array), text (text)"
        self.refuse_encode([f"there is no array 'any': it holds {holds}\n"], path, "--key", "any")
        self.refuse_encode([f"data is a group; name one of its arrays: it holds {holds}"], path, "--key", "data")
        self.refuse_encode(["cells is a cell array; save the array in it as a variable"], path, "--key", "cells")


if __name__ == "__main__":
    unittest.main()

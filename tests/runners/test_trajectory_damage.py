# SPDX-License-Identifier: MIT
"""Trajectories in HDF5 and MATLAB files that lead elsewhere, lie or are damaged."""

import os
import pathlib
import struct
import unittest
import zlib

import h5py
import numpy as np
import scipy.io
from cli_support import BAD_USAGE
from flow_files import FRAMES, N, frames, vorticity
from trajectory_support import Hdf5Files

SEEDS = pathlib.Path(__file__).resolve().parents[1] / "fuzz/seeds"


class Hostile(Hdf5Files):
    def check(self, parts, file):
        self.refuse_encode(parts, self.closed(file), "--key", "traj")

    def test_links(self):
        file = self.hdf5(other__traj=frames())
        file["other/loop"] = file["other"]
        file["soft"] = h5py.SoftLink("/soft")
        file["out"] = h5py.ExternalLink("elsewhere.h5", "/traj")
        self.check_fields(self.closed(file), "--key", "other/traj")
        file = self.hdf5()
        file["traj"] = h5py.ExternalLink("T2.h5", "/traj")
        self.check(["traj is a link to another file; only arrays of numbers can be read"], file)

    def test_external_storage(self):
        frames().tofile(self.folder / "raw")
        file = self.hdf5()
        file.create_dataset("traj", (FRAMES, N, N), "f8", external=[(self.path("raw"), 0, h5py.h5f.UNLIMITED)])
        self.check(["T.h5: traj: its data lie in other files (external storage)"], file)

    def test_parts_that_were_never_written(self):
        file = self.hdf5()
        file.create_dataset("traj", (FRAMES, N, N), "f8", chunks=(1, N, N))[:3] = frames()[:3]
        path = self.closed(file)
        self.refuse_encode(["T.h5: traj: the part that begins at index (3, 0, 0) was never written"], path)
        self.check_fields(path, "--frames", ":3", which=range(3))

    def test_missing_chunks_of_any_index(self):
        """Whichever axes may grow, which decides how HDF5 finds chunks; a fill value of the file's own stands for them."""
        for most in (FRAMES, N, N), (FRAMES, None, N), (FRAMES, N, None), (None, N, None):
            for more in {}, {"compression": "gzip"}:
                with h5py.File(self.folder / "T.h5", "w", libver="latest") as file:
                    for name, fill in ("traj", {}), ("filled", {"fillvalue": 0.5}):
                        data = file.create_dataset(name, (FRAMES, N, N), "f8", maxshape=most, chunks=(1, N, N // 4), **fill, **more)
                        data[:3], data[4:] = frames()[:3], frames()[4:]
                path = self.path("T.h5")
                with self.subTest(most=most, more=more):
                    self.refuse_encode(["T.h5: traj: the part that begins at index (3, 0, 0) was never written"], path, "--key", "traj")
                    self.assertEqual(self.encode(path, "--key", "filled", "--frames", "2:4")["z"][1][0], 0.5)

    def test_filters_of_others(self):
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((1, N, N))
        properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        file = self.hdf5()
        h5py.h5d.create(file.id, b"traj", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((FRAMES, N, N)), properties)
        self.check(["T.h5: traj: it is compressed by a filter that HDF5 itself does not have"], file)

    def test_files_that_crash_the_library(self):
        """Nothing ends but the process that reads the file."""
        file = self.folder / "T.h5"
        file.write_bytes((SEEDS / "apart/heap_object").read_bytes())
        done = self.call("encode", "--traj", file, "--out", self.path("Z.npz"))
        self.assertEqual((done.returncode, done.stdout), (BAD_USAGE, ""))
        self.assertRegex(done.stderr, r"\Avordec: [^\n]*T\.h5: HDF5's library ended (by a segmentation fault|by an abort|with code \d+) "
                                      r"while it read this file; it is probably damaged\n\Z")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["T.h5"])

    def test_sizes_that_lie(self):
        file = self.hdf5()
        file.create_dataset("traj", (10**9, N, N), "f8", chunks=(1, N, N))
        self.check(["T.h5: traj: nothing has been written to it"], file)
        file = self.hdf5()
        file.create_dataset("traj", (10**9, N, N), "f8", chunks=(1, N, N))[0] = vorticity(0)
        self.check(["T.h5: traj: it claims to be larger than its content allows"], file)

    def test_virtual(self):
        for part in range(FRAMES):
            with h5py.File(self.folder / f"part{part}.h5", "w") as file:
                file["traj"] = vorticity(0.1 * part)
        for name, parts in ("part{}.h5", None), ("../part{}.h5", ["made of other files, outside of its own folder"]), \
                           ("gone{}.h5", ["one of which cannot be read"]):
            with self.subTest(name):
                file = self.hdf5()
                layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
                for part in range(FRAMES):
                    layout[part] = h5py.VirtualSource(name.format(part), "traj", (N, N))
                file.create_virtual_dataset("traj", layout)
                if parts:
                    self.check(["T.h5: traj: it is made of other files", *parts], file)
                else:
                    self.check_fields(self.closed(file))

    def test_virtual_that_is_not_filled(self):
        """What no part fills would be read as zeros, and takes no room in the file."""
        self.closed(self.hdf5("plain.h5", traj=frames()))
        half = np.s_[:FRAMES - 1], np.s_[:, :N // 2], np.s_[:, ::2]
        for shape, part in ((FRAMES, N, N), half[0]), ((FRAMES, N, N), half[1]), ((FRAMES, N, N), half[2]), \
                           ((10**7, N, N), np.s_[:FRAMES]):
            with self.subTest(shape=shape, part=part):
                file = self.hdf5()
                layout = h5py.VirtualLayout(shape, "f8")
                layout[part] = h5py.VirtualSource("plain.h5", "traj", (FRAMES, N, N))[part]
                file.create_virtual_dataset("traj", layout)
                self.check(["T.h5: traj: it is made of parts that do not fill it"], file)
        file = self.hdf5()  # the sum of the parts is right
        layout = h5py.VirtualLayout((4, N, N), "f8")
        for first in 0, 1:
            layout[first:first + 2] = h5py.VirtualSource("plain.h5", "traj", (FRAMES, N, N))[first:first + 2]
        file.create_virtual_dataset("traj", layout)
        self.check(["T.h5: traj: it is made of parts that do not fill it"], file)
        file = self.hdf5()  # every second row from another part
        layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
        for first in 0, 1:
            layout[:, first::2] = h5py.VirtualSource("plain.h5", "traj", (FRAMES, N, N))[:, first::2]
        file.create_virtual_dataset("traj", layout)
        self.check_fields(self.closed(file))
        self.closed(self.hdf5("plain.h5", traj=frames()[1:]))
        self.check(["one of which does not have the size that it claims"], self.virtual("plain.h5"))

    def test_matlab_sizes_that_lie(self):
        """libmatio says nothing where values are missing."""
        shown = np.moveaxis(frames(), 0, -1)
        arguments = self.path("T.mat"), "--key", "w", "--axes", "y,x,t"
        scipy.io.savemat(self.folder / "T.mat", {"before": 1.0, "w": shown, "behind": np.arange(3)})
        whole = (self.folder / "T.mat").read_bytes()
        self.check_fields(*arguments)
        for shape in (N, N, FRAMES + 1), (N, N, 500), (1 << 20, 1 << 20, 5), (0x7fffffff, 0x7fffffff, 0x7fffffff):
            other = whole.replace(struct.pack("<3I", N, N, FRAMES), struct.pack("<3I", *shape))
            self.assertNotEqual(other, whole)
            (self.folder / "T.mat").write_bytes(other)
            self.refuse_encode(["T.mat: w: the MATLAB file is damaged"], *arguments)
        scipy.io.savemat(self.folder / "T.mat", {"before": 1.0, "w": shown}, do_compression=True)
        whole = bytearray((self.folder / "T.mat").read_bytes())
        self.check_fields(*arguments)
        whole[-2] ^= 1
        for damaged in whole, whole[:-3000], whole[:-1]:
            (self.folder / "T.mat").write_bytes(damaged)
            self.refuse_encode(["T.mat"], *arguments)

    def virtual(self, name, dataset="traj"):
        """A file whose array is that dataset of another."""
        file = self.hdf5("V.h5")
        layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
        layout[:] = h5py.VirtualSource(name, dataset, (FRAMES, N, N))
        file.create_virtual_dataset("traj", layout)
        return file

    def test_parts_of_virtual_arrays(self):
        """What holds for an array holds for its parts: they could lead anywhere, too."""
        frames().tofile(self.folder / "raw")
        self.closed(self.hdf5("plain.h5", traj=frames()))
        with self.hdf5("part.h5") as file:
            file["group/link"] = h5py.ExternalLink("plain.h5", "/traj")
            file["soft"] = h5py.SoftLink("/group/link")
            file.create_dataset("raw", (FRAMES, N, N), "f8", external=[(self.path("raw"), 0, h5py.h5f.UNLIMITED)])
            file.create_dataset("claim", (FRAMES, N, N), "f8", chunks=(1, N, N))
        self.check_fields(self.closed(self.virtual("plain.h5")), "--key", "traj")
        for dataset, part in (("/group/link", "or a link"), ("soft", "or a link"), ("gone", "is missing or a link"),
                              ("raw", "lies in other files"), ("claim", "is incomplete")):
            self.check(["V.h5: traj: it is made of parts, one of which", part], self.virtual("part.h5", dataset))
        self.check(["which is not supported"], self.virtual("."))
        for dataset in "traj", "own":  # HDF5 does not open a file twice in different ways, and would read zeros
            file = self.virtual("V.h5", dataset)
            file["own"] = frames()
            self.check(["one of which cannot be read"], file)
        os.mkfifo(self.folder / "pipe.h5")
        for name in "pipe.h5", "/etc/passwd", "a/../../plain.h5", "x" * 600:
            self.check(["V.h5: traj: it"], self.virtual(name))

    def test_chunks_of_parts(self):
        """What holds for chunks of an array holds for those of the parts, of which only what is read is looked at."""
        with h5py.File(self.folder / "part.h5", "w") as file:
            for name in "short", "gone":
                file.create_dataset(name, (FRAMES, N, N), "f8", chunks=(1, N, N), compression="gzip")[:3] = frames()[:3]
            file["short"][3:] = frames()[3:]
            file["short"].id.write_direct_chunk((3, 0, 0), zlib.compress(bytes(8)))
        for name, part in ("short", "a chunk of its part part.h5 is damaged: it has another size"), \
                          ("gone", "the part that begins at index (3, 0, 0) in the file part.h5 was never written"):
            path = self.closed(self.virtual("part.h5", name))
            self.refuse_encode(["V.h5: traj: " + part], path)
            self.check_fields(path, "--frames", ":3", which=range(3))
            file = self.hdf5("V.h5")  # no single blocks: the part is looked at as a whole
            layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
            for first in 0, 1:
                layout[:, first::2] = h5py.VirtualSource("part.h5", name, (FRAMES, N, N))[:, first::2]
            file.create_virtual_dataset("traj", layout)
            self.refuse_encode(["V.h5: traj: " + part], self.closed(file), "--frames", ":3")

    def test_arrays_of_the_same_parts(self):
        """The file of the parts is opened for one array while the library reads it for another."""
        self.closed(self.hdf5("part.h5", one=frames(), other=np.zeros((FRAMES, N, N))))
        with self.hdf5("V.h5") as file:
            for name, part in ("u", "one"), ("v", "other"):
                layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
                layout[:] = h5py.VirtualSource("part.h5", part, (FRAMES, N, N))
                file.create_virtual_dataset(name, layout)
        got = self.encode(self.path("V.h5"), "--key", "u,v", "--axes", "t,y,x")
        file = self.closed(self.hdf5(u=frames(), v=np.zeros((FRAMES, N, N))))
        np.testing.assert_array_equal(got["z"], self.encode(file, "--key", "u,v", "--axes", "t,y,x")["z"])

    def test_lzf(self):
        """h5py's filter, which PDEBench's files are made with."""
        name = self.path("T.h5")
        with h5py.File(name, "w") as file:
            file.create_dataset("traj", data=frames(), chunks=(2, N, N), compression="lzf", shuffle=True, fletcher32=True)
        self.check_fields(name)
        with h5py.File(name, "w") as file:
            file.create_dataset("traj", data=frames(), chunks=(1, N, N), compression="lzf")
            file["traj"].id.write_direct_chunk((3, 0, 0), b"\x20\xff" * 40)
            values = file["traj"].id.get_create_plist().get_filter(0)[2]
        self.refuse_encode(["T.h5: traj: HDF5: "], name)
        whole = (self.folder / "T.h5").read_bytes()
        for size in 8, 0, 1 << 30:
            other = whole.replace(struct.pack("<3I", *values), struct.pack("<3I", *values[:2], size))
            self.assertNotEqual(other, whole)
            (self.folder / "T.h5").write_bytes(other)
            self.refuse_encode(["T.h5: traj: its filter lzf is set for a different chunk size"], name)

    def with_chunk(self, stored, left_out=0, **filters):
        """A chunk for each frame, of which the one of frame 3 is stored as said."""
        with h5py.File(self.folder / "T.h5", "w") as file:
            data = file.create_dataset("traj", data=frames(), chunks=(1, N, N), **filters)
            data.id.write_direct_chunk((3, 0, 0), stored, filter_mask=left_out)
        return self.path("T.h5")

    def test_chunks_of_another_size(self):
        """HDF5 would read on behind them."""
        raw = np.ascontiguousarray(frames()[3])
        gzip, checked = {"compression": "gzip"}, {"compression": "gzip", "fletcher32": True}
        short = self.with_chunk(zlib.compress(raw.tobytes()[:-8]), **gzip)
        self.check_fields(short, "--frames", ":3", which=range(3))
        for path in short, self.with_chunk(b"\0" * 16), self.with_chunk(b"\0" * 16, 1, **gzip), \
                self.with_chunk(zlib.compress(raw.tobytes() + b"\0"), **gzip), self.with_chunk(b"\0" * 16, 1, compression="lzf"):
            self.refuse_encode(["T.h5: traj: a chunk of it is damaged: it has another size than it should"], path)
        for path in self.with_chunk(raw.tobytes(), 1, **gzip), self.with_chunk(zlib.compress(raw.tobytes(), 9), 2, **checked):
            self.check_fields(path)
        with h5py.File(self.folder / "T.h5", "w") as file:
            file.create_dataset("traj", data=frames().astype("f4"), chunks=(2, N, N), compression="szip", shuffle=True, fletcher32=True)
        self.check_fields(self.path("T.h5"), tolerance=1e-6)

    def test_filters_that_are_not_safe(self):
        with h5py.File(self.folder / "T.h5", "w") as file:
            file.create_dataset("traj", data=frames(), chunks=(1, N, N), scaleoffset=4)
        self.refuse_encode(["T.h5: traj: its filter (n-bit or scale-offset) may make HDF5 read beyond", "h5repack -f GZIP=1"], self.path("T.h5"))

    def test_labels_that_are_none(self):
        """HDF5's own functions for scales take it for granted that these attributes are of their kind."""
        for value in np.arange(3.0), 7, "text", np.bytes_("one"), np.array([b"text"] * 9), h5py.Empty("f4"), [["a", "b"]]:
            for name in "DIMENSION_LABELS", "DIMENSION_LIST", "NAME":
                file = self.hdf5(traj=frames())
                file["traj"].attrs[name] = value
                self.check_fields(self.closed(file))

    def test_damage(self):
        path = self.closed(self.hdf5(traj=frames()))
        whole = (self.folder / "T.h5").read_bytes()
        for size in 100, 900, len(whole) // 2:
            with self.subTest(size):
                (self.folder / "T.h5").write_bytes(whole[:size])
                self.refuse_encode(["T.h5"], path)
        with open(self.folder / "T.nc", "wb") as file:
            file.write(b"CDF\x01" + b"\xff" * 60)
        self.refuse_encode(["T.nc: netCDF: "], self.path("T.nc"))
        with open(self.folder / "T.mat", "wb") as file:
            file.write(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + b"\xff" * 60)
        self.refuse_encode(["T.mat"], self.path("T.mat"))


if __name__ == "__main__":
    unittest.main()

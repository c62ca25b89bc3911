"""Trajectories in files of many layouts: each holds the same vorticity, known by its Fourier coefficients, so that a
swapped axis, a wrong sign of the curl or a wrong box shows."""

import unittest

import h5py
import netCDF4
import numpy as np
import scipy.io
import xarray
from cli_support import BAD_USAGE, CommandTest

N, FRAMES = 16, 5
# (kx, ky): amplitude of cos(kx x + ky y), a second one that moves; no two of them are mirrors of each other.
MODES = {(1, 2): 1.0, (3, 0): -0.5, (0, 1): 0.25, (2, -1): 0.75}


def vorticity(t, order="yx", box=2 * np.pi):
    """The field at time t on axes in that order."""
    x = np.arange(N) * box / N
    y = np.arange(N) * box / N
    x, y = (x[None, :], y[:, None]) if order == "yx" else (x[:, None], y[None, :])
    unit = 2 * np.pi / box
    return sum(a * np.cos(unit * (kx * x + ky * y) - kx * t) for (kx, ky), a in MODES.items())


def velocity(t, order="yx", box=2 * np.pi, at=((0, 0), (0, 0))):
    """u and v of it, each given `at` so many cells beside the points: psi of a mode is a cos(..) / k^2, u = psi_y, v =
    -psi_x."""
    unit, parts = 2 * np.pi / box, []
    for which in 0, 1:
        x = (np.arange(N) + at[which][0]) * box / N
        y = (np.arange(N) + at[which][1]) * box / N
        x, y = (x[None, :], y[:, None]) if order == "yx" else (x[:, None], y[None, :])
        part = 0
        for (kx, ky), a in MODES.items():
            psi_slope = -a * np.sin(unit * (kx * x + ky * y) - kx * t) / (unit * (kx**2 + ky**2))
            part = part + (ky * psi_slope if which == 0 else -kx * psi_slope)
        parts.append(part)
    return np.stack(parts)


def frames(order="yx", box=2 * np.pi):
    return np.stack([vorticity(0.1 * t, order, box) for t in range(FRAMES)])


def velocities(order="yx", box=2 * np.pi, at=((0, 0), (0, 0))):
    return np.stack([velocity(0.1 * t, order, box, at) for t in range(FRAMES)])


class Trajectories(CommandTest):
    def encode(self, file, *arguments):
        out = self.path("Z.npz")
        self.succeed("encode", "--traj", file, "--out", out, "--k-cut", 4, "--resid-mid-cut", 5, "--topk-mid", 0,
                     "--smooth-k", 3, *arguments)
        with np.load(out) as data:
            return dict(data)

    def check_fields(self, file, *arguments, times=range(FRAMES), tolerance=1e-12):
        """The low modes of every frame, whether all of them are stored or one of each pair, doubled."""
        got = self.encode(file, *arguments)
        mask = got["mask_low"].reshape(N, N)
        m = int(mask.sum())
        self.assertEqual(len(got["z"]), len(times))
        for z, t in zip(got["z"], times):
            spectrum = np.zeros((N, N), complex)
            spectrum[mask] = z[:m] + 1j * z[m:2 * m]
            field = np.real(np.fft.ifft2(spectrum)) * N * N
            self.assert_close(field, vorticity(0.1 * t), tolerance)
        return got

    def save(self, array, name="T.npy"):
        np.save(self.folder / name, array)
        return self.path(name)

    def savez(self, name="T.npz", **arrays):
        np.savez(self.folder / name, **arrays)
        return self.path(name)

    def refuse_encode(self, parts, file, *arguments):
        self.refuse(BAD_USAGE, parts, "encode", "--traj", file, "--out", self.path("Z.npz"), *arguments)


class Arrays(Trajectories):
    def test_npy(self):
        field = frames()
        self.check_fields(self.save(field))
        self.check_fields(self.save(field.astype(">f8")))
        self.check_fields(self.save(np.asfortranarray(field)))
        self.check_fields(self.save(field.astype("<f4")), tolerance=1e-6)
        self.check_fields(self.save(field.astype("<f2")), tolerance=5e-3)
        self.check_fields(self.save(field[3]), times=[3])

    def test_one_array_of_any_name(self):
        self.check_fields(self.savez(vorticity=frames(), dt=0.1, comment=np.array("text"), times=np.arange(FRAMES)))
        self.check_fields(self.savez(vorticity=frames(), dt=np.full(FRAMES, 0.1), N=np.arange(3), seed=np.zeros(3)))

    def test_axes(self):
        letters = "btyxc"
        field = frames()[None, :, :, :, None]
        for axes in "btyxc", "tyxbc", "xytcb", "cyxtb", "ytxbc":
            with self.subTest(axes):
                file = self.save(np.transpose(field, [letters.index(axis) for axis in axes]))
                self.check_fields(file, "--axes", ",".join(axes))

    def test_samples(self):
        field = np.stack([np.zeros((FRAMES, N, N)), frames(), np.ones((FRAMES, N, N))])
        self.check_fields(self.save(field), "--sample", 1)
        self.refuse_encode(["T.npy: array: it holds 3 samples", "--sample (0 .. 2)"], self.save(field))
        for sample in 3, -1, "x", "":
            self.refuse_encode([f"sample '{sample}': expected a number from 0 to 2"], self.save(field), "--sample",
                               sample)

    def test_frames(self):
        file = self.save(frames())
        for slice_, times in (("1:", [1, 2, 3, 4]), (":2", [0, 1]), ("::2", [0, 2, 4]), ("-3:-1", [2, 3]),
                              ("4:9", [4]), ("1:5:3", [1, 4])):
            with self.subTest(slice_):
                self.check_fields(file, f"--frames={slice_}", times=times)
        for wrong in "3:3", "5:", "x", "1", "::0", "::-1", "1:2:3:4", "-9:", "":
            with self.subTest(wrong):
                self.refuse_encode([f"frames '{wrong}': expected A:B:S"], file, f"--frames={wrong}")

    def test_dt_of_chosen_frames(self):
        file = self.savez(traj=frames(), dt=0.05, stride=2)
        self.assertEqual(self.check_fields(file)["dt"].item(), 0.1)
        self.assertEqual(self.check_fields(file, "--frames", "::2", times=[0, 2, 4])["dt"].item(), 0.2)

    def test_velocities(self):
        for axes, array in (("tcyx", velocities()), ("tyxc", np.moveaxis(velocities(), 1, -1)),
                            ("txyc", np.moveaxis(velocities("xy"), 1, -1))):
            with self.subTest(axes):
                self.check_fields(self.save(array), "--velocity", "--axes", ",".join(axes))
        self.check_fields(self.save(velocities()), "--velocity")
        self.check_fields(self.save(np.moveaxis(velocities(), 1, -1)), "--velocity")
        both = velocities()
        self.check_fields(self.savez(vx=both[:, 0], vy=both[:, 1], p=both[:, 0]), "--key", "vx,vy")

    def test_mistakes(self):
        file = self.save(frames())
        self.refuse_encode(["axes 't,y,z': it holds another letter"], file, "--axes", "t,y,z")
        self.refuse_encode(["axes 'y,y,x': it holds a letter twice"], file, "--axes", "y,y,x")
        self.refuse_encode(["axes 'y,x': the array has the shape (5, 16, 16)"], file, "--axes", "y,x")
        self.refuse_encode(["axes 't,b,x': it lacks x or y"], file, "--axes", "t,b,x")
        self.refuse_encode(["there is no array 'omega': it holds array (5, 16, 16) <f8"], file, "--key", "omega")
        self.refuse_encode(["the grid is 16 x 8; only square grids"], self.save(frames()[:, :, ::2]), "--axes", "t,y,x")
        self.refuse_encode(["no array in it is known to be frames"], self.save(np.zeros((3, 4, 5, 6, 7))))
        self.refuse_encode(["it holds 2 components a cell, a vorticity has one (--velocity"], self.save(velocities()),
                           "--axes", "t,c,y,x")
        self.refuse_encode(["it holds 1 component a cell, a velocity has two"], self.save(frames()), "--axes", "t,y,x", "--velocity")
        self.refuse_encode(["vx and vy differ in their"],
                           self.savez(vx=frames(), vy=frames()[:2]), "--key", "vx,vy")
        self.refuse_encode(["--traj-npz is another name of --traj"], file, "--traj-npz", file)


class Hdf5Files(Trajectories):
    def hdf5(self, name="T.h5", **arrays):
        """Arrays by their paths, a__b for a/b."""
        file = h5py.File(self.folder / name, "w")
        self.addCleanup(file.close)
        for key, array in arrays.items():
            file[key.replace("__", "/")] = array
        return file

    def closed(self, file):
        name = file.filename
        file.close()
        return name


class Layouts(Hdf5Files):
    """A small file in each layout, made by that project's conventions."""

    def well(self):
        file = self.hdf5()
        file.attrs.update(dataset_name="two_d", grid_type="cartesian", n_spatial_dims=2, n_trajectories=2)
        file.create_group("dimensions").attrs["spatial_dims"] = ["x", "y"]
        file["dimensions/time"] = (np.arange(FRAMES) * 0.1).astype("f4")
        file["dimensions/x"] = file["dimensions/y"] = (np.arange(N) * 2 * np.pi / N).astype("f4")
        for group, names in ("t0_fields", ["tracer"]), ("t1_fields", ["velocity"]), ("t2_fields", []):
            file.create_group(group).attrs["field_names"] = names
        file["t0_fields/tracer"] = np.zeros((2, FRAMES, N, N), "f4")
        return file

    def test_the_well(self):
        file = self.well()
        both = np.stack([np.zeros((FRAMES, N, N, 2)), np.moveaxis(velocities("xy"), 1, -1)])
        file["t1_fields/velocity"] = both.astype("f4")
        path = self.closed(file)
        got = self.check_fields(path, "--sample", 1, tolerance=1e-5)
        self.assertAlmostEqual(got["dt"].item(), 0.1, delta=1e-6)
        self.refuse_encode(["it holds 2 samples"], path)
        self.check_fields(path, "--sample", 1, "--key", "t1_fields/velocity", "--velocity", tolerance=1e-5)

    def test_the_well_with_vorticity(self):
        file = self.well()
        file["t0_fields/vorticity"] = np.zeros((1, FRAMES, N, N), "f4")
        file["t0_fields/other"] = frames("xy")[None].astype("f4")
        file["t1_fields/velocity"] = np.moveaxis(velocities("xy"), 1, -1)[None].astype("f4")
        path = self.closed(file)
        self.assertEqual(self.encode(path)["z"].max(), 0)
        self.refuse_encode(["--velocity: t0_fields/vorticity is a vorticity"], path, "--velocity")
        self.check_fields(path, "--key", "t0_fields/other", tolerance=1e-6)
        self.check_fields(path, "--key", "t1_fields/velocity", tolerance=1e-5)

    def test_dedalus(self):
        box = 4.0
        file = self.hdf5()
        grid = np.arange(N) * box / N
        file["scales/sim_time"] = np.arange(FRAMES) * 0.5
        file["scales/x_hash_5a"] = grid
        file["scales/y_hash_5a"] = grid
        for task, array in ("vorticity", frames("xy", box)), ("buoyancy", np.zeros((FRAMES, N, N))):
            dataset = file.create_dataset(f"tasks/{task}", data=array)
            for axis, (label, scale) in enumerate((("t", "sim_time"), ("x", "x_hash_5a"), ("y", "y_hash_5a"))):
                file[f"scales/{scale}"].make_scale(scale)
                dataset.dims[axis].label = label
                dataset.dims[axis].attach_scale(file[f"scales/{scale}"])
        got = self.check_fields(self.closed(file))
        self.assertAlmostEqual(got["dt"].item(), 0.5)

    def test_pdebench(self):
        file = self.hdf5(velocity=np.moveaxis(velocities("xy"), 1, -1)[None], particles=np.zeros((1, FRAMES, N, N, 1)),
                         t=np.arange(FRAMES)[None] * 0.25)
        got = self.check_fields(self.closed(file))
        self.assertAlmostEqual(got["dt"].item(), 0.25)

    def test_fno(self):
        u = np.moveaxis(frames("xy", 1.0), 0, -1)[None]  # (B, x, y, T)
        scipy.io.savemat(self.folder / "five.mat", {"a": u[..., 0], "u": u, "t": np.arange(FRAMES) * 1.0})
        self.check_fields(self.path("five.mat"))
        scipy.io.savemat(self.folder / "packed.mat", {"a": u[..., 0], "u": u.astype("f4")}, do_compression=True)
        self.check_fields(self.path("packed.mat"), tolerance=1e-6)
        file = h5py.File(self.folder / "seven.mat", "w", userblock_size=512)
        file["a"], file["u"] = u[..., 0].T, u.T
        self.check_fields(self.closed(file))

    def test_fourierflows(self):
        file = self.hdf5(grid__nx=N, grid__ny=N, grid__Lx=1.0, grid__Ly=1.0, clock__dt=0.1)
        for i, field in enumerate(frames("yx", 1.0)):
            file[f"snapshots/zeta/{2 * i}"] = field
            file[f"snapshots/t/{2 * i}"] = 0.1 * i
        path = self.closed(file)
        got = self.check_fields(path)
        self.assertEqual((round(got["dt"].item(), 12), got["L"].item()), (0.1, 1.0))
        got = self.check_fields(path, "--key", "snapshots/zeta", "--frames", "::2", times=[0, 2, 4])
        self.assertEqual(round(got["dt"].item(), 12), 0.2)

    def dataset(self, **fields):
        """jax-cfd's: dims (sample, time, x, y), positions of the cells' centres."""
        centres = (np.arange(N) + 0.5) * 2 * np.pi / N
        variables = {key: (("sample", "time", "x", "y"), array[None], attributes)
                     for key, (array, attributes) in fields.items()}
        return xarray.Dataset(variables, {"time": np.arange(FRAMES) * 0.1, "x": centres, "y": centres})

    def test_jax_cfd(self):
        both = velocities("xy", at=((0.5, 0), (0, 0.5)))  # u half a cell beyond the centre along x, v along y
        data = self.dataset(u=(both[:, 0], {"offset": [1.0, 0.5]}), v=(both[:, 1], {"offset": [0.5, 1.0]}))
        data.to_netcdf(self.folder / "T.nc", format="NETCDF4", engine="netcdf4")
        got = self.check_fields(self.path("T.nc"))
        self.assertAlmostEqual(got["dt"].item(), 0.1)

    def test_classic_netcdf(self):
        for form in "NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4", "NETCDF4_CLASSIC":
            with self.subTest(form):
                data = self.dataset(vorticity=(frames("xy"), {}))
                data.to_netcdf(self.folder / "T.nc", format=form, engine="netcdf4")
                self.check_fields(self.path("T.nc"))

    def test_packed_values(self):
        for form in "NETCDF3_CLASSIC", "NETCDF4":
            with self.subTest(form):
                both = velocities("xy")
                data = self.dataset(u=(both[:, 0], {}), v=(both[:, 1] + 3.0, {}))
                packing = {"u": {"dtype": "i2", "scale_factor": 1e-4}, "v": {"dtype": "i2", "scale_factor": 2e-4,
                                                                            "add_offset": 3.0}}
                data.to_netcdf(self.folder / "T.nc", format=form, engine="netcdf4", encoding=packing)
                self.check_fields(self.path("T.nc"), tolerance=1e-3)

    def test_dimensions_without_positions(self):
        file = netCDF4.Dataset(self.folder / "T.nc", "w")
        for name, size in ("time", FRAMES), ("y", N), ("x", N):
            file.createDimension(name, size)
        file.createVariable("zeta", "f8", ("time", "y", "x"))[:] = frames()
        file.close()
        self.check_fields(self.path("T.nc"))

    def test_grids_that_are_not_supported(self):
        stretched = self.dataset(vorticity=(frames("xy"), {}))
        stretched = stretched.assign_coords(x=stretched.x**1.1)
        stretched.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: x: the positions are not equally spaced"], self.path("T.nc"))
        oblong = self.dataset(vorticity=(frames("xy"), {}))
        oblong = oblong.assign_coords(x=2 * oblong.x)
        oblong.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: the box is", "only square ones"], self.path("T.nc"))

    def test_times_that_are_not_equally_spaced(self):
        data = self.dataset(vorticity=(frames("xy"), {})).assign_coords(time=[0.0, 0.1, 0.2, 0.5, 0.8])
        data.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: time: the times are not equally spaced", "--frames"], self.path("T.nc"))
        self.check_fields(self.path("T.nc"), "--frames", "2:", times=[2, 3, 4])

    def test_nothing_fits(self):
        file = self.hdf5(group__p=np.zeros((3, 7)), group__q=np.zeros(4, "i4"), words="text")
        self.refuse_encode(["T.h5: no array in it is known to be frames", "group/p (3, 7) <f8, group/q (4,) <i4"],
                           self.closed(file))


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
        self.check(["there is no array 'traj'"], file)

    def test_external_storage(self):
        frames().tofile(self.folder / "raw")
        file = self.hdf5()
        file.create_dataset("traj", (FRAMES, N, N), "f8", external=[(self.path("raw"), 0, h5py.h5f.UNLIMITED)])
        self.check(["T.h5: traj: its data lie in other files (external storage)"], file)

    def test_filters_of_others(self):
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((1, N, N))
        properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        file = self.hdf5()
        h5py.h5d.create(file.id, b"traj", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((FRAMES, N, N)), properties)
        self.check(["T.h5: traj: it is compressed by a filter that HDF5 itself does not have"], file)

    def test_sizes_that_lie(self):
        file = self.hdf5()
        file.create_dataset("traj", (10**9, N, N), "f8", chunks=(1, N, N))
        self.check(["T.h5: traj: nothing has been written to it"], file)
        file = self.hdf5()
        file.create_dataset("traj", (10**9, N, N), "f8", chunks=(1, N, N))[0] = vorticity(0)
        self.check(["T.h5: traj: it claims to be larger than what it holds can be"], file)

    def test_virtual(self):
        for part in range(FRAMES):
            with h5py.File(self.folder / f"part{part}.h5", "w") as file:
                file["traj"] = vorticity(0.1 * part)
        for name, parts in ("part{}.h5", None), ("../part{}.h5", ["paths that lead elsewhere"]), \
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


class Large(Trajectories):
    """Arrays beyond 64 MiB are read in pieces: of the file, of a stored member and of a deflated one."""

    def test_pieces(self):
        n = 1024
        field = np.zeros((9, n, n))
        field[:, :4] = np.random.default_rng(1).standard_normal((9, 4, n))
        files = {"array": self.save(field), "stored": self.savez("stored.npz", traj=field),
                 "deflated": self.path("deflated.npz"), "whole": self.save(np.asfortranarray(field), "whole.npy")}
        np.savez_compressed(self.folder / "deflated.npz", traj=field)
        states = []
        for file in files.values():
            self.succeed("encode", "--traj", file, "--out", self.path("Z.npz"), "--k-cut", 2, "--resid-mid-cut", 3,
                         "--topk-mid", 4, "--frame", 7)
            with np.load(self.folder / "Z.npz") as data:
                states.append(data["z"])
        for state in states:
            np.testing.assert_array_equal(state, states[0])

    def test_damage_in_a_frame_that_nobody_reads(self):
        np.savez(self.folder / "T.npz", traj=np.zeros((9, 1024, 1024)))
        with open(self.folder / "T.npz", "r+b") as file:
            file.seek(60 << 20)
            file.write(b"\1")
        self.refuse_encode(["T.npz: traj: its checksum does not match"], self.path("T.npz"), "--frame", 0)


if __name__ == "__main__":
    unittest.main()

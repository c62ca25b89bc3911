"""Trajectories in files of many layouts: each holds the same vorticity, known by its Fourier coefficients, so that a
swapped axis, a wrong sign of the curl or a wrong box shows."""

import unittest

import numpy as np
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

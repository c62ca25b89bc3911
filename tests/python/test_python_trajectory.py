# SPDX-License-Identifier: MIT
"""Trajectories from Python: the frames are those of a known flow, the states those of the command."""

import copy
import os
import subprocess
import sys
import unittest
import unittest.mock

import h5py
import numpy as np
import vordec
from python_support import SOURCE, BindingTest

sys.path.insert(0, str(SOURCE / "tests" / "runners"))
from flow_files import DT, FRAMES, N, frames, times, vectors, velocities, vorticity  # noqa: E402

CPU = {"encode": {"backend": "cpu"}}
BOX = 3.0


class Trajectory(BindingTest):
    def savez(self, **arrays):
        np.savez(self.folder / "T.npz", **arrays)
        return self.folder / "T.npz"

    def samples(self):
        """Two runs of velocities in HDF5, the second one the flow."""
        path = self.folder / "T.h5"
        with h5py.File(path, "w") as file:
            flow = vectors("xy", BOX)
            file["a/field"] = np.stack([0 * flow, flow])
        return path

    def test_frames(self):
        for more, dt, box in ({"t": times(), "L": BOX}, DT, BOX), ({}, None, None):
            with vordec.open_trajectory(self.savez(w=frames(box=BOX), **more)) as trajectory:
                self.assertEqual((len(trajectory), trajectory.n, trajectory.shape), (FRAMES, N, (FRAMES, N, N)))
                self.assertEqual((trajectory.dt, trajectory.box), (dt, box))
                np.testing.assert_array_equal(trajectory.times, times() if dt else None)
                np.testing.assert_array_equal(np.asarray(trajectory), frames(box=BOX))
                np.testing.assert_array_equal(np.stack(list(trajectory)), frames(box=BOX))
                np.testing.assert_array_equal(trajectory[3:0:-2], frames(box=BOX)[3:0:-2])
                np.testing.assert_array_equal(trajectory[-1], frames(box=BOX)[-1])
                for other in ..., (1, 2), [1], "a", 1.0:
                    with self.assertRaisesRegex(TypeError, "indexed by the number of a frame or a slice, not by"):
                        trajectory[other]
                np.testing.assert_array_equal(trajectory.__array__(copy=True), frames(box=BOX))
                self.assertRaises(ValueError, trajectory.__array__, copy=False)
                for beyond in FRAMES, -FRAMES - 1:
                    self.assertRaises(IndexError, trajectory.__getitem__, beyond)
        self.assertIn("closed", repr(trajectory))

    def test_options(self):
        options = {"key": "a/field", "axes": "b,t,x,y,c", "sample": 1, "velocity": True, "box": BOX, "dt": 0.5}
        for chosen in slice(1, None, 3), "1::3", slice(-4, None, 3):
            with vordec.open_trajectory(self.samples(), frames=chosen, **options) as trajectory:
                self.assertEqual((len(trajectory), trajectory.dt, trajectory.box), (2, 0.5, BOX))
                for i, frame in enumerate(trajectory):
                    np.testing.assert_allclose(frame, vorticity(DT * (1 + 3 * i), box=BOX), atol=1e-12)

    def test_encode(self):
        """To the bits of the command, whatever the number of frames."""
        many = np.concatenate([velocities(box=BOX)] * 4)
        path, out = self.savez(u=many[:, 0], v=many[:, 1], L=BOX, dt=DT), self.folder / "Z.npz"
        subprocess.run([os.environ["VORDEC_COMMAND"], "encode", "--traj", path, "--out", out, "--encode-backend", "cpu",
                        "--k-cut", "3", "--resid-mid-cut", "5", "--topk-mid", "8"], check=True, capture_output=True)
        expected = vordec.State.from_npz(out)
        with vordec.open_trajectory(path) as trajectory:
            state = vordec.encode(trajectory, 3, 5, 8, config=CPU)
        np.testing.assert_array_equal(state.z, expected.z)
        self.assertEqual((state.dt, state.settings), (expected.dt, expected.settings))

    def test_frames_are_read_when_they_are_asked_for(self):
        broken = frames()
        broken[2, 3, 4] = np.nan
        with vordec.open_trajectory(self.savez(w=broken)) as trajectory:
            np.testing.assert_array_equal(trajectory[1], broken[1])
            with self.assertRaisesRegex(vordec.InputError, "w: frame 2 is NaN at row 3, column 4"):
                trajectory[2]
            np.testing.assert_array_equal(trajectory[4], broken[4])

    def test_remarks(self):
        with self.assertLogs("vordec", "WARNING") as logs:
            vordec.open_trajectory(self.savez(u=frames(), v=frames())).close()
        self.assertIn("does not say how large its box is", logs.output[0])

    def test_mistakes(self):
        path = self.savez(w=frames(), q=frames())
        with self.assertRaisesRegex(vordec.InputError, r"T.npz: more than one array could hold the frames"):
            vordec.open_trajectory(path)
        with self.assertRaisesRegex(vordec.InputError, r"T.npz: there is no array 'u': it holds w \(5, 16, 16\) <f8"):
            vordec.open_trajectory(path, "u")
        with self.assertRaises(vordec.FileError):
            vordec.open_trajectory(self.folder / "none.npz")
        with self.assertRaisesRegex(vordec.InputError, "T.npz: there is no array"):
            vordec.open_trajectory(path, "\udcff")
        for name, wrongs in {"key": (b"w", "", "\ud800"), "axes": ("t\0", "", 3), "sample": (-1, "x", True),
                             "frames": (3, "", slice(1.5), slice("a", None)), "box": (-1, "x", True, 10**400, [1]),
                             "dt": (float("nan"), "0.5", float("inf"))}.items():
            for wrong in wrongs:
                with self.assertRaisesRegex(vordec.UsageError, f"^{name}: .*expected|^{name}: .*holds", msg=wrong):
                    vordec.open_trajectory(path, **{"key": "w", name: wrong})
        trajectory = vordec.open_trajectory(path, "w")
        self.assertRaises(TypeError, copy.copy, trajectory)
        trajectory.close()
        trajectory.close()
        with self.assertRaisesRegex(vordec.UsageError, "this Trajectory is closed"):
            trajectory[0]

    def test_path_of_bytes(self):
        path = self.savez(w=frames(), L=BOX)
        with vordec.open_trajectory(os.fsencode(path)) as trajectory:
            self.assertEqual(trajectory.path, str(path))
            self.assertIn(f"from {path}", repr(trajectory))

    def test_without_the_reader(self):
        """As in a wheel."""
        with (unittest.mock.patch("vordec.trajectory._reader", None),
              unittest.mock.patch("vordec.trajectory._folder", return_value=self.folder)):
            with self.assertRaisesRegex(vordec.Unsupported, "not in .*: a wheel does not contain it; use "):
                vordec.open_trajectory(self.savez(w=frames()))
            (self.folder / "trajectory_reader.so").write_text("no library")
            with self.assertRaisesRegex(vordec.Unsupported, "trajectory_reader.so, which cannot be loaded: "):
                vordec.open_trajectory(self.savez(w=frames()))

    def test_a_fork(self):
        """The child is told; the parent's file stays open."""
        with vordec.open_trajectory(self.samples(), velocity=True, sample=1, axes="btxyc", box=BOX) as trajectory:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    trajectory[0]
                except vordec.UsageError:
                    trajectory.close()
                    code = 0
                finally:
                    os._exit(code)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            np.testing.assert_allclose(trajectory[0], vorticity(0, box=BOX), atol=1e-12)


if __name__ == "__main__":
    unittest.main()

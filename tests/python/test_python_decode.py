# SPDX-License-Identifier: MIT
"""Decoding from Python: the command's fields to the bit, arrays of every kind, and what goes wrong."""

import gc
import json
import logging
import unittest

import numpy as np
import vordec
from python_support import DATA, SOURCE, BindingTest
from vordec import _arrays

CPU = {"decode": {"backend": "cpu"}}


def rss_kib():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


class Fields(BindingTest):
    def test_equal_to_the_command(self):
        for source in "n64/decode", "n96_even/decode", "n128/decode_t10":
            with self.subTest(source):
                path = self.state(source)
                with vordec.Decoder(path, CPU) as decoder:
                    result = decoder.decode()
                self.assert_same(result, self.command("--z0-npz", path, "--decode-backend", "cpu"))
                self.assertEqual(result.report.decode_device, "cpu")
                self.assertEqual(list(result.report.stage_ms),
                                 ["scatter_lowk", "ifft_lp", "mask", "combine", "readback"])
                self.assertGreater(result.report.total_ms, 0)

    def test_batch(self):
        z = np.load(DATA / "n64/decode.npz")["z"]
        path = self.state(z=np.stack([z, 2 * z, -z]))
        expected = self.command("--z0-npz", path)
        with vordec.Decoder(path) as decoder:
            self.assertEqual(decoder.info.batch, 3)
            self.assert_same(decoder.decode(), expected)
            single = decoder.decode(z)
            self.assertEqual(single.mask.shape, (64, 64))
            np.testing.assert_array_equal(single.omega_hat, expected["omega_hat"][0])

    def test_devices(self):
        """Sessions that share a device share the states, to the same bits."""
        z = np.load(DATA / "n64/decode.npz")["z"]
        path = self.state(z=np.stack([z * (1 + i) for i in range(5)]))
        settings = {"backend": "cpu", "batch": 1}
        with vordec.Decoder(path, {"decode": settings}) as alone, \
                vordec.Decoder(path, {"decode": {**settings, "devices": "0,0", "share_devices": True}}) as decoder:
            expected, result = alone.decode(), decoder.decode()
            np.testing.assert_array_equal(result.omega_hat, expected.omega_hat)
            self.assertEqual([share.states for share in alone.shares], [5])
            self.assertEqual(sum(share.states for share in decoder.shares), 5)
            self.assertEqual([share.device for share in decoder.shares], [decoder.info.device] * 2)
            self.assertFalse(decoder.shares[1].lost)

    def test_configurations(self):
        """A dict, a file and the command line say the same; the state's tau and width are defaults only."""
        ini = self.folder / "f.ini"
        ini.write_text("[mask]\nboundary = periodic\ntau = 0.5\n[combine]\nanchors = ignore\n")
        path = self.state()
        expected = self.command("--z0-npz", path, "--config", ini)
        settings = {"mask": {"boundary": "periodic", "tau": 0.5}, "combine": {"anchors": "ignore"}}
        for config in settings, ini, str(ini), vordec.Config(settings):
            with vordec.Decoder(path, config) as decoder:
                self.assert_same(decoder.decode(), expected)
        for width in 0, -1:
            path = self.state(dashi_tau=0.2, dashi_smooth_k=width)
            expected = self.command("--z0-npz", path)
            with vordec.Decoder(path) as decoder:
                self.assert_same(decoder.decode(), expected)

    def test_residual_and_bands(self):
        path, rng = self.state(), np.random.default_rng(1)
        residual = rng.standard_normal((64, 64))
        np.save(self.folder / "r.npy", residual)
        expected = self.command("--z0-npz", path, "--resid-npy", self.folder / "r.npy")
        with vordec.Decoder(path, residual=True, bands=True) as decoder:
            self.assert_same(decoder.decode(residual=residual), expected)
            self.assert_same(decoder.decode(residual=np.asfortranarray(residual)), expected)
            plain = decoder.decode()
            mid, energy = rng.standard_normal((64, 64)), 3.0
            result = decoder.decode(bands=((mid, energy), None))
        gated = np.where(plain.mask != 0, mid, 0.0)
        expected = plain.omega_hat + gated * np.sqrt(energy / np.mean(gated**2))
        np.testing.assert_allclose(result.omega_hat, expected, atol=1e-13)

    def test_synthesis(self):
        """As the command does it: by the state's settings, seed and step, of states of all and of half the modes."""
        on = {"residual": {"synthesis": "on", "seed": 7}}
        (self.folder / "on.ini").write_text("[residual]\nsynthesis = on\nseed = 7\n")
        for path in self.state(), str(SOURCE / "examples/data/state.npz"):
            with self.subTest(path, modes=vordec.State.from_npz(path).modes):
                expected = self.command("--z0-npz", path, "--config", self.folder / "on.ini")
                with vordec.Decoder(path, on, outputs=("omega_lp", "mask", "omega_hat", "scalars")) as decoder:
                    self.assertEqual((decoder.info.residual_backend, decoder.info.residual_reason), ("cpu", ""))
                    first, later, again = decoder.decode(), decoder.decode(step=3), decoder.decode()
                    np.testing.assert_allclose(decoder.residual_targets(), first.scalars["band_energy"], rtol=1e-10)
                self.assert_same(first, expected)
                self.assert_same(again, expected)
                self.assertGreater(np.max(np.abs(later.omega_hat - first.omega_hat)), 1e-3)
                np.testing.assert_allclose(later.scalars["band_energy"], first.scalars["band_energy"], rtol=1e-10)

    def test_given_phases(self):
        on = {"residual": {"synthesis": "on"}}
        phases = np.random.default_rng(3).uniform(0, 7, (2, 64, 64))
        np.savez(self.folder / "p.npz", phases_mid=phases[0], phases_high=phases[1])
        expected = self.command("--z0-npz", self.state(), "--phases-npz", self.folder / "p.npz")
        with vordec.Decoder(self.state(), on, phases=True) as decoder:
            self.assert_same(decoder.decode(phases=tuple(phases)), expected)
            self.assertGreater(np.max(np.abs(decoder.decode().omega_hat - expected["omega_hat"])), 1e-3)
            for wrong in (phases[0],), (phases[0][1:], None), (np.full((64, 64), np.nan), None):
                with self.assertRaisesRegex(vordec.InputError, "phases"):
                    decoder.decode(phases=wrong)
        with vordec.Decoder(self.state(), on) as decoder, self.assertRaisesRegex(vordec.UsageError, "not made for"):
            decoder.decode(phases=tuple(phases))

    def test_layout_by_hand(self):
        """One mode: c = 0.5 at k = (1, 0) and its mirror is cos(y)."""
        n = 16
        mask_low = np.zeros((n, n), bool)
        mask_low[1, 0] = mask_low[-1, 0] = True
        with vordec.Layout(n, mask_low) as layout:
            self.assertEqual((layout.n, layout.m, layout.d, layout.anchors), (n, 2, 8, 0))
            decoder = vordec.Decoder(layout, {"mask": {"smooth_width": 3}}, outputs=["omega_lp", "scalars"])
        result = decoder.decode([0.5, 0.5, 0, 0, 0, 0, 0, 0])  # a closed layout lives on in its decoder
        y = 2 * np.pi * np.arange(n) / n
        np.testing.assert_allclose(result.omega_lp, np.repeat(np.cos(y)[:, None], n, 1), atol=1e-15)
        self.assertAlmostEqual(float(result.scalars["enstrophy_lp"]), 0.25)
        self.assertAlmostEqual(float(result.scalars["energy_lp"]), 0.25)
        self.assertTrue(np.isnan(result.scalars["energy_hat"]))
        self.assertIsNone(result.mask)
        self.assertIsNone(result.omega_hat)

    def test_info(self):
        with vordec.Decoder(self.state(), {"decode": {"fft": "fftw"}}) as decoder:
            info = decoder.info
        self.assertEqual((info.backend_requested, info.backend_used, info.fft_requested, info.fft_used),
                         ("auto", "cpu", "fftw", "fftw"))
        self.assertEqual((info.device.type, info.precision, info.device.fp64), ("host", "fp64", True))


class Arrays(BindingTest):
    def test_no_copy(self):
        z = np.zeros((3, 10))
        for array in z, z[1], z[:2]:
            self.assertIs(_arrays.reals("z", array), array)
        self.assertTrue(_arrays.reals("z", z.astype(np.float32)).dtype == np.float64)

    def test_every_layout_and_dtype(self):
        path = self.state()
        z = vordec.State.from_npz(path).z
        with vordec.Decoder(path) as decoder:
            expected = decoder.decode(z).omega_hat
            wide = np.zeros((z.size, 3))
            wide[:, 1] = z
            unaligned = np.zeros(8 * z.size + 1, np.uint8)[1:].view(np.float64)
            unaligned[:] = z
            readonly = z.copy()
            readonly.flags.writeable = False
            for array in (wide[:, 1], z[::-1].copy()[::-1], z.astype(">f8"), list(z), unaligned, readonly,
                          z.astype(np.longdouble), np.asfortranarray(z[None])[0]):
                np.testing.assert_array_equal(decoder.decode(array).omega_hat, expected)
            narrow = decoder.decode(z.astype(np.float32)).omega_hat
            np.testing.assert_array_equal(narrow, decoder.decode(z.astype(np.float32).astype(float)).omega_hat)
            self.assertFalse(np.array_equal(narrow, expected))
            for array in z.astype(complex), z.astype(str), z.astype(object), z > 0:
                with self.assertRaisesRegex(vordec.InputError, "expected real numbers"):
                    decoder.decode(array)

    def test_shapes(self):
        path = self.state()
        with vordec.Decoder(path, residual=True, bands=True) as decoder:
            d = decoder.layout.d
            for z in np.zeros(d - 1), np.zeros((2, d + 1)), np.zeros((0, d)), np.zeros((1, 1, d)), 0.0:
                with self.assertRaisesRegex(vordec.InputError, "expected \\(D,\\) or \\(B, D\\)"):
                    decoder.decode(z)
            for residual in np.zeros((64, 63)), np.zeros((2, 64, 64)), np.zeros(64 * 64):
                with self.assertRaisesRegex(vordec.InputError, "residual: shape"):
                    decoder.decode(residual=residual)
            with self.assertRaisesRegex(vordec.InputError, r"bands\[1\]"):
                decoder.decode(bands=(None, (np.zeros((64, 64)), [1.0, 2.0])))


class Failures(BindingTest):
    def test_statuses(self):
        path = self.state()
        state = vordec.State.from_npz(path)
        cases = (
            (vordec.ConfigError, "config", None, "unknown key", lambda: vordec.Decoder(state, {"mask": {"tow": 1}})),
            (vordec.ConfigError, "config", None, "wider than the grid",
             lambda: vordec.Decoder(state, {"mask": {"smooth_width": 65}})),
            (vordec.FileError, "io", None, "none.ini", lambda: vordec.Decoder(state, self.folder / "none.ini")),
            (vordec.FileError, "io", None, "none.npz", lambda: vordec.Decoder(self.folder / "none.npz")),
            (vordec.Refused, "refused", "plugin-not-found", "decode_absent.so",
             lambda: vordec.Decoder(state, {"decode": {"backend": "absent"}})),
            (vordec.Refused, "refused", "no-fft", "nosuch", lambda: vordec.Decoder(state, {"decode": {
                "backend": "cpu", "fft": "nosuch"}})),
            (vordec.Refused, "refused", "no-fft", "'pruned' of backend vulkan",
             lambda: vordec.Decoder(state, {"decode": {"backend": "cpu", "fft": "vkfft-pruned"}})),
            (vordec.InputError, "input", None, "state 0", lambda: vordec.Decoder(state).decode(state.z * np.nan)),
            (vordec.UsageError, "usage", None, "was not made for",
             lambda: vordec.Decoder(state).decode(residual=np.zeros((64, 64)))),
            (vordec.UsageError, "usage", None, "outputs", lambda: vordec.Decoder(state, outputs=["omega"])),
            (vordec.InputError, "input", None, "mask_low", lambda: vordec.Layout(8, np.zeros((8, 7)))),
            (vordec.InputError, "input", None, "anchor_idx", lambda: vordec.Layout(8, np.ones((8, 8)), [1, 1])),
            (vordec.InputError, "input", None, "anchor_idx", lambda: vordec.Layout(8, np.ones((8, 8)), [[1.5]])),
        )
        for kind, status, reason, part, act in cases:
            with self.subTest(part), self.assertRaisesRegex(kind, part) as caught:
                act()
            problem = caught.exception
            self.assertEqual((problem.status, problem.reason), (status, reason))
            self.assertIsInstance(problem, vordec.Error)
            self.assertNotIn("\n", str(problem))
        self.assertEqual(caught.exception.remedy, "")
        self.assertTrue(issubclass(vordec.InputError, ValueError) and issubclass(vordec.NoMemory, MemoryError))

    def test_numbers(self):
        """ctypes takes any integer modulo 2^64."""
        state = vordec.State.from_npz(self.state())
        for batch in 0, -1, 2**64 + 1, 1.0, "2":
            with self.subTest(batch), self.assertRaisesRegex(vordec.UsageError, "batch: .*expected an integer"):
                vordec.Decoder(state, batch=batch)
        with vordec.Decoder(state, batch=np.int8(3)) as decoder, vordec.Metrics(decoder) as metrics:
            self.assertEqual(decoder.info.batch, 3)
            with self.assertRaisesRegex(vordec.UsageError, "t: -1"):
                metrics.add(decoder.decode(), t=-1)
        with self.assertRaisesRegex(vordec.UsageError, "n: 8.0: expected an integer"):
            vordec.Layout(8.0, np.ones((8, 8)))
        with self.assertRaisesRegex(vordec.UsageError, "n: -8"):
            vordec.Layout(-8, np.ones(64))
        mask = np.zeros((16, 16))
        mask[0, 1] = 1
        self.assertEqual(vordec.Layout(np.uint8(16), mask.ravel()).n, 16)  # 16 * 16 is 0 in its own type

    def test_remedy(self):
        with self.assertRaises(vordec.Refused) as caught:
            vordec.Decoder(self.state(), {"decode": {"backend": "absent"}})
        self.assertIn("[plugins] path", caught.exception.remedy)

    def test_bad_files(self):
        good = vordec.State.from_npz(self.state())
        self.assertEqual((good.layout.n, good.settings), (64, {("mask", "tau"): 0.35, ("mask", "smooth_width"): 11}))
        text = self.folder / "text.npz"
        text.write_text("not an archive")
        with self.assertRaisesRegex(vordec.InputError, "text.npz"):
            vordec.State.from_npz(text)
        for changes, part in (({"drop": ["z"]}, "z: missing"), ({"drop": ["mask_low"]}, "mask_low: missing"),
                              ({"N": np.nan}, "N: nan"), ({"N": 65}, "mask_low: shape"),
                              ({"z": np.zeros(7)}, r"z: shape \(7,\)"), ({"k_cut": [1.0, 2.0]}, "k_cut: shape"),
                              ({"mask_low": np.array([None])}, "allow_pickle")):
            with self.subTest(part), self.assertRaisesRegex(vordec.InputError, part):
                vordec.State.from_npz(self.state(**changes))
        vordec.State.from_npz(self.state(unknown=np.array([None])))  # what it does not need, it does not read
        with self.assertRaisesRegex(vordec.InputError, "dashi_tau|tau"):
            vordec.Decoder(self.state(dashi_tau=7.0))
        n, m = 64, int(np.load(self.state())["mask_low"].sum())
        z = np.zeros(2 * m + 4)
        z[2 * m + 3] = 3
        with self.assertRaisesRegex(vordec.InputError, "anchor_idx: missing"):
            vordec.State.from_npz(self.state(drop=["anchor_idx"], z=z))

    RECORDED = {"dashi_tau": 0.2, "dashi_smooth_k": 7, "dashi_kernel": 1, "dashi_boundary": 1, "dashi_majority_iters": 2}
    NAMED = {"tau": 0.2, "smooth_width": 7, "smooth_kernel": "triangle", "boundary": "periodic", "majority_iters": 2}

    def test_what_a_state_was_made_with(self):
        """As the command takes it; what a dict says is stronger, auto is not."""
        path = self.state(**self.RECORDED)
        state = vordec.State.from_npz(path)
        self.assertEqual({key: value for (_, key), value in state.settings.items()}, self.NAMED)
        expected = self.command("--z0-npz", path)
        for config in None, {"mask": dict.fromkeys(self.NAMED, "auto")}:
            with vordec.Decoder(state, config) as decoder:
                self.assert_same(decoder.decode(), expected)
                self.assertEqual(decoder.runtime.config.value("mask", "boundary"), "periodic")
        with vordec.Decoder(state, {"mask": {"boundary": "zero"}}) as decoder:
            self.assert_same(decoder.decode(), self.command("--z0-npz", path, "--mask-boundary", "zero"))
        for config in None, {"mask": {"boundary": "auto"}}:
            with vordec.Runtime(config) as runtime, self.assertRaisesRegex(vordec.UsageError, "= periodic, this.* zero"):
                vordec.Decoder(vordec.State.from_npz(self.state(drop=["dashi_tau", "dashi_smooth_k"],
                                                                dashi_boundary=1)), runtime)
        with self.assertRaisesRegex(vordec.InputError, "state.npz: boundary.*'7.0': expected"):
            vordec.Decoder(self.state(dashi_boundary=7))

    def test_energies_are_those_of_the_box(self):
        """At the same vorticity velocities grow with the box; L comes with the state, and a configuration outdoes it."""
        def energy(path, config=None):
            with vordec.Decoder(path, config, outputs=("omega_hat", "scalars")) as decoder:
                scalars = np.atleast_1d(decoder.decode().scalars)[0]
            return np.array([scalars["energy_lp"], scalars["energy_hat"]])
        plain, boxed = energy(self.state()), energy(self.state(L=1.0))
        np.testing.assert_allclose(boxed / plain, 1 / (4 * np.pi**2), rtol=1e-12)
        np.testing.assert_allclose(energy(self.state(L=1.0), {"metrics": {"box": 3}}) / boxed, 9, rtol=1e-12)
        state = vordec.State.from_npz(self.state(L=1.5))
        state.to_npz(self.folder / "again.npz")
        self.assertEqual(vordec.State.from_npz(self.folder / "again.npz").settings["metrics", "box"], 1.5)

    def test_scaled_halves(self):
        """Widened as the command widens them: the same bits."""
        with np.load(self.state()) as data:
            members = dict(data)
        z, m = members.pop("z"), int(members["mask_low"].sum())
        low, scalars, kept = z[..., :2 * m], z[..., 2 * m:2 * m + 4], z[..., 2 * m + 4:]
        members.update(z_low=(low * 2**13).astype("f2"), z_kept=(kept * 2**15).astype("f2"), z_scalars=scalars.astype("f4"),
                       z_scale=np.broadcast_to(np.float32([2**-13, 2**-15]), (*z.shape[:-1], 2)))
        path = self.folder / "halves.npz"
        np.savez(path, **members)
        with vordec.Decoder(path) as decoder:
            self.assert_same(decoder.decode(), self.command("--z0-npz", path))
        for key, value in ("z_scale", None), ("z_scalars", scalars[..., :3]):
            np.savez(path, **{name: array for name, array in {**members, key: value}.items() if array is not None})
            with self.assertRaisesRegex(vordec.InputError, f"halves.npz: .*{key}"):
                vordec.State.from_npz(path)

    def test_a_file_over_a_state_is_told(self):
        state, ini = vordec.State.from_npz(self.state(**self.RECORDED)), self.folder / "f.ini"
        ini.write_text("[mask]\nboundary = zero\n")
        with self.assertLogs("vordec", "WARNING") as logs, vordec.Decoder(state, ini):
            pass
        self.assertRegex(logs.output[0], r"f\.ini:2: \[mask\] boundary = zero is used, although .* with periodic")

    def test_half_the_modes(self):
        """It is read, written, and refused where a pair is there twice; the fields are those of all modes."""
        whole = vordec.State.from_npz(self.state())
        with np.load(self.state()) as data:
            low, n, m = data["mask_low"].reshape(-1), 64, int(data["mask_low"].sum())
        index = np.arange(n * n)
        partner = -(index // n) % n * n + -(index % n) % n
        stored = (index <= partner)[low]
        weight = np.where(index < partner, 2, 1)[low][stored]
        z = np.concatenate([whole.z[:m][stored] * weight, whole.z[m:2 * m][stored] * weight,
                            whole.z[2 * m:2 * m + 3], [0.0]])
        members = {"mask_low": low & (index <= partner), "z": z, "anchor_idx": np.array([], int), "dashi_modes": 1}
        half = vordec.State.from_npz(self.state(name="half.npz", **members))
        self.assertEqual((half.modes, whole.modes), ("half", "full"))
        expected = vordec.Decoder(whole).decode()
        got = vordec.Decoder(half).decode()
        np.testing.assert_allclose(got.omega_lp, expected.omega_lp, atol=1e-14)
        np.testing.assert_array_equal(got.mask, expected.mask)
        half.to_npz(self.folder / "again.npz")
        self.assertEqual(vordec.State.from_npz(self.folder / "again.npz").modes, "half")
        self.command("--z0-npz", self.folder / "again.npz")
        for changes, says in (({"dashi_modes": 3}, "dashi_modes: 3: expected"),
                              ({"mask_low": low, "z": np.zeros(2 * m + 4)}, "mask_low: .* with its partner"),
                              ({"anchor_idx": np.array([10, 54]), "z": np.zeros(len(z) + 4)},
                               "anchor_idx: 10 is there with its partner")):
            with self.assertRaisesRegex(vordec.InputError, says):
                vordec.State.from_npz(self.state(name="half.npz", **{**members, **changes}))

    def test_to_npz(self):
        """What it writes is read as the same, here and by the command."""
        path, again = self.state(**self.RECORDED), self.folder / "again.npz"
        state = vordec.State.from_npz(path)
        again.write_text("what was there before")
        state.to_npz(again)
        copy = vordec.State.from_npz(again)
        self.assertEqual(copy.settings, state.settings)
        np.testing.assert_array_equal(copy.z, state.z)
        self.assert_same(vordec.Decoder(copy).decode(), self.command("--z0-npz", path))
        written = self.command("--z0-npz", again)
        self.assert_same(vordec.Decoder(state).decode(), written)
        with self.assertRaises(vordec.FileError):
            state.to_npz(self.folder / "nowhere" / "s.npz")
        state.settings["combine", "gate"] = "signed"
        with self.assertRaisesRegex(vordec.InputError, "gate"):
            state.to_npz(again)
        state.settings = {("mask", "boundary"): "reflect"}
        with self.assertRaisesRegex(vordec.InputError, "dashi_boundary: 'reflect'"):
            state.to_npz(again)
        self.assertEqual(vordec.State.from_npz(again).settings, copy.settings)
        self.assertEqual(list(self.folder.glob(".vordec-*")), [])

    def test_permissive_warns_through_logging(self):
        config = {"decode": {"backend": "absent", "policy": "permissive"}}
        with self.assertLogs("vordec", logging.WARNING) as logs, vordec.Decoder(self.state(), config) as decoder:
            self.assertEqual((decoder.info.backend_requested, decoder.info.backend_used), ("absent", "cpu"))
            with vordec.Metrics(decoder) as metrics:
                metrics.add(decoder.decode())
                report = metrics.read()
        self.assertIn("GPU_DECODE_FALLBACK_CPU", logs.output[0])
        self.assertEqual(report["perf_flags"], ["GPU_DECODE_FALLBACK_CPU"])

    def test_closed(self):
        decoder = vordec.Decoder(self.state())
        decoder.close()
        decoder.close()
        with self.assertRaisesRegex(vordec.UsageError, "closed"):
            decoder.decode()


class Metrics(BindingTest):
    def test_against_the_command(self):
        path = self.state()
        self.command("--z0-npz", path, "--metrics-json", self.folder / "m.json", "--metrics-hash", "z,omega_lp,mask")
        expected = json.loads((self.folder / "m.json").read_text())
        outputs = ("omega_lp", "mask", "omega_hat", "scalars")
        with vordec.Decoder(path, {"metrics": {"hash": "z,omega_lp,mask"}}, outputs=outputs) as decoder:
            with vordec.Metrics(decoder) as metrics:
                metrics.add(decoder.decode(), decoder.state.z)
                got = metrics.read()
            try:
                import jsonschema
                schema = json.loads((SOURCE / "docs" / "metrics.schema.json").read_text())
                jsonschema.Draft202012Validator(schema).validate(got)
            except ImportError:
                pass
        for key in ("hashes", "decode_metrics", "N", "D", "M", "dtype", "decode_backend_used", "decode_device"):
            self.assertEqual(got[key], expected[key], key)

    def test_foreign_results(self):
        with vordec.Decoder(self.state()) as small, vordec.Decoder(self.state("n128/decode", "n128.npz")) as large:
            with vordec.Metrics(large) as metrics, self.assertRaisesRegex(vordec.UsageError, "not a result"):
                metrics.add(small.decode())


class Memory(BindingTest):
    def test_no_leak(self):
        """A thousand decodes and fifty decoders: one field is 32 KiB, a decoder more."""
        path = self.state()
        state = vordec.State.from_npz(path)

        def work(decodes, decoders):
            with vordec.Decoder(state) as decoder:
                for _ in range(decodes):
                    decoder.decode(state.z)
                    with self.assertRaises(vordec.InputError):
                        decoder.decode(state.z[1:])
            for _ in range(decoders):
                vordec.Decoder(path, residual=True).decode()
            gc.collect()

        work(100, 10)
        before = rss_kib()
        work(1000, 50)
        self.assertLess(rss_kib() - before, 4096)

    def test_any_order_of_destruction(self):
        """Cycles, closed parents, the end of the interpreter: nothing is destroyed before what was made from it."""
        code = """if True:
            import gc, vordec
            state = vordec.State.from_npz({path!r})
            class Knot: pass
            for _ in range(20):
                knot = Knot()
                knot.runtime = vordec.Runtime(state=state)
                knot.decoder = vordec.Decoder(state, knot.runtime)
                knot.rollout = vordec.Rollout([[0.5] * state.layout.d] * state.layout.d, state.z, knot.decoder)
                knot.metrics = vordec.Metrics(knot.decoder, knot.rollout)
                knot.self = knot
            knot.runtime.close()
            knot.decoder.decode()
            knot.decoder.close()
            knot.rollout.advance()
            del knot
            gc.collect()
            last = vordec.Decoder(state)
            last.decode()
            print("done")
        """.format(path=str(self.state()))
        done = self.python(code)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "done\n", ""))


if __name__ == "__main__":
    unittest.main()

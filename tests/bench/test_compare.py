# SPDX-License-Identifier: MIT
"""bench/compare.sh on a machine without a GPU: its table, its JSON, and that nothing is left out in silence."""

import importlib.util
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import types
import unittest

import numpy as np

SOURCE = pathlib.Path(os.environ["VORDEC_SOURCE"])
COMMAND = os.environ["VORDEC_COMMAND"]
BENCH = SOURCE / "bench"
sys.path.insert(0, str(BENCH))
import compare  # noqa: E402

HAS_SCIPY = importlib.util.find_spec("scipy") is not None

FEW = ("--fill-mib", "1")  # cases of a few KiB need no rate of the whole machine

# What a peer would write: times of 2 ms by the host's clock, 1 ms by the device's.
FAKE_PEER = """#!/usr/bin/python3
import json, sys
get = lambda name: sys.argv[sys.argv.index(name) + 1]
rows = []
for case in get("--cases").split(","):
    batch, n = map(int, case.split("x"))
    row = {"peer": "fused_cuda", "N": n, "batch": batch}
    if n == 32:
        row["not_run"] = "no such size"
    else:
        row.update(median_ms=2.0, device_median_ms=None if {"--readback", "--stream"} & set(sys.argv) else 1.0)
    rows.append(row)
json.dump(rows, open(get("--json"), "w"))
"""


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def path(self, name):
        return str(self.folder / name)

    def program(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def compare(self, *arguments, vordec=COMMAND, code=0, env=None):
        # No compiler for GPUs and no driver, whatever the machine has.
        environment = {**os.environ, "PATH": "/usr/bin:/bin", "VK_DRIVER_FILES": "/nonexistent",
                       "VK_ICD_FILENAMES": "/nonexistent", "TMPDIR": str(self.folder), **(env or {})}
        done = subprocess.run([str(BENCH / "compare.sh"), "--vordec", vordec, "--json", self.path("c.json"), "--steps", "none",
                               *FEW, *arguments],
                              capture_output=True, text=True, check=False, env=environment, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return (json.loads((self.folder / "c.json").read_text()) if code < 2 else None), done.stdout, done.stderr

    def test_cpu(self):
        result, table, _ = self.compare("--gpu-cases", "none", "--cpu-cases", "1x32,2x16")
        self.assertEqual([(r["where"], r["batch"], r["N"], r["clock"]) for r in result["cases"]],
                         [("cpu", 1, 32, "host"), ("cpu", 2, 16, "host")])
        for record in result["cases"]:
            self.assertGreater(record["vordec_ms"], 0)
            self.assertGreater(record["floor_ms"], 0)
            if HAS_SCIPY:
                peer = record["peers"]["scipy"]
                self.assertAlmostEqual(peer["ratio"], peer["ms"] / record["vordec_ms"])
        self.assertIn("cpu 1 x 32^2", table)
        self.assertEqual("scipy (cpu)" in result["not_run"], not HAS_SCIPY)

    def test_what_cannot_run_is_named(self):
        result, table, _ = self.compare("--gpu-cases", "1x32", "--cpu-cases", "1x16")
        self.assertLessEqual({"vordec (gpu)", "fused_cuda (gpu)"}, set(result["not_run"]))
        self.assertEqual(result["not_run"]["fused_cuda (gpu)"], "no nvcc, and no --fused-cuda PROGRAM")
        for label, reason in result["not_run"].items():
            self.assertIn(f"not run: {label}: {reason}", table)
        self.assertEqual([record["where"] for record in result["cases"]], ["cpu"])

    def test_a_peer_handed_over(self):
        peer = self.program("peer", FAKE_PEER)
        for options, env in (["--fused-cuda", peer], {}), ([], {"VORDEC_FUSED_CUDA": peer}):
            result, table, _ = self.compare("--gpu-cases", "1x128,4x32", "--cpu-cases", "none", *options, env=env, code=1)
            first, second = result["cases"]
            self.assertEqual((first["clock"], first["peers"]["fused_cuda"]["ms"]), ("device", 1.0))
            self.assertEqual(second["peers"]["fused_cuda"], {"not_run": "no such size"})
            self.assertIn("not run: no such size", table)
            self.assertIn("vordec (gpu)", result["not_run"])  # and so exit code 1

    def test_clocks_are_not_mixed(self):
        """A backend on the host has no device clock: a peer that has one is compared by the host's."""
        peer = self.program("peer", FAKE_PEER)
        result, _, _ = self.compare("--gpu-backend", "cpu", "--gpu-cases", "1x64", "--cpu-cases", "none", "--fused-cuda",
                                    peer)
        record, = result["cases"]
        self.assertEqual((record["clock"], record["peers"]["fused_cuda"]["ms"]), ("host", 2.0))
        self.assertAlmostEqual(record["peers"]["fused_cuda"]["ratio"], 2.0 / record["vordec_ms"])

    def test_growth(self):
        result, _, _ = self.compare("--gpu-cases", "none", "--cpu-cases", "1x16", "--growth-cases", "1x16,4x16,1x32",
                                    "--png", self.path("g.png"))
        points = result["growth"]["points"]
        self.assertEqual([(p["batch"], p["N"], p["bytes"]) for p in points],
                         [(1, 16, 2304), (4, 16, 9216), (1, 32, 9216)])
        self.assertEqual(result["growth"]["spread"], {})  # nothing of 64 MiB was timed
        self.assertEqual((self.folder / "g.png").read_bytes()[1:4], b"PNG")

    def test_failures(self):
        result, table, _ = self.compare("--gpu-cases", "none", "--cpu-cases", "1x16", vordec=self.path("none"), code=1)
        self.assertIn("vordec (cpu)", result["not_run"])
        failing = self.program("failing", "#!/bin/sh\necho 'it broke' >&2\nexit 7\n")
        result, _, _ = self.compare("--gpu-cases", "none", "--cpu-cases", "1x16", vordec=failing, code=1)
        self.assertEqual(result["not_run"]["vordec (cpu)"], "it broke")
        _, _, stderr = self.compare("--cpu-cases", "16", code=2)
        self.assertIn("expected BATCHxN", stderr)

    def test_nothing_is_left_behind(self):
        self.compare("--gpu-cases", "none", "--cpu-cases", "1x16")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["c.json"])


class Steps(unittest.TestCase):
    def test_table(self):
        records = [{"where": "cpu", "N": 512, "precision": "fp64", "ms": {"vordec": 2.0, "scipy": 5.0}},
                   {"where": "gpu", "N": 512, "precision": "fp32", "ms": {"torch": 0.5}}]
        self.assertEqual(compare.format_steps(records).splitlines(),
                         ["| step of | vordec, ms | torch | scipy |", "|---|---|---|---|",
                          "| cpu 512^2, fp64 | 2 |  | 5 (2.50x) |", "| gpu 512^2, fp32 | - | 0.5 |  |"])

    def test_vordec_beside_a_peer_that_cannot_run(self):
        options = types.SimpleNamespace(vordec=COMMAND, config=None, gpu_backend="vulkan", gpu_cases=None, cpu_cases="1x16",
                                        steps="16,8", timeout=60,
                                        fill_mib=FEW[1])
        peers, compare.PEERS = compare.PEERS, pathlib.Path("/nonexistent")
        try:
            with tempfile.TemporaryDirectory(prefix="vordec-test-") as folder:
                records, missing = compare.time_steps(options, pathlib.Path(folder), lambda text: None)
        finally:
            compare.PEERS = peers
        self.assertEqual([(record["where"], record["N"], record["precision"], list(record["ms"])) for record in records],
                         [("cpu", 8, "fp64", ["vordec"]), ("cpu", 16, "fp64", ["vordec"])])
        self.assertEqual(list(missing), ["scipy, steps (cpu)"])


class Transforms(unittest.TestCase):
    def test_table(self):
        with tempfile.TemporaryDirectory(prefix="vordec-test-") as folder:
            out = pathlib.Path(folder) / "times"
            done = subprocess.run([sys.executable, "-B", BENCH / "transforms.py", "--vordec", COMMAND, "--backend", "cpu",
                                   "--sizes", "16,32", "--k-cut", "8,full", "--out", out, "--", "--cpu-threads", "1", *FEW],
                                  capture_output=True, text=True, check=False, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = json.loads(out.with_suffix(".json").read_text())
            self.assertEqual({(row["N"], row["k_cut"]) for row in rows}, {(32, 8), (32, 32), (16, 16)})
            table = out.with_suffix(".md").read_text()
            self.assertIn("## N = 32", table)
            self.assertRegex(table, r"\| full \| .*\| (pruned|fftw)")
            self.assertNotIn("Not run", table)


class Encodes(unittest.TestCase):
    def test_rows(self):
        with tempfile.TemporaryDirectory(prefix="vordec-test-") as folder:
            out = pathlib.Path(folder) / "rows.json"
            done = subprocess.run([sys.executable, "-B", BENCH / "encodes.py", "--build", pathlib.Path(COMMAND).parents[1], "--n", "16,32", "--repeats", "2",
                                   "--threads", "1", "--json", out], capture_output=True, text=True, check=False, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = json.loads(out.read_text())
            self.assertEqual({(row["N"], row["mask"]) for row in rows}, {(n, mask) for n in (16, 32) for mask in ("new", "reference")})
            self.assertTrue(all(0 < row["least_ms"] <= row["median_ms"] for row in rows))


@unittest.skipUnless(HAS_SCIPY, "SciPy is not installed")
class SciPyPeer(unittest.TestCase):
    """The peer decodes what it is compared on: the reference data say so."""

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(BENCH / "peers"))
        import scipy_decode
        cls.peer = scipy_decode

    def check_case(self, name):
        with np.load(SOURCE / "tests" / "data" / name / "decode.npz") as file:
            data = dict(file)
        n, low = int(data["N"]), data["mask_low"].ravel() != 0
        z = data["z"].ravel()
        decoder = self.peer.Decoder(n, float(data["k_cut"]))
        np.testing.assert_array_equal(decoder.low, np.flatnonzero(low))
        m = low.sum()
        omega_lp, mask = decoder(z[:m] + 1j * z[m:2 * m])
        np.testing.assert_allclose(omega_lp, data["omega_lp"].reshape(n, n), atol=1e-12 * np.abs(omega_lp).max())
        self.assertLessEqual((mask != data["s_final"].reshape(n, n)).sum(), 1e-4 * n * n)

    def test_reference(self):
        self.check_case("n128")

    def test_the_check_checks(self):
        decoder = self.peer.Decoder(128)
        self.peer.check(8)
        original = self.peer.Decoder.mask
        try:
            self.peer.Decoder.mask = lambda self, residual: -original(self, residual)
            with self.assertRaises(SystemExit):
                self.peer.check(8)
        finally:
            self.peer.Decoder.mask = original
        self.assertEqual(decoder.n, 128)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""The recipes of docs/your-data.md: their commands run as they stand there, on a small file of each layout whose vorticity
is known, and come to that vorticity, its energy and its box."""

import os
import re
import shlex
import subprocess
import unittest

import flow_files
import numpy as np
import xarray
from cli_support import COMMAND, SOURCE, CommandTest
from flow_files import BOX, FRAMES

RECIPE = re.compile(r"^### ([^\n]+)\n.*?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENERGY = re.compile(r"energy +omega_lp (\S+),")
# By the recipe: the file, who writes it, and the side of its box.
FILES = {
    "The Well": ("turbulence.hdf5", flow_files.well, BOX),
    "Dedalus": ("snapshots_s1.h5", lambda path: flow_files.dedalus(path, task="wz", virtual="snapshots_s1"), BOX),
    "PDEBench": ("ns_incom_2d-0.h5", lambda path: flow_files.pdebench(path, coordinates=False), 1.0),
    "jax-cfd": ("kolmogorov.nc", flow_files.jax_cfd, BOX),
    "Fourier neural operators": ("ns_data.mat", flow_files.fno, 1.0),
    "GeophysicalFlows": ("twodturb.jld2", flow_files.fourierflows, 1.0),
}


class Recipes(CommandTest):
    def run_line(self, line):
        words = shlex.split(line)
        self.assertEqual(words[0], "vordec")
        done = subprocess.run([COMMAND, *words[1:]], cwd=self.folder, text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stderr}")
        return done.stderr

    def check_fields(self, said, box):
        with xarray.open_dataset(self.folder / "fields.nc") as data:
            field = np.asarray(data.omega_lp.transpose("time", "y", "x"))
            np.testing.assert_allclose(data.x, flow_files.positions(box), rtol=1e-6)
        self.assert_close(field, flow_files.frames(), 2e-5)
        energies = [float(energy) for energy in ENERGY.findall(said)]
        np.testing.assert_allclose(energies, flow_files.energy(box), rtol=1e-5)
        self.assertEqual((self.folder / "vorticity.png").read_bytes()[:4], b"\x89PNG")

    def test_page(self):
        recipes = dict(RECIPE.findall((SOURCE / "docs/your-data.md").read_text()))
        self.assertEqual(recipes.keys(), FILES.keys())
        for name, commands in recipes.items():
            with self.subTest(name):
                file, write, box = FILES[name]
                os.makedirs(self.folder / "snapshots_s1", exist_ok=True)
                write(self.path(file))
                self.assertIn(file, commands)
                said = [self.run_line(line) for line in commands.splitlines()]
                self.assertIn(f"{FRAMES} states", said[0])
                self.check_fields(said[-1], box)
                for made in "states.npz", "fields.nc", "vorticity.png":
                    os.unlink(self.folder / made)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""What README and docs have a reader paste: each block is pasted here, or a table says where else it runs, and why."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest

import h5py
import numpy as np

from cli_support import BAD_USAGE, COMMAND, SOURCE, CommandTest

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md", "examples/host/README.md", "examples/share/README.md",
         *(f"docs/{path.name}" for path in sorted((SOURCE / "docs").glob("*.md")))]
TREE = "works on the whole source tree"
PACKAGE = "needs an installation: package.install, package.plugin, package.host"
SLURM = "needs Slurm: scripts/slurm-here"
GPU = "needs a GPU"
TIMES = "measures times; bench.* and cli.bench test the command"

# (page, how the block begins): why it is not pasted here, or where it is.
ELSEWHERE = {
    ("README.md", "scripts/demo"): "scripts/try-release demo",
    ("CONTRIBUTING.md", "scripts/setup"): TREE,
    ("CONTRIBUTING.md", "scripts/soak"): "the tests soak.* are its short form",
    ("CONTRIBUTING.md", "scripts/compare-builds"): "bench.compare_builds",
    ("CONTRIBUTING.md", "scripts/fuzz"): "the tests fuzz.* are its short form",
    ("bench/README.md", "bench/compare.sh"): TIMES,
    ("bench/README.md", "nvcc"): GPU,
    ("bench/README.md", "bench/simulations.py"): TIMES,
    ("bench/README.md", "bench/backward.py"): GPU,
    ("bench/README.md", "bench/encodes.py"): "bench.compare, and measures times",
    ("examples/host/README.md", "cmake"): PACKAGE,
    ("examples/host/README.md", "export PKG_CONFIG_PATH"): PACKAGE,
    ("examples/share/README.md", "cmake"): PACKAGE,
    ("docs/cluster.md", "#!/bin/bash"): SLURM,
    ("docs/cluster.md", "sbatch"): SLURM,
    ("docs/installing.md", "cmake"): PACKAGE,
    ("docs/installing.md", "scripts/package"): "package.deb",
    ("docs/performance.md", "export PATH"): TIMES,
    ("docs/python.md", "export PYTHONPATH"): "python.example",
    ("docs/python.md", "result ="): GPU + ": tests/python/device_arrays.py",
    ("docs/thousand_gpus.md", "#!/bin/bash"): SLURM,
    ("docs/torch.md", "import torch"): "python.torch",
    ("docs/tutorial.md", "vordec"): "runners.tutorial",
    ("docs/tutorial.md", "cut"): "runners.tutorial",
    ("docs/writing-a-backend.md", "scripts/setup"): TREE,
    ("docs/writing-a-backend.md", "cp"): PACKAGE,
    ("docs/writing-a-backend.md", "vordec"): PACKAGE,
    ("docs/your-data.md", "import xarray"): "python.xarray",
    **{("docs/your-data.md", f"vordec encode --traj {file}"): "runners.recipes" for file in
       ("turbulence.hdf5", "snapshots_s1.h5", "ns_incom_2d-0.h5", "kolmogorov.nc", "ns_data.mat", "twodturb.jld2")},
}
# Long runs are pasted with smaller numbers.
SHORTER = {"--steps 3000 --stride 300": "--steps 6 --stride 3", "simulate --out": "simulate --N 32 --steps 2 --out"}
HEAD = "const double *z; double *omega; int8_t *mask; const uint8_t *mask_low; const int64_t *anchors;"


def blocks():
    for page in PAGES:
        for kind, text in BLOCK.findall((SOURCE / page).read_text()):
            yield page, kind, text


def elsewhere(page, text):
    return [key for key in ELSEWHERE if key[0] == page and text.startswith(key[1])]


class Pasted(CommandTest):
    """In a folder that has what the pages speak of."""

    def setUp(self):
        super().setUp()
        (self.folder / "examples").symlink_to(SOURCE / "examples")
        self.page = ""

    def open_page(self, page):
        """Nothing is left of what another page made."""
        if page == self.page:
            return
        self.page = page
        (self.folder / "data" / "train").mkdir(parents=True, exist_ok=True)
        frames = np.random.default_rng(3).standard_normal((110, 2, 16, 16))
        with h5py.File(self.folder / "run.h5", "w") as file:
            file["fields/w"] = np.stack([frames[:, 0]] * 4)
        np.savez(self.folder / "flow.npz", u=frames[:, 0], v=frames[:, 1])
        np.save(self.folder / "flow.npy", frames)
        self.succeed("encode", "--traj", "run.h5", "--sample", "0", "--axes", "b,t,y,x", "--frames", ":4", "--out", "states.nc")

    def run_it(self, line):
        bin_folder = pathlib.Path(COMMAND).parent
        environment = dict(os.environ, PATH=f"{bin_folder}:{os.environ['PATH']}", PYTHONPATH=str(SOURCE / "python"),
                           VORDEC_LIBRARY=str(next((bin_folder.parent / "lib").glob("libvordec.so"))))
        done = subprocess.run(line, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stderr}")
        return done.stdout

    def paste(self, page, kind, text):
        self.open_page(page)
        for long, short in SHORTER.items():
            text = text.replace(long, short)
        if kind == "sh":
            self.run_it(["bash", "-euc", text])
        elif kind == "python":
            self.run_it(["/usr/bin/python3", "-B", "-c", text])
        else:
            self.assertEqual(kind, "c", page)
            include, body = text.split("\n", 1)
            (self.folder / "pasted.c").write_text(f"{include}\n{HEAD}void pasted(void) {{{body}}}\n")
            self.run_it([shutil.which("cc"), "-std=c11", "-Wall", "-Werror", "-Wno-unused-variable", "-fsyntax-only",
                         f"-I{SOURCE}/core/include", "pasted.c"])

    def test_blocks(self):
        pasted = 0
        for page, kind, text in blocks():
            if not elsewhere(page, text):
                with self.subTest(page=page, text=text.splitlines()[0]):
                    self.paste(page, kind, text)
                    pasted += 1
        self.assertGreaterEqual(pasted, 7)
        self.assertTrue((self.folder / "run" / "snapshot_report.html").exists())

    def test_table_is_of_use(self):
        left = set(ELSEWHERE)
        for page, _, text in blocks():
            left -= set(elsewhere(page, text))
        self.assertEqual(left, set(), "no page has these blocks")


class Options(CommandTest):
    """Of what is not pasted here, each line of vordec has options that there are: it fails at the last one."""

    def test_lines(self):
        lines = 0
        for page, kind, text in blocks():
            for line in text.replace("\\\n", " ").splitlines() if kind == "sh" and elsewhere(page, text) else ():
                words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "3"), comments=True)
                words = shlex.split(words[-1]) if "--wrap" in words else words
                if "vordec" not in words:
                    continue
                words = words[words.index("vordec") + 1:]
                words = words[:words.index(">")] if ">" in words else words
                with self.subTest(page=page, line=line):
                    self.refuse(BAD_USAGE, ["unknown option '--quux'"], *words, "--quux")
                lines += 1
        self.assertGreater(lines, 20)


class Readme(unittest.TestCase):
    def test_is_short(self):
        self.assertLess(len((SOURCE / "README.md").read_text().splitlines()), 150)


if __name__ == "__main__":
    unittest.main()

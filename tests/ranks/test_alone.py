# SPDX-License-Identifier: MIT
"""A command that was started alone has nothing to do with MPI; one that was started several times refuses to do the
same work each time where it cannot share it."""

import os
import shutil
import subprocess
import unittest
from pathlib import Path

from cli_support import BAD_USAGE, COMMAND, REFUSED, CommandTest

LIBDIR = Path(os.environ["VORDEC_LIBDIR"])


class Alone(CommandTest):
    def test_nothing_of_mpi_is_linked(self):
        linked = subprocess.run(["ldd", COMMAND], capture_output=True, text=True, check=True).stdout
        self.assertIn("libvordec", linked)
        self.assertNotRegex(linked, "(?i)mpi|pmix")

    def test_nothing_of_mpi_is_loaded(self):
        done = self.call("decode", "--z0-npz", self.state(), "--out", "out.npz", env={"LD_DEBUG": "files"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("decode_cpu.so", done.stderr)
        self.assertNotRegex(done.stderr, r"vordec_mpi\.so|libmpi|libpmix")

    def copy_without_mpi(self):
        """The command, its library and its backend for the CPU: what a package without MPI would hold."""
        build = LIBDIR.parent
        for path in [Path(COMMAND), *LIBDIR.glob("libvordec.so*"), LIBDIR / "vordec" / "decode_cpu.so"]:
            to = self.folder / "copy" / path.relative_to(build)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, to, follow_symlinks=False)
        return self.folder / "copy" / Path(COMMAND).relative_to(build)

    def started_as(self, rank, size, command, *arguments):
        environment = {**os.environ, "OMPI_COMM_WORLD_RANK": str(rank), "OMPI_COMM_WORLD_SIZE": str(size),
                       "PMIX_RANK": str(rank)}
        return subprocess.run([command, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True,
                              check=False, timeout=60)

    def test_without_the_module_one_refuses(self):
        command, state = self.copy_without_mpi(), self.state()
        arguments = ("decode", "--z0-npz", state, "--out", "out.npz")
        first, second = (self.started_as(rank, 2, command, *arguments) for rank in range(2))
        self.assertEqual((first.returncode, second.returncode), (REFUSED, REFUSED))
        self.assertRegex(first.stderr, r"\Avordec: mpirun started 2 processes, which would all do the same work: "
                                       r"vordec_mpi\.so, which connects the ranks, cannot be loaded: [^\n]+\n\Z")
        self.assertEqual(second.stderr, "")
        self.assertFalse((self.folder / "out.npz").exists())
        each = self.started_as(1, 2, command, *arguments, "--ranks", "none")
        self.assertEqual(each.returncode, 0, each.stderr)
        self.assertTrue((self.folder / "out.npz").exists())

    def test_tasks_that_cannot_meet(self):
        """srun without --mpi=pmix."""
        self.refuse(REFUSED, ["srun started 4 processes that cannot find each other"], "decode", "--z0-npz", self.state(),
                    "--out", "out.npz", env={"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"})

    def test_words(self):
        self.refuse(BAD_USAGE, ["--ranks 'two': expected auto, mpi or none"], "decode", "--z0-npz", self.state(), "--out",
                    "out.npz", "--ranks", "two")
        self.refuse(BAD_USAGE, ["--ranks-wait '0': expected a number above 0"], "decode", "--z0-npz", self.state(),
                    "--out", "out.npz", "--ranks-wait", "0")

    def test_commands_that_do_not_share(self):
        done = self.started_as(0, 2, COMMAND, "parity", "--z0-npz", self.state())
        self.assertEqual(done.returncode, BAD_USAGE)
        self.assertEqual(done.stderr, "vordec: parity cannot share its work, and mpirun would have it done 2 times; start it "
                                      "once, or add --ranks none if each process has different work\n")
        self.refuse(BAD_USAGE, ["--ranks 'auto': expected none"], "parity", "--z0-npz", self.state(), "--ranks", "auto")

    def test_each_its_own(self):
        """Also by the second process, which speaks for itself then; a command without a configuration knows it, too."""
        each = self.started_as(1, 2, COMMAND, "config", "--print", "--ranks", "none")
        self.assertEqual(each.returncode, 0, each.stderr)
        each = self.started_as(1, 2, COMMAND, "gather", "--out", "no.npz", "--shards", "2", "--ranks", "none")
        self.assertEqual(each.returncode, BAD_USAGE)
        self.assertIn("no.npz.shard-0-of-2.npz is missing", each.stderr)
        each = self.started_as(1, 2, COMMAND, "parity", "--z0-npz", self.state(), "--ranks", "none")
        self.assertNotIn("cannot share", each.stderr)
        self.assertEqual(each.returncode, 0, each.stderr)

    def test_commands_about_the_place(self):
        """`devices` under mpirun tells what each rank sees."""
        done = self.started_as(1, 2, COMMAND, "devices")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cpu", done.stdout)


if __name__ == "__main__":
    unittest.main()

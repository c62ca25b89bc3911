# SPDX-License-Identifier: MIT
"""Disks, folders and files that misbehave: the right exit code, one clear line, and nothing half done."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND, FAILED, CommandTest, reference

FAULTS = os.environ["VORDEC_FAULTS"]
EIO, ENOSPC, EROFS, EOPNOTSUPP = 5, 28, 30, 95
NOBODY = 65534


class Faulty(CommandTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"
        self.out.mkdir()
        self.z0 = self.state()
        self.decoding = ("decode", "--z0-npz", self.z0, "--out", self.out / "o.npz", "--png", self.out / "o.png",
                         "--metrics-json", self.out / "m.json")

    def fault(self, orders, *arguments, code=FAILED, parts=()):
        """A run with a fault ends with one line, and nothing but what it replaced is there, as it was."""
        return self.refuse(code, parts, *arguments, env={"LD_PRELOAD": FAULTS, "FAULTS": orders})

    @contextlib.contextmanager
    def mounted(self, options, source="tmpfs", kind=("-t", "tmpfs")):
        folder = self.folder / "mounted"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["mount", *kind, "-o", options, source, folder], capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest("nothing can be mounted here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)


@unittest.skipUnless(FAULTS, "nothing can be preloaded into a sanitizer build")
class Writing(Faulty):
    def older(self):
        for name in "o.npz", "o.png", "m.json":
            (self.out / name).write_text("older")

    def test_a_full_disk_at_any_of_the_files_of_a_decode(self):
        """All three are written before the first appears, so it is none of them, new or replaced."""
        for replaced in False, True:
            if replaced:
                self.older()
            for call in range(1, 4):
                for name, error, text in (("fsync", ENOSPC, "No space left"), ("fsync", EIO, "Input/output error")):
                    with self.subTest(call=call, name=name, replaced=replaced):
                        self.fault(f"{name}:{call}:{error}", *self.decoding, parts=["cannot write", text])

    def test_flushing_fails(self):
        self.fault(f"fflush:1:{ENOSPC}", *self.decoding, parts=["cannot write", "No space left"])

    def test_a_name_cannot_be_given(self):
        """Files that were there before the first failure are taken away again, unless they replaced one."""
        for call in range(1, 4):
            with self.subTest(call):
                self.fault(f"linkat:{call}:{ENOSPC}", *self.decoding, parts=["cannot replace", "No space left"])
        self.older()
        self.fault(f"linkat:1:{ENOSPC}", *self.decoding, parts=["cannot replace", "No space left"])
        self.fault(f"rename:1:{EROFS}", *self.decoding, parts=["cannot replace", "Read-only"])

    def test_without_nameless_files(self):
        whole = self.succeed(*self.decoding) and {path.name: path.read_bytes() for path in self.out.iterdir()}
        for path in self.out.iterdir():
            path.unlink()
        self.succeed(*self.decoding, env={"LD_PRELOAD": FAULTS, "FAULTS": f"open:1:{EOPNOTSUPP}"})
        self.assertEqual((self.out / "o.npz").read_bytes(), whole["o.npz"])
        self.assertEqual({path.name for path in self.out.iterdir()}, set(whole))

    def test_other_commands(self):
        np.savez(self.folder / "Z.npz", z=np.random.default_rng(0).standard_normal((5, 654)))
        np.savez(self.folder / "A.npz", A=0.5 * np.eye(654))
        self.succeed("simulate", "--N", 32, "--steps", 2, "--out", self.path("T.npz"))
        out = ("--out", self.out / "x.npz")
        for command in (("simulate", "--N", 16, "--steps", 4, *out), ("learn", "--states-npz", self.path("Z.npz"), *out),
                        ("encode", "--traj-npz", self.path("T.npz"), "--k-cut", 4, "--resid-mid-cut", 6, *out)):
            for orders in f"fsync:1:{ENOSPC}", f"linkat:1:{EIO}", f"fflush:1:{EIO}":
                with self.subTest(command=command[0], orders=orders):
                    self.fault(orders, *command, parts=["x.npz: cannot "])
        self.fault(f"pwrite:2:{ENOSPC}", "simulate", "--N", 16, "--steps", 4, *out, parts=["frame", "No space left"])
        done = self.call("perf-kernel", "--z0-npz", self.z0, "--A-npz", self.path("A.npz"), "--steps", 5, "--z-out-npy",
                         self.out / "z.npy", "--metrics-json", self.out / "m.json",
                         env={"LD_PRELOAD": FAULTS, "FAULTS": f"fsync:2:{ENOSPC}"})
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], "^vordec: .*z.npy: cannot write: No space left")
        self.assertEqual(list(self.out.iterdir()), [])

    def test_snapshots_can_be_resumed_after_a_full_disk(self):
        run = ("snapshots", "--N", 32, "--steps", 8, "--stride", 4, "--k-cut", 4, "--resid-mid-cut", 6, "--out-dir")
        self.succeed(*run, self.path("plain"))
        for orders in f"pwrite:5:{ENOSPC}", f"fsync:3:{ENOSPC}", f"fsync:6:{ENOSPC}", f"linkat:5:{EIO}":
            with self.subTest(orders):
                done = self.call(*run, self.path("broken"), env={"LD_PRELOAD": FAULTS, "FAULTS": orders})
                self.assertEqual(done.returncode, FAILED, done.stderr)
                self.assert_one_line(done.stderr)
                self.succeed(*run, self.path("broken"), "--resume")
                for path in (self.folder / "plain").iterdir():
                    if path.suffix not in (".json",):
                        self.assertEqual((self.folder / "broken" / path.name).read_bytes(), path.read_bytes())

    def test_snapshots_keep_what_they_have_where_no_file_can_be_made(self):
        """Neither inodes that run out nor a folder that comes in the way cost the simulation."""
        run = ("snapshots", "--N", 32, "--steps", 8, "--stride", 4, "--k-cut", 4, "--resid-mid-cut", 6, "--out-dir")
        self.succeed(*run, self.path("plain"))
        with self.mounted("size=16m,nr_inodes=7") as folder:
            done = self.call(*run, folder)
            self.assertEqual(done.returncode, FAILED, done.stderr)
            self.assert_one_line(done.stderr)
            self.assertTrue((folder / "snapshot_journal").exists())
            subprocess.run(["mount", "-o", "remount,nr_inodes=100", folder], check=True)
            self.succeed(*run, folder, "--resume")
            for path in (self.folder / "plain").iterdir():
                if path.suffix not in (".json",):
                    self.assertEqual((folder / path.name).read_bytes(), path.read_bytes())

    def test_snapshots_try_their_destinations_first(self):
        for name in "A.npz", "spectrum.png", "comparison.csv", "run.json":
            (self.out / f"snapshot_{name}").mkdir()
            self.refuse(BAD_USAGE, [f"snapshot_{name}: cannot write: it is a folder"], "snapshots", "--N", 32, "--steps", 4,
                        "--out-dir", self.out)
            (self.out / f"snapshot_{name}").rmdir()

    def test_the_folder_vanishes(self):
        process = subprocess.Popen([COMMAND, "simulate", "--N", "16", "--steps", "100000000", "--stride", "1000000",
                                    "--progress-every", "100", "--out", self.out / "x.npz"], stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        process.stderr.readline()
        self.out.rmdir()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read().decode()
        self.assertEqual(process.wait(60), FAILED)
        self.assertIn("x.npz: cannot replace: No such file or directory", said.splitlines()[-1])


class Folders(Faulty):
    def test_read_only_mount(self):
        with self.mounted("ro") as folder:
            self.refuse(BAD_USAGE, ["Read-only file system"], "decode", "--z0-npz", self.z0, "--out", folder / "o.npz")
            self.refuse(BAD_USAGE, ["--out-dir", "Read-only"], "snapshots", "--N", 16, "--out-dir", folder / "new")
            self.refuse(BAD_USAGE, ["Read-only"], "snapshots", "--N", 16, "--out-dir", folder)

    def test_full_mount(self):
        """96 KB hold the picture or the metrics, not the fields: of the three files none may come."""
        with self.mounted("size=96k") as folder:
            done = self.call("decode", "--z0-npz", self.z0, "--out", folder / "o.npz", "--png", folder / "o.png",
                             "--metrics-json", folder / "m.json")
            self.assertEqual(done.returncode, FAILED, done.stderr)
            self.assert_one_line(done.stderr)
            self.assertIn("cannot write", done.stderr)
            self.assertEqual(list(folder.iterdir()), [])

    def test_folder_without_permission(self):
        """Root may write everywhere, so it becomes nobody for this."""
        self.out.chmod(0o555)
        self.folder.chmod(0o755)
        options = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if options and subprocess.run([COMMAND, "--version"], capture_output=True, check=False, **options).returncode:
            self.skipTest("nobody may not run the command here")
        for target in self.out / "o.npz", self.out / "made" / "o.npz":
            self.refuse(BAD_USAGE, [str(target)], "decode", "--z0-npz", self.z0, "--out", target, **options)
        self.refuse(BAD_USAGE, ["--out-dir", "Permission denied"], "snapshots", "--N", 16, "--out-dir",
                    self.out / "made", **options)

    def test_devices_and_pipes_as_outputs(self):
        os.mkfifo(self.out / "pipe")
        for target in "/dev/full", "/dev/stdout", "/dev/null", self.out / "pipe", self.out:
            for command in (("decode", "--z0-npz", self.z0), ("simulate", "--N", 16, "--steps", 2)):
                with self.subTest(target=target, command=command[0]):
                    self.refuse(BAD_USAGE, [f"{target}: cannot write", "not a regular file"], *command, "--out", target)

    def test_links_as_outputs(self):
        """A link is written through, and stays; one to nowhere is refused."""
        (self.folder / "target.npz").write_text("older")
        (self.out / "o.npz").symlink_to("../target.npz")
        self.succeed("decode", "--z0-npz", self.z0, "--out", self.out / "o.npz")
        self.assertTrue((self.out / "o.npz").is_symlink())
        with np.load(self.folder / "target.npz") as data:
            self.assertEqual(set(data.files), {"omega_lp", "mask", "omega_hat"})
        (self.out / "nowhere.npz").symlink_to("../nothing.npz")
        self.refuse(BAD_USAGE, ["nowhere.npz", "No such file"], "decode", "--z0-npz", self.z0, "--out",
                    self.out / "nowhere.npz")

    def test_an_output_onto_an_input(self):
        np.savez(self.folder / "Z.npz", z=np.random.default_rng(0).standard_normal((5, 654)))
        np.savez(self.folder / "A.npz", A=0.5 * np.eye(654))
        np.save(self.folder / "w.npy", np.random.default_rng(0).standard_normal((16, 16)))
        self.succeed("simulate", "--N", 32, "--steps", 2, "--out", self.path("T.npz"))
        (self.folder / "link.npz").symlink_to("T.npz")
        (self.folder / "c.ini").write_text("[mask]\ntau = 0.3\n")
        (self.folder / "A.ini").write_text(f"[metrics]\njson = {self.out / 'snapshot_A.npz'}\n")
        for parts, command in (
                (["--traj ", "--out"], ("encode", "--traj-npz", self.path("T.npz"), "--out", self.path("T.npz"))),
                (["--traj ", "--out"], ("encode", "--traj-npz", self.path("T.npz"), "--out", self.path("link.npz"))),
                (["--states-npz", "--out"], ("learn", "--states-npz", self.path("Z.npz"), "--out", self.path("./Z.npz"))),
                (["--init-npy", "--out"], ("simulate", "--init-npy", self.path("w.npy"), "--out", self.path("w.npy"))),
                (["--noise-npy", "--out"], ("simulate", "--noise-npy", self.path("w.npy"), "--out", "w.npy")),
                (["--traj ", "[metrics] json"],
                 ("snapshots", "--traj-npz", self.path("T.npz"), "--metrics-json", self.path("T.npz"))),
                (["--config", "--out"], ("decode", "--z0-npz", self.z0, "--config", self.path("c.ini"), "--out",
                                         self.path("c.ini"))),
                (["--config", "[metrics] json"], ("decode", "--z0-npz", self.z0, "--config", self.path("c.ini"), "--out",
                                                  self.path("o.npz"), "--metrics-json", self.path("c.ini"))),
                (["--config", "--z-out-npy"], ("perf-kernel", "--z0-npz", self.z0, "--A-npz", self.path("A.npz"), "--steps",
                                               1, "--config", self.path("c.ini"), "--z-out-npy", self.path("c.ini"))),
                (["--config", "--json"], ("bench", "--config", self.path("c.ini"), "--json", self.path("c.ini"))),
                (["[metrics] json", "A.npz"],
                 ("snapshots", "--N", 32, "--steps", 2, "--out-dir", self.out, "--config", self.path("A.ini"))),
                (["[metrics] json", "journal"],
                 ("snapshots", "--N", 32, "--steps", 2, "--out-dir", self.out, "--metrics-json",
                  self.out / "snapshot_journal")),
                (["--z0-npz", "[metrics] json"],
                 ("snapshots", "--kernel-only", "--z0-npz", self.z0, "--A-npz", self.path("A.npz"), "--metrics-json",
                  self.z0))):
            with self.subTest(command):
                self.refuse(BAD_USAGE, [*parts, "are the same file"], *command)


class Reading(Faulty):
    def decode(self, path, *parts, code=BAD_USAGE, **options):
        return self.refuse(code, parts, "decode", "--z0-npz", path, "--out", self.out / "o.npz", **options)

    def test_what_is_no_file(self):
        os.mkfifo(self.folder / "pipe")
        for path in self.folder / "pipe", self.folder, "/dev/zero", "/dev/null", "/dev/stdin":
            with self.subTest(path):
                self.decode(path, f"{path}: not a regular file", stdin=subprocess.PIPE)
                self.refuse(BAD_USAGE, [f"{path}: not a regular file"], "decode", "--z0-npz", self.z0, "--resid-npy",
                            path, "--out", self.out / "o.npz", stdin=subprocess.PIPE)
        done = subprocess.run(f"cat {self.z0} | {COMMAND} decode --z0-npz /dev/stdin --out {self.out}/o.npz", shell=True,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, BAD_USAGE)
        self.assertIn("not a regular file", done.stderr)

    @unittest.skipUnless(FAULTS, "nothing can be preloaded into a sanitizer build")
    def test_input_output_errors(self):
        np.save(self.folder / "r.npy", np.zeros((64, 64)))
        np.save(self.folder / "w.npy", np.random.default_rng(0).standard_normal((16, 16)))
        for call in range(1, 9):
            with self.subTest(call):
                self.fault(f"fread:{call}:{EIO}", *self.decoding, code=BAD_USAGE, parts=["state.npz: "])
        for call in range(1, 9):  # the directory, and each member's header
            with self.subTest(call):
                self.fault(f"pread:{call}:{EIO}", *self.decoding, code=BAD_USAGE,
                           parts=["state.npz: cannot read: Input/output error"])
        for call in 1, 2, 3:
            self.fault(f"read:{call}:{EIO}", *self.decoding, "--resid-npy", self.path("r.npy"), code=BAD_USAGE,
                       parts=["r.npy: cannot read: Input/output error"])
        self.fault(f"read:1:{EIO}", "snapshots", "--noise-npy", self.path("w.npy"), "--out-dir", self.out / "new",
                   code=BAD_USAGE, parts=["w.npy: cannot read: Input/output error"])

    @unittest.skipUnless(FAULTS, "nothing can be preloaded into a sanitizer build")
    def test_input_output_errors_of_other_commands(self):
        """Every read of every archive that a command takes, until a run gets by without the one that would fail."""
        traj, states, operator = (self.folder / name for name in ("traj.npz", "states.npz", "A.npz"))
        self.succeed("simulate", "--N", "16", "--steps", "6", "--stride", "2", "--out", traj)
        self.succeed("encode", "--traj-npz", traj, "--topk-mid", "4", "--out", states)
        self.succeed("learn", "--states-npz", states, "--out", operator)
        first = self.folder / "first.npz"
        self.succeed("encode", "--traj-npz", traj, "--topk-mid", "4", "--frame", "0", "--out", first)
        commands = (("encode", "--traj-npz", traj, "--topk-mid", "4", "--out"), ("learn", "--states-npz", states, "--out"),
                    ("perf-kernel", "--z0-npz", first, "--A-npz", operator, "--steps", "2", "--metrics-json"),
                    ("snapshots", "--kernel-only", "--z0-npz", first, "--A-npz", operator, "--steps", "2",
                     "--out-dir"))
        for command in commands:
            out = self.out / "result"
            for call in range(1, 200):
                orders = {"LD_PRELOAD": FAULTS, "FAULTS": f"fread:{call}:{EIO}"}
                done = self.call(*command, out, env=orders)
                if done.returncode == 0:
                    break
                with self.subTest(command[0], call=call):
                    self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
                    self.assert_one_line(done.stderr)
                    self.assertRegex(done.stderr, r"(traj|states|first|A)\.npz: ")
                    self.assertFalse(out.exists())
            self.assertGreater(call, 3)
            shutil.rmtree(out) if out.is_dir() else out.unlink()

    def test_a_configuration_that_cannot_be_read(self):
        """A file of the kernel's: there is nothing at address 0 of a process's memory."""
        for command in ("config", "--check"), (*self.decoding, "--config"):
            with self.subTest(command[0]):
                self.refuse(BAD_USAGE, ["/proc/self/mem: Input/output error"], *command, "/proc/self/mem")

    def test_a_file_that_shrinks_or_goes_while_it_is_read(self):
        """Whenever it happens: the run ends well with the whole input, or with one line that names the file."""
        data = reference("n64/decode")
        many = np.repeat(data["z"][None], 1500, axis=0)
        outcomes = set()
        for number, delay in enumerate(np.linspace(0.0, 0.03, 12)):
            state = pathlib.Path(self.state(name=f"shrinks{number}.npz", z=many))
            process = subprocess.Popen([COMMAND, "decode", "--z0-npz", state, "--decode-observer", "none"], text=True,
                                       stderr=subprocess.PIPE)
            time.sleep(delay)
            if number % 2:
                os.truncate(state, 5000)
            else:
                state.unlink()
            said = process.communicate(timeout=60)[1]
            outcomes.add(process.returncode)
            self.assertIn(process.returncode, (0, BAD_USAGE), said)
            if process.returncode:
                self.assert_one_line(said)
                self.assertIn(state.name, said)
            state.unlink(missing_ok=True)
        self.assertTrue(outcomes)

    def test_sparse_files_that_claim_much(self):
        """2 GiB of nothing behind an honest header is read as what it is not: a state of another size; memory stays
        bounded by what the file can hold, and a header that claims more is refused before any is taken."""
        header = {"descr": "<f8", "fortran_order": False, "shape": (16384, 16384)}
        for claimed, size, part in (((16384, 16384), (2 << 30) - 5, "bytes of data"), ((1 << 40,), 2 << 30, "bytes")):
            path = self.folder / "sparse.npy"
            with open(path, "wb") as stream:
                np.lib.format.write_array_header_1_0(stream, {**header, "shape": claimed})
            os.truncate(path, size)
            done = self.limited(256 << 20, "decode", "--z0-npz", self.z0, "--resid-npy", path, "--out",
                                self.out / "o.npz")
            self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
            self.assert_one_line(done.stderr)
            self.assertIn(part, done.stderr)
        state = pathlib.Path(self.z0).read_bytes()
        for content in state, state[:100], b"":
            (self.folder / "sparse.npz").write_bytes(content)
            os.truncate(self.folder / "sparse.npz", 2 << 30)
            done = self.limited(256 << 20, "decode", "--z0-npz", self.path("sparse.npz"), "--out", self.out / "o.npz")
            self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
            self.assert_one_line(done.stderr)
        self.assertEqual(list(self.out.iterdir()), [])

    def limited(self, memory, *arguments):
        """With so much data memory, which is far below what the file claims. Sanitizers need more than that."""
        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

        return self.call(*arguments, preexec_fn=limit if FAULTS else None)


if __name__ == "__main__":
    unittest.main()

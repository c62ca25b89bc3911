# SPDX-License-Identifier: MIT
"""vordec snapshots --resume: what is done again and what is not, and what is refused."""

import json
import os
import shutil
import signal
import struct
import subprocess
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND, DIFFERENT
from resume_support import FAULTS, RUN, SMALL, Resume, read_journal, write_journal
from whole import contents


class Finished(Resume):
    def test_without_an_earlier_run_it_starts(self):
        self.snapshots(out="plain")
        done = self.resume()
        self.assertNotIn("resumed", done.stderr)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))
        self.assertFalse((self.out / "snapshot_journal").exists())

    def test_a_finished_run_is_left_alone(self):
        self.snapshots()
        before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in self.out.iterdir()}
        done = self.resume()
        self.assertIn("finished by an earlier run; nothing is left to do", done.stderr)
        self.assertEqual({path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in self.out.iterdir()}, before)

    def test_the_exit_code_of_a_finished_run_holds(self):
        """A parity beyond the tolerance, as an earlier run recorded it."""
        self.snapshots("--check-decode-parity")
        path = self.out / "snapshot_run.json"
        run = json.loads(path.read_text())
        run["parity_beyond"] = 2
        path.write_text(json.dumps(run))
        done = self.call(*RUN, "--check-decode-parity", "--out-dir", self.out, "--resume")
        self.assertEqual(done.returncode, DIFFERENT, done.stderr)

    def test_a_damaged_or_missing_file_is_made_again(self):
        self.snapshots("--save-traj")
        expected = contents(self.out)
        damages = {"t00008.png": lambda path: path.write_bytes(path.read_bytes()[:-1]),
                   "A.npz": lambda path: path.write_bytes(b"x" + path.read_bytes()[1:]),
                   "traj.npz": lambda path: path.unlink(),
                   "metrics.json": lambda path: path.write_bytes(path.read_bytes() + b" ")}
        for name, damage in damages.items():
            with self.subTest(name):
                damage(self.out / f"snapshot_{name}")
                done = self.resume("--save-traj")
                self.assertIn(f"snapshot_{name} is not what the run wrote; starting again", done.stderr)
                self.assertEqual(contents(self.out), expected)

    def test_a_run_without_resume_starts_again(self):
        self.snapshots("--seed", 1)
        self.snapshots(out="plain")
        self.snapshots()
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def test_no_pictures_of_an_earlier_run_stay(self):
        """But those that somebody has changed since, or that are not of the run."""
        self.snapshots()
        (self.out / "snapshot_t00099.png").write_bytes(b"of somebody else")
        (self.out / "snapshot_t00016.png").write_bytes(b"changed")
        self.snapshots("--stride", 12)
        pictures = {path.name for path in self.out.glob("snapshot_t*.png")}
        self.assertEqual(pictures, {f"snapshot_t000{step}.png" for step in ("00", "12", "16", "24", "99")})

    def test_a_finished_run_is_made_longer(self):
        self.snapshots("--steps", 32, "--train-steps", 12, out="plain")
        self.snapshots()
        said = self.resume("--steps", 32, "--train-steps", 12).stderr
        self.assertIn("the run of 24 steps is finished and has left no frames: starting again", said)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))
        self.assertIn("nothing is left to do", self.resume("--steps", 32, "--train-steps", 12).stderr)
        self.refuse_resume(["steps was '32', and here it is '24'"], "--train-steps", 12)

    def test_metrics_elsewhere_belong_to_the_run(self):
        self.snapshots("--metrics-json", self.path("m.json"))
        (self.folder / "m.json").unlink()
        self.resume("--metrics-json", self.path("m.json"))
        self.read_metrics("m.json")


@unittest.skipUnless(FAULTS, "nothing can be preloaded into a sanitizer build")
class Killed(Resume):
    """The journal's pwrite 1 says what makes the frames, which are 2 to 25; then come the files."""

    def test_frames_are_not_simulated_again(self):
        self.snapshots(out="plain")
        expected = contents(self.folder / "plain")
        for call, frames in ((6, 0), (10, 8), (12, 8), (16, 12), (21, 16), (26, 24)):
            with self.subTest(call):
                self.kill_at(f"pwrite:{call}:kill")
                said = self.resume().stderr
                self.assertEqual("resumed" in said, frames > 0)
                self.assertIn(f"resumed        {frames} frames" if frames else "snapshots", said)
                self.assertEqual(contents(self.out), expected)
                shutil.rmtree(self.out)

    def test_the_operator_is_not_learnt_again(self):
        self.kill_at("pwrite:29:kill")  # frames, z0, A, first picture
        self.assertTrue((self.out / "snapshot_t00000.png").exists())
        before = (self.out / "snapshot_A.npz").stat().st_ino
        self.resume()
        self.assertEqual((self.out / "snapshot_A.npz").stat().st_ino, before)

    def test_pictures_that_are_whole_stay_and_others_are_drawn(self):
        self.snapshots(out="plain")
        self.kill_at("pwrite:32:kill")
        first, second = (self.out / f"snapshot_t000{step}.png" for step in ("00", "08"))
        second.write_bytes(b"damaged")
        before = first.stat().st_ino
        self.assertRegex(self.resume().stderr, r"24 frames and 3 pictures were there")
        self.assertEqual(first.stat().st_ino, before)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def test_a_picture_of_other_fields_is_drawn_again(self):
        """The journal says that the first picture was made of other fields; the file itself is as it was."""
        self.kill_at("pwrite:30:kill")
        journal, picture = self.out / "snapshot_journal", self.out / "snapshot_t00000.png"
        magic, records = read_journal(journal)
        marks = [record for kind, record in records if kind == 3 and b"t00000.png" in record]
        self.assertEqual(len(marks), 1)
        mark = json.loads(marks[0])["mark"].encode()
        write_journal(journal, magic, [(kind, record.replace(mark, b"0" * 32)) for kind, record in records])
        before, content = picture.stat().st_ino, picture.read_bytes()
        self.resume()
        self.assertNotEqual(picture.stat().st_ino, before)
        self.assertEqual(picture.read_bytes(), content)

    def test_older_pictures_are_not_taken_for_its_own(self):
        self.snapshots("--seed", 1)
        self.snapshots(out="plain")
        self.kill_at("pwrite:30:kill")
        self.assertFalse((self.out / "snapshot_run.json").exists())
        self.resume()
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def test_from_a_trajectory(self):
        self.succeed("simulate", "--N", 32, "--steps", 24, "--out", self.path("T.npz"))
        command = ("snapshots", *SMALL[2:], "--stride", 8, "--traj-npz", self.path("T.npz"))
        self.snapshots(out="plain", command=command)
        self.kill_at("pwrite:14:kill", command=command)
        self.assertIn("resumed        12 frames", self.resume(command=command).stderr)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def test_kernel_only_and_other_ways(self):
        self.snapshots(out="plain")
        kernel = ("snapshots", "--kernel-only", "--z0-npz", self.folder / "plain" / "snapshot_z0.npz", "--A-npz",
                  self.folder / "plain" / "snapshot_A.npz", "--steps", 24, "--stride", 8)
        for number, (command, call) in enumerate((
                (kernel, 2), ((*RUN, "--parity-only"), 20), ((*RUN, "--no-ground-truth"), 27),
                ((*RUN, "--residual-synthesis", "on"), 28), ((*RUN, "--filter", "--reference-mean", "--seed", 3), 12),
                ((*RUN, "--observer", "metrics"), 20))):
            with self.subTest(command):
                self.snapshots(out=f"whole{number}", command=command)
                self.kill_at(f"pwrite:{call}:kill", command=command)
                self.resume(command=command)
                self.assertEqual(contents(self.out), contents(self.folder / f"whole{number}"))
                shutil.rmtree(self.out)

    def test_a_run_begun_under_an_older_name_of_an_fft(self):
        """Its journal, and what it leaves when it has ended, hold the name that was asked for."""
        command = (*RUN, "--no-decode", "--decode-backend", "vulkan", "--decode-fft", "pruned")
        older = (*command[:-1], "vkfft-pruned")
        now, then = (f'"[decode] fft":"{name}"'.encode() for name in ("pruned", "vkfft-pruned"))
        self.snapshots(out="plain", command=command)
        for asked in command, older:
            with self.subTest(asked[-1]):
                self.kill_at("pwrite:13:kill", command=older)
                journal = self.out / "snapshot_journal"
                magic, records = read_journal(journal)
                self.assertEqual(sum(now in record for _, record in records), 1)
                write_journal(journal, magic, [(kind, record.replace(now, then)) for kind, record in records])
                self.assertIn("resumed        8 frames", self.resume(command=asked).stderr)
                self.assertEqual(contents(self.out), contents(self.folder / "plain"))
                run = self.out / "snapshot_run.json"
                self.assertIn(now, run.read_bytes().replace(b"\t", b""))
                run.write_bytes(run.read_bytes().replace(b'"pruned"', b'"vkfft-pruned"'))
                self.assertNotIn("snapshots", self.resume(command=asked).stderr)
                shutil.rmtree(self.out)
        self.kill_at("pwrite:13:kill", command=older)
        self.refuse_resume(["[decode] fft was 'pruned', and here it is 'vkfft'"], "--decode-fft", "vkfft",
                           command=command)

    def test_a_run_of_a_version_that_learnt_from_all_frames(self):
        """Its journal says nothing of training frames, and has no sums of them."""
        command = (*RUN, "--train-steps", "all")
        self.snapshots(out="plain", command=command)
        self.kill_at("pwrite:20:kill", command=command)
        journal = self.out / "snapshot_journal"
        magic, records = read_journal(journal)
        older = []
        for kind, record in records:
            if kind == 1:
                request = json.loads(record)
                record = json.dumps({key: request[key] for key in request if "train" not in key}).encode()
            elif struct.unpack("<Q", record[8:16])[0] == 2:  # a frame with field and sum
                record = record[:8] + struct.pack("<Q", 1) + record[16 : -8 * 32 * 32]
            older.append((kind, record))
        self.assertNotEqual(older, records)
        write_journal(journal, magic, older)
        self.refuse_resume(["train-steps was 'all', and here it is 'half'"])
        self.resume(command=command)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def test_a_run_is_made_longer(self):
        """What was simulated counts, as long as the operator is learnt from the same frames."""
        longer = ("--steps", 40, "--train-steps", 12)
        for call, frames, more in ((21, 16, ()), (21, 9, ("--save-traj",)), (32, 24, ()), (54, 24, ("--save-traj",))):
            with self.subTest(call=call, more=more):
                self.snapshots(*longer, *more, out="plain")
                self.kill_at(f"pwrite:{call}:kill", *more)
                self.refuse_resume(["add --train-steps 12"], "--steps", 40, *more)
                self.assertIn(f"resumed        {frames} frames", self.resume(*longer, *more).stderr)
                self.assertEqual(contents(self.out), contents(self.folder / "plain"))
                for folder in self.out, self.folder / "plain":
                    shutil.rmtree(folder)

    def test_and_not_shorter_again(self):
        self.kill_at("pwrite:21:kill")
        self.kill_at("pwrite:12:kill", "--resume", "--steps", 40, "--train-steps", 12)
        self.refuse_resume(["the run is beyond step 24 already"])
        self.resume("--steps", 40, "--train-steps", 12)

    def test_a_journal_is_not_thrown_away_by_mistake(self):
        self.snapshots(out="plain")
        self.kill_at("pwrite:21:kill")
        self.refuse(BAD_USAGE, ["snapshot_journal: an interrupted run got through 19 of 24 steps; continue it with --resume, "
                                "or start again with --restart"], *RUN, "--out-dir", self.out)
        self.refuse(BAD_USAGE, ["--restart"], *RUN, "--out-dir", self.out, "--resume", "--restart")
        self.assertNotIn("resumed", self.snapshots("--restart").stderr)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))
        self.kill_at("pwrite:1:kill")  # before there is a frame nothing is lost
        self.snapshots()

    def test_another_request_is_refused(self):
        np.save(self.folder / "w.npy", np.random.default_rng(0).standard_normal((32, 32)))
        command = (*RUN, "--noise-npy", self.path("w.npy"))
        (self.folder / "f.ini").write_text("[mask]\ntau = 0.3\n")
        changes = (("--require-gpu",), ("--ridge", 1e-2), ("--stride", 4), ("--mask-boundary", "periodic"), ("--save-decoded",),
                   ("--config", self.path("f.ini")), ("--metrics-hash", "z"), ("--dt", 0.02))
        for end in "pwrite:13:kill", None:
            if end:
                self.kill_at(end, command=command)
            else:
                self.resume(command=command)
            for change in changes:
                with self.subTest(change):
                    self.refuse_resume(["belongs to a run in which "], *change, command=command)
            self.assertIn("ridge was '0.001', and here it is '0.01'",
                          self.refuse_resume([], "--ridge", 1e-2, command=command))
        np.save(self.folder / "w.npy", np.random.default_rng(1).standard_normal((32, 32)))
        self.refuse_resume(["content of --noise-npy"], command=command)

    def test_what_does_not_change_results_may_change(self):
        self.kill_at("pwrite:13:kill")
        self.resume("--timing", "--log-snapshots", "--progress-every", 5, "--verbose", "--cpu-threads", 1)

    def test_products_do_not_depend_on_the_number_of_threads(self):
        for dtype in "float32", "float64":
            run = (*RUN, "--op-dtype", dtype, "--cpu-threads", 2)
            self.kill_at("pwrite:13:kill", command=run)
            self.resume("--cpu-threads", 1, command=run)

    def test_results_do_not_depend_on_the_number_of_threads(self):
        run = (*RUN[:1], "--N", 64, *SMALL[2:], "--k-cut", 8, "--resid-mid-cut", 12, "--steps", 12, "--stride", 4)
        for threads in "1", "2":
            self.snapshots(out=threads, command=run, env={"OPENBLAS_NUM_THREADS": threads})
        self.assertEqual(contents(self.folder / "1"), contents(self.folder / "2"))

    def test_a_journal_that_cannot_be_read(self):
        """It is not taken for one that ends there, which would cost all that stands behind."""
        self.kill_at("pwrite:20:kill")
        before = (self.out / "snapshot_journal").read_bytes()
        for call in 2, 6, 13:
            done = self.call(*RUN, "--out-dir", self.out, "--resume", env={"LD_PRELOAD": FAULTS, "FAULTS": f"pread:{call}:5"})
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("snapshot_journal", done.stderr)
            self.assertEqual((self.out / "snapshot_journal").read_bytes(), before)

    def test_a_pipe_where_the_record_should_be(self):
        self.out.mkdir()
        os.mkfifo(self.out / "snapshot_run.json")
        self.refuse_once(["snapshot_run.json", "not a regular file"])

    def refuse_once(self, parts):
        done = self.call(*RUN, "--out-dir", self.out, "--resume")
        self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
        self.assert_one_line(done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_input_that_turns_out_bad_leaves_no_journal(self):
        frames = np.random.default_rng(0).standard_normal((25, 32, 32))
        frames[20, 3, 4] = np.nan
        np.savez(self.folder / "T.npz", traj=frames)
        self.refuse(BAD_USAGE, ["frame 20 is NaN"], *RUN[:1], *SMALL[2:], "--traj-npz", self.path("T.npz"), "--out-dir",
                    self.out)

    def test_a_damaged_journal(self):
        self.snapshots(out="plain")
        self.kill_at("pwrite:20:kill")
        journal = self.out / "snapshot_journal"
        whole = journal.read_bytes()
        for at in 3, 40, 200:  # magic, head and text of the request
            with self.subTest(at):
                journal.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
                self.refuse(BAD_USAGE, ["snapshot_journal", "damaged"], *RUN, "--out-dir", self.out, "--resume")
        for content in (whole[:-1], whole[: len(whole) * 2 // 3], whole + b"torn",
                        whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:], whole + bytes(100)):
            with self.subTest(len(content)):
                journal.write_bytes(content)
                self.resume()
                self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def test_what_stands_behind_a_damaged_record_goes(self):
        """Whole records among it, which would be taken for those of the run that goes on."""
        self.kill_at("pwrite:20:kill")
        journal = self.out / "snapshot_journal"
        whole = journal.read_bytes()
        magic, records = read_journal(journal)
        write_journal(journal, magic, records[:11])  # the request and ten frames
        at = journal.stat().st_size - 100
        journal.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        self.kill_at("pwrite:2:kill", "--resume")
        magic, left = read_journal(journal)
        self.assertEqual(left[:10], records[:10])
        self.assertEqual(len(left), 11)

    def test_a_damaged_record_of_a_finished_run(self):
        self.snapshots()
        for text in "", "{", "[]", '{"request": 1}':
            with self.subTest(text):
                (self.out / "snapshot_run.json").write_text(text)
                self.refuse_resume(["snapshot_run.json is damaged"])


class Interrupted(Resume):
    def test_after_sigint(self):
        run = ("snapshots", *SMALL, "--steps", 400, "--stride", 100, "--save-traj")
        self.snapshots(out="plain", command=run)
        process = subprocess.Popen([COMMAND, *map(str, run), "--out-dir", self.out, "--progress-every", "20"],
                                   stderr=subprocess.PIPE)
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual(process.wait(60), 130)
        self.assertRegex(said, r"\ninterrupted    simulated \d+ of 400 steps(, rolled out \d+ of 400 steps)?; continue with --resume\n\Z")
        self.assertTrue((self.out / "snapshot_journal").exists())
        self.resume(command=run)
        self.assertEqual(contents(self.out), contents(self.folder / "plain"))

    def test_two_at_once(self):
        run = ("snapshots", *SMALL, "--steps", 200000, "--stride", 1000)
        process = subprocess.Popen([COMMAND, *map(str, run), "--out-dir", self.out, "--progress-every", "20"],
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stderr.close)
        process.stderr.readline()
        for options in [], ["--resume"]:
            done = self.call(*run, "--out-dir", self.out, *options)
            self.assertEqual(done.returncode, BAD_USAGE)
            self.assertIn("another run is writing there", done.stderr)

    def test_two_that_begin_at_once(self):
        """One of them has the folder and the other says so, unless it began when that had ended; no files get mixed."""
        whole = {}
        for seed in 1, 2:
            self.snapshots("--seed", seed, out=f"whole{seed}")
            whole[seed] = contents(self.folder / f"whole{seed}")
        for number in range(6):
            out = self.folder / f"race{number}"
            out.mkdir()
            pair = [subprocess.Popen([COMMAND, *map(str, (*RUN, "--seed", seed, "--out-dir", out))],
                                     stderr=subprocess.PIPE, text=True) for seed in (1, 2)]
            said = [process.communicate(timeout=60)[1] for process in pair]
            codes = [process.returncode for process in pair]
            if codes == [0, 0]:
                self.assertIn(contents(out), whole.values())
                continue
            self.assertEqual(sorted(codes), [0, BAD_USAGE], said)
            self.assertIn("another run is writing there", said[codes.index(BAD_USAGE)])
            self.assertEqual(contents(out), whole[codes.index(0) + 1])


if __name__ == "__main__":
    unittest.main()

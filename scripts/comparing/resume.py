# SPDX-License-Identifier: MIT
"""Runs of snapshots that the old build began and the new one goes on with.

A run is ended by the limit on the size of a file, in the middle of a record of its journal: the signal kills an older
build there, as a power failure or the operator would, and a newer one gives up with an error. The new build must make of what is left what the old one alone makes, or refuse by
name what it cannot go on with (exit code 2). Builds of two commits are always told apart by their commit, which a journal
records; so what is left is tried a second time with the new build's version and commit written into it.
"""

import hashlib
import json
import resource
import shutil
import struct

RUN = ("snapshots", "--N", 32, "--k-cut", 4, "--resid-mid-cut", 6, "--topk-mid", 16, "--steps", 40, "--stride", 8,
       "--out-dir", "out")
CPU = (*RUN, "--decode-backend", "cpu")
KINDS = {
    "plain": CPU,
    "all": (*CPU, "--save-traj", "--save-decoded", "--check-decode-parity", "--hash-every", 4, "--residual-synthesis", "on"),
    "windows": (*CPU, "--mask-smooth-kernel", "triangle", "--mask-boundary", "periodic", "--smooth-k", 7, "--tau", 0.2),
    "vulkan": (*RUN, "--decode-backend", "vulkan", "--decode-allow-software-device", "true", "--decode-fft", "{pruned}"),
}
LIMITS = (3000, 20000, 60000, 110000, 140000, 200000, 400000)


def _end_at(build, command, folder, limit):
    """Runs the command until one of its files would be larger than the limit. Whether that ended it."""
    def restrain():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    done = build.run(command, folder, preexec_fn=restrain)
    return done.returncode != 0


def _requests(build, folder):
    """The request that a build writes into its journal: the head, and the parts that name the build."""
    return json.loads((folder / "out" / "snapshot_run.json").read_text())["request"]


def rewrite(path, request):
    """Puts the version and commit of a request into a journal: a line, then records of size, kind, bytes and hash."""
    magic, rest = path.read_bytes().split(b"\n", 1)
    size, kind, zero = struct.unpack("<QII", rest[:16])
    recorded = json.loads(rest[16 : 16 + size])
    for key in ("vordec", "commit"):
        recorded[key] = request[key]
    data = json.dumps(recorded).encode()
    head = struct.pack("<QII", len(data), kind, zero)
    digest = hashlib.blake2b(head + data, digest_size=16).hexdigest().encode()
    path.write_bytes(magic + b"\n" + head + data + digest + rest[48 + size :])


class Resume:
    """One kind of run, ended at one place."""

    def __init__(self, kind, limits, quick=False):
        self.name, self.kind, self.limits, self.quick = f"resume {kind}", kind, limits, quick
        self.backend = "vulkan" if kind == "vulkan" else "cpu"

    def command(self, build):
        return [str(word).format(pruned=build.pruned) for word in KINDS[self.kind]]

    def run(self, old, new, folder, compare):
        """Yields (what, problem) for each ending; problem is None where all is well. compare(folder, folder) gives the
        first difference of two results, or None."""
        whole, ours = folder / "whole", folder / "ours"
        for build, place in ((old, whole), (new, ours)):
            place.mkdir(parents=True)
            done = build.run(self.command(build), place)
            if done.returncode:
                yield "whole run", f"{build.label} build exits with {done.returncode}: {done.stderr.strip()[-300:]}"
                return
        request, ended = _requests(new, ours), 0
        for limit in self.limits:
            left = folder / f"left{limit}"
            left.mkdir()
            if not _end_at(old, self.command(old), left, limit):
                continue
            ended += 1
            yield from self._go_on(new, left, folder / f"as_is{limit}", whole, compare, f"at {limit} bytes", None)
            yield from self._go_on(new, left, folder / f"told{limit}", whole, compare, f"at {limit} bytes, as its own",
                                   request)
        if not ended:
            yield "endings", "no limit ended the old build's run"

    def _go_on(self, new, left, place, whole, compare, what, request):
        shutil.copytree(left, place)
        journal = place / "out" / "snapshot_journal"
        if request and not journal.exists():
            return
        if request:
            try:
                rewrite(journal, request)
            except (ValueError, KeyError, struct.error):
                return  # ended within the request itself
        done = new.run([*self.command(new), "--resume"], place)
        if done.returncode == 0:
            yield what, compare(whole / "out", place / "out")
        elif done.returncode == 2 and ("is of another run" in done.stderr or "not a journal" in done.stderr):
            # Refused by name. Its own journal may be refused only for a setting that has another name now.
            allowed = request is None or "fft was 'vkfft-pruned'" in done.stderr
            yield what, None if allowed else f"refused: {done.stderr.strip()[-300:]}"
        else:
            yield what, f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"


def all_resumes():
    return [Resume("plain", LIMITS[:5], quick=True), Resume("all", LIMITS), Resume("windows", LIMITS[1:4]),
            Resume("vulkan", LIMITS[1:3])]

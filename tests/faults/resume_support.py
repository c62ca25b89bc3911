# SPDX-License-Identifier: MIT
"""What tests of --resume share: runs that are killed, and the journal by its description."""

import hashlib
import os
import signal
import struct
import subprocess

from cli_support import BAD_USAGE, COMMAND, CommandTest

FAULTS = os.environ["VORDEC_FAULTS"]
SMALL = ("--N", 32, "--k-cut", 4, "--resid-mid-cut", 6, "--topk-mid", 16)
RUN = ("snapshots", *SMALL, "--steps", 24, "--stride", 8)


def record_hash(head, data):
    return hashlib.blake2b(head + data, digest_size=16).hexdigest().encode()


def read_journal(path):
    """The journal by its description: a line, then records of size, kind, bytes and hash."""
    magic, rest = path.read_bytes().split(b"\n", 1)
    records = []
    while rest:
        size, kind, _ = struct.unpack("<QII", rest[:16])
        head, data, found, rest = rest[:16], rest[16 : 16 + size], rest[16 + size : 48 + size], rest[48 + size :]
        assert found == record_hash(head, data)
        records.append((kind, data))
    return magic, records


def write_journal(path, magic, records):
    content = magic + b"\n"
    for kind, data in records:
        head = struct.pack("<QII", len(data), kind, 0)
        content += head + data + record_hash(head, data)
    path.write_bytes(content)


class Resume(CommandTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def snapshots(self, *arguments, out="out", command=RUN, **options):
        return self.succeed(*command, "--out-dir", self.path(out), *arguments, **options)

    def resume(self, *arguments, **options):
        return self.snapshots("--resume", *arguments, **options)

    def kill_at(self, faults, *arguments, command=RUN):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("VORDEC_")}
        environment.update(LD_PRELOAD=FAULTS, FAULTS=faults)
        done = subprocess.run([COMMAND, *map(str, command), "--out-dir", self.out, *map(str, arguments)],
                              env=environment, capture_output=True, check=False)
        self.assertEqual(done.returncode, -signal.SIGKILL)

    def refuse_resume(self, parts, *arguments, command=RUN):
        return self.refuse(BAD_USAGE, ["--resume", *parts], *command, "--out-dir", self.out, "--resume", *arguments)

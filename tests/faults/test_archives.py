# SPDX-License-Identifier: MIT
"""Archives made to deceive: nothing is unpacked beyond what is claimed, nothing claimed beyond what can be, and names
are never paths."""

import io
import os
import pathlib
import resource
import struct
import unittest
import zlib

import numpy as np
from cli_support import BAD_USAGE, CommandTest, reference

SANITIZED = not os.environ["VORDEC_FAULTS"]
MEMORY = 256 << 20
STORED, DEFLATED = 0, 8


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def deflated(data):
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(data) + packer.flush()


class Member:
    """One member; what the two headers say of it can be set apart from what it holds."""

    def __init__(self, name, data, method=STORED, inside=None, skip=0, **claims):
        """inside: another member, in whose bytes, from `skip` on, this one lies."""
        self.inside, self.skip = inside, skip
        self.name, self.method = name.encode(), method
        self.packed = deflated(data) if method == DEFLATED else data
        self.size, self.packed_size, self.crc = len(data), len(self.packed), zlib.crc32(data)
        self.local_claims = {key[6:]: value for key, value in claims.items() if key.startswith("local_")}
        self.claims = {key: value for key, value in claims.items() if not key.startswith("local_")}
        self.offset = None

    def fields(self, claims):
        name = claims.get("name", self.name)
        return (claims.get("method", self.method), 0, 0x21, claims.get("crc", self.crc),
                claims.get("packed_size", self.packed_size), claims.get("size", self.size), len(name)), name

    def local(self):
        fields, name = self.fields({**self.claims, **self.local_claims})
        return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, *fields, 0) + name + self.packed

    def central(self):
        fields, name = self.fields(self.claims)
        return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, *fields, 0, 0, 0, 0, 0, self.offset) + name


def archive(members, gap=0):
    """A zip file; `gap` bytes of nothing lie in front of its directory."""
    body = b""
    for member in members:
        member.offset = len(body) if member.inside is None else member.inside.offset + member.skip
        body += member.local() if member.inside is None else b""
    body += bytes(gap)
    directory = b"".join(member.central() for member in members)
    return body + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(members), len(members), len(directory),
                                          len(body), 0)


class Archives(CommandTest):
    def setUp(self):
        super().setUp()
        data = reference("n64/decode")
        self.members = {key: npy(data[key]) for key in ("z", "mask_low", "anchor_idx", "N", "k_cut", "resid_mid_cut")}
        self.out = self.folder / "out"
        self.out.mkdir()

    def decode(self, members, **options):
        (self.folder / "made.npz").write_bytes(archive(members, **options))
        return self.call("decode", "--z0-npz", self.path("made.npz"), "--out", self.out / "o.npz",
                         preexec_fn=None if SANITIZED else self.limit)

    @staticmethod
    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    def honest(self, drop=()):
        return [Member(f"{key}.npy", data) for key, data in self.members.items() if key not in drop]

    def refused(self, parts, members, **options):
        done = self.decode(members, **options)
        self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
        self.assert_one_line(done.stderr)
        for part in ("made.npz", *parts):
            self.assertIn(part, done.stderr)
        self.assertEqual(list(self.out.iterdir()), [])

    def accepted(self, members, **options):
        done = self.decode(members, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        (self.out / "o.npz").unlink()

    def test_the_maker_makes_archives(self):
        for method in STORED, DEFLATED:
            self.accepted([Member(f"{key}.npy", data, method) for key, data in self.members.items()])
        self.accepted(self.honest(), gap=100)

    def test_bombs(self):
        """1 GiB of zeros in 1 MB: honest about it and of the wrong shape, or claiming less, or more than it holds."""
        zeros = bytes(64 << 20)
        packer = zlib.compressobj(9, wbits=-15)
        head = npy(np.zeros(0)).replace(b"(0,)", b"(134217728,)")
        head = struct.pack("<H", len(head) - 10).join((head[:8], head[10:]))
        packed = packer.compress(head) + b"".join(packer.compress(zeros) for _ in range(16)) + packer.flush()
        whole = len(head) + (1 << 30)
        for claims, part in (({"size": whole}, "out of memory"), ({"size": 5360}, "needs"),
                             ({"size": 100 << 20}, "needs"), ({"size": 0xFFFFFFF0}, "")):
            with self.subTest(claims):
                bomb = Member("z.npy", b"", DEFLATED, packed_size=len(packed), **claims)
                bomb.packed = packed
                if SANITIZED and claims["size"] == whole:
                    continue  # only the limit on memory refuses it
                done = self.decode([*self.honest(["z"]), bomb])
                self.assertIn(done.returncode, (1, BAD_USAGE), done.stderr)
                self.assert_one_line(done.stderr)
                self.assertIn(part, done.stderr)
                self.assertEqual(list(self.out.iterdir()), [])

    def test_more_or_less_than_claimed(self):
        data = self.members["z"]
        for method in STORED, DEFLATED:
            for difference in -8, -1, 1, 8:
                with self.subTest(method=method, difference=difference):
                    self.refused([], [*self.honest(["z"]), Member("z.npy", data, method, size=len(data) + difference)])
        longer = npy(np.zeros(654 + 1)).replace(b"(655,)", b"(654,)")
        for method in STORED, DEFLATED:
            self.refused(["z: ", "needs 5232 bytes of data, but there are 5240"],
                         [*self.honest(["z"]), Member("z.npy", longer, method)])

    def test_members_on_top_of_each_other(self):
        data = self.members["z"]
        first = Member("z.npy", data)
        second = Member("y.npy", data, inside=first)
        twin = Member("y.npy", data, inside=first)  # says what the header there says
        twin.name = b"z.npy"
        for gap in 0, 3 * len(data):  # a gap makes room for the sum of the sizes, which is all that libzip looks at
            with self.subTest(gap):
                self.refused(["the archive is damaged"], [*self.honest(["z"]), first, second], gap=gap)
                self.refused([], [*self.honest(["z"]), first, twin], gap=gap)

    def test_a_member_inside_another(self):
        """The whole local header and data of one stand in the data of the next: each header is right, and yet the bytes
        are used twice (as in bombs that quote each other's headers)."""
        plain = Member("z.npy", self.members["z"])
        outer = Member("quote.bin", plain.local() + b"more")
        inner = Member("z.npy", self.members["z"], inside=outer, skip=30 + len("quote.bin"))
        for gap in 0, 8000:
            with self.subTest(gap):
                parts = ["members overlap"] if gap else ["the archive is damaged"]
                self.refused(parts, [*self.honest(["z"]), outer, inner], gap=gap)

    def test_a_member_inside_the_directory(self):
        grown = Member("x.npy", b"y" * 10, packed_size=10 + 60, size=70)
        self.refused([], [*self.honest(), grown])

    def test_headers_that_disagree(self):
        data = self.members["z"]
        for claims in ({"local_name": b"y.npy"}, {"local_name": b"zz.npy"}, {"local_size": len(data) - 1},
                       {"local_packed_size": len(data) + 1}, {"local_crc": 5}, {"local_method": DEFLATED}):
            with self.subTest(claims):
                self.refused(["the archive is damaged"], [*self.honest(["z"]), Member("z.npy", data, **claims)])

    def test_twice_the_same_name(self):
        self.refused(["two members are called 'z.npy'"], [*self.honest(), Member("z.npy", self.members["z"])])

    def test_names_that_are_paths(self):
        """They are names like any other; nothing is ever unpacked to a file."""
        outside = self.folder.parent / f"{self.folder.name}-outside.npy"
        for name in "../../x.npy", f"{outside}", "/etc/x.npy", "a/../z.npy", "C:\\x.npy", "":
            with self.subTest(name):
                self.accepted([*self.honest(), Member(name, npy(np.zeros(3)))])
        self.assertFalse(outside.exists())
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"made.npz", "out"})
        self.refused(["there is no array 'z'"], [*self.honest(["z"]), Member("../z.npy", self.members["z"])])
        self.assertFalse((pathlib.Path("/etc") / "x.npy").exists())


if __name__ == "__main__":
    unittest.main()

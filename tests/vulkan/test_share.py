# SPDX-License-Identifier: MIT
"""examples/share on llvmpipe: fields that another process imports, consumers that die, a producer that goes first."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ["VORDEC_SHARE"])
INI = "[decode]\nbackend = vulkan\nallow_software_device = true\ndevice = llvmpipe\n[plugins]\npath = {}\n"


class Share(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "vulkan.ini").write_text(INI.format(os.environ["VORDEC_PLUGINS"]))
        self.socket = self.folder / "fields"

    def produce(self, rounds, *more):
        producer = subprocess.Popen([BIN / "producer", self.folder / "vulkan.ini", self.socket, str(rounds), *more],
                                    stderr=subprocess.PIPE, text=True)
        self.addCleanup(producer.stderr.close)
        self.addCleanup(producer.wait)
        self.addCleanup(producer.kill)
        while not self.socket.exists():
            self.assertIsNone(producer.poll(), "the producer ended early")
            time.sleep(0.01)
        return producer

    def consume(self, *how):
        return subprocess.run([BIN / "consumer", self.socket, *how], capture_output=True, text=True, timeout=100)

    def test_the_same_digest_on_both_sides(self):
        """Three rounds in one slot; the second consumer is killed while it holds it."""
        producer = self.produce(3)
        digests = []
        for how in ((), ("die",), ()):
            done = self.consume(*how)
            self.assertEqual(done.returncode, -9 if how else 0, done.stderr)
            digests.append(done.stdout)
        self.assertEqual(producer.wait(timeout=100), 0)
        self.assertTrue(all(re.fullmatch("[0-9a-f]{32}\n", digest) for digest in digests[::2]), digests)
        self.assertNotEqual(digests[0], digests[2])

    def test_the_producer_goes_first(self):
        producer = self.produce(1, "leave")
        done = self.consume("late")
        self.assertEqual((done.returncode, producer.wait(timeout=100)), (0, 0), done.stderr)


if __name__ == "__main__":
    unittest.main()

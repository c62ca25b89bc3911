# SPDX-License-Identifier: MIT
"""Ctrl-C in the middle of long work: it ends soon, and what it was in can be used on."""

import unittest

from python_support import BindingTest

PRELUDE = """if True:
    import os, signal, threading, time
    import numpy as np, vordec

    def interrupted(work):  # seconds from the signal until work() has given up
        sent = []
        def send():
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
        timer = threading.Timer(0.4, send)
        timer.start()
        try:
            work()
        except KeyboardInterrupt:
            return time.monotonic() - sent[0]
        raise SystemExit("it was not interrupted")
"""


class Interrupt(BindingTest):
    def check(self, code):
        done = self.python(PRELUDE + code)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertLess(float(done.stdout), 5)  # of work that goes on for minutes

    def test_decode(self):
        self.check("""
    mask = np.zeros((512, 512), bool)
    mask[:9, :9] = True
    layout = vordec.Layout(512, mask)
    z = np.random.default_rng(1).standard_normal((8, layout.d))
    z[:, 2 * layout.m:] = 0
    config = {"decode": {"backend": "cpu", "fft": "fftw", "batch": 4}}
    for outputs in ("mask",), ("omega_hat", "scalars"):
        with vordec.Decoder(layout, config, outputs=outputs) as decoder:
            expected = [decoder.decode(row) for row in z]
            many = np.concatenate([z] * (500 if outputs == ("mask",) else 50))
            took = interrupted(lambda: [decoder.decode(many) for _ in range(10000)])
            together = decoder.decode(np.concatenate([z] * 4))
            for i in range(32):
                name = outputs[0]
                assert getattr(together, name)[i].tobytes() == getattr(expected[i % 8], name).tobytes(), i
            assert together.report.total_ms > 0 and set(together.report.stage_ms) == set(expected[0].report.stage_ms)
    print(took)
""")

    def test_advance(self):
        self.check("""
    d = 300
    rng = np.random.default_rng(2)
    a = np.linalg.qr(rng.standard_normal((d, d)))[0]
    z = rng.standard_normal(d)
    config = {"op": {"backend": "cpu"}}
    with vordec.Rollout(a, z, config=config) as rollout, vordec.Rollout(a, z, config=config) as other:
        rollout.advance(997)  # in pieces
        for _ in range(997):
            other.advance()
        assert rollout.read().tobytes() == other.read().tobytes()
        took = interrupted(lambda: rollout.advance(10**9))
        assert np.isclose(np.linalg.norm(rollout.read()), np.linalg.norm(z))
        rollout.advance(3)
    print(took)
""")


if __name__ == "__main__":
    unittest.main()

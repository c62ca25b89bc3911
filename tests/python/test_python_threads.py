# SPDX-License-Identifier: MIT
"""Decoders in Python threads."""

import threading
import time
import unittest
from unittest import mock

import numpy as np
import vordec
from python_support import BindingTest


class Threads(BindingTest):
    def test_two_decoders(self):
        """Each thread its own: the same bits as alone. A shared runtime and one of each."""
        state = vordec.State.from_npz(self.state())
        z = [state.z, 0.5 * state.z]
        expected = [vordec.Decoder(state).decode(states) for states in z]
        shared = vordec.Runtime(state=state)
        for runtimes in (shared, shared), (vordec.Runtime(state=state), vordec.Runtime(state=state)):
            wrong = []

            def work(which):
                try:
                    with vordec.Decoder(state, runtimes[which]) as decoder:
                        for _ in range(50):
                            result = decoder.decode(z[which])
                            for name in "omega_lp", "mask", "omega_hat":
                                if getattr(result, name).tobytes() != getattr(expected[which], name).tobytes():
                                    wrong.append(f"thread {which}: {name}")
                except Exception as problem:
                    wrong.append(repr(problem))

            threads = [threading.Thread(target=work, args=(which,)) for which in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(wrong, [])

    def test_one_decoder(self):
        """A second caller is told so, and does not disturb the first. That it comes in at all: decoding lets others
        run."""
        n = 512
        mask_low = np.zeros((n, n), bool)
        mask_low[:9, :9] = True
        decoder = vordec.Decoder(vordec.Layout(n, mask_low), batch=20)
        z = np.ones((20, decoder.layout.d))
        z[:, 2 * decoder.layout.m + 3] = 0
        expected = decoder.decode(z).omega_lp
        done, busy = [], 0

        def work():
            done.append(decoder.decode(z).omega_lp)

        end = time.monotonic() + 30
        while not busy and time.monotonic() < end:
            thread = threading.Thread(target=work)
            thread.start()
            while thread.is_alive() and not busy:
                try:
                    decoder.decode(z[0])
                except vordec.Busy as problem:
                    busy += problem.status == "busy"
            thread.join()
        self.assertTrue(busy)
        for fields in done:
            np.testing.assert_array_equal(fields, expected)

    def test_one_layout(self):
        """Whether it is of half the modes is a decoder's own, also where another thread makes another one meanwhile."""
        state = vordec.encode(np.random.default_rng(1).standard_normal((32, 32)), 4, 9, 20, modes="half",
                              config={"encode": {"backend": "cpu"}})
        on = vordec.Runtime({"residual": {"synthesis": "on"}}, state)

        def synthesised(half):
            with vordec.Decoder(state.layout, on, half=half) as decoder:
                return hash(decoder.decode(state.z).omega_hat.tobytes())

        expected = {half: synthesised(half) for half in (True, False)}
        self.assertNotEqual(expected[True], expected[False])
        create, got, threads = vordec._library.create, {}, []

        def work(half):
            got[half] = synthesised(half)

        def while_others_start(kind, *arguments):
            if kind == "decoder" and not threads:
                threads.append(threading.Thread(target=work, args=(False,)))
                threads[0].start()
                threads[0].join(0.5)
            return create(kind, *arguments)

        with mock.patch.object(vordec._library, "create", while_others_start):
            work(True)
            threads[0].join()
        self.assertEqual(got, expected)

    def test_closing_while_another_decodes(self):
        decoder = vordec.Decoder(self.state())
        with decoder._taken(), self.assertRaises(vordec.Busy):
            decoder.close()
        decoder.decode()
        decoder.close()


if __name__ == "__main__":
    unittest.main()

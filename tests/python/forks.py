# SPDX-License-Identifier: MIT
"""Processes around a decoder: fork, forkserver, spawn; pools, exits and garbage collection in children, and what the
parent has of it (nothing). forks.py STATE [BACKEND [DEVICE]] runs all cases; an exception says what went wrong."""

import concurrent.futures
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time

import numpy as np
import vordec

LONGEST_S = 20  # of a pool with everything that a spawned interpreter has to import
CONFIG = {"decode": {"backend": sys.argv[2] if len(sys.argv) > 2 else "cpu",
                     "device": sys.argv[3] if len(sys.argv) > 3 else "auto", "allow_software_device": True}}
state = vordec.State.from_npz(sys.argv[1])
decoder = rollout = metrics = None  # made by main(): workers that are spawned have none
expected = b""


def fields(item):
    return item.decode(np.stack([state.z] * 4)).omega_hat.tobytes()


def inherited_works():
    return decoder.info.device.type == "host"


def new_ones_must_work():
    return decoder.info.device.type in ("host", "software")


def use_inherited(_number=0):
    """The right fields, or a refusal that says what to do."""
    try:
        return fields(decoder) == expected and inherited_works()
    except vordec.UsageError as problem:
        return (problem.reason == "other-process" and "make a new one in this process" in str(problem)
                and "spawn or forkserver" in problem.remedy and not inherited_works())


def use_new(_number=0):
    try:
        with vordec.Decoder(state, CONFIG) as own:
            return fields(own)
    except vordec.Refused as problem:
        return problem.reason


def rebind():
    """An initialiser that puts its own decoder in place of the inherited one, which is collected here."""
    global decoder, rollout, metrics
    metrics = rollout = None
    decoder = vordec.Decoder(state, CONFIG)
    gc.collect()


def use_rebound(_number=0):
    return fields(decoder)


def in_pool(method, work, initializer=None):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, context, initializer) as pool:
        futures = [pool.submit(work, number) for number in range(4)]
        done, late = concurrent.futures.wait(futures, LONGEST_S)
        for process in pool._processes.values() if late else ():
            process.kill()
        assert not late, f"{work.__name__} in a pool by {method}: no answer"
        return [future.result() for future in futures]


def forked(work, leave=os._exit):
    """work() in a child that leaves with it; its exit status."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        leave(0 if work() else 1)
    return os.waitpid(child, 0)[1]


def close_all():
    metrics.close()
    rollout.close()
    decoder.runtime.close()
    decoder.close()
    return True


def collect():
    """A child that never asks vordec for anything."""
    global decoder, rollout, metrics
    decoder = rollout = metrics = None
    gc.collect()
    return True


def check_new(answers):
    for answer in answers:
        assert answer == expected or (answer == "other-process" and not new_ones_must_work()), str(answer)[:80]


def parent_goes_on(what):
    assert fields(decoder) == expected, what
    rollout.advance()
    print("ok:", what, flush=True)


def fork_while_decoding():
    enough, wrong = threading.Event(), []

    def decode():
        while not enough.is_set():
            if fields(decoder) != expected:
                wrong.append("fields")

    def meet():
        try:
            assert fields(decoder) == expected and inherited_works()
        except vordec.UsageError as problem:
            assert problem.reason == "other-process", problem
        close_all()
        return not inherited_works() or use_new() == expected

    thread = threading.Thread(target=decode)
    thread.start()
    results = []
    for number in range(20):
        time.sleep(0.001 * (number % 7))
        results.append(forked(meet, sys.exit if number % 2 else os._exit))
    enough.set()
    thread.join()
    assert not wrong and not any(results), (wrong, results)


def main():
    global decoder, rollout, metrics, expected
    decoder = vordec.Decoder(state, CONFIG, batch=2)
    expected = fields(decoder)
    rollout = vordec.Rollout(np.eye(state.layout.d), state.z, decoder)
    metrics = vordec.Metrics(decoder, rollout)
    print(repr(decoder), flush=True)
    for work in close_all, collect, lambda: True, use_inherited:
        for leave in os._exit, sys.exit:
            assert forked(work, leave) == 0, (work, leave)
        parent_goes_on(getattr(work, "__name__"))
    assert all(in_pool("fork", use_inherited))
    parent_goes_on("pool by fork, inherited decoder")
    check_new(in_pool("fork", use_new))
    parent_goes_on("pool by fork, new decoders")
    if new_ones_must_work():
        check_new(in_pool("fork", use_rebound, rebind))
        parent_goes_on("pool by fork, decoder rebound")
    fork_while_decoding()
    parent_goes_on("fork while another thread decodes")
    for method in "forkserver", "spawn":
        answers = in_pool(method, use_new)
        assert answers == [expected] * 4, str(answers)[:80]
        parent_goes_on(f"pool by {method}, new decoders")


if __name__ == "__main__":
    main()

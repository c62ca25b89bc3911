#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Decodes whose fields stay on the GPU, as PyTorch, CuPy and JAX see them: the bytes, the order, the memory, the time.

    device_arrays.py [STATE.npz] [--device UUID] [--rounds 100000] [--only bytes,chunks,copies,order,mask,memory,times,phases]

A program for a host with a GPU: the tests of CMake have none. One line for each check, exit code 1 if one fails. Without a
file of states it makes one up.
"""

import argparse
import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

import vordec

FAILED = []


def say(name, good, text=""):
    print(f"{'ok    ' if good else 'FAILED'} {name}{': ' if text else ''}{text}", flush=True)
    if not good:
        FAILED.append(name)


def config(arguments, **decode):
    device = {} if arguments.device is None else {"device": arguments.device}
    return {"decode": {"backend": "vulkan", **device, **decode}}


def states(state, count, scale=0.1):
    z = np.atleast_2d(state.z)[0]
    return np.stack([z * (1 + scale * i) for i in range(count)])


def made_up(n, count, k_cut=8, anchors=0):
    """States of random modes on a grid of any size."""
    k = np.fft.fftfreq(n, 1 / n)
    low = k[:, None]**2 + k[None, :]**2 <= k_cut**2
    random = np.random.default_rng(n)
    m = int(low.sum())
    z = np.zeros((count, 2 * m + 4))
    z[:, :2 * m] = random.standard_normal((count, 2 * m))
    return vordec.Layout(n, low, np.zeros(0, np.int64), k_cut=k_cut, resid_mid_cut=k_cut + 4), z


def made_up_file(path, n=128):
    k = np.fft.fftfreq(n, 1 / n)
    low = k[:, None]**2 + k[None, :]**2 <= 64
    random, m = np.random.default_rng(5), int(low.sum())
    z = np.concatenate([random.standard_normal(2 * m), [0.3, 0.1, 0.1, 0]])
    np.savez(path, z=z, mask_low=low, anchor_idx=np.zeros(0, np.int64), N=n, k_cut=8.0, resid_mid_cut=12.0, dashi_tau=0.35,
             dashi_smooth_k=11)
    return path


def frameworks():
    found = {}
    try:
        import torch
        if torch.cuda.is_available():
            found["torch"] = (torch.from_dlpack, lambda array: array.cpu().numpy())
    except ImportError:
        pass
    try:
        import cupy
        found["cupy"] = (cupy.from_dlpack, cupy.asnumpy)
        found["cupy (array interface)"] = (cupy.asarray, cupy.asnumpy)
    except ImportError:
        pass
    try:
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        import jax
        jax.config.update("jax_enable_x64", True)
        found["jax"] = (jax.dlpack.from_dlpack, np.asarray)
    except ImportError:
        pass
    return found


# ---- the bytes ----


def same_bytes(arguments):
    state = vordec.State.from_npz(arguments.state)
    for precision in ("fp32", "fp64"):
        for batch in ("auto", "4"):
            with vordec.Decoder(state, config(arguments, precision=precision, batch=batch)) as decoder:
                for count in (1, 3, 17):
                    compare(decoder, states(state, count), f"{precision}, batch {batch}, {count} states")
    layout, z = made_up(127, 3)  # masks of an odd N have gaps
    with vordec.Decoder(layout, config(arguments)) as decoder:
        compare(decoder, z, "N = 127", dense_masks=False)


def compare(decoder, z, where, dense_masks=True):
    import torch
    expected = decoder.decode(z)
    results = {"z on the host": decoder.decode(z, device=True)}
    tensor = torch.as_tensor(z, dtype=torch.float64).to("cuda").to(torch.float32 if decoder.dtype == np.float32 else torch.float64)
    results["z a tensor"] = decoder.decode(tensor, device=True)
    for source, result in results.items():
        for name in ("omega_lp", "mask", "omega_hat"):
            array, host = getattr(result, name), getattr(expected, name)
            good = array.numpy().tobytes() == host.tobytes()
            wrong = [] if good else ["numpy()"]
            for framework, (take, to_host) in frameworks().items():
                if name == "mask" and not dense_masks and framework == "jax":
                    continue  # it takes no strides
                if np.ascontiguousarray(to_host(take(array))).tobytes() != host.tobytes():
                    wrong.append(framework)
            say(f"bytes of {name}, {where}, {source}", not wrong, ", ".join(wrong))
    report = results["z on the host"].report
    say(f"device of {where}", report.decode_device == "gpu" and report.device_timestamps, str(report.decode_device))


def big_chunks(arguments):
    """A batch larger than one buffer may be: 4 GiB and more of omega_lp are made in chunks."""
    import torch
    layout, z = made_up(8192, 20)
    with vordec.Decoder(layout, config(arguments, batch="20"), outputs=("omega_lp",)) as decoder:
        tensor = torch.as_tensor(z, dtype=torch.float32, device="cuda")
        for source, given in (("z on the host", z), ("z a tensor", tensor)):
            result = decoder.decode(given, device=True)
            field = torch.from_dlpack(result.omega_lp)
            good = all(field[i].cpu().numpy().tobytes() == decoder.decode(z[i]).omega_lp.tobytes() for i in (0, 7, 15, 19))
            say(f"chunks: 20 x 8192^2, {field.nbytes >> 20} MiB, {source}", good)
            del field, result


def wrong_states(arguments):
    import torch
    state = vordec.State.from_npz(arguments.state)
    with vordec.Decoder(state, config(arguments)) as decoder:
        z = torch.as_tensor(states(state, 3), dtype=torch.float32, device="cuda")
        z[1, 2] = float("nan")
        result = decoder.decode(z, device=True)
        field = torch.from_dlpack(result.omega_lp)
        nans = torch.isnan(field).all(dim=(1, 2)).tolist() if hasattr(torch, "isnan") else None
        try:
            result.report
            told = "nothing"
        except vordec.InputError as problem:
            told = str(problem)
        say("a state that is not finite", nans == [False, True, False] and "state 1" in told, f"{nans}, {told}")


# ---- simulations and rollouts ----


def copies(arguments):
    """What they held when that was asked for, though they have gone on since."""
    layout, z = made_up(128, 17)
    for precision in ("fp32", "fp64"):
        of, dtype = {"precision": precision}, {"fp32": "float32", "fp64": "float64"}[precision]
        with vordec.Decoder(layout, {**config(arguments, **of), "simulate": of, "op": {"dtype": dtype}}) as decoder:
            random = np.random.default_rng(3)
            for shape in ((128, 128), (3, 128, 128)):
                with vordec.Simulation(random.standard_normal(shape), 1e-4, decoder=decoder) as simulation:
                    hand_on(simulation, f"the vorticity {shape} of a simulation in {precision}")
            for z0 in (z[0], z):
                with vordec.Rollout(0.9 * np.eye(layout.d) + 1e-4 * random.standard_normal(2 * (layout.d,)), z0,
                                    decoder) as rollout:
                    hand_on(rollout, f"the states {z0.shape} of a rollout in {precision}")


def hand_on(source, where):
    wrong = []
    for turn in range(5):
        there, expected = source.read(device=True), source.read()
        source.advance(2)
        taken = {name: to_host(take(there)) for name, (take, to_host) in frameworks().items()}
        for name, array in {"numpy()": there.numpy(), **taken}.items():
            close = np.abs(array - expected) <= (6.1e-8 if there.dtype == np.float32 else 0) * np.abs(expected)
            if array.shape != expected.shape or array.dtype != there.dtype or not close.all():
                wrong.append(f"{name} of turn {turn}")
        del taken
    say(f"bytes of {where}", not wrong and there.device.startswith("cuda"), ", ".join(wrong) or there.device)


# ---- the order ----


def order(arguments):
    """Decodes and their consumer on streams of its own: every sum is that of its own state."""
    import torch
    layout, z = made_up(64, 8)
    with vordec.Decoder(layout, config(arguments), outputs=("omega_lp",)) as decoder:
        tensors = torch.as_tensor(z, dtype=torch.float32, device="cuda")
        expected = torch.stack([torch.as_tensor(decoder.decode(row.cpu().numpy()).omega_lp).double().square().sum()
                                for row in tensors]).cuda()
        streams = [torch.cuda.Stream() for _ in range(3)]
        sums = torch.zeros(1024, dtype=torch.float64, device="cuda")
        torch.cuda.synchronize()
        free = torch.cuda.mem_get_info()[0]
        wrong, start, done = 0, time.perf_counter(), 0
        while done < arguments.rounds:
            now = min(1024, arguments.rounds - done)
            for i in range(now):
                with torch.cuda.stream(streams[i % 3]):
                    field = torch.from_dlpack(decoder.decode(tensors[(done + i) % 8], device=True).omega_lp)
                    sums[i] = field.double().square().sum()
                    del field
            torch.cuda.synchronize()
            index = (torch.arange(now, device="cuda") + done) % 8
            wrong += int((~torch.isclose(sums[:now], expected[index], rtol=1e-12)).sum())
            done += now
        each = (time.perf_counter() - start) / done * 1e6
        say(f"order: {done} decodes, consumed on other streams", wrong == 0, f"{wrong} wrong, {each:.0f} us each")
        grown = (free - torch.cuda.mem_get_info()[0]) >> 20
        say("order: memory of the device stays", grown <= 16, f"{grown} MiB more")


# ---- which device ----


def masks(arguments):
    code = ("import sys, vordec\n"
            "state = vordec.State.from_npz(sys.argv[1])\n"
            "config = {'decode': {'backend': 'vulkan'}}\n"
            "if sys.argv[2]: config['decode']['device'] = sys.argv[2]\n"
            "decoder = vordec.Decoder(state, config)\n"
            "try:\n"
            "    result = decoder.decode(device=True)\n"
            "    good = result.omega_lp.numpy().tobytes() == decoder.decode().omega_lp.tobytes()\n"
            "    print('same bytes' if good else 'OTHER BYTES', result.omega_lp.device)\n"
            "except vordec.Unsupported as problem:\n"
            "    print(problem.reason, problem)\n")
    count = int(subprocess.run([sys.executable, "-c", "import torch; print(torch.cuda.device_count())"], check=True,
                               capture_output=True, text=True).stdout)
    trials = {"": "device-not-found", "0": None, ",".join(str(i) for i in reversed(range(count))): "same bytes"}
    for mask, expected in trials.items():
        done = subprocess.run([sys.executable, "-c", code, arguments.state, arguments.device or ""], capture_output=True,
                              text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": mask})
        good = done.stdout.startswith(expected) if expected else done.stdout.startswith(("same bytes", "device-not-found"))
        say(f"CUDA_VISIBLE_DEVICES={mask!r}", good, (done.stdout + done.stderr).strip()[-300:])


# ---- memory ----


def memory(arguments):
    """Neither the device's memory nor file descriptors grow."""
    import torch
    layout, z = made_up(256, 4)
    seen = []
    for turn in range(6):
        for _ in range(20):
            with vordec.Decoder(layout, config(arguments)) as decoder:
                for _ in range(5):
                    torch.from_dlpack(decoder.decode(z, device=True).omega_lp).sum().item()
        gc.collect()
        torch.cuda.synchronize()
        seen.append((torch.cuda.mem_get_info()[0] >> 20, len(os.listdir("/proc/self/fd"))))
    good = seen[-1][1] == seen[1][1] and abs(seen[-1][0] - seen[1][0]) <= 16
    say("memory: free MiB on the device and open files after each 20 decoders", good, str(seen))


# ---- times ----


def median_ms(call, rounds=30, warm=5):
    times = []
    for i in range(rounds + warm):
        start = time.perf_counter()
        call()
        if i >= warm:
            times.append((time.perf_counter() - start) * 1e3)
    return f"{np.median(times):.3f} ms (least {min(times):.3f}, most {max(times):.3f})"


def times(arguments):
    import torch
    layout, z = made_up(4096, 8)
    for outputs in (("omega_lp",), ("omega_lp", "mask"), ("omega_lp", "mask", "omega_hat")):
        with vordec.Decoder(layout, config(arguments, precision="fp32"), outputs=outputs) as decoder:
            def total(decoder=decoder):
                torch.from_dlpack(decoder.decode(z, device=True).omega_lp).sum().item()
            print(f"time   8 x 4096^2 {','.join(outputs)}, torch.sum of omega_lp: {median_ms(total)}", flush=True)
            print(f"       {decoder.decode(z, device=True).report.stage_ms}", flush=True)
            host = median_ms(lambda decoder=decoder: decoder.decode(z), 8, 3)
            print(f"time   8 x 4096^2 {','.join(outputs)}, decode() to NumPy: {host}", flush=True)
    layout, z = made_up(128, 1024)
    with vordec.Decoder(layout, config(arguments, precision="fp32"), outputs=("omega_lp",)) as decoder:
        tensor = torch.as_tensor(z, dtype=torch.float32, device="cuda")
        torch.cuda.synchronize()

        def there():
            field = torch.from_dlpack(decoder.decode(tensor, device=True).omega_lp)
            torch.cuda.current_stream().synchronize()
            return field
        print(f"time   1024 x 128^2, z and omega_lp torch's: {median_ms(there, 200, 20)}", flush=True)
        print(f"       {decoder.decode(tensor, device=True).report.stage_ms}", flush=True)


# ---- where the time goes ----


def medians_us(step, rounds=200, warm_s=0.5):
    """Of what lies between two marks, which step() yields; clocks that idle low are given time to rise."""
    taken, end = {}, time.perf_counter() + warm_s
    while time.perf_counter() < end:
        for _ in step():
            pass
    for _ in range(rounds):
        start = last = time.perf_counter()
        for name in step():
            now = time.perf_counter()
            taken.setdefault(name, []).append(now - last)
            last = now
        taken.setdefault("all", []).append(time.perf_counter() - start)
    return ", ".join(f"{name} {np.median(times) * 1e6:.0f}" for name, times in taken.items())


def phases(arguments):
    import torch
    for n, count in ((4096, 8), (128, 1024), (64, 1)):
        layout, z = made_up(n, count)
        tensor = torch.as_tensor(z, dtype=torch.float32, device="cuda")
        with vordec.Decoder(layout, config(arguments, precision="fp32"), outputs=("omega_lp",)) as decoder:
            resident = torch.from_dlpack(decoder.decode(z, device=True).omega_lp).clone()
            for name, step in {"C alone": c_alone(decoder, z), "report": waited(decoder, z),
                               "report, z a tensor": waited(decoder, tensor), "sum": summed(decoder, z),
                               "sum, z a tensor": summed(decoder, tensor), "synchronised": synchronised(decoder, z),
                               "synchronised, z a tensor": synchronised(decoder, tensor),
                               "sum of a resident tensor": lambda resident=resident: sum_of(resident)}.items():
                print(f"time   {count} x {n}^2, {name}, us: {medians_us(step)}", flush=True)


def sum_of(array):
    total = array.sum()
    yield "sum"
    total.item()
    yield "item"


def summed(decoder, z):
    def step():
        result = decoder.decode(z, device=True)
        yield "decode()"
        array = torch_of(result)
        yield "from_dlpack"
        yield from sum_of(array)
        del array, result
        yield "let go"
    return step


def synchronised(decoder, z):
    import torch

    def step():
        result = decoder.decode(z, device=True)
        yield "decode()"
        array = torch_of(result)
        yield "from_dlpack"
        torch.cuda.current_stream().synchronize()
        yield "synchronize"
        del array, result
        yield "let go"
    return step


def torch_of(result):
    import torch
    return torch.from_dlpack(result.omega_lp)


def waited(decoder, z):
    def step():
        result = decoder.decode(z, device=True)
        yield "decode()"
        assert result.report.decode_device == "gpu"
        yield "report"
        del result
        yield "let go"
    return step


def c_alone(decoder, z):
    """What the C library takes: no CUDA, nothing of Python's."""
    from vordec import _library, _structs
    library, pointer = _library.load(), decoder._ring(len(z)).pointer
    slot, ready, error = ctypes.c_size_t(), ctypes.c_uint64(), _structs.Error()
    job = _structs.ExportIo(len(z), z.ctypes.data)

    def step():
        library.vordec_export_acquire(pointer, ctypes.byref(slot), ctypes.byref(error))
        yield "acquire"
        library.vordec_export_decode(pointer, slot, ctypes.byref(job), ctypes.byref(ready), ctypes.byref(error))
        yield "decode"
        library.vordec_export_wait(pointer, slot, None, ctypes.byref(error))
        yield "wait"
        library.vordec_export_release(pointer, slot, 0, ctypes.byref(error))
        yield "release"
    return step


CHECKS = {"bytes": (same_bytes, wrong_states), "chunks": (big_chunks,), "copies": (copies,), "order": (order,), "mask": (masks,),
          "memory": (memory,), "times": (times,), "phases": (phases,)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", nargs="?")
    parser.add_argument("--device")
    parser.add_argument("--rounds", type=int, default=100000)
    parser.add_argument("--only", default=",".join(CHECKS))
    arguments = parser.parse_args()
    print(f"vordec {vordec.version()}, {', '.join(frameworks())}", flush=True)
    folder = tempfile.TemporaryDirectory()
    if arguments.state is None:
        arguments.state = made_up_file(os.path.join(folder.name, "state.npz"))
    for name in arguments.only.split(","):
        for check in CHECKS[name]:
            try:
                check(arguments)
            except Exception as problem:
                say(check.__name__, False, f"{type(problem).__name__}: {problem}")
    print(f"{len(FAILED)} failed", flush=True)
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()

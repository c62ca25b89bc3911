# SPDX-License-Identifier: MIT
"""The conformance suite on a device that llvmpipe poses as: test_small.py DEVICE [--whole].

DEVICE is a row of small_device.c. Fields have to be right, or the device has to be refused by name, and the plugin must
not overstep what the device announces. --whole: the whole grid of the suite, which takes minutes (scripts/small-devices).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

COMMAND, PLUGINS = os.environ["VORDEC_COMMAND"], pathlib.Path(os.environ["SMALL_PLUGINS"])
STATE = pathlib.Path(os.environ["VORDEC_SOURCE"]) / "examples/data/state.npz"
ON_IT = "--decode-device=posed", "--decode-allow-software-device=true", f"--plugins-path={PLUGINS}"
# Groups of checks. Plans of many shapes take long to compile, so each device is given those in which it differs; the whole
# grid has them all.
EVERY = "omega_lp", "combine", "scalars", "evidence", "rollout"
MORE = {"least": ("plan", "mask", "bits", "bandwidth", "stream"), "shared_16k": ("mask",), "mobile": ("residual", "stream"),
        "narrow": ("bits", "stream")}
WHOLE = ("plan", "mask", "bits", "company", "simulate", "encode", "adjoint", "residual", "trail", "bandwidth", "stream", "memory",
         "manners")

REFUSED = {"threads_128": "(device-unsuitable): device 0 (posed threads_128): its workgroups are smaller than 256 threads",
           "buffers_4": "(device-unsuitable): device 0 (posed buffers_4): its kernels can see fewer than 8 buffers"}
LENDS_NOTHING = {"incoherent"}  # and the suite takes a backend that lends for one that always can
WITHOUT_CLOCK = {"least", "incoherent"}
# What ends a refusal of a large field or operator, by a device whose ranges are shorter than Vulkan allows.
TOO_LARGE = {"narrow": "; posed narrow allows 1048576"}
MANY_WORKGROUPS = "least", 4608  # N: its cells take more workgroups than there may be along an axis


def call(device, log, *arguments):
    environment = dict(os.environ, VORDEC_SMALL_DEVICE=device, VORDEC_SMALL_LOG=str(log))
    return subprocess.run([COMMAND, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False)


def suite(device, log, whole):
    groups = set(EVERY + (WHOLE if whole else MORE.get(device, ())))
    if device in LENDS_NOTHING:
        groups.discard("stream")
    done = call(device, log, "check-plugin", PLUGINS / "decode_vulkan.so", "--json", "--only", ",".join(sorted(groups)),
                "--allow-software-device", "--device", "posed", "--time-limit", "500", *([] if whole else ["--quick"]))
    return done.returncode, json.loads(done.stdout)


def refused_by_name(device, check):
    return "no-memory" in check["detail"] and check["detail"].endswith(TOO_LARGE.get(device, "\0"))


def judge_suite(device, log, whole):
    """What is wrong."""
    code, report = suite(device, log, whole)
    choice = next(check["detail"] for check in report["checks"] if check["name"] == "choice")
    if device in REFUSED:
        expected = code == 1 and report["fell_short"] == 0 and REFUSED[device] in choice
        return [] if expected else [f"is not refused as it should be: {choice}"]
    wrong = [f"{check['group']}: {check['name']}: {check['detail']}" for check in report["checks"]
             if check["outcome"] == "fell short" and not refused_by_name(device, check)]
    if not report["conclusive"]:
        wrong.append(f"nothing was decoded: {choice}")
    print(f"{device}: {report['passed']} checks passed ({choice})")
    for check in sorted(report["checks"], key=lambda check: -check["seconds"])[:3]:
        print(f"  {check['seconds']:6.1f} s  {check['group']}: {check['name']}")
    return wrong


def judge_command(device, log):
    """A decode under the strict policy, and the same fields as on the CPU."""
    if device in REFUSED:
        return []
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        metrics = pathlib.Path(folder) / "metrics.json"
        done = call(device, log, "decode", "--z0-npz", STATE, "--out", f"{folder}/out.npz", "--metrics-json", metrics,
                    "--decode-backend=vulkan", *ON_IT)
        if done.returncode:
            return [f"decode: {done.stderr}"]
        flags = json.loads(metrics.read_text())["perf_flags"]
    if ("TIMING_UNAVAILABLE" in flags) != (device in WITHOUT_CLOCK):
        wrong.append(f"decode: the flags are {flags}")
    for fft in "auto", "direct":
        done = call(device, log, "parity", "--z0-npz", STATE, "--backends", "vulkan", f"--decode-fft={fft}", *ON_IT)
        if done.returncode:
            wrong.append(f"parity, fft {fft}: {done.stdout}{done.stderr}")
    return wrong


def judge_simulation(device, log):
    """A few steps, and the same field as on the CPU."""
    if device in REFUSED:
        return []
    fields = {}
    with tempfile.TemporaryDirectory() as folder:
        for backend in "cpu", "vulkan":
            trajectory = pathlib.Path(folder) / f"{backend}.npz"
            where = ON_IT if backend == "vulkan" else [f"--plugins-path={PLUGINS}"]
            done = call(device, log, "simulate", "--N", "48", "--steps", "4", "--les-backend", backend, "--out", trajectory, *where)
            if done.returncode:
                return [f"simulate on {backend}: {done.stderr}"]
            with np.load(trajectory) as data:
                fields[backend] = data["traj"][-1]
    off = np.linalg.norm(fields["vulkan"] - fields["cpu"]) / np.linalg.norm(fields["cpu"])
    return [] if off < 1e-5 else [f"simulate: the vorticity is off by {off} of its size"]


def encoded(device, folder, backend, frames, options):
    """z of the frames, or what went wrong."""
    out = pathlib.Path(folder) / f"{backend}.npz"
    where = ON_IT if backend == "vulkan" else [f"--plugins-path={PLUGINS}"]
    done = call(device[0], device[1], "encode", "--traj", frames, "--out", out, "--encode-backend", backend, *options, *where)
    if done.returncode:
        return None, [f"encode on {backend}: {done.stderr}"]
    with np.load(out) as data:
        return data["z"], []


def judge_encode(device, log):
    """A few frames, and the same states as on the CPU: windows that go strip by strip, and more columns than one tile has; and
    where rows, with what their windows reach, do not fit into shared memory."""
    if device in REFUSED:
        return []
    cases = [(100, 2, 1e-6, ["--resid-mid-cut", "40"])]
    if device == "shared_16k":
        cases.append((1024, 1, 1e-12, ["--mask-smooth-width", "1001", "--mask-majority-iters", "9", "--encode-precision", "fp64"]))
    wrong = []
    for n, count, bound, options in cases:
        with tempfile.TemporaryDirectory() as folder:
            frames = pathlib.Path(folder) / "frames.npy"
            waves = np.random.default_rng(1).standard_normal((count, n, n))
            np.save(frames, sum(np.roll(waves, (i, j), (1, 2)) for i in range(4) for j in range(4)))
            cpu, failures = encoded((device, log), folder, "cpu", frames, options)
            vulkan, more = encoded((device, log), folder, "vulkan", frames, options)
        wrong += failures + more
        if not failures + more and (off := np.abs(vulkan - cpu).max()) >= bound:
            wrong.append(f"encode, N = {n}: a state's entry is off by {off}")
    return wrong


def judge_many_workgroups(device, log):
    """One mode on a large grid: 2 cos(x), whose enstrophy is 1. Memory that no workgroup has written is not a number."""
    if device != MANY_WORKGROUPS[0]:
        return []
    n = MANY_WORKGROUPS[1]
    low = np.zeros((n, n), bool)
    low[0, 1] = True
    with tempfile.TemporaryDirectory() as folder:
        state, metrics = pathlib.Path(folder) / "state.npz", pathlib.Path(folder) / "metrics.json"
        np.savez(state, z=[2.0, 0, 0, 0, 0, 0], mask_low=low, anchor_idx=np.zeros(0, np.int64), N=n, k_cut=1.0,
                 resid_mid_cut=1.0)
        done = call(device, log, "decode", "--z0-npz", state, "--metrics-json", metrics, "--decode-observer=metrics",
                    "--decode-backend=vulkan", "--decode-fft=direct", "--metrics-hash=none", "--mask-majority-iters=0", *ON_IT)
        if done.returncode:
            return [f"N = {n}: {done.stderr}"]
        enstrophy = json.loads(metrics.read_text())["decode_metrics"][0]["enstrophy_lp"]
    return [] if abs(enstrophy - 1.0) < 1e-5 else [f"N = {n}: an enstrophy of {enstrophy} instead of 1"]


def main():
    device, whole = sys.argv[1], "--whole" in sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "oversteps"
        wrong = judge_suite(device, log, whole) + judge_command(device, log) + judge_simulation(device, log) + judge_encode(device, log) + judge_many_workgroups(device, log)
        if log.exists():
            wrong += [f"the plugin oversteps what its device announces: {line}" for line in log.read_text().splitlines()]
    for line in wrong:
        print(f"{device}: {line}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

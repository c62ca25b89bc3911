# SPDX-License-Identifier: MIT
"""The runs of the command that are compared: each case is a few command lines, run one after the other in a new folder.

{in} stands for the folder of the inputs, {ini} for that of the configurations, {pruned} for what the build calls the
Vulkan transform that sums columns.
"""

import itertools
import re

from . import inputs


class Case:
    def __init__(self, name, *commands, backend="cpu", quick=False, text=False):
        self.name, self.backend, self.quick, self.text = name, backend, quick, text
        self.commands = [list(map(str, command)) for command in commands]


CPU = ("--decode-backend", "cpu")
EVERYTHING = ("--out", "fields.npz", "--png", "fields.png", "--metrics-json", "m.json", "--metrics-hash",
              "z,omega_lp,mask,omega_hat")
UNDRAWN = EVERYTHING[:2] + EVERYTHING[4:]  # a picture takes longer than all else
SMALL = ("--N", 32, "--k-cut", 4, "--resid-mid-cut", 6, "--topk-mid", 16)


def vulkan(fft, device, precision="auto"):
    return ("--decode-backend", "vulkan", "--decode-allow-software-device", "true", "--decode-fft", fft,
            "--decode-precision", precision, *(("--decode-device", device) if device else ()))


def settings():
    """Options of a decode, one or a few at a time."""
    yield "default", ()
    for name, *values in (("mask-boundary", "periodic"), ("mask-smooth-kernel", "triangle"),
                          ("mask-smooth-width", 1, 2, 3, 10, 21, 63), ("mask-tau", 0.02, 0.7, 1), ("combine-gate", "signed"),
                          ("mask-majority-iters", 0, 1, 40), ("combine-anchors", "ignore"), ("cpu-threads", 1, 2),
                          ("decode-batch", 1, 2), ("decode-fft", "fftw", "pruned"), ("decode-observer", "none", "metrics",
                                                                                      "visualize"),
                          ("metrics-timings", "false")):
        for value in values:
            yield f"{name}={value}", (f"--{name}", value)
    yield "wrapped triangle", ("--mask-boundary", "periodic", "--mask-smooth-kernel", "triangle", "--mask-smooth-width", 5)
    yield "synthesis", ("--residual-synthesis", "on")
    yield "synthesis, mid alone", ("--residual-synthesis", "on", "--residual-high", "false", "--residual-seed", 7)
    yield "synthesis, high alone", ("--residual-synthesis", "on", "--residual-mid", "false", "--combine-gate", "signed")


def decodes(states):
    """Every state with default settings, and one of each folder with all of them."""
    for name, state in states.items():
        yield Case(f"decode {name}", ("decode", *CPU, "--z0-npz", state, *EVERYTHING), quick=not name.startswith("made"))
        yield Case(f"decode {name} fftw", ("decode", *CPU, "--decode-fft", "fftw", "--residual-synthesis", "on",
                                           "--z0-npz", state, *EVERYTHING))
    for name, state in states.items():
        if not name.startswith("made"):
            for what, options in settings():
                output = UNDRAWN if "none" not in options and "metrics" not in options else UNDRAWN[2:4]
                yield Case(f"decode {name} {what}", ("decode", *CPU, "--z0-npz", state, *options, *output),
                           quick=name.endswith("n64/decode"))


def residuals(states, folder):
    for path in sorted(folder.glob("phases_*_residual*.npz")):
        source, case = re.match(r"phases_(.+)_(n\w+?)_residual", path.name).groups()
        suffix = path.stem.split("residual")[1]
        state = states.get(f"{source}/{case}/decode{suffix}")
        for gate in ("support", "signed") if state else ():
            yield Case(f"given phases {case}{suffix} {gate}",
                       ("decode", *CPU, "--z0-npz", state, "--phases-npz", path, "--combine-gate", gate,
                        "--combine-anchors", "ignore", *EVERYTHING), quick=True)
    for path in sorted(folder.glob("resid_*_n*.npy")):
        name = path.stem[len("resid_"):]
        for gate in ("support", "signed"):
            yield Case(f"own residual {name} {gate}", ("decode", *CPU, "--z0-npz", f"{{in}}/states_{name}.npz",
                                                       "--resid-npy", path, "--combine-gate", gate, *EVERYTHING))
    yield Case("phases of one band", ("decode", *CPU, "--z0-npz", "{in}/good.npz", "--phases-npz", "{in}/phases_mid_only.npz",
                                      "--residual-high", "false", *EVERYTHING))


def operators(data):
    for label, source in data.items():
        for path in sorted(source.rglob("A.npz")):
            yield f"{label}_{path.parent.name}", path


def rollouts(data, folder):
    sources = [(name, a, f"{{in}}/first_{name}.npz") for name, a in operators(data)
               if (folder / f"first_{name}.npz").exists()]
    sources.append(("decay", "{in}/A_decay.npz", "{in}/dt.npz"))
    for name, a, state in sources:
        for backend, dtype, deterministic in itertools.product(("auto", "cpu"), ("float64", "float32"), ("false", "true")):
            yield Case(f"perf-kernel {name} {backend} {dtype} {deterministic}",
                       ("perf-kernel", *CPU, "--z0-npz", state, "--A-npz", a, "--steps", 60, "--decode-every", 20,
                        "--hash-every", 15, "--op-backend", backend, "--dtype", dtype, "--op-deterministic", deterministic,
                        "--metrics-hash", "z,omega_lp,mask,omega_hat", "--observer", "snapshots", "--z-out-npy", "z.npy",
                        "--metrics-json", "m.json"), quick=backend == "auto")
        yield Case(f"perf-kernel {name} no decode", ("perf-kernel", "--z0-npz", state, "--A-npz", a, "--steps", 30,
                                                     "--no-decode", "--hash-every", 10, "--z-out-npy", "z.npy",
                                                     "--metrics-json", "m.json"))
        yield Case(f"kernel only {name}", ("snapshots", *CPU, "--kernel-only", "--z0-npz", state, "--A-npz", a, "--steps",
                                           40, "--stride", 10, "--save-decoded", "--hash-every", 10, "--out-dir", "out"))


def simulations(folder):
    yield Case("simulate", ("simulate", "--N", 64, "--steps", 40, "--stride", 8, "--out", "traj.npz"), quick=True)
    yield Case("simulate float32", ("simulate", "--N", 48, "--steps", 20, "--dtype", "float32", "--seed", 3, "--dt", 0.02,
                                    "--nu0", 1e-3, "--Cs", 0.1, "--out", "traj.npz"))
    yield Case("simulate odd, filter", ("simulate", "--N", 45, "--steps", 30, "--stride", 10, "--filter", "--out", "t.npz"))
    yield Case("simulate reference mean", ("simulate", "--N", 32, "--steps", 30, "--stride", 7, "--reference-mean", "--out",
                                           "t.npz"))
    yield Case("simulate 256", ("simulate", "--N", 256, "--steps", 6, "--stride", 3, "--out", "traj.npz"))
    for path in sorted(folder.glob("init_*.npy")):
        yield Case(f"simulate from {path.stem}", ("simulate", "--init-npy", path, "--steps", 20, "--stride", 10, "--out",
                                                  "traj.npz"))
    for path in sorted(folder.glob("noise_*.npy")):
        yield Case(f"simulate from {path.stem}", ("simulate", "--noise-npy", path, "--reference-mean", "--steps", 50,
                                                  "--stride", 10, "--out", "traj.npz"), quick="n64" in path.stem)


def encodes(folder):
    for path in sorted(folder.glob("traj_*_n*.npz")):
        name = path.stem
        for what, options in (("default", ()), ("periodic", ("--mask-boundary", "periodic", "--smooth-k", 21)),
                              ("triangle", ("--mask-smooth-kernel", "triangle", "--tau", 0.2)),
                              ("wide", ("--k-cut", 12, "--resid-mid-cut", 20, "--topk-mid", 300)),
                              ("narrow", ("--k-cut", 3, "--resid-mid-cut", 4, "--topk-mid", 0, "--mask-majority-iters", 0)),
                              ("even", ("--smooth-k", 8)), ("one", ("--smooth-k", 1)), ("frame", ("--frame", 1))):
            learn = [("learn", "--states-npz", "z.npz", "--out", "A.npz")] if what in ("default", "narrow") else []
            yield Case(f"encode {name} {what}", ("encode", "--traj-npz", path, *options, "--out", "z.npz"), *learn,
                       ("decode", *CPU, "--z0-npz", "z.npz", *UNDRAWN),
                       quick=what == "default" and "n64" in name)
    yield Case("learn ridge", ("simulate", "--N", 32, "--steps", 40, "--out", "t.npz"),
               ("encode", "--traj-npz", "t.npz", "--k-cut", 5, "--topk-mid", 20, "--out", "z.npz"),
               ("learn", "--states-npz", "z.npz", "--ridge", "1e-6", "--out", "A.npz"), quick=True)


def snapshots(folder, some_traj):
    run = ("snapshots", *CPU, *SMALL, "--steps", 24, "--stride", 8, "--out-dir", "out")
    for what, options in (("plain", ()), ("all", ("--save-traj", "--save-decoded", "--check-decode-parity", "--hash-every", 4,
                                                  "--metrics-hash", "z,omega_lp,mask,omega_hat")),
                          ("synthesis", ("--residual-synthesis", "on", "--save-decoded")),
                          ("signed", ("--combine-gate", "signed", "--residual-synthesis", "on", "--residual-high", "false")),
                          ("wrapped", ("--mask-boundary", "periodic", "--smooth-k", 5, "--tau", 0.2)),
                          ("triangle", ("--mask-smooth-kernel", "triangle", "--ridge", 1e-5)),
                          ("deterministic", ("--op-deterministic", "true", "--dtype", "float32", "--hash-every", 1)),
                          ("no truth", ("--no-ground-truth",)), ("parity only", ("--parity-only",)),
                          ("no decode", ("--no-decode", "--hash-every", 6)), ("fftw", ("--fft-backend", "fftw")),
                          ("ignore", ("--combine-anchors", "ignore", "--prefix", "other", "--seed", 5)),
                          ("filter", ("--filter", "--reference-mean", "--dt", 0.02, "--Cs", 0.2, "--nu0", 2e-4)),
                          ("metrics", ("--observer", "metrics")), ("one thread", ("--cpu-threads", 1))):
        yield Case(f"snapshots {what}", (*run, *options), quick=what in ("all", "synthesis", "wrapped"))
    if some_traj:
        yield Case("snapshots trajectory", ("snapshots", *CPU, "--traj-npz", some_traj, "--stride", 1, "--save-decoded",
                                            "--out-dir", "out"))
    yield Case("snapshots twice", run, (*run, "--resume"), (*run, "--resume", "--tau", 0.3), run)


def parities(states):
    for name, state in states.items():
        if not name.startswith("made") or re.search("n(17|50|64|127|131)_", name):
            yield Case(f"parity {name}", ("parity", "--z0-npz", state, "--backends", "cpu", "--json"),
                       ("parity", "--z0-npz", state, "--backends", "cpu", "--mask-boundary", "periodic",
                        "--mask-smooth-width", 3), quick=name.endswith("n64/decode"))


def on_vulkan(states, data, folder, device):
    """What goes through the other backend. The transforms are named: `auto` measures, and may choose otherwise."""
    # Few shapes: each costs a software device seconds of compilation. Grids of 64 have a kernel of their own.
    usual = [name for name in states if re.search("(n64/decode|n96_even/decode|n64/decode_skew|n8_|n50_|n127_k20)", name)]
    for name, (fft, precision) in itertools.product(usual, (("{pruned}", "fp32"), ("vkfft", "fp32"), ("direct", "fp32"),
                                                            ("{pruned}", "fp64"), ("direct", "fp64"))):
        yield Case(f"vulkan decode {name} {fft} {precision}",
                   ("decode", *vulkan(fft, device, precision), "--z0-npz", states[name], *UNDRAWN), backend="vulkan",
                   quick=precision == "fp32" and (name.endswith("n64/decode") or (fft == "{pruned}" and "n96" in name)))
    good = "{in}/good.npz"
    for what, options in (("synthesis", ("--residual-synthesis", "on", "--combine-gate", "signed")),
                          ("periodic", ("--mask-boundary", "periodic", "--combine-anchors", "ignore")),
                          ("triangle", ("--mask-smooth-kernel", "triangle", "--mask-smooth-width", 7)),
                          ("metrics", ("--decode-observer", "metrics")), ("rounds", ("--mask-majority-iters", 1))):
        for fft in ("{pruned}", "vkfft", "direct"):
            output = UNDRAWN if what != "metrics" else UNDRAWN[2:4]
            yield Case(f"vulkan decode {what} {fft}", ("decode", *vulkan(fft, device), "--z0-npz", good, *options, *output),
                       backend="vulkan", quick=what == "synthesis" and fft == "direct")
    yield Case("vulkan batch", ("decode", *vulkan("direct", device), "--z0-npz", "{in}/batch_dt.npz", "--decode-batch", 1,
                                *EVERYTHING),
               ("decode", *vulkan("{pruned}", device), "--z0-npz", "{in}/batch_dt.npz", "--decode-batch", 2, "--out", "f.npz"),
               backend="vulkan")
    yield Case("vulkan old name", ("decode", *vulkan("vkfft-pruned", device), "--z0-npz", good, *EVERYTHING), backend="vulkan",
               quick=True)
    for dtype, deterministic in itertools.product(("float32", "float64"), ("false", "true")):
        yield Case(f"vulkan perf-kernel {dtype} {deterministic}",
                   ("perf-kernel", *vulkan("direct", device), "--z0-npz", "{in}/dt.npz", "--A-npz", "{in}/A_decay.npz",
                    "--steps", 40, "--decode-every", 10, "--hash-every", 5, "--op-backend", "vulkan", "--dtype", dtype,
                    "--op-deterministic", deterministic, "--metrics-hash", "z,omega_lp,mask,omega_hat", "--observer",
                    "snapshots", "--z-out-npy", "z.npy", "--metrics-json", "m.json"), backend="vulkan",
                   quick=dtype == "float32")
    for fft in ("{pruned}", "vkfft", "direct"):
        yield Case(f"vulkan snapshots {fft}", ("snapshots", *vulkan(fft, device), *SMALL, "--steps", 16, "--stride", 4,
                                               "--residual-synthesis", "on", "--save-decoded", "--out-dir", "out"),
                   backend="vulkan")
        yield Case(f"vulkan parity {fft}", ("parity", "--z0-npz", good, "--backends", "vulkan", "--json",
                                            "--decode-allow-software-device", "true", "--decode-fft", fft), backend="vulkan")
    yield Case("vulkan refused", ("decode", "--decode-backend", "vulkan", "--z0-npz", good, "--decode-fft", "none", *EVERYTHING),
               ("decode", "--decode-backend", "vulkan", "--permissive", "--decode-device", "nobody", "--z0-npz", good,
                *EVERYTHING), backend="vulkan")
    yield Case("vulkan check-plugin", ("check-plugin", "vulkan", "--quick", "--allow-software-device", "--only",
                                       "file,table,device"), backend="vulkan", text=True)
    yield Case("vulkan devices", ("devices",), ("devices", "--json"), backend="vulkan")


def wrong(options_of):
    """What is refused: exit code, what is left behind, and words."""
    decode = ("decode", *CPU, *EVERYTHING, "--z0-npz")
    names = [*inputs_wrong(), "not_there"]
    yield Case("wrong states", *[(*decode, f"{{in}}/wrong_{name}.npz") for name in names], quick=True)
    yield Case("wrong residuals", *[(*decode, "{in}/good.npz", *options) for options in (
        ("--resid-npy", "{in}/resid_wrong.npy"), ("--resid-npy", "{in}/resid_nan.npy"), ("--resid-npy", "{in}/good.npz"),
        ("--phases-npz", "{in}/phases_wrong.npz"), ("--phases-npz", "{in}/good.npz"),
        ("--resid-npy", "{in}/resid_nan.npy", "--phases-npz", "{in}/phases_mid_only.npz"),
        ("--phases-npz", "{in}/phases_mid_only.npz"), ("--residual-synthesis", "on", "--resid-npy", "{in}/resid_nan.npy"),
        ("--mask-smooth-width", 65), ("--mask-smooth-width", 10, "--mask-smooth-kernel", "triangle"),
        ("--decode-fft", "vkfft-pruned"), ("--decode-fft", "none"), ("--decode-precision", "fp32"),
        ("--decode-fft", "none", "--permissive"), ("--decode-precision", "fp32", "--permissive"),
        ("--decode-backend", "nobody"), ("--decode-backend", "nobody", "--permissive"), ("--plugins-path", "nowhere"),
        ("--decode-device", "GPU"), ("--decode-device", 1), ("--out", "no/such/folder.npz"), ("--out", "."),
        ("--png", "fields.npz"), ("--config", "{ini}/unknown_key.ini"), ("--config", "no.ini"), ("--verbose",),
        ("--strict", "--permissive"), ("extra",))])
    yield Case("wrong rollouts", *[("perf-kernel", *CPU, "--z0-npz", "{in}/good.npz", "--steps", 5, *options) for options in (
        ("--A-npz", "{in}/A_wrong.npz"), ("--A-npz", "{in}/A_nan.npz"), ("--A-npz", "{in}/good.npz"), (),
        ("--A-npz", "{in}/A_decay.npz", "--z0-npz", "{in}/batch_dt.npz"), ("--A-npz", "{in}/A_decay.npz", "--steps", 0),
        ("--A-npz", "{in}/A_decay.npz", "--require-gpu"), ("--A-npz", "{in}/A_decay.npz", "--op-backend", "nobody"),
        ("--A-npz", "{in}/A_decay.npz", "--residual-synthesis", "on"))])
    yield Case("wrong trajectories", *[(*command, "--traj-npz", f"{{in}}/{name}") for command in (
        ("encode", "--out", "z.npz"), ("snapshots", *CPU, "--out-dir", "out"))
        for name in ("traj_wrong.npz", "traj_one.npz", "good.npz", "nothing.npz")],
        ("learn", "--states-npz", "{in}/good.npz", "--out", "A.npz"), ("learn", "--out", "A.npz"))
    yield Case("wrong simulations", *[("simulate", "--out", "t.npz", *options) for options in (
        ("--N", 3), ("--dt", -1), ("--dt", "1e3", "--steps", 50, "--N", 32), ("--init-npy", "{in}/resid_wrong.npy"),
        ("--init-npy", "{in}/resid_nan.npy"), ("--steps", -1), ("--stride", 0), ("--seed", "1.5"), ("--Cs", "x"),
        ("--nu0", "nan"), ("--dtype", "int8"))])
    yield Case("commands", (), ("nonsense",), ("--help",), ("--version",), ("decode",), ("decode", "--nonsense"),
               ("config",), ("parity", "--permissive", "--z0-npz", "{in}/good.npz"), quick=True)
    for command, guard in (("decode", ()), ("perf-kernel", ()), ("snapshots", ("--N", 3)), ("simulate", ()), ("encode", ()),
                           ("learn", ()), ("parity", ()), ("bench", ("--sizes", 3))):
        valued, flags = options_of(command)
        yield Case(f"options of {command}", *[(command, option, value, *guard) for option in valued
                                              for value in ("nonsense", "", "-1", "1e400")],
                   *[(command, option) for option in valued], *[(command, option + "=x", *guard) for option in flags])


def inputs_wrong():
    # What inputs.py makes beside its members, by name.
    members = ("no_z no_mask no_n no_anchors complex big_endian half short cube empty nan inf_k huge n_real n_small n_other "
               "n_large tau tau_text width width_real width_none twice outside low_anchor mask_shape mask_none cut no_cut")
    return [*members.split(), "cut_short", "byte", "text", "nothing"]


def configurations():
    yield Case("configurations", *[("config", "--check", f"{{ini}}/{name}.ini") for name in inputs.INI],
               *[("config", "--effective", "--config", f"{{ini}}/{name}.ini") for name in inputs.INI], quick=True)
    yield Case("effective", ("config", "--effective"), ("config", "--effective", "--mask-tau", "0.5", "--permissive"),
               ("config", "--effective", "--config", "{ini}/good.ini", "--mask-tau", "0.25"),
               ("decode", "--config", "{ini}/good.ini", "--z0-npz", "{in}/good.npz", *EVERYTHING))


def texts(commands):
    yield Case("help", *[(command, "--help") for command in commands], ("config", "--print"), quick=True, text=True)
    yield Case("check-plugin cpu", ("check-plugin", "cpu", "--quick"), text=True)


def find_states(data, folder):
    """{name: path} of every state there is."""
    found = {}
    for label, source in data.items():
        for path in sorted(source.rglob("*.npz")):
            if path.stem.startswith("decode") or path.stem == "state":
                found[f"{label}/{path.relative_to(source).with_suffix('')}"] = path
    for path in sorted([*folder.glob("states_*.npz"), *folder.glob("made_*.npz")]):
        found[path.stem] = path
    return found


def all_cases(data, folder, device, options_of, commands):
    states = find_states(data, folder)
    traj = next(iter(sorted(folder.glob("traj_*_n64.npz"))), None)
    return [*decodes(states), *residuals(states, folder), *rollouts(data, folder), *simulations(folder), *encodes(folder),
            *snapshots(folder, traj), *parities(states), *on_vulkan(states, data, folder, device), *wrong(options_of),
            *configurations(), *texts(commands)]

# SPDX-License-Identifier: MIT
"""The files that both builds read: reference data, states made up here, and files that are wrong in some way."""

import numpy as np

LAYOUT = ("mask_low", "anchor_idx", "N", "k_cut", "resid_mid_cut", "dashi_tau", "dashi_smooth_k")
# N, k_cut, resid_mid_cut, anchors, states: every kind of size, few modes and all of them, grids beyond what is kept.
MADE = ((4, 1, 2, 2, 1), (8, 2, 3, 5, 3), (16, 12, 12, 0, 2), (17, 4, 6, 16, 2), (48, 8, 12, 40, 1), (50, 6, 9, 30, 3),
        (64, 46, 46, 0, 1), (100, 8, 12, 128, 2), (125, 8, 12, 64, 1), (127, 20, 24, 50, 1), (128, 60, 70, 100, 1),
        (131, 64, 80, 9, 1), (192, 8, 12, 128, 1), (256, 8, 12, 128, 1), (256, 50, 60, 64, 1), (512, 8, 12, 128, 1),
        (513, 8, 12, 128, 1), (1024, 8, 12, 128, 1))


def state_name(n, k_cut, batch):
    return f"made_n{n}_k{k_cut}_b{batch}.npz"


def make_state(n, k_cut, mid_cut, anchors, batch):
    """A random state that belongs to no real field: k and -k are not conjugates."""
    random = np.random.default_rng([n, k_cut, batch])
    k = np.rint(np.fft.fftfreq(n, 1.0 / n)).astype(int)
    k2 = k[:, None] ** 2 + k[None, :] ** 2
    low = k2 <= k_cut**2
    mid = np.flatnonzero((k2 <= mid_cut**2) & ~low)
    chosen = random.permutation(mid)[:anchors]
    m, a = int(low.sum()), len(chosen)
    z = random.normal(size=(batch, 2 * m + 4 + 2 * a))
    weight = 1.0 / (1.0 + k2[low])
    z[:, :m] *= weight
    z[:, m : 2 * m] *= weight
    z[:, 2 * m] = 0.5
    z[:, 2 * m + 1 : 2 * m + 3] = random.uniform(0.0, 1e-3, (batch, 2))
    z[:, 2 * m + 3] = [a, a / 2 + 0.5, 0.0, a + 7.0][batch % 4]
    z[:, 2 * m + 4 :] *= 0.02
    return {"z": z if batch > 1 else z[0], "mask_low": low, "anchor_idx": chosen, "N": n, "k_cut": float(k_cut),
            "resid_mid_cut": float(mid_cut)}


def _wrong_states(folder, good):
    """Members changed one at a time, and archives that are damaged."""
    z, anchors = good["z"], good["anchor_idx"]
    m = int(good["mask_low"].sum())

    def at(index, value):
        changed = z.copy()
        changed[index] = value
        return changed

    wrong = {"no_z": {"z": None}, "no_mask": {"mask_low": None}, "no_n": {"N": None}, "no_anchors": {"anchor_idx": None},
             "complex": {"z": z.astype("c16")}, "big_endian": {"z": z.astype(">f8")}, "half": {"z": z.astype("f2")},
             "short": {"z": z[:-1]}, "cube": {"z": z[None, None]}, "empty": {"z": z[:0]}, "nan": {"z": at(3, np.nan)},
             "inf_k": {"z": at(2 * m + 3, np.inf)}, "huge": {"z": at(0, 1e305)}, "n_real": {"N": 64.5}, "n_small": {"N": 3},
             "n_other": {"N": 96}, "n_large": {"N": 40000}, "tau": {"dashi_tau": 1.5}, "tau_text": {"dashi_tau": "0.35"},
             "width": {"dashi_smooth_k": 65}, "width_real": {"dashi_smooth_k": 10.5}, "width_none": {"dashi_smooth_k": 0},
             "twice": {"anchor_idx": np.where(np.arange(len(anchors)) == 1, anchors[0], anchors)},
             "outside": {"anchor_idx": anchors + 4096}, "low_anchor": {"anchor_idx": anchors * 0},
             "mask_shape": {"mask_low": good["mask_low"][:-1]}, "mask_none": {"mask_low": good["mask_low"] & False},
             "cut": {"resid_mid_cut": 2.0}, "no_cut": {"k_cut": None}}
    for name, change in wrong.items():
        members = {key: value for key, value in {**good, **change}.items() if value is not None}
        np.savez(folder / f"wrong_{name}.npz", **members)
    whole = (folder / "good.npz").read_bytes()
    (folder / "wrong_cut_short.npz").write_bytes(whole[: len(whole) // 2])
    (folder / "wrong_byte.npz").write_bytes(whole[:900] + bytes([whole[900] ^ 1]) + whole[901:])
    (folder / "wrong_text.npz").write_text("no archive\n")
    (folder / "wrong_nothing.npz").write_bytes(b"")


INI = {
    "good": "[decode]\nbackend = cpu\n[mask]\ntau = 0.5 ; half\nsmooth_kernel = triangle\nboundary = periodic\n",
    "empty": "", "comment": "# nothing\n; at all\n", "bom": "\ufeff[mask]\ntau = 0.25\n", "crlf": "[mask]\r\ntau = 0.25\r\n",
    "colon": "[mask]\ntau: 0.25\n", "spaces": "  [mask]\n", "unknown_key": "[mask]\nwidth = 3\n",
    "unknown_section": "[masks]\ntau = 0.3\n", "no_section": "tau = 0.3\n", "twice": "[mask]\ntau = 0.3\ntau = 0.4\n",
    "no_value": "[mask]\ntau\n", "empty_value": "[mask]\ntau =\n", "comma": "[mask]\ntau = 0,35\n",
    "hex": "[mask]\ntau = 0x1p-2\n", "range": "[mask]\ntau = 1.5\n", "nan": "[mask]\ntau = nan\n",
    "bool": "[op]\ndeterministic = yes\n", "case": "[Mask]\nTau = 0.3\n", "choice": "[mask]\nboundary = mirror\n",
    "broken": "[mask\ntau = 0.3\n", "long": "[decode]\ndevice = " + 2000 * "x" + "\n",
    "continued": "[decode]\nfallback = cpu,\n  vulkan\n", "seed": "[residual]\nseed = 9007199254740993\n",
    "hash": "[metrics]\nhash = omega_lp, omega_lp\n", "hash_word": "[metrics]\nhash = fields\n", "nul": "[mask]\ntau = 0.3\0\n",
    "fft": "[decode]\nbackend = vulkan\nfft = {pruned}\n", "big": "[decode]\nbatch = 1048577\n",
    "fallbacks": "[decode]\nfallback = cpu, cpu\n", "percent": "[mask]\ntau = 35%\n", "deep": "[plugins]\npath = ../plugins\n",
}


def make(folder, data):
    """Fills the folder; data are folders with reference data, each with one folder a case."""
    folder.mkdir(parents=True)
    for shape in MADE:
        np.savez(folder / state_name(shape[0], shape[1], shape[4]), **make_state(*shape))
    for label, source in data.items():
        for path in sorted(source.rglob("encode.npz")):
            with np.load(path) as members:
                name = f"{label}_{path.parent.name}"
                frames = members["omega"]
                states = {key: members[key] for key in LAYOUT if key in members}
                np.savez(folder / f"traj_{name}.npz", traj=frames, N=members["N"])
                np.savez(folder / f"states_{name}.npz", z=members["z"], **states)
                np.savez(folder / f"first_{name}.npz", z=members["z"][0], **states)
                np.save(folder / f"init_{name}.npy", frames[0])
                np.save(folder / f"resid_{name}.npy", np.random.default_rng(7).normal(size=frames[0].shape))
        for path in sorted(source.rglob("les.npz")):
            with np.load(path) as members:
                np.save(folder / f"noise_{label}_{path.parent.name}.npy", members["noise"])
        for path in sorted(source.rglob("residual*.npz")):
            with np.load(path) as members:
                np.savez(folder / f"phases_{label}_{path.parent.name}_{path.name}",
                         phases_mid=members["phases_mid"], phases_high=members["phases_high"])
    with np.load(next(iter(data.values())) / "n64" / "decode.npz") as members:
        good = {key: members[key] for key in ("z", *LAYOUT)}
    np.savez(folder / "good.npz", **good)
    d = len(good["z"])
    np.savez(folder / "A_decay.npz", A=0.999 * np.eye(d) + np.diag(np.full(d - 1, 1e-3), 1))
    np.savez(folder / "A_wrong.npz", A=np.eye(d - 1))
    np.savez(folder / "A_nan.npz", A=np.full((d, d), np.nan))
    np.save(folder / "resid_wrong.npy", np.zeros((63, 64)))
    np.save(folder / "resid_nan.npy", np.full((64, 64), np.nan))
    np.savez(folder / "phases_wrong.npz", phases_mid=np.zeros((64, 63)), phases_high=np.zeros((64, 64)))
    np.savez(folder / "phases_mid_only.npz", phases_mid=np.full((64, 64), 0.5), phases_high=np.zeros(0))
    np.savez(folder / "dt.npz", **good, dt=0.05)
    np.savez(folder / "batch_dt.npz", **{**good, "z": np.stack([good["z"], 0.5 * good["z"], -good["z"]])}, dt=0.05)
    np.savez(folder / "traj_wrong.npz", traj=np.zeros((3, 8, 9)))
    np.savez(folder / "traj_one.npz", traj=np.zeros((1, 16, 16)), N=16)
    _wrong_states(folder, good)


def make_configurations(folder, build):
    """Configurations name the transform as the build does."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in INI.items():
        (folder / f"{name}.ini").write_text(text.replace("{pruned}", build.pruned), newline="")

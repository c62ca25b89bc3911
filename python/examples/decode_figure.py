# SPDX-License-Identifier: MIT
# %% [markdown]
# # A decoded state
# The figure of the README from Python: omega_lp, the mask and omega_hat of a 128 x 128 flow. Run it as a
# script, or cell by cell in an editor that knows `# %%`.
#
#     python3 python/examples/decode_figure.py [STATE.npz [OUT.png]]

# %%
import pathlib
import sys

import numpy as np
import vordec

try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap
except ImportError:  # the fields are written then
    plt = None

examples = pathlib.Path(__file__).resolve().parent.parent.parent / "examples"
state_path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else examples / "data" / "state.npz"
out_path = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path("decode.png")

# %% [markdown]
# ## What could decode here, and what stands against it

# %%
for candidate in vordec.devices():
    name = candidate.device.name if candidate.device else "no device"
    print(f"{candidate.backend}: {name}: {candidate.refusal or 'usable'}")

# %% [markdown]
# ## Decode
# The configuration is a dict, or the path of an INI file. The state file brings its own tau and smoothing width.

# %%
state = vordec.State.from_npz(state_path)
outputs = ["omega_lp", "mask", "omega_hat", "scalars"]
with vordec.Decoder(state, {"decode": {"backend": "auto"}}, outputs=outputs) as decoder:
    result = decoder.decode()
    info = decoder.info

print(f"asked for {info.backend_requested}, used {info.backend_used} on {info.device.name}: decoded on the "
      f"{result.report.decode_device} in {info.precision}, {result.report.total_ms:.2f} ms")

# %% [markdown]
# ## Look
# The first state, if the file holds several.

# %%
fields = (result.omega_lp, result.mask, result.omega_hat)
first = [field[0] if field.ndim == 3 else field for field in fields]
scalars = np.atleast_1d(result.scalars)[0]
print(f"energy {scalars['energy_lp']:.6g}, enstrophy {scalars['enstrophy_lp']:.6g}, "
      f"support {scalars['support_frac']:.4f} of the cells")

if plt is None:
    np.savez(out_path.with_suffix(".npz"), omega_lp=first[0], mask=first[1], omega_hat=first[2])
    print(f"no matplotlib (python3-matplotlib): the fields are in {out_path.with_suffix('.npz')}")
else:
    limit = max(abs(first[0]).max(), abs(first[2]).max())
    figure, axes = plt.subplots(1, 3, figsize=(13, 6), constrained_layout=True)
    ternary = ListedColormap(["#2f6aa8", "#efefef", "#b93434"])
    titles = ("low-pass vorticity (omega_lp)", "mask; residual off: gates nothing", "decoded vorticity (omega_hat)")
    for axis, field, title in zip(axes, first, titles):
        is_mask = field is first[1]
        image = axis.imshow(field, origin="lower", extent=(0, 2, 0, 2), cmap=ternary if is_mask else "RdBu_r",
                            vmin=-1 if is_mask else -limit, vmax=1 if is_mask else limit, interpolation="nearest")
        axis.set(title=title, xlabel="x / \u03c0", ylabel="y / \u03c0", xticks=[0, 1, 2], yticks=[0, 1, 2])
        bar = figure.colorbar(image, ax=axis, orientation="horizontal", shrink=0.85, aspect=25,
                              label="mask" if is_mask else "vorticity")
        if is_mask:
            bar.set_ticks([-2 / 3, 0, 2 / 3], labels=["\u22121", "0", "+1"])
    figure.suptitle(f"{info.backend_used} on {info.device.name}; N = {decoder.layout.n}, {info.precision} "
                    f"(vordec {vordec.version()[0]})")
    figure.savefig(out_path, dpi=110)
    print(f"wrote {out_path}")

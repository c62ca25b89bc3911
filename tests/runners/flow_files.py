# SPDX-License-Identifier: MIT
"""A small flow that is known exactly, and files of it as the projects of the field write them.

The vorticity is a sum of a few waves, no two of which are mirrors of each other, so that a swapped axis, a wrong sign of the
curl or a wrong box shows. `order` says in which order the axes of the grid come; positions are those of N points of a box.
Each writer makes one file of a project's layout and returns its path."""

import h5py
import numpy as np
import scipy.io
import xarray

N, FRAMES, DT = 16, 5, 0.1
BOX = 2 * np.pi
# (kx, ky): amplitude of cos(kx x + ky y - kx t)
MODES = {(1, 2): 1.0, (3, 0): -0.5, (0, 1): 0.25, (2, -1): 0.75}
HERE = ((0, 0), (0, 0))  # where u and v are given, in cells beside the points


def _points(order, box, at=(0, 0)):
    x, y = (np.arange(N) + at[0]) * box / N, (np.arange(N) + at[1]) * box / N
    return (x[None, :], y[:, None]) if order == "yx" else (x[:, None], y[None, :])


def vorticity(t, order="yx", box=BOX):
    x, y = _points(order, box)
    unit = 2 * np.pi / box
    return sum(a * np.cos(unit * (kx * x + ky * y) - kx * t) for (kx, ky), a in MODES.items())


def velocity(t, order="yx", box=BOX, at=HERE):
    """u and v: psi of a wave is a cos(..) / k^2, u = psi_y, v = -psi_x."""
    unit, parts = 2 * np.pi / box, []
    for which in 0, 1:
        x, y = _points(order, box, at[which])
        part = 0
        for (kx, ky), a in MODES.items():
            psi_slope = -a * np.sin(unit * (kx * x + ky * y) - kx * t) / (unit * (kx**2 + ky**2))
            part = part + (ky * psi_slope if which == 0 else -kx * psi_slope)
        parts.append(part)
    return np.stack(parts)


def frames(order="yx", box=BOX):
    return np.stack([vorticity(DT * t, order, box) for t in range(FRAMES)])


def velocities(order="yx", box=BOX, at=HERE):
    """(time, component, .., ..)"""
    return np.stack([velocity(DT * t, order, box, at) for t in range(FRAMES)])


def vectors(order="yx", box=BOX):
    """(time, .., .., component)"""
    return np.moveaxis(velocities(order, box), 1, -1)


def times():
    return np.arange(FRAMES) * DT


def positions(box=BOX, beside=0.0):
    return (np.arange(N) + beside) * box / N


def energy(box=BOX):
    """Mean kinetic energy; the same at all times up to the waves' phases."""
    return (velocities(box=box)**2).sum(axis=1).mean(axis=(1, 2)) / 2


# ---- The Well


def well(path, fields=None, box=BOX, dims=("x", "y"), samples=2, edges="PERIODIC", **attributes):
    """fields: of t0_fields and t1_fields; by default velocity alone. The last sample is the flow, the others are still."""
    order = "yx" if dims[0] == "y" else "xy"
    if fields is None:
        own = vectors(order, box)
        fields = {"t1_fields/velocity": own if order == "xy" else own[..., ::-1]}  # components as the axes
    with h5py.File(path, "w") as file:
        file.attrs.update(dataset_name="two_d", grid_type="cartesian", n_spatial_dims=2, n_trajectories=samples,
                          simulation_parameters=["nu"], nu=1e-3)
        file.attrs.update(attributes)
        file.create_group("dimensions").attrs["spatial_dims"] = list(dims)
        file["dimensions/time"] = times().astype("f4")
        for dim in dims:
            file[f"dimensions/{dim}"] = positions(box).astype("f4")
            edge = file.create_group(f"boundary_conditions/{dim}_{edges.lower()}")
            edge.attrs.update(bc_type=edges, associated_dims=[dim], associated_fields=[], sample_varying=False,
                              time_varying=False)
            edge["mask"] = np.isin(np.arange(N), (0, N - 1))
        file.create_group("scalars").attrs["field_names"] = ["nu"]
        file["scalars/nu"] = 1e-3
        for group in "t0_fields", "t1_fields", "t2_fields":
            names = [name.split("/")[1] for name in fields if name.startswith(group)]
            file.create_group(group).attrs["field_names"] = names
        for name, field in fields.items():
            file[name] = np.stack([0 * field] * (samples - 1) + [field]).astype("f4")
            file[name].attrs.update(dim_varying=[True, True], sample_varying=True, time_varying=True)
    return path


# ---- Dedalus


def _dedalus_task(file, task, field, virtual):
    """One process, or two with a file each and a joint one."""
    name, growing = f"tasks/{task}", (None, *field.shape[1:])
    if not virtual:
        return file.create_dataset(name, data=field, maxshape=growing)
    layout = h5py.VirtualLayout(field.shape, field.dtype, maxshape=growing)
    for process in 0, 1:
        half = np.s_[:, process * N // 2:(process + 1) * N // 2]
        part = f"{virtual}/{virtual}_p{process}.h5"
        folder = file.filename.rpartition("/")[0]
        with h5py.File(f"{folder}/{part}", "w") as other:
            other.create_dataset(name, data=field[half], maxshape=(None, *field[half].shape[1:]))
        layout[half] = h5py.VirtualSource(part, name, field[half].shape, maxshape=(None, *field[half].shape[1:]))
    return file.create_virtual_dataset(name, layout)


def dedalus(path, task="vorticity", field=None, box=BOX, virtual=None):
    """virtual: a folder beside the file, for the processes' files."""
    field = frames("xy", box) if field is None else field
    with h5py.File(path, "w") as file:
        file.attrs.update(set_number=1, handler_name="snapshots", writes=FRAMES)
        file["scales/constant"] = np.zeros(1)
        file["scales/sim_time"] = times()
        file["scales/iteration"] = np.arange(FRAMES)
        dataset = _dedalus_task(file, task, field, virtual)
        dataset.dims[0].label = "t"
        for name in "sim_time", "iteration":
            file[f"scales/{name}"].make_scale(name)
            dataset.dims[0].attach_scale(file[f"scales/{name}"])
        for axis, name in enumerate(("x", "y"), field.ndim - 2):
            scale = f"scales/{name}_hash_5a1{axis}"
            file[scale] = positions(box) - box / 2
            file[scale].make_scale(name)
            dataset.dims[axis].label = name
            dataset.dims[axis].attach_scale(file[scale])
    return path


# ---- PDEBench


def pdebench(path, box=1.0, coordinates=True):
    """Incompressible flow, as its solver writes it."""
    with h5py.File(path, "w") as file:
        for name, field in ("velocity", vectors("xy", box)), ("particles", np.zeros((FRAMES, N, N, 1))):
            file.create_dataset(name, data=field[None].astype("f4"), compression="lzf", shuffle=True,
                                chunks=(1, 1, *field.shape[1:]))
        file["force"] = np.zeros((1, N, N, 2), "f4")
        file["t"] = times()[None].astype("f4")
        if coordinates:
            file["x-coordinate"] = file["y-coordinate"] = positions(box, 0.5)
    return path


def pdebench_tensor(path, box=1.0):
    with h5py.File(path, "w") as file:
        file["tensor"] = frames("xy", box)[None].astype("f4")
        file["x-coordinate"], file["y-coordinate"] = positions(box, 0.5), positions(box, 0.5)
        file["t-coordinate"] = np.arange(FRAMES + 1) * DT
    return path


def pdebench_compressible(path, box=1.0):
    both = velocities("xy", box)
    with h5py.File(path, "w") as file:
        for name, field in ("Vx", both[:, 0]), ("Vy", both[:, 1]), ("density", np.ones((FRAMES, N, N))):
            file[name] = field[None].astype("f4")
        file["x-coordinate"], file["y-coordinate"] = positions(box, 0.5), positions(box, 0.5)
        file["t-coordinate"] = np.arange(FRAMES + 1) * DT
    return path


# ---- jax-cfd


def jax_cfd_dataset(box=BOX, staggered=True, **fields):
    """Velocities on the faces of cells, positions of the centres; or fields of (time, x, y)."""
    if not fields:
        at = ((0.5, 0), (0, 0.5)) if staggered else HERE
        both = velocities("xy", box, at)
        fields = {"u": (both[:, 0], {"offset": [1.0, 0.5]} if staggered else {}),
                  "v": (both[:, 1], {"offset": [0.5, 1.0]} if staggered else {})}
    variables = {name: (("sample", "time", "x", "y"), field[None], attributes)
                 for name, (field, attributes) in fields.items()}
    centres = positions(box, 0.5)
    return xarray.Dataset(variables, {"sample": [0], "time": times(), "x": centres, "y": centres},
                          {"ndim": 2, "domain_size": box, "save_grid_size": N})


def jax_cfd(path, **options):
    jax_cfd_dataset(**options).to_netcdf(path, engine="netcdf4")
    return path


# ---- FNO


def fno(path, samples=2, version=5, **options):
    """As MATLAB shows them: a (B, x, y), u (B, x, y, T), side 1."""
    own = np.moveaxis(frames("xy", 1.0), 0, -1)
    u = np.stack([0 * own] * (samples - 1) + [own])
    if version == 5:
        scipy.io.savemat(path, {"a": u[..., 0], "u": u, "t": times()}, **options)
        return path
    with h5py.File(path, "w", userblock_size=512) as file:
        file["a"], file["u"], file["t"] = u[..., 0].T, u.T, times()[:, None]
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
    return path


# ---- FourierFlows


def fourierflows(path, fields=None, box=1.0, side_y=None, with_times=True):
    """A JLD2 file of GeophysicalFlows. fields: (time, y, x) by their names; by default zeta."""
    fields = {"zeta": frames("yx", box)} if fields is None else fields
    with h5py.File(path, "w", userblock_size=512) as file:
        file["grid/nx"], file["grid/ny"], file["grid/Lx"], file["grid/Ly"] = N, N, box, side_y or box
        file["clock/dt"] = DT / 2
        for i in range(FRAMES):
            for name, field in fields.items():
                file[f"snapshots/{name}/{2 * i}"] = field[i]
            if with_times:
                file[f"snapshots/t/{2 * i}"] = DT * i
            file[f"snapshots/sol/{2 * i}"] = np.zeros((N, N // 2 + 1), complex)
            file[f"snapshots/energy/{2 * i}"] = 1.0
    return path

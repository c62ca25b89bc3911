# SPDX-License-Identifier: MIT
"""What files say of their arrays: axes, positions, units, components, valid values; and what is not understood."""

import unittest

import flow_files
import netCDF4
import numpy as np
import xarray
from flow_files import BOX, DT, FRAMES, N, frames, positions, times, velocities
from trajectory_support import Hdf5Files


class Conventions(Hdf5Files):
    def staggered(self, u=(0.5, 0), v=(0, 0.5), named=True):
        """Each component with axes of its own, as ocean models have them."""
        both = velocities(at=(u, v))
        data = xarray.Dataset({"u": (("time", "yu", "xu"), both[:, 0]), "v": (("time", "yv", "xv"), both[:, 1])})
        if named:
            rows = {"xu": positions(BOX, u[0]), "yu": positions(BOX, u[1]), "xv": positions(BOX, v[0]), "yv": positions(BOX, v[1])}
            data = data.assign_coords({name: (name, row, {"axis": name[0].upper()}) for name, row in rows.items()})
        return data

    def stored(self, data):
        data.to_netcdf(self.path("T.nc"))
        return self.path("T.nc")

    def test_components_at_other_positions(self):
        faces = self.staggered()
        self.check_fields(self.stored(faces), box=BOX)
        self.check_fields(self.stored(faces.isel(yu=slice(None, None, -1), yv=slice(None, None, -1))), box=BOX)
        moved = self.staggered((0.25, 0.125), (0, 0.125))
        np.testing.assert_allclose(self.encode(self.stored(moved))["z"],
                                   self.encode(self.stored(self.staggered((0, 0.125), (0, 0.125))))["z"], atol=1e-9)
        for wrong in faces.isel(xv=slice(None, None, -1)), faces.assign_coords(xv=("xv", faces.xv.data + 1, {"axis": "X"})):
            self.refuse_encode(["T.nc: u and v: their positions along x are not those of one grid"], self.stored(wrong))
        out = "--out", self.path("Z.npz")
        for data, warnings in (self.staggered((0, 0), (0, 0), named=False), 1), (faces, 0):
            stderr = self.succeed("encode", "--traj", self.stored(data), "--box", 1, *out).stderr
            self.assertEqual(stderr.count("the axes of u and v have different names, but no positions"), warnings)
        both = velocities()
        for key, warnings in ("v,u", 1), ("u,v", 0):
            stderr = self.succeed("encode", "--traj", self.savez(u=both[:, 0], v=both[:, 1], L=1.0), "--key", key, *out).stderr
            self.assertEqual(stderr.count("v is taken for the velocity along x, since --key names it first"), warnings)

    def test_values_that_are_not_valid(self):
        for form in "NETCDF4", "NETCDF3_CLASSIC":
            for bounds in {"valid_range": np.array([-9.0, 1.0])}, {"valid_max": 1.0}, {"valid_min": 1.0}:
                data = self.dataset(vorticity=(frames("xy"), bounds))
                self.refuse_encode(["vorticity: frame 0 is", "outside of the values that the file calls valid (valid_range)"],
                                   self.save_nc(data, form, vorticity={"_FillValue": None}))
            packed = {"dtype": "i2", "scale_factor": 1e-4, "_FillValue": None}
            for largest, good in (10000, False), (30000, True):
                bounds = {"valid_range": np.array([-30000, largest], "i2")}
                file = self.save_nc(self.dataset(vorticity=(frames("xy"), bounds)), form, vorticity=packed)
                if good:
                    self.check_fields(file, tolerance=1e-3)
                else:
                    self.refuse_encode(["vorticity: frame 0 is 15000 at row 0"], file)

    def dataset(self, **fields):
        return flow_files.jax_cfd_dataset(**fields)

    def test_positions_that_fall(self):
        """Rows from the top: the field is the same, turned round."""
        for form in "NETCDF4", "NETCDF3_CLASSIC":
            for turned in {"y"}, {"x", "y"}:
                data = self.dataset(vorticity=(frames("xy"), {})).isel({axis: slice(None, None, -1) for axis in turned})
                self.check_fields(self.save_nc(data.transpose("y", "time", "sample", "x"), form), dt=DT, box=BOX)
        self.check_fields(self.savez(vorticity=frames()[:, ::-1], x=positions(), y=positions()[::-1], t=times()), dt=DT)

    def test_missing_values(self):
        """Those that _FillValue or missing_value name, and those that nobody wrote."""
        data = self.dataset(vorticity=(frames("xy"), {}))
        data.vorticity[0, 2, 3, 4] = np.nan
        for form in "NETCDF4", "NETCDF3_CLASSIC":
            packing = {"dtype": "i2", "scale_factor": 1e-4, "_FillValue": -32768}
            for encoding in packing, {"dtype": "f4", "_FillValue": 1e20}:
                self.refuse_encode(["T.nc: vorticity: frame 2 is", "at row 4, column 3, which marks a missing value"],
                                   self.save_nc(data, form, vorticity=encoding))
            self.refuse_encode(["T.nc: vorticity: frame 2 is NaN"], self.save_nc(data, form))
            named = data.fillna(-999.0)
            named.vorticity.attrs["missing_value"] = -999.0
            self.refuse_encode(["frame 2 is -999 at row 4, column 3"], self.save_nc(named, form, vorticity={"_FillValue": None}))
            with netCDF4.Dataset(self.folder / "T.nc", "w", format=form) as file:
                for name, size in ("time", FRAMES), ("y", N), ("x", N):
                    file.createDimension(name, size)
                file.createVariable("zeta", "f4", ("time", "y", "x"))[:3] = frames()[:3]
            self.refuse_encode(["zeta: frame 3 is 9.96921e+36 at row 0"], self.path("T.nc"))

    def test_classic_netcdf(self):
        for form in "NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4", "NETCDF4_CLASSIC":
            with self.subTest(form):
                data = self.dataset(vorticity=(frames("xy"), {}))
                self.check_fields(self.save_nc(data, form), dt=DT, box=BOX)

    def test_packed_values(self):
        for form in "NETCDF3_CLASSIC", "NETCDF4":
            with self.subTest(form):
                both = velocities("xy")
                data = self.dataset(u=(both[:, 0], {}), v=(both[:, 1] + 3.0, {}))
                packing = {"u": {"dtype": "i2", "scale_factor": 1e-4}, "v": {"dtype": "i2", "scale_factor": 2e-4,
                                                                            "add_offset": 3.0},
                           "time": {"dtype": "i2", "scale_factor": DT, "_FillValue": None}}
                self.check_fields(self.save_nc(data, form, **packing), tolerance=1e-3, dt=DT)
                data = self.dataset(vorticity=(frames("xy"), {}))
                packing = {"dtype": "i1", "scale_factor": 0.02, "add_offset": -2.5, "_Unsigned": "true"}
                self.check_fields(self.save_nc(data, form, vorticity=packing), tolerance=2e-2)

    def test_dimensions_without_positions(self):
        file = netCDF4.Dataset(self.folder / "T.nc", "w")
        for name, size in ("time", FRAMES), ("y", N), ("x", N):
            file.createDimension(name, size)
        file.createVariable("zeta", "f8", ("time", "y", "x"))[:] = frames()
        file.close()
        self.check_fields(self.path("T.nc"))

    def test_axes_that_mean_nothing(self):
        """Of one entry: a level, a channel."""
        for form, rows, columns in ("NETCDF4", "lat", "lon"), ("NETCDF3_CLASSIC", "j", "i"):
            with netCDF4.Dataset(self.folder / "T.nc", "w", format=form) as file:
                for name, size in ("time", None), ("level", 1), (rows, N), (columns, N):
                    file.createDimension(name, size)
                for name, axis in (rows, "Y"), (columns, "X"):
                    file.createVariable(name, "f4", name)[:] = positions(3.0)
                    file[name].axis = axis
                file.createVariable("any", "f8", ("time", "level", rows, columns))[:] = frames()[:, None]
            self.check_fields(self.path("T.nc"), "--key", "any", box=3.0)

    def test_names_against_shapes(self):
        """Three levels are no times."""
        with netCDF4.Dataset(self.folder / "T.nc", "w") as file:
            for name, size in ("time", FRAMES), ("level", 3), ("y", N), ("x", N):
                file.createDimension(name, size)
            file.createVariable("zeta", "f8", ("time", "level", "y", "x"))[:] = np.stack([frames()] * 3, 1)
        self.refuse_encode(["zeta: neither its shape (5, 3, 16, 16) nor the file's names say what its axes are"], self.path("T.nc"))
        self.check_fields(self.path("T.nc"), "--axes", "t,b,y,x", "--sample", 2)

    def test_grids_that_are_not_supported(self):
        stretched = self.dataset(vorticity=(frames("xy"), {}))
        stretched = stretched.assign_coords(x=stretched.x**1.1)
        stretched.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: x: the positions are not equally spaced"], self.path("T.nc"))
        oblong = self.dataset(vorticity=(frames("xy"), {}))
        oblong = oblong.assign_coords(x=2 * oblong.x)
        oblong.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: the box is", "only square ones"], self.path("T.nc"))

    def test_times_that_are_not_equally_spaced(self):
        data = self.dataset(vorticity=(frames("xy"), {})).assign_coords(time=[0.0, 0.1, 0.2, 0.5, 0.8])
        data.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: time: the times are not equally spaced", "--frames"], self.path("T.nc"))
        self.check_fields(self.path("T.nc"), "--frames", "2:", which=[2, 3, 4])

    def test_units(self):
        """Of positions and times, which are lengths and seconds only where nothing else is said."""
        scalar, both = self.dataset(vorticity=(frames("xy"), {})), velocities("xy")
        pair = self.dataset(u=(both[:, 0], {"units": "m s-1"}), v=(both[:, 1], {"units": "m s-1"}))
        for form in "NETCDF4", "NETCDF3_CLASSIC":
            for units, seconds in ("days since 2000-01-01", 86400), ("hours", 3600), ("ms", 1e-3), ("seconds since 1970-01-01", 1):
                scalar.time.attrs["units"] = units
                file = self.save_nc(scalar, form)
                self.check_fields(file, dt=DT * seconds, box=BOX)
                stderr = self.succeed("encode", "--traj", file, "--out", self.path("Z.npz")).stderr
                self.assertEqual(stderr.count(f"its times are given in '{units}'; they are converted"), seconds != 1)
            scalar.x.attrs["units"] = "degrees_east"
            self.refuse_encode(["T.nc: x: the positions are given in 'degrees_east', which is no length", "--box L"],
                               self.save_nc(scalar, form))
            self.check_fields(self.path("T.nc"), "--box", 3, box=3.0)
            del scalar.x.attrs["units"]
            pair.x.attrs["units"] = pair.y.attrs["units"] = "km"
            self.refuse_encode(["T.nc: x is given in 'km', but u in 'm s-1'; say how large the box is with --box"],
                               self.save_nc(pair, form))
            self.check_fields(self.path("T.nc"), "--box", BOX, box=BOX)
            del pair.u.attrs["units"]
            self.refuse_encode(["T.nc: x is given in 'km', but v in 'm s-1'"], self.save_nc(pair, form))
            pair.u.attrs["units"] = "cm/s"
            self.refuse_encode(["T.nc: u is given in 'cm/s', but v in 'm s-1'; save both"], self.save_nc(pair, form), "--box", 1)
            pair.u.attrs["units"] = "m s-1"
            pair.x.attrs["units"] = pair.y.attrs["units"] = "metres"
            self.check_fields(self.save_nc(pair, form), dt=DT, box=BOX)

    def test_units_of_times(self):
        """Their short names, unknown ones, and those that the frames are given in."""
        both = velocities()
        def check(seconds, words="", time="s", **fields):
            file = self.hdf5(t=times(), **({key: both[:, "uv".index(key)] for key in fields if key in "uv"} or {"w": frames()}))
            file["t"].attrs["units"] = time
            for key, units in fields.items():
                file[key].attrs["units"] = units
            if seconds is None:
                return self.refuse_encode([words], self.closed(file), "--box", BOX)
            self.check_fields(self.closed(file), "--box", BOX, dt=DT * seconds)
            stderr = self.succeed("encode", "--traj", self.path("T.h5"), "--box", BOX, "--out", self.path("Z.npz")).stderr
            self.assertEqual([words] if words else [], [line.split("T.h5: ")[1] for line in stderr.splitlines() if "times" in line])
        for time, seconds in {"us": 1e-6, "usec": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "ns": 1e-9, "weeks": 604800,
                              "hours, model time": 3600}.items():
            check(seconds, f"its times are given in '{time}'; they are converted to seconds", time)
        for time in "months", "d/U", "datetime64[ns]":
            check(1, f"its times are given in '{time}', a unit that is not known; they are taken as they are", time)
        check(1, "", "1")
        for units in "day-1", "1/day", "d^{-1}":
            check(1, "", "days since 2000-01-01", w=units)
        for units in "m day-1", "m/day":
            check(1, "", "days", u=units, v=units)
            check(None, f"t is given in 's', but u in '{units}'; both have to be in the same unit of time", "s", u=units, v=units)
        check(None, "t is given in 'hours', but w in 'day-1'; both have", "hours", w="day-1")
        for units in "m s-1", "ms-1", "m s\u207b\u00b9":
            check(86400, "its times are given in 'days'; they are converted to seconds", "days", u=units, v=units)

    def test_components_in_another_order(self):
        """What the file calls them counts: texts or numbers along their axis, or an attribute."""
        for names in ["v", "u"], ["u", "v"], [1, 0], ["northward", "eastward"], ["y", "x"]:
            for form in "NETCDF4", "NETCDF3_CLASSIC":
                turned = names != ["u", "v"]
                both = velocities("xy")[:, ::-1 if turned else 1]
                data = xarray.Dataset({"velocity": (("time", "component", "x", "y"), both)},
                                      {"component": names, "x": positions(BOX), "y": positions(BOX), "time": times()})
                self.check_fields(self.save_nc(data, form), dt=DT, box=BOX)
        with self.hdf5(velocity=velocities()[:, ::-1]) as file:
            file["velocity"].attrs["components"] = ["uy", "ux"]
        for axes in (), ("--axes", "t,c,y,x"):
            self.check_fields(self.path("T.h5"), "--key", "velocity", "--velocity", "--box", BOX, *axes)
        with self.hdf5(velocity=velocities()[:, ::-1]) as file:
            file["velocity"].attrs["channel_names"] = "[v, u]"
        self.check_fields(self.path("T.h5"), "--box", BOX)

    def test_labels_of_axes(self):
        """More than two names are not those of components."""
        warning = "of velocity the first component is read as v, along y"
        for attribute, labels, turned in ("labels", ["y", "x", "c"], False), ("channels", "y, x, c", False), ("labels", ["v", "u"], True):
            shown = velocities()[0][::-1 if turned else 1]
            with self.hdf5(velocity=np.moveaxis(shown, 0, -1)) as file:
                file["velocity"].attrs[attribute] = labels
            options = "--velocity", "--axes", "y,x,c", "--box", BOX
            self.check_fields(self.path("T.h5"), *options, which=[0])
            stderr = self.succeed("encode", "--traj", self.path("T.h5"), "--out", self.path("Z.npz"), *options).stderr
            self.assertEqual(stderr.count(warning), turned)

    def labelled(self, names, fields, attributes=None):
        """Arrays whose axes have labels, without positions."""
        file = self.hdf5(**fields)
        for key in fields:
            for axis, name in enumerate(names):
                file[key].dims[axis].label = name
            file[key].attrs.update((attributes or {}).get(key, {}))
        return self.closed(file)

    def test_names_of_axes(self):
        """x before y, in the words of models and solvers."""
        for x, y in (("nx", "ny"), ("xC", "yF"), ("x_caa", "y_aca"), ("xi_rho", "eta_rho"), ("dim_x", "dim_y"), ("XC", "YC"),
                     ("rlon", "rlat"), ("x1", "x2"), ("i", "j"), ("columns", "rows"), ("west_east", "south_north"),
                     ("x-axis", "y-axis"), ("x", "z"), ("easting", "northing")):
            self.check_fields(self.labelled(("time_counter", x, y), {"w": frames("xy")}))
        stderr = self.succeed("encode", "--traj", self.labelled(("t", "p", "q"), {"w": frames()}), "--out", self.path("Z.npz")).stderr
        self.assertEqual(stderr.count("T.h5: what the axes of w are called is not known; of those of the grid the first"), 1)
        file = self.hdf5(w=frames("xy"), coords=np.zeros((2, N, N)))
        file["w"].attrs["_ARRAY_DIMENSIONS"] = ["time", "x", "y"]
        self.check_fields(self.closed(file))
        self.refuse_encode(["its axis level, say --axes t,b,y,x --sample I"],
                           self.labelled(("t", "level", "y", "x"), {"w": np.stack([frames()] * 2, 1)}))

    def test_what_is_a_vorticity(self):
        """By what conventions call it; an array that has the name, but other units, is none."""
        others = {"psi": 2 * frames(), "p": 3 * frames()}
        both = velocities()
        for name, attributes in ("f", {"standard_name": "ocean_relative_vorticity"}), ("f", {"long_name": "Relative vorticity"}), ("vor", {}):
            self.check_fields(self.labelled("tyx", others | {name: frames()}, {name: attributes}))
        names = {"a": {"standard_name": "eastward_wind"}, "b": {"standard_name": "northward_wind"}}
        self.check_fields(self.labelled("tyx", others | {"a": both[:, 0], "b": both[:, 1]}, names), "--box", BOX)
        surface, pressure = {"zeta": {"units": "meter"}}, {"omega": {"standard_name": "lagrangian_tendency_of_air_pressure"}}
        for name, attributes in ("zeta", surface), ("omega", pressure):
            self.check_fields(self.labelled("tyx", {name: frames() + 1, "u": both[:, 0], "v": both[:, 1]}, attributes), "--box", BOX)
        path = self.labelled("tyx", {"zeta": frames()}, surface)
        self.refuse_encode(["zeta is none by its units 'meter'; if it is one, --key zeta takes it"], path)
        self.check_fields(path, "--key", "zeta")
        path = self.labelled("tyx", {"my w": frames(), "it's": frames()})
        self.refuse_encode(["(choose one with --key \"it's\" or --key 'my w')"], path)

    def test_sides_of_the_box(self):
        """Attributes of the array and its groups, groups of parameters, distances; numbers of points are no lengths."""
        for where, names in ("a/w", ("L",)), ("a", ("Lx", "Ly")), ("/", ("dx", "dy")):
            file = self.hdf5(a__w=frames(), area=np.ones((N, N)))
            file[where].attrs.update({name: BOX / N if name[0] == "d" else BOX for name in names})
            self.check_fields(self.closed(file), box=BOX)
        self.check_fields(self.closed(self.hdf5(w=frames(), params__Lx=BOX, params__Ly=BOX)), box=BOX)
        data = self.dataset(vorticity=(frames("xy"), {})).assign_coords(x=np.arange(N), y=np.arange(N))
        stderr = self.succeed("encode", "--traj", self.save_nc(data.assign_attrs(domain_size=float(N))), "--out", self.path("Z.npz")).stderr
        self.assertEqual(stderr.count("T.nc: the positions in x only count the points; the side of the box is taken to be 16"), 1)
        degrees = 360 / N * np.arange(N)
        path = self.closed(self.hdf5(w=frames(), lon=degrees, lat=degrees))
        self.refuse_encode(["lon: the positions are given in 'degrees', which is no length"], path)
        runs = np.stack([0 * velocities(), velocities()], 1)
        path = self.closed(self.hdf5(train__vx=np.moveaxis(runs[:, :, 0], 1, 0), train__vy=np.moveaxis(runs[:, :, 1], 1, 0),
                                     train__x=np.outer((2, 1), positions()), train__y=np.outer((2, 1), positions()),
                                     train__t=np.outer((2, 1), times())))
        self.check_fields(path, "--sample", 1, dt=DT, box=BOX)

    def test_spectra(self):
        """Real or complex, by their names or those of their axes."""
        spectrum = np.fft.fft2(frames())
        self.refuse_encode(["omega_hat is a spectrum, which is not read"], self.labelled("tyx", {"omega_hat": spectrum.real}))
        path = self.labelled(("t", "kx", "ky"), {"w": spectrum.real})
        self.refuse_encode(["w is a spectrum, which is not read"], path)
        self.refuse_encode(["w is a spectrum, by the names of its axes"], path, "--key", "w")
        path = self.closed(self.hdf5(w=spectrum))
        self.refuse_encode(["w is a spectrum, which is not read", "w (array of complex numbers)"], path)
        self.refuse_encode(["w is an array of complex numbers; spectra are not read"], path, "--key", "w")

    def test_nothing_fits(self):
        file = self.hdf5(group__p=np.zeros((3, 7)), group__q=np.zeros(4, "i4"), words="text")
        self.refuse_encode(["T.h5: it is not clear which array holds the frames", "group/p (3, 7) <f8, group/q (4,) <i4"],
                           self.closed(file))


if __name__ == "__main__":
    unittest.main()

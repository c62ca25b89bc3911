#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""CPU peer: a step of `vordec simulate` as a Python user would write it for speed, with NumPy and SciPy, in float64.

Real transforms on all threads; the factors of the spectra are made beforehand. Needs Debian's python3-numpy and
python3-scipy.
"""

import os
import platform

import numpy as np
import scipy.fft

import les


class Simulation:
    def __init__(self, n, dt, nu0, cs, reference_mean, workers):
        self.n, self.dt, self.nu0, self.workers = n, dt, nu0, workers
        self.eddy = (cs * 2 * np.pi / n) ** 2
        self.flow, self.strain = les.factors(n, reference_mean)

    def inverse(self, spectrum):
        return scipy.fft.irfft2(spectrum, s=(self.n, self.n), workers=self.workers, overwrite_x=True)

    def slope(self, spectrum, viscosity):
        u, v, wx, wy, laplacian = [self.inverse(factor * spectrum) for factor in self.flow]
        return viscosity * laplacian - (u * wx + v * wy)

    def step(self, omega):
        spectrum = scipy.fft.rfft2(omega, workers=self.workers)
        strain, shear = [self.inverse(factor * spectrum) for factor in self.strain]
        viscosity = self.nu0 + self.eddy * np.sqrt(4 * (strain * strain + shear * shear) + 1e-30)
        first = self.slope(spectrum, viscosity)
        second = self.slope(scipy.fft.rfft2(omega + self.dt * first, workers=self.workers), viscosity)
        return omega + 0.5 * self.dt * (first + second)


def main():
    options = les.arguments(__doc__.splitlines()[0]).parse_args()
    workers = options.threads or len(os.sched_getaffinity(0))

    def make(n, dt, nu0, cs, reference_mean):
        return Simulation(n, dt, nu0, cs, reference_mean, workers).step, np.asarray

    les.check(make)
    rows = []
    for n in map(int, options.n.split(",")):
        step, _ = make(n, les.time_step(n), les.NU0, les.CS, False)
        field = [les.start(n)]

        def call():
            field[0] = step(field[0])

        rows.append(les.row("scipy", platform.processor() or platform.machine(), n, "fp64",
                            *les.host_times(call, les.steps_for(n, options))))
    les.write(rows, options)


if __name__ == "__main__":
    main()

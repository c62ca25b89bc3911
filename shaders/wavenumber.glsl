/* SPDX-License-Identifier: MIT */
// wavenumber.glsl - what an index of a line of N modes stands for.

// Wavenumber of index j; that of a first derivative, which has no Nyquist part.
int wavenumber(uint j) { return int(2 * j < N ? j : j - N); }
int slope_wavenumber(uint j) { return 2 * j == N ? 0 : wavenumber(j); }
REAL square(int k) { return REAL(uint(k * k)); }

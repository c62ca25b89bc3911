/* SPDX-License-Identifier: MIT */
// simulate.glsl - what the two passes of a simulation's step share: how spectra lie in memory, and transforms of lines.
//
// A step needs no spectrum of both axes in memory. What lies there are fields transformed along x only, half of each row
// (N / 2 + 1 complex values), in blocks of TILE columns: value kx of row y is
//   block[kx / TILE][y][kx % TILE],
// so that a workgroup of the pass along y finds its columns in one piece, and one of the pass along x finds TILE values
// of two neighbouring rows side by side. lines.glsl transforms.
#include "lines.glsl"

const uint SPECTRUM = (HALF + TILE - 1) / TILE * TILE * N; // values of a half-transformed field
#include "simulate_fields.glsl"
const uint DERIVED = DERIVED_FIELDS * SPECTRUM + HALF + 1; // of a member: fields, and what shear needs besides

// Where value kx of row y is in a half-transformed field.
uint place(uint kx, uint y) { return (kx / TILE * N + y) * TILE + kx % TILE; }

// simulate.glsl - what the two passes of a simulation's step share: how spectra lie in memory, and transforms of lines.
//
// A step needs no spectrum of both axes in memory. What lies there are fields transformed along x only, half of each row
// (N / 2 + 1 complex values), in blocks of TILE columns: value kx of row y is
//   block[kx / TILE][y][kx % TILE],
// so that a workgroup of the pass along y finds its columns in one piece, and one of the pass along x finds TILE values
// of two neighbouring rows side by side. lines.glsl transforms.
#include "lines.glsl"

const uint SPECTRUM = (HALF + TILE - 1) / TILE * TILE * N; // values of a half-transformed field
const bool FILTER = (FLAGS & VORDEC_SIMULATE_FILTER) != 0;
const bool DEALIAS = (FLAGS & VORDEC_SIMULATE_DEALIAS) != 0;
const uint DERIVED_FIELDS = DEALIAS ? 5 : 4;
const uint DERIVED = DERIVED_FIELDS * SPECTRUM + HALF + 1; // of a member: fields, and what shear needs besides

// Derived fields.
#define VELOCITY_X 0  // u
#define STREAM 1      // psi
#define GRADIENT_Y 2  // w_y
#define CURVATURE_Y 3 // w_yy
#define VORTICITY 4   // w without the modes that dealiasing leaves out

uint member() { return gl_WorkGroupID.z * VORDEC_SIMULATE_MEMBERS_Y + gl_WorkGroupID.y; }

// Where value kx of row y is in a half-transformed field.
uint place(uint kx, uint y) { return (kx / TILE * N + y) * TILE + kx % TILE; }

bool left_out(int k) { return DEALIAS && 3 * uint(abs(k)) > N; }

REAL2 times_i(REAL factor, REAL2 value) { return REAL2(-factor * value.y, factor * value.x); }

/* SPDX-License-Identifier: MIT */
// simulate_fields.glsl - what the passes of all ways to take a step share.

const bool FILTER = (FLAGS & VORDEC_SIMULATE_FILTER) != 0;
const bool DEALIAS = (FLAGS & VORDEC_SIMULATE_DEALIAS) != 0;
const uint DERIVED_FIELDS = DEALIAS ? 5 : 4;

// Derived fields.
#define VELOCITY_X 0  // u
#define STREAM 1      // psi
#define GRADIENT_Y 2  // w_y
#define CURVATURE_Y 3 // w_yy
#define VORTICITY 4   // w without the modes that dealiasing leaves out

uint member() { return gl_WorkGroupID.z * VORDEC_SIMULATE_MEMBERS_Y + gl_WorkGroupID.y; }

bool left_out(int k) { return DEALIAS && 3 * uint(abs(k)) > N; }

REAL2 times_i(REAL factor, REAL2 value) { return REAL2(-factor * value.y, factor * value.x); }

/* SPDX-License-Identifier: MIT */
// simulate_cells.glsl - what the pass along x does to cells, and in which order. Whoever includes this has the buffers
// field, remainder and record.

#define SCALE (REAL(1) / REAL(N))
const bool FINISHED_APART = FILTER || DEALIAS;

// What is transformed, in this order; JOB_TO from cells, the others back to them.
#define JOB_STRAIN 0
#define JOB_SHEAR 1
#define JOB_LAPLACIAN 2
#define JOB_VELOCITY_X 3
#define JOB_GRADIENT_X 4
#define JOB_VELOCITY_Y 5
#define JOB_GRADIENT_Y 6
#define JOB_BACK 7 // what the step adds to the field
#define JOB_TO 8   // what is handed on

REAL real_of(uint lo, uint hi) {
#ifdef VORDEC_FP64
  return packDouble2x32(uvec2(lo, hi));
#else
  return uintBitsToFloat(lo);
#endif
}

bool finite(REAL value) {
#ifdef VORDEC_FP64
  return (unpackDouble2x32(value).y & 0x7ff00000u) != 0x7ff00000u;
#else
  return (floatBitsToUint(value) & 0x7f800000u) != 0x7f800000u;
#endif
}

// The earliest step in which a member has a value that is not finite, and the first cell of that step.
void note_cell(uint x, uint y) {
  const uint step = record[0], at = 1 + 2 * member();
  if (atomicMin(record[at], step) >= step) atomicMin(record[at + 1], y * N + x);
}

// Adds to a cell's value and, in fp32, to what rounding took from it.
#ifdef VORDEC_FP64
void add(inout REAL value, inout REAL rest, REAL added) { value += added; }
#else
// A field that were rounded at each step would be off by one more rounding at each: what a sum loses is carried on. Of
// that, multiples of 2^-46 of the field's power of two, so that both together are one number in double, and the number
// is both again (vulkan_simulation_memory.c).
void add(inout float value, inout float rest, float added) {
  const float before = value;
  precise float small = rest + added, sum = before + small, taken = sum - before;
  precise float lost = (before - (sum - taken)) + (small - taken);
  precise float grid = 1.5 / 8388608.0 * uintBitsToFloat(floatBitsToUint(sum) & 0x7f800000u);
  precise float rounded = lost + grid, multiple = rounded - grid;
  precise float result = sum + multiple, left = multiple - (result - sum);
  value = result;
  rest = left;
}
#endif

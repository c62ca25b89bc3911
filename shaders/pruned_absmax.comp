#version 450
// pruned_absmax.comp - stage 3, pruned transform: max |R| of a state, one partial result per workgroup. Nothing is stored
// but the R of the edge columns, which the next pass reads back.
#extension GL_GOOGLE_include_directive : require
#include "pruned.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 0) readonly buffer residual_buffer { REAL4 residual_line[]; }; // two rows each
layout(std430, binding = 1) readonly buffer basis_buffer { REAL2 basis[]; };
layout(std430, binding = 2) readonly buffer lp_buffer { REAL2 lp_line[]; };
layout(std430, binding = 3) readonly buffer difference_buffer { REAL2 difference_line[]; };
layout(std430, binding = 4) readonly buffer edge_basis_buffer { REAL4 edge_basis[]; }; // basis less smoothed, smoothed
layout(std430, binding = 5) writeonly buffer edge_buffer { REAL edge[]; };             // [state][edge column][y]
layout(std430, binding = 6) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

const uint EDGE_BLOCKS = (N + 31) / 32;
const uint TASKS = ROW_TASKS + EDGES * EDGE_BLOCKS;

REAL rows_absmax(uint state, uint task, uint lane) {
  const uint y0 = task / SEGMENTS * ROWS, x0 = task % SEGMENTS * 32 * PAIRS + lane;
  REAL even[ROWS][PAIRS], odd[ROWS][PAIRS];
  for (uint r = 0; r < ROWS; r++) {
    for (uint p = 0; p < PAIRS; p++) even[r][p] = odd[r][p] = REAL(0);
  }
  for (uint c = 0; c < COLUMNS; c++) {
    const uint line = ((state * COLUMNS + c) * PITCH + y0) / 2;
    REAL2 b[PAIRS];
    for (uint p = 0; p < PAIRS; p++) b[p] = basis[c * HALF_PITCH + x0 + 32 * p];
    for (uint r = 0; r < ROWS; r += 2) {
      const REAL4 value = residual_line[line + r / 2];
      for (uint p = 0; p < PAIRS; p++) {
        even[r][p] = fma(value.x, b[p].x, even[r][p]);
        odd[r][p] = fma(value.y, b[p].y, odd[r][p]);
        even[r + 1][p] = fma(value.z, b[p].x, even[r + 1][p]);
        odd[r + 1][p] = fma(value.w, b[p].y, odd[r + 1][p]);
      }
    }
  }
  REAL value = REAL(0);
  for (uint p = 0; p < PAIRS; p++) {
    const uint x = x0 + 32 * p; // beyond the middle the basis is 0
    const bool left = !is_edge(x), right = x < N && !is_edge(N - 1 - x);
    for (uint r = 0; r < ROWS; r++) {
      if (y0 + r >= N) break;
      if (left && right) {
        value = max(value, abs(even[r][p]) + abs(odd[r][p])); // the larger of |even - odd| and |even + odd|
      } else if (left) {
        value = max(value, abs(even[r][p] - odd[r][p]));
      } else if (right) {
        value = max(value, abs(even[r][p] + odd[r][p]));
      }
    }
  }
  return value;
}

REAL edge_absmax(uint state, uint task, uint lane) {
  const uint e = task / EDGE_BLOCKS, y = task % EDGE_BLOCKS * 32 + lane;
  if (y >= N) return REAL(0);
  REAL sum = REAL(0);
  for (uint c = 0; c < COLUMNS; c++) {
    const uint at = (state * COLUMNS + c) * PITCH + y;
    const REAL2 plain = lp_line[at], difference = difference_line[at];
    const REAL4 b = edge_basis[c * EDGES + e];
    sum = fma(plain.x, b.x, sum);
    sum = fma(-plain.y, b.y, sum);
    sum = fma(difference.x, b.z, sum);
    sum = fma(-difference.y, b.w, sum);
  }
  edge[(state * EDGES + e) * PITCH + y] = sum;
  return abs(sum);
}

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x;
  const uint team = gl_LocalInvocationID.x / 32, lane = gl_LocalInvocationID.x % 32;
  REAL value = REAL(0);
  for (uint task = group * TEAMS + team; task < TASKS; task += push.groups * TEAMS) {
    value = max(value, task < ROW_TASKS ? rows_absmax(state, task, lane) : edge_absmax(state, task - ROW_TASKS, lane));
  }
  value = fold_workgroup(value);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.groups + group] = value;
}

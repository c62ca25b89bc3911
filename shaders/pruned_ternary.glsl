// pruned_ternary.glsl - stages 2 and 3, pruned transform: rows of omega_lp and of R from the same basis; omega_lp is
// stored, R only compared with the threshold, into two bit-planes (R >= threshold, R <= -threshold).
//
// 32 cells make a word (plus, minus) of a plane. Where a group of 32 threads holds 32 cells of one word (ATOMIC 0), its
// first PAIRS threads write the words; else each piece is or-ed to the words that it meets, which were cleared before.
#include "pruned.glsl"
#ifdef VORDEC_BALLOT
#extension GL_KHR_shader_subgroup_ballot : require
#endif
layout(constant_id = 8) const uint ATOMIC = 1;
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 0) readonly buffer lp_buffer { REAL4 lp_line[]; }; // two rows each
layout(std430, binding = 1) readonly buffer residual_buffer { REAL4 residual_line[]; };
layout(std430, binding = 2) readonly buffer basis_buffer { REAL2 basis[]; };
layout(std430, binding = 3) readonly buffer edge_buffer { REAL edge[]; };
layout(std430, binding = 4) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 5) writeonly buffer field_buffer { REAL omega_lp[]; };
layout(std430, binding = 6) writeonly buffer plane_buffer { uvec2 plane[]; }; // [state][y][word]
layout(std430, binding = 7) buffer piece_buffer { uint piece[]; };            // the same memory
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

#ifdef VORDEC_FP64
#define TAU packDouble2x32(uvec2(push.tau_lo, push.tau_hi))
#else
#define TAU uintBitsToFloat(push.tau_lo)
#endif
const uint WORDS = (N + 31) / 32;

#ifdef VORDEC_BALLOT
// The bits of the group of 32, or of the subgroup if that is smaller; first: place of its first thread in the group.
uint bits_of(bool vote) {
  const uvec4 ballot = subgroupBallot(vote);
  return gl_SubgroupSize <= 32 ? ballot.x : ballot[gl_SubgroupInvocationID / 32];
}
uint own_thread() { return gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID; }
#define PIECE min(gl_SubgroupSize, 32u)
#else
uint bits_of(bool vote) { return vote ? 1u : 0u; }
uint own_thread() { return gl_LocalInvocationID.x; }
#define PIECE 1u
#endif

void or_bits(uint row, uint cell, uint bits, uint sign) {
  if (bits == 0) return;
  const uint word = row + cell / 32, shift = cell % 32;
  atomicOr(piece[2 * word + sign], bits << shift);
  if (shift != 0 && bits >> (32 - shift) != 0) atomicOr(piece[2 * (word + 1) + sign], bits >> (32 - shift));
}

// The mirrored bits, lowest bit for the cell that comes first; `cell` may start before the row, with no bits set there.
void or_mirrored(uint row, int cell, uint bits, uint sign) {
  if (bits == 0) return;
  const uint turned = bitfieldReverse(bits) >> (32 - PIECE);
  or_bits(row, cell < 0 ? 0 : uint(cell), cell < 0 ? turned >> uint(-cell) : turned, sign);
}

struct row_votes {
  bool plus_left, minus_left, plus_right, minus_right;
};

row_votes vote(uint state, uint y, uint x, REAL left, REAL right, REAL threshold) {
  const bool inside = 2 * x < N && y < N;
  if (EDGES != 0 && inside) {
    const uint base = state * EDGES;
    if (is_edge(x)) left = edge[(base + edge_of(x)) * PITCH + y];
    if (is_edge(N - 1 - x)) right = edge[(base + edge_of(N - 1 - x)) * PITCH + y];
  }
  return row_votes(inside && left >= threshold, inside && left <= -threshold, inside && right >= threshold,
                   inside && right <= -threshold);
}

void do_rows(uint state, uint task, uint lane, REAL threshold) {
  const uint y0 = task / SEGMENTS * ROWS, first = task % SEGMENTS * 32 * PAIRS, x0 = first + lane;
  REAL even[ROWS][PAIRS], odd[ROWS][PAIRS], residual_even[ROWS][PAIRS], residual_odd[ROWS][PAIRS];
  for (uint r = 0; r < ROWS; r++) {
    for (uint p = 0; p < PAIRS; p++) {
      even[r][p] = odd[r][p] = residual_even[r][p] = residual_odd[r][p] = REAL(0);
    }
  }
  for (uint c = 0; c < COLUMNS; c++) {
    const uint line = ((state * COLUMNS + c) * PITCH + y0) / 2;
    REAL2 b[PAIRS];
    for (uint p = 0; p < PAIRS; p++) b[p] = basis[c * HALF_PITCH + x0 + 32 * p];
    for (uint r = 0; r < ROWS; r += 2) {
      const REAL4 value = lp_line[line + r / 2], residual = residual_line[line + r / 2];
      for (uint p = 0; p < PAIRS; p++) {
        even[r][p] = fma(value.x, b[p].x, even[r][p]);
        odd[r][p] = fma(value.y, b[p].y, odd[r][p]);
        even[r + 1][p] = fma(value.z, b[p].x, even[r + 1][p]);
        odd[r + 1][p] = fma(value.w, b[p].y, odd[r + 1][p]);
        residual_even[r][p] = fma(residual.x, b[p].x, residual_even[r][p]);
        residual_odd[r][p] = fma(residual.y, b[p].y, residual_odd[r][p]);
        residual_even[r + 1][p] = fma(residual.z, b[p].x, residual_even[r + 1][p]);
        residual_odd[r + 1][p] = fma(residual.w, b[p].y, residual_odd[r + 1][p]);
      }
    }
  }
  for (uint r = 0; r < ROWS; r++) {
    const uint y = y0 + r;
    if (y >= N) break;
    const uint row = (state * N + y) * WORDS, at = (state * N + y) * N;
    uvec2 left_word = uvec2(0), right_word = uvec2(0);
    for (uint p = 0; p < PAIRS; p++) {
      const uint x = x0 + 32 * p;
      if (2 * x < N) {
        omega_lp[at + x] = even[r][p] - odd[r][p];
        omega_lp[at + N - 1 - x] = even[r][p] + odd[r][p];
      }
      const row_votes v = vote(state, y, x, residual_even[r][p] - residual_odd[r][p],
                               residual_even[r][p] + residual_odd[r][p], threshold);
      const uvec2 left = uvec2(bits_of(v.plus_left), bits_of(v.minus_left));
      const uvec2 right = uvec2(bits_of(v.plus_right), bits_of(v.minus_right));
      if (ATOMIC == 0) {
        if (lane == p) {
          left_word = left;
          right_word = bitfieldReverse(right);
        }
      } else if (lane % PIECE == 0) {
        for (uint sign = 0; sign < 2; sign++) {
          or_bits(row, x, left[sign], sign);
          or_mirrored(row, int(N) - int(x + PIECE), right[sign], sign);
        }
      }
    }
    if (ATOMIC == 0 && lane < PAIRS && 2 * (first + 32 * lane) < N) {
      const uint word = first / 32 + lane;
      plane[row + word] = left_word;
      plane[row + WORDS - 1 - word] = right_word;
    }
  }
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.groups + thread] : REAL(0);
  const REAL threshold = TAU * (fold_workgroup(mine) + REAL(1e-12));
  const uint own = own_thread();
  for (uint task = gl_WorkGroupID.x * TEAMS + own / 32; task < ROW_TASKS; task += gl_NumWorkGroups.x * TEAMS) {
    do_rows(state, task, own % 32, threshold);
  }
}

/* SPDX-License-Identifier: MIT */
/*
 * push_constants.h - the push constants of every kernel, read by the C compiler and by the GLSL compiler.
 *
 * Each block is one list of FIELD(name, byte offset); all members are 32-bit unsigned integers. The offsets are
 * checked on both sides: C asserts them, and GLSL takes them as layout(offset), which refuses overlaps. A real number
 * travels as the bits of a float (name_lo) or of a double (name_lo, name_hi).
 */
#ifndef VORDEC_PUSH_CONSTANTS_H
#define VORDEC_PUSH_CONSTANTS_H

#define VORDEC_WORKGROUP 256      /* threads in a workgroup, all kernels */
#define VORDEC_GRID_X 32768u      /* workgroups along x; the rest goes along y */
#define VORDEC_GROUPS_MAX 256     /* partial results of a reduction per state: one workgroup can fold them */
#define VORDEC_ABSENT 0xffffffffu /* an entry of a mode table without this coefficient */

/* scatter_lowk: coefficients -> spectrum. pitch 0: compact, in table order; else half spectrum, pitch values a row. */
#define SCATTER_LOWK_PUSH(FIELD)                                                                                       \
  FIELD(entries, 0)                                                                                                    \
  FIELD(coef_stride, 4)                                                                                                \
  FIELD(re_offset, 8) FIELD(im_offset, 12) FIELD(spectrum_stride, 16) FIELD(pitch, 20) FIELD(n, 24)
#define SCATTER_LOWK_PUSH_SIZE 28

/* direct_columns: compact spectrum -> inverse transform along y of each non-empty column. */
#define DIRECT_COLUMNS_PUSH(FIELD) FIELD(n, 0) FIELD(columns, 4) FIELD(entries, 8)
#define DIRECT_COLUMNS_PUSH_SIZE 12

/* direct_rows: columns -> field. */
#define DIRECT_ROWS_PUSH(FIELD) FIELD(n, 0) FIELD(columns, 4)
#define DIRECT_ROWS_PUSH_SIZE 8

/* smooth: one pass along x (along_y 0) or y; subtract: the output is minuend - smoothed. shape: how the weights of the
 * window are had. */
#define VORDEC_SHAPE_BOX 0u
#define VORDEC_SHAPE_TRIANGLE 1u
#define VORDEC_SHAPE_TABLE 2u /* from a buffer */
#define SMOOTH_PUSH(FIELD)                                                                                             \
  FIELD(n, 0) FIELD(width, 4) FIELD(shape, 8) FIELD(periodic, 12) FIELD(along_y, 16) FIELD(subtract, 20)
#define SMOOTH_PUSH_SIZE 24

/* absmax, mean_square, support: partial results [offset + state * groups + group]. words: mask words per state. */
#define REDUCE_PUSH(FIELD) FIELD(cells, 0) FIELD(groups, 4) FIELD(offset, 8) FIELD(words, 12) FIELD(gated, 16)
#define REDUCE_PUSH_SIZE 20

/* ternary_threshold: residual and max |residual| -> mask. */
#define TERNARY_THRESHOLD_PUSH(FIELD)                                                                                  \
  FIELD(cells, 0) FIELD(groups, 4) FIELD(offset, 8) FIELD(words, 12) FIELD(tau_lo, 16) FIELD(tau_hi, 20)
#define TERNARY_THRESHOLD_PUSH_SIZE 24

/* majority: one round. */
#define MAJORITY_PUSH(FIELD) FIELD(n, 0) FIELD(words, 4)
#define MAJORITY_PUSH_SIZE 8

/* band_gain: partial sums and target -> gain of one band (0 mid, 1 high). energy_offset: place in a state's
 * coefficients. */
#define BAND_GAIN_PUSH(FIELD)                                                                                          \
  FIELD(cells, 0) FIELD(groups, 4) FIELD(offset, 8) FIELD(coef_stride, 12) FIELD(energy_offset, 16) FIELD(band, 20)
#define BAND_GAIN_PUSH_SIZE 24

/* combine: terms is a set of VORDEC_TERM bits. */
#define COMBINE_PUSH(FIELD) FIELD(cells, 0) FIELD(words, 4) FIELD(terms, 8)
#define COMBINE_PUSH_SIZE 12
#define VORDEC_TERM_FIELD 1u
#define VORDEC_TERM_MID 2u
#define VORDEC_TERM_HIGH 4u
#define VORDEC_TERM_ANCHORS 8u
#define VORDEC_TERM_SIGNED 16u /* the gate is the mask itself, not its support */

/* rollout_step, rollout_batch: one step of states of d entries; rows of A, and states, are pitch values apart. */
#define ROLLOUT_STEP_PUSH(FIELD) FIELD(d, 0) FIELD(pitch, 4)
#define ROLLOUT_STEP_PUSH_SIZE 8
#define VORDEC_ROLLOUT_COLUMNS 8 /* columns of a workgroup: 32 bytes of a row in single precision */
#define VORDEC_ROLLOUT_STATES 4  /* states of a workgroup of rollout_batch */

/* unpack_state: a rollout's state -> coefficients; kept: most kept modes; max: the largest coefficient, a power of two.
 */
#define UNPACK_STATE_PUSH(FIELD)                                                                                       \
  FIELD(d, 0)                                                                                                          \
  FIELD(m, 4) FIELD(kept, 8) FIELD(max_exponent, 12) FIELD(pitch, 16) FIELD(coef_stride, 20) FIELD(states, 24)
#define UNPACK_STATE_PUSH_SIZE 28

/* take_z: states that others wrote -> coefficients; as unpack_state. first: of all `states` those ahead of the chunk.
 */
#define TAKE_Z_PUSH(FIELD)                                                                                             \
  FIELD(d, 0)                                                                                                          \
  FIELD(m, 4) FIELD(kept, 8) FIELD(max_exponent, 12) FIELD(coef_stride, 16) FIELD(first, 20) FIELD(states, 24)
#define TAKE_Z_PUSH_SIZE 28

/* What unpack_state finds wrong with entry i, counted over all `states`: the largest of VORDEC_WRONG_KINDS *
 * (states d - i) + kind, so of the first entry. */
#define VORDEC_WRONG_KINDS 4u
#define VORDEC_WRONG_NAN 1u
#define VORDEC_WRONG_INFINITE 2u
#define VORDEC_WRONG_LARGE 3u

/* energy: partial results [offset + state * groups + group], of the low modes and of all. */
#define ENERGY_PUSH(FIELD)                                                                                             \
  FIELD(entries, 0)                                                                                                    \
  FIELD(groups, 4) FIELD(lp_offset, 8) FIELD(hat_offset, 12) FIELD(m, 16) FIELD(kept, 20) FIELD(coef_stride, 24)
#define ENERGY_PUSH_SIZE 28

/* pruned_columns: edges: the difference is wanted too; residual_at: where the lines of R begin, in values; known_at:
 * what is known of states behind the bounds. */
#define PRUNED_COLUMNS_PUSH(FIELD)                                                                                     \
  FIELD(coef_stride, 0) FIELD(im_offset, 4) FIELD(edges, 8) FIELD(residual_at, 12) FIELD(known_at, 16)
#define PRUNED_COLUMNS_PUSH_SIZE 20

/* pruned_rows, pruned_absmax, pruned_ternary, pruned_mask: partial results [offset + state * stride + group] of
 * `groups` workgroups; residual_at, known_at as above, bounds of a row in `shares` parts, of tiles from tiles_at on; a
 * workgroup takes every stride_tiles-th tile. pruned_rows: tiles tile .. tiles - 1. */
#define PRUNED_ROWS_PUSH(FIELD)                                                                                        \
  FIELD(groups, 0)                                                                                                     \
  FIELD(stride, 4)                                                                                                     \
  FIELD(offset, 8)                                                                                                     \
  FIELD(tau_lo, 12)                                                                                                    \
  FIELD(tau_hi, 16)                                                                                                    \
  FIELD(residual_at, 20)                                                                                               \
  FIELD(known_at, 24) FIELD(shares, 28) FIELD(stride_tiles, 32) FIELD(tiles_at, 36) FIELD(tile, 40) FIELD(tiles, 44)
#define PRUNED_ROWS_PUSH_SIZE 48

/* pruned_field: partial results [offset + state * stride]. */
#define PRUNED_FIELD_PUSH(FIELD)                                                                                       \
  FIELD(coef_stride, 0) FIELD(im_offset, 4) FIELD(stride, 8) FIELD(offset, 12) FIELD(tau_lo, 16)
#define PRUNED_FIELD_PUSH_SIZE 20

/* bit_majority: words of a state's mask. */
#define BIT_MAJORITY_PUSH(FIELD) FIELD(mask_words, 0) FIELD(flags_at, 4) FIELD(fresh, 8)
#define BIT_MAJORITY_PUSH_SIZE 12

/* unpack_planes: words of a state's mask. */
#define UNPACK_PLANES_PUSH(FIELD) FIELD(n, 0) FIELD(words, 4)
#define UNPACK_PLANES_PUSH_SIZE 8

/* window_rows, window_columns: partial results as those of absmax, and sums of squares beside them; the fields begin
 * with value number first_at. */
#define WINDOW_PUSH(FIELD) FIELD(groups, 0) FIELD(offset, 4) FIELD(squares_at, 8) FIELD(first_at, 12)
#define WINDOW_PUSH_SIZE 16

/* ternary_planes: as ternary_threshold, into planes; how often a thread looks at four cells. */
#define VORDEC_TERNARY_TURNS 4u
#define TERNARY_PLANES_PUSH(FIELD) FIELD(n, 0) FIELD(groups, 4) FIELD(offset, 8) FIELD(tau_lo, 12) FIELD(tau_hi, 16)
#define TERNARY_PLANES_PUSH_SIZE 20

/* adjoint_rows: one field or two -> their sums along x, for each column of the table; the first ones begin with value
 * number first_at. */
#define ADJOINT_ROWS_PUSH(FIELD) FIELD(n, 0) FIELD(columns, 4) FIELD(first_at, 8)
#define ADJOINT_ROWS_PUSH_SIZE 12

/* adjoint_columns: these -> sums along y, for each mode of the table. */
#define ADJOINT_COLUMNS_PUSH(FIELD) FIELD(n, 0) FIELD(columns, 4) FIELD(entries, 8) FIELD(fields, 12)
#define ADJOINT_COLUMNS_PUSH_SIZE 16

/* adjoint_gradient: these -> derivatives by a state of d entries, m low modes and up to `kept` kept ones; fields: 1
 * omega_lp's cotangents are there, 2 omega_hat's. */
#define ADJOINT_GRADIENT_PUSH(FIELD) FIELD(d, 0) FIELD(m, 4) FIELD(kept, 8) FIELD(entries, 12) FIELD(fields, 16)
#define ADJOINT_GRADIENT_PUSH_SIZE 20

/* field_rest: partial results as those of mean_square. */
#define FIELD_REST_PUSH(FIELD) FIELD(n, 0) FIELD(columns, 4) FIELD(groups, 8) FIELD(offset, 12)
#define FIELD_REST_PUSH_SIZE 16

/* take_field: `count` fields, from the value `first` on; whether source and target are in double precision, and whether
 * there is a remainder to a source in single precision. */
#define TAKE_FIELD_PUSH(FIELD)                                                                                         \
  FIELD(cells, 0) FIELD(count, 4) FIELD(first, 8) FIELD(from_fp64, 12) FIELD(to_fp64, 16) FIELD(remainders, 20)
#define TAKE_FIELD_PUSH_SIZE 24

/* simulate_rows, simulate_columns, and those of fused steps: the constants KIND and FLAGS, members along y of the
 * workgroups, workgroups that share a fused step's columns, and words of what is recorded: the number of steps, then
 * for each member the first step and its first cell that are not finite. */
#define VORDEC_SIMULATE_OPEN 0u
#define VORDEC_SIMULATE_FIRST 1u
#define VORDEC_SIMULATE_SECOND 2u
#define VORDEC_SIMULATE_FINISH 3u
#define VORDEC_SIMULATE_CLOSE 4u
#define VORDEC_SIMULATE_FILTER 1u
#define VORDEC_SIMULATE_DEALIAS 2u
#define VORDEC_SIMULATE_REFERENCE_MEAN 4u
#define VORDEC_SIMULATE_BUTTERFLIES 8u /* N is a power of two */
#define VORDEC_SIMULATE_SPLIT 16u      /* shared memory has room for one part of the values */
#define VORDEC_SIMULATE_PADDED 32u     /* and for more than that */
#define VORDEC_SIMULATE_AREAS 64u      /* and for two areas; fused steps only */
#define VORDEC_SIMULATE_EARLY 128u     /* registers are plenty; fused steps only */
#define VORDEC_SIMULATE_MEAN_ROOM 2u   /* values between derived fields and corrections of a fused step */
#define VORDEC_SIMULATE_MEMBERS_Y 32768u
#define SIMULATE_COLUMNS_PUSH(FIELD) FIELD(members, 0) FIELD(shares, 4)
#define SIMULATE_COLUMNS_PUSH_SIZE 8
#define SIMULATE_ROWS_PUSH(FIELD)                                                                                      \
  FIELD(members, 0)                                                                                                    \
  FIELD(dt_lo, 4) FIELD(dt_hi, 8) FIELD(nu0_lo, 12) FIELD(nu0_hi, 16) FIELD(eddy_lo, 20) FIELD(eddy_hi, 24)
#define SIMULATE_ROWS_PUSH_SIZE 28

/* A residual that is synthesised: what a state's coefficients say of it, at bands_at: sqrt(E) of the mid and of the
 * high band, K and the step in halves of 16 bits, for which bands (a bit each) phases are given; n E of both bands
 * follow. */
#define VORDEC_BAND_VALUES 7u
#define VORDEC_LINE_THREADS_MAX 2048u /* a power of two that no workgroup exceeds */

/* unpack_bands: that of a rollout's state; most: n E beyond which squares overflow. */
#define UNPACK_BANDS_PUSH(FIELD)                                                                                       \
  FIELD(d, 0)                                                                                                          \
  FIELD(m, 4)                                                                                                          \
  FIELD(max_kept, 8)                                                                                                   \
  FIELD(bands_at, 12)                                                                                                  \
  FIELD(bands, 16)                                                                                                     \
  FIELD(high_modes, 20) FIELD(most_lo, 24) FIELD(most_hi, 28) FIELD(pitch, 32) FIELD(coef_stride, 36) FIELD(states, 40)
#define UNPACK_BANDS_PUSH_SIZE 44

/* band_columns: reach and mid_limit of the band_table. */
#define BAND_COLUMNS_PUSH(FIELD)                                                                                       \
  FIELD(coef_stride, 0)                                                                                                \
  FIELD(bands_at, 4) FIELD(reach, 8) FIELD(mid_limit, 12) FIELD(seed_lo, 16) FIELD(seed_hi, 20)
#define BAND_COLUMNS_PUSH_SIZE 24

/* band_rows: VORDEC_TERM bits of the bands. */
#define BAND_ROWS_PUSH(FIELD) FIELD(bands, 0)
#define BAND_ROWS_PUSH_SIZE 4

/* hat_rows, hat_columns: partial results [offset + state * groups + group]. */
#define HAT_COLUMNS_PUSH(FIELD) FIELD(groups, 0) FIELD(offset, 4)
#define HAT_COLUMNS_PUSH_SIZE 8

/* moments: of two fields; partial results [offset + i * groups + group], i as in the kernel. */
#define VORDEC_MOMENTS 6
#define MOMENTS_PUSH(FIELD) FIELD(cells, 0) FIELD(groups, 4) FIELD(offset, 8) FIELD(factor_lo, 12) FIELD(factor_hi, 16)
#define MOMENTS_PUSH_SIZE 20

/* add_field. */
#define ADD_FIELD_PUSH(FIELD) FIELD(cells, 0)
#define ADD_FIELD_PUSH_SIZE 4

/* shells. */
#define SHELLS_PUSH(FIELD) FIELD(n, 0)
#define SHELLS_PUSH_SIZE 4

#ifdef VORDEC_GLSL
#define VORDEC_PUSH_FIELD(name, at) layout(offset = at) uint name;
#define VORDEC_PUSH_BLOCK(LIST) layout(push_constant) uniform push_block{LIST(VORDEC_PUSH_FIELD)} push;
#else
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#define VORDEC_PUSH_FIELD(name, at) uint32_t name;
#define VORDEC_PUSH_STRUCT(tag, LIST, size)                                                                            \
  struct tag {                                                                                                         \
    LIST(VORDEC_PUSH_FIELD)                                                                                            \
  };                                                                                                                   \
  static_assert(sizeof(struct tag) == (size), #tag " has another size in the shader")
#define VORDEC_PUSH_CHECK(name, at) static_assert(offsetof(struct VORDEC_PUSH_TAG, name) == (at), #name);

VORDEC_PUSH_STRUCT(scatter_lowk_push, SCATTER_LOWK_PUSH, SCATTER_LOWK_PUSH_SIZE);
VORDEC_PUSH_STRUCT(direct_columns_push, DIRECT_COLUMNS_PUSH, DIRECT_COLUMNS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(direct_rows_push, DIRECT_ROWS_PUSH, DIRECT_ROWS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(smooth_push, SMOOTH_PUSH, SMOOTH_PUSH_SIZE);
VORDEC_PUSH_STRUCT(reduce_push, REDUCE_PUSH, REDUCE_PUSH_SIZE);
VORDEC_PUSH_STRUCT(ternary_threshold_push, TERNARY_THRESHOLD_PUSH, TERNARY_THRESHOLD_PUSH_SIZE);
VORDEC_PUSH_STRUCT(majority_push, MAJORITY_PUSH, MAJORITY_PUSH_SIZE);
VORDEC_PUSH_STRUCT(band_gain_push, BAND_GAIN_PUSH, BAND_GAIN_PUSH_SIZE);
VORDEC_PUSH_STRUCT(combine_push, COMBINE_PUSH, COMBINE_PUSH_SIZE);
VORDEC_PUSH_STRUCT(rollout_step_push, ROLLOUT_STEP_PUSH, ROLLOUT_STEP_PUSH_SIZE);
VORDEC_PUSH_STRUCT(unpack_state_push, UNPACK_STATE_PUSH, UNPACK_STATE_PUSH_SIZE);
VORDEC_PUSH_STRUCT(take_z_push, TAKE_Z_PUSH, TAKE_Z_PUSH_SIZE);
VORDEC_PUSH_STRUCT(energy_push, ENERGY_PUSH, ENERGY_PUSH_SIZE);
VORDEC_PUSH_STRUCT(pruned_columns_push, PRUNED_COLUMNS_PUSH, PRUNED_COLUMNS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(pruned_rows_push, PRUNED_ROWS_PUSH, PRUNED_ROWS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(pruned_field_push, PRUNED_FIELD_PUSH, PRUNED_FIELD_PUSH_SIZE);
VORDEC_PUSH_STRUCT(bit_majority_push, BIT_MAJORITY_PUSH, BIT_MAJORITY_PUSH_SIZE);
VORDEC_PUSH_STRUCT(unpack_planes_push, UNPACK_PLANES_PUSH, UNPACK_PLANES_PUSH_SIZE);
VORDEC_PUSH_STRUCT(window_push, WINDOW_PUSH, WINDOW_PUSH_SIZE);
VORDEC_PUSH_STRUCT(ternary_planes_push, TERNARY_PLANES_PUSH, TERNARY_PLANES_PUSH_SIZE);
VORDEC_PUSH_STRUCT(adjoint_rows_push, ADJOINT_ROWS_PUSH, ADJOINT_ROWS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(adjoint_columns_push, ADJOINT_COLUMNS_PUSH, ADJOINT_COLUMNS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(adjoint_gradient_push, ADJOINT_GRADIENT_PUSH, ADJOINT_GRADIENT_PUSH_SIZE);
VORDEC_PUSH_STRUCT(field_rest_push, FIELD_REST_PUSH, FIELD_REST_PUSH_SIZE);
VORDEC_PUSH_STRUCT(take_field_push, TAKE_FIELD_PUSH, TAKE_FIELD_PUSH_SIZE);
VORDEC_PUSH_STRUCT(simulate_columns_push, SIMULATE_COLUMNS_PUSH, SIMULATE_COLUMNS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(simulate_rows_push, SIMULATE_ROWS_PUSH, SIMULATE_ROWS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(unpack_bands_push, UNPACK_BANDS_PUSH, UNPACK_BANDS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(band_columns_push, BAND_COLUMNS_PUSH, BAND_COLUMNS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(band_rows_push, BAND_ROWS_PUSH, BAND_ROWS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(hat_columns_push, HAT_COLUMNS_PUSH, HAT_COLUMNS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(moments_push, MOMENTS_PUSH, MOMENTS_PUSH_SIZE);
VORDEC_PUSH_STRUCT(add_field_push, ADD_FIELD_PUSH, ADD_FIELD_PUSH_SIZE);
VORDEC_PUSH_STRUCT(shells_push, SHELLS_PUSH, SHELLS_PUSH_SIZE);

#define VORDEC_PUSH_TAG moments_push
MOMENTS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG add_field_push
ADD_FIELD_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG shells_push
SHELLS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG unpack_bands_push
UNPACK_BANDS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG band_columns_push
BAND_COLUMNS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG band_rows_push
BAND_ROWS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG hat_columns_push
HAT_COLUMNS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG scatter_lowk_push
SCATTER_LOWK_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG direct_columns_push
DIRECT_COLUMNS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG direct_rows_push
DIRECT_ROWS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG smooth_push
SMOOTH_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG reduce_push
REDUCE_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG ternary_threshold_push
TERNARY_THRESHOLD_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG majority_push
MAJORITY_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG band_gain_push
BAND_GAIN_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG combine_push
COMBINE_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG rollout_step_push
ROLLOUT_STEP_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG unpack_state_push
UNPACK_STATE_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG take_z_push
TAKE_Z_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG energy_push
ENERGY_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG pruned_columns_push
PRUNED_COLUMNS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG pruned_rows_push
PRUNED_ROWS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG pruned_field_push
PRUNED_FIELD_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG bit_majority_push
BIT_MAJORITY_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG unpack_planes_push
UNPACK_PLANES_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG window_push
WINDOW_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG ternary_planes_push
TERNARY_PLANES_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG adjoint_rows_push
ADJOINT_ROWS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG adjoint_columns_push
ADJOINT_COLUMNS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG adjoint_gradient_push
ADJOINT_GRADIENT_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG field_rest_push
FIELD_REST_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG take_field_push
TAKE_FIELD_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG simulate_columns_push
SIMULATE_COLUMNS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#define VORDEC_PUSH_TAG simulate_rows_push
SIMULATE_ROWS_PUSH(VORDEC_PUSH_CHECK)
#undef VORDEC_PUSH_TAG
#endif

#endif

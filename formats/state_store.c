/* SPDX-License-Identifier: MIT */
#include "state_store.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

/* The largest half of a group is 2^14 .. 2^15, below the largest there is, 65504. */
#define HALF_EXPONENT 15
/* Of scales: those that a float has. */
#define LEAST_EXPONENT (-126)
#define MOST_EXPONENT 127

static const struct {
  const char *name;
  int64_t code; /* those of float32 and float64 are the reference's */
} stores[STATE_STORES] = {
    [STATE_FLOAT64] = {"float64", 1},
    [STATE_FLOAT32] = {"float32", 0},
    [STATE_FLOAT16] = {"float16", 2},
};

const char *state_store_name(enum state_store store) {
  return stores[store].name;
}

int64_t state_store_code(enum state_store store) {
  return stores[store].code;
}

bool state_store_find(const char *name, enum state_store *store) {
  for (size_t i = 0; i < STATE_STORES; i++) {
    if (strcmp(stores[i].name, name) != 0) continue;
    *store = (enum state_store)i;
    return true;
  }
  return false;
}

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the stored states");
}

static enum vordec_status fail_range(enum state_store store, double value, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0, "a value of the states, %g, cannot be stored as %s; use float64", value,
                     stores[store].name);
}

/* ---- narrowing ---- */

struct narrowed_states {
  float *floats; /* float32: all; float16: the scalars, then the scales */
  uint16_t *low, *kept;
};

void narrowed_states_destroy(struct narrowed_states *narrowed) {
  if (!narrowed) return;
  free(narrowed->floats);
  free(narrowed->low);
  free(narrowed->kept);
  free(narrowed);
}

static enum vordec_status narrow_floats(enum state_store store, const double *from, float *to, size_t count,
                                        struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    if (!(fabs(from[i]) <= FLT_MAX)) return fail_range(store, from[i], error);
    to[i] = (float)from[i];
  }
  return VORDEC_OK;
}

/* A group as halves of a power of two. */
static enum vordec_status narrow_group(const double *from, uint16_t *to, size_t count, float *scale,
                                       struct vordec_error *error) {
  double largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(from[i]));
  int exponent = 0;
  frexp(largest, &exponent);
  exponent -= HALF_EXPONENT;
  if (exponent > MOST_EXPONENT) return fail_range(STATE_FLOAT16, largest, error);
  if (exponent < LEAST_EXPONENT) exponent = LEAST_EXPONENT;
  for (size_t i = 0; i < count; i++) to[i] = npy_half(ldexp(from[i], -exponent));
  *scale = (float)ldexp(1.0, exponent);
  return VORDEC_OK;
}

static enum vordec_status narrow_halves(const struct stored_states *states, const double *z,
                                        struct narrowed_states *made, struct vordec_error *error) {
  const size_t low = 2 * states->low, kept = 2 * states->kept, count = stored_states_here(states);
  made->floats = calloc(6 * count + 1, sizeof *made->floats);
  made->low = calloc(low * count + 1, sizeof *made->low);
  made->kept = calloc(kept * count + 1, sizeof *made->kept);
  if (!made->floats || !made->low || !made->kept) return fail_memory(error);
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < count && !status; i++) {
    const double *state = z + i * stored_states_d(states);
    float *scalars = made->floats + 4 * i, *scale = made->floats + 4 * count + 2 * i;
    status = narrow_group(state, made->low + i * low, low, &scale[0], error);
    if (!status) status = narrow_floats(STATE_FLOAT16, state + low, scalars, 4, error);
    if (!status) status = narrow_group(state + low + 4, made->kept + i * kept, kept, &scale[1], error);
  }
  return status;
}

enum vordec_status state_store_narrow(enum state_store store, const struct stored_states *states, const double *z,
                                      struct narrowed_states **narrowed, struct vordec_error *error) {
  *narrowed = NULL;
  if (store == STATE_FLOAT64) return VORDEC_OK;
  struct narrowed_states *made = *narrowed = calloc(1, sizeof *made);
  if (!made) return fail_memory(error);
  if (store == STATE_FLOAT16) return narrow_halves(states, z, made, error);
  const size_t values = stored_states_here(states) * stored_states_d(states);
  made->floats = calloc(values + 1, sizeof *made->floats);
  return made->floats ? narrow_floats(store, z, made->floats, values, error) : fail_memory(error);
}

/* An array of `width` values a state. */
struct state_array {
  const char *name;
  enum npy_type type;
  size_t width;
  const void *data; /* of the states that are here */
};

static enum vordec_status add_one(struct array_sink *sink, const struct stored_states *states,
                                  const struct state_array array, struct vordec_error *error) {
  const struct npy_form one = {array.type, 1, {array.width}}, all = {array.type, 2, {states->count, array.width}};
  if (!states->block) return array_sink_add(sink, array.name, states->batched ? &all : &one, array.data, error);
  return array_sink_add_block(sink, array.name, &all, states->block, array.data, error);
}

enum vordec_status state_store_add(enum state_store store, const struct stored_states *states, const double *z,
                                   const struct narrowed_states *narrowed, struct array_sink *sink,
                                   struct vordec_error *error) {
  const size_t d = stored_states_d(states), low = 2 * states->low, kept = 2 * states->kept;
  if (!narrowed) return add_one(sink, states, (struct state_array){"z", NPY_F8, d, z}, error);
  if (store == STATE_FLOAT32) {
    return add_one(sink, states, (struct state_array){"z", NPY_F4, d, narrowed->floats}, error);
  }
  const struct state_array arrays[] = {{"z_low", NPY_F2, low, narrowed->low},
                                       {"z_kept", NPY_F2, kept, narrowed->kept},
                                       {"z_scalars", NPY_F4, 4, narrowed->floats},
                                       {"z_scale", NPY_F4, 2, narrowed->floats + 4 * stored_states_here(states)}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; !status && i < sizeof arrays / sizeof *arrays; i++) {
    status = add_one(sink, states, arrays[i], error);
  }
  return status;
}

/* ---- widening ---- */

static void widen_group(const double *halves, double scale, double *to, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = halves[i] * scale;
}

enum vordec_status state_store_round(enum state_store store, const struct stored_states *states, double *z,
                                     struct vordec_error *error) {
  struct narrowed_states *narrowed = NULL;
  if (store == STATE_FLOAT64) return VORDEC_OK;
  const enum vordec_status status = state_store_narrow(store, states, z, &narrowed, error);
  const size_t d = stored_states_d(states), low = 2 * states->low, kept = 2 * states->kept;
  for (size_t i = 0; !status && store == STATE_FLOAT32 && i < states->count * d; i++) z[i] = narrowed->floats[i];
  for (size_t i = 0; !status && store == STATE_FLOAT16 && i < states->count; i++) {
    const float *scale = narrowed->floats + 4 * states->count + 2 * i;
    double *state = z + i * d;
    for (size_t j = 0; j < low; j++) state[j] = npy_half_value(narrowed->low[i * low + j]) * scale[0];
    for (size_t j = 0; j < 4; j++) state[low + j] = narrowed->floats[4 * i + j];
    for (size_t j = 0; j < kept; j++) state[low + 4 + j] = npy_half_value(narrowed->kept[i * kept + j]) * scale[1];
  }
  narrowed_states_destroy(narrowed);
  return status;
}

bool state_store_is_scaled(const struct array_source *source) {
  return !array_source_has(source, "z") && array_source_has(source, "z_low");
}

/* The arrays of scaled halves, as doubles. */
enum part { PART_LOW, PART_KEPT, PART_SCALARS, PART_SCALE, PARTS };

struct parts {
  double *values[PARTS];
  size_t count, width[PARTS];
  bool batched;
};

static enum vordec_status take_part(struct array_source *source, enum part part, struct parts *parts,
                                    struct vordec_error *error) {
  static const char *const names[PARTS] = {"z_low", "z_kept", "z_scalars", "z_scale"};
  static const size_t widths[PARTS] = {[PART_SCALARS] = 4, [PART_SCALE] = 2}; /* 0: any even one */
  struct npy_array array = {0};
  char shape[NPY_SHAPE_TEXT_MAX];
  enum vordec_status status = array_source_read(source, names[part], &array, error);
  if (status) return status;
  const bool batched = array.ndim == 2, first = part == PART_LOW;
  const size_t count = batched ? array.shape[0] : 1, width = array.ndim ? array.shape[array.ndim - 1] : 0;
  if (first) parts->batched = batched;
  if (first) parts->count = count;
  const bool fits = (array.ndim == 1 || batched) && batched == parts->batched && count == parts->count && count > 0 &&
                    (widths[part] ? width == widths[part] : width % 2 == 0);
  if (fits && array.type != NPY_F2 && array.type != NPY_F4 && array.type != NPY_F8) {
    /* Earlier versions wrote the bits of halves as integers into .nc and .h5 files. */
    status =
        vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s does not hold floating-point numbers; encode the states again",
                    source->path, names[part]);
  } else if (fits) {
    parts->width[part] = width;
    status = npy_to_f64(&array, &parts->values[part], error);
  } else {
    status = vordec_fail(
        error, VORDEC_E_INPUT, 0,
        "%s: %s: shape %s: expected (W,) or (B, W) with the B of z_low, where W is even, 4 for z_scalars and "
        "2 of z_scale",
        source->path, names[part], npy_shape_text(array.shape, array.ndim, shape, sizeof shape));
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status join(const struct parts *parts, double **z, struct vordec_error *error) {
  const size_t low = parts->width[PART_LOW], kept = parts->width[PART_KEPT], d = low + 4 + kept;
  *z = calloc(parts->count, d * sizeof **z);
  if (!*z) return fail_memory(error);
  for (size_t i = 0; i < parts->count; i++) {
    const double *scale = parts->values[PART_SCALE] + 2 * i;
    double *state = *z + i * d;
    widen_group(parts->values[PART_LOW] + i * low, scale[0], state, low);
    memcpy(state + low, parts->values[PART_SCALARS] + 4 * i, 4 * sizeof *state);
    widen_group(parts->values[PART_KEPT] + i * kept, scale[1], state + low + 4, kept);
  }
  return VORDEC_OK;
}

enum vordec_status state_store_read(struct array_source *source, struct stored_states *states, double **z,
                                    struct vordec_error *error) {
  struct parts parts = {.count = 0};
  enum vordec_status status = VORDEC_OK;
  *z = NULL;
  for (int part = 0; part < PARTS && !status; part++) status = take_part(source, (enum part)part, &parts, error);
  if (!status) status = join(&parts, z, error);
  for (int part = 0; part < PARTS; part++) free(parts.values[part]);
  *states = (struct stored_states){.low = parts.width[PART_LOW] / 2,
                                   .kept = parts.width[PART_KEPT] / 2,
                                   .count = parts.count,
                                   .batched = parts.batched};
  return status;
}

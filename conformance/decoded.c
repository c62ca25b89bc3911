/* SPDX-License-Identifier: MIT */
#include "decoded.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "plugin.h"

enum { ARRAY_Z, ARRAY_RESIDUAL, ARRAY_BAND, ARRAY_ENERGY = ARRAY_BAND + 2, ARRAY_LP = ARRAY_ENERGY + 2 };
enum { ARRAY_MASK = ARRAY_LP + 1, ARRAY_HAT, ARRAY_SCALARS, ARRAY_JOB };

static const double *put_input(struct guarded *array, const char *name, const double *values, size_t count,
                               enum guard_side side) {
  guarded_create(array, name, count * sizeof *values, side);
  memcpy(array->data, values, count * sizeof *values);
  guarded_seal(array);
  return array->data;
}

static void put_inputs(struct decoded *decoded, const struct decode_request *request, enum guard_side side,
                       struct vordec_decode_job *job) {
  static const char *const bands[2] = {"band[0]", "band[1]"}, *const energies[2] = {"band_energy[0]", "band_energy[1]"};
  const struct sample *sample = request->sample;
  const size_t elements = decoded->count * decoded->cells;
  if (!request->rollout) {
    job->z = put_input(&decoded->arrays[ARRAY_Z], "z", sample->z, decoded->count * sample->d, side);
  }
  if (request->residuals & VORDEC_RESIDUAL_FIELD) {
    job->residual = put_input(&decoded->arrays[ARRAY_RESIDUAL], "residual", sample->residual, elements, side);
  }
  for (int i = 0; i < 2; i++) {
    if (!(request->residuals & ((uint32_t)VORDEC_RESIDUAL_MID << i))) continue;
    job->band[i] = put_input(&decoded->arrays[ARRAY_BAND + i], bands[i], sample->band[i], elements, side);
    job->band_energy[i] =
        put_input(&decoded->arrays[ARRAY_ENERGY + i], energies[i], sample->band_energy[i], decoded->count, side);
  }
}

static void *put_field(struct decoded *decoded, struct guarded *array, const char *name, enum guard_side side) {
  const size_t elements = decoded->count * decoded->cells;
  guarded_create(array, name, elements * (decoded->fp64 ? sizeof(double) : sizeof(float)), side);
  for (size_t i = 0; i < elements; i++) {
    if (decoded->fp64) {
      ((double *)array->data)[i] = NAN;
    } else {
      ((float *)array->data)[i] = NAN;
    }
  }
  return array->data;
}

#define LENT_GAP 52u /* bytes of a pattern in front of each field and behind the last */
#define LENT_PATTERN 0x5c
enum { LENT_LP, LENT_HAT, LENT_MASK };

static size_t count_of(const struct decode_request *request) {
  const size_t rolled = request->rollout_count ? request->rollout_count : 1;
  return request->rollout ? rolled : request->sample->count;
}

/* Where fields lie in lent memory: each aligned as its type asks, and no more. Returns the block's size. */
static size_t lay_out(const struct decode_request *request, struct lent_place places[3]) {
  const size_t n = request->desc->n, cells = count_of(request) * n * n;
  const size_t real = request->desc->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  places[LENT_LP] = (struct lent_place){"omega_lp", 0, request->outputs & VORDEC_OMEGA_LP ? cells * real : 0};
  places[LENT_HAT] = (struct lent_place){"omega_hat", 0, request->outputs & VORDEC_OMEGA_HAT ? cells * real : 0};
  places[LENT_MASK] = (struct lent_place){"mask", 0, request->outputs & VORDEC_MASK ? cells : 0};
  size_t size = 0;
  for (int i = 0; i < 3; i++) {
    const size_t align = i == LENT_MASK ? 1 : real;
    places[i].at = (size + LENT_GAP + align - 1) / align * align + (i == LENT_MASK && size % 2 == 0);
    size = places[i].at + places[i].bytes;
  }
  return size + LENT_GAP;
}

size_t decoded_lent_bytes(const struct decode_request *request) {
  struct lent_place places[3];
  return lay_out(request, places);
}

/* The output in lent memory, or NULL for one that is not asked for; NAN as fields are beforehand. */
static void *put_lent(struct decoded *decoded, int which) {
  const struct lent_place *place = &decoded->lent[which];
  if (place->bytes == 0) return NULL;
  memset(decoded->lent_block + place->at, 0xff, place->bytes); /* a NAN, and no value of a mask */
  return decoded->lent_block + place->at;
}

static void put_lent_outputs(struct decoded *decoded, const struct decode_request *request,
                             struct vordec_decode_job *job) {
  decoded->lent_block = request->lent;
  decoded->lent_bytes = lay_out(request, decoded->lent);
  memset(decoded->lent_block, LENT_PATTERN, decoded->lent_bytes);
  decoded->omega_lp = job->omega_lp = put_lent(decoded, LENT_LP);
  decoded->omega_hat = job->omega_hat = put_lent(decoded, LENT_HAT);
  decoded->mask = job->mask = put_lent(decoded, LENT_MASK);
}

static void put_guarded_outputs(struct decoded *decoded, enum guard_side side, struct vordec_decode_job *job) {
  if (decoded->outputs & VORDEC_OMEGA_LP) {
    decoded->omega_lp = job->omega_lp = put_field(decoded, &decoded->arrays[ARRAY_LP], "omega_lp", side);
  }
  if (decoded->outputs & VORDEC_OMEGA_HAT) {
    decoded->omega_hat = job->omega_hat = put_field(decoded, &decoded->arrays[ARRAY_HAT], "omega_hat", side);
  }
  if (decoded->outputs & VORDEC_MASK) {
    guarded_create(&decoded->arrays[ARRAY_MASK], "mask", decoded->count * decoded->cells, side);
    decoded->mask = job->mask = decoded->arrays[ARRAY_MASK].data;
  }
}

static void put_outputs(struct decoded *decoded, const struct decode_request *request, enum guard_side side,
                        struct vordec_decode_job *job) {
  if (request->lent) {
    put_lent_outputs(decoded, request, job);
  } else {
    put_guarded_outputs(decoded, side, job);
  }
  if (decoded->outputs & VORDEC_SCALARS) {
    guarded_create(&decoded->arrays[ARRAY_SCALARS], "scalars", decoded->count * sizeof *job->scalars, side);
    decoded->scalars = job->scalars = decoded->arrays[ARRAY_SCALARS].data;
  }
}

/* The gaps between fields in lent memory are as they were. */
static bool gaps_intact(const struct decoded *decoded) {
  size_t from = 0;
  for (int i = 0; i <= 3 && decoded->lent_block; i++) {
    const size_t until = i < 3 ? decoded->lent[i].at : decoded->lent_bytes;
    for (; from < until; from++) {
      if (decoded->lent_block[from] != LENT_PATTERN) return false;
    }
    if (i < 3) from += decoded->lent[i].bytes;
  }
  return true;
}

static bool complete(struct suite *suite, const struct decoded *decoded) {
  if (!gaps_intact(decoded)) {
    suite_short(suite, "decode() wrote between the fields in lent memory");
    return false;
  }
  for (size_t i = 0; i < sizeof decoded->arrays / sizeof *decoded->arrays; i++) {
    const struct guarded *array = &decoded->arrays[i];
    if (array->map && !array->sealed && !array->gone && !guarded_surroundings_intact(array)) {
      suite_short(suite, "decode() wrote outside %s", array->name);
      return false;
    }
  }
  for (size_t i = 0; i < decoded->count * decoded->cells; i++) {
    const char *missing = NULL;
    if (decoded->omega_lp && isnan(decoded_value(decoded, decoded->omega_lp, i))) missing = "omega_lp";
    if (decoded->omega_hat && isnan(decoded_value(decoded, decoded->omega_hat, i))) missing = "omega_hat";
    if (decoded->mask && (decoded->mask[i] < -1 || decoded->mask[i] > 1)) missing = "mask";
    if (!missing) continue;
    suite_short(suite, "decode() left %s unwritten, or wrote no value, at cell %zu of state %zu of %zu", missing,
                i % decoded->cells, i / decoded->cells, decoded->count);
    return false;
  }
  return true;
}

void decoded_prepare(struct suite *suite, const struct decode_request *request, struct decoded *decoded,
                     struct vordec_decode_job *job) {
  const enum guard_side side = suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END;
  const size_t n = request->desc->n;
  *decoded = (struct decoded){.count = count_of(request),
                              .cells = n * n,
                              .fp64 = request->desc->precision == VORDEC_FP64,
                              .outputs = request->outputs,
                              .result = {.struct_size = sizeof decoded->result}};
  *job = (struct vordec_decode_job){.struct_size = sizeof *job,
                                    .count = (uint32_t)decoded->count,
                                    .rollout = request->rollout,
                                    .rollout_state = request->rollout_state,
                                    .outputs = request->outputs};
  put_inputs(decoded, request, side, job);
  put_outputs(decoded, request, side, job);
  decoded->start_ms = clock_ms();
}

/* What became of a call that ends a job, or of one that did not begin it. */
static bool judge_call(struct suite *suite, const char *slot, enum vordec_status status,
                       const struct vordec_error *error, const struct decoded *decoded) {
  suite_step(suite);
  if (status == VORDEC_OK) return true;
  plugin_judge_error(suite, slot, status, error);
  suite_short(suite, "%s(%zu states of %zu cells): %s: %.400s", slot, decoded->count, decoded->cells,
              vordec_status_name(status), error->message);
  return false;
}

bool decoded_make(struct suite *suite, struct vordec_plan *plan, const struct decode_request *request,
                  struct decoded *decoded) {
  struct vordec_decode_job job;
  struct vordec_error error = {0};
  decoded_prepare(suite, request, decoded, &job);
  const enum vordec_status status = suite->backend->decode(plan, &job, &decoded->result, &error);
  decoded->host_ms = clock_ms() - decoded->start_ms;
  const bool fine = judge_call(suite, "decode", status, &error, decoded) && complete(suite, decoded);
  if (!fine) decoded_destroy(decoded);
  return fine;
}

bool decoded_submit(struct suite *suite, struct vordec_plan *plan, const struct decode_request *request,
                    struct decoded *decoded) {
  struct vordec_decode_job job;
  struct vordec_error error = {0};
  decoded_prepare(suite, request, decoded, &job);
  struct guarded *sealed = &decoded->arrays[ARRAY_JOB];
  guarded_create(sealed, "job", sizeof job, GUARD_AT_END);
  memcpy(sealed->data, &job, sizeof job);
  guarded_seal(sealed);
  const size_t taken = atomic_load(&suite->host.taken);
  const enum vordec_status status = plugin_stream(suite)->submit(plan, sealed->data, &error);
  guarded_take_away(sealed); /* it need not stay */
  if (atomic_load(&suite->host.taken) != taken) suite_short(suite, "submit() takes memory from the host");
  const bool fine = judge_call(suite, "submit", status, &error, decoded);
  if (!fine) decoded_destroy(decoded);
  return fine;
}

bool decoded_wait(struct suite *suite, struct vordec_plan *plan, struct decoded *decoded) {
  struct vordec_error error = {0};
  const size_t taken = atomic_load(&suite->host.taken);
  const enum vordec_status status = plugin_stream(suite)->wait(plan, &decoded->result, &error);
  decoded->host_ms = clock_ms() - decoded->start_ms;
  if (atomic_load(&suite->host.taken) != taken) suite_short(suite, "wait() takes memory from the host");
  const bool fine = judge_call(suite, "wait", status, &error, decoded) && complete(suite, decoded);
  if (!fine) decoded_destroy(decoded);
  return fine;
}

void decoded_destroy(struct decoded *decoded) {
  for (size_t i = 0; i < sizeof decoded->arrays / sizeof *decoded->arrays; i++) guarded_destroy(&decoded->arrays[i]);
}

double decoded_value(const struct decoded *decoded, const void *field, size_t i) {
  return decoded->fp64 ? ((const double *)field)[i] : (double)((const float *)field)[i];
}

static bool same_part(const void *a, size_t i, const void *b, size_t j, size_t bytes) {
  return !a || !b || memcmp((const char *)a + i * bytes, (const char *)b + j * bytes, bytes) == 0;
}

bool decoded_same(const struct decoded *a, size_t i, const struct decoded *b, size_t j) {
  const size_t field = a->cells * (a->fp64 ? sizeof(double) : sizeof(float));
  return same_part(a->omega_lp, i, b->omega_lp, j, field) && same_part(a->omega_hat, i, b->omega_hat, j, field) &&
         same_part(a->mask, i, b->mask, j, a->cells) && same_part(a->scalars, i, b->scalars, j, sizeof *a->scalars);
}

void decoded_digest(const struct decoded *decoded, char digest[33]) {
  char parts[3][33] = {"", "", ""};
  const size_t elements = decoded->count * decoded->cells, real = decoded->fp64 ? sizeof(double) : sizeof(float);
  if (decoded->omega_lp) vordec_hash(decoded->omega_lp, elements * real, parts[0]);
  if (decoded->mask) vordec_hash(decoded->mask, elements, parts[1]);
  if (decoded->omega_hat) vordec_hash(decoded->omega_hat, elements * real, parts[2]);
  vordec_hash(parts, sizeof parts, digest);
}

bool decoded_by_plan(struct suite *suite, struct vordec_session *session, const struct decode_request *request,
                     struct decoded *decoded, bool *refused) {
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  const enum vordec_status status = plugin_plan(suite, session, request->desc, &plan, &info);
  *refused = status != VORDEC_OK;
  if (status) return false;
  const bool made = decoded_make(suite, plan, request, decoded);
  suite->backend->plan_destroy(plan);
  return made;
}

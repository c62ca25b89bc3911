#include "decoded.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "plugin.h"

enum { ARRAY_Z, ARRAY_RESIDUAL, ARRAY_BAND, ARRAY_ENERGY = ARRAY_BAND + 2, ARRAY_LP = ARRAY_ENERGY + 2 };
enum { ARRAY_MASK = ARRAY_LP + 1, ARRAY_HAT, ARRAY_SCALARS };

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

static void put_outputs(struct decoded *decoded, enum guard_side side, struct vordec_decode_job *job) {
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
  if (decoded->outputs & VORDEC_SCALARS) {
    guarded_create(&decoded->arrays[ARRAY_SCALARS], "scalars", decoded->count * sizeof *job->scalars, side);
    decoded->scalars = job->scalars = decoded->arrays[ARRAY_SCALARS].data;
  }
}

static bool complete(struct suite *suite, const struct decoded *decoded) {
  for (size_t i = 0; i < sizeof decoded->arrays / sizeof *decoded->arrays; i++) {
    const struct guarded *array = &decoded->arrays[i];
    if (array->map && !array->sealed && !guarded_surroundings_intact(array)) {
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

bool decoded_make(struct suite *suite, struct vordec_plan *plan, const struct decode_request *request,
                  struct decoded *decoded) {
  const enum guard_side side = suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END;
  const size_t n = request->desc->n;
  *decoded = (struct decoded){.count = request->rollout ? 1 : request->sample->count,
                              .cells = n * n,
                              .fp64 = request->desc->precision == VORDEC_FP64,
                              .outputs = request->outputs,
                              .result = {.struct_size = sizeof decoded->result}};
  struct vordec_decode_job job = {.struct_size = sizeof job,
                                  .count = (uint32_t)decoded->count,
                                  .rollout = request->rollout,
                                  .outputs = request->outputs};
  put_inputs(decoded, request, side, &job);
  put_outputs(decoded, side, &job);
  struct vordec_error error = {0};
  const double start = clock_ms();
  const enum vordec_status status = suite->backend->decode(plan, &job, &decoded->result, &error);
  decoded->host_ms = clock_ms() - start;
  suite_step(suite);
  bool fine = status == VORDEC_OK;
  if (!fine) {
    plugin_judge_error(suite, "decode", status, &error);
    suite_short(suite, "decode(N = %zu, %zu states): %s: %.400s", n, decoded->count, vordec_status_name(status),
                error.message);
  }
  fine = fine && complete(suite, decoded);
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

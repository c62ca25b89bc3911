/* SPDX-License-Identifier: MIT */
#include "encode_work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool complain(const struct vordec_error *error) {
  fprintf(stderr, "soak: %s\n", error->message);
  return false;
}

static bool make_simulation(struct encode_work *work) {
  const struct vordec_simulation_desc desc = {.n = work->n, .members = 1, .dt = 0.01, .nu0 = 1e-3, .cs = 0.17};
  struct vordec_error error = {0};
  if (vordec_simulation_create(work->runtime, NULL, &desc, &work->simulation, &error)) return complain(&error);
  return vordec_simulation_set(work->simulation, 0, work->omega, 0, &error) ? complain(&error) : true;
}

bool encode_work_make_encoder(struct encode_work *work) {
  const double cut = work->n / 4 < 8 ? (double)(work->n / 4) : 8.0;
  const struct vordec_encoder_desc desc = {
      .n = work->n, .batch = 1, .k_cut = cut, .resid_mid_cut = 1.5 * cut, .topk_mid = 8, .modes = VORDEC_MODES_HALF};
  const struct vordec_encode_io io = {.omega = work->omega, .count = 1};
  struct vordec_error error = {0};
  if (vordec_encoder_create(work->runtime, NULL, work->simulation, &desc, &work->encoder, &error) ||
      vordec_encoder_choose_anchors(work->encoder, &io, &error)) {
    return complain(&error);
  }
  return true;
}

void encode_work_drop_encoder(struct encode_work *work) {
  vordec_encoder_destroy(work->encoder);
  work->encoder = NULL;
}

bool encode_work_open(struct encode_work *work, struct vordec_runtime *runtime, size_t n) {
  struct vordec_encoder_info info;
  work->runtime = runtime;
  work->n = n;
  work->omega = calloc(n * n, sizeof *work->omega);
  for (size_t i = 0; work->omega && i < n * n; i++) work->omega[i] = sin(0.3 + 0.7 * (double)i) + 0.1;
  if (!work->omega || !make_simulation(work) || !encode_work_make_encoder(work)) return false;
  vordec_encoder_get(work->encoder, &info);
  work->d = info.d;
  work->z = calloc(info.d, sizeof *work->z);
  return work->z != NULL;
}

void encode_work_close(struct encode_work *work) {
  encode_work_drop_encoder(work);
  vordec_simulation_destroy(work->simulation);
  free(work->omega);
  free(work->z);
}

bool encode_work_run(struct encode_work *work, size_t turn, struct vordec_encode_report *report) {
  const bool of_simulation = turn % 2;
  const struct vordec_encode_io io = {.count = 1,
                                      .omega = of_simulation ? NULL : work->omega,
                                      .simulation = of_simulation ? work->simulation : NULL,
                                      .z = work->z};
  struct vordec_error error = {0};
  return vordec_encode(work->encoder, &io, report, &error) ? complain(&error) : true;
}

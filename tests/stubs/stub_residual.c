/* SPDX-License-Identifier: MIT */
#include "stub_residual.h"

#include <stdlib.h>

#include "conformance/reference_residual.h"

/* The plans that make bands; used by one thread. */
static struct entry {
  const struct vordec_plan *plan; /* NULL: free */
  const struct vordec_plan_desc *desc;
  struct vordec_residual_setup setup;
  struct vordec_residual_job job;
} entries[16];

static struct entry *find(const struct vordec_plan *plan) {
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    if (entries[i].plan == plan) return &entries[i];
  }
  return NULL;
}

bool stub_residual_enter(const struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                         const struct vordec_residual_setup *setup) {
  struct entry *entry = find(NULL);
  if (!entry) return false;
  *entry = (struct entry){.plan = plan, .desc = desc, .setup = *setup};
  return true;
}

void stub_residual_leave(const struct vordec_plan *plan) {
  struct entry *entry = plan ? find(plan) : NULL;
  if (entry) entry->plan = NULL;
}

void stub_residual_prepare(const struct vordec_plan *plan, const struct vordec_residual_job *job) {
  find(plan)->job = *job;
}

static void make_band(const struct entry *entry, enum fault fault, const double *z, uint32_t state, uint32_t band,
                      double *field) {
  struct vordec_plan_desc desc = *entry->desc;
  struct vordec_residual_setup setup = entry->setup;
  struct reference_residual residual = {
      .desc = &desc, .setup = &setup, .z = z, .step = entry->job.step[fault == BAND_STEP_OF_FIRST ? 0 : state]};
  if (fault == BAND_FORGETS_STEP) residual.step = 0;
  if (fault == BAND_KEEPS_KEPT) desc.max_kept = 0;
  if (fault == BAND_FORGETS_HALF) setup.half = false;
  if (fault == BAND_SEED_IN_32_BITS) setup.seed &= 0xffffffffu;
  if (fault != BAND_IGNORES_PHASES) residual.phase[band] = entry->job.phase[band];
  double energy = reference_residual_band(&residual, band, field);
  if (fault == BAND_ENERGY_OF_MODE && energy > 0.0) energy = z[2 * desc.m + 1 + band];
  entry->job.energy[band][state] = energy;
}

double *stub_residual_attach(const struct vordec_plan *plan, enum fault fault, struct vordec_decode_job *job) {
  const struct entry *entry = find(plan);
  if (!entry) return NULL;
  const size_t cells = (size_t)entry->desc->n * entry->desc->n, all = job->count * cells;
  double *fields = malloc(2 * all * sizeof *fields);
  if (!fields) abort();
  for (uint32_t band = 0; band < 2; band++) {
    if (!(entry->setup.bands & (uint32_t)VORDEC_RESIDUAL_MID << band)) continue;
    for (uint32_t i = 0; i < job->count; i++) {
      make_band(entry, fault, job->z + (size_t)i * entry->desc->d, i, band, fields + band * all + i * cells);
    }
    job->band[band] = fields + band * all;
    job->band_energy[band] = entry->job.energy[band];
  }
  return fields;
}

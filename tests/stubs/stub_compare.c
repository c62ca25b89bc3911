/* SPDX-License-Identifier: MIT */
#include "stub_compare.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "conformance/reference_compare.h"

struct vordec_backend_comparer {
  struct stub_flow_place place;
  struct vordec_compare_setup setup;
  size_t cells;
  double *kept, *w; /* fields x cells; cells */
  pid_t maker;      /* the process that it was made in */
};

static size_t in_lines(size_t bytes) {
  return (bytes + 63) / 64 * 64 + 64;
}

enum vordec_status stub_compare_create(const struct stub_flow_place *place, const struct vordec_compare_setup *setup,
                                       struct vordec_backend_comparer **comparer, struct vordec_error *error) {
  const struct vordec_host *host = place->host;
  const size_t cells = (size_t)setup->n * setup->n, bytes = in_lines((setup->fields + 1) * cells * sizeof(double));
  struct vordec_backend_comparer *made = host->allocate(host->ctx, 64, in_lines(sizeof *made));
  if (made) {
    *made =
        (struct vordec_backend_comparer){*place, *setup, cells, host->allocate(host->ctx, 64, bytes), NULL, getpid()};
  }
  if (!made || !made->kept) {
    if (made && place->fault != LEAKS_COMPARER) host->release(host->ctx, made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a comparer");
  }
  memset(made->kept, 0, bytes);
  made->w = made->kept + setup->fields * cells;
  *comparer = made;
  return VORDEC_OK;
}

void stub_compare_destroy(struct vordec_backend_comparer *comparer) {
  if (!comparer) return;
  const struct vordec_host *host = comparer->place.host;
  host->release(host->ctx, comparer->kept);
  host->release(host->ctx, comparer);
}

static const double *find(const struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                          const double *decoded) {
  if (job->omega) return job->omega;
  if (decoded) return decoded;
  if (!job->simulation) return comparer->kept + job->field * comparer->cells;
  return stub_flow_field(job->simulation, comparer->place.fault == COMPARES_THE_FIRST ? 0 : job->member);
}

static void spoil_moments(const struct vordec_backend_comparer *comparer, struct vordec_field_moments *moments) {
  if (comparer->place.fault != VARIANCE_BY_DIFFERENCE) return;
  moments->variance = fabs((double)((float)moments->square - (float)(moments->mean * moments->mean)));
}

/* Each energy in the shell below. */
static void spoil_shells(uint32_t shells, double *shell) {
  memmove(shell, shell + 1, (shells - 1) * sizeof *shell);
  shell[shells - 1] = 0.0;
}

static void measure(const struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job) {
  const uint32_t n = comparer->setup.n;
  const enum fault fault = comparer->place.fault;
  if (job->moments) {
    *job->moments = reference_moments(n, comparer->w);
    spoil_moments(comparer, job->moments);
  }
  for (uint32_t i = 0; i < job->pairs; i++) {
    const double *other = comparer->kept + job->pair[i].field * comparer->cells;
    job->against[i] = reference_pair(n, comparer->w, other, fault == FORGETS_FACTOR ? 1.0 : job->pair[i].factor);
  }
  if (fault == CHILD_COMPARE_SHOWS && getpid() != comparer->maker && job->pairs)
    job->against[0].difference *= 1 + 1e-15;
  if (!job->shell) return;
  reference_shells(n, comparer->w, job->shell);
  if (fault == SHELLS_OFF_BY_ONE) spoil_shells(vordec_compare_shells(n), job->shell);
}

enum vordec_status stub_compare(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                const double *decoded, struct vordec_compare_result *result) {
  const struct vordec_host *host = comparer->place.host;
  const struct vordec_device *device = &comparer->place.device;
  const enum fault fault = comparer->place.fault;
  const uint64_t start = host->clock_ns(host->ctx), counted = fault == COMPARES_UNCOUNTED ? 0 : 1;
  const size_t bytes = comparer->cells * sizeof(double);
  if (fault == MEMORY_IN_COMPARE) host->release(host->ctx, host->allocate(host->ctx, 64, 64));
  memcpy(comparer->w, find(comparer, job, decoded), bytes);
  if (job->keep != VORDEC_NO_FIELD) memcpy(comparer->kept + job->keep * comparer->cells, comparer->w, bytes);
  double *sum = job->add != VORDEC_NO_FIELD ? comparer->kept + job->add * comparer->cells : NULL;
  for (size_t i = 0; sum && i < comparer->cells; i++) sum[i] = (fault == ADDS_ANEW ? 0.0 : sum[i]) + comparer->w[i];
  measure(comparer, job);
  if (job->copy) memcpy(job->copy, comparer->w, bytes);
  result->evidence =
      (struct vordec_evidence){.type = device->type, .dispatches_recorded = counted, .dispatches_completed = counted};
  memcpy(result->evidence.name, device->name, sizeof device->name);
  memcpy(result->evidence.driver, device->driver, sizeof device->driver);
  do result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  while (result->device_ms <= 0.0);
  return VORDEC_OK;
}

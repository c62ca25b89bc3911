/* SPDX-License-Identifier: MIT */
#include "stub_stream.h"

#include <stdlib.h>
#include <string.h>

#include "stub_export.h"
#include "stub_link.h"
#include "stub_rollout.h"

/* The jobs under way; streams are used by one thread. */
static struct flight {
  struct vordec_plan *plan; /* NULL: free */
  struct vordec_decode_job job;
  const struct vordec_decode_job *theirs;
  double *z;
} flights[4];

static struct flight *find_flight(const struct vordec_plan *plan) {
  for (size_t i = 0; i < sizeof flights / sizeof *flights; i++) {
    if (flights[i].plan == plan) return &flights[i];
  }
  return NULL;
}

static void end_flight(struct flight *flight) {
  free(flight->z);
  *flight = (struct flight){.plan = NULL};
}

/* A job that stays after its failure is in the way once: later the address of its plan may be another plan's. */
static enum vordec_status refuse_second(const struct stub_stream_work *work, struct flight *first,
                                        struct vordec_error *error) {
  if (first && work->fault == FAILED_STAYS) end_flight(first);
  return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "the plan has a job under way");
}

enum vordec_status stub_stream_submit(const struct stub_stream_work *work, struct vordec_plan *plan,
                                      const struct vordec_decode_job *job, struct vordec_error *error) {
  struct flight *first = find_flight(plan), *flight = first ? NULL : find_flight(NULL);
  const struct vordec_host *host = work->host;
  if (!flight) return refuse_second(work, first, error);
  const enum vordec_status status =
      stub_export_is(plan) ? VORDEC_OK : work->copy(plan, job, &flight->z, error); /* of these wait() takes them */
  if (status) return status;
  if (work->fault == MEMORY_IN_SUBMIT) host->release(host->ctx, host->allocate(host->ctx, 16, 8));
  flight->plan = plan;
  flight->job = *job;
  flight->theirs = job;
  return VORDEC_OK;
}

static void spoil_job(const struct stub_stream_work *work, const struct vordec_decode_job *job,
                      struct vordec_decode_result *result) {
  const enum fault fault = work->fault;
  const size_t cells = (size_t)work->desc->n * work->desc->n * job->count;
  double *lp = job->omega_lp;
  if (fault == STREAM_SHOWS && lp) lp[0] *= 1.0 + 1e-15;
  if (fault == WAITS_UNCOUNTED) result->evidence.dispatches_recorded = result->evidence.dispatches_completed = 0;
  if (fault == WRITES_LENT && stub_link_lent(lp)) lp[cells] = 0.0;
}

enum vordec_status stub_stream_wait(const struct stub_stream_work *work, struct vordec_plan *plan,
                                    struct vordec_decode_result *result, struct vordec_error *error) {
  struct flight *flight = find_flight(plan);
  if (!flight) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "no job is under way");
  const struct vordec_decode_job job = work->fault == KEEPS_JOB ? *flight->theirs : flight->job;
  if (work->fault == ROLLS_ON && job.rollout) {
    memcpy(flight->z, stub_rollout_held(&job), work->desc->d * sizeof(double));
  }
  const enum vordec_status status = stub_export_is(plan) ? work->decode_in_place(plan, &job, result, error)
                                                         : work->decode(plan, &job, flight->z, result, error);
  if (!status) spoil_job(work, &job, result);
  if (status && work->fault == FAILED_STAYS) return status;
  end_flight(flight);
  return status;
}

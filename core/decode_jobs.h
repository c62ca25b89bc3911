/* SPDX-License-Identifier: MIT */
/* The jobs that a decode consists of: states are checked, split into batches, and given to the decoder's plans. All of
 * this happens within a call on the decoder's engine. */
#ifndef VORDEC_CORE_DECODE_JOBS_H
#define VORDEC_CORE_DECODE_JOBS_H

#include "decoder.h"

/* Says whether nothing is in progress that a call would interfere with. */
enum vordec_status decode_jobs_check_idle(const struct vordec_decoder *decoder, struct vordec_error *error);
/* Says whether the decoder can do what a call asks for. */
enum vordec_status decode_jobs_check_request(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                             struct vordec_error *error);
/* Checks the states of the call; those of a rollout are checked when they are available. */
enum vordec_status decode_jobs_check_states(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                            size_t first, size_t count, struct vordec_error *error);
/* Checks the residuals of all its states. */
enum vordec_status decode_jobs_check_residuals(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                               struct vordec_error *error);
/* All three, of all states. */
enum vordec_status decode_jobs_check(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error);
/* Begins a call: what was read from a rollout before it counts as a visit to the host. */
enum vordec_status decode_jobs_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error);

/* How many states a submission takes: those of a rollout go one by one if its backend has no vordec.trail/1. */
size_t decode_jobs_at_once(const struct vordec_decoder *decoder, const struct vordec_decode_io *io);
/* The job of as many states of the call as one submission takes, starting at `first`. */
struct vordec_decode_job decode_job_at(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       size_t first);
/* Makes the job's bands, or has its backend make them, and starts the job; overlaps: it may be in progress on return.
 */
enum vordec_status decode_job_start(struct vordec_decoder *decoder, struct batch *batch,
                                    const struct vordec_decode_io *io, struct vordec_decode_job *job, size_t first,
                                    bool overlaps, struct vordec_error *error);
/* Waits for a batch, checks what came of it and adds its times to the report. */
enum vordec_status decode_job_finish(struct vordec_decoder *decoder, struct batch *batch,
                                     struct vordec_decode_report *report, struct vordec_error *error);
/* Does all jobs of a call of several batches, and keeps as many of them in progress as there are plans. */
enum vordec_status decode_jobs_run(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                   struct vordec_decode_report *report, struct vordec_error *error);
/* Waits for what is still in progress, whatever comes of it, and returns `status`. */
enum vordec_status decode_jobs_abandon(struct vordec_decoder *decoder, enum vordec_status status);

/* Counts states that were decoded. */
void decode_jobs_count(struct vordec_decoder *decoder, bool in_place, size_t count);
/* Writes into a report what may be claimed of the decoder. */
void decode_jobs_sign(const struct vordec_decoder *decoder, struct vordec_decode_report *report);

#endif

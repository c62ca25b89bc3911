/* SPDX-License-Identifier: MIT */
/* The jobs that a decode is made of: states are checked, split into batches, and given to the decoder's plans. Within a
 * call on the decoder's engine. */
#ifndef VORDEC_CORE_DECODE_JOBS_H
#define VORDEC_CORE_DECODE_JOBS_H

#include "decoder.h"

/* Whether nothing is under way that a call would get into the way of. */
enum vordec_status decode_jobs_check_idle(const struct vordec_decoder *decoder, struct vordec_error *error);
/* Whether the decoder can do what a call asks for. */
enum vordec_status decode_jobs_check_request(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                             struct vordec_error *error);
/* Whether states of the call are fit for it; those of a rollout are looked at when they are there. */
enum vordec_status decode_jobs_check_states(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                            size_t first, size_t count, struct vordec_error *error);
/* Whether the residuals of all its states are. */
enum vordec_status decode_jobs_check_residuals(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                               struct vordec_error *error);
/* All three, of all states. */
enum vordec_status decode_jobs_check(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error);
/* A call begins: what a rollout was read for before it was a visit to the host. */
enum vordec_status decode_jobs_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error);

/* States of a submission: those of a rollout one by one where its backend has no vordec.trail/1. */
size_t decode_jobs_at_once(const struct vordec_decoder *decoder, const struct vordec_decode_io *io);
/* As many states of the call as one submission takes, from `first` on. */
struct vordec_decode_job decode_job_at(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       size_t first);
/* Makes the job's bands, or has its backend make them, and starts it; overlaps: it may be under way on return. */
enum vordec_status decode_job_start(struct vordec_decoder *decoder, struct batch *batch,
                                    const struct vordec_decode_io *io, struct vordec_decode_job *job, size_t first,
                                    bool overlaps, struct vordec_error *error);
/* Waits for a batch, looks at what came of it and adds its times to the report. */
enum vordec_status decode_job_finish(struct vordec_decoder *decoder, struct batch *batch,
                                     struct vordec_decode_report *report, struct vordec_error *error);
/* Does all jobs of a call of several batches, of which it keeps as many under way as there are plans. */
enum vordec_status decode_jobs_run(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                   struct vordec_decode_report *report, struct vordec_error *error);
/* Waits for what is still under way, whatever comes of it, and returns `status`. */
enum vordec_status decode_jobs_abandon(struct vordec_decoder *decoder, enum vordec_status status);

/* Counts states that were decoded. */
void decode_jobs_count(struct vordec_decoder *decoder, bool in_place, size_t count);
/* Says in a report what may be claimed of the decoder. */
void decode_jobs_sign(const struct vordec_decoder *decoder, struct vordec_decode_report *report);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * report.h - a report of a run of snapshots, as one HTML file that refers to no other, and an animation of its fields.
 *
 * The report is made of the files in the run's folder; what is missing there, it names. Different reports may be
 * written by different threads.
 */
#ifndef VORDEC_REPORT_REPORT_H
#define VORDEC_REPORT_REPORT_H

#include "animation.h"
#include "finished_run.h"

struct report_request {
  struct finished_run_request run;
  const char *path;      /* of the HTML file; NULL: it is not written */
  const char *animate;   /* of a copy of the animation; NULL: none */
  const cJSON *defaults; /* of settings, as texts by their names in run.json ("steps", "[decode] backend") */
};

/* Whether animations can be made here; else *error says what is missing. Any thread. */
bool report_can_animate(struct vordec_error *error);

/* Writes what is asked for, each file whole or not at all. The animation is PREFIX_animation.webp, or else made of the
 * fields that --save-decoded left; a report does without. E_INPUT: there is no such run, or no animation that is asked
 * for. E_UNSUPPORTED: that, and libwebp is missing. E_IO, E_FAILED, E_NO_MEMORY. */
enum vordec_status report_write(const struct report_request *request, struct vordec_error *error);

#endif

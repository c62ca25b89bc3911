/* SPDX-License-Identifier: MIT */
/* A part of the report: a heading and what is below it. */
#ifndef VORDEC_REPORT_SECTION_H
#define VORDEC_REPORT_SECTION_H

#include <stdio.h>

#include "animation.h"
#include "finished_run.h"

struct section_source {
  const struct finished_run *run;
  const cJSON *defaults;                   /* of settings, as texts by their names in run.json */
  const struct animation_bytes *animation; /* its bytes are NULL: there is none, and no_animation says why */
  const char *no_animation;
};

/* Each writes what it knows, or says what is missing. E_NO_MEMORY, E_FAILED: what a picture needs. */
typedef enum vordec_status (*section_write)(FILE *out, const struct section_source *source, struct vordec_error *error);

enum vordec_status section_work(FILE *out, const struct section_source *source, struct vordec_error *error);
enum vordec_status section_settings(FILE *out, const struct section_source *source, struct vordec_error *error);
enum vordec_status section_scores(FILE *out, const struct section_source *source, struct vordec_error *error);
enum vordec_status section_curves(FILE *out, const struct section_source *source, struct vordec_error *error);
enum vordec_status section_pictures(FILE *out, const struct section_source *source, struct vordec_error *error);
enum vordec_status section_costs(FILE *out, const struct section_source *source, struct vordec_error *error);
enum vordec_status section_files(FILE *out, const struct section_source *source, struct vordec_error *error);

/* A picture from the run's folder, or a line that says that it cannot be read. */
enum vordec_status section_put_png(FILE *out, const struct finished_run *run, const char *name, const char *alt,
                                   struct vordec_error *error);

/* A line that says what is not there because a file is missing or damaged; nothing where it was read. */
void section_say_missing(FILE *out, const struct finished_run *run, enum run_file file);

#endif

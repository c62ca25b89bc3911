/* SPDX-License-Identifier: MIT */
/* The animation of the fields that `vordec snapshots --save-decoded` left. */
#ifndef VORDEC_REPORT_SAVED_FIELDS_H
#define VORDEC_REPORT_SAVED_FIELDS_H

#include "animation.h"
#include "finished_run.h"

#define SAVED_FIELDS_FILES 3

/* Names that such a file may have, behind the prefix. */
extern const char *const saved_fields_files[SAVED_FIELDS_FILES];

/* *bytes->bytes is to be freed. E_INPUT: there is no such file, or it does not hold fields. Errors as
 * animation_create() and animation_add(). */
enum vordec_status saved_fields_animate(const struct finished_run_request *request, struct animation_bytes *bytes,
                                        struct vordec_error *error);

#endif

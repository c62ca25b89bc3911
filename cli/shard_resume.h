/* SPDX-License-Identifier: MIT */
/* --resume: whether a part is there, with what was asked for beside it. */
#ifndef VORDEC_CLI_SHARD_RESUME_H
#define VORDEC_CLI_SHARD_RESUME_H

#include "shard_record.h"

struct shard_resume {
  const struct shard *shard;
  const char *out, *request; /* what the parts become; what shard_record_request() made of the request */
  const char *metrics, *png; /* NULL: not asked for */
  size_t png_state;          /* of the whole run's: the part that holds it draws the picture */
};

/* All borrowed. False: the part, its metrics or its picture are missing, and all are to be made. Errors as
 * shard_record_find(). */
enum vordec_status shard_resume_find(const struct shard_resume *wanted, bool *found, struct vordec_error *error);

#endif

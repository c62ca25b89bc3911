/* SPDX-License-Identifier: MIT */
/* How a decoded batch is judged: its evidence is weighed and its fields are checked. */
#ifndef VORDEC_CORE_JUDGE_H
#define VORDEC_CORE_JUDGE_H

#include "batch.h"
#include "decoder.h"

/* Raises flags of the decoder and notes what did the work. E_REFUSED: there is no proof of that, under a strict policy.
 * E_INPUT: a field is not finite. Sums of squares that overflowed become NAN, and so do impossible numbers. */
enum vordec_status judge_batch(struct vordec_decoder *decoder, struct batch *batch, struct vordec_error *error);

#endif

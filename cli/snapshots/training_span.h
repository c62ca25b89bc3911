/* SPDX-License-Identifier: MIT */
/* Which steps of a run the operator was learnt from: what it does inside them is no forecast. */
#ifndef VORDEC_CLI_SNAPSHOTS_TRAINING_SPAN_H
#define VORDEC_CLI_SNAPSHOTS_TRAINING_SPAN_H

#include <vordec/types.h>

struct training_span {
  bool known;  /* false: the operator came from a file */
  size_t last; /* of the training frames, which are 0 .. last */
};

/* Whether a text of --train-steps means anything: "half", "all", or a number of steps. E_USAGE. */
enum vordec_status training_span_check(const char *text, struct vordec_error *error);

/* The span that a text which passed the check means, for a run of so many steps. E_USAGE: it has not as many. */
enum vordec_status training_span_make(const char *text, size_t steps, struct training_span *span,
                                      struct vordec_error *error);

static inline bool training_span_holds(const struct training_span *span, size_t step) {
  return span->known && step <= span->last;
}

/* 1 inside, 0 outside, NAN where it is not known: for tables. */
double training_span_number(const struct training_span *span, size_t step);

/* What a step is called: "training, no forecast", "test, a forecast", or, with an operator from a file, "training
 * unknown". */
const char *training_span_word(const struct training_span *span, size_t step);

#endif

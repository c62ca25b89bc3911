/* SPDX-License-Identifier: MIT */
/* What a person wants to know about a decode, in a few lines. */
#ifndef VORDEC_CLI_SUMMARY_H
#define VORDEC_CLI_SUMMARY_H

#include "formats/state_file.h"
#include <vordec/vordec.h>

#define SUMMARY_TITLE_MAX 600

/* One line for a picture of the i-th state: backend, device, N, precision, version. */
void summary_title(const struct vordec_decoder_info *info, const struct vordec_decode_report *report,
                   const struct state_file *state, size_t i, char title[SUMMARY_TITLE_MAX]);

#define SUMMARY_STATES 8 /* of more, only how many they are is said */

struct summary_state {
  bool measured; /* there are scalars */
  struct vordec_scalars scalars;
  char hash[3][33]; /* of omega_lp, mask and omega_hat; empty: there is no such field */
};

struct summary {
  size_t first, total; /* which of the file's states these are, and how many were decoded */
  size_t count;
  struct summary_state states[SUMMARY_STATES];
};

/* Notes what is to be said of the states that io holds, from the `at`-th decoded on, if they are among the first. */
void summary_take(struct summary *summary, const struct vordec_decoder_info *info, size_t n, size_t at,
                  const struct vordec_decode_io *io);

/* Prints the summary to stderr. */
void summary_print(const struct vordec_decoder *decoder, const struct vordec_decode_report *report,
                   const struct state_file *state, const struct summary *summary);

#endif

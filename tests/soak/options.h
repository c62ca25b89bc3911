/* SPDX-License-Identifier: MIT */
/* What a soak is asked for. */
#ifndef VORDEC_TESTS_SOAK_OPTIONS_H
#define VORDEC_TESTS_SOAK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum soak_subject {
  SOAK_DECODES,
  SOAK_DECODERS,
  SOAK_RUNTIMES,
  SOAK_ROLLOUTS,
  SOAK_ENCODES,
  SOAK_ENCODERS,
  SOAK_SUBJECTS
};
extern const char *const soak_subject_names[SOAK_SUBJECTS];

struct options {
  enum soak_subject subject;
  size_t n, batch, depth, count, warm_up;
  const char *backend, *device, *fft, *precision; /* NULL: the default configuration's */
  bool software;
  long max_pages, max_heap; /* growth that passes, in pages and bytes; -1: any */
  double progress_s;        /* between lines on stderr; 0: none */
};

/* Returns false, with a line on stderr, where the command line is wrong or only asks for help. */
bool options_read(int argc, char **argv, struct options *options);

#endif

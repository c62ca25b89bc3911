/* SPDX-License-Identifier: MIT */
/* Numbers and words from the texts of options. */
#ifndef VORDEC_CLI_OPTIONS_ARGUMENTS_H
#define VORDEC_CLI_OPTIONS_ARGUMENTS_H

#include <vordec/types.h>

/* An unsigned number within min .. max; `option` names it in the message. */
enum vordec_status argument_count(const char *option, const char *text, size_t min, size_t max, size_t *number,
                                  struct vordec_error *error);

struct count_list {
  size_t *numbers, room, count;
};

/* Such numbers, separated by commas; at most list->room. */
enum vordec_status argument_counts(const char *option, const char *text, size_t min, size_t max,
                                   struct count_list *list, struct vordec_error *error);

/* A finite number. */
enum vordec_status argument_real(const char *option, const char *text, double *number, struct vordec_error *error);

/* The same, and not negative. */
enum vordec_status argument_not_negative(const char *option, const char *text, double *number,
                                         struct vordec_error *error);

/* The same, and above 0. */
enum vordec_status argument_positive(const char *option, const char *text, double *number, struct vordec_error *error);

/* One of `words`, NULL-terminated; the message names them all, and the one that was probably meant. */
enum vordec_status argument_word(const char *option, const char *text, const char *const *words,
                                 struct vordec_error *error);

#endif

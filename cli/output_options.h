/* SPDX-License-Identifier: MIT */
/* Options that say how fields and states lie in the files that a command writes. */
#ifndef VORDEC_CLI_OUTPUT_OPTIONS_H
#define VORDEC_CLI_OUTPUT_OPTIONS_H

#include <vordec/types.h>

#include "cli/options/option.h"
#include "formats/array_storage.h"
#include "formats/field_type.h"

struct output_settings {
  size_t compress;
  const char *field_dtype, *layout;
  enum field_type field_type;   /* what field_dtype says */
  struct array_storage storage; /* what the others do; the series is the writer's to say */
};

/* --compress, of every command that writes states or fields; they fill a struct output_settings. */
extern const struct option_spec output_options[1];
/* --field-dtype and --layout, of those that write fields. */
extern const struct option_spec output_field_options[2];

/* Reads what the options have filled. E_USAGE: two that contradict each other. */
enum vordec_status output_options_configure(struct output_settings *settings, struct vordec_error *error);

#endif

/* SPDX-License-Identifier: MIT */
#include "output_options.h"

#include <string.h>
#include <vordec/error.h>

const struct option_spec output_options[1] = {
    {"compress", "LEVEL",
     "compress the arrays in the file, from 1 (fast) to 9 (small); 0 leaves them as they are. The contents are the "
     "same. An .nc or .h5 file has each field compressed by itself, an .npz file each array as one stream",
     .initial = "0", TO_COUNT(struct output_settings, compress, 0, ARRAY_COMPRESS_MOST), .rare = true},
};
const struct option_spec output_field_options[2] = {
    {"field-dtype", "TYPE",
     "the type in which fields are stored: float64, float32 or auto. auto is float64 for simulated fields, what they "
     "were computed in for decoded ones, and float32 with --layout well",
     .initial = "auto", TO_WORD(struct output_settings, field_dtype), ONE_OF("auto", "float64", "float32"),
     .rare = true},
    {"layout", "NAME",
     "plain: each array under its own name; well: an .h5 file in the layout of The Well, with the fields as float32 in "
     "t0_fields, x before y, and numbers as simulation parameters",
     .initial = "plain", TO_WORD(struct output_settings, layout), ONE_OF("plain", "well"), .rare = true},
};

enum vordec_status output_options_configure(struct output_settings *settings, struct vordec_error *error) {
  struct array_storage *storage = &settings->storage;
  storage->compress = (unsigned)settings->compress;
  if (settings->field_dtype) field_type_find(settings->field_dtype, &settings->field_type);
  if (settings->layout && strcmp(settings->layout, "well") == 0) storage->arrangement = ARRANGE_WELL;
  if (storage->arrangement == ARRANGE_WELL && settings->field_type == FIELD_FLOAT64) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--layout well stores float32, and --field-dtype asks for float64");
  }
  return VORDEC_OK;
}

/* SPDX-License-Identifier: MIT */
#include "output_options.h"

#include <string.h>
#include <vordec/error.h>

const struct option_spec output_options[1] = {
    {"compress", "LEVEL",
     "compress arrays in the file, 1 (fast) to 9 (small); 0: do not. The content is the same. In .nc and .h5 "
     "each field is compressed for itself, in .npz all of an array as one stream",
     .initial = "0", TO_COUNT(struct output_settings, compress, 0, ARRAY_COMPRESS_MOST)},
};
const struct option_spec output_field_options[2] = {
    {"field-dtype", "TYPE",
     "float64 or float32: what fields are stored as; auto: float64 for those of a simulation, for decoded ones what "
     "they were computed in, and float32 where --layout says well",
     .initial = "auto", TO_WORD(struct output_settings, field_dtype), ONE_OF("auto", "float64", "float32")},
    {"layout", "NAME",
     "plain: arrays by their names; well: an .h5 file as those of The Well, fields float32 in t0_fields, axes x before "
     "y, numbers as parameters",
     .initial = "plain", TO_WORD(struct output_settings, layout), ONE_OF("plain", "well")},
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

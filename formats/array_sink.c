/* SPDX-License-Identifier: MIT */
#include "array_sink.h"

#include <vordec/error.h>

#include "io/outfile.h"

enum vordec_status array_sink_commit(struct array_sink *sink, struct vordec_error *error) {
  struct outfile *file = NULL;
  const enum vordec_status status = array_sink_finish(sink, &file, error);
  return status ? status : outfile_commit(file, error);
}

void array_sink_destroy(struct array_sink *sink) {
  if (sink) sink->methods->destroy(sink);
}

enum vordec_status array_sink_add_virtual(struct array_sink *sink, const char *name, const struct npy_form *row,
                                          const struct array_piece *pieces, size_t count, struct vordec_error *error) {
  if (sink->methods->add_virtual) return sink->methods->add_virtual(sink, name, row, pieces, count, error);
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "%s: a file of this format cannot refer to others; .h5 and .nc files can", name);
}

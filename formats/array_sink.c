#include "array_sink.h"

#include "io/outfile.h"

enum vordec_status array_sink_commit(struct array_sink *sink, struct vordec_error *error) {
  struct outfile *file = NULL;
  const enum vordec_status status = array_sink_finish(sink, &file, error);
  return status ? status : outfile_commit(file, error);
}

void array_sink_destroy(struct array_sink *sink) {
  if (sink) sink->methods->destroy(sink);
}

/* SPDX-License-Identifier: MIT */
/* Small helpers around struct vordec_error. */
#ifndef VORDEC_CORE_ERRORS_H
#define VORDEC_CORE_ERRORS_H

#include <vordec/error.h>

/* Public functions accept error = NULL; inside, there always is one. */
static inline struct vordec_error *error_or(struct vordec_error *error, struct vordec_error *scratch) {
  return error ? error : scratch;
}

static inline enum vordec_status error_no_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
}

/* `what` was made before this process was forked, and cannot serve it. */
static inline enum vordec_status error_other_process(const char *what, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_OTHER_PROCESS,
                     "this %s was made in another process; make a new one in this process", what);
}

/* Memory that one device lacks, another may have; memory that the host lacks, nobody has. */
static inline bool error_is_of_host_memory(const struct vordec_error *error) {
  return error->status == VORDEC_E_NO_MEMORY && error->reason == VORDEC_REASON_HOST_MEMORY;
}

#endif

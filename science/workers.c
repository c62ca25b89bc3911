/* SPDX-License-Identifier: MIT */
#include "workers.h"

#include <vordec/error.h>

#include "numerics/machine.h"

enum vordec_status workers_start(struct workers *workers, uint32_t threads, struct vordec_error *error) {
  const uint32_t processors = machine_processors();
  const size_t count = threads > 0 ? threads : processors;
  *workers = (struct workers){.memory = {.source = memory_of_process()}};
  workers->pool = pool_create(&workers->memory, count, count <= processors);
  if (workers->pool) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "cpu: no memory for %zu threads, or no more threads; set [cpu] threads to a smaller number",
                     count);
}

void workers_stop(struct workers *workers) {
  pool_destroy(workers->pool);
  *workers = (struct workers){0};
}

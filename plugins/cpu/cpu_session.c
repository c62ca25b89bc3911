/* SPDX-License-Identifier: MIT */
#include "cpu_session.h"

#include "cpu_device.h"

enum vordec_status cpu_session_open(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                    struct vordec_session **session, struct vordec_error *error) {
  if (desc->device_index != 0) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_DEVICE_NOT_FOUND,
                       "cpu: there is no device %u; the processor is device 0", desc->device_index);
  }
  struct memory memory = {.source = {host->ctx, host->allocate, host->release}};
  struct vordec_session *made = memory_take(&memory, 1, sizeof *made);
  if (!made) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory for a session");
  }
  made->host = host;
  cpu_device_describe(&made->device);
  made->kernels = kernels_choose();
  const size_t threads = desc->threads > 0 ? desc->threads : made->device.threads;
  made->pool = pool_create(&memory, threads, threads <= made->device.threads);
  made->memory = memory;
  if (!made->pool) {
    cpu_session_close(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                       "cpu: no memory for %zu threads, or no more threads; set [cpu] threads to a smaller number",
                       threads);
  }
  *session = made;
  return VORDEC_OK;
}

void cpu_session_close(struct vordec_session *session) {
  if (!session) return;
  pool_destroy(session->pool);
  session->host->release(session->host->ctx, session);
}

static enum vordec_status adopt(struct vordec_session *session, struct vordec_error *error) {
  (void)error;
  pool_restart(session->pool);
  return VORDEC_OK;
}

const struct vordec_fork_interface cpu_fork_interface = {.struct_size = sizeof cpu_fork_interface, .adopt = adopt};

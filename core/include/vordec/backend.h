/* SPDX-License-Identifier: MIT */
/*
 * backend.h - the contract between libvordec and a decode backend.
 *
 * A backend is one shared object, decode_NAME.so, that exports one symbol, vordec_backend_entry(). The core owns every
 * decision (which backend, which device, what to report); a backend does the work it is asked for or says why it
 * cannot. It never falls back by itself, never prints and never aborts.
 *
 * Rules that hold for every slot:
 *  - The core validates. A backend may assume that what it is handed obeys the comments below.
 *  - Structs that cross the border start with struct_size, set by whoever fills the struct. The reader touches no field
 *    that lies beyond it, so that fields can be added at the end within one ABI major.
 *  - A session, its plans and its rollouts are used by one thread at a time ("one thread per session"), not always the
 *    same; different sessions may be used at the same time. "Any thread": calls may overlap.
 *  - What a slot makes is the core's to end, with the slot for it; sessions last. What a slot is handed is the core's
 *    and valid during the call, unless a comment says otherwise.
 *  - On failure a slot fills *error (never NULL) and leaves nothing half-made behind.
 *
 * This file has the table that every backend returns. What its slots take is in backend_session.h, backend_plan.h and
 * backend_decode.h; each other part is one optional capability. All of them come with this file.
 */
#ifndef VORDEC_BACKEND_H
#define VORDEC_BACKEND_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <vordec/backend_adjoint.h>
#include <vordec/backend_bandwidth.h>
#include <vordec/backend_compare.h>
#include <vordec/backend_decode.h>
#include <vordec/backend_encode.h>
#include <vordec/backend_export.h>
#include <vordec/backend_fork.h>
#include <vordec/backend_plan.h>
#include <vordec/backend_residual.h>
#include <vordec/backend_rollout.h>
#include <vordec/backend_session.h>
#include <vordec/backend_shelf.h>
#include <vordec/backend_simulate.h>
#include <vordec/backend_stream.h>
#include <vordec/backend_trail.h>
#include <vordec/error.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VORDEC_ABI_MAJOR 1u
#define VORDEC_ABI_MINOR 2u

/* A backend: what its vordec_backend_entry() returns. Slots are required unless they say otherwise. */
struct vordec_backend {
  uint32_t abi_major, abi_minor;
  size_t struct_size;
  const char *name;        /* NAME of decode_NAME.so */
  const char *description; /* one line for people */
  const char *const *ffts; /* names it offers, NULL-terminated, at least one */

  /* Reports every device, also unusable ones. OK with no device reported is possible; E_UNSUPPORTED with a reason says
   * why there can be none. May be called more than once. Any thread. */
  enum vordec_status (*probe)(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                              struct vordec_error *error);
  /* Opens the device; creates the session, which may keep `host`. Any thread. */
  enum vordec_status (*open)(const struct vordec_host *host, const struct vordec_session_desc *desc,
                             struct vordec_session **session, struct vordec_error *error);
  /* Accepts NULL; its plans and rollouts are gone by then. One thread per session. */
  void (*close)(struct vordec_session *session);

  /* All planning, allocation, pipeline building and warm-up happens here. A plan that does not fit: E_NO_MEMORY, with
   * REASON_MEMORY, or REASON_HOST_MEMORY where the host's is short. An FFT that cannot serve the size: E_UNSUPPORTED
   * with REASON_FFT_SIZE. info->struct_size is set by the caller. One thread per session. */
  enum vordec_status (*plan_create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                    struct vordec_plan **plan, struct vordec_plan_info *info,
                                    struct vordec_error *error);
  /* Accepts NULL. One thread per session. */
  void (*plan_destroy)(struct vordec_plan *plan);

  /* No allocation; one submission and one wait, unless that would take longer than the session's submission_ms: then
   * several, and what result shows is of all of them. result->struct_size is set by the caller. One thread per session.
   */
  enum vordec_status (*decode)(struct vordec_plan *plan, const struct vordec_decode_job *job,
                               struct vordec_decode_result *result, struct vordec_error *error);

  /* Optional capabilities: a table whose layout NAME fixes ("vordec.rollout/1"), or NULL. Static. May
   * itself be NULL. Any thread. */
  const void *(*get_interface)(const char *name);
};

/*
 * The one exported symbol. Pure: no thread, no device, no memory. Returns NULL if it cannot serve host_abi (an ABI
 * major); the table it returns is static: it lives as long as the plugin. Any thread.
 */
typedef const struct vordec_backend *(*vordec_backend_entry_fn)(uint32_t host_abi, const struct vordec_host *host);

#if defined(__GNUC__)
#define VORDEC_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define VORDEC_PLUGIN_EXPORT
#endif

VORDEC_PLUGIN_EXPORT const struct vordec_backend *vordec_backend_entry(uint32_t host_abi,
                                                                       const struct vordec_host *host);

#ifdef __cplusplus
}
#endif

#endif

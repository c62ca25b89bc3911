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
 *  - A session, its plans and its rollouts are used by one thread at a time ("one thread per session"), not always by
 *    the same one; different sessions may be used at the same time. "Any thread": calls may overlap.
 *  - What a slot makes belongs to the core, which destroys it with the slot for that, sessions last. What a slot is
 *    handed belongs to the core and is valid during the call, unless a comment says otherwise.
 *  - On failure a slot fills *error (never NULL) and leaves nothing half-made behind.
 *
 * This file holds the table that every backend returns. What its slots take is in backend_session.h, backend_plan.h and
 * backend_decode.h; each other part describes one optional capability. This file includes all of them.
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

/* A backend: what its vordec_backend_entry() returns. Slots are required unless their comments say otherwise. */
struct vordec_backend {
  uint32_t abi_major, abi_minor;
  size_t struct_size;
  const char *name;        /* NAME of decode_NAME.so */
  const char *description; /* one line for people */
  const char *const *ffts; /* names of the FFTs it offers, NULL-terminated, at least one */

  /* Reports every device, including unusable ones. It may succeed without reporting any; E_UNSUPPORTED with a reason
   * says why there can be none. May be called more than once. Any thread. */
  enum vordec_status (*probe)(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                              struct vordec_error *error);
  /* Opens the device and creates the session, which may keep `host`. Any thread. */
  enum vordec_status (*open)(const struct vordec_host *host, const struct vordec_session_desc *desc,
                             struct vordec_session **session, struct vordec_error *error);
  /* Accepts NULL. The session's plans and rollouts no longer exist by then. One thread per session. */
  void (*close)(struct vordec_session *session);

  /* All planning, allocation, pipeline building and warm-up happens here. E_NO_MEMORY: the plan does not fit; the
   * reason is REASON_MEMORY, or REASON_HOST_MEMORY if the host's memory is short. E_UNSUPPORTED with REASON_FFT_SIZE:
   * an FFT cannot serve the size. The caller sets info->struct_size. One thread per session. */
  enum vordec_status (*plan_create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                    struct vordec_plan **plan, struct vordec_plan_info *info,
                                    struct vordec_error *error);
  /* Accepts NULL. One thread per session. */
  void (*plan_destroy)(struct vordec_plan *plan);

  /* Allocates nothing. Makes one submission and one wait, unless that would take longer than the session's
   * submission_ms; then it makes several, and *result covers all of them. The caller sets result->struct_size. One
   * thread per session. */
  enum vordec_status (*decode)(struct vordec_plan *plan, const struct vordec_decode_job *job,
                               struct vordec_decode_result *result, struct vordec_error *error);

  /* Returns the table of an optional capability, whose layout its name fixes ("vordec.rollout/1"), or NULL. The table
   * is static. The slot may itself be NULL. Any thread. */
  const void *(*get_interface)(const char *name);
};

/*
 * The one exported symbol. It is pure: it starts no thread, opens no device and allocates no memory. Returns NULL if it
 * cannot serve host_abi (an ABI major). The table that it returns is static and lives as long as the plugin. Any
 * thread.
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

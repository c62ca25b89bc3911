/* SPDX-License-Identifier: MIT */
/*
 * backend_session.h - what opens a device, and what the device shows for what it did; a part of backend.h, whose rules
 * hold here.
 */
#ifndef VORDEC_BACKEND_SESSION_H
#define VORDEC_BACKEND_SESSION_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the core lends to a backend; valid until the backend's last session is closed. */
struct vordec_host {
  size_t struct_size;
  uint32_t abi_major, abi_minor;
  void *ctx;
  void (*log)(void *ctx, enum vordec_log_level level, const char *message); /* thread-safe, one line */
  void *(*allocate)(void *ctx, size_t alignment, size_t size);              /* NULL: out of memory; thread-safe */
  void (*release)(void *ctx, void *memory);                                 /* accepts NULL; thread-safe */
  uint64_t (*clock_ns)(void *ctx);                                          /* monotonic, thread-safe */
};

/* Receives one device after the other; it copies what it keeps. */
typedef void (*vordec_device_sink)(void *ctx, const struct vordec_device *device);

/* Which device to open, and how. */
struct vordec_session_desc {
  size_t struct_size;
  uint32_t device_index; /* a device that probe() reported */
  uint32_t threads;      /* host threads to use; 0: all */
  /* Since 1.1: the longest time that the device may work on one submission, so that no driver's watchdog ends it; 0: no
   * limit. Work that would take longer is split into several submissions, with the same bits. */
  uint32_t submission_ms;
};

struct vordec_session; /* Private to the backend: an opened device. */

/* What a decode reports about itself. The core compares it with what probe() said and decides what may be claimed. */
struct vordec_evidence {
  enum vordec_device_type type;
  char name[256];
  char driver[256];
  uint8_t uuid[16];
  uint64_t dispatches_recorded; /* kernels or, on a CPU, stage calls in this decode */
  uint64_t dispatches_completed;
  bool device_timestamps; /* stage_ms are measured on the device's clock */
};

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * host_rollout.h - states that step forward; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_ROLLOUT_H
#define VORDEC_HOST_ROLLOUT_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_runtime;
struct vordec_decoder;

/* The operator, and the state to start from. */
struct vordec_rollout_desc {
  size_t d;
  const double *a;  /* d x d, row-major, finite: a step is z <- z A, a row vector times the matrix; copied */
  const double *z0; /* d, finite; copied */
};

/* What was asked for, and what a rollout runs on. */
struct vordec_rollout_info {
  const char *backend_requested, *backend_used; /* valid as long as the rollout */
  struct vordec_device device;
  enum vordec_precision precision;
  bool deterministic;
};

/* How a vordec_rollout_advance() went. */
struct vordec_rollout_report {
  double total_ms;       /* host clock, whole call */
  double device_ms;      /* on the device's clock, where there is one; NAN: the backend claims an impossible time */
  const char *op_device; /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
};

/* A state that steps forward, kept by a backend. */
struct vordec_rollout;

/*
 * Makes a state that advances by its linear operator, on the backend that [op] asks for: auto is the decoder's backend
 * if that has rollouts, else cpu. On the decoder's own backend the two share the device, and a decode can take the
 * state directly from there. decoder may be NULL (nothing is decoded); it may be destroyed before the rollout. The
 * runtime is borrowed, A and z0 are copied. E_INPUT: an entry of A or z0 that is not finite. E_REFUSED as
 * vordec_decoder_create(). Any thread: callers with the same runtime take turns, and a decoder that is in a call gives
 * E_BUSY.
 */
VORDEC_API enum vordec_status vordec_rollout_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                                    const struct vordec_rollout_desc *desc,
                                                    struct vordec_rollout **rollout, struct vordec_error *error);
/*
 * Does the same for several states that advance together by one operator: desc->z0 is states x d, state by state. At
 * every step, each state has the same bits as when it is alone. Reads, hashes and decodes cover all states, in their
 * order. E_INPUT: `states` is not 1 .. 65536. E_UNSUPPORTED or E_REFUSED with REASON_NO_INTERFACE: the backend asked
 * for advances one state at a time ("vordec.rollout/1" without "vordec.rollout/2"). Any thread, as
 * vordec_rollout_create().
 */
VORDEC_API enum vordec_status vordec_rollout_create_batch(struct vordec_runtime *runtime,
                                                          struct vordec_decoder *decoder,
                                                          const struct vordec_rollout_desc *desc, size_t states,
                                                          struct vordec_rollout **rollout, struct vordec_error *error);
/* Says that A is the operator of one step to the power of `stride`, so that each step of this rollout covers that many
 * steps of the run. The metrics (op_stride) and the phases of a synthesised residual depend on it. E_USAGE: stride is
 * 0, or it is above 1 without [op] stride_power = true. (That key and [op] deterministic exclude each other: E_CONFIG
 * of create().) One thread per rollout. */
VORDEC_API enum vordec_status vordec_rollout_set_stride(struct vordec_rollout *rollout, size_t stride,
                                                        struct vordec_error *error);
/* How many states it holds. Any thread. */
VORDEC_API size_t vordec_rollout_states(const struct vordec_rollout *rollout);
/* Accepts NULL. Destroy the rollout's metrics first. One thread per rollout, while no thread is in a call on a decoder
 * that shares its device. */
VORDEC_API void vordec_rollout_destroy(struct vordec_rollout *rollout);
/* Fills *info; its strings are valid as long as the rollout. Any thread. */
VORDEC_API void vordec_rollout_get(const struct vordec_rollout *rollout, struct vordec_rollout_info *info);

/* Whether a decode with this decoder can take the state directly from the rollout (vordec_decode_io.rollout): both are
 * on the same device and, unless that is the host, have the same precision. If decoder is NULL, the answer is false.
 * Any thread. */
VORDEC_API bool vordec_rollout_feeds(const struct vordec_rollout *rollout, const struct vordec_decoder *decoder);

/* Takes `steps` steps, from 1 to 2^32 - 1; report may be NULL. E_USAGE: any other number. This includes 0, because a
 * report of no steps would have no evidence. E_REFUSED with REASON_EVIDENCE as vordec_decode(). One thread per rollout
 * and the decoder that it shares a device with; E_BUSY else. */
VORDEC_API enum vordec_status vordec_rollout_advance(struct vordec_rollout *rollout, size_t steps,
                                                     struct vordec_rollout_report *report, struct vordec_error *error);

/*
 * Makes room for 1 .. 4096 rows, of all states each, that vordec_rollout_walk() keeps. Room for 1 exists from the
 * start, and room is never given back. Rows that were kept are discarded. E_UNSUPPORTED with REASON_NO_INTERFACE: the
 * backend cannot keep rows ("vordec.trail/1"), so that 1 is the maximum. E_NO_MEMORY: there is no room for so many.
 * After a failure the rollout can still be used. One thread per rollout, as vordec_rollout_advance().
 */
VORDEC_API enum vordec_status vordec_rollout_reserve(struct vordec_rollout *rollout, size_t rows,
                                                     struct vordec_error *error);
/*
 * Takes rows times `steps` steps, 1 to 2^32 - 1 in all, and keeps the states after every `steps` of them. The rollout
 * holds these until it advances again: a decode then covers rows x states states, row by row, with the bits that they
 * have when they are decoded one by one. E_USAGE: there is no room for so many rows. Other errors, and the report, are
 * those of vordec_rollout_advance(). One thread per rollout.
 */
VORDEC_API enum vordec_status vordec_rollout_walk(struct vordec_rollout *rollout, size_t rows, size_t steps,
                                                  struct vordec_rollout_report *report, struct vordec_error *error);
/* How many rows it holds: 1, or those of the last walk. One thread per rollout. */
VORDEC_API size_t vordec_rollout_rows(const struct vordec_rollout *rollout);
/* Copies all rows to z (rows x states x d doubles). It counts as a visit to the host as vordec_rollout_read() does,
 * which copies the last row alone. One thread per rollout, as vordec_rollout_advance(). */
VORDEC_API enum vordec_status vordec_rollout_read_rows(struct vordec_rollout *rollout, double *z,
                                                       struct vordec_error *error);

/* Copies the state to z, widened to double: d doubles, or states x d for several states. If the rollout advances
 * afterwards, the copy counts as a visit to the host. One thread per rollout, as vordec_rollout_advance(). */
VORDEC_API enum vordec_status vordec_rollout_read(struct vordec_rollout *rollout, double *z,
                                                  struct vordec_error *error);
/* Writes the hash of the state, or of all states, as float64 (vordec_hash()). The copy is counted, but not as a visit
 * to the host, since nothing is computed from it. One thread per rollout, as vordec_rollout_advance(). */
VORDEC_API enum vordec_status vordec_rollout_hash(struct vordec_rollout *rollout, char digest[33],
                                                  struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif

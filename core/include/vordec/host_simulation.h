/* SPDX-License-Identifier: MIT */
/*
 * host_simulation.h - large-eddy simulations; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_SIMULATION_H
#define VORDEC_HOST_SIMULATION_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_runtime;
struct vordec_decoder;

/* Large-eddy simulations of two-dimensional turbulence on the grid of struct vordec_layout_desc; backend.h has the
 * equations ("vordec.simulate/1"). */
struct vordec_simulation_desc {
  size_t n;            /* 4 .. VORDEC_MAX_N */
  size_t members;      /* at least 1: simulations that advance together, each with the bits that it has alone */
  double dt;           /* > 0 */
  double nu0;          /* viscosity, >= 0 */
  double cs;           /* Smagorinsky's constant, >= 0 */
  bool reference_mean; /* count |k|^2 as 1 at k = 0 in the Laplacian: the mean decays */
  bool filter;         /* multiply the spectrum by exp(-36 (|k| / (N / 2))^8) after each step */
  bool dealias;        /* leave the modes with 3 max(|kx|, |ky|) > N out of the tendencies */
};

/* What was asked for, and what a simulation runs on. */
struct vordec_simulation_info {
  const char *backend_requested, *backend_used;
  const char *reason; /* why the backend used is not the one requested, also where that was "auto"; empty if it is */
  const char *fft_requested, *fft_used;
  struct vordec_device device;
  enum vordec_precision precision; /* what it computes in */
  size_t n, members;
  uint64_t step;          /* the step that the members have reached; after a breakdown the last one that was finite */
  const char *les_device; /* of all steps so far: "cpu", "gpu" or "unknown"; NULL before the first */
  uint64_t host_bytes, device_bytes;
  double open_ms;   /* selecting, probing and opening the device, unless it is the decoder's */
  double create_ms; /* making the simulation */
  double warmup_ms; /* part of create_ms; NAN: the backend claims an impossible time */
};

/* How a vordec_simulation_advance() went. */
struct vordec_simulation_report {
  double total_ms;        /* host clock, whole call */
  double device_ms;       /* time of the work, on whatever clock the backend has; NAN: it claims an impossible time */
  const char *les_device; /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
  bool device_timestamps; /* device_ms is measured on the device's clock */
};

/* Simulations, kept by a backend. */
struct vordec_simulation;

/*
 * Makes simulations on the backend that [simulate] asks for: auto is the decoder's backend, or without one (decoder
 * NULL) the backend that [decode] asks for, if it has simulations, else cpu. On the decoder's own backend the two share
 * the device. decoder may be destroyed before the simulation. The runtime is borrowed. The members hold no field yet.
 * E_INPUT: a parameter out of range. E_REFUSED as vordec_decoder_create(). Any thread: callers with the same runtime
 * take turns, and a decoder that is in a call gives E_BUSY.
 */
VORDEC_API enum vordec_status vordec_simulation_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                                       const struct vordec_simulation_desc *desc,
                                                       struct vordec_simulation **simulation,
                                                       struct vordec_error *error);
/* Accepts NULL. Destroy the simulation's metrics first. One thread per simulation, while no thread is in a call on a
 * decoder that shares its device. */
VORDEC_API void vordec_simulation_destroy(struct vordec_simulation *simulation);
/* Fills *info; its strings are valid as long as the simulation. Any thread, while no call of the other functions is in
 * progress. */
VORDEC_API void vordec_simulation_get(const struct vordec_simulation *simulation, struct vordec_simulation_info *info);

/* Sets the vorticity of a member (0 .. members - 1), n x n, copied. Its steps are counted from `step`; all members use
 * the value that was given last. A simulation that starts from a field of vordec_simulation_read() continues with the
 * same bits, here or in another process. E_INPUT: a cell that is not finite, or beyond the precision. One thread per
 * simulation and the decoder that it shares a device with; E_BUSY else. */
VORDEC_API enum vordec_status vordec_simulation_set(struct vordec_simulation *simulation, size_t member,
                                                    const double *omega, uint64_t step, struct vordec_error *error);
/* Copies a member's vorticity (n x n), widened to double. E_USAGE: it holds none. One thread per simulation, as
 * vordec_simulation_set(). */
VORDEC_API enum vordec_status vordec_simulation_read(struct vordec_simulation *simulation, size_t member, double *omega,
                                                     struct vordec_error *error);

/* Moves all members forward by `steps` steps, from 1 to 2^32 - 1. The bits do not depend on how the steps are divided
 * among calls. report may be NULL. E_FAILED: a value is no longer finite; the message names step, row and column, and
 * no member holds a field until it is set again. E_USAGE: a member holds no field, or steps is out of range. E_REFUSED
 * with REASON_EVIDENCE as vordec_decode(). One thread per simulation, as vordec_simulation_set(). */
VORDEC_API enum vordec_status vordec_simulation_advance(struct vordec_simulation *simulation, size_t steps,
                                                        struct vordec_simulation_report *report,
                                                        struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif

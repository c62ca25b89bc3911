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
 */
#ifndef VORDEC_BACKEND_H
#define VORDEC_BACKEND_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <vordec/error.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VORDEC_ABI_MAJOR 1u
#define VORDEC_ABI_MINOR 2u

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

/* Receives each device in turn; copies what it keeps. */
typedef void (*vordec_device_sink)(void *ctx, const struct vordec_device *device);

/* Which device to open, and how. */
struct vordec_session_desc {
  size_t struct_size;
  uint32_t device_index; /* a device that probe() reported */
  uint32_t threads;      /* host threads to use; 0: all */
  /* Since 1.1: the longest that the device may work on one submission, so that no driver's watchdog ends it; 0: no
   * limit. Work that would take longer goes in several, with the same bits. */
  uint32_t submission_ms;
};

/*
 * Everything that planning may depend on. Pointers are valid during plan_create() only: copy.
 * Grid: N x N, row-major, axis 0 = y, axis 1 = x, period 2 pi. Flat index i = iy * N + ix; index j of an axis stands
 * for wavenumber j if 2 j < N and j - N otherwise. Coefficients are divided by N^2: omega(x) = Re sum_k c_k exp(i k.x).
 * State vector, d = 2 m + 4 + 2 anchors doubles:
 *   [ Re low (m) | Im low (m) | support | E mid | E high | K | Re kept (K) | Im kept (K) | unused ]
 */
struct vordec_plan_desc {
  size_t struct_size;
  uint32_t n;     /* 4 .. VORDEC_MAX_N */
  uint32_t batch; /* most states in one decode() */
  enum vordec_precision precision;
  const char *fft; /* "auto" or one of the backend's ffts; never NULL */

  uint32_t d, m, anchors;
  const uint32_t *low_index;    /* m flat indices, ascending */
  const uint32_t *anchor_index; /* flat indices, each at most once, any order */
  uint32_t max_kept;            /* K is clamped to 0 .. max_kept (<= anchors) */

  uint32_t smooth_width;                   /* 1 .. n; odd for the triangle */
  enum vordec_smooth_kernel smooth_kernel; /* E_UNSUPPORTED, NO_INTERFACE for an unknown one */
  enum vordec_boundary boundary;
  double tau; /* 0 < tau <= 1 */
  uint32_t majority_iters;

  enum vordec_gate gate;
  bool include_anchors; /* add Re(ifft2(kept modes)), ungated, to omega_hat */
  uint32_t outputs;     /* enum vordec_output bits that decode() may be asked for */
  uint32_t residuals;   /* enum vordec_residual_input bits that decode() may be handed */
};

/* What a plan came to. */
struct vordec_plan_info {
  size_t struct_size;
  char fft[VORDEC_FFT_NAME_MAX]; /* what the plan uses: the one asked for, or the choice where "auto" was */
  char fft_reason[160];          /* why auto chose it; empty otherwise */
  uint64_t host_bytes;           /* all that plan and session hold for decoding */
  uint64_t device_bytes;
  double warmup_ms; /* first dispatches at plan creation; 0 where there are none */
};

/* A backend's own: states that live where the backend keeps them (interfaces vordec.rollout/1 and /2). */
struct vordec_backend_rollout;

/* One decode of `count` states. Every pointer is host memory, contiguous, no alignment beyond its type's. */
struct vordec_decode_job {
  size_t struct_size;
  uint32_t count;  /* 1 .. plan's batch */
  const double *z; /* count x d, finite, coefficients up to vordec_coefficient_max(); NULL if rollout is set */
  struct vordec_backend_rollout *rollout; /* decode what it holds now (count = 1, or more with "vordec.trail/1"); else
                                             NULL. E_INPUT names the first entry that is not finite or beyond
                                             vordec_coefficient_max() */
  const double *residual;                 /* count x n x n, the caller's field; or NULL */
  const double *band[2];                  /* count x n x n, ungated mid and high band fields; or NULL */
  const double *band_energy[2];           /* count values n_modes * E each, where band is set */
  uint32_t outputs;                       /* which of the following to fill; a subset of the plan's */
  void *omega_lp;                         /* count x n x n, float (FP32 plan) or double (FP64 plan) */
  int8_t *mask;                           /* count x n x n, values -1, 0, +1 */
  void *omega_hat;                        /* as omega_lp */
  struct vordec_scalars *scalars;         /* count */
  /* Since 1.2: which of the rollout's states, if it holds several (vordec_job_state()); of more the first. */
  uint32_t rollout_state;
};

/* What a decode shows for itself. The core compares it with what probe() said and decides what may be claimed. */
struct vordec_evidence {
  enum vordec_device_type type;
  char name[256];
  char driver[256];
  uint8_t uuid[16];
  uint64_t dispatches_recorded; /* kernels or, on a CPU, stage calls in this decode */
  uint64_t dispatches_completed;
  bool device_timestamps; /* stage_ms come from the device's clock */
};

/* How a decode went. */
struct vordec_decode_result {
  size_t struct_size;
  double stage_ms[VORDEC_STAGE_COUNT]; /* 0 where a stage had nothing to do */
  struct vordec_evidence evidence;
};

struct vordec_session; /* A backend's own: an opened device. */
struct vordec_plan;    /* A backend's own: all that a decode needs. */

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
 * Optional capability "vordec.rollout/1": states that advance by their linear operator where the backend keeps them,
 * z <- z A (row vector times a d x d matrix).
 */
#define VORDEC_ROLLOUT_INTERFACE "vordec.rollout/1"

/* What a rollout starts from. */
struct vordec_rollout_setup {
  size_t struct_size;
  uint32_t d;
  enum vordec_precision precision; /* of z, A and their products; one that the device has */
  bool deterministic;              /* sum over i ascending from 0, product and sum rounded each */
  const double *a;                 /* d x d, row-major, finite; read during create() only */
  const double *z0;                /* d, finite; likewise. For "vordec.rollout/2": states x d, state by state */
  /* Since 1.2: 1 .. VORDEC_ROLLOUT_STATES_MAX; 1 for "vordec.rollout/1" (vordec_setup_states()). */
  uint32_t states;
};

/* How an advance() went. */
struct vordec_rollout_result {
  size_t struct_size;
  double device_ms; /* time of the steps on the clock that evidence.device_timestamps speaks of */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.rollout/1") returns. */
struct vordec_rollout_interface {
  size_t struct_size;
  /* E_UNSUPPORTED with a reason: a precision or a deterministic sum that it cannot do. One thread per session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                               struct vordec_backend_rollout **rollout, struct vordec_error *error);
  /* Accepts NULL; before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_rollout *rollout);
  /* Takes `steps` (at least 1) steps and returns when they are done; submissions as in decode(). Allocates nothing. One
   * thread per session. */
  enum vordec_status (*advance)(struct vordec_backend_rollout *rollout, uint32_t steps,
                                struct vordec_rollout_result *result, struct vordec_error *error);
  /* Copies the state to z (d doubles), widened to double. One thread per session. */
  enum vordec_status (*read)(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error);
};

/*
 * Optional capability "vordec.rollout/2": several states that advance together by one operator. The table is that of
 * "vordec.rollout/1", struct vordec_rollout_interface, with these differences:
 *  - create() takes setup->states states. Each of them has, at every step, the very bits that it has alone, in whatever
 *    place and company; a setup of one state gives the bits of "vordec.rollout/1", if the backend has that, too.
 *  - advance() takes all of them on; read() hands out states x d doubles.
 *  - A decode takes the one that job->rollout_state says.
 * A backend that has both may return the same table for either name.
 */
#define VORDEC_ROLLOUT_BATCH_INTERFACE "vordec.rollout/2"
#define VORDEC_ROLLOUT_STATES_MAX 65536u

/*
 * Optional capability "vordec.trail/1": rollouts that keep what they held on their way, and decodes that take many of
 * their states at once, so that neither is submitted one by one. It goes with "vordec.rollout/1" and "/2", whose
 * rollouts these are.
 *
 * A rollout holds rows of all its states: one, those that it has now; after walk() as many as that left, in the order
 * of time, of which the last are those that it has now. What it holds is counted row by row, in a row state by state. A
 * decode takes job->count of these from job->rollout_state on, 1 .. the plan's batch; for each it gives the bits of a
 * decode of that one alone. advance() and reserve() let go of all rows but the last.
 */
#define VORDEC_TRAIL_INTERFACE "vordec.trail/1"
#define VORDEC_TRAIL_ROWS_MAX 4096u

/* The table that get_interface("vordec.trail/1") returns. */
struct vordec_trail_interface {
  size_t struct_size;
  /* Makes room for at least `rows` rows, 1 .. VORDEC_TRAIL_ROWS_MAX; room that there is stays. E_NO_MEMORY with
   * REASON_MEMORY or REASON_HOST_MEMORY: the rollout is what it was. One thread per session. */
  enum vordec_status (*reserve)(struct vordec_backend_rollout *rollout, uint32_t rows, struct vordec_error *error);
  /* Takes rows x steps steps, 1 .. 2^32 - 1 of them, and keeps the states after every `steps` as a row; rows: 1 ..
   * those that there is room for. The bits, the result, the submissions and the rest are those of as many calls of
   * advance(); what evidence counts and device_ms are of all steps. Allocates nothing. One thread per session. */
  enum vordec_status (*walk)(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                             struct vordec_rollout_result *result, struct vordec_error *error);
  /* Copies `count` of the states that it holds, from `first` on, to z (count x d doubles), widened to double. One
   * thread per session. */
  enum vordec_status (*read)(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z,
                             struct vordec_error *error);
};

/*
 * Optional capability "vordec.bandwidth/1": how fast the device writes its own memory, which is what a decode cannot
 * beat.
 */
#define VORDEC_BANDWIDTH_INTERFACE "vordec.bandwidth/1"

struct vordec_bandwidth_result {
  size_t struct_size;
  uint64_t bytes;         /* filled in one run: as many as asked for, or fewer where there is less room */
  double seconds;         /* that one run took: the median of several after a warm-up; above 0 */
  bool device_timestamps; /* seconds are of the device's clock; else of the host's */
};

struct vordec_bandwidth_interface {
  size_t struct_size;
  /* Fills a buffer made for this call and freed at its end. bytes > 0; result->struct_size is set by the caller.
   * E_NO_MEMORY: there is no room for any buffer worth timing. One thread per session. */
  enum vordec_status (*fill)(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                             struct vordec_error *error);
};

/*
 * Optional capability "vordec.stream/1": decodes that are started and waited for apart, so that what one plan has to
 * compute, to copy and to wait for overlaps with another's; and host memory that the device writes without a detour.
 */
#define VORDEC_STREAM_INTERFACE "vordec.stream/1"

struct vordec_stream_interface {
  size_t struct_size;
  /* Starts a decode and returns, once what is left of it is a single submission of decode(). What the job points to
   * stays valid and unchanged until wait(), the job itself need not; a rollout is decoded as it is now, whatever is
   * asked of it before the wait. At most one job of a plan is under way; decode() is not called then. After a failure
   * none is. Allocates nothing. One thread per session. */
  enum vordec_status (*submit)(struct vordec_plan *plan, const struct vordec_decode_job *job,
                               struct vordec_error *error);
  /* Waits for the job under way: outputs, result and errors as those of decode(). The plan is free afterwards, also
   * after a failure. result->struct_size is set by the caller. One thread per session. */
  enum vordec_status (*wait)(struct vordec_plan *plan, struct vordec_decode_result *result, struct vordec_error *error);

  /* Host memory of at least `bytes` (> 0), aligned to 64, zeroed. Outputs of jobs of this session's plans that lie in
   * it need no copy by the host. Both slots or neither: NULL. One thread per session. */
  enum vordec_status (*host_alloc)(struct vordec_session *session, uint64_t bytes, void **memory,
                                   struct vordec_error *error);
  /* Accepts NULL; before the session is closed, and under no job that uses it. One thread per session. */
  void (*host_free)(struct vordec_session *session, void *memory);

  /* Times plain copies of a buffer from the device to such memory, both made for this call. As the fill of
   * "vordec.bandwidth/1": one thread per session. May be NULL. */
  enum vordec_status (*link)(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                             struct vordec_error *error);
};

/*
 * Optional capability "vordec.fork/1": sessions that outlive a fork. A child inherits memory, but no thread, and on a
 * driver's objects two processes are one too many. So the core calls nothing that was made before the fork, not even to
 * end it, unless the backend has this.
 */
#define VORDEC_FORK_INTERFACE "vordec.fork/1"

struct vordec_fork_interface {
  size_t struct_size;
  /* In a child, before all other calls on a session that its parent opened: from now on the session, its plans,
   * rollouts, simulations, encoders and comparers serve this process, with the same bits. No call on them was under way
   * at the fork, no job of a stream, and no thread of them is here. The parent's go on as if nothing had happened.
   * After a failure nothing but this is called again. One thread per session. */
  enum vordec_status (*adopt)(struct vordec_session *session, struct vordec_error *error);
};

/*
 * Optional capability "vordec.simulate/1": two-dimensional large-eddy simulations whose fields stay where the backend
 * keeps them. With the grid of struct vordec_plan_desc, a step takes the vorticity w to
 *
 *   dw/dt = f(w) = -(u w_x + v w_y) + nu lap(w),   -lap(psi) = w with zero mean, u = psi_y, v = -psi_x
 *   nu = nu0 + (Cs dx)^2 sqrt(2 (u_x^2 + v_y^2 + 2 S^2) + 1e-30),   S = (u_y + v_x) / 2,   dx = 2 pi / N
 *
 * by Heun's method: k1 = f(w), k2 = f(w + dt k1), w += dt (k1 + k2) / 2, nu worked out once a step from the vorticity
 * before it (Smagorinsky's model). Derivatives are spectral; a first derivative has no Nyquist part along its own axis.
 */
#define VORDEC_SIMULATE_INTERFACE "vordec.simulate/1"

/* What simulations, side by side, have in common. */
struct vordec_simulation_setup {
  size_t struct_size;
  uint32_t n;                      /* 4 .. VORDEC_MAX_N */
  uint32_t members;                /* at least 1: simulations that advance together, each with the bits it has alone */
  enum vordec_precision precision; /* one that the device has */
  const char *fft;                 /* "auto" or one of the backend's ffts; never NULL */
  double dt;                       /* > 0 */
  double nu0;                      /* viscosity, >= 0 */
  double cs;                       /* Smagorinsky's constant, >= 0 */
  bool reference_mean;             /* count |k|^2 as 1 at k = 0 in the Laplacian: the mean decays */
  bool filter;                     /* multiply the spectrum by exp(-36 (|k| / (N / 2))^8) after each step */
  bool dealias; /* two thirds: nu and every f(w) are taken of w without its modes with 3 max(|kx|, |ky|) > N, and f(w)
                   loses its own such modes, so that a field that starts without them stays without them */
};

/* A backend's own: `members` simulations of a session. */
struct vordec_backend_simulation;

/* How an advance() went. */
struct vordec_simulation_result {
  size_t struct_size;
  double device_ms;  /* time of the steps on the clock that evidence.device_timestamps speaks of */
  bool finite;       /* no value was anything else; otherwise the first that was, of the earliest step, by member, row
                        and column: */
  uint32_t bad_step; /* 1 .. steps, counted within this call */
  uint32_t bad_member, bad_row, bad_column;
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.simulate/1") returns. */
struct vordec_simulation_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything; `info` as plan_create() fills it. Errors as plan_create(). The members
   * hold no field until set(). One thread per session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                               struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL; before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_simulation *simulation);
  /* Copies a vorticity field in: n x n, finite, within the precision's range. One thread per session. */
  enum vordec_status (*set)(struct vordec_backend_simulation *simulation, uint32_t member, const double *omega,
                            struct vordec_error *error);
  /* Copies a member's field out (n x n), widened to double: what set() takes back to the same bits. One thread per
   * session. */
  enum vordec_status (*get)(struct vordec_backend_simulation *simulation, uint32_t member, double *omega,
                            struct vordec_error *error);
  /* Takes all members `steps` (at least 1) steps on and returns when they are done: to the same bits, however the steps
   * are divided among calls. Allocates nothing. Where a value is not finite it still returns VORDEC_OK, result->finite
   * says so, and the members hold no field until set(); also where a failure comes after some of the steps, and then
   * other calls on them fail likewise. One thread per session. */
  enum vordec_status (*advance)(struct vordec_backend_simulation *simulation, uint32_t steps,
                                struct vordec_simulation_result *result, struct vordec_error *error);
};

/*
 * Optional capability "vordec.encode/1": what a state holds, measured of vorticity fields, the host's or a
 * simulation's. With the grid of struct vordec_plan_desc, w a field, R = w - smoothed w (the mask stage's, of w) and
 * c_k = FFT(.)_k / N^2:
 *
 *   low      c_k of w at the low modes
 *   mid      c_k of R at the mid modes
 *   high     sum over all other modes of |c_k of R|^2: at least 0, and as exact where R has little there
 *   support  the share of cells where the mask made from R (threshold and majority) is not 0
 *
 * Modes are given as one of each pair k and -k, the one with the lower flat index; a set holds whole pairs. So one
 * value tells of both: the other's is its conjugate.
 */
#define VORDEC_ENCODE_INTERFACE "vordec.encode/1"

/* What is measured of every field. Pointers are valid during create() only: copy. */
struct vordec_encode_setup {
  size_t struct_size;
  uint32_t n;                      /* 4 .. VORDEC_MAX_N */
  uint32_t batch;                  /* most fields in one encode() */
  enum vordec_precision precision; /* one that the device has */
  const char *fft;                 /* "auto" or one of the backend's ffts; never NULL */

  uint32_t low_count, mid_count; /* of pairs; either may be 0 */
  const uint32_t *low_index;     /* low_count flat indices, ascending, no pair twice */
  const uint32_t *mid_index;     /* mid_count, likewise; no pair is in both */

  uint32_t smooth_width;                   /* as those of struct vordec_plan_desc */
  enum vordec_smooth_kernel smooth_kernel; /* E_UNSUPPORTED, NO_INTERFACE for an unknown one */
  enum vordec_boundary boundary;
  double tau;
  uint32_t majority_iters;
};

/* A backend's own: all that an encode needs. */
struct vordec_backend_encoder;

/* One encode of `count` fields. Every pointer is host memory, contiguous, no alignment beyond its type's. */
struct vordec_encode_job {
  size_t struct_size;
  uint32_t count;      /* 1 .. the setup's batch */
  const double *omega; /* count x n x n, finite and within the precision's range; NULL if
                          simulation is set */
  struct vordec_backend_simulation
      *simulation; /* of the same session and n, in either precision: encode the fields of
                      `count` members from first_member on, which all hold one; else NULL */
  uint32_t first_member;
  double *low;     /* count x low_count x 2: real and imaginary part */
  double *mid;     /* count x mid_count x 2, likewise */
  double *high;    /* count */
  double *support; /* count, 0 .. 1 */
  int8_t *mask;    /* count x n x n, values -1, 0, +1; NULL: not wanted */
};

/* How an encode went. */
struct vordec_encode_result {
  size_t struct_size;
  double device_ms; /* time of the work on the clock that evidence.device_timestamps speaks of */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.encode/1") returns. */
struct vordec_encode_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything; `info` as plan_create() fills it. Errors as plan_create(). One thread per
   * session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_encode_setup *setup,
                               struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL; before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_encoder *encoder);
  /* Fills the job's outputs and returns when that is done: for each field the bits that it gets alone, whatever stands
   * beside it. The simulation is left as it was. Submissions as in decode(). Allocates nothing. One thread per session.
   */
  enum vordec_status (*encode)(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                               struct vordec_encode_result *result, struct vordec_error *error);
};

/*
 * Optional capability "vordec.compare/1": numbers that tell how fields compare, worked out where the fields are. A
 * comparer keeps some fields in double precision; a job takes one field w, whose cells count as double precision tells
 * them, and says what is known of it and of what is kept. All sums are of doubles, in an order that depends on N alone.
 */
#define VORDEC_COMPARE_INTERFACE "vordec.compare/1"

struct vordec_compare_setup {
  size_t struct_size;
  uint32_t n;      /* 4 .. VORDEC_MAX_N */
  uint32_t fields; /* that it keeps, any number; all are 0 at first */
  uint32_t pairs;  /* most in one job */
};

/* A backend's own: the fields that are kept, and all that comparing takes. */
struct vordec_backend_comparer;

/* One field, and what is wanted of it. */
struct vordec_compare_job {
  size_t struct_size;
  /* w, one of four: of the host, n x n, finite; */
  const double *omega;
  /* a member of a simulation of the same session and n, which holds a field; */
  struct vordec_backend_simulation *simulation;
  uint32_t member;
  /* what the last job of a plan of the same session and n made, which is over, was of one state and was asked for
   * omega_hat: that, or omega_lp unless it was asked for that, too (enum vordec_output); */
  struct vordec_plan *plan;
  uint32_t output;
  /* or a kept one; else VORDEC_NO_FIELD. */
  uint32_t field;

  uint32_t keep; /* the kept field that becomes w, before anything else is done; VORDEC_NO_FIELD: none */
  uint32_t add;  /* the one that w is added to, another; likewise */
  uint32_t pairs;
  const struct vordec_compare_pair *pair;
  struct vordec_field_moments *moments; /* of w; NULL: not wanted */
  struct vordec_pair_moments *against;  /* one for each pair */
  double *shell; /* vordec_compare_shells(n): the sum of 0.5 |c_k|^2 |k'|^2 / |k|^4, the kinetic energy, over the modes
                    other than 0 whose |k| rounds to the number; k' is k without Nyquist components. NULL: not wanted */
  double *copy;  /* w, n x n; NULL: not wanted */
};

/* How a job went. */
struct vordec_compare_result {
  size_t struct_size;
  double device_ms; /* time of the work on the clock that evidence.device_timestamps speaks of */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.compare/1") returns. */
struct vordec_compare_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything; `info` as plan_create() fills it. E_UNSUPPORTED: a device without double
   * precision (REASON_NO_FP64), or an N that it cannot do (REASON_FFT_SIZE); else errors as plan_create(). One thread
   * per session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_compare_setup *setup,
                               struct vordec_backend_comparer **comparer, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL; before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_comparer *comparer);
  /* Does the job and returns when that is done; simulation and plan are left as they were. Submissions as in decode().
   * Allocates nothing. One thread per session. */
  enum vordec_status (*compare)(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                struct vordec_compare_result *result, struct vordec_error *error);
};

/*
 * Optional capability "vordec.residual/1": decodes that make the bands of the residual by themselves, so that no band
 * crosses the border. Of the modes of the full spectrum that are not low, the mid band is those with |k|^2 <=
 * mid_limit, less the kept ones (the first K of anchor_index that lie in it), and the high band is the rest. With E of
 * the state
 * ("E mid", "E high") and n modes a band has the field
 *
 *   r(x) = Re sum_k sqrt(E) exp(i phi_k) exp(i k.x)
 *
 * where E > 0, else 0, and is gated and rescaled to n E as one that the core hands over. Phases phi_k are drawn:
 * Philox4x32-10 with the seed as its key (low word, high word) and the counter (flat index of k, step, band: 0 mid or 1
 * high, 0) gives words x0, x1, and phi_k = 2 pi ((x0 << 32 | x1) >> 11) 2^-53.
 */
#define VORDEC_RESIDUAL_INTERFACE "vordec.residual/1"

/* What all decodes of a plan have in common. */
struct vordec_residual_setup {
  size_t struct_size;
  uint64_t seed;
  uint32_t bands;     /* VORDEC_RESIDUAL_MID, VORDEC_RESIDUAL_HIGH: those to make; at least one */
  uint32_t mid_limit; /* of |k|^2 */
  bool half;   /* partners (-k) of low modes count as low, those of kept modes as kept; a kept mode at the higher of the
                  two indices stands for its partner alone */
  bool phases; /* jobs may bring phases */
};

/* What one decode makes of its states. */
struct vordec_residual_job {
  size_t struct_size;
  const uint32_t *step;   /* of each state */
  const double *phase[2]; /* n x n radians, any finite numbers, for all states alike; NULL: drawn */
  double *energy[2];      /* of each state n E, 0 where E <= 0: filled where a decode makes scalars; NULL: not wanted */
};

/* The table that get_interface("vordec.residual/1") returns. */
struct vordec_residual_interface {
  size_t struct_size;
  /* As plan_create() of the backend's table, which destroys the plan as well. Such a plan's decodes always make the
   * bands; jobs hand over neither bands nor a residual, and desc->residuals is 0. An N or an FFT with which it makes no
   * bands is E_UNSUPPORTED: the core makes them elsewhere then. One thread per session. */
  enum vordec_status (*plan_create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                    const struct vordec_residual_setup *setup, struct vordec_plan **plan,
                                    struct vordec_plan_info *info, struct vordec_error *error);
  /* What the next decode() or submit() of such a plan makes; each needs one of its own, and no job is under way. What
   * the job points to stays valid and unchanged until that decode is over, the job itself need not. Where E of a
   * rollout's state is such that n E overflows, that decode is E_INPUT. Allocates nothing. One thread per session. */
  enum vordec_status (*prepare)(struct vordec_plan *plan, const struct vordec_residual_job *job,
                                struct vordec_error *error);
  /* The ungated bands of `count` states z (count x d) in field[0] and field[1] (count x n x n; NULL: not wanted), for
   * decodes of a backend that makes none; job->energy is filled. May be NULL. One thread per session. */
  enum vordec_status (*fields)(struct vordec_plan *plan, const struct vordec_residual_job *job, const double *z,
                               uint32_t count, double *const field[2], struct vordec_error *error);
};

/*
 * Optional capability "vordec.adjoint/1": the transpose of a decode, for gradients. With the mask held constant the
 * fields are linear in a state's coefficients c and in the caller's residual r:
 *
 *   omega_lp = Re sum_low c_k exp(i k.x),   omega_hat = omega_lp + Re sum_kept c_k exp(i k.x) + g r
 *
 * (kept modes with include_anchors only). Of a function of the fields that has the derivatives a and b by the cells of
 * omega_lp and omega_hat, their cotangents, the derivatives by what was decoded are, with
 * F_k(f) = sum_x f(x) exp(-i k.x),
 *
 *   Re c_k, Im c_k of a low mode     Re F_k(a + b), Im F_k(a + b)
 *   Re c_k, Im c_k of a kept mode    Re F_k(b), Im F_k(b)
 *   r                                g b
 *
 * and 0 by all else that a state holds: support, energies and K count as constants, and so does a residual that a
 * decode synthesises.
 */
#define VORDEC_ADJOINT_INTERFACE "vordec.adjoint/1"

/* A backend's own: all that gradients of one shape need. */
struct vordec_backend_adjoint;

/* Gradients of `count` states. Every pointer is host memory, contiguous, no alignment beyond its type's. Fields are
 * float or double, by the description's precision. */
struct vordec_adjoint_job {
  size_t struct_size;
  uint32_t count;        /* 1 .. the description's batch */
  const void *omega_lp;  /* count x n x n, cotangents of omega_lp; NULL: 0. One of the two is there */
  const void *omega_hat; /* likewise of omega_hat; NULL: 0 */
  const int8_t *mask;    /* count x n x n, values -1, 0, +1: what was decoded; NULL unless residual is set */
  const uint32_t *kept;  /* count: K of each state, 0 .. max_kept */
  double *z;             /* count x d, every entry is written; NULL: not wanted */
  void *residual;        /* count x n x n; NULL: not wanted. With omega_hat only */
};

/* How it went. */
struct vordec_adjoint_result {
  size_t struct_size;
  double device_ms; /* time of the work on the clock that evidence.device_timestamps speaks of */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.adjoint/1") returns. */
struct vordec_adjoint_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything; `info` as plan_create() fills it. `desc` is that of the plan whose
   * decodes are to be transposed; what makes the mask does not matter. outputs: which cotangents may come; residuals:
   * VORDEC_RESIDUAL_FIELD if the residual's derivative may be asked for. Errors as plan_create(). One thread per
   * session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL; before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_adjoint *adjoint);
  /* Fills the job's outputs and returns when that is done: for each state the bits that it gets alone, whatever stands
   * beside it. Cotangents may be anything; those that are not finite make derivatives that are not. Submissions as in
   * decode(). Allocates nothing. One thread per session. */
  enum vordec_status (*run)(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                            struct vordec_adjoint_result *result, struct vordec_error *error);
};

/*
 * Optional capability "vordec.adjoint/2", beside the first: adjoints whose cotangents and derivatives are in memory
 * that others can import, as the fields of "vordec.export/1" are. What a run computes is what "vordec.adjoint/1" says.
 */
#define VORDEC_ADJOINT_SHARED_INTERFACE "vordec.adjoint/2"

/* Which arrays a run reads and which it writes: those of the first `count` states. */
struct vordec_adjoint_shared_job {
  size_t struct_size;
  uint32_t count;           /* 1 .. the description's batch */
  bool omega_lp, omega_hat; /* cotangents that are there, at least one; the other counts as 0 */
  bool z, residual;         /* what is wanted, at least one; residual with omega_hat only */
  uint64_t wait;            /* the device begins when the semaphore has this value; 0: at once */
  uint64_t signal;          /* it gives the semaphore this value when all is there; 0: it does not */
};

/* The table that get_interface("vordec.adjoint/2") returns. */
struct vordec_adjoint_shared_interface {
  size_t struct_size;
  /* As that of "vordec.adjoint/1", with room for the description's batch in the memory of each array: LP and HAT as
   * `outputs` says, MASK and RESIDUAL as `residuals` does, K and Z always. A device that shares no memory:
   * E_UNSUPPORTED with REASON_NO_INTERFACE; one without room for the whole batch: E_NO_MEMORY. One thread per session.
   */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL; before the session is closed. Waits for a run that nobody waited for. One thread per session. */
  void (*destroy)(struct vordec_backend_adjoint *adjoint);
  /* These six as those of "vordec.export/1", for the arrays that there are. Where one lies. Any thread. */
  void (*describe)(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                   struct vordec_exported_memory *memory);
  /* A file descriptor of its memory. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, int *fd,
                                  struct vordec_error *error);
  /* Whether there is a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_backend_adjoint *adjoint);
  /* A file descriptor of it. One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_backend_adjoint *adjoint, int *fd, struct vordec_error *error);
  /* Copies bytes of an array to the host's memory; no run is under way. One thread per session. */
  enum vordec_status (*read)(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, uint64_t at,
                             uint64_t bytes, void *to, struct vordec_error *error);
  /* The other way. One thread per session. */
  enum vordec_status (*write)(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, uint64_t at,
                              uint64_t bytes, const void *from, struct vordec_error *error);
  /* Starts a run; none is under way. Each state gets the bits that it gets alone, whatever stands beside it: those of
   * the first interface, rounded to the description's precision. Of each state's K, the nearest integer from 0 to
   * max_kept counts (ties to even; 0 if it is not finite); entries of Z that no coefficient has are 0. Allocates
   * nothing. One thread per session. */
  enum vordec_status (*start)(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_shared_job *job,
                              struct vordec_error *error);
  /* Waits for it. One thread per session. */
  enum vordec_status (*wait)(struct vordec_backend_adjoint *adjoint, struct vordec_adjoint_result *result,
                             struct vordec_error *error);
};

/*
 * Optional capability "vordec.export/1": plans whose fields stay on the device, in memory that others can import:
 * another programming interface of this process, or another process. Such a plan is a slot: it holds the fields of one
 * decode, which the next one writes over. Who may read when is settled by a timeline semaphore, where there is one,
 * whose values the core chooses, each larger than those before; else by waiting for the decode.
 */
#define VORDEC_EXPORT_INTERFACE "vordec.export/1"

/* What all decodes of such a plan have in common. */
struct vordec_export_setup {
  size_t struct_size;
  bool takes_z; /* decodes may take their states from the plan's own memory */
};

/* What the next decode does besides. */
struct vordec_export_job {
  size_t struct_size;
  bool takes_z;    /* its states are those in the plan's memory; the decode's job has neither z nor a rollout */
  uint64_t wait;   /* the device begins when the semaphore has this value; 0: at once */
  uint64_t signal; /* it gives the semaphore this value when the fields are there; 0: it does not */
};

/* The table that get_interface("vordec.export/1") returns. */
struct vordec_export_interface {
  size_t struct_size;
  /* As plan_create() of the backend's table, which destroys the plan as well: then all of its memory is gone here,
   * while those who have imported it keep theirs. desc->outputs has no scalars, and desc->residuals is 0. Decodes of
   * such a plan, by decode() or by submit() and wait(), fill no field of the host's: the job's pointers are NULL, and
   * its outputs say which fields are made. A device that shares no memory: E_UNSUPPORTED with REASON_NO_INTERFACE. One
   * thread per session. */
  enum vordec_status (*plan_create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                    const struct vordec_export_setup *setup, struct vordec_plan **plan,
                                    struct vordec_plan_info *info, struct vordec_error *error);
  /* Where an output of the plan lies, or the states, if it takes them; memory->struct_size is set by the caller. The
   * same as long as the plan lives. Any thread. */
  void (*describe)(const struct vordec_plan *plan, enum vordec_exported what, struct vordec_exported_memory *memory);
  /* A file descriptor of that memory, a new one each time, closed on exec; the caller's. E_UNSUPPORTED with
   * REASON_NO_INTERFACE for memory of the host. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                  struct vordec_error *error);
  /* Whether the plan has a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_plan *plan);
  /* A file descriptor of it, as memory_fd(). One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_plan *plan, int *fd, struct vordec_error *error);
  /* Said before each decode of such a plan; no job is under way. States that the decode takes from the plan's memory
   * and that a state must not hold (vordec_coefficient_max(), not finite) make it E_INPUT, which names the first entry,
   * and every cell of their omega_lp and omega_hat NAN; the decode's result is filled all the same. Allocates nothing.
   * One thread per session. */
  enum vordec_status (*prepare)(struct vordec_plan *plan, const struct vordec_export_job *job,
                                struct vordec_error *error);
  /* Copies bytes of the memory to the host's; no job is under way. One thread per session. */
  enum vordec_status (*read)(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes, void *to,
                             struct vordec_error *error);
  /* The other way. One thread per session. */
  enum vordec_status (*write)(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                              const void *from, struct vordec_error *error);
};

/*
 * Optional capability "vordec.shelf/1": copies of what a simulation or a rollout holds, in memory that others can
 * import. A shelf has room for one; like a plan of "vordec.export/1", it has a semaphore where the device shares such,
 * whose values the core chooses, each larger than those before.
 */
#define VORDEC_SHELF_INTERFACE "vordec.shelf/1"

/* A backend's own: room for one copy, of everything that its source holds. */
struct vordec_shelf;

/* What is copied: one of the two, of the same session, which outlives the shelf; the other is NULL. */
struct vordec_shelf_setup {
  size_t struct_size;
  struct vordec_backend_simulation *simulation; /* the fields of all members, n x n each, in its precision */
  struct vordec_backend_rollout *rollout;       /* the states, d values each, in its precision */
};

/* The table that get_interface("vordec.shelf/1") returns. */
struct vordec_shelf_interface {
  size_t struct_size;
  /* Makes one, with its memory. A device that shares no memory: E_UNSUPPORTED with REASON_NO_INTERFACE. One thread per
   * session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_shelf_setup *setup,
                               struct vordec_shelf **shelf, struct vordec_error *error);
  /* Accepts NULL; no copy is under way. Those who have imported its memory keep theirs. One thread per session. */
  void (*destroy)(struct vordec_shelf *shelf);
  /* Where the copy lies, field by field or state by state; memory->struct_size is set by the caller. The same as long
   * as the shelf lives. Any thread. */
  void (*describe)(const struct vordec_shelf *shelf, struct vordec_exported_memory *memory);
  /* As that of struct vordec_export_interface. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
  /* Whether the shelf has a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_shelf *shelf);
  /* A file descriptor of it, as memory_fd(). One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
  /* Starts a copy of what the source holds now (a simulation's members all hold a field), whatever is asked of it
   * afterwards, and returns. The device begins when the semaphore has the value `wait` (0: at once), and gives it
   * `signal` when the copy is there (0: it does not). A field in fp32 is the simulation's, rounded. At most one copy of
   * a shelf is under way; after a failure none is. Allocates nothing. One thread per session. */
  enum vordec_status (*fill)(struct vordec_shelf *shelf, uint64_t wait, uint64_t signal, struct vordec_error *error);
  /* Waits for the copy under way. One thread per session. */
  enum vordec_status (*wait)(struct vordec_shelf *shelf, struct vordec_error *error);
  /* Copies bytes of the memory to the host's; no copy is under way. One thread per session. */
  enum vordec_status (*read)(struct vordec_shelf *shelf, uint64_t at, uint64_t bytes, void *to,
                             struct vordec_error *error);
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

/* Number of kept modes that a state's entry K stands for: rounded half to even, clamped. K is finite. Any thread. */
static inline uint32_t vordec_kept_count(double k, uint32_t max_kept) {
  const double rounded = nearbyint(k);
  if (rounded <= 0.0) return 0;
  return rounded >= (double)max_kept ? max_kept : (uint32_t)rounded;
}

/* The largest magnitude of a coefficient with which nothing that a decode computes on the way to its fields can
 * overflow, whatever the state's other coefficients are: d - 4 of them add up, the smoothing sums its window (of the
 * triangle, heights up to h; else at most 1) before it divides, and 64 leaves room for what transforms do between. A
 * power of two, so that it is the same number in either precision. The core refuses states beyond it; a backend refuses
 * those of its rollouts. Any thread. */
static inline double vordec_coefficient_max(const struct vordec_plan_desc *desc) {
  const double w = (double)desc->smooth_width, h = (w + 1.0) / 2.0;
  const double window = desc->smooth_kernel == VORDEC_SMOOTH_TRIANGLE ? h * h * h * h : w * w;
  const double most = desc->precision == VORDEC_FP64 ? DBL_MAX : (double)FLT_MAX;
  int exponent = 0;
  frexp(most / (64.0 * window * ((double)desc->d - 4.0)), &exponent);
  return ldexp(1.0, exponent - 1);
}

/* Shells of a spectrum of the grid: |k| rounds to less. Any thread. */
static inline uint32_t vordec_compare_shells(uint32_t n) {
  const uint32_t half = n / 2;
  return (uint32_t)(sqrt(2.0) * half + 0.5) + 1;
}

/* How many states a rollout begins with: hosts from before 1.2 do not say, and 0 is 1, too. Any thread. */
static inline uint32_t vordec_setup_states(const struct vordec_rollout_setup *setup) {
  const size_t needed = offsetof(struct vordec_rollout_setup, states) + sizeof setup->states;
  return setup->struct_size >= needed && setup->states > 0 ? setup->states : 1;
}

/* Which state of a rollout a job decodes: hosts from before 1.2 know of one. Any thread. */
static inline uint32_t vordec_job_state(const struct vordec_decode_job *job) {
  const size_t needed = offsetof(struct vordec_decode_job, rollout_state) + sizeof job->rollout_state;
  return job->struct_size >= needed ? job->rollout_state : 0;
}

/* What entry i of a state of m low modes holds, for messages. Static. Any thread. */
static inline const char *vordec_entry_name(uint32_t m, size_t i) {
  static const char *const names[] = {"support_frac", "resid_mid_E", "resid_high_E", "K"};
  const size_t low = m;
  if (i < low) return "Re low";
  if (i < 2 * low) return "Im low";
  return i < 2 * low + 4 ? names[i - 2 * low] : "kept modes";
}

#ifdef __cplusplus
}
#endif

#endif

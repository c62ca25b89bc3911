/* SPDX-License-Identifier: MIT */
/*
 * vordec.h - libvordec for host applications.
 *
 * A host reads a configuration, describes the shape of its states, makes a decoder and decodes. Which backend does the
 * work is the configuration's business, and what did the work is in the report.
 *
 * Conventions:
 *  - Functions return a status; *error (may be NULL) then says what went wrong in one line.
 *  - What a create() hands out belongs to the caller, who ends it with the destroy() of the same name, which accepts
 *    NULL. On failure a create() hands out NULL.
 *  - What is handed in stays the caller's. It is read during the call only, or copied, unless a comment says that it is
 *    borrowed: then it must outlive the object that borrows it.
 *  - "Any thread" says that calls may overlap, also with others on the same object. "One thread per decoder" (or
 *    another noun) says that calls on the same decoder must not overlap; calls on different ones may.
 *  - Runtimes, decoders, rollouts, simulations, encoders, adjoints, exports and metrics belong to the process that made
 *    them. In the child of a fork() their destroy() returns at once and does nothing, so that exit handlers, garbage
 *    collectors and destructors may run; every other call is E_USAGE with REASON_OTHER_PROCESS, and no driver hears of
 *    it. Where the backend can do that (cpu can), decoders, rollouts, simulations, encoders, adjoints and exports serve
 *    the child as well, unless a call on them was under way at the fork. New runtimes and decoders work in a child, but
 *    not with a driver that its parent had opened and that does not work in two processes: E_UNSUPPORTED (or E_REFUSED)
 *    with the same reason. Configurations and layouts are plain memory.
 *  - Where the process that forked has a Vulkan device open, exit() in the child skips exit handlers that were
 *    registered before the fork, the host's too, since drivers' own ones crash there; streams are flushed.
 */
#ifndef VORDEC_VORDEC_H
#define VORDEC_VORDEC_H

#include <vordec/adjoint.h>
#include <vordec/comparer.h>
#include <vordec/encoder.h>
#include <vordec/export.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- names ---- */

/* "1.2.3". Static. Any thread. */
VORDEC_API const char *vordec_version(void);
/* git describe at build time. Static. Any thread. */
VORDEC_API const char *vordec_git_describe(void);

/* Stable name of a code: "ok", "refused" .. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_status_name(enum vordec_status status);
/* Stable name of a code: "plugin-not-found" .. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_reason_name(enum vordec_reason reason);
/* What a user can do about it: a clause, empty if nothing is known. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_reason_remedy(enum vordec_reason reason);
/* "discrete", "software" .. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_device_type_name(enum vordec_device_type type);
/* "scatter_lowk" .. "readback". Static, never NULL. Any thread. */
VORDEC_API const char *vordec_stage_name(enum vordec_stage stage);

/* Exit code of the command for a status: 0 done, 1 failed while running, 2 bad usage, config or input, 3 refused. Any
 * thread. */
VORDEC_API int vordec_status_exit_code(enum vordec_status status);

/* Size in bytes of a public struct by its name ("vordec_decode_io"), as this library was built; 0: unknown. For
 * bindings that mirror the structs. Any thread. */
VORDEC_API size_t vordec_struct_size(const char *name);

/* Frees what a function of this header returned as text. Accepts NULL. Any thread. */
VORDEC_API void vordec_free(void *memory);

/* Lower-case hex BLAKE2b-128 (RFC 7693, 16-byte digest, no key) of `size` bytes, NUL-terminated. Any thread. */
VORDEC_API void vordec_hash(const void *data, size_t size, char digest[33]);

/* ---- configuration ---- */

/* Where a value came from, weakest first: a weaker origin never replaces a stronger one. What a state says holds as
 * well wherever a stronger origin says auto, of keys that name what auto means otherwise ([mask]). */
enum vordec_origin { VORDEC_FROM_DEFAULT = 0, VORDEC_FROM_STATE, VORDEC_FROM_FILE, VORDEC_FROM_COMMAND_LINE };

/* One setting: [section] key. */
struct vordec_config_key {
  const char *section, *key;
  const char *values;  /* what it accepts, for people: "support, signed" */
  const char *summary; /* one line */
};

/* The values in force, each with its origin. */
struct vordec_config;

/* A configuration that holds the built-in defaults. Any thread. */
VORDEC_API enum vordec_status vordec_config_create(struct vordec_config **config, struct vordec_error *error);
/* Any thread, after all other calls on it. */
VORDEC_API void vordec_config_destroy(struct vordec_config *config);

/* Reads an INI file over what is there. An unknown section or key, a repeated key or a bad value is E_CONFIG with file
 * and line; a file that cannot be read is E_IO. A relative [plugins] path counts from the file's own folder. One thread
 * per configuration. */
VORDEC_API enum vordec_status vordec_config_read(struct vordec_config *config, const char *path,
                                                 struct vordec_error *error);

/* Sets one value from text; all strings are copied. `where` names its source in messages ("--mask-tau", "state.npz:
 * dashi_tau"). One thread per configuration. */
VORDEC_API enum vordec_status vordec_config_set(struct vordec_config *config, const char *section, const char *key,
                                                const char *value, enum vordec_origin origin, const char *where,
                                                struct vordec_error *error);

/* The value in force as text; NULL for an unknown key. The configuration's own, valid until it changes. Any thread,
 * while no other changes it. */
VORDEC_API const char *vordec_config_get(const struct vordec_config *config, const char *section, const char *key);
/* Where that value came from, for people; otherwise as vordec_config_get(): any thread, while no other changes it. */
VORDEC_API const char *vordec_config_where(const struct vordec_config *config, const char *section, const char *key);

/* What the values of a key are. */
enum vordec_config_type {
  VORDEC_CONFIG_TEXT = 0, /* a name, several of them, or a path */
  VORDEC_CONFIG_BOOLEAN,
  VORDEC_CONFIG_INTEGER, /* 0 or more */
  VORDEC_CONFIG_REAL,
  VORDEC_CONFIG_CHOICE, /* one of the key's words */
  VORDEC_CONFIG_SET     /* any of the key's words */
};

/*
 * The value in force as its type, read once when it was set; for a key that is not of the type, or an unknown one,
 * these five answer what no value can be. For auto, of a key of [mask], they answer what it means: what a state said,
 * else what states that say nothing were made with. This one: 0 or more, 0 for another key's auto; -1: no such key.
 * Any thread, while no other changes the configuration.
 */
VORDEC_API int64_t vordec_config_get_integer(const struct vordec_config *config, const char *section, const char *key);
/* NAN: no such key. Any thread, likewise. */
VORDEC_API double vordec_config_get_real(const struct vordec_config *config, const char *section, const char *key);
/* 1 or 0; -1: no such key. Any thread, likewise. */
VORDEC_API int vordec_config_get_boolean(const struct vordec_config *config, const char *section, const char *key);
/* Which of the key's words, as vordec_config_key_choice() counts them; -1: no such key. Any thread, likewise. */
VORDEC_API int vordec_config_get_choice(const struct vordec_config *config, const char *section, const char *key);
/* Whether a choice is that word, or a set holds it: 1 or 0; -1: no such key, or none that has this word. A choice of
 * auto is that and what it means. Any thread, likewise. */
VORDEC_API int vordec_config_has(const struct vordec_config *config, const char *section, const char *key,
                                 const char *word);

/* How many keys there are. Any thread. */
VORDEC_API size_t vordec_config_key_count(void);
/* The i-th key, in the order of the built-in text; i < vordec_config_key_count(). Static. Any thread. */
VORDEC_API const struct vordec_config_key *vordec_config_key_at(size_t i);
/* What the values of the i-th key are. Any thread. */
VORDEC_API enum vordec_config_type vordec_config_key_type(size_t i);
/* The words of the i-th key, if it is a choice or a set, from 0 on; NULL behind the last one. Static. Any thread. */
VORDEC_API const char *vordec_config_key_choice(size_t i, size_t choice);

/* The built-in defaults, a commented INI text. Static. Any thread. */
VORDEC_API const char *vordec_config_defaults(void);

/* ---- the shape of a state ---- */

/*
 * The grid is N x N, row-major, axis 0 = y, axis 1 = x, period 2 pi. A state is the vector of D = 2 M + 4 + 2 A doubles
 *   [ Re low (M) | Im low (M) | support_frac | resid_mid_E | resid_high_E | K | Re kept (K) | Im kept (K) | unused ]
 * with M modes in row-major order of mask_low and A = anchor_count. Coefficients are divided by N^2.
 */
struct vordec_layout_desc {
  size_t n;
  const uint8_t *mask_low;   /* n * n, non-zero: a low mode */
  const int64_t *anchor_idx; /* flat grid indices of the kept mid-band modes; may be NULL if anchor_count is 0 */
  size_t anchor_count;
  double k_cut, resid_mid_cut; /* band limits; NAN where the state does not say */
};

/* What a layout found. */
struct vordec_layout_info {
  size_t n, m, d, anchors;
  size_t mid_modes, high_modes; /* outside mask_low; mid: |k| <= resid_mid_cut. 0 and 0 where resid_mid_cut is NAN */
  size_t max_kept;              /* K is clamped to 0 .. max_kept */
};

/* The shape of a state, checked. It does not change after it is made and may be shared between threads. */
struct vordec_layout;

/* Copies what it needs. E_INPUT names the entry that is wrong ("anchor_idx[3]: ..."). Any thread. */
VORDEC_API enum vordec_status vordec_layout_create(const struct vordec_layout_desc *desc, struct vordec_layout **layout,
                                                   struct vordec_error *error);
/* Decoders and metrics borrow the layout: they go first. Any thread, after all other calls on it. */
VORDEC_API void vordec_layout_destroy(struct vordec_layout *layout);
/* Whether states store half the modes: of each conjugate pair one, doubled. A decode need not know, but a residual that
 * is synthesised does: partners of low modes then count as low, those of kept modes as kept. False until it is said.
 * A decoder keeps what is said when it is made. Any thread, while none makes a decoder for the layout. */
VORDEC_API void vordec_layout_set_half(struct vordec_layout *layout, bool half);
/* Fills *info. Any thread. */
VORDEC_API void vordec_layout_get(const struct vordec_layout *layout, struct vordec_layout_info *info);

/* Checks `count` states of D doubles: E_INPUT names the first non-finite entry. vordec_decode() does this by itself.
 * Any thread. */
VORDEC_API enum vordec_status vordec_layout_check(const struct vordec_layout *layout, const double *z, size_t count,
                                                  struct vordec_error *error);

/* ---- runtime: configuration + plugins ---- */

/* Called from any thread; one line without a newline. It must not call the library with the same runtime. */
typedef void (*vordec_log_fn)(void *ctx, enum vordec_log_level level, const char *message);

/* A configuration and the plugins loaded under it. Decoders, rollouts, simulations and encoders borrow it. */
struct vordec_runtime;

/* Copies the configuration; log_ctx is borrowed. log may be NULL (silence). Loads nothing yet. Any thread. */
VORDEC_API enum vordec_status vordec_runtime_create(const struct vordec_config *config, vordec_log_fn log,
                                                    void *log_ctx, struct vordec_runtime **runtime,
                                                    struct vordec_error *error);
/* The same with an INI file (NULL: the built-in defaults); warnings go to stderr. Any thread. */
VORDEC_API enum vordec_status vordec_runtime_open(const char *ini_path, struct vordec_runtime **runtime,
                                                  struct vordec_error *error);
/* All decoders, rollouts, simulations, encoders, adjoints and metrics of the runtime must be gone. Plugins that opened
 * a device stay loaded. Any thread, after all other calls on it. */
VORDEC_API void vordec_runtime_destroy(struct vordec_runtime *runtime);

/* The folder that plugins are loaded from. The runtime's own, valid as long as it. Any thread. */
VORDEC_API const char *vordec_runtime_plugin_folder(const struct vordec_runtime *runtime);

/* One call per device, or one with device = NULL for a backend that has none; `refusal` is what stands against using it
 * under the runtime's configuration (status OK: nothing). Pointers are valid during the call. */
typedef void (*vordec_device_visitor)(void *ctx, const char *backend, const char *description,
                                      const struct vordec_device *device, const struct vordec_error *refusal);
/* Loads and probes every plugin in the folder, in the order that `auto` would consider them. Any thread: callers with
 * the same runtime take turns, so the visitor must not call back into it. */
VORDEC_API enum vordec_status vordec_runtime_visit_devices(struct vordec_runtime *runtime, vordec_device_visitor visit,
                                                           void *ctx, struct vordec_error *error);
/* The same for one backend, and loads no other. Any thread, likewise. */
VORDEC_API enum vordec_status vordec_runtime_visit_backend(struct vordec_runtime *runtime, const char *backend,
                                                           vordec_device_visitor visit, void *ctx,
                                                           struct vordec_error *error);

/* The i-th of the FFTs that a backend offers, NULL past the last one or if the backend cannot be loaded or probed,
 * which the first call does. Valid as long as the runtime; any thread, in turns with what makes decoders. */
VORDEC_API const char *vordec_runtime_fft(struct vordec_runtime *runtime, const char *backend, size_t i);

/* ---- decoder ---- */

/* What a decoder must make room for. E_USAGE where outputs or residuals have bits that mean nothing. Under [residual]
 * synthesis = on, decodes that make omega_hat or scalars synthesise the bands, unless the caller gives a residual: with
 * VORDEC_RESIDUAL_FIELD, _MID or _HIGH among the residuals [residual] does not count. */
struct vordec_decoder_desc {
  size_t batch;       /* states that one vordec_decode() will usually be given; [decode] batch overrides it */
  uint32_t outputs;   /* enum vordec_output bits that will be asked for */
  uint32_t residuals; /* enum vordec_residual_input bits that will be given: the caller's field or synthesised bands */
  size_t depth;       /* batches that vordec_decoder_submit() shall keep under way at once; 0: one */
};

/* What was asked for, and what a decoder runs on. */
struct vordec_decoder_info {
  const char *backend_requested, *backend_used;
  const char *fft_requested, *fft_used;
  struct vordec_device device;
  enum vordec_precision precision; /* FP32: fields are float; FP64: double */
  size_t batch;                    /* states per submission */
  uint64_t host_bytes, device_bytes;
  double open_ms;   /* selecting, probing and opening the device */
  double create_ms; /* making the plan */
  double warmup_ms; /* first dispatches, part of create_ms; NAN: what the backend claims cannot be */
  size_t depth;     /* batches that can be under way at once (vordec_decoder_submit()): 1 or 2 */
};

/* A backend with its device opened and a plan made. */
struct vordec_decoder;

/* Why the backend used is not the one asked for ("auto" included); empty where it is. The decoder's. Any thread. */
VORDEC_API const char *vordec_decoder_reason(const struct vordec_decoder *decoder);

/*
 * Selects backend, device, precision and FFT under the policy, opens the device and makes the plan. E_REFUSED: policy
 * forbids the downgrade that would be needed; the message says what was missing and how to allow it. Runtime and layout
 * are borrowed. Any thread: callers with the same runtime take turns.
 */
VORDEC_API enum vordec_status vordec_decoder_create(struct vordec_runtime *runtime, const struct vordec_layout *layout,
                                                    const struct vordec_decoder_desc *desc,
                                                    struct vordec_decoder **decoder, struct vordec_error *error);
/* The same on the simulation's device and session, if that is where [decode] would have it and there is room; else, or
 * if simulation is NULL, as above. Then fields of both can be compared where they are (comparer.h). Either may be
 * destroyed before the other; the simulation's runtime outlives the decoder. E_BUSY: a thread is in a call on what
 * shares that device. Any thread, likewise. */
VORDEC_API enum vordec_status vordec_decoder_create_beside(struct vordec_runtime *runtime,
                                                           struct vordec_simulation *simulation,
                                                           const struct vordec_layout *layout,
                                                           const struct vordec_decoder_desc *desc,
                                                           struct vordec_decoder **decoder, struct vordec_error *error);
/* Metrics of the decoder and its host memory go first; batches under way are waited for, so that theirs must still be
 * there. One thread per decoder, and none in a call on a rollout that shares its device. */
VORDEC_API void vordec_decoder_destroy(struct vordec_decoder *decoder);
/* Fills *info; its strings are the decoder's own, valid as long as it. Any thread. */
VORDEC_API void vordec_decoder_get(const struct vordec_decoder *decoder, struct vordec_decoder_info *info);

/* ---- several devices ---- */

/* What one of a decoder's devices did. */
struct vordec_decoder_share {
  struct vordec_device device;
  const char *decode_device; /* of all its decodes: "cpu", "gpu" or "unknown"; NULL before the first */
  uint64_t states;           /* that it decoded */
  bool lost;                 /* it failed, and decodes no more */
};

/*
 * Under [decode] devices = all, or a list, a decoder has several devices of one kind, each with a session and plans of
 * its own, and vordec_decode() and vordec_decode_begin() share out the batches of the caller's states among them, one
 * thread a device: the same bits as on one. States are checked as they come to be decoded. A rollout's states, batches
 * of vordec_decoder_submit() and vordec_decoder_alloc_host() are those of the first device. A device that is lost ends
 * the call with E_DEVICE_LOST or E_TIMEOUT; under a permissive policy the others do its work, and what could not be
 * opened in the first place is done without (FEWER_DEVICES). info is of the first device.
 */
/* How many there are: 1 without that setting. Any thread. */
VORDEC_API size_t vordec_decoder_devices(const struct vordec_decoder *decoder);
/* The decoder of the i-th device alone, for rollouts that are to step there, and for the decodes of what they hold; at
 * 0 it is the decoder itself. NULL: there is no such. It goes with the decoder, and vordec_decoder_destroy() of another
 * than the decoder itself does nothing. One thread per device; but not while a call shares out states. */
VORDEC_API struct vordec_decoder *vordec_decoder_at(struct vordec_decoder *decoder, size_t i);
/* What the i-th device did; i < vordec_decoder_devices(). Any thread, but in no call on the decoder. */
VORDEC_API void vordec_decoder_get_share(const struct vordec_decoder *decoder, size_t i,
                                         struct vordec_decoder_share *share);

/* ---- a residual that decodes synthesise ---- */

/* Under [residual] synthesis = on: the backend that makes the bands, the decoder's own or, where that makes none, the
 * CPU's; NULL: nothing is synthesised. Valid as long as the decoder. Any thread. */
VORDEC_API const char *vordec_decoder_residual_backend(const struct vordec_decoder *decoder);
/* Why it is not the decoder's own; empty where it is. The decoder's. Any thread. */
VORDEC_API const char *vordec_decoder_residual_reason(const struct vordec_decoder *decoder);

/* No step of the caller's. */
#define VORDEC_STEP_AUTO SIZE_MAX

/* The step that the first state of each call from now on counts as; those behind it count on. Phases are drawn from
 * seed and step. VORDEC_STEP_AUTO, as before it is said: the first state of z counts as step 0. All states of a rollout
 * count as the same step; by themselves, the steps that it has taken. One thread per decoder. */
VORDEC_API void vordec_decoder_set_step(struct vordec_decoder *decoder, size_t step);
/* Phases of the mid and of the high band (0, 1) for all states of calls to come, instead of drawn ones: n x n radians
 * each, finite, copied; NULL: drawn. E_USAGE: the decoder was made without VORDEC_RESIDUAL_PHASES, or synthesises
 * nothing. E_BUSY: a decode is under way. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decoder_set_phases(struct vordec_decoder *decoder, const double *const phases[2],
                                                        struct vordec_error *error);

/* What a state asks of the mid and of the high band. */
struct vordec_residual_targets {
  size_t kept;      /* K as rounded and clamped */
  size_t modes[2];  /* n */
  double energy[2]; /* n E, the mean square that the gated field is to have; 0 where the field is 0 */
};
/* Of state z (D finite values); all 0 where nothing is synthesised. Any thread. */
VORDEC_API void vordec_decoder_get_targets(const struct vordec_decoder *decoder, const double *z,
                                           struct vordec_residual_targets *targets);

/*
 * Memory of `bytes` (at least 1) that the decoder's device writes without a detour, aligned to 64, zeroed: fields that
 * a decode puts there need no copy by the host, which can otherwise take longer than all the rest. Where a backend has
 * none, plain memory. Any use is allowed that any memory allows. It cannot be paged out, so take no more than is
 * reused. The caller's, who ends it with vordec_decoder_free_host(). E_NO_MEMORY: there is not enough. One thread per
 * decoder: E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_decoder_alloc_host(struct vordec_decoder *decoder, size_t bytes, void **memory,
                                                        struct vordec_error *error);
/* Accepts NULL. No batch that is under way may use the memory. One thread per decoder. */
VORDEC_API void vordec_decoder_free_host(struct vordec_decoder *decoder, void *memory);

/* How fast something was filled or copied. */
struct vordec_fill_report {
  uint64_t bytes;         /* in one run: as many as asked for, or fewer where there is less room */
  double seconds;         /* that one run took: the median of several */
  bool device_timestamps; /* seconds are of the device's clock; else of the host's */
};

/*
 * Times how fast the decoder's device fills `bytes` (at least 1) of its own memory. A decode writes its fields there,
 * so bytes / seconds is the speed that none can exceed, as long as the fields do not fit a cache. The memory is taken
 * and freed by this call. E_UNSUPPORTED with REASON_NO_INTERFACE: the backend cannot measure it. E_REFUSED with
 * REASON_EVIDENCE: what it says cannot be. One thread at a time: E_BUSY as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_fill_bandwidth(struct vordec_decoder *decoder, uint64_t bytes,
                                                            struct vordec_fill_report *report,
                                                            struct vordec_error *error);
/* The same of plain copies of `bytes` from the device to memory as vordec_decoder_alloc_host() gives it: what reading
 * fields back cannot beat. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decoder_link_bandwidth(struct vordec_decoder *decoder, uint64_t bytes,
                                                            struct vordec_fill_report *report,
                                                            struct vordec_error *error);

/* ---- rollout ---- */

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
  double device_ms;      /* on the device's clock, where there is one; NAN: what the backend claims cannot be */
  const char *op_device; /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
};

/* A state that steps forward, kept by a backend. */
struct vordec_rollout;

/*
 * A state that advances by its linear operator, on the backend that [op] asks for: auto is the decoder's backend if
 * that has rollout, else cpu. On the decoder's own backend the two share the device, and a decode can take the state
 * from where it is. decoder may be NULL (nothing is decoded); it may be destroyed before the rollout. The runtime is
 * borrowed, A and z0 are copied. E_INPUT: an entry of A or z0 that is not finite. E_REFUSED as
 * vordec_decoder_create(). Any thread: callers with the same runtime take turns, and a decoder that is in a call gives
 * E_BUSY.
 */
VORDEC_API enum vordec_status vordec_rollout_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                                    const struct vordec_rollout_desc *desc,
                                                    struct vordec_rollout **rollout, struct vordec_error *error);
/*
 * The same of several states that advance together by one operator: desc->z0 is states x d, state by state. Each has at
 * every step the bits that it has alone. A read, a hash and a decode are of all of them, in their order. E_INPUT:
 * `states` is not 1 .. 65536. E_UNSUPPORTED or E_REFUSED with REASON_NO_INTERFACE: the backend asked for advances one
 * state at a time ("vordec.rollout/1" without "vordec.rollout/2"). Any thread, as vordec_rollout_create().
 */
VORDEC_API enum vordec_status vordec_rollout_create_batch(struct vordec_runtime *runtime,
                                                          struct vordec_decoder *decoder,
                                                          const struct vordec_rollout_desc *desc, size_t states,
                                                          struct vordec_rollout **rollout, struct vordec_error *error);
/* Says that A is the operator of one step to the power of `stride`, so that each step of this rollout takes so many of
 * the run: the metrics (op_stride) and the phases of a synthesised residual depend on it. E_USAGE: 0, or above 1
 * without [op] stride_power = true, which [op] deterministic rules out (E_CONFIG of create()). One thread per rollout.
 */
VORDEC_API enum vordec_status vordec_rollout_set_stride(struct vordec_rollout *rollout, size_t stride,
                                                        struct vordec_error *error);
/* How many states it holds. Any thread. */
VORDEC_API size_t vordec_rollout_states(const struct vordec_rollout *rollout);
/* Metrics of the rollout go first. One thread per rollout, and none in a call on a decoder that shares its device. */
VORDEC_API void vordec_rollout_destroy(struct vordec_rollout *rollout);
/* Fills *info; its strings are valid as long as the rollout. Any thread. */
VORDEC_API void vordec_rollout_get(const struct vordec_rollout *rollout, struct vordec_rollout_info *info);

/* Whether a decode with this decoder can take the state from where it is (vordec_decode_io.rollout): both are on the
 * same device and, unless that is the host, of the same precision. decoder may be NULL: false. Any thread. */
VORDEC_API bool vordec_rollout_feeds(const struct vordec_rollout *rollout, const struct vordec_decoder *decoder);

/* Takes `steps` steps, from 1 to 2^32 - 1; report may be NULL. E_USAGE: another number, 0 among them: a report of no
 * steps would have no evidence. E_REFUSED with REASON_EVIDENCE as vordec_decode(). One thread per rollout
 * and the decoder that it shares a device with; E_BUSY else. */
VORDEC_API enum vordec_status vordec_rollout_advance(struct vordec_rollout *rollout, size_t steps,
                                                     struct vordec_rollout_report *report, struct vordec_error *error);

/*
 * Makes room for rows, of all states each, that vordec_rollout_walk() keeps: 1 .. 4096, 1 being there already, and room
 * is not given back. Rows that were kept are gone. E_UNSUPPORTED with REASON_NO_INTERFACE: the backend keeps none
 * ("vordec.trail/1"), so that a row is all there can be; E_NO_MEMORY: not so many. The rollout can be used on. One
 * thread per rollout, as vordec_rollout_advance().
 */
VORDEC_API enum vordec_status vordec_rollout_reserve(struct vordec_rollout *rollout, size_t rows,
                                                     struct vordec_error *error);
/*
 * Takes rows times `steps` steps, 1 to 2^32 - 1 in all, and keeps the states after every `steps` of them, which the
 * rollout then holds until it goes on: a decode is of rows x states states, row by row, with the bits that they have
 * one by one. E_USAGE: more rows than there is room for; otherwise as vordec_rollout_advance(), report included. One
 * thread per rollout.
 */
VORDEC_API enum vordec_status vordec_rollout_walk(struct vordec_rollout *rollout, size_t rows, size_t steps,
                                                  struct vordec_rollout_report *report, struct vordec_error *error);
/* How many rows it holds: 1, or those of the walk that it took last. One thread per rollout. */
VORDEC_API size_t vordec_rollout_rows(const struct vordec_rollout *rollout);
/* Copies all of them to z (rows x states x d doubles); a visit as that of vordec_rollout_read(), which copies the last
 * one alone. One thread per rollout, as vordec_rollout_advance(). */
VORDEC_API enum vordec_status vordec_rollout_read_rows(struct vordec_rollout *rollout, double *z,
                                                       struct vordec_error *error);

/* Copies the state to z (d doubles; of several states x d), widened to double. A rollout that goes on afterwards counts
 * it as a visit to the host. One thread per rollout, as vordec_rollout_advance(). */
VORDEC_API enum vordec_status vordec_rollout_read(struct vordec_rollout *rollout, double *z,
                                                  struct vordec_error *error);
/* The hash of the state, or of all states, as float64 (vordec_hash()). Counted, but not a visit: nothing is computed
 * from the copy. One thread per rollout, as vordec_rollout_advance(). */
VORDEC_API enum vordec_status vordec_rollout_hash(struct vordec_rollout *rollout, char digest[33],
                                                  struct vordec_error *error);

/* ---- simulation ---- */

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
  const char *reason; /* why the one used is not the one requested ("auto" included); empty where it is */
  const char *fft_requested, *fft_used;
  struct vordec_device device;
  enum vordec_precision precision; /* what it computes in */
  size_t n, members;
  uint64_t step;          /* that the members stand at; after a breakdown the last one that was finite */
  const char *les_device; /* of all steps so far: "cpu", "gpu" or "unknown"; NULL before the first */
  uint64_t host_bytes, device_bytes;
  double open_ms;   /* selecting, probing and opening the device, where it is not the decoder's */
  double create_ms; /* making the simulation */
  double warmup_ms; /* part of create_ms; NAN: what the backend claims cannot be */
};

/* How a vordec_simulation_advance() went. */
struct vordec_simulation_report {
  double total_ms;        /* host clock, whole call */
  double device_ms;       /* of the work, by whatever clock the backend has; NAN: what it claims cannot be */
  const char *les_device; /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
  bool device_timestamps; /* device_ms comes from the device's clock */
};

/* Simulations, kept by a backend. */
struct vordec_simulation;

/*
 * On the backend that [simulate] asks for: auto is the decoder's backend, or without one (decoder NULL) the backend
 * that [decode] asks for, if it has simulations, else cpu. On the decoder's own backend the two share the device.
 * decoder may be destroyed before the simulation. The runtime is borrowed. The members hold no field yet. E_INPUT: a
 * parameter out of range. E_REFUSED as vordec_decoder_create(). Any thread: callers with the same runtime take turns,
 * and a decoder that is in a call gives E_BUSY.
 */
VORDEC_API enum vordec_status vordec_simulation_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                                       const struct vordec_simulation_desc *desc,
                                                       struct vordec_simulation **simulation,
                                                       struct vordec_error *error);
/* Metrics of the simulation go first. One thread per simulation, and none in a call on a decoder that shares its
 * device. */
VORDEC_API void vordec_simulation_destroy(struct vordec_simulation *simulation);
/* Fills *info; its strings are valid as long as the simulation. Any thread, but in no call of the other functions. */
VORDEC_API void vordec_simulation_get(const struct vordec_simulation *simulation, struct vordec_simulation_info *info);

/* Gives a member (0 .. members - 1) its vorticity, n x n, copied; `step` is what its steps are counted from, for all
 * members the one that was given last. A field from vordec_simulation_read() goes on with the same bits, here or in
 * another process. E_INPUT: a cell that is not finite, or beyond the precision. One thread per simulation and the
 * decoder that it shares a device with; E_BUSY else. */
VORDEC_API enum vordec_status vordec_simulation_set(struct vordec_simulation *simulation, size_t member,
                                                    const double *omega, uint64_t step, struct vordec_error *error);
/* Copies a member's vorticity (n x n), widened to double. E_USAGE: it holds none. One thread per simulation, as
 * vordec_simulation_set(). */
VORDEC_API enum vordec_status vordec_simulation_read(struct vordec_simulation *simulation, size_t member, double *omega,
                                                     struct vordec_error *error);

/* Takes all members `steps` steps on, from 1 to 2^32 - 1, to the same bits however they are divided among calls; report
 * may be NULL. E_FAILED: a value is no longer finite; the message names step, row and column, and no member holds a
 * field until it is set. E_USAGE: a member that holds none, or another number of steps. E_REFUSED with REASON_EVIDENCE
 * as vordec_decode(). One thread per simulation, as vordec_simulation_set(). */
VORDEC_API enum vordec_status vordec_simulation_advance(struct vordec_simulation *simulation, size_t steps,
                                                        struct vordec_simulation_report *report,
                                                        struct vordec_error *error);

/* ---- decoding ---- */

/* What to decode and where to put it. All memory is the caller's; NULL outputs are not read back. */
struct vordec_decode_io {
  size_t count;                   /* states, any number from 1; split into submissions of info.batch */
  const double *z;                /* count x D; NULL if rollout is set */
  struct vordec_rollout *rollout; /* decode what it holds now: count is rows x states of it, or of its first rows;
                                   * NULL: decode z */
  const double *residual;         /* count x N x N or NULL: the caller's residual field */
  const double *band[2];          /* count x N x N or NULL: ungated mid and high bands */
  const double *band_energy[2];   /* count values n E, where band is set */
  void *omega_lp;                 /* count x N x N, float or double as info.precision says */
  int8_t *mask;                   /* count x N x N */
  void *omega_hat;                /* as omega_lp */
  struct vordec_scalars *scalars; /* count */
};

/* How a vordec_decode() went. */
struct vordec_decode_report {
  double stage_ms[VORDEC_STAGE_COUNT]; /* sums over the submissions; NAN: what the backend claims cannot be */
  double total_ms;                     /* host clock, whole call; of a batch: both calls, which need not be all */
  bool device_timestamps;              /* stage_ms come from the device's clock */
  const char *decode_device;           /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
};

/*
 * Decodes. E_INPUT names the first entry of a state, cell of a residual or energy of a band that is not finite, or so
 * large that the decode's precision could overflow; also where the state is taken from a rollout. E_REFUSED with
 * REASON_EVIDENCE: the backend could not show what did the work (strict policy). After any error the contents of
 * the outputs are unspecified; report (may be NULL) is written on success only. One thread per decoder and the rollouts
 * that share its device: E_BUSY says that another was in a call, or that batches of vordec_decoder_submit() are under
 * way.
 */
VORDEC_API enum vordec_status vordec_decode(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                            struct vordec_decode_report *report, struct vordec_error *error);

/*
 * The same in pieces, for a host that looks after something else in between, such as whether its user wants to stop:
 * begin() checks all that vordec_decode() checks and copies *io, whose memory is the decoder's from then on; each
 * piece() decodes some more states, with the same bits and as fast as one call, and says how many are left. At 0 the
 * call is over and *report (may be NULL) is that of vordec_decode(); after a failure it is over, too. A piece is one
 * batch of info.batch states; on a processor it is about 50 ms of work. E_BUSY: a decode in pieces, or a batch, is
 * under way. One thread per decoder, as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decode_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                                  struct vordec_error *error);
/* E_USAGE: nothing has begun, or it is over. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decode_piece(struct vordec_decoder *decoder, size_t *left,
                                                  struct vordec_decode_report *report, struct vordec_error *error);
/* Ends it early: waits for what is under way; the outputs are unspecified, their memory is the caller's again. Nothing
 * to end is no error. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decode_end(struct vordec_decoder *decoder, struct vordec_error *error);

/*
 * Starts a batch of at most info.batch states and returns while the device works on it, so that computing one, copying
 * another and what the caller does overlap. At most info.depth batches are under way (E_BUSY: wait for one first), on
 * every backend; one that cannot overlap decodes within this call. *io is copied; its memory, inputs and outputs, is
 * the decoder's until the batch was waited for. A rollout is decoded as it is now: it may be advanced, read or hashed
 * at once, but not destroyed; one that holds several states is for vordec_decode() (E_USAGE). After a failure the batch
 * is not under way; others are not touched. E_INPUT and E_USAGE as vordec_decode(). One thread per decoder, as
 * vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_submit(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                                    struct vordec_error *error);
/*
 * Waits for the oldest batch under way and gives what vordec_decode() would have given for it: fields and scalars,
 * report (may be NULL), errors. Its memory is the caller's again, also after a failure, which leaves later batches
 * alone; but after E_DEVICE_LOST or E_TIMEOUT none is under way any more. E_USAGE: there is none to wait for. One
 * thread per decoder, as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_wait(struct vordec_decoder *decoder, struct vordec_decode_report *report,
                                                  struct vordec_error *error);

/* ---- metrics ---- */

/* What a run did, collected for its JSON. */
struct vordec_metrics;

/* What a runner knows of a run. */
struct vordec_run {
  size_t steps;
  double dt;           /* of one step; NAN: unknown */
  double rollout_s;    /* time spent in steps */
  size_t nan_inf_hits; /* states that were not finite, or too large for the decode's precision */
};

/* Collects what a run did. Borrows all that it is given: write the JSON before any of it goes. decoder or rollout may
 * be NULL where the run has none; not both. Any thread. */
VORDEC_API enum vordec_status vordec_metrics_create(const struct vordec_runtime *runtime,
                                                    const struct vordec_layout *layout,
                                                    const struct vordec_decoder *decoder,
                                                    const struct vordec_rollout *rollout,
                                                    struct vordec_metrics **metrics, struct vordec_error *error);
/* The same of a run that only simulates: nothing is decoded or rolled out. Any thread. */
VORDEC_API enum vordec_status vordec_metrics_create_simulation(const struct vordec_runtime *runtime,
                                                               const struct vordec_simulation *simulation,
                                                               struct vordec_metrics **metrics,
                                                               struct vordec_error *error);
/* Any thread, after all other calls on it. */
VORDEC_API void vordec_metrics_destroy(struct vordec_metrics *metrics);

/* Adds one vordec_decode() or batch that was waited for: timings, scalars where io has them, and hashes of the fields
 * (and of z, if io has it) that [metrics] hash names. t0 is the step or batch index of the first state; where the
 * rollout of these metrics holds several states, t0 is the step of all of them, and where it holds several rows, of the
 * first; each row counts as a decode, of an equal share of the time. Keeps numbers and hashes, no fields. One thread
 * per metrics. */
VORDEC_API enum vordec_status vordec_metrics_add(struct vordec_metrics *metrics, size_t t0,
                                                 const struct vordec_decode_io *io,
                                                 const struct vordec_decode_report *report, struct vordec_error *error);

/* Adds the hash of a state (vordec_rollout_hash()) at step t; copied. One thread per metrics. */
VORDEC_API enum vordec_status vordec_metrics_add_state_hash(struct vordec_metrics *metrics, size_t t,
                                                            const char *digest, struct vordec_error *error);

/* Names the simulation whose fields the run decoded, or compared with; borrowed. One thread per metrics. */
VORDEC_API void vordec_metrics_set_simulation(struct vordec_metrics *metrics,
                                              const struct vordec_simulation *simulation);

/* The same of a run that encodes, and neither decodes nor rolls out. Any thread. */
VORDEC_API enum vordec_status vordec_metrics_create_encoder(const struct vordec_runtime *runtime,
                                                            const struct vordec_encoder *encoder,
                                                            struct vordec_metrics **metrics,
                                                            struct vordec_error *error);
/* Names the encoder that made the run's states; borrowed. One thread per metrics. */
VORDEC_API void vordec_metrics_set_encoder(struct vordec_metrics *metrics, const struct vordec_encoder *encoder);

/* Names the comparer of the run's fields; borrowed. One thread per metrics. */
VORDEC_API void vordec_metrics_set_comparer(struct vordec_metrics *metrics, const struct vordec_comparer *comparer);

/* Bytes of fields that a run brought from a device of its own to the host, by what they came for first. */
struct vordec_field_uses {
  uint64_t pictures, files;
  uint64_t hashes;  /* [metrics] hash */
  uint64_t numbers; /* comparisons and the like that the host works out */
  uint64_t journal; /* to go on from */
};
/* Says so. What the run's objects brought beyond that is told as of other uses. Copied. One thread per metrics. */
VORDEC_API void vordec_metrics_set_field_uses(struct vordec_metrics *metrics, const struct vordec_field_uses *uses);

/* Sets what the runner knows; copied. One thread per metrics. */
VORDEC_API void vordec_metrics_set_run(struct vordec_metrics *metrics, const struct vordec_run *run);

/* Says that the operator was learnt from steps 0 to last_step of a truth: every entry of a step then tells whether it
 * lies inside them. One thread per metrics. */
VORDEC_API void vordec_metrics_set_training(struct vordec_metrics *metrics, size_t last_step);

/* How a decoded field compares with the true one at its step, and what other answers would have been worth; NAN where
 * it is not known. Each relative L2 is the norm of the difference over the norm of the true field. */
struct vordec_comparison {
  double relative_l2, correlation;
  double relative_l2_persistence; /* of the last true field that was known, kept as it was */
  double relative_l2_climatology; /* of the mean of the fields that the operator was learnt from */
  double relative_l2_encoding;    /* of the true field itself, encoded and decoded: the loss of the state alone */
};
/* Adds that of step t; copied. E_USAGE: comparison is NULL. One thread per metrics. */
VORDEC_API enum vordec_status vordec_metrics_add_comparison(struct vordec_metrics *metrics, size_t t,
                                                            const struct vordec_comparison *comparison,
                                                            struct vordec_error *error);

/* One JSON object (docs/metrics.schema.json), pretty-printed, ended by a newline; the caller's, who ends it with
 * vordec_free(). One thread per metrics, and none in a call on the decoder or rollout. */
VORDEC_API enum vordec_status vordec_metrics_json(const struct vordec_metrics *metrics, char **json,
                                                  struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif

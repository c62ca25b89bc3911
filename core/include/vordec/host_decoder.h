/* SPDX-License-Identifier: MIT */
/*
 * host_decoder.h - decoders; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_DECODER_H
#define VORDEC_HOST_DECODER_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_runtime;
struct vordec_layout;
struct vordec_simulation;

/* What a decoder must make room for. E_USAGE if outputs or residuals have unknown bits. Under [residual] synthesis =
 * on, decodes that make omega_hat or scalars synthesise the bands, unless the caller gives a residual: if residuals
 * contains VORDEC_RESIDUAL_FIELD, _MID or _HIGH, the section [residual] has no effect. */
struct vordec_decoder_desc {
  size_t batch;       /* states that one vordec_decode() will usually be given; [decode] batch overrides it */
  uint32_t outputs;   /* enum vordec_output bits that will be asked for */
  uint32_t residuals; /* enum vordec_residual_input bits that will be given: the caller's field or synthesised bands */
  size_t depth;       /* how many batches vordec_decoder_submit() is to keep in progress at once; 0: one */
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
  double warmup_ms; /* first dispatches, part of create_ms; NAN: the backend claims an impossible time */
  size_t depth;     /* how many batches can be in progress at once (vordec_decoder_submit()): 1 or 2 */
};

/* A backend with its device opened and a plan made. */
struct vordec_decoder;

/* Why the backend used is not the one asked for (also where that was "auto"); empty if it is. The string belongs to the
 * decoder. Any thread. */
VORDEC_API const char *vordec_decoder_reason(const struct vordec_decoder *decoder);

/*
 * Selects backend, device, precision and FFT under the policy, opens the device and makes the plan. E_REFUSED: the
 * policy forbids the downgrade that would be needed; the message says what was missing and how to allow it. Runtime and
 * layout are borrowed. Any thread: callers with the same runtime take turns.
 */
VORDEC_API enum vordec_status vordec_decoder_create(struct vordec_runtime *runtime, const struct vordec_layout *layout,
                                                    const struct vordec_decoder_desc *desc,
                                                    struct vordec_decoder **decoder, struct vordec_error *error);
/* Does the same on the simulation's device and session, if [decode] would choose that device and there is room on it.
 * Otherwise, or if simulation is NULL, this is vordec_decoder_create(). On a shared device, fields of both can be
 * compared without moving them (comparer.h). Either may be destroyed before the other; the simulation's runtime must
 * outlive the decoder. E_BUSY: a thread is in a call on an object that shares that device. Any thread, likewise. */
VORDEC_API enum vordec_status vordec_decoder_create_beside(struct vordec_runtime *runtime,
                                                           struct vordec_simulation *simulation,
                                                           const struct vordec_layout *layout,
                                                           const struct vordec_decoder_desc *desc,
                                                           struct vordec_decoder **decoder, struct vordec_error *error);
/* Accepts NULL. Destroy the decoder's metrics and free its host memory first. This call waits for batches in progress,
 * so their memory must still exist. One thread per decoder, while no thread is in a call on a rollout that shares its
 * device. */
VORDEC_API void vordec_decoder_destroy(struct vordec_decoder *decoder);
/* Fills *info; its strings belong to the decoder and are valid as long as it. Any thread. */
VORDEC_API void vordec_decoder_get(const struct vordec_decoder *decoder, struct vordec_decoder_info *info);

/*
 * Allocates `bytes` (at least 1) that the decoder's device can write to directly, aligned to 64 and zeroed. Fields that
 * a decode puts there need no copy by the host, which can otherwise take longer than everything else. If a backend has
 * no such memory, this is ordinary memory. It may be used like any other memory. It cannot be paged out, so do not
 * allocate more than you reuse. It belongs to the caller, who frees it with vordec_decoder_free_host(). E_NO_MEMORY:
 * there is not enough. One thread per decoder: E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_decoder_alloc_host(struct vordec_decoder *decoder, size_t bytes, void **memory,
                                                        struct vordec_error *error);
/* Accepts NULL. No batch in progress may use the memory. One thread per decoder. */
VORDEC_API void vordec_decoder_free_host(struct vordec_decoder *decoder, void *memory);

/* How fast something was filled or copied. */
struct vordec_fill_report {
  uint64_t bytes;         /* in one run: as many as asked for, or fewer if there is less room */
  double seconds;         /* that one run took: the median of several runs */
  bool device_timestamps; /* seconds are measured on the device's clock; otherwise on the host's */
};

/*
 * Times how fast the decoder's device fills `bytes` (at least 1) of its own memory. A decode writes its fields there,
 * so it cannot be faster than bytes / seconds, unless the fields fit into a cache. This call allocates and frees the
 * memory itself. E_UNSUPPORTED with REASON_NO_INTERFACE: the backend cannot measure it. E_REFUSED with REASON_EVIDENCE:
 * the backend's answer is impossible. One thread at a time: E_BUSY as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_fill_bandwidth(struct vordec_decoder *decoder, uint64_t bytes,
                                                            struct vordec_fill_report *report,
                                                            struct vordec_error *error);
/* Times in the same way plain copies of `bytes` from the device to memory of vordec_decoder_alloc_host(). Reading
 * fields back cannot be faster. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decoder_link_bandwidth(struct vordec_decoder *decoder, uint64_t bytes,
                                                            struct vordec_fill_report *report,
                                                            struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * host_devices.h - a decoder's devices, where it has several; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_DEVICES_H
#define VORDEC_HOST_DEVICES_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_decoder;

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

#ifdef __cplusplus
}
#endif

#endif

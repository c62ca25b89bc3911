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
  uint64_t states;           /* how many it decoded */
  bool lost;                 /* it failed, and decodes nothing more */
};

/*
 * Under [decode] devices = all, or a list, a decoder has several devices of one kind, each with a session and plans of
 * its own. vordec_decode() and vordec_decode_begin() then distribute the batches of the caller's states among them,
 * with one thread per device; the bits are the same as on one device. States are checked when they are about to be
 * decoded. States of a rollout, batches of vordec_decoder_submit() and vordec_decoder_alloc_host() use the first
 * device. A device that is lost ends the call with E_DEVICE_LOST or E_TIMEOUT; under a permissive policy the other
 * devices do its work, and devices that cannot be opened in the first place are left out (FEWER_DEVICES). info
 * describes the first device.
 */
/* Returns how many devices there are: 1 without that setting. Any thread. */
VORDEC_API size_t vordec_decoder_devices(const struct vordec_decoder *decoder);
/* Returns the decoder of the i-th device alone, for rollouts that are to step there and for decodes of what they hold;
 * for 0 it is the decoder itself. NULL: there is no such device. It lives as long as the decoder, and
 * vordec_decoder_destroy() does nothing unless it is given the decoder itself. One thread per device, while no call
 * distributes states. */
VORDEC_API struct vordec_decoder *vordec_decoder_at(struct vordec_decoder *decoder, size_t i);
/* Fills *share with what the i-th device did; i < vordec_decoder_devices(). Any thread, while no call on the decoder is
 * in progress. */
VORDEC_API void vordec_decoder_get_share(const struct vordec_decoder *decoder, size_t i,
                                         struct vordec_decoder_share *share);

#ifdef __cplusplus
}
#endif

#endif

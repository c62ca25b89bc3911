/* SPDX-License-Identifier: MIT */
/*
 * lie.h - what the relaying plugin says otherwise than the backend behind it: some of many kinds of lies, chosen by a
 * seed, so that the plugin and who judges it make up the same ones.
 */
#ifndef VORDEC_TESTS_LIE_H
#define VORDEC_TESTS_LIE_H

#include <vordec/backend.h>

/* Slots that a lie may make fail. */
enum lie_slot { LIE_NOWHERE, LIE_IN_PROBE, LIE_IN_OPEN, LIE_IN_PLAN, LIE_IN_DECODE, LIE_IN_ADVANCE };

struct lie {
  char kinds[256];     /* the names of its kinds, joined by spaces */
  bool decode_exposed; /* one of them shows in what a decode hands over: its device may not be claimed */
  bool steps_exposed;  /* likewise for a rollout's steps */
  bool idle;           /* nothing is computed at all: a consistent fabrication */

  struct vordec_device device; /* name, driver, api, uuid, type, capabilities */
  struct vordec_evidence evidence;
  unsigned char timestamps; /* the byte behind evidence.device_timestamps */
  double share;             /* of a call's real duration that each stage claims */
  double stage_more[VORDEC_STAGE_COUNT], steps_more;
  bool more_is_all; /* the claim is what is added, without the share */
  double warmup_ms; /* -0.0: the real one */
  char fft[VORDEC_FFT_NAME_MAX], fft_reason[160];
  uint64_t host_bytes, device_bytes;
  struct vordec_scalars scalars; /* 0: the real one */
  bool spoil_scalars;

  enum lie_slot fails;
  enum vordec_status status;
  enum vordec_reason reason;
  char message[VORDEC_MESSAGE_MAX];
  char logged[64]; /* at each decode; empty: nothing */
};

/* Any thread. */
void lie_make_up(uint64_t seed, struct lie *lie);

/* The variable that hands the seed to the plugin, and the one that names the backend behind it. */
#define LIE_SEED "VORDEC_TEST_LIE"
#define LIE_BEHIND "VORDEC_TEST_BEHIND"

#endif

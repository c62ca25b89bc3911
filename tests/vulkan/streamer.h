/* SPDX-License-Identifier: MIT */
/*
 * streamer.h - the steps that tests of streams take, as assertions.
 */
#ifndef VORDEC_TEST_STREAMER_H
#define VORDEC_TEST_STREAMER_H

#include "driver.h"

/* The plugin's "vordec.stream/1"; fails the test if it has none. */
const struct vordec_stream_interface *streamer_interface(const struct harness *harness);

void streamer_submit(const struct harness *harness, struct vordec_plan *plan, const struct vordec_decode_job *job);
/* Waits and checks the evidence: which device, all dispatches, plausible times since `start`. */
void streamer_wait(const struct harness *harness, struct vordec_plan *plan, uint64_t start);

/* Asserts that both hold the same, to the bit. */
void streamer_same(const struct outputs *outputs, const struct outputs *expected);

#endif

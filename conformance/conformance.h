/* SPDX-License-Identifier: MIT */
/*
 * conformance.h - the conformance suite: runs a backend plugin in child processes and says what it does and what it
 * lacks.
 *
 * A check runs in a child with a time limit; one that crashes or hangs fails as that check, and a fresh child goes on
 * behind it. The host process never loads the plugin.
 */
#ifndef VORDEC_CONFORMANCE_H
#define VORDEC_CONFORMANCE_H

#include "finding.h"

struct conformance_summary {
  size_t passed, fell_short, skipped;
  bool conclusive; /* the plugin got as far as decoding: if not, and nothing fell short, nothing was shown either */
  struct vordec_device device; /* the device under test; struct_size 0: none */
};

/* Called with each finding as it is made. */
typedef void (*conformance_finding_fn)(void *ctx, const struct conformance_finding *finding);

/* Runs the checks. E_USAGE: `only` names no group. E_IO: the file cannot be read; E_FAILED: no child could be started.
 * Whatever is wrong with the plugin itself is a finding. One run at a time in a process. */
enum vordec_status conformance_run(const struct conformance_options *options, conformance_finding_fn sink, void *ctx,
                                   struct conformance_summary *summary, struct vordec_error *error);

/* Name of group i, in the order in which they are checked; NULL behind the last. */
const char *conformance_group(size_t i);

const char *conformance_outcome_name(enum conformance_outcome outcome);

#endif

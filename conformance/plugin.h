/* SPDX-License-Identifier: MIT */
/*
 * plugin.h - the plugin under test, driven through its table as libvordec would. What fails is recorded as a shortfall
 * of the running check.
 */
#ifndef VORDEC_CONFORMANCE_PLUGIN_H
#define VORDEC_CONFORMANCE_PLUGIN_H

#include "suite.h"

/* Loads the plugin into this process, once. Fills suite->backend. */
bool plugin_load(struct suite *suite);

/* The entry point; NULL if the plugin is not loaded. */
vordec_backend_entry_fn plugin_entry(const struct suite *suite);

/* Opens the device under test; NULL: it fell short. `threads` as in vordec_session_desc. */
struct vordec_session *plugin_open(struct suite *suite, uint32_t threads);
/* The session that this child's checks share, opened when it is first asked for; NULL: it fell short. */
struct vordec_session *plugin_session(struct suite *suite);

/* Makes a plan on a session. OK: *plan is there and info holds together. E_UNSUPPORTED with REASON_FFT_SIZE is no
 * shortfall; any other failure is. */
enum vordec_status plugin_plan(struct suite *suite, struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_plan **plan, struct vordec_plan_info *info);

/* A failure must have filled its error: same status, a reason where one is due, a message of one line. `slot` names it
 * in the shortfall. */
void plugin_judge_error(struct suite *suite, const char *slot, enum vordec_status status,
                        const struct vordec_error *error);

/* The same of a failure for want of memory that the host refused: that is the host's memory, and no-memory. `what` ends
 * the sentence "SLOT() .. says". */
void plugin_judge_shortage(struct suite *suite, const char *slot, const char *what, enum vordec_status status,
                           const struct vordec_error *error);

/* The rollout interface, NULL if there is none or it lacks a slot. */
const struct vordec_rollout_interface *plugin_rollout(const struct suite *suite);
/* Likewise that of several states. */
const struct vordec_rollout_interface *plugin_rollout_batch(const struct suite *suite);
/* The interface of rollouts that keep rows, likewise; it goes with one of the two. */
const struct vordec_trail_interface *plugin_trail(const struct suite *suite);
/* The simulation interface, likewise. */
const struct vordec_simulation_interface *plugin_simulate(const struct suite *suite);
/* The interface of encoders, likewise. */
const struct vordec_encode_interface *plugin_encode(const struct suite *suite);
/* The interface of gradients, likewise. */
const struct vordec_adjoint_interface *plugin_adjoint(const struct suite *suite);
/* That of gradients that others see, likewise. */
const struct vordec_adjoint_shared_interface *plugin_adjoint_shared(const struct suite *suite);
/* The interface of comparers, likewise. */
const struct vordec_compare_interface *plugin_compare(const struct suite *suite);
/* The bandwidth interface, likewise. */
const struct vordec_bandwidth_interface *plugin_bandwidth(const struct suite *suite);
/* The stream interface, likewise; it may lack host memory, and times for the link. */
const struct vordec_stream_interface *plugin_stream(const struct suite *suite);
/* The residual interface, likewise; it may make no bands for others. */
const struct vordec_residual_interface *plugin_residual(const struct suite *suite);
/* The export interface, likewise. */
const struct vordec_export_interface *plugin_export(const struct suite *suite);
/* The interface of shelves, likewise. */
const struct vordec_shelf_interface *plugin_shelf(const struct suite *suite);
/* The fork interface, likewise. */
const struct vordec_fork_interface *plugin_fork(const struct suite *suite);

/* A precision that the device has, and an FFT name to ask for. */
struct way {
  enum vordec_precision precision;
  const char *fft;
};
#define WAYS_MAX 32
/* Every precision of the device with "auto" and every FFT that the plugin offers (in a quick run the second precision
 * with "auto" alone); returns their number. */
size_t plugin_ways(const struct suite *suite, struct way ways[WAYS_MAX]);
/* The same, but in a quick run "auto" alone. */
size_t plugin_ways_or_auto(const struct suite *suite, struct way ways[WAYS_MAX]);
const char *precision_name(enum vordec_precision precision);
/* The device's first precision. */
enum vordec_precision plugin_precision(const struct suite *suite);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * cpu_share.h - plans whose fields stay in memory of their own: "vordec.export/1", by addresses.
 */
#ifndef VORDEC_CPU_SHARE_H
#define VORDEC_CPU_SHARE_H

#include "plugins/cpu/cpu_plan.h"

/* Makes a job of such a plan use the plan's own memory, and checks states that others wrote there: E_INPUT names the
 * first entry that no state may hold. Every state that has such an entry is decoded as zeros: see cpu_share_spoil(). */
enum vordec_status cpu_share_aim(struct vordec_plan *plan, struct vordec_decode_job *job, struct vordec_error *error);
/* Called after such a decode: fields of wrong states become NAN. */
void cpu_share_spoil(const struct vordec_plan *plan, const struct vordec_decode_job *job);

extern const struct vordec_export_interface cpu_export_interface;

#endif

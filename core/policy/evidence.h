/* SPDX-License-Identifier: MIT */
/* What may be claimed about a piece of work, judged by what the backend shows for it. All functions are pure: they
 * depend on their arguments alone, and any thread may call them. */
#ifndef VORDEC_CORE_POLICY_EVIDENCE_H
#define VORDEC_CORE_POLICY_EVIDENCE_H

#include <vordec/backend.h>

struct evidence_verdict {
  const char *decode_device;    /* "cpu", "gpu" or "unknown" */
  bool proven;                  /* everything that can be checked agrees */
  bool timing_unavailable;      /* only one proof is missing: this is a GPU without device timestamps */
  bool timed;                   /* the times are possible ones, by the clock that was promised */
  char why[VORDEC_MESSAGE_MAX]; /* what is missing, if it is not proven */
};

/* Each fills *verdict for one kind of work. `probed` is the device that was opened, *result what the backend reports,
 * and host_ms how many milliseconds the call took by the core's clock. */
void evidence_judge_rollout(const struct vordec_device *probed, const struct vordec_rollout_result *result,
                            double host_ms, struct evidence_verdict *verdict);
void evidence_judge_simulation(const struct vordec_device *probed, const struct vordec_simulation_result *result,
                               double host_ms, struct evidence_verdict *verdict);
void evidence_judge_encode(const struct vordec_device *probed, const struct vordec_encode_result *result,
                           double host_ms, struct evidence_verdict *verdict);
void evidence_judge_adjoint(const struct vordec_device *probed, const struct vordec_adjoint_result *result,
                            double host_ms, struct evidence_verdict *verdict);
void evidence_judge_compare(const struct vordec_device *probed, const struct vordec_compare_result *result,
                            double host_ms, struct evidence_verdict *verdict);
void evidence_judge(const struct vordec_device *probed, const struct vordec_decode_result *result, double host_ms,
                    struct evidence_verdict *verdict);

#endif

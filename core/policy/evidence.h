/* SPDX-License-Identifier: MIT */
/* What may be claimed about a decode, from what the backend shows for it. Pure. */
#ifndef VORDEC_CORE_POLICY_EVIDENCE_H
#define VORDEC_CORE_POLICY_EVIDENCE_H

#include <vordec/backend.h>

struct evidence_verdict {
  const char *decode_device;    /* "cpu", "gpu" or "unknown" */
  bool proven;                  /* everything that can be checked agrees */
  bool timing_unavailable;      /* a GPU without device timestamps: that one proof is missing */
  bool timed;                   /* the times are ones that can be, by the clock that was promised */
  char why[VORDEC_MESSAGE_MAX]; /* what is missing where not proven */
};

/* `probed` is the device that was opened; host_ms is the call's duration on the core's clock. */
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

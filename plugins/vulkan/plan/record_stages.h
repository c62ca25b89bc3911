/* SPDX-License-Identifier: MIT */
/*
 * record_stages.h - what each stage records into a segment, in the order of a decode.
 */
#ifndef VORDEC_VULKAN_RECORD_STAGES_H
#define VORDEC_VULKAN_RECORD_STAGES_H

#include "record.h"

/* Fills PLAN_COEF from the host's upload, or from a rollout's states in PLAN_ROLLED; the latter also looks for entries
 * that are not finite and, where scalars are made, sums the energies. */
void record_upload(struct recorder *recorder);
void record_unpack_state(struct recorder *recorder);

/* The plan's transform: the low modes of PLAN_COEF -> PLAN_OMEGA_LP. */
void record_scatter_lowk(struct recorder *recorder);
void record_ifft_lp(struct recorder *recorder);

/* PLAN_OMEGA_LP, or what the transform has made of the modes, -> plan->mask_buffer, and the partial results that
 * scalars need. */
void record_mask(struct recorder *recorder);
/* Its first half, where the mask is made of PLAN_OMEGA_LP: R in PLAN_FIELD_B, and max |R|. */
void record_residual_of_field(struct recorder *recorder);

/* Uploads the residual inputs of the set and makes omega_hat in PLAN_FIELD_B. */
void record_combine(struct recorder *recorder, uint32_t residual_set);

/* Copies one output to the host's memory. */
void record_readback(struct recorder *recorder, enum vordec_output output);
/* The fields of the pending job that belong in memory lent to the host: there. Without a job, nothing. */
void record_readback_lent(struct recorder *recorder);

#endif

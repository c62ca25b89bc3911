/*
 * record_stages.h - what each stage records into a segment, in the order of a decode.
 */
#ifndef VORDEC_VULKAN_RECORD_STAGES_H
#define VORDEC_VULKAN_RECORD_STAGES_H

#include "record.h"

/* Fills PLAN_COEF from the host's upload, or from a rollout's state in the plan's mailbox; the latter also looks for
 * entries that are not finite and, where scalars are made, sums the energies. */
void record_upload(struct recorder *recorder);
void record_unpack_state(struct recorder *recorder);

/* Writes the low modes of PLAN_COEF into the spectrum that the plan's transform reads. */
void record_scatter_lowk(struct recorder *recorder);

/* Spectrum -> PLAN_OMEGA_LP, by VkFFT or directly. */
void record_ifft_lp(struct recorder *recorder);

/* The direct transform's two halves: writes a mode table's compact spectrum, then sums it into a field. `modes` and
 * `columns` are the table's buffers; offset: place of its first real part in a state's coefficients. */
void record_scatter_modes(struct recorder *recorder, const struct mode_table *table, enum plan_buffer modes,
                          uint32_t re_offset, uint32_t im_offset);
void record_direct(struct recorder *recorder, const struct mode_table *table, enum plan_buffer modes,
                   enum plan_buffer columns, enum plan_buffer field);

/* PLAN_OMEGA_LP -> mask, and the partial results that scalars need. The mask ends in the buffer that
 * mask_buffer() names. */
void record_mask(struct recorder *recorder);
enum plan_buffer mask_buffer(const struct vordec_plan *plan);

/* The threshold in the plan's precision, as push constants carry it. */
struct tau_bits {
  uint32_t lo, hi;
};
struct tau_bits tau_bits_of(const struct vordec_plan *plan);

/* Uploads the residual inputs of the set and makes omega_hat in PLAN_FIELD_B. */
void record_combine(struct recorder *recorder, uint32_t residual_set);

/* Copies one output to the host's memory. */
void record_readback(struct recorder *recorder, enum plan_segment segment);

/* Records one reduction into a slot of PLAN_PARTIALS. `gated`: over the mask's support only (mean_square). */
void record_reduce(struct recorder *recorder, enum kernel kernel, enum plan_buffer field, enum partial_slot slot,
                   bool gated);
/* Where a slot begins in PLAN_PARTIALS, in values. */
uint32_t partial_offset(const struct vordec_plan *plan, enum partial_slot slot);

#endif

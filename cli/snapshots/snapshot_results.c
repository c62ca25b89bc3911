/* SPDX-License-Identifier: MIT */
#include "snapshot_results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the results");
}

static enum vordec_status make_loss(const struct snapshot_states *states, struct loss **loss,
                                    struct vordec_error *error) {
  const struct loss_desc desc = {.n = states->n,
                                 .mask_low = states->shape.mask_low,
                                 .anchor_idx = states->shape.anchor_idx,
                                 .anchors = states->shape.anchor_count,
                                 .ignore_anchors = states->request->ignore_anchors};
  return loss_create(&desc, loss, error);
}

enum vordec_status snapshot_results_create(struct snapshot_states *states, struct snapshot_results *results,
                                           struct vordec_error *error) {
  const size_t room = states->steps / states->request->simulation.stride + 1;
  *results = (struct snapshot_results){.training = states->training,
                                       .climatology = snapshot_truth_climatology(&states->truth)};
  results->rows = calloc(room, sizeof *results->rows);
  results->parity = calloc(room, sizeof *results->parity);
  if (!results->rows || !results->parity) return fail_memory(error);
  enum vordec_status status = spectrum_create(states->n, &results->spectrum, error);
  if (!status) spectrum_set_box(results->spectrum, states->box);
  if (!status && states->truth.fields) status = make_loss(states, &results->loss, error);
  if (!status && states->request->member.of > 0) {
    results->shells = calloc(room, 2 * spectrum_shells(results->spectrum) * sizeof *results->shells);
    if (!results->shells) status = fail_memory(error);
  }
  for (int i = 0; i < 2 && !status; i++) {
    results->shell[i] = calloc(spectrum_shells(results->spectrum), sizeof **results->shell);
    if (!results->shell[i]) status = fail_memory(error);
  }
  return status;
}

void snapshot_results_release(struct snapshot_results *results) {
  spectrum_destroy(results->spectrum);
  loss_destroy(results->loss);
  free(results->shell[0]);
  free(results->shell[1]);
  free(results->shells);
  free(results->rows);
  free(results->parity);
  *results = (struct snapshot_results){0};
}

struct comparison *snapshot_results_begin(struct snapshot_results *results, size_t step,
                                          const struct vordec_scalars *scalars, const struct parity_row *parity) {
  struct comparison *row = &results->rows[results->count];
  *row = (struct comparison){.step = step,
                             .relative_l2 = NAN,
                             .correlation = NAN,
                             .relative_l2_lp = NAN,
                             .persistence = NAN,
                             .climatology = NAN,
                             .encoding = NAN,
                             .support_frac = NAN,
                             .truth = {NAN, NAN},
                             .decoded = {NAN, NAN}};
  results->parity[results->count] = *parity;
  if (!scalars) return row;
  row->support_frac = scalars->support_frac;
  row->decoded = (struct spectrum_totals){scalars->energy_hat, scalars->enstrophy_hat};
  return row;
}

static void compare_here(struct snapshot_results *results, const struct snapshot_states *states, const double *omega_lp,
                         const double *omega_hat) {
  struct comparison *row = &results->rows[results->count];
  const double *truth = snapshot_truth_at(&states->truth, row->step);
  const struct compared_fields compared = {.cells = states->n * states->n,
                                           .truth = truth,
                                           .omega_lp = omega_lp,
                                           .omega_hat = omega_hat,
                                           .persistence = snapshot_truth_persistence(&states->truth, row->step),
                                           .climatology = results->climatology};
  comparison_make(results->spectrum, &compared, results->shell, row);
}

enum vordec_status snapshot_results_compare(struct snapshot_results *results, const struct snapshot_states *states,
                                            const struct snapshot_decodes *decodes, struct vordec_error *error) {
  struct comparison *row = &results->rows[results->count];
  const double *truth = snapshot_truth_at(&states->truth, row->step);
  enum vordec_status status = VORDEC_OK;
  if (decodes->in_place) {
    const struct decoded_snapshot decoded = {decodes->decoder, decodes->omega_lp, states->truth.summed};
    status = snapshot_comparer_compare(&states->device, &decoded, results->shell, row, error);
  } else {
    compare_here(results, states, decodes->omega_lp, decodes->omega_hat);
  }
  if (truth && !status)
    row->encoding = loss_of_state(results->loss, truth, states->z + row->step * states->info.d).relative_l2;
  return status;
}

void snapshot_results_end(struct snapshot_results *results) {
  const size_t shells = spectrum_shells(results->spectrum);
  for (size_t i = 0; i < 2 && results->shells; i++) {
    memcpy(results->shells + (2 * results->count + i) * shells, results->shell[i], shells * sizeof *results->shells);
  }
  results->count++;
}

size_t snapshot_results_beyond(const struct snapshot_results *results) {
  size_t beyond = 0;
  for (size_t i = 0; i < results->count; i++) beyond += !results->parity[i].within;
  return beyond;
}

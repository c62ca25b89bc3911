/* SPDX-License-Identifier: MIT */
#include "ensemble_trial.h"

#include <string.h>

enum vordec_status ensemble_trial_open(const struct snapshot_request *all, size_t number,
                                       const struct ensemble_kept *kept, struct ensemble_trial *trial,
                                       struct vordec_error *error) {
  *trial = (struct ensemble_trial){.member = {.asked = NULL}};
  enum vordec_status status = ensemble_member_make(all, number, kept, &trial->member, error);
  trial->member.request.simulation.quiet = number > 0; /* one speaks for all */
  if (!status) status = snapshot_states_begin(&trial->member.request, &trial->states, error);
  if (!status) status = snapshot_decodes_open(&trial->member.request, &trial->states, &trial->decodes, error);
  /* A file of states is read whole, whoever reads it: its message says which state is wrong. */
  return all->kernel_only ? status : ensemble_member_blame(all, number, status, error);
}

struct rank_choice ensemble_trial_choice(const struct ensemble_trial *trial) {
  if (trial->decodes.decoder) return rank_choice_of(&trial->decodes.info);
  if (trial->states.encoder) return rank_choice_of_encoder(&trial->states.encoded);
  return (struct rank_choice){.precision = VORDEC_FP64};
}

struct ensemble_layout ensemble_trial_layout(const struct ensemble_trial *trial) {
  const struct snapshot_states *states = &trial->states;
  struct ensemble_layout layout = {.n = states->n,
                                   .d = states->info.d,
                                   .steps = states->steps,
                                   .kept = states->info.anchors,
                                   .training = states->training,
                                   .dt = states->dt,
                                   .box = states->box,
                                   .k_cut = states->shape.k_cut,
                                   .mid_cut = states->shape.resid_mid_cut,
                                   .learns = states->frames != NULL,
                                   .truth = states->truth.fields != NULL};
  if (states->frames) snapshot_states_maker(states, layout.maker);
  return layout;
}

/* Whether fields of the simulation can be compared with the decoder's where they are, which takes one session. */
static bool share_a_device(const struct ensemble_trial *trial) {
  return trial->decodes.decoder && trial->decodes.in_place && trial->decodes.info.device.type != VORDEC_DEVICE_HOST;
}

struct vordec_decoder *ensemble_trial_keep(struct ensemble_trial *trial) {
  struct snapshot_states *states = &trial->states;
  if (!share_a_device(trial)) {
    ensemble_trial_release(trial);
    return NULL;
  }
  snapshot_comparer_release(&states->device);
  vordec_encoder_destroy(states->encoder);
  states->encoder = NULL;
  frame_source_close(states->frames);
  states->frames = NULL;
  return trial->decodes.decoder;
}

uint64_t ensemble_trial_kept_bytes(const struct ensemble_trial *trial) {
  return trial->decodes.decoder ? trial->decodes.info.device_bytes : 0;
}

void ensemble_trial_release(struct ensemble_trial *trial) {
  snapshot_decodes_release(&trial->decodes);
  snapshot_states_release(&trial->states);
  ensemble_member_release(&trial->member);
  *trial = (struct ensemble_trial){.member = {.asked = NULL}};
}

/* SPDX-License-Identifier: MIT */
#include "ensemble_choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/rank_choice.h"
#include "cli/rank_device.h"

/* A member's run as far as it has to be opened to know what it works with. */
struct trial {
  struct ensemble_member member;
  struct snapshot_states states;
  struct snapshot_decodes decodes;
};

static void trial_release(struct trial *trial) {
  snapshot_decodes_release(&trial->decodes);
  snapshot_states_release(&trial->states);
  ensemble_member_release(&trial->member);
}

static enum vordec_status trial_open(const struct ensemble *run, struct trial *trial, struct vordec_error *error) {
  *trial = (struct trial){.member = {.asked = NULL}};
  enum vordec_status status = ensemble_member_make(&run->request, run->block.first, &run->kept, &trial->member, error);
  trial->member.request.simulation.quiet = run->block.first > 0; /* one speaks for all */
  if (!status) status = snapshot_states_begin(&trial->member.request, &trial->states, error);
  if (!status) status = snapshot_decodes_open(&trial->member.request, &trial->states, &trial->decodes, error);
  return ensemble_member_blame(&run->request, run->block.first, status, error);
}

static struct rank_choice choice_of(const struct trial *trial) {
  if (trial->decodes.decoder) return rank_choice_of(&trial->decodes.info);
  if (trial->states.encoder) return rank_choice_of_encoder(&trial->states.encoded);
  return (struct rank_choice){.precision = VORDEC_FP64};
}

static struct ensemble_layout layout_of(const struct trial *trial) {
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

static enum vordec_status keep_modes(struct ensemble *run, const struct trial *trial, struct vordec_error *error) {
  run->kept.count = trial->states.info.anchors;
  run->kept.modes = calloc(run->kept.count + 1, sizeof *run->kept.modes);
  if (!run->kept.modes) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the kept modes");
  }
  if (run->kept.count) {
    memcpy(run->kept.modes, trial->states.shape.anchor_idx, run->kept.count * sizeof *run->kept.modes);
  }
  return VORDEC_OK;
}

/* On the first rank: what is chosen, then, if that is a GPU, on the one that is its own. */
static enum vordec_status choose(struct ensemble *run, struct rank_choice *choice, struct vordec_error *error) {
  struct trial trial;
  bool changed = false;
  enum vordec_status status = trial_open(run, &trial, error);
  *choice = choice_of(&trial);
  const struct rank_device_use use = {"decode", choice->backend, choice->gpu, choice->uuid};
  if (!status) status = rank_device_choose(run->ranks, run->request.config, &use, &changed, error);
  if (!status && changed) {
    trial_release(&trial);
    status = trial_open(run, &trial, error);
    *choice = choice_of(&trial);
  }
  if (!status) {
    run->layout = layout_of(&trial);
    status = keep_modes(run, &trial, error);
  }
  trial_release(&trial);
  return status;
}

static enum vordec_status check_maker(const struct ensemble *run, const char *own, struct vordec_error *error) {
  if (strcmp(run->layout.maker, own) == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE,
                     "frames would be %.240s, but those of rank 0 are %.240s; all members of an ensemble have to come "
                     "from one kind of device",
                     own, run->layout.maker);
}

/* On another rank: the same, on its own GPU. */
static enum vordec_status follow(struct ensemble *run, const struct rank_choice *first, struct rank_choice *own,
                                 struct vordec_error *error) {
  struct trial trial = {.member = {.asked = NULL}};
  const struct rank_device_use use = {"decode", first->backend, first->gpu, NULL};
  bool changed;
  enum vordec_status status = rank_device_choose(run->ranks, run->request.config, &use, &changed, error);
  if (!status) status = trial_open(run, &trial, error);
  if (!status) {
    const struct ensemble_layout layout = layout_of(&trial);
    *own = choice_of(&trial);
    status = rank_choice_check(first, own, error);
    if (!status) status = check_maker(run, layout.maker, error);
  }
  trial_release(&trial);
  return status;
}

/* What `auto` measured once holds for all members. */
static enum vordec_status settle_fft(const struct ensemble *run, const struct rank_choice *choice,
                                     struct vordec_error *error) {
  const bool measured = *choice->fft && strcmp(choice->backend, "cpu") != 0;
  return measured ? rank_choice_follow(choice, run->request.config, error) : VORDEC_OK;
}

/* Everywhere what the first rank has found. */
static enum vordec_status share(struct ensemble *run, struct rank_choice *choice, struct vordec_error *error) {
  ranks_broadcast(run->ranks, choice, sizeof *choice);
  ranks_broadcast(run->ranks, &run->layout, sizeof run->layout);
  run->kept.count = run->layout.kept;
  run->kept.known = true;
  if (!run->kept.modes) run->kept.modes = calloc(run->kept.count + 1, sizeof *run->kept.modes);
  enum vordec_status status = VORDEC_OK;
  if (!run->kept.modes) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the kept modes");
  }
  status = ranks_settle(run->ranks, status, error);
  if (!status) ranks_broadcast(run->ranks, run->kept.modes, run->kept.count * sizeof *run->kept.modes);
  return status;
}

enum vordec_status ensemble_choice_make(struct ensemble *run, struct vordec_error *error) {
  struct rank_choice choice = {.precision = VORDEC_FP64}, own = {.gpu = false};
  const bool first = ranks_rank(run->ranks) == 0;
  enum vordec_status status = first ? choose(run, &choice, error) : VORDEC_OK;
  status = ranks_settle(run->ranks, status, error);
  if (!status) status = share(run, &choice, error);
  if (status) return status;
  if (first) own = choice;
  status = settle_fft(run, &choice, error);
  if (!status && !first && run->block.count) status = follow(run, &choice, &own, error);
  status = ranks_settle(run->ranks, status, error);
  if (status || ranks_size(run->ranks) == 1) return status;
  return rank_choice_alone(run->ranks, run->request.config, &own, error);
}

/* SPDX-License-Identifier: MIT */
#include "ensemble_choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/rank_choice.h"
#include "cli/rank_device.h"

static enum vordec_status keep_modes(struct ensemble *run, const struct ensemble_trial *trial,
                                     struct vordec_error *error) {
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

static enum vordec_status open_trial(struct ensemble *run, struct vordec_error *error) {
  return ensemble_trial_open(&run->request, run->block.first, &run->kept, &run->trial, error);
}

/* The device stays open for the members. */
static void keep_device(struct ensemble *run) {
  run->request.simulation.beside = ensemble_trial_keep(&run->trial);
  run->metrics.kept_bytes = ensemble_trial_kept_bytes(&run->trial);
}

/* On the first rank: what is chosen, then, if that is a GPU, on the one that is its own. */
static enum vordec_status choose(struct ensemble *run, struct rank_choice *choice, struct vordec_error *error) {
  bool changed = false;
  enum vordec_status status = open_trial(run, error);
  *choice = ensemble_trial_choice(&run->trial);
  const struct rank_device_use use = {"decode", choice->backend, choice->gpu, choice->uuid};
  if (!status) status = rank_device_choose(run->ranks, run->request.config, &use, &changed, error);
  if (!status && changed) {
    ensemble_trial_release(&run->trial);
    status = open_trial(run, error);
    *choice = ensemble_trial_choice(&run->trial);
  }
  if (status) return status;
  run->layout = ensemble_trial_layout(&run->trial);
  status = keep_modes(run, &run->trial, error);
  if (!status) keep_device(run);
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
  const struct rank_device_use use = {"decode", first->backend, first->gpu, NULL};
  bool changed;
  enum vordec_status status = rank_device_choose(run->ranks, run->request.config, &use, &changed, error);
  if (!status) status = open_trial(run, error);
  if (status) return status;
  const struct ensemble_layout layout = ensemble_trial_layout(&run->trial);
  *own = ensemble_trial_choice(&run->trial);
  status = rank_choice_check(first, own, error);
  if (!status) status = check_maker(run, layout.maker, error);
  if (!status) keep_device(run);
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

/* SPDX-License-Identifier: MIT */
#include "snapshot_animation.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "plot/figure.h"
#include "report/animation.h"

/* The scale of all frames; 0 without truth: the first frame's. */
static double largest_truth(const struct snapshot_states *states) {
  const struct snapshot_truth *truth = &states->truth;
  const size_t stride = states->request->simulation.stride;
  double limit = 0.0;
  for (size_t step = 0; truth->fields && step <= states->steps; step += stride) {
    limit = fmax(limit, figure_absmax(snapshot_truth_at(truth, step), VORDEC_FP64, states->n));
  }
  return limit;
}

enum vordec_status snapshot_animation_start(const struct snapshot_states *states, struct snapshot_animation *animation,
                                            struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  if (!request->animated) return VORDEC_OK;
  animation->path = snapshot_path(request, SNAPSHOT_ANIMATION);
  if (!animation->path) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the animation");
  }
  const struct animation_subject subject = {.path = animation->path,
                                            .n = states->n,
                                            .box = states->box,
                                            .limit = largest_truth(states),
                                            .snapshots = states->steps / request->simulation.stride + 1};
  return animation_create(&subject, &animation->frames, error);
}

enum vordec_status snapshot_animation_add(struct snapshot_animation *animation, const struct snapshot_states *states,
                                          size_t step, const double *omega_hat, struct vordec_error *error) {
  char title[ANIMATION_TITLE_MAX];
  if (!animation->frames) return VORDEC_OK;
  animation_title((double)step, states->dt, training_span_number(&states->training, step), title);
  const struct animation_fields fields = {title, snapshot_truth_at(&states->truth, step), omega_hat};
  return animation_add(animation->frames, &fields, error);
}

enum vordec_status snapshot_animation_finish(struct snapshot_animation *animation, size_t snapshots,
                                             struct vordec_error *error) {
  struct animation_bytes bytes = {.bytes = NULL};
  if (!animation->frames || !snapshots) return VORDEC_OK;
  enum vordec_status status = animation_finish(animation->frames, &bytes, error);
  if (!status) status = animation_save(&bytes, animation->path, error);
  free(bytes.bytes);
  return status;
}

void snapshot_animation_release(struct snapshot_animation *animation) {
  animation_destroy(animation->frames);
  free(animation->path);
  *animation = (struct snapshot_animation){0};
}

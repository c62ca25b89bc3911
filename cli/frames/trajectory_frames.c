/* SPDX-License-Identifier: MIT */
#include "trajectory_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "trajectories/trajectory_vorticity.h"

struct trajectory_frames {
  struct frame_source source;
  struct trajectory_vorticity vorticity;
};

static enum vordec_status take_frames(struct frame_source *source, size_t count, double *omega,
                                      struct vordec_error *error) {
  struct trajectory_frames *frames = (struct trajectory_frames *)source;
  return omega ? trajectory_vorticity_frame(&frames->vorticity, source->at + count - 1, omega, error) : VORDEC_OK;
}

static enum vordec_status reset(struct frame_source *source, size_t frame, const double *before,
                                struct vordec_error *error) {
  (void)source, (void)frame, (void)before, (void)error;
  return VORDEC_OK;
}

static void close_frames(struct frame_source *source) {
  struct trajectory_frames *frames = (struct trajectory_frames *)source;
  trajectory_vorticity_release(&frames->vorticity);
  free(frames);
}

static void warn(void *ctx, const char *remark) {
  (void)ctx;
  fprintf(stderr, "vordec: warning: %s\n", remark);
}

enum vordec_status trajectory_frames_open(const struct trajectory_request *request, struct frame_source **source,
                                          struct vordec_error *error) {
  static const struct frame_source_methods methods = {take_frames, reset, close_frames};
  const struct trajectory_listener listener = {warn, NULL};
  *source = NULL;
  struct trajectory_frames *made = calloc(1, sizeof *made);
  if (!made)
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", request->path);
  const enum vordec_status status = trajectory_vorticity_open(request, &listener, &made->vorticity, error);
  if (status) {
    close_frames(&made->source);
    return status;
  }
  const struct trajectory *trajectory = &made->vorticity.trajectory;
  made->source = (struct frame_source){.methods = &methods,
                                       .n = trajectory->n,
                                       .frames = trajectory->frames,
                                       .dt = trajectory->dt,
                                       .box = trajectory->grid.box,
                                       .seed = trajectory->seed,
                                       .stored = true};
  *source = &made->source;
  return VORDEC_OK;
}

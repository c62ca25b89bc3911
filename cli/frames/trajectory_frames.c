#include "trajectory_frames.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "formats/trajectory.h"

struct trajectory_frames {
  struct frame_source source;
  struct trajectory trajectory;
};

static enum vordec_status next_frame(struct frame_source *source, double *omega, struct vordec_error *error) {
  if (!omega) return VORDEC_OK;
  return trajectory_frame(&((struct trajectory_frames *)source)->trajectory, source->at, omega, error);
}

static enum vordec_status reset(struct frame_source *source, size_t frame, const double *before,
                                struct vordec_error *error) {
  (void)source, (void)frame, (void)before, (void)error;
  return VORDEC_OK;
}

static void close_frames(struct frame_source *source) {
  struct trajectory_frames *frames = (struct trajectory_frames *)source;
  trajectory_release(&frames->trajectory);
  free(frames);
}

enum vordec_status trajectory_frames_open(const char *path, struct frame_source **source, struct vordec_error *error) {
  static const struct frame_source_methods methods = {next_frame, reset, close_frames};
  *source = NULL;
  struct trajectory_frames *made = calloc(1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  const enum vordec_status status = trajectory_read(path, &made->trajectory, error);
  if (status) {
    free(made);
    return status;
  }
  made->source = (struct frame_source){.methods = &methods,
                                       .n = made->trajectory.n,
                                       .frames = made->trajectory.frames,
                                       .dt = made->trajectory.dt,
                                       .seed = made->trajectory.seed,
                                       .stored = true};
  *source = &made->source;
  return VORDEC_OK;
}

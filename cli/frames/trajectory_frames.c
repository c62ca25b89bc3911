/* SPDX-License-Identifier: MIT */
#include "trajectory_frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "formats/trajectory.h"
#include "science/curl.h"

struct trajectory_frames {
  struct frame_source source;
  struct trajectory trajectory;
  struct curl *curl; /* NULL: the file holds vorticities */
  double *velocity;
};

static enum vordec_status take_frames(struct frame_source *source, size_t count, double *omega,
                                      struct vordec_error *error) {
  struct trajectory_frames *frames = (struct trajectory_frames *)source;
  if (!omega) return VORDEC_OK;
  double *values = frames->curl ? frames->velocity : omega;
  const enum vordec_status status = trajectory_frame(&frames->trajectory, source->at + count - 1, values, error);
  if (!status && frames->curl) curl_apply(frames->curl, values, omega);
  return status;
}

static enum vordec_status reset(struct frame_source *source, size_t frame, const double *before,
                                struct vordec_error *error) {
  (void)source, (void)frame, (void)before, (void)error;
  return VORDEC_OK;
}

static void close_frames(struct frame_source *source) {
  struct trajectory_frames *frames = (struct trajectory_frames *)source;
  trajectory_release(&frames->trajectory);
  curl_destroy(frames->curl);
  free(frames->velocity);
  free(frames);
}

/* What is taken for granted, and may be wrong. */
static void warn_of_velocity(const struct trajectory *trajectory) {
  const struct trajectory_layout *layout = &trajectory->layout;
  if (layout->turned) {
    fprintf(stderr, "vordec: warning: %s: %s is taken for the velocity along x, since --key names it first\n",
            trajectory->path, layout->key[0]);
  }
  if (layout->v_first) {
    fprintf(stderr,
            "vordec: warning: %s: of %s the first component is read as v, along y, since the file names it first\n",
            trajectory->path, layout->key[0]);
  }
  if (layout->unplaced) {
    fprintf(stderr,
            "vordec: warning: %s: the axes of %s and %s have different names, but no positions; both are taken to be "
            "given at "
            "the same points\n",
            trajectory->path, layout->key[0], layout->key[1]);
  }
}

static void warn_of_axes(const struct trajectory *trajectory) {
  const struct trajectory_layout *layout = &trajectory->layout;
  if (layout->unfamiliar) {
    fprintf(stderr,
            "vordec: warning: %s: what the axes of %s are called is not known; of those of the grid the first is taken "
            "for y and the second for x, and --axes names others\n",
            trajectory->path, layout->key[0]);
  }
  if (layout->wall[0][0]) {
    fprintf(stderr,
            "vordec: warning: %s: %s is %s, but the box is taken to be periodic; what comes of it is wrong near the "
            "edges\n",
            trajectory->path, layout->wall[0], layout->wall[1]);
  }
  if (!layout->by_matlab) return;
  fprintf(
      stderr,
      "vordec: warning: %s does not say what the axes of %s are; its rows are taken for y and its columns for x, as "
      "MATLAB shows them, and --axes names others\n",
      trajectory->path, layout->key[0]);
}

/* Arrays that look like positions or times and are taken for none, where nothing else says what they would. */
static void warn_of_unread(const struct trajectory *trajectory, bool timed) {
  const struct trajectory_layout *layout = &trajectory->layout;
  for (size_t which = TRAJECTORY_T; which <= TRAJECTORY_Y; which++) {
    const bool time = which == TRAJECTORY_T;
    const bool wanted = time ? timed && trajectory->frames > 1 && isnan(trajectory->dt) : isnan(trajectory->grid.box);
    if (!layout->unread[which][0] || !wanted) continue;
    fprintf(stderr, "vordec: warning: %s: %s is not taken for the %s, because it %s; %s\n", trajectory->path,
            layout->unread[which], time ? "times of the frames" : "points' positions", layout->unread_why[which],
            time ? "--dt DT says what time lies between them" : "--box L says how large the box is");
  }
}

static void warn_of_times(const struct trajectory *trajectory) {
  const struct trajectory_time_units *units = &trajectory->time_units;
  if (!units->text[0]) return;
  fprintf(stderr, "vordec: warning: %s: its times are given in '%s'%s\n", trajectory->path, units->text,
          units->dates       ? "; they are read in seconds"
          : units->size != 1 ? "; they are converted to seconds"
                             : ", a unit that is not known; they are taken as they are");
}

static enum vordec_status prepare_curl(struct trajectory_frames *frames, struct vordec_error *error) {
  const struct trajectory *trajectory = &frames->trajectory;
  if (!trajectory->layout.velocity) return VORDEC_OK;
  const bool known = isfinite(trajectory->grid.box);
  const double box = known ? trajectory->grid.box : 2 * acos(-1.0);
  if (!known) {
    fprintf(stderr,
            "vordec: warning: %s does not say how large its box is; the curl is taken in one of side 2 pi, and "
            "--box L names another\n",
            trajectory->path);
  }
  frames->velocity = malloc(2 * trajectory->n * trajectory->n * sizeof *frames->velocity);
  if (!frames->velocity) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", trajectory->path);
  }
  return curl_create(trajectory->n, box, trajectory->layout.shift, &frames->curl, error);
}

enum vordec_status trajectory_frames_open(const struct trajectory_request *request, struct frame_source **source,
                                          struct vordec_error *error) {
  static const struct frame_source_methods methods = {take_frames, reset, close_frames};
  *source = NULL;
  struct trajectory_frames *made = calloc(1, sizeof *made);
  if (!made)
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", request->path);
  enum vordec_status status = trajectory_open(request, &made->trajectory, error);
  if (!status) warn_of_axes(&made->trajectory);
  if (!status) warn_of_velocity(&made->trajectory);
  if (!status) warn_of_times(&made->trajectory);
  if (!status) warn_of_unread(&made->trajectory, request->dt == 0);
  if (!status) status = prepare_curl(made, error);
  if (status) {
    close_frames(&made->source);
    return status;
  }
  made->source = (struct frame_source){.methods = &methods,
                                       .n = made->trajectory.n,
                                       .frames = made->trajectory.frames,
                                       .dt = made->trajectory.dt,
                                       .box = made->trajectory.grid.box,
                                       .seed = made->trajectory.seed,
                                       .stored = true};
  *source = &made->source;
  return VORDEC_OK;
}

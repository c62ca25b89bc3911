/* SPDX-License-Identifier: MIT */
/*
 * trajectory_reader.so: trajectories for the Python package, python/vordec/trajectory.py, which mirrors the structs.
 *
 * Not a public interface: it serves the package of the same build alone. One thread at a time per reader.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "trajectory_vorticity.h"
#include "vordec_version.h"

#define EXPORTED __attribute__((visibility("default")))

/* What a user says, as struct trajectory_request. */
struct reader_request {
  const char *path, *key, *axes, *sample, *frames;
  double box, dt; /* 0: what the file says */
  int32_t velocity;
};

struct reader_info {
  size_t n, frames;
  double dt, box; /* NAN: the file does not say */
};

struct reader {
  struct trajectory_vorticity vorticity;
  char *path;
};

EXPORTED int trajectory_reader_open(const char *version, size_t request_bytes, const struct reader_request *request,
                                    const struct trajectory_listener *listener, struct reader **reader,
                                    struct vordec_error *error);
EXPORTED void trajectory_reader_get(const struct reader *reader, struct reader_info *info);
EXPORTED int trajectory_reader_frame(struct reader *reader, size_t i, double *omega, struct vordec_error *error);
EXPORTED void trajectory_reader_close(struct reader *reader);

static enum vordec_status open_reader(const struct reader_request *request, const struct trajectory_listener *listener,
                                      struct reader *reader, struct vordec_error *error) {
  reader->path = strdup(request->path);
  if (!reader->path) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", request->path);
  }
  const struct trajectory_request own = {.path = reader->path,
                                         .key = request->key,
                                         .axes = request->axes,
                                         .sample = request->sample,
                                         .frames = request->frames,
                                         .velocity = request->velocity,
                                         .box = request->box,
                                         .dt = request->dt};
  return trajectory_vorticity_open(&own, listener, &reader->vorticity, error);
}

/* The texts are borrowed for the call. E_UNSUPPORTED: the caller is of another version; otherwise as trajectory_open().
 */
int trajectory_reader_open(const char *version, size_t request_bytes, const struct reader_request *request,
                           const struct trajectory_listener *listener, struct reader **reader,
                           struct vordec_error *error) {
  *reader = NULL;
  if (strcmp(version, VORDEC_GIT_DESCRIBE) != 0 || request_bytes != sizeof *request) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "trajectory_reader.so belongs to another version of vordec, %s",
                       VORDEC_GIT_DESCRIBE);
  }
  struct reader *made = calloc(1, sizeof *made);
  if (!made) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", request->path);
  }
  const enum vordec_status status = open_reader(request, listener, made, error);
  if (status) {
    trajectory_reader_close(made);
    return status;
  }
  *reader = made;
  return VORDEC_OK;
}

void trajectory_reader_get(const struct reader *reader, struct reader_info *info) {
  const struct trajectory *trajectory = &reader->vorticity.trajectory;
  *info = (struct reader_info){trajectory->n, trajectory->frames, trajectory->dt, trajectory->grid.box};
}

int trajectory_reader_frame(struct reader *reader, size_t i, double *omega, struct vordec_error *error) {
  return trajectory_vorticity_frame(&reader->vorticity, i, omega, error);
}

/* Accepts NULL. */
void trajectory_reader_close(struct reader *reader) {
  if (!reader) return;
  trajectory_vorticity_release(&reader->vorticity);
  free(reader->path);
  free(reader);
}

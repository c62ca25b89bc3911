/* T.npz: the frames of a simulation, key traj of shape (T, N, N). */
#ifndef VORDEC_FORMATS_TRAJECTORY_H
#define VORDEC_FORMATS_TRAJECTORY_H

#include <vordec/types.h>

struct array_rows;

struct trajectory {
  const char *path; /* as given to trajectory_read() */
  size_t n, frames;
  double dt;    /* time from frame to frame, dt times stride of the file; NAN: it does not say */
  int64_t seed; /* -1: it does not say */
  struct array_rows *rows;
};

/* Reads traj, at least one frame, and the scalars N, dt, stride and seed where there are any. Messages name file and
 * key. */
enum vordec_status trajectory_read(const char *path, struct trajectory *trajectory, struct vordec_error *error);

/* Copies a frame, n x n; it must be finite. */
enum vordec_status trajectory_frame(const struct trajectory *trajectory, size_t i, double *omega,
                                    struct vordec_error *error);

/* Accepts a zeroed or half-read trajectory. */
void trajectory_release(struct trajectory *trajectory);

#endif

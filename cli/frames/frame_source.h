/* SPDX-License-Identifier: MIT */
/*
 * frame_source.h - vorticity fields one after the other: of a simulation, or of a trajectory in a file.
 *
 * Fields are n x n doubles, row-major, axis 0 = y. One thread at a time per source.
 */
#ifndef VORDEC_CLI_FRAMES_FRAME_SOURCE_H
#define VORDEC_CLI_FRAMES_FRAME_SOURCE_H

#include <vordec/types.h>

struct frame_source;

/* What a kind of source does. */
struct frame_source_methods {
  enum vordec_status (*take)(struct frame_source *source, size_t count, double *omega, struct vordec_error *error);
  enum vordec_status (*reset)(struct frame_source *source, size_t frame, const double *before,
                              struct vordec_error *error);
  void (*close)(struct frame_source *source);
};

/* The beginning of each kind's own struct. */
struct frame_source {
  const struct frame_source_methods *methods;
  size_t n;      /* side of the grid */
  size_t frames; /* how many there are; SIZE_MAX: as many as are asked for */
  size_t at;     /* the next one, from 0 on */
  double dt;     /* time from frame to frame; NAN: unknown */
  double box;    /* side of the box; NAN: unknown */
  int64_t seed;  /* of the simulation; -1: unknown, or none */
  bool stored;   /* frames are in a file, and can be read in any order */
};

/* Takes `count` (at least 1) frames, at + count <= frames, and fills omega with the last of them; it is finite. NULL:
 * passes over them all. E_FAILED: a simulation broke down: `at` is the frame that it broke at, and it has to be reset.
 * E_INPUT: a frame in a file that is not finite. */
static inline enum vordec_status frame_source_take(struct frame_source *source, size_t count, double *omega,
                                                   struct vordec_error *error) {
  const enum vordec_status status = source->methods->take(source, count, omega, error);
  if (!status) source->at += count;
  return status;
}

/* The next frame alone. */
static inline enum vordec_status frame_source_next(struct frame_source *source, double *omega,
                                                   struct vordec_error *error) {
  return frame_source_take(source, 1, omega, error);
}

/* Makes `frame` the next one. A source that stores no frames goes on from `before`, the one before it as it gave it
 * earlier or in another process: to the same bits. E_USAGE: it has none to go on from. */
static inline enum vordec_status frame_source_reset(struct frame_source *source, size_t frame, const double *before,
                                                    struct vordec_error *error) {
  const enum vordec_status status = source->methods->reset(source, frame, before, error);
  if (!status) source->at = frame;
  return status;
}

/* Accepts NULL. */
static inline void frame_source_close(struct frame_source *source) {
  if (source) source->methods->close(source);
}

#endif

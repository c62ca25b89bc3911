/* SPDX-License-Identifier: MIT */
/*
 * animation.h - an animated WebP of truth, decoded field and error over the snapshots of a run, all frames on one
 * colour scale.
 *
 * Frames are drawn and packed as they come. Of many snapshots some are left out, evenly.
 */
#ifndef VORDEC_REPORT_ANIMATION_H
#define VORDEC_REPORT_ANIMATION_H

#include <vordec/types.h>

#define ANIMATION_FRAMES 60 /* at most, about */

struct animation;

struct animation_subject {
  const char *path; /* for messages; borrowed */
  size_t n;
  double box;       /* the side of the fields */
  double limit;     /* of the colour scale, for all frames; 0: the largest magnitude of the first frame's truth, or
                       without one of its decoded field */
  size_t snapshots; /* how many frames will come */
};

/* One snapshot. Fields are n x n doubles. */
struct animation_fields {
  const char *title;   /* which step it is, and whether a forecast */
  const double *truth; /* NULL: there is none, in no frame */
  const double *decoded;
};

/* A whole animated WebP. */
struct animation_bytes {
  unsigned char *bytes;
  size_t count;
};

/* E_UNSUPPORTED: libwebp is missing. E_NO_MEMORY. */
enum vordec_status animation_create(const struct animation_subject *subject, struct animation **animation,
                                    struct vordec_error *error);

/* "step 400, t = 4: a forecast". dt: of a step; NAN: not known. train: 1, 0, or NAN where it is not known. */
#define ANIMATION_TITLE_MAX 100
void animation_title(double step, double dt, double train, char title[ANIMATION_TITLE_MAX]);

/* Adds the next snapshot, or leaves it out. E_NO_MEMORY, E_FAILED. */
enum vordec_status animation_add(struct animation *animation, const struct animation_fields *fields,
                                 struct vordec_error *error);

/* The file's bytes, to be freed. Once, behind the last frame. E_USAGE: there is no frame. E_FAILED, E_NO_MEMORY. */
enum vordec_status animation_finish(struct animation *animation, struct animation_bytes *bytes,
                                    struct vordec_error *error);

/* Writes them: whole or not at all. E_IO, E_FAILED. */
enum vordec_status animation_save(const struct animation_bytes *bytes, const char *path, struct vordec_error *error);

/* Accepts NULL. */
void animation_destroy(struct animation *animation);

#endif

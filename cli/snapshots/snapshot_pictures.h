/* SPDX-License-Identifier: MIT */
/*
 * The pictures of a run's snapshots. Each is drawn and written by a thread of its own while the run goes on, as many at
 * once as there are processors; they are booked in the order of their steps. Where there is one processor, no thread or
 * no memory to be had, a picture is drawn at once.
 */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_PICTURES_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_PICTURES_H

#include "figures.h"
#include "snapshot_record.h"

struct picture;

struct snapshot_pictures {
  const struct snapshot_request *request;
  struct snapshot_record *record;
  size_t n;
  double box;
  struct picture **list; /* those under way, by turns */
  size_t at_once;        /* 0: none is drawn beside the run */
  size_t begun, ended;
  size_t reused; /* those that were there already */
};

/* What a picture shows. The truth stays where it is until all pictures are finished; the rest is copied. */
struct picture_fields {
  const double *truth; /* NULL: there is none, and omega_lp and the mask are shown */
  const double *omega_lp, *omega_hat;
  const int8_t *mask; /* NULL, as omega_lp: it was not read */
};

/* Of fields n x n on a box of that side. `request` and `record` outlive it. */
enum vordec_status snapshot_pictures_start(const struct snapshot_request *request, struct snapshot_record *record,
                                           size_t n, double box, struct snapshot_pictures *pictures,
                                           struct vordec_error *error);

/* Begins the picture of a step, unless the record knows one of the same texts and fields, and books those that are
 * done. Errors: also those of pictures before it. */
enum vordec_status snapshot_pictures_add(struct snapshot_pictures *pictures, size_t step,
                                         const struct figure_titles *titles, const struct picture_fields *fields,
                                         struct vordec_error *error);

/* Waits for all of them and books them. The first failure is the one that counts. */
enum vordec_status snapshot_pictures_finish(struct snapshot_pictures *pictures, struct vordec_error *error);

/* Waits for those under way; what was not booked is not. Accepts a zeroed one. */
void snapshot_pictures_release(struct snapshot_pictures *pictures);

#endif

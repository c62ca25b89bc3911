/* SPDX-License-Identifier: MIT */
/*
 * What a run of snapshots has done, on disk, so that a later one can go on where it ended.
 *
 * PREFIX_journal grows while the run works: the request, what makes the frames, each frame's state, every so often the
 * field that the simulation stands at (of frames that are here, with the frame; of those on a device, as a checkpoint),
 * and each finished file with its hash. When all is done PREFIX_run.json takes its
 * place: the request, and the files with their sizes and hashes.
 */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_RECORD_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_RECORD_H

#include "journal.h"
#include "recorded_files.h"
#include "science/spectrum.h"
#include "snapshot_request.h"

struct snapshot_record {
  const struct snapshot_request *request;
  char *journal_path, *run_path;
  struct journal *journal; /* NULL: not yet begun */
  bool began;              /* it is this run's own, not one that it goes on with */
  bool finished;           /* an earlier run did all of it, and its files are whole */
  size_t parity_beyond;    /* what that run found */
  char *maker;             /* what made the frames there are, as it was put down; NULL: not known */
  struct recorded_files files;
};

/* Looks for what an earlier run left: to go on with it, if the request asks for that, else so that nothing is thrown
 * away by mistake. E_USAGE: that was another request; or there are frames, and neither --resume nor --restart is given.
 * E_INPUT: the record is damaged. */
enum vordec_status snapshot_record_open(const struct snapshot_request *request, struct snapshot_record *record,
                                        struct vordec_error *error);

/* Begins the journal, unless there is one to go on with. The folder is there, and inputs and backends are in order. */
enum vordec_status snapshot_record_begin(struct snapshot_record *record, struct vordec_error *error);

/* One frame. */
struct recorded_frame {
  size_t index;
  struct spectrum_totals totals;
  const double *z;     /* d values; NULL: it is no frame but a checkpoint, see below */
  const double *omega; /* n x n; NULL: not recorded */
  const double *sum;   /* of the training frames up to this one, n x n; NULL: not recorded, as is omega then or not */
  const double *last_training; /* of a checkpoint that lies at that frame or behind it: its field; else NULL */
};

/* What makes the frames that follow: a line for people, of which every word counts. */
enum vordec_status snapshot_record_add_maker(struct snapshot_record *record, const char *maker,
                                             struct vordec_error *error);

/* The next frame or checkpoint of the journal, valid until `memory`, the caller's, is freed; *memory is NULL behind the
 * last. Files and the maker on the way are remembered. E_INPUT: a record that cannot be. */
enum vordec_status snapshot_record_next(struct snapshot_record *record, size_t d, size_t cells,
                                        struct recorded_frame *frame, void **memory, struct vordec_error *error);

/* Where the simulation stands behind frame `index`: its field, and of a run with a truth what stands beside it. What
 * the frames up to this one have recorded is then enough to go on. */
enum vordec_status snapshot_record_add_checkpoint(struct snapshot_record *record, size_t cells,
                                                  const struct recorded_frame *checkpoint, struct vordec_error *error);

enum vordec_status snapshot_record_add_frame(struct snapshot_record *record, size_t d, size_t cells,
                                             const struct recorded_frame *frame, struct vordec_error *error);

/* Books a file of this run that stands in its place. */
enum vordec_status snapshot_record_add_file(struct snapshot_record *record, const char *name, const char *mark,
                                            struct vordec_error *error);

/* The same in two steps: what a file of the run holds that was just written, and booking it. The first needs no record,
 * and threads may do it at once. */
enum vordec_status recorded_file_look(const struct snapshot_request *request, const char *name,
                                      struct file_digest *digest, struct vordec_error *error);
enum vordec_status snapshot_record_book(struct snapshot_record *record, const struct recorded_file *file,
                                        struct vordec_error *error);

/* Whether a booked file stands in its place as it was. Thread-safe. */
bool recorded_file_stands(const struct snapshot_request *request, const struct recorded_file *file);

/* Whether such a file was booked with this mark, and is as it was. */
bool snapshot_record_has_file(const struct snapshot_record *record, const char *name, const char *mark);

/* Writes PREFIX_run.json; the journal stays. */
enum vordec_status snapshot_record_write(struct snapshot_record *record, size_t parity_beyond,
                                         struct vordec_error *error);

/* All is done: the same, and removes the journal. */
enum vordec_status snapshot_record_finish(struct snapshot_record *record, size_t parity_beyond,
                                          struct vordec_error *error);

/* The run cannot be done at all: removes a journal that it began. */
void snapshot_record_abandon(struct snapshot_record *record);

/* Accepts a zeroed or half-opened one. The journal stays. */
void snapshot_record_release(struct snapshot_record *record);

#endif

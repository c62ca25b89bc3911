/* SPDX-License-Identifier: MIT */
/* A file of arrays that all ranks of a run write together, each what it has made. */
#ifndef VORDEC_CLI_RANK_FILE_H
#define VORDEC_CLI_RANK_FILE_H

#include "cli/options/option.h"
#include "formats/array_sink.h"
#include "formats/array_storage.h"
#include "ranks/ranks.h"

struct outfile;

struct rank_file {
  struct ranks *ranks;
  const char *path;      /* borrowed, as the next */
  const char *when;      /* whether they write together: "auto", "on", "off" */
  bool shared;           /* they do */
  struct outfile *place; /* then, on the first: where it goes. Once the file is open, the sink's */
  bool opened;
};

/* All ranks: whether they write it together, from now on. E_USAGE, E_UNSUPPORTED: they have to, and cannot. */
enum vordec_status rank_file_choose(struct rank_file *file, const struct array_storage *storage,
                                    struct vordec_error *error);

/* All ranks: what `option` asks for is never written together. E_USAGE: --collective says that it must be. */
enum vordec_status rank_file_decline(const struct rank_file *file, const char *option, struct vordec_error *error);

/* Tries the destination, before any work is done: on the first rank. E_IO. */
enum vordec_status rank_file_try(struct rank_file *file, struct vordec_error *error);

/* All ranks: opens what they write together, with a sink on each. Where that is not to be had, and need not be, the
 * first says so and is to write for all: then file->shared is false, and *sink NULL. E_FAILED. */
enum vordec_status rank_file_open(struct rank_file *file, const struct array_storage *storage, struct array_sink **sink,
                                  struct vordec_error *error);

/* Takes the room on the disk: on the first rank. A full disk is better found here, since in the middle of a common
 * write MPI can be at a loss. E_FAILED. */
enum vordec_status rank_file_reserve(const struct rank_file *file, uint64_t bytes, struct vordec_error *error);

/* Around what all ranks do with their sinks. */
void rank_file_meet(const struct rank_file *file);
void rank_file_part(const struct rank_file *file);

/* All ranks agree on what came of that: after a failure MPI may not be closed. */
enum vordec_status rank_file_settle(const struct rank_file *file, enum vordec_status status,
                                    struct vordec_error *error);

/* All ranks, where it is shared: drops what was not committed. Accepts a zeroed one. */
void rank_file_close(struct rank_file *file, struct array_sink *sink);

/* --collective, which fills `when`. */
#define COLLECTIVE_OPTION(request, field)                                                                              \
  {                                                                                                                    \
    "collective", "WHEN",                                                                                              \
        "whether the ranks write OUT together: on requires it, off leaves all writing to the first rank, and auto "    \
        "writes together if OUT is an .nc or .h5 file that is not compressed, and HDF5 for MPI is installed. The "     \
        "file "                                                                                                        \
        "is the same",                                                                                                 \
        .initial = "auto", TO_WORD(request, field), ONE_OF("auto", "on", "off"), .effect = OPTION_HARMLESS,            \
        .rare = true                                                                                                   \
  }

#endif

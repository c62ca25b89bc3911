/* SPDX-License-Identifier: MIT */
/* The files that a run has finished, with their hashes: in memory, and as JSON in journal and record. */
#ifndef VORDEC_CLI_SNAPSHOTS_RECORDED_FILES_H
#define VORDEC_CLI_SNAPSHOTS_RECORDED_FILES_H

#include <cjson/cJSON.h>

#include "file_digest.h"

struct recorded_file {
  char *name; /* behind PREFIX_ */
  char *mark; /* what it was made from, or "" */
  struct file_digest digest;
};

struct recorded_files {
  struct recorded_file *list;
  size_t count, room;
};

/* Adds a file, or puts it in the place of the one of that name. Copies the texts. */
enum vordec_status recorded_files_put(struct recorded_files *files, const struct recorded_file *file,
                                      struct vordec_error *error);

/* The one of that name, or NULL. */
const struct recorded_file *recorded_files_find(const struct recorded_files *files, const char *name);

/* A file as JSON; NULL: out of memory. */
cJSON *recorded_files_json(const struct recorded_file *file);

/* The file that JSON describes, whose texts are those of the JSON. False: it describes none. */
bool recorded_files_parse(const cJSON *item, struct recorded_file *file);

/* Forgets all of them. Accepts a zeroed one. */
void recorded_files_release(struct recorded_files *files);

#endif

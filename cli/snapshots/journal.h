/* SPDX-License-Identifier: MIT */
/*
 * A file that a run appends to while it works, so that what it has done survives its end at any moment.
 *
 * It holds records, each a kind, a size, the bytes, and a hash of all of that. Bytes that a killed process did not
 * finish, or that a power failure took, fail the hash: reading stops there, and writing goes on from there. What the
 * disk cannot read is an error instead, and nothing is written. The first record is written with the file, which
 * appears whole or not at all. One process at a time has it (flock).
 */
#ifndef VORDEC_CLI_SNAPSHOTS_JOURNAL_H
#define VORDEC_CLI_SNAPSHOTS_JOURNAL_H

#include <vordec/types.h>

struct journal;

/* A new one that replaces what is there, with its first record. E_IO: it cannot be written. E_USAGE: another process
 * has it open. */
enum vordec_status journal_create(const char *path, uint32_t kind, const void *data, size_t size,
                                  struct journal **journal, struct vordec_error *error);

/* Opens one to read it and go on. *journal is NULL if there is none. E_INPUT: it is no journal, or its first record is
 * damaged. E_USAGE as above. */
enum vordec_status journal_open(const char *path, struct journal **journal, struct vordec_error *error);

/* The next record; *data, to be freed, is NULL behind the last whole one. From then on the journal can be added to. */
enum vordec_status journal_next(struct journal *journal, uint32_t *kind, void **data, size_t *size,
                                struct vordec_error *error);

/* Adds a record of up to four parts. E_FAILED: the disk is full and the like; the record does not count. */
struct journal_part {
  const void *data;
  size_t size;
};
enum vordec_status journal_add(struct journal *journal, uint32_t kind, const struct journal_part *parts, size_t count,
                               struct vordec_error *error);

/* Removes the file: what it was for is done. */
void journal_remove(struct journal *journal);

/* Closes it; the file stays. Accepts NULL. */
void journal_close(struct journal *journal);

#endif

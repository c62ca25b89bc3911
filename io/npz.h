/* SPDX-License-Identifier: MIT */
/*
 * npz.h - .npz archives: zip files of .npy members.
 *
 * Read: stored and deflated members; only members that are asked for are decoded, so others may be of any kind.
 * Written: stored or deflated members with a fixed time stamp, so that equal content gives equal files. A reader or a
 * writer is used by one thread at a time.
 */
#ifndef VORDEC_IO_NPZ_H
#define VORDEC_IO_NPZ_H

#include "npy_stream.h"

struct npz;
struct outfile;

/*
 * Opens an archive and checks its directory. E_IO: it cannot be opened. E_INPUT: not a regular file, empty, not a zip
 * file, truncated, inconsistent, members that share bytes, or two members of one name.
 */
enum vordec_status npz_open(const char *path, struct npz **npz, struct vordec_error *error);
void npz_close(struct npz *npz); /* accepts NULL */

const char *npz_path(const struct npz *npz);

#define NPZ_KEY_MAX 256 /* with the NUL */

/* The keys of all members KEY.npy, in the order of the directory: begin with *at = 0. False: there are no more. */
bool npz_next_key(const struct npz *npz, size_t *at, char key[NPZ_KEY_MAX]);

/* Likewise the names of all files in it that are called otherwise. */
bool npz_next_other(const struct npz *npz, size_t *at, char name[NPZ_KEY_MAX]);

/* Whether there is a member KEY.npy. */
bool npz_has(const struct npz *npz, const char *key);

/*
 * Reads member KEY.npy; release with npy_array_release(). E_INPUT: no such member, encrypted, an unsupported
 * compression method, sizes that contradict each other or the file, a checksum that does not match, or as npy_read().
 */
enum vordec_status npz_read(struct npz *npz, const char *key, struct npy_array *array, struct vordec_error *error);

/* The same, but dates and spans of time are read, too, as seconds: see npy_dates.h. */
enum vordec_status npz_read_dates(struct npz *npz, const char *key, struct npy_array *array,
                                  struct vordec_error *error);

/* Opens member KEY.npy for reading in pieces, after one pass over all of it has found it whole, with its checksum. The
 * stream may outlive the archive. Errors as npz_read(). */
enum vordec_status npz_open_stream(const struct npz *npz, const char *key, struct npy_stream **stream,
                                   struct vordec_error *error);

/* Text i of an array of texts of at most one axis, in UTF-8, into text, of `size` bytes with the NUL. False: there is
 * none, or it does not fit. */
bool npz_text(struct npz *npz, const char *key, size_t i, char *text, size_t size);

/* What the header of member KEY.npy says, also of dates. Errors as npz_read(), but for what is found while the content
 * is read. */
enum vordec_status npz_describe(struct npz *npz, const char *key, struct npy_header *header,
                                struct vordec_error *error);

/* Reads a member of shape () or (1,). Errors as npz_read() and npy_scalar_*(). */
enum vordec_status npz_read_scalar_f64(struct npz *npz, const char *key, double *value, struct vordec_error *error);
enum vordec_status npz_read_scalar_i64(struct npz *npz, const char *key, int64_t *value, struct vordec_error *error);

struct npz_writer;

/* Starts an archive (see outfile.h). */
enum vordec_status npz_writer_create(const char *path, struct npz_writer **writer, struct vordec_error *error);

/* Deflates the members, at a level of 1 to 9; 0, as it begins: stores them. */
void npz_writer_compress(struct npz_writer *writer, unsigned level);

/* Adds KEY.npy. data is borrowed until npz_writer_commit(). E_USAGE: a key that
 * is empty, too long, not plain ASCII or already there, or a shape that does not fit. */
enum vordec_status npz_writer_add(struct npz_writer *writer, const char *key, const struct npy_form *form,
                                  const void *data, struct vordec_error *error);

/* Adds KEY.npy of shape () with a copy of the value. */
enum vordec_status npz_writer_add_f64(struct npz_writer *writer, const char *key, double value,
                                      struct vordec_error *error);
enum vordec_status npz_writer_add_i64(struct npz_writer *writer, const char *key, int64_t value,
                                      struct vordec_error *error);

/*
 * Adds KEY.npy of shape (frames, frame->shape[0], frame->shape[1], ..), whose frames come one at a time and whose
 * number need not be known: npz_stream_append() spools them to a nameless temporary file in the destination's folder,
 * and commit copies that into the archive with as many frames as there are by then. Memory stays bounded; the disk
 * needs room for the member twice. The stream belongs to the writer.
 */
struct npz_stream;
enum vordec_status npz_writer_add_stream(struct npz_writer *writer, const char *key, const struct npy_form *frame,
                                         struct npz_stream **stream, struct vordec_error *error);
/* data: one frame, copied. E_FAILED: the disk is full and the like; the frame does not count. */
enum vordec_status npz_stream_append(struct npz_stream *stream, const void *data, struct vordec_error *error);

/* Writes the archive to its destination. Once. E_USAGE: no member. E_FAILED: the destination is as it was. */
enum vordec_status npz_writer_commit(struct npz_writer *writer, struct vordec_error *error);

/* Writes the archive, but leaves it to the caller to put it in place with outfile_commit_all(); the file stays the
 * writer's. Instead of npz_writer_commit(); errors as there. */
enum vordec_status npz_writer_finish(struct npz_writer *writer, struct outfile **file, struct vordec_error *error);

/* Drops everything that was not committed. Accepts NULL. */
void npz_writer_destroy(struct npz_writer *writer);

#endif

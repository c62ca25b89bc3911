/* SPDX-License-Identifier: MIT */
/*
 * outfile.h - a file that appears at its destination whole or not at all.
 *
 * The bytes go to a temporary file in the destination's folder (tempfile.h), which commit puts in the destination's
 * place at once. So an unwritable destination is found when the outfile is created, before any work is done, and a
 * process that is killed leaves nothing, or, where the file system has no nameless files and for an instant of a
 * replacement elsewhere, a ".vordec-*.tmp", which the next outfile in that folder removes.
 *  - A symbolic link is followed: the file that it points to is replaced, the link stays. A dangling link is refused.
 *  - A destination that exists and is not a regular file (a folder, a device, a pipe) is refused, and so is one that
 * the caller may not write.
 *  - A new file gets the mode 0666 less the umask, a replaced one keeps its permission bits.
 */
#ifndef VORDEC_IO_OUTFILE_H
#define VORDEC_IO_OUTFILE_H

#include <stdio.h>
#include <vordec/types.h>

struct outfile;

/* Opens a temporary file beside path. E_IO: the destination cannot be written, with path and cause. */
enum vordec_status outfile_create(const char *path, struct outfile **file, struct vordec_error *error);

/* The stream to write to: binary, seekable, owned by the outfile. Write errors need no check before commit. */
FILE *outfile_stream(struct outfile *file);

/* The destination as the caller gave it. */
const char *outfile_path(const struct outfile *file);

/* The path of the temporary file, which gets one here if it has none: so that other processes can write to it, too. Of
 * the outfile. NULL: it cannot be named (E_IO). */
const char *outfile_share(struct outfile *file, struct vordec_error *error);

/* Makes the file so many bytes long, zeros, for which the disk then has room, where the file system knows how.
 * E_FAILED: there is none. */
enum vordec_status outfile_reserve(struct outfile *file, uint64_t bytes, struct vordec_error *error);

/* Flushes, syncs and puts in place. E_FAILED: some write failed, and the destination is as it was. Once, before
 * destroy. */
enum vordec_status outfile_commit(struct outfile *file, struct vordec_error *error);

/* The same for several: all are on the disk before the first is put in place, so that a full disk leaves none. Should
 * putting one in place fail after all, those before it that replaced nothing are taken away again. */
enum vordec_status outfile_commit_all(struct outfile *const *files, size_t count, struct vordec_error *error);

/* Drops the file unless it was committed. Accepts NULL. */
void outfile_destroy(struct outfile *file);

/*
 * Opens a nameless temporary file in the folder that path lies in, for data that is to be copied into path later. It
 * vanishes when closed. Returns a descriptor for reading and writing that the caller closes, or -1 on failure (E_IO).
 */
int outfile_open_spool(const char *path, struct vordec_error *error);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * tempfile.h - temporary files in the folder where they are to stay.
 *
 * Where the file system has them (O_TMPFILE) they have no name until they are given one, and vanish with the process.
 * Elsewhere they are called ".vordec-*.tmp". While such a name exists, its owner holds a lock (flock) on the file: one
 * that nobody holds was left by a process that was killed, and tempfile_open() removes those of its folder.
 * Functions return false or -1 with errno set. Any thread.
 */
#ifndef VORDEC_IO_TEMPFILE_H
#define VORDEC_IO_TEMPFILE_H

#include <stdbool.h>
#include <sys/types.h>

/* Opens one for reading and writing in the folder of path. *name: to be freed; NULL: it has none. Never follows a link
 * that stands where its name would be. */
int tempfile_open(const char *path, mode_t mode, char **name);

/* Gives a nameless one its final name. EEXIST: there is such a file, also if it is a link to nowhere. */
bool tempfile_link(int fd, const char *path);

/* Gives a nameless one a temporary name in the folder of path; *name is to be freed. */
bool tempfile_name(int fd, const char *path, char **name);

#endif

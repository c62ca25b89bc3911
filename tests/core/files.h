/* SPDX-License-Identifier: MIT */
/* Temporary folders and files for tests. */
#ifndef VORDEC_TESTS_CORE_FILES_H
#define VORDEC_TESTS_CORE_FILES_H

#include <stddef.h>

#define FILES_PATH_MAX 512

/* A fresh folder (its path without symbolic links), removed with everything in it by files_remove_folder(). Fails the
 * test if it cannot be made. */
void files_make_folder(char folder[FILES_PATH_MAX]);
void files_remove_folder(const char *folder);

/* folder/name; fails the test if it does not fit. */
void files_join(char path[FILES_PATH_MAX], const char *folder, const char *name);
void files_write(const char *path, const void *data, size_t size);
/* The whole file with a NUL behind it; the caller frees it. */
char *files_read(const char *path);

#endif

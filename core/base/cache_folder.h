/* SPDX-License-Identifier: MIT */
/*
 * cache_folder.h - the folder where compiled kernels are kept. Nothing here knows Vulkan, since the command `doctor`
 * looks at the folder, too.
 *
 * VkFFT and the driver trust what they are given from there. So the folder must belong to the user that this process
 * runs as (its effective user ID), and nobody else may write there. Any thread; several processes may use the folder
 * at once.
 */
#ifndef VORDEC_CORE_BASE_CACHE_FOLDER_H
#define VORDEC_CORE_BASE_CACHE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define CACHE_FOLDER_MAX 1024
#define CACHE_FOLDER_BYTES ((size_t)64 << 20) /* at most so much is kept: what was not used for longest goes first */

/* Writes $XDG_CACHE_HOME/vordec, or else $HOME/.cache/vordec, into path, which has room for `size` bytes. False:
 * neither variable names an absolute folder that fits, or this is a set-user-ID program, where they do not count. Then
 * nothing is kept. */
bool cache_folder_path(char *path, size_t size);

/* Whether a folder or file belongs to this user, and nobody else may write to it. */
bool cache_folder_is_ours(const struct stat *status);

/* Returns a descriptor of the folder for openat(), which the caller closes; with `make` the folder is made if it is
 * missing. -1: there is no folder, none could be made, or it is not ours. */
int cache_folder_open(bool make);

/* Removes files of the cache from the folder, beginning with those that were not used for longest, until no more than
 * CACHE_FOLDER_BYTES are left. Does nothing if there is no memory for it. */
void cache_folder_trim(int folder);

#endif

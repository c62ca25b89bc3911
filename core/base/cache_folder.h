/* SPDX-License-Identifier: MIT */
/*
 * cache_folder.h - where compiled kernels are kept. Knows nothing of Vulkan: the command looks there, too.
 *
 * What lies there goes to VkFFT and to the driver, which trust it. So the folder must belong to the user that this
 * process runs as (its effective user ID), and nobody else may write there.
 */
#ifndef VORDEC_CORE_BASE_CACHE_FOLDER_H
#define VORDEC_CORE_BASE_CACHE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define CACHE_FOLDER_MAX 1024
#define CACHE_FOLDER_BYTES ((size_t)64 << 20) /* what is kept; beyond that goes what was not used for longest */

/* $XDG_CACHE_HOME/vordec, else $HOME/.cache/vordec. False: neither variable names an absolute folder that fits (they do
 * not count in set-user-ID programs); then nothing is kept. */
bool cache_folder_path(char *path, size_t size);

/* Whether a folder or file is this user's, and nobody else may write it. */
bool cache_folder_is_ours(const struct stat *status);

/* A descriptor of the folder, for openat(). -1: there is none (make: and none can be made), or it is not ours. */
int cache_folder_open(bool make);

/* Removes files of the cache from the folder, those first that were not used for longest, until the rest is not more
 * than CACHE_FOLDER_BYTES. Does nothing where it lacks memory. */
void cache_folder_trim(int folder);

#endif

/* Where compiled kernels are kept. Knows nothing of Vulkan: the command looks there, too. */
#ifndef VORDEC_VULKAN_CACHE_FOLDER_H
#define VORDEC_VULKAN_CACHE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* $XDG_CACHE_HOME/vordec, else $HOME/.cache/vordec. False: neither variable names an absolute folder that fits (they do
 * not count in set-user-ID programs); then nothing is kept. */
bool cache_folder_path(char *path, size_t size);

#endif

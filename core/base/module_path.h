/* SPDX-License-Identifier: MIT */
/* Where the shared objects are that are loaded only when they are needed. Any thread. */
#ifndef VORDEC_CORE_BASE_MODULE_PATH_H
#define VORDEC_CORE_BASE_MODULE_PATH_H

#include <limits.h>
#include <stdbool.h>

/* Writes the path of vordec/FILE beside the library that `address`, one of its functions, belongs to: that is the
 * folder of the plugins. False: it cannot be found out, or is too long. */
bool module_path(const void *address, const char *file, char path[PATH_MAX]);

#endif

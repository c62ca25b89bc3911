/* SPDX-License-Identifier: MIT */
/* Where the objects lie that are loaded when they are needed. Any thread. */
#ifndef VORDEC_CORE_BASE_MODULE_PATH_H
#define VORDEC_CORE_BASE_MODULE_PATH_H

#include <limits.h>
#include <stdbool.h>

/* "vordec/FILE" beside the library that `address` belongs to: the folder of the plugins. False: it is not known. */
bool module_path(const void *address, const char *file, char path[PATH_MAX]);

#endif

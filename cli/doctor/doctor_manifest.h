/* SPDX-License-Identifier: MIT */
/* The manifest files of Vulkan drivers, and the libraries that they name. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_MANIFEST_H
#define VORDEC_CLI_DOCTOR_DOCTOR_MANIFEST_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Adds what is to be said of a manifest, or of each in a folder. Libraries are opened in child processes. One of the
 * standard folders may be missing; a path that is required may not. */
void doctor_manifests(cJSON *list, const char *path, bool required, unsigned limit_s, bool loud);

#endif

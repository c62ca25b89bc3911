/* SPDX-License-Identifier: MIT */
/* Where the Vulkan loader looks for drivers, by its own rules. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_SEARCH_H
#define VORDEC_CLI_DOCTOR_DOCTOR_SEARCH_H

#include <cjson/cJSON.h>

/* A variable's value; NULL where it is not set, empty, or not to be trusted. */
const char *doctor_variable(const char *name);

/* Adds the manifests and folders of manifests that the loader searches, in its order (LoaderDriverInterface.md, "Driver
 * Discovery on Linux"). Returns the variable that replaces the standard folders, or NULL. One that is set and empty
 * replaces them, too: by nothing. */
const char *doctor_search_paths(cJSON *list);

#endif

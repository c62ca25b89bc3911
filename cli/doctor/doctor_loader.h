/* SPDX-License-Identifier: MIT */
/* The Vulkan loader of this machine. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_LOADER_H
#define VORDEC_CLI_DOCTOR_DOCTOR_LOADER_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Its path and version, or what is wrong with it. It is opened in a child process. */
cJSON *doctor_loader(unsigned limit_s, bool loud);

#endif

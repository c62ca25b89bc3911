/* SPDX-License-Identifier: MIT */
/* What Vulkan finds on this machine: its loader, its drivers' manifest files, device nodes, and our kernel cache. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_VULKAN_H
#define VORDEC_CLI_DOCTOR_DOCTOR_VULKAN_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* An object as docs/doctor.schema.json has it under "vulkan". Every library is opened in a child process, for at most
 * limit_s seconds each. Needs no Vulkan and no GPU. */
cJSON *doctor_vulkan(unsigned limit_s, bool loud);

#endif

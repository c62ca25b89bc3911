/* SPDX-License-Identifier: MIT */
/* Performance flags in JSON. */
#ifndef VORDEC_CORE_JSON_FLAGS_H
#define VORDEC_CORE_JSON_FLAGS_H

#include <cjson/cJSON.h>

#include "core/policy/flags.h"

/* Adds perf_flags and perf_flag_reasons; adds nothing if no flag is raised. False: out of memory. */
bool json_add_flags(const struct perf_flags *flags, cJSON *object);

#endif

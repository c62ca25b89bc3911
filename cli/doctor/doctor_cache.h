/* SPDX-License-Identifier: MIT */
/* The folder of compiled kernels. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_CACHE_H
#define VORDEC_CLI_DOCTOR_DOCTOR_CACHE_H

#include <cjson/cJSON.h>

/* Where it is, what is in it, and whether more can be kept there. */
cJSON *doctor_cache(void);

#endif

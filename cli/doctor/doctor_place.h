/* SPDX-License-Identifier: MIT */
/* Where this runs: in a container, on a node of a cluster, and which graphics cards the machine has. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_PLACE_H
#define VORDEC_CLI_DOCTOR_DOCTOR_PLACE_H

#include <cjson/cJSON.h>
#include <limits.h>

/* Tests put folders of their own in front of /sys, /dev and the like: VORDEC_TEST_ROOT in the environment. */
void doctor_place_path(const char *path, char whole[PATH_MAX]);

/* What is behind that root in a path that begins with it. */
const char *doctor_place_told(const char *path);

/* "place" of the report. */
cJSON *doctor_place(void);

/* What to do about a GPU that is not to be had here; adds sentences to `advice`, a list. */
void doctor_place_advise(const cJSON *report, cJSON *advice);

#endif

/* SPDX-License-Identifier: MIT */
/* A question asked in a child process, answered in JSON. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_CHILD_H
#define VORDEC_CLI_DOCTOR_DOCTOR_CHILD_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#define DOCTOR_TROUBLE_MAX 256

typedef cJSON *(*doctor_task)(void *ctx);

/* The task's answer, or NULL with what became of the child ("crashed (signal 11: Segmentation fault)"). */
cJSON *doctor_child(doctor_task task, void *ctx, unsigned limit_s, bool loud, char trouble[DOCTOR_TROUBLE_MAX]);

#endif

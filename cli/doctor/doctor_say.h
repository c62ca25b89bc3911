/* SPDX-License-Identifier: MIT */
/* Sentences of advice. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_SAY_H
#define VORDEC_CLI_DOCTOR_DOCTOR_SAY_H

#include <cjson/cJSON.h>

/* Adds one to the list, unless it is there. */
void doctor_say(cJSON *advice, const char *sentence);

#endif

/* SPDX-License-Identifier: MIT */
/* What would supply that which is missing. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_ADVICE_H
#define VORDEC_CLI_DOCTOR_DOCTOR_ADVICE_H

#include <cjson/cJSON.h>

/* Adds "advice", a list of sentences, to a report that is otherwise whole. */
void doctor_advice_add(cJSON *report);

#endif

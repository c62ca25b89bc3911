/* SPDX-License-Identifier: MIT */
/* The doctor's report for people. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_TEXT_H
#define VORDEC_CLI_DOCTOR_DOCTOR_TEXT_H

#include <cjson/cJSON.h>

/* Prints the report (docs/doctor.schema.json) to stdout. */
void doctor_text_print(const cJSON *report);

#endif

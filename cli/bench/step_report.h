/* SPDX-License-Identifier: MIT */
/* The results of a benchmark of simulations: a table for people, JSON for programs (docs/bench_steps.schema.json). */
#ifndef VORDEC_CLI_BENCH_STEP_REPORT_H
#define VORDEC_CLI_BENCH_STEP_REPORT_H

#include <cjson/cJSON.h>

#include "step_result.h"

/* The table's head, and a row as soon as it is known. */
void step_print_head(void);
/* Above the rows of a backend: where it ran. */
void step_print_place(const struct step_result *result);
void step_print_row(const struct step_result *result);

/* Appends an object to an array. */
void step_add_row(cJSON *rows, const struct step_result *result);

#endif

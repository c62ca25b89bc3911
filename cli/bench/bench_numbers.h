/* SPDX-License-Identifier: MIT */
/* Numbers of a benchmark, of which some are not known: in tables and in JSON. */
#ifndef VORDEC_CLI_BENCH_BENCH_NUMBERS_H
#define VORDEC_CLI_BENCH_BENCH_NUMBERS_H

#include <cjson/cJSON.h>

#include "spread.h"

/* A column of 8: four significant digits or so; "-" where there is no number. */
void bench_print_ms(double ms);

/* null where there is no number. */
void bench_add_number(cJSON *item, const char *key, double value);

/* median_ms, min_ms and max_ms, by the host's clock, and the same with device_ in front, by the device's. */
void bench_add_times(cJSON *item, const struct spread *total, const struct spread *device);

#endif

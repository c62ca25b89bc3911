/* SPDX-License-Identifier: MIT */
#include "bench_numbers.h"

#include <math.h>
#include <stdio.h>

void bench_print_ms(double ms) {
  if (!isfinite(ms)) {
    printf(" %7s", "-");
  } else {
    printf(" %7.*f", ms < 10.0 ? 4 : ms < 1000.0 ? 3 : 1, ms);
  }
}

void bench_add_number(cJSON *item, const char *key, double value) {
  if (isfinite(value)) {
    cJSON_AddNumberToObject(item, key, value);
  } else {
    cJSON_AddNullToObject(item, key);
  }
}

void bench_add_times(cJSON *item, const struct spread *total, const struct spread *device) {
  bench_add_number(item, "median_ms", total->median);
  bench_add_number(item, "min_ms", total->min);
  bench_add_number(item, "max_ms", total->max);
  bench_add_number(item, "device_median_ms", device->median);
  bench_add_number(item, "device_min_ms", device->min);
  bench_add_number(item, "device_max_ms", device->max);
}

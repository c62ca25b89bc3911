/* SPDX-License-Identifier: MIT */
#include "device_kind.h"

#include <stddef.h>

enum kind { UNKNOWN, CPU, GPU };

/* The rows cover the types of this version. Plugins say the type, and may know more of them. */
static const struct row {
  enum kind kind;
  int rank;
} rows[] = {
    [VORDEC_DEVICE_DISCRETE] = {GPU, 0}, [VORDEC_DEVICE_INTEGRATED] = {GPU, 1}, [VORDEC_DEVICE_VIRTUAL] = {GPU, 2},
    [VORDEC_DEVICE_HOST] = {CPU, 3},     [VORDEC_DEVICE_SOFTWARE] = {CPU, 4},   [VORDEC_DEVICE_OTHER] = {UNKNOWN, 5},
};

static struct row row_of(enum vordec_device_type type) {
  return (size_t)type < sizeof rows / sizeof *rows ? rows[type] : (struct row){UNKNOWN, 6};
}

bool device_is_gpu(enum vordec_device_type type) {
  return row_of(type).kind == GPU;
}

bool device_is_cpu(enum vordec_device_type type) {
  return row_of(type).kind == CPU;
}

int device_rank(enum vordec_device_type type) {
  return row_of(type).rank;
}

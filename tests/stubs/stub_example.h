/* SPDX-License-Identifier: MIT */
/* The stub that is the example, with at most one thing wrong. */
#ifndef VORDEC_TESTS_STUB_EXAMPLE_H
#define VORDEC_TESTS_STUB_EXAMPLE_H

#include "deviations.h"

/* When the plugin is loaded, before its entry is called. */
void stub_example_load(enum fault row);
/* `name`: the NAME of the file decode_NAME.so; static. */
const struct vordec_backend *stub_example_entry(uint32_t host_abi, const struct vordec_host *host, const char *name);

#endif

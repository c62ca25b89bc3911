/* SPDX-License-Identifier: MIT */
/* Memory that the example lends to the host, and how fast it says that it writes its own and this. */
#ifndef VORDEC_TESTS_STUB_LINK_H
#define VORDEC_TESTS_STUB_LINK_H

#include "deviations.h"

void stub_link_fill(enum fault fault, uint64_t bytes, struct vordec_bandwidth_result *result);
void stub_link_copy(enum fault fault, uint64_t bytes, struct vordec_bandwidth_result *result);

enum vordec_status stub_link_alloc(const struct vordec_host *host, enum fault fault, uint64_t bytes, void **memory,
                                   struct vordec_error *error);
void stub_link_free(const struct vordec_host *host, enum fault fault, void *memory);
/* Whether it lies in the memory that was lent last. */
bool stub_link_lent(const void *memory);

#endif

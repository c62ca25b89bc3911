/* SPDX-License-Identifier: MIT */
/*
 * pruned_tables.h - the pruned transform's tables on the device: sources, factors of columns, bases.
 */
#ifndef VORDEC_VULKAN_PRUNED_TABLES_H
#define VORDEC_VULKAN_PRUNED_TABLES_H

#include "pruned_sizes.h"

/* Fills PLAN_SOURCES, PLAN_COLUMN_FACTORS, PLAN_BASIS_Y and PLAN_BASIS_X. */
enum vordec_status pruned_tables_upload(struct vordec_plan *plan, const struct pruned_sizes *sizes,
                                        struct vordec_error *error);

#endif

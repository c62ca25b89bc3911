/* SPDX-License-Identifier: MIT */
/* Loads animation_webp.so. */
#ifndef VORDEC_REPORT_ANIMATION_MODULE_H
#define VORDEC_REPORT_ANIMATION_MODULE_H

#include <vordec/types.h>

#include "animation_format.h"

/* Loads the module and keeps it. E_UNSUPPORTED: it or a library of its is missing, or it belongs to another version.
 * Any thread. */
enum vordec_status animation_module_load(const struct animation_format **format, struct vordec_error *error);

#endif

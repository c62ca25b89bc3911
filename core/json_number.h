/* SPDX-License-Identifier: MIT */
/* Numbers in JSON as exact as they are. */
#ifndef VORDEC_CORE_JSON_NUMBER_H
#define VORDEC_CORE_JSON_NUMBER_H

#include <cjson/cJSON.h>

/* The shortest text of 15 digits or more that reads back as the value, which must be finite, in every locale. cJSON's
 * own numbers may be off in the last bit. NULL: out of memory. The caller owns the item. */
cJSON *json_number(double value);

#endif

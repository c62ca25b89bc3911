/* SPDX-License-Identifier: MIT */
/* Numbers in JSON without loss of precision. */
#ifndef VORDEC_CORE_JSON_NUMBER_H
#define VORDEC_CORE_JSON_NUMBER_H

#include <cjson/cJSON.h>

/* The shortest text of at least 15 digits that reads back as the value in every locale; the value must be finite.
 * cJSON's own numbers may be wrong in the last bit. NULL: out of memory. The caller owns the item. */
cJSON *json_number(double value);

#endif

/* SPDX-License-Identifier: MIT */
#include "json_number.h"

#include "core/base/number_text.h"

cJSON *json_number(double value) {
  char text[NUMBER_TEXT_MAX];
  number_text(value, text);
  return cJSON_CreateRaw(text);
}

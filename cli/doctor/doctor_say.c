/* SPDX-License-Identifier: MIT */
#include "doctor_say.h"

#include "cli/json_read.h"

void doctor_say(cJSON *advice, const char *sentence) {
  for (const cJSON *said = json_first(advice); said; said = said->next) {
    if (strcmp(said->valuestring, sentence) == 0) return;
  }
  cJSON_AddItemToArray(advice, cJSON_CreateString(sentence));
}

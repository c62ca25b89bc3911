/* SPDX-License-Identifier: MIT */
/* Reading JSON that may lack what is asked for. */
#ifndef VORDEC_CLI_JSON_READ_H
#define VORDEC_CLI_JSON_READ_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

/* A member that is text; "" where there is none. */
static inline const char *json_text(const cJSON *object, const char *key) {
  const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
  return value ? value : "";
}

static inline bool json_is(const cJSON *object, const char *key, const char *value) {
  return strcmp(json_text(object, key), value) == 0;
}

/* The first item of an array or member of an object; its `next` is the next one. */
static inline cJSON *json_first(const cJSON *list) {
  return list ? list->child : NULL;
}

static inline cJSON *json_first_of(const cJSON *object, const char *key) {
  return json_first(cJSON_GetObjectItem(object, key));
}

#endif

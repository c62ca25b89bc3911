/* SPDX-License-Identifier: MIT */
#include "json_builder.h"

#include <math.h>

#include "json_number.h"

void json_put(struct json_builder *builder, const char *key, cJSON *value) {
  if (value && cJSON_AddItemToObject(builder->object, key, value)) return;
  cJSON_Delete(value);
  builder->failed = true;
}

void json_put_text(struct json_builder *builder, const char *key, const char *value) {
  json_put(builder, key, value ? cJSON_CreateString(value) : cJSON_CreateNull());
}

void json_put_number(struct json_builder *builder, const char *key, double value) {
  json_put(builder, key, isfinite(value) ? json_number(value) : cJSON_CreateNull());
}

cJSON *json_built(struct json_builder *builder) {
  if (!builder->failed) return builder->object;
  cJSON_Delete(builder->object);
  return NULL;
}

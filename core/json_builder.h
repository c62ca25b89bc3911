/* SPDX-License-Identifier: MIT */
/* A JSON object that remembers whether an addition failed, so that one check at the end is enough. */
#ifndef VORDEC_CORE_JSON_BUILDER_H
#define VORDEC_CORE_JSON_BUILDER_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct json_builder {
  cJSON *object; /* NULL: out of memory */
  bool failed;
};

/* Takes the value, NULL being a failure. */
void json_put(struct json_builder *builder, const char *key, cJSON *value);
/* null where there is no text. */
void json_put_text(struct json_builder *builder, const char *key, const char *value);
/* JSON has no NaN: what was not computed is null. */
void json_put_number(struct json_builder *builder, const char *key, double value);

/* The object, now the caller's; NULL, and nothing is left of it, if an addition failed. */
cJSON *json_built(struct json_builder *builder);

#endif

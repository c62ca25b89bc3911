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

/* Takes ownership of the value; NULL counts as a failure. */
void json_put(struct json_builder *builder, const char *key, cJSON *value);
/* Adds null if there is no text. */
void json_put_text(struct json_builder *builder, const char *key, const char *value);
/* JSON has no NaN: a value that was not computed becomes null. */
void json_put_number(struct json_builder *builder, const char *key, double value);

/* Returns the object, which then belongs to the caller. NULL: an addition failed, and nothing of the object is left. */
cJSON *json_built(struct json_builder *builder);

#endif

/* SPDX-License-Identifier: MIT */
/* JSON as text, whole or not at all: cJSON leaves out what it has no memory for. */
#ifndef VORDEC_CLI_JSON_PRINT_H
#define VORDEC_CLI_JSON_PRINT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* From here on every lack of memory in cJSON is noticed. Call once, before any use of it. */
void json_watch_memory(void);

/* Appends an item, or deletes it where there is no memory for that; json_print() tells. */
void json_append(cJSON *list, cJSON *item);

/* Numbers that were read, as exact as they were: cJSON would print them off in the last bit. Everything below value. */
void json_make_exact(cJSON *value);

/* The text of a value, to be freed with cJSON_free(). NULL: out of memory, now or while anything was built before. */
char *json_print(const cJSON *value, bool indented);

#endif

/* SPDX-License-Identifier: MIT */
#include "recorded_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/json_read.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the record of the run");
}

static struct recorded_file *find(const struct recorded_files *files, const char *name) {
  for (size_t i = 0; i < files->count; i++) {
    if (strcmp(files->list[i].name, name) == 0) return &files->list[i];
  }
  return NULL;
}

const struct recorded_file *recorded_files_find(const struct recorded_files *files, const char *name) {
  return find(files, name);
}

/* A new one of that name, and nothing else yet. NULL: out of memory. */
static struct recorded_file *add(struct recorded_files *files, const char *name) {
  if (files->count == files->room) {
    const size_t room = files->room ? 2 * files->room : 32;
    struct recorded_file *grown = realloc(files->list, room * sizeof *grown);
    if (!grown) return NULL;
    files->list = grown;
    files->room = room;
  }
  struct recorded_file *file = &files->list[files->count];
  *file = (struct recorded_file){.name = strdup(name)};
  if (!file->name) return NULL;
  files->count++;
  return file;
}

enum vordec_status recorded_files_put(struct recorded_files *files, const struct recorded_file *file,
                                      struct vordec_error *error) {
  struct recorded_file *place = find(files, file->name);
  if (!place) place = add(files, file->name);
  if (!place) return fail_memory(error);
  free(place->mark);
  place->mark = strdup(file->mark);
  place->digest = file->digest;
  return place->mark ? VORDEC_OK : fail_memory(error);
}

cJSON *recorded_files_json(const struct recorded_file *file) {
  cJSON *item = cJSON_CreateObject();
  if (cJSON_AddStringToObject(item, "name", file->name) && cJSON_AddStringToObject(item, "mark", file->mark) &&
      cJSON_AddNumberToObject(item, "bytes", (double)file->digest.bytes) &&
      cJSON_AddStringToObject(item, "hash", file->digest.hash)) {
    return item;
  }
  cJSON_Delete(item);
  return NULL;
}

bool recorded_files_parse(const cJSON *item, struct recorded_file *file) {
  const cJSON *bytes = cJSON_GetObjectItem(item, "bytes");
  *file = (struct recorded_file){.name = (char *)json_text(item, "name"), .mark = (char *)json_text(item, "mark")};
  if (!*file->name || !cJSON_IsNumber(bytes) || !(bytes->valuedouble >= 0.0 && bytes->valuedouble < 0x1p53)) {
    return false;
  }
  file->digest.bytes = (uint64_t)bytes->valuedouble;
  snprintf(file->digest.hash, sizeof file->digest.hash, "%s", json_text(item, "hash"));
  return true;
}

void recorded_files_release(struct recorded_files *files) {
  for (size_t i = 0; i < files->count; i++) {
    free(files->list[i].name);
    free(files->list[i].mark);
  }
  free(files->list);
  *files = (struct recorded_files){0};
}

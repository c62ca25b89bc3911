/* SPDX-License-Identifier: MIT */
#include "finished_run.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "member_medians.h"
#include "run_bytes.h"

static const struct {
  const char *name, *tells;
} files[RUN_FILES] = {
    [RUN_METRICS] = {"metrics.json", "what did the work and the evidence for it"},
    [RUN_RECORD] = {"run.json", "what was asked for, and the hashes of the files"},
    [RUN_COMPARISON] = {"comparison.csv", "losses and forecasts beside their baselines"},
    [RUN_SERIES] = {"series.csv", "energy and enstrophy over time"},
    [RUN_SPECTRUM] = {"spectrum.csv", "the energy spectrum of the last snapshot"},
    [RUN_PICTURES] = {"t*.png", "pictures of the snapshots"},
    [RUN_ANIMATION] = {"animation.webp", "an animation of the snapshots"},
};

const char *run_file_name(enum run_file file) {
  return files[file].name;
}

const char *run_file_tells(enum run_file file) {
  return files[file].tells;
}

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the report");
}

char *finished_run_path(const struct finished_run_request *request, const char *name) {
  const size_t size = strlen(request->folder) + strlen(request->prefix) + strlen(name) + 3;
  char *path = malloc(size);
  if (path) snprintf(path, size, "%s/%s_%s", request->folder, request->prefix, name);
  return path;
}

/* ---- what the folder holds ---- */

typedef bool (*name_visitor)(void *ctx, const char *name);

static enum vordec_status visit_names(const char *folder, name_visitor visit, void *ctx, struct vordec_error *error) {
  DIR *stream = opendir(folder);
  if (!stream) return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s", folder, strerror(errno));
  bool going = true;
  for (const struct dirent *entry = readdir(stream); entry && going; entry = readdir(stream)) {
    going = visit(ctx, entry->d_name);
  }
  closedir(stream);
  return going ? VORDEC_OK : fail_memory(error);
}

#define PREFIX_MAX 128
#define PREFIXES_MAX 8 /* that a message names */

struct prefixes {
  char names[PREFIXES_MAX][PREFIX_MAX];
  size_t count;
};

static bool is_known(const struct prefixes *found, const char *prefix) {
  for (size_t i = 0; i < found->count; i++) {
    if (strcmp(found->names[i], prefix) == 0) return true;
  }
  return false;
}

/* Every run has metrics, unless they went elsewhere, and a record, unless it was interrupted. */
static bool look_for_prefix(void *ctx, const char *name) {
  static const char *const ends[] = {"_run.json", "_metrics.json"};
  struct prefixes *found = ctx;
  for (size_t i = 0; i < 2 && found->count < PREFIXES_MAX; i++) {
    const size_t length = strlen(name), end = strlen(ends[i]);
    char prefix[PREFIX_MAX];
    if (length <= end || length - end >= PREFIX_MAX || strcmp(name + length - end, ends[i]) != 0) continue;
    snprintf(prefix, sizeof prefix, "%.*s", (int)(length - end), name);
    if (!is_known(found, prefix)) memcpy(found->names[found->count++], prefix, sizeof prefix);
  }
  return true;
}

static enum vordec_status fail_several(const char *folder, const struct prefixes *found, struct vordec_error *error) {
  char names[PREFIXES_MAX * 40] = "";
  for (size_t i = 0; i < found->count; i++) {
    const size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", found->names[i]);
  }
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: there are several runs in this folder (%s); pick one with --prefix",
                     folder, names);
}

enum vordec_status finished_run_find_prefix(const char *folder, char **prefix, struct vordec_error *error) {
  struct prefixes found = {.count = 0};
  *prefix = NULL;
  const enum vordec_status status = visit_names(folder, look_for_prefix, &found, error);
  if (status) return status;
  if (found.count > 1) return fail_several(folder, &found, error);
  if (found.count == 0) {
    return vordec_fail(
        error, VORDEC_E_INPUT, 0,
        "%s: no run of 'vordec snapshots' is in this folder: no file ends in _run.json or _metrics.json; "
        "name a run that has neither with --prefix",
        folder);
  }
  *prefix = strdup(found.names[0]);
  return *prefix ? VORDEC_OK : fail_memory(error);
}

/* ---- pictures ---- */

struct picture_list {
  struct finished_run *run;
  size_t room;
};

/* PREFIX_t00400.png */
static bool look_for_picture(void *ctx, const char *name) {
  struct picture_list *list = ctx;
  struct finished_run *run = list->run;
  const size_t prefix = strlen(run->request->prefix);
  if (strncmp(name, run->request->prefix, prefix) != 0 || strncmp(name + prefix, "_t", 2) != 0) return true;
  char *end = NULL;
  const char *digits = name + prefix + 2;
  if (*digits < '0' || *digits > '9') return true;
  const size_t step = strtoull(digits, &end, 10);
  if (strcmp(end, ".png") != 0) return true;
  if (run->pictured_count == list->room) {
    const size_t room = list->room ? 2 * list->room : 32;
    size_t *larger = realloc(run->pictured, room * sizeof *larger);
    if (!larger) return false;
    run->pictured = larger;
    list->room = room;
  }
  run->pictured[run->pictured_count++] = step;
  return true;
}

static int by_step(const void *one, const void *other) {
  const size_t a = *(const size_t *)one, b = *(const size_t *)other;
  return (a > b) - (a < b);
}

static bool has_step(const struct run_table *table, size_t step) {
  for (size_t row = 0; row < table->rows; row++) {
    if ((size_t)run_table_at(table, row, "step") == step) return true;
  }
  return false;
}

/* What an earlier run left under the same prefix is not this run's: its table and its record know their own. */
static bool is_own(const struct finished_run *run, const char *name) {
  const cJSON *files_of_run = cJSON_GetObjectItem(run->record, "files"), *file = NULL;
  if (!cJSON_IsArray(files_of_run)) return true;
  cJSON_ArrayForEach(file, files_of_run) {
    const char *own = cJSON_GetStringValue(cJSON_GetObjectItem(file, "name"));
    if (own && strcmp(own, name) == 0) return true;
  }
  return false;
}

static void drop_strangers(struct finished_run *run) {
  size_t kept = 0;
  for (size_t i = 0; i < run->pictured_count; i++) {
    char name[48];
    const size_t step = run->pictured[i];
    snprintf(name, sizeof name, "t%05zu.png", step);
    if (!is_own(run, name) || (run->comparison.rows && !has_step(&run->comparison, step))) continue;
    run->pictured[kept++] = step;
  }
  run->pictured_count = kept;
}

/* Behind the table and the record. */
static enum vordec_status list_pictures(struct finished_run *run, struct vordec_error *error) {
  struct picture_list list = {run, 0};
  const enum vordec_status status = visit_names(run->request->folder, look_for_picture, &list, error);
  if (status) return status;
  drop_strangers(run);
  if (!run->pictured_count) return VORDEC_OK;
  qsort(run->pictured, run->pictured_count, sizeof *run->pictured, by_step);
  run->state[RUN_PICTURES] = RUN_FILE_READ;
  return VORDEC_OK;
}

/* ---- the others ---- */

/* What a status of reading says of a file. Lack of memory is no state of it. */
static enum vordec_status note(struct finished_run *run, enum run_file file, enum vordec_status status, bool exists) {
  if (status == VORDEC_E_NO_MEMORY) return status;
  run->state[file] = status ? (exists ? RUN_FILE_DAMAGED : RUN_FILE_MISSING) : RUN_FILE_READ;
  return VORDEC_OK;
}

/* Not by opening it: that would wait at a pipe, and miss what may not be read. */
static bool exists(const char *path) {
  return access(path, F_OK) == 0;
}

static enum vordec_status read_json(struct finished_run *run, enum run_file file, const char *path, cJSON **json,
                                    struct vordec_error *error) {
  unsigned char *bytes = NULL;
  size_t count = 0;
  enum vordec_status status = run_bytes_read(path, &bytes, &count, error);
  if (!status) *json = cJSON_ParseWithLength((const char *)bytes, count);
  if (!status && !cJSON_IsObject(*json)) {
    cJSON_Delete(*json);
    *json = NULL;
    status = VORDEC_E_INPUT;
  }
  free(bytes);
  return note(run, file, status, exists(path));
}

static enum vordec_status read_table(struct finished_run *run, enum run_file file, struct run_table *table,
                                     struct vordec_error *error) {
  char *path = finished_run_path(run->request, files[file].name);
  if (!path) return fail_memory(error);
  const enum vordec_status status = note(run, file, run_table_read(path, table, error), exists(path));
  free(path);
  return status;
}

static enum vordec_status read_texts(struct finished_run *run, struct vordec_error *error) {
  const struct finished_run_request *request = run->request;
  char *metrics = finished_run_path(request, files[RUN_METRICS].name),
       *record = finished_run_path(request, files[RUN_RECORD].name);
  enum vordec_status status = metrics && record ? VORDEC_OK : fail_memory(error);
  if (!status) {
    status = read_json(run, RUN_METRICS, request->metrics ? request->metrics : metrics, &run->metrics, error);
  }
  /* A run that is about to write its record has none yet: what lies there is an earlier run's. */
  if (!status && !request->asked) status = read_json(run, RUN_RECORD, record, &run->record, error);
  free(metrics);
  free(record);
  run->asked = request->asked ? request->asked : cJSON_GetObjectItem(run->record, "request");
  if (request->asked) run->state[RUN_RECORD] = RUN_FILE_READ;
  return status;
}

/* Whether it is there; what uses it reads it. */
static enum vordec_status look_for_animation(struct finished_run *run, struct vordec_error *error) {
  char *path = finished_run_path(run->request, files[RUN_ANIMATION].name);
  if (!path) return fail_memory(error);
  const bool own = is_own(run, files[RUN_ANIMATION].name);
  run->state[RUN_ANIMATION] = own && exists(path) ? RUN_FILE_READ : RUN_FILE_MISSING;
  free(path);
  return VORDEC_OK;
}

/* What the members came to stands in the metrics, and in files that are no part of a page. */
static enum vordec_status read_members(struct finished_run *run, struct vordec_error *error) {
  run->ensemble = cJSON_IsNumber(cJSON_GetObjectItem(run->metrics, "members"));
  if (!run->ensemble || run->comparison.rows) return VORDEC_OK;
  return member_medians_make(run->metrics, &run->comparison, error);
}

enum vordec_status finished_run_read(const struct finished_run_request *request, struct finished_run *run,
                                     struct vordec_error *error) {
  *run = (struct finished_run){.request = request};
  enum vordec_status status = read_texts(run, error);
  if (!status) status = read_table(run, RUN_COMPARISON, &run->comparison, error);
  if (!status) status = read_members(run, error);
  if (!status) status = read_table(run, RUN_SERIES, &run->series, error);
  if (!status) status = read_table(run, RUN_SPECTRUM, &run->spectrum, error);
  if (!status) status = list_pictures(run, error);
  if (!status) status = look_for_animation(run, error);
  if (status) return status;
  for (enum run_file file = RUN_METRICS; file < RUN_FILES; file++) {
    if (run->state[file] != RUN_FILE_MISSING) return VORDEC_OK;
  }
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s/%s_*: there are no files of a run of 'vordec snapshots'",
                     request->folder, request->prefix);
}

double finished_run_number(const struct finished_run *run, const char *key) {
  const cJSON *item = cJSON_GetObjectItem(run->metrics, key);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

const char *finished_run_text(const struct finished_run *run, const char *key) {
  return cJSON_GetStringValue(cJSON_GetObjectItem(run->metrics, key));
}

void finished_run_release(struct finished_run *run) {
  cJSON_Delete(run->metrics);
  cJSON_Delete(run->record);
  run_table_release(&run->comparison);
  run_table_release(&run->series);
  run_table_release(&run->spectrum);
  free(run->pictured);
  *run = (struct finished_run){0};
}

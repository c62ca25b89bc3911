/* SPDX-License-Identifier: MIT */
#include "shard_record.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "formats/array_file.h"
#include "io/npy.h"
#include "json_print.h"

#define VERSION 1

enum number { IS_VERSION, IS_INDEX, IS_COUNT, IS_STATES, IS_BATCHED, IS_COMPRESS, IS_ARRANGEMENT, IS_FIELD_TYPE };
_Static_assert(IS_FIELD_TYPE + 1 == SHARD_NUMBERS, "there is room for each");

static const char numbers_key[] = "shard", request_key[] = "shard_request", made_by_key[] = "shard_made_by";

enum vordec_status shard_record_request(cJSON *texts, char request[SHARD_REQUEST_MAX], struct vordec_error *error) {
  /* What may have the task's number in it, and what does not change results. */
  static const char *const passed_over[] = {"[metrics] json",        "[metrics] timings", "[decode] submission_ms",
                                            "[decode] batch",        "[decode] device",   "[decode] devices",
                                            "[decode] share_devices"};
  for (size_t i = 0; i < sizeof passed_over / sizeof *passed_over; i++) {
    cJSON_DeleteItemFromObject(texts, passed_over[i]);
  }
  char *text = json_print(texts, false);
  if (!text) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  vordec_hash(text, strlen(text), request);
  cJSON_free(text);
  return VORDEC_OK;
}

static enum vordec_status add_text(struct array_sink *sink, const char *key, const char *text,
                                   struct vordec_error *error) {
  const struct npy_form form = {NPY_U1, 1, {strlen(text)}};
  return array_sink_add(sink, key, &form, text, error);
}

enum vordec_status shard_record_add(struct shard_record *record, struct array_sink *sink, struct vordec_error *error) {
  const struct npy_form form = {NPY_I8, 1, {SHARD_NUMBERS}};
  record->numbers[IS_VERSION] = VERSION;
  record->numbers[IS_INDEX] = (int64_t)record->shard.index;
  record->numbers[IS_COUNT] = (int64_t)record->shard.count;
  record->numbers[IS_STATES] = (int64_t)record->states;
  record->numbers[IS_BATCHED] = record->batched;
  record->numbers[IS_COMPRESS] = record->storage.compress;
  record->numbers[IS_ARRANGEMENT] = record->storage.arrangement;
  record->numbers[IS_FIELD_TYPE] = record->field_type;
  enum vordec_status status = array_sink_add(sink, numbers_key, &form, record->numbers, error);
  if (!status) status = add_text(sink, request_key, record->request, error);
  return status ? status : add_text(sink, made_by_key, record->made_by, error);
}

static enum vordec_status fail_other(const struct array_source *source, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: not a file that --shard wrote", source->path);
}

static enum vordec_status read_text(struct array_source *source, const char *key, size_t room, char *text,
                                    struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = array_source_read(source, key, &array, error);
  if (!status && (array.type != NPY_U1 || array.count >= room)) status = fail_other(source, error);
  if (!status) snprintf(text, room, "%.*s", (int)array.count, (const char *)array.data);
  npy_array_release(&array);
  return status;
}

static bool within(const int64_t *numbers) {
  return numbers[IS_VERSION] == VERSION && numbers[IS_STATES] > 0 && numbers[IS_COMPRESS] >= 0 &&
         numbers[IS_COMPRESS] <= ARRAY_COMPRESS_MOST && numbers[IS_ARRANGEMENT] >= ARRANGE_PLAIN &&
         numbers[IS_ARRANGEMENT] <= ARRANGE_WELL && numbers[IS_FIELD_TYPE] >= FIELD_AS_COMPUTED &&
         numbers[IS_FIELD_TYPE] <= FIELD_FLOAT64 && (numbers[IS_BATCHED] == 1 || numbers[IS_STATES] == 1);
}

static enum vordec_status read_numbers(struct array_source *source, const struct shard *expected,
                                       struct shard_record *record, struct vordec_error *error) {
  struct npy_array array = {0};
  if (!array_source_has(source, numbers_key)) return fail_other(source, error);
  enum vordec_status status = array_source_read(source, numbers_key, &array, error);
  if (!status && (array.type != NPY_I8 || array.count != SHARD_NUMBERS)) status = fail_other(source, error);
  if (!status) memcpy(record->numbers, array.data, sizeof record->numbers);
  npy_array_release(&array);
  const int64_t *numbers = record->numbers;
  if (!status && !within(numbers)) status = fail_other(source, error);
  if (status) return status;
  const int64_t index = numbers[IS_INDEX], count = numbers[IS_COUNT];
  if (index == (int64_t)expected->index && count == (int64_t)expected->count) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: its name says part %zu of %zu, but it holds part %lld of %lld",
                     source->path, expected->index, expected->count, (long long)index, (long long)count);
}

enum vordec_status shard_record_read(struct array_source *source, const struct shard *expected,
                                     struct shard_record *record, struct vordec_error *error) {
  *record = (struct shard_record){.shard = *expected};
  enum vordec_status status = read_numbers(source, expected, record, error);
  if (!status) status = read_text(source, request_key, sizeof record->request, record->request, error);
  if (!status) status = read_text(source, made_by_key, sizeof record->made_by, record->made_by, error);
  if (status) return status;
  record->states = (size_t)record->numbers[IS_STATES];
  record->batched = record->numbers[IS_BATCHED] == 1;
  record->storage.compress = (unsigned)record->numbers[IS_COMPRESS];
  record->storage.arrangement = (enum array_arrangement)record->numbers[IS_ARRANGEMENT];
  record->field_type = (enum field_type)record->numbers[IS_FIELD_TYPE];
  return VORDEC_OK;
}

enum vordec_status shard_record_compare(const struct shard_record *first, const struct shard_record *other,
                                        const char *path, struct vordec_error *error) {
  if (strcmp(first->request, other->request) != 0 || first->states != other->states) {
    return vordec_fail(
        error, VORDEC_E_INPUT, 0,
        "%s: this part was made from a different input, with different options or by another version than part %zu",
        path, first->shard.index);
  }
  const bool silent = strcmp(first->made_by, "-") == 0 || strcmp(other->made_by, "-") == 0;
  if (silent || strcmp(first->made_by, other->made_by) == 0) return VORDEC_OK;
  return vordec_fail(
      error, VORDEC_E_INPUT, 0,
      "%.120s: made by %.200s, but part %zu by %.200s; all fields of a file have to come from one kind of device", path,
      other->made_by, first->shard.index, first->made_by);
}

enum vordec_status shard_record_find(const struct shard *shard, const char *out, const char *request, bool *found,
                                     struct vordec_error *error) {
  struct array_source *source = NULL;
  struct shard_record record;
  char path[PATH_MAX];
  *found = false;
  enum vordec_status status = shard_path(shard, out, SHARD_PART, path, error);
  if (status || access(path, F_OK) != 0) return status;
  status = array_file_open(path, &source, error);
  if (!status) status = shard_record_read(source, shard, &record, error);
  array_source_close(source);
  if (status) return status;
  *found = strcmp(record.request, request) == 0;
  if (*found) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "--resume: %s was made from a different input, with different options or by another version; "
                     "remove it, or leave --resume out to replace it",
                     path);
}

/* SPDX-License-Identifier: MIT */
/* What a part of a run says beside its arrays, so that only parts of one run are put together. */
#ifndef VORDEC_CLI_SHARD_RECORD_H
#define VORDEC_CLI_SHARD_RECORD_H

#include <cjson/cJSON.h>

#include "formats/array_sink.h"
#include "formats/array_source.h"
#include "output_options.h"
#include "shard.h"

#define SHARD_NUMBERS 8
#define SHARD_REQUEST_MAX 33
#define SHARD_MADE_BY_MAX 700

struct shard_record {
  struct shard shard;
  size_t states;                /* of the whole run */
  bool batched;                 /* they have an axis of their own */
  struct array_storage storage; /* of the file that the parts will become, as is field_type */
  enum field_type field_type;
  char request[SHARD_REQUEST_MAX]; /* a hash of what was asked for */
  char made_by[SHARD_MADE_BY_MAX]; /* backend, precision, FFT and device in words; "-": there were no states */
  int64_t numbers[SHARD_NUMBERS];  /* how a sink is lent the first of these */
};

/* A hash of what results depend on (request_texts.h). E_NO_MEMORY. */
enum vordec_status shard_record_request(cJSON *texts, char request[SHARD_REQUEST_MAX], struct vordec_error *error);

/* Adds the record, which is borrowed until the sink is committed. Errors as array_sink_add(). */
enum vordec_status shard_record_add(struct shard_record *record, struct array_sink *sink, struct vordec_error *error);

/* E_INPUT: the file is no part of a run, or another one than expected. */
enum vordec_status shard_record_read(struct array_source *source, const struct shard *expected,
                                     struct shard_record *record, struct vordec_error *error);

/* E_INPUT: the part at path belongs to another run than the first, or was made by something else. */
enum vordec_status shard_record_compare(const struct shard_record *first, const struct shard_record *other,
                                        const char *path, struct vordec_error *error);

/* --resume: whether the part that a request would make is there. E_USAGE: one of another request is. E_INPUT: something
 * else. */
enum vordec_status shard_record_find(const struct shard *shard, const char *out, const char *request, bool *found,
                                     struct vordec_error *error);

#endif

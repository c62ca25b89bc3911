/* SPDX-License-Identifier: MIT */
#include "shard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

static bool read_number(const char *text, char end, size_t *number, const char **rest) {
  char *stop = NULL;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  const unsigned long long value = strtoull(text, &stop, 10);
  *number = (size_t)value;
  *rest = stop + 1;
  return errno == 0 && *stop == end && value <= SHARDS_MAX;
}

enum vordec_status shard_parse(const char *text, struct shard *shard, struct vordec_error *error) {
  const char *rest = text;
  if (read_number(text, '/', &shard->index, &rest) && read_number(rest, '\0', &shard->count, &rest) &&
      shard->index < shard->count) {
    return VORDEC_OK;
  }
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "--shard '%.60s': expected I/N, which of how many parts, counted from 0: 0/8 .. 7/8", text);
}

struct rank_block shard_block(const struct shard *shard, size_t total) {
  return shard->count ? rank_block_of(total, shard->count, shard->index) : (struct rank_block){0, total};
}

enum vordec_status shard_path(const struct shard *shard, const char *path, const char *extension, char name[PATH_MAX],
                              struct vordec_error *error) {
  const int length = snprintf(name, PATH_MAX, "%s.shard-%zu-of-%zu.%s", path, shard->index, shard->count, extension);
  if (length < PATH_MAX) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%.200s..: the name of its part is too long", path);
}

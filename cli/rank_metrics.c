/* SPDX-License-Identifier: MIT */
#include "rank_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "json_print.h"
#include "json_read.h"
#include "metrics_join.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the metrics");
}

/* ---- what a rank says ---- */

static void put_host(cJSON *said) {
  char host[256] = "";
  if (gethostname(host, sizeof host - 1) != 0) *host = '\0';
  cJSON_AddStringToObject(said, "host", host);
}

/* {"rank", "local_rank", "host", "states", and "metrics" where there are some}. */
static enum vordec_status say(const struct ranks *ranks, const char *metrics, size_t states, char **text,
                              struct vordec_error *error) {
  cJSON *said = cJSON_CreateObject();
  cJSON_AddNumberToObject(said, "rank", (double)ranks_rank(ranks));
  cJSON_AddNumberToObject(said, "local_rank", (double)ranks_local_rank(ranks));
  put_host(said);
  cJSON_AddNumberToObject(said, "states", (double)states);
  if (metrics) cJSON_AddRawToObject(said, "metrics", metrics);
  *text = json_print(said, false);
  cJSON_Delete(said);
  return *text ? VORDEC_OK : fail_memory(error);
}

/* ---- what becomes of it on rank 0 ---- */

/* The same of a rank as of a run. */
static const char *const kept[] = {
    "decode_backend_requested",
    "decode_backend_used",
    "decode_backend_reason",
    "fft_backend_requested",
    "fft_backend_used",
    "fft_backend_reason",
    "dtype",
    "decode_device",
    "op_backend_requested",
    "op_backend_used",
    "op_backend_reason",
    "op_device",
    "encode_backend_requested",
    "encode_backend_used",
    "encode_backend_reason",
    "encode_device",
    "encode_dtype",
    "residual_backend_used",
    "residual_backend_reason",
    "device",
    "devices",
    "plan",
    "timings_ms",
    "rss_max_mb",
    "device_memory_mb",
    "perf_flags",
    "perf_flag_reasons",
    "members",
};

/* Likewise, but only where there is something to say. */
static const char *const kept_if_known[] = {
    "op_backend_requested", "op_backend_used",    "op_backend_reason", "op_device", "les_backend_requested",
    "les_backend_used",     "les_backend_reason", "les_device",        "les_dtype",
};

/* What "ranks" holds of one. */
static cJSON *entry_of(const cJSON *said, const cJSON *metrics) {
  static const char *const own[] = {"rank", "local_rank", "host", "states"};
  cJSON *entry = cJSON_CreateObject();
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
    cJSON_AddItemToObject(entry, own[i], cJSON_Duplicate(cJSON_GetObjectItem(said, own[i]), true));
  }
  for (size_t i = 0; metrics && i < sizeof kept / sizeof *kept; i++) {
    const cJSON *value = cJSON_GetObjectItem(metrics, kept[i]);
    if (value) cJSON_AddItemToObject(entry, kept[i], cJSON_Duplicate(value, true));
  }
  for (size_t i = 0; metrics && i < sizeof kept_if_known / sizeof *kept_if_known; i++) {
    const cJSON *value = cJSON_GetObjectItem(metrics, kept_if_known[i]);
    if (value && !cJSON_IsNull(value)) cJSON_AddItemToObject(entry, kept_if_known[i], cJSON_Duplicate(value, true));
  }
  return entry;
}

/* ---- together ---- */

/* Takes in what a rank said; *root is what rank 0 did. */
static bool take(cJSON **root, cJSON *list, const char *text) {
  cJSON *said = cJSON_Parse(text), *metrics = cJSON_GetObjectItem(said, "metrics");
  if (!said) return false;
  json_append(list, entry_of(said, metrics));
  if (!*root && metrics) {
    *root = cJSON_DetachItemViaPointer(said, metrics);
  } else if (metrics) {
    metrics_join(*root, metrics);
  }
  cJSON_Delete(said);
  return *root != NULL;
}

/* list: what each rank did; NULL: there is one. */
static enum vordec_status finish(cJSON *root, cJSON *list, char **json, struct vordec_error *error) {
  const bool sorted = metrics_sort(root);
  if (sorted && list) cJSON_AddItemReferenceToObject(root, "ranks", list);
  json_make_exact(root);
  char *text = sorted ? json_print(root, true) : NULL;
  const bool made = text && asprintf(json, "%s\n", text) >= 0;
  cJSON_free(text);
  if (made) return VORDEC_OK;
  *json = NULL;
  return fail_memory(error);
}

/* How long the longest of all texts is, on rank 0. */
static size_t longest(struct ranks *ranks, const char *own) {
  size_t most = strlen(own) + 1;
  for (size_t rank = 1; rank < ranks_size(ranks); rank++) {
    size_t bytes = strlen(own) + 1;
    ranks_collect(ranks, rank, &bytes, sizeof bytes);
    if (ranks_rank(ranks) == 0 && bytes > most) most = bytes;
  }
  return most;
}

/* text: this rank's, in a buffer that takes in those of the others on rank 0. */
static enum vordec_status gather(struct ranks *ranks, char *text, char **json, struct vordec_error *error) {
  cJSON *root = NULL, *list = cJSON_CreateArray();
  bool good = list != NULL;
  for (size_t rank = 0; rank < ranks_size(ranks); rank++) {
    size_t bytes = strlen(text) + 1;
    ranks_collect(ranks, rank, &bytes, sizeof bytes);
    ranks_collect(ranks, rank, text, bytes);
    if (ranks_rank(ranks) == 0) good = good && take(&root, list, text);
  }
  enum vordec_status status = VORDEC_OK;
  if (ranks_rank(ranks) == 0) status = good ? finish(root, list, json, error) : fail_memory(error);
  cJSON_Delete(root);
  cJSON_Delete(list);
  return status;
}

/* text: this rank's, which may move. */
static enum vordec_status collect(struct ranks *ranks, char **text, char **json, struct vordec_error *error) {
  char *grown = realloc(*text, longest(ranks, *text));
  if (grown) *text = grown;
  const enum vordec_status status = ranks_settle(ranks, grown ? VORDEC_OK : fail_memory(error), error);
  return status ? status : ranks_settle(ranks, gather(ranks, *text, json, error), error);
}

enum vordec_status rank_metrics_collect_text(struct ranks *ranks, const char *metrics, size_t states, char **json,
                                             struct vordec_error *error) {
  char *text = NULL;
  *json = NULL;
  enum vordec_status status = ranks_settle(ranks, say(ranks, metrics, states, &text, error), error);
  if (!status && text) status = collect(ranks, &text, json, error); /* all have one */
  cJSON_free(text);
  if (!status || !*json) return status;
  vordec_free(*json);
  *json = NULL;
  return status;
}

enum vordec_status rank_metrics_collect(struct ranks *ranks, const struct vordec_metrics *metrics, size_t states,
                                        char **json, struct vordec_error *error) {
  char *own = NULL;
  *json = NULL;
  if (ranks_size(ranks) == 1) return vordec_metrics_json(metrics, json, error);
  enum vordec_status status = metrics ? vordec_metrics_json(metrics, &own, error) : VORDEC_OK;
  status = ranks_settle(ranks, status, error);
  if (!status) status = rank_metrics_collect_text(ranks, own, states, json, error);
  vordec_free(own);
  return status;
}

enum vordec_status rank_metrics_collect_json(struct ranks *ranks, cJSON *metrics, size_t states, char **json,
                                             struct vordec_error *error) {
  *json = NULL;
  if (ranks_size(ranks) == 1) return finish(metrics, NULL, json, error);
  if (metrics) json_make_exact(metrics);
  char *own = metrics ? json_print(metrics, false) : NULL;
  enum vordec_status status = ranks_settle(ranks, metrics && !own ? fail_memory(error) : VORDEC_OK, error);
  if (!status) status = rank_metrics_collect_text(ranks, own, states, json, error);
  cJSON_free(own);
  return status;
}

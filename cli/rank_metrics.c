#include "rank_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "json_print.h"
#include "json_read.h"

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
static enum vordec_status say(const struct ranks *ranks, const struct vordec_metrics *metrics, size_t states,
                              char **text, struct vordec_error *error) {
  char *json = NULL;
  const enum vordec_status status = metrics ? vordec_metrics_json(metrics, &json, error) : VORDEC_OK;
  if (status) return status;
  cJSON *said = cJSON_CreateObject();
  cJSON_AddNumberToObject(said, "rank", (double)ranks_rank(ranks));
  cJSON_AddNumberToObject(said, "local_rank", (double)ranks_local_rank(ranks));
  put_host(said);
  cJSON_AddNumberToObject(said, "states", (double)states);
  if (json) cJSON_AddRawToObject(said, "metrics", json);
  vordec_free(json);
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
  return entry;
}

static void move_items(cJSON *root, cJSON *metrics, const char *key) {
  cJSON *to = cJSON_GetObjectItem(root, key), *from = cJSON_GetObjectItem(metrics, key), *item = NULL;
  while ((item = json_first(from))) json_append(to, cJSON_DetachItemViaPointer(from, item));
}

static void add_flags(cJSON *root, const cJSON *metrics) {
  const cJSON *flags = cJSON_GetObjectItem(metrics, "perf_flags"),
              *why = cJSON_GetObjectItem(metrics, "perf_flag_reasons");
  for (const cJSON *flag = json_first(flags); flag; flag = flag->next) {
    cJSON *all = cJSON_GetObjectItem(root, "perf_flags"), *reasons = cJSON_GetObjectItem(root, "perf_flag_reasons");
    if (!all) all = cJSON_AddArrayToObject(root, "perf_flags");
    if (!reasons) reasons = cJSON_AddObjectToObject(root, "perf_flag_reasons");
    if (cJSON_GetObjectItem(reasons, flag->valuestring)) continue;
    json_append(all, cJSON_Duplicate(flag, true));
    cJSON_AddStringToObject(reasons, flag->valuestring, json_text(why, flag->valuestring));
  }
}

/* "gpu" if all say so, "cpu" if all know where they worked and some did on the CPU. */
static void join_device(cJSON *root, const cJSON *metrics, const char *key) {
  const char *one = json_text(root, key), *other = json_text(metrics, key);
  if (strcmp(one, other) == 0) return;
  const bool known = strcmp(one, "unknown") != 0 && strcmp(other, "unknown") != 0;
  cJSON_ReplaceItemInObject(root, key, cJSON_CreateString(known ? "cpu" : "unknown"));
}

static void join_largest(cJSON *root, const cJSON *metrics, const char *key) {
  cJSON *largest = cJSON_GetObjectItem(root, key);
  const cJSON *other = cJSON_GetObjectItem(metrics, key);
  if (largest && other && other->valuedouble > largest->valuedouble) cJSON_SetNumberValue(largest, other->valuedouble);
}

static void join(cJSON *root, cJSON *metrics) {
  move_items(root, metrics, "decode_metrics");
  move_items(root, metrics, "hashes");
  add_flags(root, metrics);
  join_device(root, metrics, "decode_device");
  join_device(root, metrics, "encode_device");
  join_largest(root, metrics, "rss_max_mb");
  join_largest(root, metrics, "device_memory_mb");
}

/* ---- in the order of the states ---- */

struct numbered {
  cJSON *item;
  double t;
  size_t at; /* before it was sorted */
};

static int compare(const void *a, const void *b) {
  const struct numbered *one = a, *other = b;
  if (one->t != other->t) return one->t < other->t ? -1 : 1;
  return one->at < other->at ? -1 : one->at > other->at;
}

static bool sort_items(cJSON *list) {
  const size_t count = (size_t)cJSON_GetArraySize(list);
  struct numbered *items = malloc((count + 1) * sizeof *items);
  if (!items) return false;
  for (size_t i = 0; i < count; i++) {
    cJSON *item = cJSON_DetachItemViaPointer(list, json_first(list));
    const cJSON *t = cJSON_GetObjectItem(item, "t");
    items[i] = (struct numbered){item, t ? t->valuedouble : 0.0, i};
  }
  qsort(items, count, sizeof *items, compare);
  for (size_t i = 0; i < count; i++) json_append(list, items[i].item);
  free(items);
  return true;
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
    join(*root, metrics);
  }
  cJSON_Delete(said);
  return *root != NULL;
}

static enum vordec_status finish(cJSON *root, cJSON *list, char **json, struct vordec_error *error) {
  const bool sorted =
      sort_items(cJSON_GetObjectItem(root, "decode_metrics")) && sort_items(cJSON_GetObjectItem(root, "hashes"));
  if (sorted) cJSON_AddItemReferenceToObject(root, "ranks", list);
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

enum vordec_status rank_metrics_collect(struct ranks *ranks, const struct vordec_metrics *metrics, size_t states,
                                        char **json, struct vordec_error *error) {
  char *text = NULL;
  *json = NULL;
  if (ranks_size(ranks) == 1) return vordec_metrics_json(metrics, json, error);
  enum vordec_status status = ranks_settle(ranks, say(ranks, metrics, states, &text, error), error);
  if (!status && text) status = collect(ranks, &text, json, error); /* all have one */
  cJSON_free(text);
  if (!status || !*json) return status;
  vordec_free(*json);
  *json = NULL;
  return status;
}

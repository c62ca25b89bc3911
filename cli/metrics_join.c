/* SPDX-License-Identifier: MIT */
#include "metrics_join.h"

#include <stdlib.h>
#include <string.h>

#include "json_print.h"
#include "json_read.h"

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
  if (strcmp(one, other) == 0 || !*other) return;
  if (!*one) {
    cJSON_ReplaceItemInObject(root, key, cJSON_CreateString(other));
    return;
  }
  const bool known = strcmp(one, "unknown") != 0 && strcmp(other, "unknown") != 0;
  cJSON_ReplaceItemInObject(root, key, cJSON_CreateString(known ? "cpu" : "unknown"));
}

static void join_largest(cJSON *root, const cJSON *metrics, const char *key) {
  cJSON *largest = cJSON_GetObjectItem(root, key);
  const cJSON *other = cJSON_GetObjectItem(metrics, key);
  if (largest && other && other->valuedouble > largest->valuedouble) cJSON_SetNumberValue(largest, other->valuedouble);
}

static void join_sum(cJSON *root, const cJSON *metrics, const char *key) {
  cJSON *sum = cJSON_GetObjectItem(root, key);
  const cJSON *other = cJSON_GetObjectItem(metrics, key);
  if (cJSON_IsNumber(sum) && cJSON_IsNumber(other)) cJSON_SetNumberValue(sum, sum->valuedouble + other->valuedouble);
}

static void join_hotloops(cJSON *root, const cJSON *metrics) {
  static const char *const counts[] = {"host_visits", "hash_readbacks", "states_in_place", "states_uploaded",
                                       "band_bytes"};
  cJSON *all = cJSON_GetObjectItem(root, "hotloop");
  for (size_t i = 0; all && i < sizeof counts / sizeof *counts; i++) {
    join_sum(all, cJSON_GetObjectItem(metrics, "hotloop"), counts[i]);
  }
  const cJSON *link = cJSON_GetObjectItem(cJSON_GetObjectItem(metrics, "hotloop"), "link");
  for (const cJSON *item = link ? link->child : NULL; all && item; item = item->next) {
    join_sum(cJSON_GetObjectItem(all, "link"), link, item->string);
  }
  if (cJSON_IsTrue(cJSON_GetObjectItem(metrics, "gpu_hotloop_active"))) return;
  cJSON_ReplaceItemInObject(root, "gpu_hotloop_active", cJSON_CreateFalse());
}

void metrics_join(cJSON *root, cJSON *metrics) {
  move_items(root, metrics, "decode_metrics");
  move_items(root, metrics, "comparison");
  move_items(root, metrics, "hashes");
  add_flags(root, metrics);
  join_device(root, metrics, "decode_device");
  join_device(root, metrics, "encode_device");
  join_device(root, metrics, "op_device");
  join_device(root, metrics, "les_device");
  join_sum(root, metrics, "op_states");
  join_sum(root, metrics, "members");
  join_sum(root, metrics, "nan_inf_hits");
  join_hotloops(root, metrics);
  join_largest(root, metrics, "rollout_s");
  join_largest(root, metrics, "ns_per_step");
  join_largest(root, metrics, "rss_max_mb");
  join_largest(root, metrics, "device_memory_mb");
}

/* ---- in the order of the states ---- */

struct numbered {
  cJSON *item;
  double t, state;
  size_t at; /* before it was sorted */
};

static double number_of(const cJSON *item, const char *key) {
  const cJSON *number = cJSON_GetObjectItem(item, key);
  return number ? number->valuedouble : 0.0;
}

static int compare(const void *a, const void *b) {
  const struct numbered *one = a, *other = b;
  if (one->t != other->t) return one->t < other->t ? -1 : 1;
  if (one->state != other->state) return one->state < other->state ? -1 : 1;
  return one->at < other->at ? -1 : one->at > other->at;
}

static bool sort_items(cJSON *list) {
  const size_t count = (size_t)cJSON_GetArraySize(list);
  struct numbered *items = malloc((count + 1) * sizeof *items);
  if (!items) return false;
  for (size_t i = 0; i < count; i++) {
    cJSON *item = cJSON_DetachItemViaPointer(list, json_first(list));
    items[i] = (struct numbered){item, number_of(item, "t"), number_of(item, "state"), i};
  }
  qsort(items, count, sizeof *items, compare);
  for (size_t i = 0; i < count; i++) json_append(list, items[i].item);
  free(items);
  return true;
}

bool metrics_sort(cJSON *root) {
  static const char *const lists[] = {"decode_metrics", "comparison", "hashes"};
  bool sorted = true;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    sorted = sorted && sort_items(cJSON_GetObjectItem(root, lists[i]));
  }
  return sorted;
}

/* ---- of several states that advance together ---- */

void metrics_shift_states(cJSON *metrics, size_t first) {
  static const char *const lists[] = {"decode_metrics", "hashes"};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    for (cJSON *item = json_first_of(metrics, lists[i]); item; item = item->next) {
      const double state = number_of(item, "state") + (double)first;
      cJSON_DeleteItemFromObject(item, "state");
      cJSON_AddNumberToObject(item, "state", state);
    }
  }
}

/* SPDX-License-Identifier: MIT */
#include "state_loss.h"

#include <math.h>

enum vordec_status state_loss_create(const struct vordec_encoder_info *encoded, bool ignore_anchors,
                                     struct state_loss *loss, struct vordec_error *error) {
  const struct loss_desc desc = {.n = encoded->n,
                                 .mask_low = encoded->mask_low,
                                 .anchor_idx = encoded->anchor_idx,
                                 .anchors = encoded->anchors,
                                 .ignore_anchors = ignore_anchors};
  *loss = (struct state_loss){.values = encoded->d};
  const enum vordec_status status = loss_create(&desc, &loss->loss, error);
  if (!status) loss_get(loss->loss, &loss->info);
  return status;
}

void state_loss_release(struct state_loss *loss) {
  loss_destroy(loss->loss);
  *loss = (struct state_loss){0};
}

/* fmax() passes over NAN, which fields of zeros give. share: of the frames that come, among all. */
static void merge_measures(struct loss_measures *mean, struct loss_measures *worst, const struct loss_measures *means,
                           const struct loss_measures *worsts, double share) {
  mean->relative_l2 += share * (means->relative_l2 - mean->relative_l2);
  mean->correlation += share * (means->correlation - mean->correlation);
  mean->energy_spectrum += share * (means->energy_spectrum - mean->energy_spectrum);
  mean->enstrophy_spectrum += share * (means->enstrophy_spectrum - mean->enstrophy_spectrum);
  worst->relative_l2 = fmax(worst->relative_l2, worsts->relative_l2);
  worst->correlation = fmin(worst->correlation, worsts->correlation);
  worst->energy_spectrum = fmax(worst->energy_spectrum, worsts->energy_spectrum);
  worst->enstrophy_spectrum = fmax(worst->enstrophy_spectrum, worsts->enstrophy_spectrum);
}

static void add_measures(struct state_loss *loss, enum state_loss_kind kind, const struct loss_measures *now) {
  if (loss->frames == 1) loss->worst[kind] = *now;
  merge_measures(&loss->mean[kind], &loss->worst[kind], now, now, 1.0 / (double)loss->frames);
}

void state_loss_add(struct state_loss *loss, const double *omega, const double *z) {
  const struct loss_report report = loss_compare(loss->loss, omega, z);
  loss->frames++;
  add_measures(loss, LOSS_OF_STATE, &report.state);
  add_measures(loss, LOSS_OF_CUT, &report.cut);
  add_measures(loss, LOSS_OF_LARGEST, &report.largest);
}

void state_loss_merge(struct state_loss *loss, const struct state_loss *other) {
  if (!other->frames) return;
  loss->frames += other->frames;
  const double share = (double)other->frames / (double)loss->frames;
  for (int i = 0; i < LOSS_KINDS; i++) {
    merge_measures(&loss->mean[i], &loss->worst[i], &other->mean[i], &other->worst[i], share);
  }
}

static size_t numbers_of(const struct state_loss *loss, enum state_loss_kind kind) {
  switch (kind) {
  case LOSS_OF_STATE:
    return loss->info.numbers;
  case LOSS_OF_CUT:
    return loss->info.cut_numbers;
  case LOSS_OF_LARGEST:
    return loss->info.largest_numbers;
  case LOSS_KINDS:
    break;
  }
  return 0;
}

/* Of a field that is the same everywhere there is no correlation. */
static const char *measure_text(double value, char text[16]) {
  if (isnan(value)) return "-";
  snprintf(text, 16, "%.4f", value);
  return text;
}

static void print_line(FILE *stream, const char *name, size_t numbers, const struct loss_measures *mean,
                       const struct loss_measures *worst) {
  char correlation[2][16];
  fprintf(stream, "%-24s %8zu  %6.4f %6.4f  %7s %7s  %6.4f %6.4f  %6.4f %6.4f\n", name, numbers, mean->relative_l2,
          worst->relative_l2, measure_text(mean->correlation, correlation[0]),
          measure_text(worst->correlation, correlation[1]), mean->energy_spectrum, worst->energy_spectrum,
          mean->enstrophy_spectrum, worst->enstrophy_spectrum);
}

void state_loss_print(FILE *stream, const struct state_loss *loss) {
  const struct loss_measures none = {0, 1, 0, 0};
  char cut[48];
  if (!loss->frames) return;
  snprintf(cut, sizeof cut, "sharp cut, |k| <= %.4g", loss->info.cut);
  const char *const names[LOSS_KINDS] = {"state", cut, "largest modes"};
  fprintf(stream,
          "What %zu frame%s lose%s, mean and worst. Numbers are independent ones; a state stores %zu values.\n"
          "%-24s %8s  %-13s  %-15s  %-13s  %s\n",
          loss->frames, loss->frames == 1 ? "" : "s", loss->frames == 1 ? "s" : "", loss->values, "", "numbers",
          "relative L2", "correlation", "energy sp.", "enstrophy sp.");
  for (int i = 0; i < LOSS_KINDS; i++) {
    print_line(stream, names[i], numbers_of(loss, (enum state_loss_kind)i), &loss->mean[i], &loss->worst[i]);
  }
  print_line(stream, "raw field", loss->info.raw_numbers, &none, &none);
}

static bool put_number(cJSON *object, const char *key, double value) {
  cJSON *item = isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
  if (item && cJSON_AddItemToObject(object, key, item)) return true;
  cJSON_Delete(item);
  return false;
}

static bool put_measures(cJSON *object, const char *key, const struct loss_measures *measures) {
  cJSON *item = cJSON_AddObjectToObject(object, key);
  return item && put_number(item, "relative_l2", measures->relative_l2) &&
         put_number(item, "correlation", measures->correlation) &&
         put_number(item, "energy_spectrum_error", measures->energy_spectrum) &&
         put_number(item, "enstrophy_spectrum_error", measures->enstrophy_spectrum);
}

cJSON *state_loss_json(const struct state_loss *loss) {
  static const char *const keys[LOSS_KINDS] = {"state", "sharp_cut", "largest_modes"};
  cJSON *object = cJSON_CreateObject();
  bool ok = object && put_number(object, "frames", (double)loss->frames);
  for (int i = 0; i < LOSS_KINDS && ok; i++) {
    cJSON *item = cJSON_AddObjectToObject(object, keys[i]);
    ok = item && put_number(item, "numbers", (double)numbers_of(loss, (enum state_loss_kind)i)) &&
         put_measures(item, "mean", &loss->mean[i]) && put_measures(item, "worst", &loss->worst[i]);
    if (ok && i == LOSS_OF_STATE) ok = put_number(item, "values", (double)loss->values);
    if (ok && i == LOSS_OF_CUT) ok = put_number(item, "cut", loss->info.cut);
  }
  ok = ok && put_number(object, "raw_numbers", (double)loss->info.raw_numbers);
  if (ok) return object;
  cJSON_Delete(object);
  return NULL;
}

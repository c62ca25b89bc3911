/* SPDX-License-Identifier: MIT */
#include "loss_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "cli/csv.h"
#include "cli/json_output.h"
#include "cli/json_print.h"
#include "io/outfile.h"

#define WORTH 0.9 /* of the loss of the line before: what a line on the terminal has to reach */

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
}

/* ---- on the terminal ---- */

static int by_size(const void *left, const void *right) {
  const struct loss_row *a = *(const struct loss_row *const *)left, *b = *(const struct loss_row *const *)right;
  if (a->numbers != b->numbers) return a->numbers < b->numbers ? -1 : 1;
  return (a->worst > b->worst) - (a->worst < b->worst);
}

static void print_row(const struct loss_row *row) {
  char mid[16] = "-", width[16] = "-";
  if (row->width) {
    snprintf(mid, sizeof mid, "%g", row->mid_cut);
    snprintf(width, sizeof width, "%u", row->width);
  }
  printf("%8zu  %6.4f %6.4f  %6g  %8s  %6zu  %6s\n", row->numbers, row->mean, row->worst, row->k_cut, mid, row->kept,
         width);
}

/* Those that lose clearly less than any smaller one. */
static enum vordec_status print_best(const struct loss_results *results, struct vordec_error *error) {
  const struct loss_row **order = calloc(results->row_count + 1, sizeof *order);
  if (!order) return fail_memory("the table", error);
  for (size_t i = 0; i < results->row_count; i++) order[i] = &results->rows[i];
  qsort(order, results->row_count, sizeof *order, by_size);
  printf("\nThe best of %zu settings: a smaller state always loses more in the worst frame.\n%8s  %-13s  %6s  %8s  %6s "
         " %6s\n",
         results->row_count, "numbers", "relative L2", "k_cut", "mid cut", "kept", "width");
  double best = INFINITY;
  for (size_t i = 0; i < results->row_count; i++) {
    if (!(order[i]->worst < WORTH * best)) continue;
    best = order[i]->worst;
    print_row(order[i]);
  }
  free(order);
  return VORDEC_OK;
}

static void print_picked(const struct loss_results *results) {
  const struct loss_row *row = results->picked;
  const double target = results->request->target;
  if (!(target > 0)) return;
  if (!row) {
    double least = INFINITY;
    for (size_t i = 0; i < results->row_count; i++) least = fmin(least, results->rows[i].worst);
    printf("\nNo state of the table loses at most %g in every frame; the best one loses %.4f.\n", target, least);
    return;
  }
  printf("\nThe smallest state that loses at most %g in every frame: %zu numbers, %.4f in the worst one.\n  --k-cut %g",
         target, row->numbers, row->worst, row->k_cut);
  if (row->width) {
    printf(" --resid-mid-cut %g --topk-mid %zu --mask-smooth-width %u\n", row->mid_cut, row->kept, row->width);
  } else {
    /* Without kept modes the cut only divides energies; what a command takes is not below k_cut. */
    printf(" --resid-mid-cut %g --topk-mid 0\n", fmax(row->k_cut, results->request->encoding.desc.resid_mid_cut));
  }
}

enum vordec_status loss_report_print(const struct loss_results *results, struct vordec_error *error) {
  const struct vordec_encoder_desc *encoding = &results->request->encoding.desc;
  printf("N = %zu, %zu of %zu frames; k_cut %g, mid cut %g, kept %zu, width %u\n", results->n, results->frames,
         results->of_frames, encoding->k_cut, encoding->resid_mid_cut, encoding->topk_mid,
         results->encoder->smooth_width);
  state_loss_print(stdout, results->states);
  const enum vordec_status status = print_best(results, error);
  if (!status) print_picked(results);
  return status;
}

/* ---- files ---- */

enum vordec_status loss_report_write_csv(const char *path, const struct loss_results *results,
                                         struct vordec_error *error) {
  enum { COLUMNS = 7 };
  double *values = calloc(results->row_count + 1, COLUMNS * sizeof *values);
  if (!values) return fail_memory(path, error);
  for (size_t i = 0; i < results->row_count; i++) {
    const struct loss_row *row = &results->rows[i];
    const double line[COLUMNS] = {
        row->k_cut,           row->mid_cut, (double)row->kept, row->width ? (double)row->width : NAN,
        (double)row->numbers, row->mean,    row->worst};
    memcpy(values + i * COLUMNS, line, sizeof line);
  }
  const struct csv_table table = {"k_cut,resid_mid_cut,topk_mid,smooth_k,numbers,relative_l2_mean,relative_l2_worst",
                                  COLUMNS, results->row_count, values, results->made_by};
  const enum vordec_status status = csv_write(path, &table, error);
  free(values);
  return status;
}

static void put(cJSON *object, const char *key, double value) {
  cJSON *item = isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
  if (item && cJSON_AddItemToObject(object, key, item)) return;
  cJSON_Delete(item);
}

static cJSON *row_json(const struct loss_row *row) {
  cJSON *object = row ? cJSON_CreateObject() : cJSON_CreateNull();
  if (!object || !row) return object;
  put(object, "k_cut", row->k_cut);
  put(object, "resid_mid_cut", row->width ? row->mid_cut : NAN);
  put(object, "topk_mid", (double)row->kept);
  put(object, "smooth_k", row->width ? (double)row->width : NAN);
  put(object, "numbers", (double)row->numbers);
  put(object, "relative_l2_mean", row->mean);
  put(object, "relative_l2_worst", row->worst);
  return object;
}

static cJSON *point_json(const struct loss_point *point) {
  cJSON *object = cJSON_CreateObject();
  if (!object) return NULL;
  put(object, "numbers", (double)point->numbers);
  put(object, "relative_l2_mean", point->mean);
  put(object, "relative_l2_worst", point->worst);
  return object;
}

static cJSON *setting_json(const struct loss_results *results) {
  const struct vordec_encoder_desc *encoding = &results->request->encoding.desc;
  cJSON *object = cJSON_CreateObject();
  if (!object) return NULL;
  put(object, "k_cut", encoding->k_cut);
  put(object, "resid_mid_cut", encoding->resid_mid_cut);
  put(object, "topk_mid", (double)encoding->topk_mid);
  put(object, "smooth_k", (double)results->encoder->smooth_width);
  return object;
}

static void put_item(cJSON *object, const char *key, cJSON *item) {
  if (item && cJSON_AddItemToObject(object, key, item)) return;
  cJSON_Delete(item);
}

/* json_print() tells whether anything is missing. */
static cJSON *results_json(const struct loss_results *results) {
  cJSON *object = cJSON_CreateObject();
  if (!object) return NULL;
  const struct loss_request *request = results->request;
  cJSON_AddStringToObject(object, "vordec_version", vordec_version());
  cJSON_AddStringToObject(object, "ran_on", results->made_by);
  put(object, "N", (double)results->n);
  put(object, "frames", (double)results->frames);
  put_item(object, "setting", setting_json(results));
  put_item(object, "loss", state_loss_json(results->states));
  cJSON *table = cJSON_AddArrayToObject(object, "table"), *largest = cJSON_AddArrayToObject(object, "largest_modes");
  for (size_t i = 0; table && i < results->row_count; i++) json_append(table, row_json(&results->rows[i]));
  for (size_t i = 0; largest && i < results->largest_count; i++) {
    json_append(largest, point_json(&results->largest[i]));
  }
  put(object, "target_l2", request->target > 0 ? request->target : NAN);
  put_item(object, "picked", row_json(results->picked));
  return object;
}

enum vordec_status loss_report_write_json(const char *path, const struct loss_results *results,
                                          struct vordec_error *error) {
  cJSON *object = results_json(results);
  const enum vordec_status status = json_output_write(path, object ? json_print(object, true) : NULL, error);
  cJSON_Delete(object);
  return status;
}

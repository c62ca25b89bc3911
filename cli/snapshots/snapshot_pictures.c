/* SPDX-License-Identifier: MIT */
#include "snapshot_pictures.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "numerics/machine.h"
#include "plot/plot.h"

#define AT_ONCE_MAX 16u
#define BYTES_AT_ONCE ((size_t)1 << 30) /* of fields, by and large */
#define FIELDS_AT_ONCE 3u               /* of a picture: two that it shows, and their difference */

struct picture {
  const struct snapshot_request *request;
  size_t n;
  double box;
  char name[48], mark[33];
  struct figure_titles titles;
  struct picture_fields fields;
  double *copies; /* of omega_hat and omega_lp, as far as they are there; NULL: it shows the caller's */
  int8_t *mask;
  bool known; /* the record has a file of this name: `before` */
  struct recorded_file before;
  pthread_t thread;
  bool started;
  atomic_bool done;
  /* What came of it. */
  bool reused;
  struct file_digest digest;
  enum vordec_status status;
  struct vordec_error error;
};

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the pictures");
}

/* ---- drawing one ---- */

/* What it shows: the texts above it, and its fields; the rest of it follows from the request. */
static void make_mark(struct picture *picture) {
  const struct picture_fields *fields = &picture->fields;
  const size_t cells = picture->n * picture->n;
  char hashes[6][33] = {""};
  if (fields->omega_lp) vordec_hash(fields->omega_lp, cells * sizeof *fields->omega_lp, hashes[0]);
  if (fields->mask) vordec_hash(fields->mask, cells, hashes[1]);
  vordec_hash(fields->omega_hat, cells * sizeof *fields->omega_hat, hashes[2]);
  if (fields->truth) vordec_hash(fields->truth, cells * sizeof *fields->truth, hashes[3]);
  vordec_hash(picture->titles.title, strlen(picture->titles.title), hashes[4]);
  vordec_hash(picture->titles.subtitle, strlen(picture->titles.subtitle), hashes[5]);
  vordec_hash(hashes, sizeof hashes, picture->mark);
}

static enum vordec_status draw(const struct picture *picture, const char *path, struct vordec_error *error) {
  const struct picture_fields *fields = &picture->fields;
  if (fields->truth) {
    const struct figure_fields shown = {fields->truth, fields->omega_hat, picture->box};
    return figure_triptych(path, &picture->titles, picture->n, &shown, error);
  }
  const struct plot_decode plot = {.title = picture->titles.title,
                                   .n = picture->n,
                                   .box = picture->box,
                                   .precision = VORDEC_FP64,
                                   .omega_lp = fields->omega_lp,
                                   .mask = fields->mask,
                                   .omega_hat = fields->omega_hat,
                                   .mask_title = residual_settings_mask_title(&picture->request->residual, false),
                                   .subtitle = picture->titles.subtitle};
  return plot_decode(path, &plot, error);
}

static enum vordec_status make(struct picture *picture) {
  struct vordec_error *error = &picture->error;
  make_mark(picture);
  const struct recorded_file *before = &picture->before;
  picture->reused =
      picture->known && strcmp(before->mark, picture->mark) == 0 && recorded_file_stands(picture->request, before);
  if (picture->reused) return VORDEC_OK;
  char *path = snapshot_path(picture->request, picture->name);
  if (!path) return fail_memory(error);
  const enum vordec_status status = draw(picture, path, error);
  free(path);
  return status ? status : recorded_file_look(picture->request, picture->name, &picture->digest, error);
}

static void *work(void *picture_) {
  struct picture *picture = picture_;
  picture->status = make(picture);
  atomic_store(&picture->done, true);
  return NULL;
}

/* ---- beginning and ending one ---- */

static void destroy(struct picture *picture) {
  if (!picture) return;
  free(picture->copies);
  free(picture->mask);
  free(picture);
}

static struct picture *create(const struct snapshot_pictures *pictures, size_t step, const struct figure_titles *titles,
                              const struct picture_fields *fields) {
  struct picture *picture = calloc(1, sizeof *picture);
  if (!picture) return NULL;
  picture->request = pictures->request;
  picture->n = pictures->n;
  picture->box = pictures->box;
  picture->titles = *titles;
  picture->fields = *fields;
  snprintf(picture->name, sizeof picture->name, "t%05zu.png", step);
  const struct recorded_file *before = recorded_files_find(&pictures->record->files, picture->name);
  if (!before) return picture;
  picture->known = true;
  picture->before = *before; /* its texts stay until this picture is booked */
  return picture;
}

/* The caller's fields change while it is drawn. False: there is no memory. */
static bool copy_fields(struct picture *picture) {
  struct picture_fields *fields = &picture->fields;
  const size_t cells = picture->n * picture->n, bytes = cells * sizeof *picture->copies;
  picture->copies = malloc(fields->omega_lp ? 2 * bytes : bytes);
  if (fields->mask) picture->mask = malloc(cells);
  if (!picture->copies || (fields->mask && !picture->mask)) return false;
  fields->omega_hat = memcpy(picture->copies, fields->omega_hat, bytes);
  if (fields->omega_lp) fields->omega_lp = memcpy(picture->copies + cells, fields->omega_lp, bytes);
  if (fields->mask) fields->mask = memcpy(picture->mask, fields->mask, cells);
  return true;
}

static enum vordec_status book(struct snapshot_pictures *pictures, struct picture *picture,
                               struct vordec_error *error) {
  if (picture->status) {
    *error = picture->error;
    return picture->status;
  }
  if (picture->reused) {
    pictures->reused++;
    return VORDEC_OK;
  }
  const struct recorded_file file = {picture->name, picture->mark, picture->digest};
  return snapshot_record_book(pictures->record, &file, error);
}

static struct picture *oldest(const struct snapshot_pictures *pictures) {
  return pictures->begun == pictures->ended ? NULL : pictures->list[pictures->ended % pictures->at_once];
}

/* Waits for the oldest one. */
static enum vordec_status end_oldest(struct snapshot_pictures *pictures, bool booked, struct vordec_error *error) {
  struct picture *picture = oldest(pictures);
  if (picture->started) pthread_join(picture->thread, NULL);
  pictures->ended++;
  const enum vordec_status status = booked ? book(pictures, picture, error) : VORDEC_OK;
  destroy(picture);
  return status;
}

/* Books those that are done, and waits until there is room for one more. */
static enum vordec_status make_room(struct snapshot_pictures *pictures, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (struct picture *next = oldest(pictures); next && !status; next = oldest(pictures)) {
    if (pictures->begun - pictures->ended < pictures->at_once && !atomic_load(&next->done)) break;
    status = end_oldest(pictures, true, error);
  }
  return status;
}

/* ---- all of them ---- */

/* A run that has one processor would only be delayed. */
static size_t pictures_at_once(const struct snapshot_request *request, size_t n) {
  const size_t threads = request->encoding.threads ? request->encoding.threads : machine_processors();
  const size_t room = BYTES_AT_ONCE / (FIELDS_AT_ONCE * n * n * sizeof(double));
  const size_t most = room < AT_ONCE_MAX ? room : AT_ONCE_MAX;
  if (threads < 2 || most < 2) return 0;
  return threads < most ? threads : most;
}

enum vordec_status snapshot_pictures_start(const struct snapshot_request *request, struct snapshot_record *record,
                                           size_t n, double box, struct snapshot_pictures *pictures,
                                           struct vordec_error *error) {
  *pictures = (struct snapshot_pictures){.request = request, .record = record, .n = n, .box = box};
  pictures->at_once = pictures_at_once(request, n);
  if (!pictures->at_once) return VORDEC_OK;
  pictures->list = calloc(pictures->at_once, sizeof(struct picture *));
  return pictures->list ? VORDEC_OK : fail_memory(error);
}

enum vordec_status snapshot_pictures_add(struct snapshot_pictures *pictures, size_t step,
                                         const struct figure_titles *titles, const struct picture_fields *fields,
                                         struct vordec_error *error) {
  const enum vordec_status status = make_room(pictures, error);
  if (status) return status;
  struct picture *picture = create(pictures, step, titles, fields);
  if (!picture) return fail_memory(error);
  if (pictures->at_once && copy_fields(picture)) {
    pictures->list[pictures->begun++ % pictures->at_once] = picture;
    picture->started = pthread_create(&picture->thread, NULL, work, picture) == 0;
    if (!picture->started) work(picture);
    return VORDEC_OK;
  }
  work(picture);
  /* Those before it come first in the record. */
  enum vordec_status booked = snapshot_pictures_finish(pictures, error);
  if (!booked) booked = book(pictures, picture, error);
  destroy(picture);
  return booked;
}

enum vordec_status snapshot_pictures_finish(struct snapshot_pictures *pictures, struct vordec_error *error) {
  enum vordec_status first = VORDEC_OK;
  while (oldest(pictures)) {
    struct vordec_error late = {0};
    const enum vordec_status status = end_oldest(pictures, true, &late);
    if (first || !status) continue;
    first = status;
    *error = late;
  }
  return first;
}

void snapshot_pictures_release(struct snapshot_pictures *pictures) {
  struct vordec_error ignored;
  while (oldest(pictures)) end_oldest(pictures, false, &ignored);
  free(pictures->list);
  *pictures = (struct snapshot_pictures){0};
}

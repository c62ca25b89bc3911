/* SPDX-License-Identifier: MIT */
#include "snapshot_record.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/error.h>

#include "cli/json_read.h"
#include "io/outfile.h"

#define RUN_JSON_MAX ((off_t)1 << 30)

#define FRAME_FIELDS_MAX 2      /* omega and the sum */
#define CHECKPOINT_FIELDS_MAX 3 /* .. and the last training frame */

enum record_kind { RECORD_REQUEST = 1, RECORD_FRAME, RECORD_FILE, RECORD_MAKER, RECORD_CHECKPOINT };

/* How a frame begins; z, and as many fields as there are of omega and the sum follow. A checkpoint has no z. Whole
 * doubles, so that those are aligned. */
struct frame_head {
  uint64_t index, fields;
  double energy, enstrophy;
};

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the record of the run");
}

static enum vordec_status fail_damaged(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0, "--resume: %s is damaged; leave --resume out to start again", path);
}

/* ---- files ---- */

/* The metrics may have been asked for elsewhere. To be freed. */
static char *path_of(const struct snapshot_request *request, const char *name) {
  const bool elsewhere = request->metrics_path && strcmp(name, "metrics.json") == 0;
  return elsewhere ? strdup(request->metrics_path) : snapshot_path(request, name);
}

bool recorded_file_stands(const struct snapshot_request *request, const struct recorded_file *file) {
  struct vordec_error ignored;
  struct file_digest digest;
  char *path = path_of(request, file->name);
  const bool whole = path && file_digest_make(path, &digest, &ignored) == VORDEC_OK &&
                     digest.bytes == file->digest.bytes && strcmp(digest.hash, file->digest.hash) == 0;
  free(path);
  return whole;
}

bool snapshot_record_has_file(const struct snapshot_record *record, const char *name, const char *mark) {
  const struct recorded_file *file = recorded_files_find(&record->files, name);
  return file && strcmp(file->mark, mark) == 0 && recorded_file_stands(record->request, file);
}

static enum vordec_status remember_json(struct snapshot_record *record, const cJSON *item, const char *path,
                                        struct vordec_error *error) {
  struct recorded_file file;
  return recorded_files_parse(item, &file) ? recorded_files_put(&record->files, &file, error)
                                           : fail_damaged(path, error);
}

enum vordec_status recorded_file_look(const struct snapshot_request *request, const char *name,
                                      struct file_digest *digest, struct vordec_error *error) {
  char *path = path_of(request, name);
  const enum vordec_status status = path ? file_digest_make(path, digest, error) : fail_memory(error);
  free(path);
  if (status != VORDEC_E_IO && status != VORDEC_E_INPUT) return status;
  const struct vordec_error inner = *error; /* it was there a moment ago */
  return vordec_fail(error, VORDEC_E_FAILED, inner.reason, "%.500s", inner.message);
}

enum vordec_status snapshot_record_book(struct snapshot_record *record, const struct recorded_file *file,
                                        struct vordec_error *error) {
  enum vordec_status status = recorded_files_put(&record->files, file, error);
  if (status) return status;
  cJSON *item = recorded_files_json(file);
  char *text = item ? cJSON_PrintUnformatted(item) : NULL;
  const struct journal_part part = {text, text ? strlen(text) : 0};
  status = text ? journal_add(record->journal, RECORD_FILE, &part, 1, error) : fail_memory(error);
  cJSON_free(text);
  cJSON_Delete(item);
  return status;
}

enum vordec_status snapshot_record_add_file(struct snapshot_record *record, const char *name, const char *mark,
                                            struct vordec_error *error) {
  struct recorded_file file = {(char *)name, (char *)mark, {0}};
  const enum vordec_status status = recorded_file_look(record->request, name, &file.digest, error);
  return status ? status : snapshot_record_book(record, &file, error);
}

/* ---- what an earlier run left ---- */

/* A finished run whose files are whole needs nothing; one with a damaged file is done again. */
static enum vordec_status check_files(struct snapshot_record *record, const cJSON *run, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  const cJSON *beyond = cJSON_GetObjectItem(run, "parity_beyond");
  record->parity_beyond = cJSON_IsNumber(beyond) && beyond->valuedouble > 0.0 ? (size_t)beyond->valuedouble : 0;
  for (const cJSON *item = json_first_of(run, "files"); item && !status; item = item->next) {
    status = remember_json(record, item, record->run_path, error);
  }
  record->finished = !status && record->files.count > 0;
  for (size_t i = 0; i < record->files.count && record->finished; i++) {
    if (recorded_file_stands(record->request, &record->files.list[i])) continue;
    fprintf(stderr, "vordec: --resume: %s/%s_%s is not what the run wrote; starting again\n", record->request->out_dir,
            record->request->prefix, record->files.list[i].name);
    record->finished = false;
  }
  return status;
}

static enum vordec_status fail_read(const char *path, struct vordec_error *error) {
  return vordec_fail(error, errno == ENOMEM ? VORDEC_E_NO_MEMORY : VORDEC_E_IO, 0, "%s: cannot read: %s", path,
                     strerror(errno));
}

static enum vordec_status read_whole(const char *path, int fd, char **text, struct vordec_error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0) return fail_read(path, error);
  if (!S_ISREG(info.st_mode)) return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: not a regular file", path);
  if (info.st_size > RUN_JSON_MAX) return fail_damaged(path, error);
  const size_t size = (size_t)info.st_size;
  char *bytes = malloc(size + 1);
  if (!bytes) return fail_memory(error);
  size_t got = 0;
  for (ssize_t more = 1; more > 0 && got<size; got += more> 0 ? (size_t)more : 0) {
    more = read(fd, bytes + got, size - got);
    if (more >= 0) continue;
    free(bytes);
    return fail_read(path, error);
  }
  bytes[got] = '\0';
  *text = bytes;
  return VORDEC_OK;
}

/* The whole text, to be freed; NULL: there is none. */
static enum vordec_status read_text(const char *path, char **text, struct vordec_error *error) {
  *text = NULL;
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno == ENOENT ? VORDEC_OK : fail_read(path, error);
  const enum vordec_status status = read_whole(path, fd, text, error);
  close(fd);
  return status;
}

static enum vordec_status open_run(struct snapshot_record *record, struct vordec_error *error) {
  char *text = NULL;
  enum vordec_status status = read_text(record->run_path, &text, error);
  if (status || !text) return status;
  cJSON *run = cJSON_Parse(text);
  const cJSON *recorded = cJSON_GetObjectItem(run, "request");
  size_t longer = 0;
  status = cJSON_IsObject(recorded)
               ? snapshot_request_compare(record->request, recorded, record->run_path, &longer, error)
               : fail_damaged(record->run_path, error);
  if (!status) status = check_files(record, run, error);
  if (!status && longer) {
    fprintf(stderr, "vordec: --resume: the run of %zu steps is finished and has left no frames: starting again\n",
            longer);
    record->finished = false;
  }
  cJSON_Delete(run);
  free(text);
  return status;
}

static enum vordec_status check_request(struct snapshot_record *record, struct vordec_error *error) {
  uint32_t kind = 0;
  void *text = NULL;
  size_t size = 0;
  enum vordec_status status = journal_next(record->journal, &kind, &text, &size, error);
  if (status) return status;
  cJSON *recorded = text && kind == RECORD_REQUEST ? cJSON_Parse(text) : NULL;
  size_t longer = 0;
  status = cJSON_IsObject(recorded)
               ? snapshot_request_compare(record->request, recorded, record->journal_path, &longer, error)
               : fail_damaged(record->journal_path, error);
  cJSON_Delete(recorded);
  free(text);
  return status;
}

/* ---- a run that begins where an earlier one left something ---- */

/* The furthest frame; those that were simulated again, behind a checkpoint, are there twice. */
static void note_frame(const void *data, size_t size, size_t *furthest) {
  struct frame_head head;
  if (size < sizeof head) return;
  memcpy(&head, data, sizeof head);
  if (head.index > *furthest) *furthest = (size_t)head.index;
}

/* What that was is remembered, to be cleared away when this one begins: names of files, and how far it got. */
static enum vordec_status recall_journal(struct snapshot_record *record, struct journal *journal, size_t *furthest,
                                         size_t *steps, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  *furthest = *steps = 0;
  for (void *data = NULL; !status; free(data)) {
    uint32_t kind = 0;
    size_t size = 0;
    status = journal_next(journal, &kind, &data, &size, error);
    if (status || !data) break;
    if (kind == RECORD_FRAME) note_frame(data, size, furthest);
    cJSON *item = kind == RECORD_FILE || kind == RECORD_REQUEST ? cJSON_Parse(data) : NULL;
    if (kind == RECORD_REQUEST) *steps = snapshot_request_steps(item);
    if (kind == RECORD_FILE && item) status = remember_json(record, item, record->journal_path, error);
    cJSON_Delete(item);
  }
  return status;
}

/* Files that a finished run booked; one whose record cannot be read has none. */
static void recall_run(struct snapshot_record *record) {
  struct vordec_error ignored;
  char *text = NULL;
  if (read_text(record->run_path, &text, &ignored) || !text) return;
  cJSON *run = cJSON_Parse(text);
  for (const cJSON *item = json_first_of(run, "files"); item; item = item->next) {
    if (remember_json(record, item, record->run_path, &ignored)) break;
  }
  cJSON_Delete(run);
  free(text);
}

/* What a run has worked for is not thrown away because --resume was forgotten. */
static enum vordec_status look_back(struct snapshot_record *record, struct vordec_error *error) {
  struct journal *journal = NULL;
  size_t furthest = 0, steps = 0;
  enum vordec_status status = journal_open(record->journal_path, &journal, error);
  if (status == VORDEC_E_INPUT) return VORDEC_OK; /* nobody can go on with it */
  if (!status && journal) status = recall_journal(record, journal, &furthest, &steps, error);
  journal_close(journal);
  if (status == VORDEC_E_INPUT) status = VORDEC_OK;
  if (status) return status;
  recall_run(record);
  if (!furthest || record->request->restart) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "%s: an interrupted run got through %zu of %zu steps; continue it with --resume, or start again "
                     "with --restart",
                     record->journal_path, furthest, steps);
}

/* Pictures of an earlier run, where they are as it drew them: they are not to stand beside those of this one. */
static void clear_pictures(const struct snapshot_record *record) {
  for (size_t i = 0; i < record->files.count; i++) {
    const struct recorded_file *file = &record->files.list[i];
    const size_t length = strlen(file->name);
    struct stat info;
    if (length < 4 || strcmp(file->name + length - 4, ".png") != 0 || !recorded_file_stands(record->request, file))
      continue;
    char *path = path_of(record->request, file->name);
    if (path && lstat(path, &info) == 0 && S_ISREG(info.st_mode)) unlink(path);
    free(path);
  }
}

enum vordec_status snapshot_record_open(const struct snapshot_request *request, struct snapshot_record *record,
                                        struct vordec_error *error) {
  *record = (struct snapshot_record){.request = request};
  record->journal_path = snapshot_path(request, "journal");
  record->run_path = snapshot_path(request, "run.json");
  if (!record->journal_path || !record->run_path) return fail_memory(error);
  if (!request->resume) return look_back(record, error);
  const enum vordec_status status = journal_open(record->journal_path, &record->journal, error);
  if (status) return status;
  return record->journal ? check_request(record, error) : open_run(record, error);
}

enum vordec_status snapshot_record_begin(struct snapshot_record *record, struct vordec_error *error) {
  if (record->journal) return VORDEC_OK;
  clear_pictures(record);
  recorded_files_release(&record->files);
  char *text = cJSON_PrintUnformatted(record->request->asked);
  if (!text) return fail_memory(error);
  const enum vordec_status status =
      journal_create(record->journal_path, RECORD_REQUEST, text, strlen(text), &record->journal, error);
  cJSON_free(text);
  record->began = !status;
  /* That run's files are about to be replaced. A link stays, and is written through at the end. */
  struct stat info;
  if (!status && lstat(record->run_path, &info) == 0 && !S_ISLNK(info.st_mode)) unlink(record->run_path);
  return status;
}

void snapshot_record_abandon(struct snapshot_record *record) {
  if (record->began) journal_remove(record->journal);
}

/* ---- frames ---- */

/* Points into data, which holds whole doubles behind the head. */
static bool parse_frame(const void *data, size_t size, size_t d, size_t cells, struct recorded_frame *frame) {
  struct frame_head head;
  if (size < sizeof head) return false;
  memcpy(&head, data, sizeof head);
  if (head.fields > FRAME_FIELDS_MAX || head.index > SIZE_MAX / 2) return false;
  if (size != sizeof head + (d + head.fields * cells) * sizeof(double)) return false;
  const double *values = (const double *)data + sizeof head / sizeof(double);
  *frame = (struct recorded_frame){.index = (size_t)head.index,
                                   .totals = {head.energy, head.enstrophy},
                                   .z = values,
                                   .omega = head.fields > 0 ? values + d : NULL,
                                   .sum = head.fields > 1 ? values + d + cells : NULL};
  return true;
}

static bool parse_checkpoint(const void *data, size_t size, size_t cells, struct recorded_frame *frame) {
  struct frame_head head;
  if (size < sizeof head) return false;
  memcpy(&head, data, sizeof head);
  if (head.fields == 0 || head.fields > CHECKPOINT_FIELDS_MAX || head.index > SIZE_MAX / 2) return false;
  if (size != sizeof head + head.fields * cells * sizeof(double)) return false;
  const double *values = (const double *)data + sizeof head / sizeof(double);
  *frame = (struct recorded_frame){.index = (size_t)head.index,
                                   .totals = {NAN, NAN},
                                   .omega = values,
                                   .sum = head.fields > 1 ? values + cells : NULL,
                                   .last_training = head.fields > 2 ? values + 2 * cells : NULL};
  return true;
}

enum vordec_status snapshot_record_add_maker(struct snapshot_record *record, const char *maker,
                                             struct vordec_error *error) {
  const struct journal_part part = {maker, strlen(maker)};
  return journal_add(record->journal, RECORD_MAKER, &part, 1, error);
}

/* Takes a record over that is no frame. */
static enum vordec_status take_note(struct snapshot_record *record, uint32_t kind, void **text,
                                    struct vordec_error *error) {
  if (kind == RECORD_MAKER) {
    free(record->maker);
    record->maker = *text;
    *text = NULL;
    return VORDEC_OK;
  }
  cJSON *item = kind == RECORD_FILE ? cJSON_Parse(*text) : NULL;
  const enum vordec_status status =
      item ? remember_json(record, item, record->journal_path, error) : fail_damaged(record->journal_path, error);
  cJSON_Delete(item);
  free(*text);
  *text = NULL;
  return status;
}

enum vordec_status snapshot_record_next(struct snapshot_record *record, size_t d, size_t cells,
                                        struct recorded_frame *frame, void **memory, struct vordec_error *error) {
  for (;;) {
    uint32_t kind = 0;
    size_t size = 0;
    enum vordec_status status = journal_next(record->journal, &kind, memory, &size, error);
    if (status || !*memory) return status;
    if (kind == RECORD_FRAME && parse_frame(*memory, size, d, cells, frame)) return VORDEC_OK;
    if (kind == RECORD_CHECKPOINT && parse_checkpoint(*memory, size, cells, frame)) return VORDEC_OK;
    status = take_note(record, kind, memory, error);
    if (status) return status;
  }
}

enum vordec_status snapshot_record_add_frame(struct snapshot_record *record, size_t d, size_t cells,
                                             const struct recorded_frame *frame, struct vordec_error *error) {
  const size_t fields = !frame->omega ? 0 : !frame->sum ? 1 : FRAME_FIELDS_MAX;
  const struct frame_head head = {frame->index, fields, frame->totals.energy, frame->totals.enstrophy};
  const struct journal_part parts[] = {{&head, sizeof head},
                                       {frame->z, d * sizeof *frame->z},
                                       {frame->omega, cells * sizeof *frame->omega},
                                       {frame->sum, cells * sizeof *frame->sum}};
  return journal_add(record->journal, RECORD_FRAME, parts, 2 + fields, error);
}

enum vordec_status snapshot_record_add_checkpoint(struct snapshot_record *record, size_t cells,
                                                  const struct recorded_frame *checkpoint, struct vordec_error *error) {
  const size_t fields = !checkpoint->sum ? 1 : !checkpoint->last_training ? 2 : CHECKPOINT_FIELDS_MAX;
  const struct frame_head head = {checkpoint->index, fields, 0, 0};
  const struct journal_part parts[] = {{&head, sizeof head},
                                       {checkpoint->omega, cells * sizeof(double)},
                                       {checkpoint->sum, cells * sizeof(double)},
                                       {checkpoint->last_training, cells * sizeof(double)}};
  return journal_add(record->journal, RECORD_CHECKPOINT, parts, 1 + fields, error);
}

/* ---- the end ---- */

static char *run_text(const struct snapshot_record *record, size_t parity_beyond) {
  cJSON *run = cJSON_CreateObject(), *request = cJSON_Duplicate(record->request->asked, true), *files = NULL;
  char *text = NULL;
  bool ok = run && request && cJSON_AddItemToObject(run, "request", request);
  if (!ok) cJSON_Delete(request);
  ok = ok && cJSON_AddNumberToObject(run, "parity_beyond", (double)parity_beyond);
  ok = ok && (files = cJSON_AddArrayToObject(run, "files")) != NULL;
  for (size_t i = 0; i < record->files.count && ok; i++) {
    cJSON *item = recorded_files_json(&record->files.list[i]);
    ok = item && cJSON_AddItemToArray(files, item);
  }
  if (ok) text = cJSON_Print(run);
  cJSON_Delete(run);
  return text;
}

enum vordec_status snapshot_record_write(struct snapshot_record *record, size_t parity_beyond,
                                         struct vordec_error *error) {
  struct outfile *file = NULL;
  char *text = run_text(record, parity_beyond);
  enum vordec_status status = text ? outfile_create(record->run_path, &file, error) : fail_memory(error);
  if (!status) {
    fprintf(outfile_stream(file), "%s\n", text);
    status = outfile_commit(file, error);
  }
  cJSON_free(text);
  outfile_destroy(file);
  return status;
}

enum vordec_status snapshot_record_finish(struct snapshot_record *record, size_t parity_beyond,
                                          struct vordec_error *error) {
  const enum vordec_status status = snapshot_record_write(record, parity_beyond, error);
  if (!status) journal_remove(record->journal);
  return status;
}

void snapshot_record_release(struct snapshot_record *record) {
  recorded_files_release(&record->files);
  journal_close(record->journal);
  free(record->maker);
  free(record->journal_path);
  free(record->run_path);
  *record = (struct snapshot_record){0};
}

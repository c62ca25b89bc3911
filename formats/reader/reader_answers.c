/* SPDX-License-Identifier: MIT */
#include "reader_answers.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

/* ---- data */

static void hold(struct reader_answers *answers, void *data, size_t bytes) {
  free(answers->held);
  answers->held = data;
  answers->held_bytes = bytes;
}

static void put_on_tray(const struct reader_answers *answers, size_t at) {
  const size_t left = answers->held_bytes - at, room = answers->tray.bytes;
  memcpy(answers->tray.data, (const char *)answers->held + at, left < room ? left : room);
}

static enum vordec_status fail_memory(const struct reader_answers *answers, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", answers->source->path);
}

static enum vordec_status piece(struct reader_answers *answers, const struct reader_request *request,
                                struct reader_reply *reply, struct vordec_error *error) {
  if (!answers->held || request->at >= answers->held_bytes) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "there is no such piece");
  }
  put_on_tray(answers, (size_t)request->at);
  reply->bytes = answers->held_bytes;
  return VORDEC_OK;
}

/* ---- lists */

/* The name and the kind behind what is on the tray. False: they do not fit. */
static bool put_names(const struct reader_answers *answers, const char *name, const char *kind, uint64_t *bytes) {
  const size_t first = strlen(name) + 1, second = strlen(kind) + 1;
  const size_t room = answers->tray.bytes < READER_TRAY_LEAST ? answers->tray.bytes : READER_TRAY_LEAST;
  if (*bytes + first + second > room) return false;
  memcpy((char *)answers->tray.data + *bytes, name, first);
  memcpy((char *)answers->tray.data + *bytes + first, kind, second);
  *bytes += first + second;
  return true;
}

static enum vordec_status list(struct reader_answers *answers, const struct reader_request *request,
                               struct reader_reply *reply, struct vordec_error *error) {
  char name[ARRAY_NAME_MAX], kind[ARRAY_NAME_MAX] = "";
  (void)error;
  reply->at = request->at;
  for (size_t at = (size_t)request->at;;) {
    const bool more = request->call == READER_ARRAYS ? array_source_next(answers->source, &at, name)
                                                     : array_source_next_other(answers->source, &at, name, kind);
    if (!more) return VORDEC_OK;
    reply->found = !put_names(answers, name, kind, &reply->bytes);
    if (reply->found) return VORDEC_OK;
    reply->at = at;
    reply->count++;
  }
}

/* ---- arrays */

static void put_form(struct reader_reply *reply, enum npy_type type, uint32_t ndim, const size_t *shape) {
  reply->type = type;
  reply->ndim = ndim;
  for (uint32_t i = 0; i < ndim; i++) reply->shape[i] = shape[i];
}

static enum vordec_status describe(struct reader_answers *answers, const struct reader_request *request,
                                   struct reader_reply *reply, struct vordec_error *error) {
  struct npy_form form;
  const enum vordec_status status = array_source_describe(answers->source, request->name, &form, error);
  if (!status) put_form(reply, form.type, form.ndim, form.shape);
  return status;
}

static enum vordec_status read_whole(struct reader_answers *answers, const struct reader_request *request,
                                     struct reader_reply *reply, struct vordec_error *error) {
  struct npy_array array;
  const enum vordec_status status = array_source_read(answers->source, request->name, &array, error);
  if (status) return status;
  put_form(reply, array.type, array.ndim, array.shape);
  reply->bytes = array.count * npy_type_size(array.type);
  hold(answers, array.data, (size_t)reply->bytes);
  put_on_tray(answers, 0);
  return VORDEC_OK;
}

/* ---- slabs */

static bool add_slabs(struct reader_answers *answers, struct array_slabs *slabs, uint32_t *handle) {
  for (*handle = 0; *handle < answers->slabs_count; (*handle)++) {
    if (answers->slabs[*handle]) continue;
    answers->slabs[*handle] = slabs;
    return true;
  }
  void *grown = realloc(answers->slabs, (answers->slabs_count + (size_t)1) * sizeof(struct array_slabs *));
  if (!grown) return false;
  answers->slabs = grown;
  answers->slabs[answers->slabs_count++] = slabs;
  return true;
}

static enum vordec_status open_slabs(struct reader_answers *answers, const struct reader_request *request,
                                     struct reader_reply *reply, struct vordec_error *error) {
  struct array_slabs *slabs = NULL;
  const enum vordec_status status = array_source_open_slabs(answers->source, request->name, &slabs, error);
  if (status) return status;
  put_form(reply, NPY_F8, slabs->ndim, slabs->shape);
  if (add_slabs(answers, slabs, &reply->handle)) return VORDEC_OK;
  array_slabs_close(slabs);
  return fail_memory(answers, error);
}

static struct array_slabs *slabs_of(const struct reader_answers *answers, uint32_t handle) {
  return handle < answers->slabs_count ? answers->slabs[handle] : NULL;
}

static enum vordec_status read_slab(struct reader_answers *answers, const struct reader_request *request,
                                    struct reader_reply *reply, struct vordec_error *error) {
  struct array_slabs *slabs = slabs_of(answers, request->handle);
  if (!slabs) return vordec_fail(error, VORDEC_E_USAGE, 0, "there are no such slabs");
  size_t start[NPY_MAX_NDIM], count[NPY_MAX_NDIM], bytes = sizeof(double);
  for (uint32_t i = 0; i < NPY_MAX_NDIM; i++) {
    start[i] = (size_t)request->start[i];
    count[i] = (size_t)request->count[i];
  }
  for (uint32_t i = 0; i < slabs->ndim; i++) bytes *= count[i];
  reply->bytes = bytes;
  if (bytes <= answers->tray.bytes) return array_slabs_read(slabs, start, count, answers->tray.data, error);
  hold(answers, malloc(bytes), bytes);
  if (!answers->held) return fail_memory(answers, error);
  const enum vordec_status status = array_slabs_read(slabs, start, count, answers->held, error);
  if (!status) put_on_tray(answers, 0);
  return status;
}

static enum vordec_status close_slabs(struct reader_answers *answers, const struct reader_request *request,
                                      struct reader_reply *reply, struct vordec_error *error) {
  struct array_slabs *slabs = slabs_of(answers, request->handle);
  (void)reply;
  (void)error;
  array_slabs_close(slabs);
  if (slabs) answers->slabs[request->handle] = NULL;
  return VORDEC_OK;
}

/* ---- what belongs to arrays */

static enum vordec_status axis_name(struct reader_answers *answers, const struct reader_request *request,
                                    struct reader_reply *reply, struct vordec_error *error) {
  (void)error;
  array_source_axis_name(answers->source, request->name, (uint32_t)request->at, reply->text);
  return VORDEC_OK;
}

static enum vordec_status attribute(struct reader_answers *answers, const struct reader_request *request,
                                    struct reader_reply *reply, struct vordec_error *error) {
  double values[READER_NUMBERS];
  const size_t room = request->room < READER_NUMBERS ? (size_t)request->room : READER_NUMBERS;
  (void)error;
  reply->count = array_source_attribute(answers->source, request->name, request->attribute, values, room);
  reply->bytes = reply->count * sizeof *values;
  if (reply->count <= room) memcpy(answers->tray.data, values, (size_t)reply->bytes);
  return VORDEC_OK;
}

static enum vordec_status text(struct reader_answers *answers, const struct reader_request *request,
                               struct reader_reply *reply, struct vordec_error *error) {
  (void)error;
  reply->found =
      array_source_text(answers->source, request->name, request->attribute, (size_t)request->at, reply->text);
  return VORDEC_OK;
}

/* ---- */

typedef enum vordec_status (*answer)(struct reader_answers *answers, const struct reader_request *request,
                                     struct reader_reply *reply, struct vordec_error *error);

static const answer answers_to[READER_CALL_COUNT] = {
    [READER_ARRAYS] = list,
    [READER_OTHERS] = list,
    [READER_DESCRIBE] = describe,
    [READER_READ] = read_whole,
    [READER_OPEN_SLABS] = open_slabs,
    [READER_READ_SLAB] = read_slab,
    [READER_CLOSE_SLABS] = close_slabs,
    [READER_PIECE] = piece,
    [READER_AXIS_NAME] = axis_name,
    [READER_ATTRIBUTE] = attribute,
    [READER_TEXT] = text,
};

void reader_answers_give(struct reader_answers *answers, const struct reader_request *request,
                         struct reader_reply *reply) {
  struct vordec_error error = {0};
  const answer give = request->call < READER_CALL_COUNT ? answers_to[request->call] : NULL;
  *reply = (struct reader_reply){.call = request->call, .turn = request->turn};
  if (request->call != READER_PIECE) hold(answers, NULL, 0);
  if (!reader_tray_follow(&answers->tray, (size_t)request->tray)) {
    reply->status = fail_memory(answers, &error);
  } else {
    reply->status =
        give ? give(answers, request, reply, &error) : vordec_fail(&error, VORDEC_E_USAGE, 0, "nobody can answer this");
  }
  if (!reply->status) return;
  reply->reason = error.reason;
  reader_message_text(reply->message, sizeof reply->message, error.message);
}

void reader_answers_release(struct reader_answers *answers) {
  for (uint32_t i = 0; i < answers->slabs_count; i++) array_slabs_close(answers->slabs[i]);
  free(answers->slabs);
  free(answers->held);
  array_source_close(answers->source);
}

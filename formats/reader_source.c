/* SPDX-License-Identifier: MIT */
#include "reader_source.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "formats/modules/other_list.h"
#include "reader_memory.h"

struct reader_source {
  struct array_source source;
  struct reader_process *process;
  char *path;
  char format[ARRAY_NAME_MAX];
  struct name_list names;
  struct other_list others;
  struct reader_memory memory;
};

struct reader_slabs {
  struct array_slabs slabs;
  struct reader_process *process;
  uint32_t handle;
  char name[NPY_NAME_MAX];
};

static struct reader_source *own_of(const struct array_source *source) {
  return (struct reader_source *)source;
}

static enum vordec_status fail_memory(const char *name, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", name);
}

static struct reader_request request_of(enum reader_call call, const char *name) {
  struct reader_request request = {.call = call};
  reader_message_text(request.name, sizeof request.name, name);
  return request;
}

/* ---- what a reply says, believed if it can be */

static bool take_form(const struct reader_reply *reply, struct npy_header *header) {
  *header = (struct npy_header){.type = (enum npy_type)reply->type, .ndim = reply->ndim};
  if (reply->type >= NPY_TYPE_COUNT || reply->ndim > NPY_MAX_NDIM) return false;
  for (uint32_t i = 0; i < reply->ndim; i++) header->shape[i] = (size_t)reply->shape[i];
  return npy_header_measure(header);
}

/* One text of a list; NULL: it does not end, or not in time. */
static const char *next_text(const char *data, size_t bytes, size_t *at) {
  const char *text = data + *at, *end = *at < bytes ? memchr(text, '\0', bytes - *at) : NULL;
  if (!end || (size_t)(end - text) >= ARRAY_NAME_MAX) return NULL;
  *at += (size_t)(end - text) + 1;
  return text;
}

/* False: it makes no sense. *added: false where there is no room. */
static bool take_list(const struct reader_reply *reply, const char *data, struct reader_source *own, bool *added) {
  size_t at = 0;
  *added = true;
  for (uint64_t i = 0; i < reply->count && *added; i++) {
    const char *name = next_text(data, (size_t)reply->bytes, &at);
    const char *kind = name ? next_text(data, (size_t)reply->bytes, &at) : NULL;
    if (!kind || !*name || !*kind != (reply->call == READER_ARRAYS)) return false;
    *added = *kind ? other_list_add(&own->others, name, kind) : name_list_add(&own->names, name);
  }
  return true;
}

/* ---- opening */

static enum vordec_status list_some(struct reader_source *own, struct reader_request *request, bool *more,
                                    struct vordec_error *error) {
  struct reader_reply reply;
  char *data = NULL;
  bool added = false;
  enum vordec_status status = reader_process_ask(own->process, request, &reply, error);
  if (status) return status;
  if (reply.bytes > READER_TRAY_LEAST || (reply.found && (reply.count == 0 || reply.at <= request->at))) {
    return reader_process_disbelieve(own->process, error);
  }
  data = malloc(reply.bytes ? (size_t)reply.bytes : 1);
  if (!data) return fail_memory(own->path, error);
  status = reader_process_take(own->process, &reply, data, error);
  if (!status && !take_list(&reply, data, own, &added)) status = reader_process_disbelieve(own->process, error);
  if (!status && !added) status = fail_memory(own->path, error);
  free(data);
  request->at = reply.at;
  *more = reply.found;
  return status;
}

static enum vordec_status list_all(struct reader_source *own, enum reader_call call, struct vordec_error *error) {
  struct reader_request request = request_of(call, "");
  enum vordec_status status = VORDEC_OK;
  bool more = true;
  while (!status && more) status = list_some(own, &request, &more, error);
  return status;
}

/* ---- slabs */

static enum vordec_status slabs_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                     double *values, struct vordec_error *error) {
  struct reader_slabs *own = (struct reader_slabs *)slabs;
  struct reader_request request = {.call = READER_READ_SLAB, .handle = own->handle};
  struct npy_header wanted = {.type = NPY_F8, .ndim = slabs->ndim};
  struct reader_reply reply;
  for (uint32_t i = 0; i < slabs->ndim; i++) {
    request.start[i] = start[i];
    request.count[i] = wanted.shape[i] = count[i];
  }
  if (!npy_header_measure(&wanted)) return fail_memory(own->name, error);
  reader_process_lock(own->process);
  reader_process_make_room(own->process, wanted.data_bytes);
  enum vordec_status status = reader_process_ask(own->process, &request, &reply, error);
  if (!status) {
    status = reply.bytes == wanted.data_bytes ? reader_process_take(own->process, &reply, values, error)
                                              : reader_process_disbelieve(own->process, error);
  }
  reader_process_unlock(own->process);
  return status;
}

static void slabs_close(struct array_slabs *slabs) {
  struct reader_slabs *own = (struct reader_slabs *)slabs;
  struct reader_request request = {.call = READER_CLOSE_SLABS, .handle = own->handle};
  reader_process_lock(own->process);
  reader_process_tell(own->process, &request);
  reader_process_unlock(own->process);
  reader_process_release(own->process);
  free(own);
}

/* Asks without data. */
static enum vordec_status ask(struct reader_source *own, struct reader_request *request, struct reader_reply *reply,
                              struct vordec_error *error) {
  reader_process_lock(own->process);
  const enum vordec_status status = reader_process_ask(own->process, request, reply, error);
  reader_process_unlock(own->process);
  return status;
}

/* What is always answered the same, without data. */
static enum vordec_status ask_once(struct reader_source *own, struct reader_request *request,
                                   struct reader_reply *reply, struct vordec_error *error) {
  enum vordec_status status = reader_process_check(own->process, error);
  if (status || reader_memory_recall(&own->memory, request, reply)) return status;
  status = ask(own, request, reply, error);
  if (!status) reader_memory_keep(&own->memory, request, reply);
  return status;
}

static enum vordec_status disbelieve(struct reader_source *own, struct vordec_error *error) {
  reader_process_lock(own->process);
  const enum vordec_status status = reader_process_disbelieve(own->process, error);
  reader_process_unlock(own->process);
  return status;
}

static enum vordec_status source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                            struct vordec_error *error) {
  static const struct array_slabs_methods methods = {slabs_read, slabs_close};
  struct reader_source *own = own_of(source);
  struct reader_request request = request_of(READER_OPEN_SLABS, name);
  struct reader_reply reply;
  struct npy_header header;
  *slabs = NULL;
  struct reader_slabs *opened = calloc(1, sizeof *opened);
  if (!opened) return fail_memory(own->path, error);
  enum vordec_status status = ask(own, &request, &reply, error);
  if (!status && !take_form(&reply, &header)) status = disbelieve(own, error);
  if (status) {
    free(opened);
    return status;
  }
  *opened = (struct reader_slabs){{&methods, header.ndim, {0}}, own->process, reply.handle, ""};
  memcpy(opened->slabs.shape, header.shape, sizeof header.shape);
  npy_set_name(opened->name, own->path, name);
  reader_process_share(own->process);
  *slabs = &opened->slabs;
  return VORDEC_OK;
}

/* ---- the source */

static bool source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  return name_list_next(&own_of(source)->names, at, name);
}

static bool source_has(const struct array_source *source, const char *name) {
  const struct name_list *names = &own_of(source)->names;
  return name_list_find(names, name) < names->count;
}

static enum vordec_status source_describe(struct array_source *source, const char *name, struct npy_form *form,
                                          struct vordec_error *error) {
  struct reader_request request = request_of(READER_DESCRIBE, name);
  struct reader_reply reply;
  struct npy_header header;
  const enum vordec_status status = ask_once(own_of(source), &request, &reply, error);
  if (status) return status;
  if (!take_form(&reply, &header)) return disbelieve(own_of(source), error);
  *form = (struct npy_form){.type = header.type, .ndim = header.ndim};
  memcpy(form->shape, header.shape, sizeof form->shape);
  return VORDEC_OK;
}

static enum vordec_status take_array(struct reader_source *own, const char *name, const struct reader_reply *reply,
                                     struct npy_array *array, struct vordec_error *error) {
  struct npy_header header;
  if (!take_form(reply, &header) || reply->bytes != header.data_bytes) {
    return reader_process_disbelieve(own->process, error);
  }
  *array = (struct npy_array){.type = header.type, .ndim = header.ndim, .count = header.count};
  memcpy(array->shape, header.shape, sizeof array->shape);
  npy_set_name(array->name, own->path, name);
  array->data = malloc(header.data_bytes ? header.data_bytes : 1);
  if (!array->data) return fail_memory(own->path, error);
  return reader_process_take(own->process, reply, array->data, error);
}

static enum vordec_status source_read(struct array_source *source, const char *name, struct npy_array *array,
                                      struct vordec_error *error) {
  struct reader_source *own = own_of(source);
  struct reader_request request = request_of(READER_READ, name);
  struct reader_reply reply;
  *array = (struct npy_array){0};
  reader_process_lock(own->process);
  enum vordec_status status = reader_process_ask(own->process, &request, &reply, error);
  if (!status) status = take_array(own, name, &reply, array, error);
  reader_process_unlock(own->process);
  if (status) npy_array_release(array);
  return status;
}

static void source_axis_name(struct array_source *source, const char *name, uint32_t axis,
                             char axis_name[ARRAY_NAME_MAX]) {
  struct reader_request request = request_of(READER_AXIS_NAME, name);
  struct reader_reply reply;
  struct vordec_error ignored;
  request.at = axis;
  const enum vordec_status status = ask_once(own_of(source), &request, &reply, &ignored);
  reader_message_text(axis_name, ARRAY_NAME_MAX, status ? "" : reply.text);
}

static size_t source_attribute(struct array_source *source, const char *name, const char *attribute, double *values,
                               size_t room) {
  struct reader_source *own = own_of(source);
  struct reader_request request = request_of(READER_ATTRIBUTE, name);
  struct reader_reply reply;
  struct vordec_error ignored;
  reader_message_text(request.attribute, sizeof request.attribute, attribute);
  request.room = room < READER_NUMBERS ? room : READER_NUMBERS;
  reader_process_lock(own->process);
  enum vordec_status status = reader_process_ask(own->process, &request, &reply, &ignored);
  if (!status && (reply.count > request.room || reply.bytes != reply.count * sizeof *values)) {
    status = reader_process_disbelieve(own->process, &ignored);
  }
  if (!status) status = reader_process_take(own->process, &reply, values, &ignored);
  reader_process_unlock(own->process);
  return status ? 0 : (size_t)reply.count;
}

static bool source_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                        char text[ARRAY_NAME_MAX]) {
  struct reader_request request = request_of(READER_TEXT, name);
  struct reader_reply reply;
  struct vordec_error ignored;
  reader_message_text(request.attribute, sizeof request.attribute, attribute);
  request.at = i;
  if (ask_once(own_of(source), &request, &reply, &ignored) || !reply.found) return false;
  reader_message_text(text, ARRAY_NAME_MAX, reply.text);
  return true;
}

static bool source_next_other(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                              char kind[ARRAY_NAME_MAX]) {
  return other_list_next(&own_of(source)->others, at, name, kind);
}

static enum vordec_status source_check(struct array_source *source, struct vordec_error *error) {
  return reader_process_check(own_of(source)->process, error);
}

static void source_close(struct array_source *source) {
  struct reader_source *own = own_of(source);
  reader_process_release(own->process);
  name_list_release(&own->names);
  other_list_release(&own->others);
  free(own->path);
  free(own);
}

enum vordec_status reader_source_open(const struct reader_launch *launch, struct array_source **source,
                                      struct vordec_error *error) {
  static const struct array_source_methods methods = {
      .next = source_next,
      .has = source_has,
      .describe = source_describe,
      .read = source_read,
      .open_slabs = source_open_slabs,
      .axis_name = source_axis_name,
      .attribute = source_attribute,
      .text = source_text,
      .next_other = source_next_other,
      .check = source_check,
      .close = source_close,
  };
  *source = NULL;
  struct reader_source *own = calloc(1, sizeof *own);
  if (!own) return fail_memory(launch->path, error);
  own->path = strdup(launch->path);
  enum vordec_status status = own->path ? VORDEC_OK : fail_memory(launch->path, error);
  if (!status) status = reader_process_start(launch, own->format, &own->process, error);
  if (!status) status = list_all(own, READER_ARRAYS, error);
  if (!status) status = list_all(own, READER_OTHERS, error);
  own->source = (struct array_source){&methods, own->path, own->format};
  if (status) {
    source_close(&own->source);
    return status;
  }
  *source = &own->source;
  return VORDEC_OK;
}

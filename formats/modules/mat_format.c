/* SPDX-License-Identifier: MIT */
/*
 * Variables of a MATLAB file of version 5: format_mat.so. Those of 7.3 are HDF5's datasets.
 *
 * A field of a struct is an array by its path, "data/w", as in files of 7.3.
 *
 * Shapes are as MATLAB shows them; scalars and vectors, which it keeps as matrices, have no axis or one. No variable of
 * such a file is larger than 2 GiB, so that they are read whole.
 */
#include <matio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vordec/error.h>

#include "formats/format_module.h"
#include "mat_whole.h"
#include "other_list.h"
#include "vordec_version.h"

/* Deflate's densest code is 258 bytes in 2 bits. */
#define MOST_RATIO 1032u
#define MOST_STRUCTS 4 /* within each other */

struct mat_source {
  struct array_source source;
  mat_t *file;
  char *path;
  uint64_t file_bytes;
  struct name_list names;
  struct other_list others;
};

static struct mat_source *own_of(const struct array_source *source) {
  return (struct mat_source *)source;
}

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

static enum vordec_status fail_damaged(const char *path, const char *name, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s%s%s: the MATLAB file is damaged", path, name ? ": " : "",
                     name ? name : "");
}

static const struct {
  enum matio_classes class;
  enum npy_type known;
} types[] = {
    {MAT_C_DOUBLE, NPY_F8}, {MAT_C_SINGLE, NPY_F4}, {MAT_C_INT8, NPY_I1},  {MAT_C_INT16, NPY_I2},
    {MAT_C_INT32, NPY_I4},  {MAT_C_INT64, NPY_I8},  {MAT_C_UINT8, NPY_U1}, {MAT_C_UINT16, NPY_U2},
    {MAT_C_UINT32, NPY_U4}, {MAT_C_UINT64, NPY_U8},
};

static bool number_type(const matvar_t *variable, enum npy_type *known) {
  if (variable->isComplex || variable->rank < 1 || variable->rank > (int)NPY_MAX_NDIM || !variable->dims) return false;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    if (types[i].class != variable->class_type) continue;
    *known = variable->isLogical && types[i].known == NPY_U1 ? NPY_B1 : types[i].known;
    return true;
  }
  return false;
}

/* Type and shape, and how large that makes it. False: too large. */
static bool take_form(const matvar_t *variable, struct npy_header *header) {
  *header = (struct npy_header){.ndim = (uint32_t)variable->rank};
  number_type(variable, &header->type);
  for (uint32_t i = 0; i < header->ndim; i++) header->shape[i] = variable->dims[i];
  if (!npy_header_measure(header)) return false;
  if (header->ndim == 2 && header->count == 1) header->ndim = 0;
  if (header->ndim == 2 && (header->shape[0] == 1 || header->shape[1] == 1)) {
    header->shape[0] = header->count;
    header->ndim = 1;
  }
  return true;
}

/* One whose fields are arrays of their own, and not an array of structs; the library does not mind fields that a
 * damaged file lacks. */
static bool is_one_struct(const matvar_t *variable) {
  return variable->class_type == MAT_C_STRUCT && variable->data && variable->rank == 2 && variable->dims &&
         variable->dims[0] == 1 && variable->dims[1] == 1;
}

static bool source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  return name_list_next(&own_of(source)->names, at, name);
}

static bool source_has(const struct array_source *source, const char *name) {
  const struct name_list *names = &own_of(source)->names;
  return name_list_find(names, name) < names->count;
}

/* NULL: there is none. The library's own search does not survive names that a damaged file lacks. */
static matvar_t *field_of(matvar_t *variable, const char *name) {
  if (!is_one_struct(variable)) return NULL;
  char *const *names = Mat_VarGetStructFieldnames(variable);
  const unsigned count = names ? Mat_VarGetNumberOfFields(variable) : 0;
  for (unsigned i = 0; i < count; i++) {
    if (names[i] && strcmp(names[i], name) == 0) return Mat_VarGetStructFieldByIndex(variable, i, 0);
  }
  return NULL;
}

/* A variable, or a field of a struct, without its values; *top has to be freed with Mat_VarFree(). */
static matvar_t *open_path(const struct mat_source *source, const char *name, matvar_t **top) {
  char path[ARRAY_NAME_MAX], *rest = path;
  snprintf(path, sizeof path, "%s", name);
  Mat_Rewind(source->file);
  matvar_t *found = *top = Mat_VarReadInfo(source->file, strsep(&rest, "/"));
  while (found && rest) found = field_of(found, strsep(&rest, "/"));
  return found;
}

/* Finds an array of numbers, without its values; *top has to be freed with Mat_VarFree(). The library would take as
 * much memory as a file claims. */
static enum vordec_status find_variable(const struct mat_source *source, const char *name, matvar_t **top,
                                        matvar_t **variable, struct npy_header *header, struct vordec_error *error) {
  enum npy_type known;
  *top = *variable = NULL;
  if (!source_has(&source->source, name)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: there is no such array of numbers in it", source->path, name);
  }
  *variable = open_path(source, name, top);
  if (*variable && number_type(*variable, &known) && take_form(*variable, header) &&
      header->data_bytes / MOST_RATIO <= source->file_bytes) {
    return VORDEC_OK;
  }
  Mat_VarFree(*top);
  *top = *variable = NULL;
  return fail_damaged(source->path, name, error);
}

static enum vordec_status source_describe(struct array_source *source, const char *name, struct npy_form *form,
                                          struct vordec_error *error) {
  matvar_t *top = NULL, *variable = NULL;
  struct npy_header header;
  const enum vordec_status status = find_variable(own_of(source), name, &top, &variable, &header, error);
  if (status) return status;
  *form = (struct npy_form){.type = header.type, .ndim = header.ndim};
  memcpy(form->shape, header.shape, sizeof form->shape);
  Mat_VarFree(top);
  return VORDEC_OK;
}

static enum vordec_status source_read(struct array_source *source, const char *name, struct npy_array *array,
                                      struct vordec_error *error) {
  const char *path = own_of(source)->path;
  matvar_t *top = NULL, *variable = NULL;
  struct npy_header header = {0};
  *array = (struct npy_array){0};
  enum vordec_status status = find_variable(own_of(source), name, &top, &variable, &header, error);
  if (!variable) return status;
  if (!mat_variable_is_whole(path, name, header.count) || Mat_VarReadDataAll(own_of(source)->file, variable))
    status = fail_damaged(path, name, error);
  *array = (struct npy_array){.type = header.type, .ndim = header.ndim, .count = header.count};
  memcpy(array->shape, header.shape, sizeof header.shape);
  npy_set_name(array->name, path, name);
  if (!status && header.data_bytes && (!variable->data || variable->nbytes < header.data_bytes)) {
    status = fail_damaged(path, name, error);
  }
  array->data = status ? NULL : malloc(header.data_bytes ? header.data_bytes : 1);
  if (!status && !array->data) status = fail_memory(path, error);
  if (!status && array->data && variable->data) memcpy(array->data, variable->data, header.data_bytes);
  Mat_VarFree(top);
  if (!status) status = npy_from_fortran(array, error);
  if (status) npy_array_release(array);
  return status;
}

static bool source_next_other(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                              char kind[ARRAY_NAME_MAX]) {
  return other_list_next(&own_of(source)->others, at, name, kind);
}

static void source_close(struct array_source *source) {
  struct mat_source *own = own_of(source);
  if (own->file) Mat_Close(own->file);
  name_list_release(&own->names);
  other_list_release(&own->others);
  free(own->path);
  free(own);
}

/* Its fields by their names, as many as fit. */
static void say_struct(matvar_t *variable, char kind[ARRAY_NAME_MAX]) {
  char *const *names = Mat_VarGetStructFieldnames(variable);
  const unsigned count = names ? Mat_VarGetNumberOfFields(variable) : 0;
  size_t used = (size_t)snprintf(kind, ARRAY_NAME_MAX, "array of structs");
  for (unsigned i = 0; i < count; i++) {
    const char *before = i ? ", " : " with ";
    if (!names[i] || used + strlen(before) + strlen(names[i]) >= ARRAY_NAME_MAX) return;
    used += (size_t)snprintf(kind + used, ARRAY_NAME_MAX - used, "%s%s", before, names[i]);
  }
}

static const char *other_kind(const matvar_t *variable) {
  switch (variable->class_type) {
  case MAT_C_CELL:
    return "cell array";
  case MAT_C_STRUCT:
    return "struct";
  case MAT_C_CHAR:
    return "text";
  case MAT_C_SPARSE:
    return "sparse matrix";
  case MAT_C_DOUBLE:
  case MAT_C_SINGLE:
  case MAT_C_INT8:
  case MAT_C_UINT8:
  case MAT_C_INT16:
  case MAT_C_UINT16:
  case MAT_C_INT32:
  case MAT_C_UINT32:
  case MAT_C_INT64:
  case MAT_C_UINT64:
    return variable->isComplex ? "array of complex numbers" : "array of too many axes";
  case MAT_C_EMPTY:
  case MAT_C_OBJECT:
  case MAT_C_FUNCTION:
  case MAT_C_OPAQUE:
    break;
  }
  return "object";
}

static bool list_variable(struct mat_source *source, matvar_t *variable, const char *path, int depth);

/* False: no memory, or too many. */
static bool list_fields(struct mat_source *source, matvar_t *variable, /* NOLINT(misc-no-recursion) */
                        const char *path, int depth) {
  char *const *names = Mat_VarGetStructFieldnames(variable);
  const unsigned count = names ? Mat_VarGetNumberOfFields(variable) : 0;
  bool room = true;
  for (unsigned i = 0; i < count && room; i++) {
    char name[2 * ARRAY_NAME_MAX];
    matvar_t *field = names[i] ? Mat_VarGetStructFieldByIndex(variable, i, 0) : NULL;
    if (!field) continue;
    const int length = snprintf(name, sizeof name, "%s/%s", path, names[i]);
    if (length < (int)ARRAY_NAME_MAX) room = list_variable(source, field, name, depth + 1);
  }
  return room;
}

static bool list_variable(struct mat_source *source, matvar_t *variable, /* NOLINT(misc-no-recursion) */
                          const char *path, int depth) {
  enum npy_type known;
  char kind[ARRAY_NAME_MAX];
  if (number_type(variable, &known)) return name_list_add(&source->names, path);
  if (is_one_struct(variable) && depth < MOST_STRUCTS) return list_fields(source, variable, path, depth);
  snprintf(kind, sizeof kind, "%s", other_kind(variable));
  if (variable->class_type == MAT_C_STRUCT) say_struct(variable, kind);
  return other_list_add(&source->others, path, kind);
}

/* A variable without a name is MATLAB's own, beside function handles, objects, strings and tables. */
static bool list_variables(struct mat_source *source) {
  bool room = true;
  for (matvar_t *next; room && (next = Mat_VarReadNextInfo(source->file)); Mat_VarFree(next)) {
    const size_t length = next->name ? strlen(next->name) : 0;
    if (length > 0 && length < ARRAY_NAME_MAX) room = list_variable(source, next, next->name, 0);
  }
  return room;
}

static void say_nothing(int level, char *message) {
  (void)level, (void)message;
}

static enum vordec_status mat_format_open(const char *path, struct array_source **source, struct vordec_error *error) {
  static const struct array_source_methods methods = {
      .next = source_next,
      .has = source_has,
      .describe = source_describe,
      .read = source_read,
      .next_other = source_next_other,
      .close = source_close,
  };
  *source = NULL;
  struct mat_source *own = calloc(1, sizeof *own);
  if (own) own->path = strdup(path);
  if (!own || !own->path) {
    free(own);
    return fail_memory(path, error);
  }
  own->source = (struct array_source){&methods, own->path, "mat"};
  struct stat info;
  own->file_bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
  own->file = Mat_Open(path, MAT_ACC_RDONLY);
  enum vordec_status status = own->file ? VORDEC_OK : fail_damaged(path, NULL, error);
  if (!status && !list_variables(own)) status = fail_memory(path, error);
  if (status) {
    source_close(&own->source);
    return status;
  }
  *source = &own->source;
  return VORDEC_OK;
}

static const struct array_format mat_format = {.name = "mat", .open = mat_format_open};

__attribute__((visibility("default"))) const struct array_format *vordec_format_entry(const char *version);

const struct array_format *vordec_format_entry(const char *version) {
  if (strcmp(version, VORDEC_GIT_DESCRIBE) != 0) return NULL;
  Mat_LogInitFunc("vordec", say_nothing);
  return &mat_format;
}

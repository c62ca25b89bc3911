/* SPDX-License-Identifier: MIT */
#include "array_source.h"

#include <vordec/types.h>

enum vordec_status array_source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                           struct vordec_error *error) {
  struct npy_array array = {0};
  *slabs = NULL;
  if (source->methods->open_slabs) return source->methods->open_slabs(source, name, slabs, error);
  const enum vordec_status status = array_source_read(source, name, &array, error);
  return status ? status : array_slabs_of(&array, slabs, error);
}

enum vordec_status array_source_read_f64(struct array_source *source, const char *name, double *value,
                                         struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = array_source_read(source, name, &array, error);
  if (!status) status = npy_scalar_f64(&array, value, error);
  npy_array_release(&array);
  return status;
}

enum vordec_status array_source_read_i64(struct array_source *source, const char *name, int64_t *value,
                                         struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = array_source_read(source, name, &array, error);
  if (!status) status = npy_scalar_i64(&array, value, error);
  npy_array_release(&array);
  return status;
}

void array_source_axis_name(struct array_source *source, const char *name, uint32_t axis,
                            char axis_name[ARRAY_NAME_MAX]) {
  axis_name[0] = '\0';
  if (source->methods->axis_name) source->methods->axis_name(source, name, axis, axis_name);
}

size_t array_source_attribute(struct array_source *source, const char *name, const char *attribute, double *values,
                              size_t room) {
  return source->methods->attribute ? source->methods->attribute(source, name, attribute, values, room) : 0;
}

bool array_source_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                       char text[ARRAY_NAME_MAX]) {
  text[0] = '\0';
  return source->methods->text && source->methods->text(source, name, attribute, i, text);
}

bool array_source_next_other(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                             char kind[ARRAY_NAME_MAX]) {
  return source->methods->next_other && source->methods->next_other(source, at, name, kind);
}

enum vordec_status array_source_check(struct array_source *source, struct vordec_error *error) {
  return source->methods->check ? source->methods->check(source, error) : VORDEC_OK;
}

void array_source_close(struct array_source *source) {
  if (source) source->methods->close(source);
}

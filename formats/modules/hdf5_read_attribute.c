/* SPDX-License-Identifier: MIT */
#include "hdf5_read_attribute.h"

#include <string.h>

static hid_t open_attribute(hid_t file, const char *name, const char *attribute) {
  if (H5Aexists_by_name(file, name, attribute, H5P_DEFAULT) <= 0) return H5I_INVALID_HID;
  return H5Aopen_by_name(file, name, attribute, H5P_DEFAULT, H5P_DEFAULT);
}

static void close_attribute(hid_t opened) {
  if (opened >= 0) H5Aclose(opened);
  H5Eclear2(H5E_DEFAULT);
}

static size_t read_numbers(hid_t attribute, double *values, size_t room) {
  const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const H5T_class_t kind = H5Tget_class(type);
  size_t read = 0;
  if ((kind == H5T_FLOAT || kind == H5T_INTEGER) && count > 0 && (size_t)count <= room) {
    read = H5Aread(attribute, H5T_NATIVE_DOUBLE, values) >= 0 ? (size_t)count : 0;
  }
  H5Sclose(space);
  H5Tclose(type);
  return read;
}

size_t hdf5_read_numbers(hid_t file, const char *name, const char *attribute, double *values, size_t room) {
  const hid_t opened = open_attribute(file, name, attribute);
  const size_t count = opened < 0 ? 0 : read_numbers(opened, values, room);
  close_attribute(opened);
  return count;
}

#define MOST_TEXTS 16

/* Where texts are: an attribute, or a dataset. */
struct texts {
  hid_t of, type, space;
  bool dataset;
};

static bool read_all(const struct texts *texts, void *data) {
  if (texts->dataset) return H5Dread(texts->of, texts->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  return H5Aread(texts->of, texts->type, data) >= 0;
}

/* Each in memory of its own, as the library hands them over. */
static bool read_text(const struct texts *texts, size_t i, char text[ARRAY_NAME_MAX]) {
  const hssize_t count = H5Sget_simple_extent_npoints(texts->space);
  const size_t size = H5Tget_size(texts->type);
  bool read = false;
  if (H5Tget_class(texts->type) == H5T_STRING && count > (hssize_t)i && count <= MOST_TEXTS && size < ARRAY_NAME_MAX) {
    char held[MOST_TEXTS * ARRAY_NAME_MAX] = {0}, *pointers[MOST_TEXTS] = {0};
    const bool variable = H5Tis_variable_str(texts->type) > 0;
    read = read_all(texts, variable ? (void *)pointers : held);
    if (read && variable) snprintf(text, ARRAY_NAME_MAX, "%s", pointers[i] ? pointers[i] : "");
    if (read && variable) H5Dvlen_reclaim(texts->type, texts->space, H5P_DEFAULT, pointers);
    if (read && !variable) snprintf(text, ARRAY_NAME_MAX, "%.*s", (int)size, held + i * size);
  }
  H5Sclose(texts->space);
  H5Tclose(texts->type);
  return read;
}

bool hdf5_read_text(hid_t file, const char *name, const char *attribute, size_t i, char text[ARRAY_NAME_MAX]) {
  const hid_t opened = open_attribute(file, name, attribute);
  const bool read =
      opened >= 0 && read_text(&(struct texts){opened, H5Aget_type(opened), H5Aget_space(opened), false}, i, text);
  close_attribute(opened);
  return read;
}

bool hdf5_read_text_of(hid_t dataset, size_t i, char text[ARRAY_NAME_MAX]) {
  const struct texts texts = {dataset, H5Dget_type(dataset), H5Dget_space(dataset), true};
  const bool read = read_text(&texts, i, text);
  H5Eclear2(H5E_DEFAULT);
  return read;
}

/* Lists of references to objects, along one axis. */
static bool holds_references(hid_t type, hid_t space) {
  const hid_t element = H5Tget_class(type) == H5T_VLEN ? H5Tget_super(type) : H5I_INVALID_HID;
  const bool objects = element >= 0 && H5Tequal(element, H5T_STD_REF_OBJ) > 0;
  if (element >= 0) H5Tclose(element);
  return objects && H5Sget_simple_extent_type(space) == H5S_SIMPLE && H5Sget_simple_extent_ndims(space) == 1;
}

/* To where a reference leads; empty: nowhere. */
static const char *path_of(struct hdf5_references *known, hid_t file, const hobj_ref_t *reference) {
  for (unsigned i = 0; i < known->count && i < HDF5_REFERENCES_KEPT; i++) {
    if (known->to[i] == *reference) return known->path[i];
  }
  const unsigned at = known->count++ % HDF5_REFERENCES_KEPT;
  char whole[ARRAY_NAME_MAX] = "";
  H5Rget_name(file, H5R_OBJECT, reference, whole, sizeof whole);
  known->to[at] = *reference;
  snprintf(known->path[at], ARRAY_NAME_MAX, "%s", whole[0] == '/' ? whole + 1 : whole);
  return known->path[at];
}

static bool read_reference(struct hdf5_references *known, hid_t attribute, size_t i, char path[ARRAY_NAME_MAX]) {
  const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  hvl_t lists[NPY_MAX_NDIM] = {{0}};
  path[0] = '\0';
  if (holds_references(type, space) && count > (hssize_t)i && count <= (hssize_t)NPY_MAX_NDIM &&
      H5Aread(attribute, type, lists) >= 0) {
    if (lists[i].len > 0) snprintf(path, ARRAY_NAME_MAX, "%s", path_of(known, attribute, lists[i].p));
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, lists);
  }
  H5Sclose(space);
  H5Tclose(type);
  return path[0] != '\0';
}

bool hdf5_read_reference(struct hdf5_references *known, hid_t file, const char *name, const char *attribute, size_t i,
                         char path[ARRAY_NAME_MAX]) {
  const hid_t opened = open_attribute(file, name, attribute);
  const bool read = opened >= 0 && read_reference(known, opened, i, path);
  close_attribute(opened);
  return read;
}

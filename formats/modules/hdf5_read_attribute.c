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

/* Each in memory of its own, as the library hands them over. */
static bool read_text(hid_t attribute, size_t i, char text[ARRAY_NAME_MAX]) {
  const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const size_t size = H5Tget_size(type);
  bool read = false;
  if (H5Tget_class(type) == H5T_STRING && count > (hssize_t)i && count <= MOST_TEXTS && size < ARRAY_NAME_MAX) {
    char held[MOST_TEXTS * ARRAY_NAME_MAX] = {0}, *texts[MOST_TEXTS] = {0};
    const bool variable = H5Tis_variable_str(type) > 0;
    read = H5Aread(attribute, type, variable ? (void *)texts : held) >= 0;
    if (read && variable) snprintf(text, ARRAY_NAME_MAX, "%s", texts[i] ? texts[i] : "");
    if (read && variable) H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    if (read && !variable) snprintf(text, ARRAY_NAME_MAX, "%.*s", (int)size, held + i * size);
  }
  H5Sclose(space);
  H5Tclose(type);
  return read;
}

bool hdf5_read_text(hid_t file, const char *name, const char *attribute, size_t i, char text[ARRAY_NAME_MAX]) {
  const hid_t opened = open_attribute(file, name, attribute);
  const bool read = opened >= 0 && read_text(opened, i, text);
  close_attribute(opened);
  return read;
}

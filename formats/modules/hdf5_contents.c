/* SPDX-License-Identifier: MIT */
#include "hdf5_contents.h"

#include <stdio.h>
#include <string.h>

#include "hdf5_number.h"
#include "hdf5_read_attribute.h"

#define NOT_A_VARIABLE "This is a netCDF dimension but not a netCDF variable"

static bool has_other_name_than_number(hid_t dataset) {
  char text[ARRAY_NAME_MAX];
  return !hdf5_read_text(dataset, ".", "NAME", 0, text) || strncmp(text, NOT_A_VARIABLE, strlen(NOT_A_VARIABLE)) != 0;
}

static bool add(struct hdf5_contents *contents, const char *name, hid_t dataset, hid_t type, int ndim) {
  enum npy_type known;
  hid_t memory;
  char kind[ARRAY_NAME_MAX] = "";
  if (!has_other_name_than_number(dataset)) return true;
  const bool numbers = hdf5_number(type, &known, &memory);
  const bool matlab = hdf5_read_text(dataset, ".", "MATLAB_class", 0, kind);
  if (matlab && strcmp(kind, "cell") == 0) return other_list_add(&contents->others, name, "cell array");
  if (matlab && strcmp(kind, "char") == 0) return other_list_add(&contents->others, name, "text");
  if (numbers && ndim <= (int)NPY_MAX_NDIM) return name_list_add(&contents->arrays, name);
  return other_list_add(&contents->others, name, numbers ? "array of too many axes" : hdf5_number_other(type));
}

static herr_t list_object(hid_t file, const char *name, const H5O_info_t *info, void *ctx) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  if (dataset < 0) return 0;
  const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  const bool added = type < 0 || space < 0 || add(ctx, name, dataset, type, H5Sget_simple_extent_ndims(space));
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
  H5Dclose(dataset);
  return added ? 0 : -1;
}

/* Where a link of the same file leads; one to another file is only named. */
static herr_t list_link(hid_t file, const char *name, const H5L_info_t *info, void *ctx) {
  struct hdf5_contents *contents = ctx;
  char target[ARRAY_NAME_MAX / 2] = "", kind[ARRAY_NAME_MAX];
  if (info->type == H5L_TYPE_HARD) return 0;
  const bool soft = info->type == H5L_TYPE_SOFT;
  if (soft && (info->u.val_size > sizeof target || H5Lget_val(file, name, target, sizeof target, H5P_DEFAULT) < 0)) {
    target[0] = '\0';
  }
  target[sizeof target - 1] = '\0';
  snprintf(kind, sizeof kind, "%s%s%s", soft ? "soft link" : "link to another file", *target ? " to " : "", target);
  return other_list_add(&contents->others, name, kind) ? 0 : -1;
}

bool hdf5_contents_list(hid_t file, struct hdf5_contents *contents) {
  return H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, list_object, contents) >= 0 &&
         H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, list_link, contents) >= 0;
}

void hdf5_contents_release(struct hdf5_contents *contents) {
  name_list_release(&contents->arrays);
  other_list_release(&contents->others);
}

/* SPDX-License-Identifier: MIT */
#include "made_hdf5.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_AXES 7
#define MOST_CELLS 4096u

struct bytes {
  const uint8_t *at;
  size_t left;
  const char *path; /* of the file */
};

static unsigned take(struct bytes *bytes, unsigned choices) {
  if (!bytes->left) return 0;
  bytes->left--;
  return *bytes->at++ % choices;
}

#define COUNT(list) ((unsigned)(sizeof(list) / sizeof *(list)))
#define PICK(bytes, list) ((list)[take(bytes, COUNT(list))])

static const char *const names[] = {"traj",
                                    "u",
                                    "v",
                                    "x",
                                    "y",
                                    "t",
                                    "L",
                                    "a",
                                    "vorticity",
                                    "tasks/w",
                                    "tasks/u",
                                    "grid/Lx",
                                    "scales/x",
                                    "#refs#/a",
                                    "particles",
                                    "velocity",
                                    "tensor",
                                    "snapshots/zeta/0",
                                    "snapshots/zeta/1",
                                    "snapshots/t/0",
                                    "clock/dt",
                                    "t0_fields/vorticity",
                                    "t1_fields/velocity",
                                    "dimensions/x",
                                    "dimensions/time",
                                    "x-coordinate",
                                    "a/b/c/d",
                                    "na me",
                                    "\xce\xb6",
                                    "dt"};

/* ---- types */

static hid_t copy_of(hid_t type) {
  return H5Tcopy(type);
}

static hid_t make_boolean(void) {
  const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  int8_t value = 0;
  H5Tenum_insert(type, "FALSE", &value);
  value = 1;
  H5Tenum_insert(type, "TRUE", &value);
  return type;
}

static hid_t make_pair(const char *first, const char *second) {
  const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
  H5Tinsert(type, first, 0, H5T_NATIVE_DOUBLE);
  H5Tinsert(type, second, 8, H5T_NATIVE_DOUBLE);
  return type;
}

static hid_t make_text(size_t size) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, size);
  return type;
}

static hid_t make_half(void) {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_precision(type, 16);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

static hid_t make_narrow(struct bytes *bytes) {
  const hid_t type = H5Tcopy(H5T_STD_I32BE);
  H5Tset_precision(type, 1 + take(bytes, 32));
  H5Tset_offset(type, take(bytes, 32));
  return type;
}

static hid_t make_array(void) {
  const hsize_t length = 3;
  return H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &length);
}

/* Plain: what is written to it comes back. */
static hid_t make_type(struct bytes *bytes, bool *plain) {
  const hid_t numbers[] = {H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE,   H5T_IEEE_F32BE, H5T_STD_I8LE,
                           H5T_STD_I16BE,  H5T_STD_I32LE,  H5T_STD_I64BE,    H5T_STD_U8LE,   H5T_STD_U16LE,
                           H5T_STD_U32BE,  H5T_STD_U64LE,  H5T_NATIVE_DOUBLE};
  *plain = take(bytes, 2) == 0;
  if (*plain) return copy_of(PICK(bytes, numbers));
  switch (take(bytes, 14)) {
  case 0:
    return make_boolean();
  case 1:
    return make_pair("r", "i");
  case 2:
    return make_pair("real", "other");
  case 3:
    return make_text(1 + take(bytes, 255));
  case 4:
    return make_text(H5T_VARIABLE);
  case 5:
    return H5Tvlen_create(H5T_NATIVE_DOUBLE);
  case 6:
    return make_array();
  case 7:
    return copy_of(H5T_STD_REF_OBJ);
  case 8:
    return copy_of(H5T_NATIVE_LDOUBLE);
  case 9:
    return make_narrow(bytes);
  case 10:
    return H5Tcreate(H5T_OPAQUE, 1 + take(bytes, 32));
  case 11:
    return copy_of(H5T_STD_B16LE);
  case 12:
    *plain = true;
    return make_half();
  default:
    return H5Tenum_create(H5T_NATIVE_INT);
  }
}

/* ---- datasets */

struct shape {
  int ndim;
  hsize_t length[MOST_AXES], chunk[MOST_AXES], most[MOST_AXES];
  hsize_t cells; /* more than MOST_CELLS: too many to write */
};

static void choose_shape(struct bytes *bytes, struct shape *shape) {
  static const hsize_t lengths[] = {
      1, 2, 3, 4, 5, 7, 8, 8, 8, 16, 16, 0, 300, (hsize_t)1 << 31, (hsize_t)1 << 40, (hsize_t)1 << 62};
  *shape = (struct shape){.ndim = (int)take(bytes, MOST_AXES + 1), .cells = 1};
  for (int i = 0; i < shape->ndim; i++) {
    shape->length[i] = PICK(bytes, lengths);
    const unsigned choice = take(bytes, 4);
    shape->chunk[i] = choice == 0 || shape->length[i] == 0   ? 1
                      : choice == 1 && shape->length[i] < 64 ? shape->length[i]
                                                             : choice;
    shape->most[i] = choice == 3 ? H5S_UNLIMITED : shape->length[i];
    shape->cells = shape->length[i] > MOST_CELLS ? MOST_CELLS + 1 : shape->cells * shape->length[i];
    if (shape->cells > MOST_CELLS) shape->cells = MOST_CELLS + 1;
  }
}

static hid_t make_space(const struct shape *shape, unsigned kind, bool unlimited) {
  if (kind == 1) return H5Screate(H5S_NULL);
  return shape->ndim ? H5Screate_simple(shape->ndim, shape->length, unlimited ? shape->most : NULL)
                     : H5Screate(H5S_SCALAR);
}

static bool add_filters(struct bytes *bytes, hid_t list) {
  static const unsigned ids[] = {32000, 32001, 32015, 307, 256, 65000};
  const unsigned which = take(bytes, 8);
  if (which & 1) H5Pset_shuffle(list);
  if (which & 2) H5Pset_deflate(list, 1 + take(bytes, 9));
  if (which & 4) H5Pset_fletcher32(list);
  if (take(bytes, 4)) return true;
  unsigned values[4];
  for (int i = 0; i < 4; i++) values[i] = take(bytes, 256) << (8 * take(bytes, 4));
  if (take(bytes, 3) == 0) return H5Pset_scaleoffset(list, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT) < 0;
  H5Pset_filter(list, (H5Z_filter_t)PICK(bytes, ids), H5Z_FLAG_OPTIONAL, take(bytes, 5), values);
  return false;
}

static void add_virtual(struct bytes *bytes, const struct shape *shape, hid_t list) {
  static const char *const files[] = {".",  "made", "no.h5", "../other.h5", "/etc/passwd", "part%b.h5",
                                      "%%", "part", ""};
  const hid_t space = make_space(shape, 0, false), source = make_space(shape, 0, false);
  if (shape->ndim && take(bytes, 2)) {
    hsize_t from[MOST_AXES] = {0}, length[MOST_AXES];
    memcpy(length, shape->length, sizeof length);
    length[0] = 1 + take(bytes, 4);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, length, NULL);
    H5Sselect_hyperslab(source, H5S_SELECT_SET, from, NULL, length, NULL);
  }
  H5Pset_virtual(list, space, PICK(bytes, files), PICK(bytes, names), source);
  H5Sclose(source);
  H5Sclose(space);
}

/* How it is stored. Plain: all of it in this file, by filters that the library has. */
static hid_t make_storage(struct bytes *bytes, const struct shape *shape, bool *plain, bool *chunked) {
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  const unsigned layout = take(bytes, 8);
  *chunked = layout >= 4;
  *plain = true;
  if (*chunked && shape->ndim) {
    H5Pset_chunk(list, shape->ndim, shape->chunk);
    *plain = add_filters(bytes, list);
  } else if (layout == 0) {
    H5Pset_layout(list, H5D_COMPACT);
  } else if (layout == 1) {
    *plain = false;
    char beside[4200];
    snprintf(beside, sizeof beside, "%s.raw", bytes->path);
    H5Pset_external(list, beside, 0, H5F_UNLIMITED);
  } else if (layout == 2) {
    *plain = false;
    add_virtual(bytes, shape, list);
  }
  if (shape->cells <= MOST_CELLS && take(bytes, 4) == 0) H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
  return list;
}

/* Of filtered chunks that are there before they are written libhdf5 1.10 may unpack one with the size of another, and
 * so it may where an axis other than the first is unlimited. */
static bool breaks_when_written(const struct shape *shape, hid_t list, bool chunked) {
  H5D_alloc_time_t time = H5D_ALLOC_TIME_DEFAULT;
  bool later = false;
  for (int i = 1; chunked && i < shape->ndim; i++) later = later || shape->most[i] == H5S_UNLIMITED;
  H5Pget_alloc_time(list, &time);
  return H5Pget_nfilters(list) > 0 && (later || time == H5D_ALLOC_TIME_EARLY);
}

/* Small whole numbers, which each type of numbers holds. */
static bool write_values(hid_t dataset, const struct shape *shape, double *last) {
  double *values = malloc((size_t)(shape->cells ? shape->cells : 1) * sizeof *values);
  if (!values) return false;
  for (hsize_t i = 0; i < shape->cells; i++) values[i] = *last = (double)(i % 100);
  const bool written = H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
  free(values);
  return written;
}

/* The library writes a whole chunk where there is no filter, whatever size is given. */
static void write_chunk(struct bytes *bytes, hid_t dataset, const struct shape *shape, size_t element) {
  static uint8_t raw[1 << 16];
  hsize_t at[MOST_AXES] = {0}, chunk = element;
  for (int i = 0; i < shape->ndim; i++) {
    chunk = chunk > sizeof raw ? chunk : chunk * shape->chunk[i];
    const bool last = take(bytes, 2) && shape->length[i];
    at[i] = last ? (shape->length[i] - 1) / shape->chunk[i] * shape->chunk[i] : 0;
  }
  const unsigned mask = take(bytes, 8), size = 1 + take(bytes, 64);
  if (chunk > sizeof raw) return;
  for (unsigned i = 0; i < size; i++) raw[i] = (uint8_t)take(bytes, 256);
  H5Dwrite_chunk(dataset, H5P_DEFAULT, mask, at, size, raw);
}

/* ---- attributes */

static void add_attribute(struct bytes *bytes, hid_t object) {
  static const char *const attributes[] = {"offset",
                                           "units",
                                           "scale_factor",
                                           "add_offset",
                                           "_FillValue",
                                           "missing_value",
                                           "valid_range",
                                           "_Unsigned",
                                           "MATLAB_class",
                                           "axis",
                                           "CLASS",
                                           "NAME",
                                           "DIMENSION_LIST",
                                           "DIMENSION_LABELS",
                                           "REFERENCE_LIST",
                                           "domain_size",
                                           "spatial_dims",
                                           "_Netcdf4Dimid",
                                           "L",
                                           "Lx"};
  static const char *const texts[] = {"x",
                                      "y",
                                      "T",
                                      "DIMENSION_SCALE",
                                      "cell",
                                      "char",
                                      "logical",
                                      "true",
                                      "This is a netCDF dimension but not a netCDF variable.        16",
                                      ""};
  bool plain;
  struct shape shape;
  const char *name = PICK(bytes, attributes);
  const unsigned kind = take(bytes, 4);
  const char *text = PICK(bytes, texts);
  hid_t type = kind == 0   ? make_text(strlen(text) + 1)
               : kind == 1 ? make_text(H5T_VARIABLE)
               : kind == 2 ? copy_of(H5T_NATIVE_DOUBLE)
                           : make_type(bytes, &plain);
  choose_shape(bytes, &shape);
  if (take(bytes, 2) || shape.cells > 64) shape = (struct shape){.ndim = 0, .cells = 1};
  const hid_t space = make_space(&shape, take(bytes, 8), false);
  const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  double numbers[64];
  const char *same[64];
  for (size_t i = 0; i < 64; i++) {
    numbers[i] = (double)take(bytes, 8) / 2 - 1;
    same[i] = text;
  }
  if (attribute >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL) {
    if (kind == 0 && shape.cells == 1) H5Awrite(attribute, type, text);
    if (kind == 1) H5Awrite(attribute, type, same);
    if (kind == 2) H5Awrite(attribute, type, numbers);
  }
  if (attribute >= 0) H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

/* ---- objects */

static void add_dataset(struct bytes *bytes, hid_t file, hid_t links, struct made_file *made) {
  struct shape shape;
  bool plain_type, plain_storage, chunked;
  const char *name = PICK(bytes, names);
  double last = 0;
  choose_shape(bytes, &shape);
  const hid_t type = make_type(bytes, &plain_type);
  const hid_t list = make_storage(bytes, &shape, &plain_storage, &chunked);
  const unsigned drawn = take(bytes, 8), content = take(bytes, 4);
  const bool parts = H5Pget_layout(list) == H5D_VIRTUAL; /* of nothing, or written to, the library would crash */
  const unsigned kind = parts ? 0 : drawn;
  const hid_t space = make_space(&shape, kind, chunked);
  const hid_t dataset = H5Dcreate2(file, name, type, space, links, list, H5P_DEFAULT);
  if (dataset >= 0) {
    const bool whole = content && kind != 1 && !parts && plain_type && shape.cells <= MOST_CELLS &&
                       !breaks_when_written(&shape, list, chunked) && write_values(dataset, &shape, &last);
    if (content == 0 && chunked && shape.cells > 0 && shape.cells <= MOST_CELLS && shape.ndim)
      write_chunk(bytes, dataset, &shape, H5Tget_size(type));
    const unsigned attributes = take(bytes, 4);
    for (unsigned i = 0; i < attributes; i++) add_attribute(bytes, dataset);
    if (whole && shape.cells > 0 && plain_storage && !attributes && shape.ndim <= 6) {
      struct made_array *array = &made->arrays[made->count++];
      snprintf(array->name, sizeof array->name, "%s", name);
      array->last = last;
    }
    H5Dclose(dataset);
  }
  H5Sclose(space);
  H5Pclose(list);
  H5Tclose(type);
}

static void add_link(struct bytes *bytes, hid_t file, hid_t links) {
  static const char *const targets[] = {"/", "/traj", "traj", "/loop", "nowhere", "a/..", "/tasks", "/a"};
  static const char *const own[] = {"loop", "tasks/loop", "other", "grid/up", "x"};
  const char *target = PICK(bytes, targets), *name = PICK(bytes, own);
  switch (take(bytes, 4)) {
  case 0:
    H5Lcreate_soft(target, file, name, links, H5P_DEFAULT);
    break;
  case 1:
    H5Lcreate_hard(file, target, file, name, links, H5P_DEFAULT);
    break;
  case 2:
    H5Lcreate_external("other.h5", target, file, name, links, H5P_DEFAULT);
    break;
  default:
    H5Lcreate_external(".", target, file, name, links, H5P_DEFAULT);
    break;
  }
}

static void add_group(struct bytes *bytes, hid_t file, hid_t links) {
  const hid_t group = H5Gcreate2(file, PICK(bytes, names), links, H5P_DEFAULT, H5P_DEFAULT);
  if (group < 0) return;
  add_attribute(bytes, group);
  H5Gclose(group);
}

static hid_t create_file(struct bytes *bytes, const char *path) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  if (take(bytes, 2)) H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  if (take(bytes, 4) == 0) H5Pset_userblock(creation, 512);
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
  H5Pclose(creation);
  H5Pclose(access);
  return file;
}

bool made_hdf5_write(const uint8_t *data, size_t size, const char *path, struct made_file *made) {
  struct bytes bytes = {data, size, path};
  *made = (struct made_file){.count = 0};
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const hid_t file = create_file(&bytes, path);
  if (file < 0) return false;
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  for (int i = 0; i < MADE_OBJECTS && bytes.left; i++) {
    const unsigned kind = take(&bytes, 8);
    if (kind < 5) add_dataset(&bytes, file, links, made);
    if (kind == 5) add_link(&bytes, file, links);
    if (kind == 6) add_group(&bytes, file, links);
    if (kind == 7) add_attribute(&bytes, file);
  }
  H5Pclose(links);
  return H5Fclose(file) >= 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Datasets of an HDF5 file, netCDF-4 and MATLAB 7.3 files among them: format_hdf5.so.
 *
 * Names are paths from the root, "t1_fields/velocity". Only hard links are followed, each object once, so that neither
 * links in circles nor links to other files lead anywhere. The library's own messages are silenced, and filters outside
 * of it are not loaded.
 */
#include <fcntl.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "formats/format_module.h"
#include "hdf5_cause.h"
#include "hdf5_chunks.h"
#include "hdf5_contents.h"
#include "hdf5_lzf.h"
#include "hdf5_number.h"
#include "hdf5_objection.h"
#include "hdf5_parts.h"
#include "hdf5_read_attribute.h"
#include "hdf5_sink.h"
#include "vordec_version.h"
#include "well_sink.h"

#define MATLAB_LINE "MATLAB 7.3 MAT-file"
#define CHUNK_CACHE_BYTES ((size_t)64 << 20)
#define CHUNK_CACHE_SLOTS 12421 /* a prime, as the library asks for */

struct hdf5_source {
  struct array_source source;
  hid_t file;
  char *path;
  struct hdf5_contents contents;
  struct hdf5_references references;
};

static struct hdf5_source *own_of(const struct array_source *source) {
  return (struct hdf5_source *)source;
}

/* ---- messages */

static enum vordec_status fail_hdf5(const char *path, const char *name, struct vordec_error *error) {
  char cause[HDF5_CAUSE_MAX];
  hdf5_cause(cause, "damaged, or of an unknown kind");
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s%s%s: HDF5: %s", path, name ? ": " : "", name ? name : "", cause);
}

static enum vordec_status fail_array(const char *path, const char *name, const char *what, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: %s", path, name, what);
}

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

/* ---- an open dataset */

struct hdf5_slabs {
  struct array_slabs slabs;
  hid_t file, dataset; /* its own reference to the file */
  enum npy_type type;
  hid_t memory_type;
  hid_t stored_type; /* memory_type of booleans */
  struct hdf5_chunks *chunks;
  struct hdf5_parts *parts;
  char *path, *name;
};

static void slabs_close(struct array_slabs *slabs) {
  struct hdf5_slabs *own = (struct hdf5_slabs *)slabs;
  if (own->dataset >= 0) H5Dclose(own->dataset);
  if (own->stored_type >= 0) H5Tclose(own->stored_type);
  if (own->file >= 0) H5Fclose(own->file);
  hdf5_chunks_destroy(own->chunks);
  hdf5_parts_destroy(own->parts);
  free(own->path);
  free(own->name);
  free(own);
}

static bool has_no_shape(hid_t dataset) {
  const hid_t space = H5Dget_space(dataset);
  const bool none = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
  if (space >= 0) H5Sclose(space);
  return none;
}

static bool read_shape(struct hdf5_slabs *own) {
  hsize_t shape[NPY_MAX_NDIM] = {0};
  const hid_t space = H5Dget_space(own->dataset);
  const int ndim = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  const bool good = ndim >= 0 && ndim <= (int)NPY_MAX_NDIM && H5Sget_simple_extent_type(space) != H5S_NULL &&
                    H5Sget_simple_extent_dims(space, shape, NULL) >= 0;
  own->slabs.ndim = good ? (uint32_t)ndim : 0;
  for (uint32_t i = 0; i < own->slabs.ndim; i++) own->slabs.shape[i] = (size_t)shape[i];
  if (space >= 0) H5Sclose(space);
  return good;
}

static const char *dataset_problem(const struct hdf5_slabs *own) {
  struct npy_header header = {.type = own->type, .ndim = own->slabs.ndim};
  memcpy(header.shape, own->slabs.shape, sizeof header.shape);
  if (!npy_header_measure(&header)) return "the shape is too large for this machine";
  return hdf5_objection(own->dataset, own->path);
}

/* A slab in the dataset's own type. */
static enum vordec_status read_raw(const struct hdf5_slabs *own, const size_t *start, const size_t *count, void *data,
                                   struct vordec_error *error) {
  hsize_t from[NPY_MAX_NDIM] = {0}, length[NPY_MAX_NDIM] = {0};
  const int ndim = (int)own->slabs.ndim;
  for (int i = 0; i < ndim; i++) {
    from[i] = start[i];
    length[i] = count[i];
  }
  const hid_t space = H5Dget_space(own->dataset);
  const hid_t memory = ndim ? H5Screate_simple(ndim, length, NULL) : H5Screate(H5S_SCALAR);
  const bool read = space >= 0 && memory >= 0 &&
                    (!ndim || H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, length, NULL) >= 0) &&
                    H5Dread(own->dataset, own->memory_type, memory, space, H5P_DEFAULT, data) >= 0;
  const hid_t cause = hdf5_cause_keep(!read);
  if (space >= 0) H5Sclose(space);
  if (memory >= 0) H5Sclose(memory);
  hdf5_cause_restore(cause);
  return read ? VORDEC_OK : fail_hdf5(own->path, own->name, error);
}

/* part: the file of the part of a virtual dataset that has the chunk, or NULL. */
static enum vordec_status fail_chunk(const struct hdf5_slabs *own, const struct hdf5_bad_chunk *bad, const char *part,
                                     struct vordec_error *error) {
  char text[NPY_SHAPE_TEXT_MAX];
  const char *name = part ? part : "";
  if (bad->missing) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: the part that begins at index %s%s%s was never written",
                       own->path, own->name, npy_shape_text(bad->at, bad->ndim, text, sizeof text),
                       part ? " in the file " : "", name);
  }
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: a chunk%s%s is damaged: it has another size than it should",
                     own->path, own->name, part ? " of its part " : " of it", name);
}

/* Of damaged chunks the library would read beyond the ends, and missing ones as zeros. */
static enum vordec_status check_chunks(const struct hdf5_slabs *own, const size_t *start, const size_t *count,
                                       struct vordec_error *error) {
  struct hdf5_bad_chunk bad;
  const char *part = NULL;
  enum vordec_status status = hdf5_chunks_check(own->chunks, own->dataset, start, count, &bad);
  if (!status) status = hdf5_parts_check(own->parts, own->dataset, start, count, &bad, &part);
  H5Eclear2(H5E_DEFAULT);
  if (status == VORDEC_E_NO_MEMORY) return fail_memory(own->path, error);
  return status ? fail_chunk(own, &bad, part, error) : VORDEC_OK;
}

/* A slab as an array. */
static enum vordec_status read_array(const struct hdf5_slabs *own, const size_t *start, const size_t *count,
                                     struct npy_array *array, struct vordec_error *error) {
  *array = (struct npy_array){.type = own->type, .ndim = own->slabs.ndim, .count = 1};
  npy_set_name(array->name, own->path, own->name);
  for (uint32_t i = 0; i < own->slabs.ndim; i++) array->count *= array->shape[i] = count[i];
  array->data = calloc(array->count ? array->count : 1, npy_type_size(own->type));
  enum vordec_status status = array->data ? check_chunks(own, start, count, error) : fail_memory(own->path, error);
  if (!status && array->count) status = read_raw(own, start, count, array->data, error);
  if (status) npy_array_release(array);
  return status;
}

static enum vordec_status slabs_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                     double *values, struct vordec_error *error) {
  struct npy_array array;
  double *converted = NULL;
  enum vordec_status status = read_array((const struct hdf5_slabs *)slabs, start, count, &array, error);
  if (!status) status = npy_to_f64(&array, &converted, error);
  if (!status) memcpy(values, converted, array.count * sizeof *values);
  free(converted);
  npy_array_release(&array);
  return status;
}

static hid_t open_dataset(hid_t file, const char *name) {
  const hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
  if (access < 0) return access;
  H5Pset_chunk_cache(access, CHUNK_CACHE_SLOTS, CHUNK_CACHE_BYTES, H5D_CHUNK_CACHE_W0_DEFAULT);
  const hid_t dataset = H5Dopen2(file, name, access);
  H5Pclose(access);
  return dataset;
}

static enum vordec_status open_own(const struct hdf5_source *source, const char *name, struct hdf5_slabs **slabs,
                                   struct vordec_error *error) {
  static const struct array_slabs_methods methods = {slabs_read, slabs_close};
  struct hdf5_slabs *own = malloc(sizeof *own);
  *slabs = NULL;
  if (!own) return fail_memory(source->path, error);
  *own = (struct hdf5_slabs){.slabs.methods = &methods, .file = -1, .dataset = -1, .stored_type = -1};
  own->path = strdup(source->path);
  own->name = strdup(name);
  enum vordec_status status = own->path && own->name ? VORDEC_OK : fail_memory(source->path, error);
  if (!status && name_list_find(&source->contents.arrays, name) == source->contents.arrays.count) {
    status = fail_array(source->path, name, "there is no such array of numbers in it", error);
  }
  if (!status) {
    own->file = H5Freopen(source->file);
    own->dataset = open_dataset(own->file, name);
    own->stored_type = H5Dget_type(own->dataset);
    if (own->dataset >= 0 && has_no_shape(own->dataset)) {
      status = fail_array(source->path, name, "it is empty", error);
    } else if (own->dataset < 0 || own->stored_type < 0 || !read_shape(own) ||
               !hdf5_number(own->stored_type, &own->type, &own->memory_type)) {
      status = fail_hdf5(source->path, name, error);
    }
  }
  const char *problem = status || !own->path ? NULL : dataset_problem(own);
  if (problem) status = fail_array(source->path, name, problem, error);
  if (!status &&
      !(hdf5_chunks_create(own->dataset, &own->chunks) && hdf5_parts_create(own->dataset, source->path, &own->parts))) {
    status = fail_memory(source->path, error);
  }
  if (status) {
    slabs_close(&own->slabs);
    return status;
  }
  *slabs = own;
  return VORDEC_OK;
}

/* ---- the source */

static bool source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  return name_list_next(&own_of(source)->contents.arrays, at, name);
}

static bool source_has(const struct array_source *source, const char *name) {
  const struct name_list *names = &own_of(source)->contents.arrays;
  return name_list_find(names, name) < names->count;
}

static enum vordec_status source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                            struct vordec_error *error) {
  struct hdf5_slabs *own = NULL;
  const enum vordec_status status = open_own(own_of(source), name, &own, error);
  *slabs = own ? &own->slabs : NULL;
  return status;
}

static enum vordec_status source_describe(struct array_source *source, const char *name, struct npy_form *form,
                                          struct vordec_error *error) {
  struct hdf5_slabs *own = NULL;
  const enum vordec_status status = open_own(own_of(source), name, &own, error);
  if (!own) return status;
  *form = (struct npy_form){.type = own->type, .ndim = own->slabs.ndim};
  memcpy(form->shape, own->slabs.shape, sizeof form->shape);
  slabs_close(&own->slabs);
  return VORDEC_OK;
}

static enum vordec_status source_read(struct array_source *source, const char *name, struct npy_array *array,
                                      struct vordec_error *error) {
  static const size_t start[NPY_MAX_NDIM];
  struct hdf5_slabs *own = NULL;
  *array = (struct npy_array){0};
  enum vordec_status status = open_own(own_of(source), name, &own, error);
  if (!own) return status;
  status = read_array(own, start, own->slabs.shape, array, error);
  slabs_close(&own->slabs);
  return status;
}

/* The label of an axis, else the path of the first scale that is attached to it. */
static void source_axis_name(struct array_source *source, const char *name, uint32_t axis,
                             char axis_name[ARRAY_NAME_MAX]) {
  struct hdf5_source *own = own_of(source);
  axis_name[0] = '\0';
  if (!source_has(source, name)) return;
  if (hdf5_read_text(own->file, name, "DIMENSION_LABELS", axis, axis_name) && axis_name[0]) return;
  if (!hdf5_read_reference(&own->references, own->file, name, "DIMENSION_LIST", axis, axis_name)) axis_name[0] = '\0';
}

/* An array that is listed, or a group that one is in: nothing else is reached by hard links alone. */
static bool is_reached(const struct array_source *source, const char *name) {
  return source_has(source, name) || name_list_has_in(&own_of(source)->contents.arrays, name);
}

static size_t source_attribute(struct array_source *source, const char *name, const char *attribute, double *values,
                               size_t room) {
  const bool itself = strcmp(name, ARRAY_SOURCE_ITSELF) == 0;
  if (!itself && !is_reached(source, name)) return 0;
  return hdf5_read_numbers(own_of(source)->file, itself ? "/" : name, attribute, values, room);
}

/* Whether a dataset of texts, which hard links lead to, lies in one piece: nothing has to be unpacked then. */
static bool is_plain_text(const struct hdf5_source *source, hid_t dataset) {
  const hid_t properties = H5Dget_create_plist(dataset);
  if (properties < 0) return false;
  const H5D_layout_t layout = H5Pget_layout(properties);
  H5Pclose(properties);
  return (layout == H5D_CONTIGUOUS || layout == H5D_COMPACT) && !hdf5_objection(dataset, source->path);
}

/* Text i of a dataset of texts. */
static bool read_label(const struct hdf5_source *source, const char *name, size_t i, char text[ARRAY_NAME_MAX]) {
  const struct other_list *others = &source->contents.others;
  const size_t at = name_list_find(&others->names, name);
  if (at == others->names.count || strcmp(others->kinds.names[at], "text") != 0) return false;
  const hid_t dataset = H5Dopen2(source->file, name, H5P_DEFAULT);
  const bool read = dataset >= 0 && is_plain_text(source, dataset) && hdf5_read_text_of(dataset, i, text);
  if (dataset >= 0) H5Dclose(dataset);
  H5Eclear2(H5E_DEFAULT);
  return read;
}

static bool source_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                        char text[ARRAY_NAME_MAX]) {
  if (strcmp(attribute, ARRAY_SOURCE_CONTENT) == 0) return read_label(own_of(source), name, i, text);
  if (!*name) return hdf5_read_text(own_of(source)->file, "/", attribute, i, text);
  return is_reached(source, name) && hdf5_read_text(own_of(source)->file, name, attribute, i, text);
}

static bool source_next_other(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                              char kind[ARRAY_NAME_MAX]) {
  return other_list_next(&own_of(source)->contents.others, at, name, kind);
}

static void source_close(struct array_source *source) {
  struct hdf5_source *own = own_of(source);
  if (own->file >= 0) H5Fclose(own->file);
  hdf5_contents_release(&own->contents);
  free(own->path);
  free(own);
}

/* Reading needs no lock, which some file systems do not have. */
static hid_t open_file(const char *path) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0) return access;
  H5Pset_file_locking(access, false, true);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  const hid_t cause = hdf5_cause_keep(file < 0);
  H5Pclose(access);
  hdf5_cause_restore(cause);
  return file;
}

/* MATLAB 7.3 begins its files with a line of text. */
static bool begins_as_matlab(const char *path) {
  char held[sizeof MATLAB_LINE] = "";
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  const bool read = pread(fd, held, sizeof held - 1, 0) == (ssize_t)(sizeof held - 1);
  close(fd);
  return read && strcmp(held, MATLAB_LINE) == 0;
}

static enum vordec_status hdf5_format_open(const char *path, struct array_source **source, struct vordec_error *error) {
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
      .close = source_close,
  };
  *source = NULL;
  struct hdf5_source *own = calloc(1, sizeof *own);
  if (own) own->path = strdup(path);
  if (!own || !own->path) {
    free(own);
    return fail_memory(path, error);
  }
  own->file = open_file(path);
  own->source = (struct array_source){&methods, own->path, begins_as_matlab(path) ? "mat73" : "hdf5"};
  enum vordec_status status = own->file < 0 ? fail_hdf5(path, NULL, error) : VORDEC_OK;
  if (!status && !hdf5_contents_list(own->file, &own->contents)) status = fail_hdf5(path, NULL, error);
  if (status) {
    source_close(&own->source);
    return status;
  }
  *source = &own->source;
  return VORDEC_OK;
}

static enum vordec_status hdf5_format_create(const char *path, const struct array_storage *storage,
                                             struct array_sink **sink, struct vordec_error *error) {
  switch (storage->arrangement) {
  case ARRANGE_PLAIN:
    break;
  case ARRANGE_WELL:
    return well_sink_create(path, storage, sink, error);
  }
  return hdf5_sink_create(path, storage, sink, error);
}

static const struct array_format hdf5_format = {
    .name = "hdf5", .extension = ".nc", .open = hdf5_format_open, .create = hdf5_format_create};

__attribute__((visibility("default"))) const struct array_format *vordec_format_entry(const char *version);

const struct array_format *vordec_format_entry(const char *version) {
  if (strcmp(version, VORDEC_GIT_DESCRIBE) != 0) return NULL;
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  hdf5_lzf_register();
  return &hdf5_format;
}

/* SPDX-License-Identifier: MIT */
#include "hdf5_parts.h"

#include <stdlib.h>
#include <string.h>

#include "hdf5_part.h"
#include "io/npy_header.h"

struct mapping {
  struct hdf5_part part;
  bool placed; /* place is known */
  struct hdf5_block place;
  bool whole, one_block; /* what of the part: all of it, or source */
  struct hdf5_block source;
  struct hdf5_chunks *chunks; /* NULL: there are none, or it has not been opened */
  bool opened;
};

struct hdf5_parts {
  char *path;
  size_t count;
  struct mapping *mappings;
};

static void find_blocks(hid_t properties, size_t i, struct mapping *mapping) {
  const hid_t to = H5Pget_virtual_vspace(properties, i), from = H5Pget_virtual_srcspace(properties, i);
  mapping->placed = to >= 0 && hdf5_part_block(to, &mapping->place) && mapping->place.ndim <= (int)NPY_MAX_NDIM;
  mapping->whole = from >= 0 && H5Sget_select_type(from) == H5S_SEL_ALL; /* whose shape the library may not know yet */
  mapping->one_block = from >= 0 && !mapping->whole && hdf5_part_block(from, &mapping->source);
  if (to >= 0) H5Sclose(to);
  if (from >= 0) H5Sclose(from);
}

bool hdf5_parts_create(hid_t dataset, const char *path, struct hdf5_parts **parts) {
  const hid_t properties = H5Dget_create_plist(dataset);
  const bool wanted = properties >= 0 && H5Pget_layout(properties) == H5D_VIRTUAL;
  struct hdf5_parts *own = wanted ? calloc(1, sizeof *own) : NULL;
  bool made = !wanted || own;
  size_t count = 0;
  if (own && H5Pget_virtual_count(properties, &count) >= 0 && count > 0) {
    own->path = strdup(path);
    own->mappings = calloc(count, sizeof *own->mappings);
    own->count = own->mappings ? count : 0;
    made = own->path && own->mappings;
  }
  for (size_t i = 0; made && own && i < own->count; i++) {
    hdf5_part_find(properties, i, &own->mappings[i].part);
    find_blocks(properties, i, &own->mappings[i]);
  }
  if (properties >= 0) H5Pclose(properties);
  if (!made) hdf5_parts_destroy(own);
  *parts = made ? own : NULL;
  return made;
}

/* What a slab has in common with the place of a part, from its beginning on. False: nothing. */
static bool overlap(const struct mapping *mapping, const size_t *start, const size_t *count, size_t *first,
                    size_t *length) {
  for (int i = 0; mapping->placed && i < mapping->place.ndim; i++) {
    const hsize_t from = mapping->place.start[i], behind = from + mapping->place.length[i];
    const hsize_t low = start[i] > from ? start[i] : from, end = start[i] + count[i];
    const hsize_t high = end < behind ? end : behind;
    if (low >= high) return false;
    first[i] = (size_t)(low - from);
    length[i] = (size_t)(high - low);
  }
  return true;
}

/* Whether a part of that shape fills its place element by element, and from where on. */
static bool lies_alike(const struct mapping *mapping, int ndim, const hsize_t *shape, hsize_t *begin) {
  if (!mapping->placed || mapping->place.ndim != ndim) return false;
  if (!mapping->whole && !(mapping->one_block && mapping->source.ndim == ndim)) return false;
  for (int i = 0; i < ndim; i++) {
    const hsize_t length = mapping->whole ? shape[i] : mapping->source.length[i];
    begin[i] = mapping->whole ? 0 : mapping->source.start[i];
    if (length != mapping->place.length[i] || begin[i] > shape[i] || length > shape[i] - begin[i]) return false;
  }
  return true;
}

/* What of a part is read; all of it where that is not known. False: its shape is not known. */
static bool locate(const struct mapping *mapping, hid_t part, size_t *first, size_t *length) {
  hsize_t shape[NPY_MAX_NDIM] = {0}, begin[NPY_MAX_NDIM] = {0};
  const hid_t space = H5Dget_space(part);
  const int ndim = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  const bool known = ndim >= 0 && ndim <= (int)NPY_MAX_NDIM && H5Sget_simple_extent_dims(space, shape, NULL) >= 0;
  if (space >= 0) H5Sclose(space);
  const bool alike = known && lies_alike(mapping, ndim, shape, begin);
  for (int i = 0; known && i < ndim; i++) {
    first[i] = alike ? first[i] + (size_t)begin[i] : 0;
    if (!alike) length[i] = (size_t)shape[i];
  }
  return known;
}

static enum vordec_status check_part(struct mapping *mapping, hid_t part, size_t *first, size_t *length,
                                     struct hdf5_bad_chunk *bad) {
  if (!locate(mapping, part, first, length)) return VORDEC_E_INPUT;
  if (!mapping->opened && !hdf5_chunks_create(part, &mapping->chunks)) return VORDEC_E_NO_MEMORY;
  mapping->opened = true;
  return hdf5_chunks_check(mapping->chunks, part, first, length, bad);
}

/* The library keeps the files that it reads open, so that opening them once more is cheap. */
static enum vordec_status open_and_check(const struct hdf5_parts *parts, struct mapping *mapping, hid_t dataset,
                                         size_t *first, size_t *length, struct hdf5_bad_chunk *bad) {
  if (mapping->opened && !mapping->chunks) return VORDEC_OK;
  const hid_t file = hdf5_part_open_file(dataset, parts->path, &mapping->part);
  const hid_t part = file < 0 ? H5I_INVALID_HID : H5Dopen2(file, mapping->part.name, H5P_DEFAULT);
  const enum vordec_status status = part < 0 ? VORDEC_E_INPUT : check_part(mapping, part, first, length, bad);
  if (part >= 0) H5Dclose(part);
  if (file >= 0) H5Fclose(file);
  return status;
}

enum vordec_status hdf5_parts_check(struct hdf5_parts *parts, hid_t dataset, const size_t *start, const size_t *count,
                                    struct hdf5_bad_chunk *bad, const char **name) {
  enum vordec_status status = VORDEC_OK;
  *bad = (struct hdf5_bad_chunk){0};
  *name = NULL;
  for (size_t i = 0; parts && i < parts->count && !status; i++) {
    size_t first[NPY_MAX_NDIM] = {0}, length[NPY_MAX_NDIM] = {0};
    if (!overlap(&parts->mappings[i], start, count, first, length)) continue;
    status = open_and_check(parts, &parts->mappings[i], dataset, first, length, bad);
    if (status) *name = parts->mappings[i].part.file;
  }
  return status;
}

void hdf5_parts_destroy(struct hdf5_parts *parts) {
  if (!parts) return;
  for (size_t i = 0; i < parts->count; i++) hdf5_chunks_destroy(parts->mappings[i].chunks);
  free(parts->mappings);
  free(parts->path);
  free(parts);
}

/* SPDX-License-Identifier: MIT */
#include "hdf5_objection.h"

#include <stdio.h>
#include <string.h>

#include "hdf5_lzf.h"
#include "hdf5_part.h"
#include "io/npy_header.h"

/* Deflate's densest code is 258 bytes in 2 bits. */
#define MOST_RATIO 1032u
#define MOST_AXES HDF5_PART_AXES

/* The product; false: it is too large. */
static bool multiply(hsize_t bytes, const hsize_t *lengths, int count, hsize_t *product) {
  *product = bytes;
  for (int i = 0; i < count; i++) {
    if (__builtin_mul_overflow(*product, lengths[i], product)) return false;
  }
  return true;
}

/* Of a chunk, which the library takes into memory whole; 0: there are none. False: it is too large. */
static bool chunk_bytes(hid_t dataset, hid_t properties, hsize_t *bytes) {
  hsize_t lengths[MOST_AXES] = {0};
  *bytes = 0;
  if (H5Pget_layout(properties) != H5D_CHUNKED) return true;
  const hid_t type = H5Dget_type(dataset);
  const hsize_t element = H5Tget_size(type);
  H5Tclose(type);
  const int ndim = H5Pget_chunk(properties, MOST_AXES, lengths);
  return ndim > 0 && multiply(element, lengths, ndim, bytes);
}

/* The library's own filters, and lzf as h5py sets it. Others are plugins of it, code that a file asks for. */
static const char *filter_objection(hid_t properties, hsize_t chunk) {
  for (int i = 0; i < H5Pget_nfilters(properties); i++) {
    unsigned flags = 0, config = 0, values[HDF5_LZF_VALUES] = {0};
    size_t count = HDF5_LZF_VALUES;
    const H5Z_filter_t filter = H5Pget_filter2(properties, (unsigned)i, &flags, &count, values, 0, NULL, &config);
    if (filter == HDF5_LZF) {
      if (count < HDF5_LZF_VALUES || values[HDF5_LZF_CHUNK] != chunk)
        return "its filter lzf is set for a different chunk size";
      continue;
    }
    if (filter == H5Z_FILTER_NBIT || filter == H5Z_FILTER_SCALEOFFSET) {
      return "its filter (n-bit or scale-offset) may make HDF5 read beyond a damaged chunk; rewrite it with h5repack "
             "-f "
             "GZIP=1";
    }
    if (filter < 0 || filter >= H5Z_FILTER_RESERVED || H5Zfilter_avail(filter) <= 0) {
      return "it is compressed by a filter that HDF5 itself does not have; rewrite it with h5repack -f GZIP=1";
    }
  }
  return NULL;
}

/* How many bytes its elements take. False: too many. */
static bool claimed_bytes(hid_t dataset, hsize_t *bytes) {
  hsize_t lengths[MOST_AXES] = {0};
  const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  const int ndim = H5Sget_simple_extent_dims(space, lengths, NULL);
  const bool good = ndim >= 0 && multiply(H5Tget_size(type), lengths, ndim, bytes);
  H5Sclose(space);
  H5Tclose(type);
  return good;
}

/* What holds for a dataset, and for the parts of a virtual one. */
static const char *plain_objection(hid_t dataset, hid_t properties) {
  hsize_t bytes = 0, chunk = 0;
  if (H5Pget_external_count(properties) > 0) {
    return "its data lie in other files (external storage), which is not supported";
  }
  if (!chunk_bytes(dataset, properties, &chunk)) return "its chunks are too large";
  const char *objection = filter_objection(properties, chunk);
  if (objection) return objection;
  if (!claimed_bytes(dataset, &bytes)) return "it claims to be larger than its content allows";
  if (bytes == 0) return NULL;
  const hsize_t stored = H5Dget_storage_size(dataset);
  if (stored == 0) return "nothing has been written to it";
  if (bytes / MOST_RATIO > stored || chunk / MOST_RATIO > stored) {
    return "it claims to be larger than its content allows";
  }
  return NULL;
}

/* ---- virtual datasets */

/* Whether links to places of the same file alone lead to a name. */
static bool is_reached_directly(hid_t file, const char *name) {
  char path[HDF5_PART_NAME];
  for (size_t i = 1; i <= strlen(name); i++) {
    if ((name[i] != '/' && name[i]) || name[i - 1] == '/') continue;
    H5L_info_t info;
    snprintf(path, sizeof path, "%.*s", (int)i, name);
    if (H5Lget_info(file, path, &info, H5P_DEFAULT) < 0 || info.type != H5L_TYPE_HARD) return false;
  }
  return true;
}

/* How many indices below `length` a hyperslab selects along an axis. */
static hsize_t selected_along(hsize_t length, hsize_t start, hsize_t stride, hsize_t count, hsize_t block) {
  const hsize_t room = length > start ? length - start : 0;
  if (room == 0 || count == 0 || block == 0) return 0;
  if (count == 1 || block == H5S_UNLIMITED) return block < room ? block : room; /* H5S_UNLIMITED is the largest */
  const hsize_t whole = room / stride, rest = room % stride;
  if (whole >= count) return count * block;
  return whole * block + (rest < block ? rest : block);
}

/* 0: none, or too many to count. */
static hsize_t all_elements(hid_t dataset) {
  hsize_t lengths[MOST_AXES] = {0}, elements = 0;
  const hid_t space = H5Dget_space(dataset);
  const int ndim = H5Sget_simple_extent_dims(space, lengths, NULL);
  H5Sclose(space);
  return ndim >= 0 && multiply(1, lengths, ndim, &elements) ? elements : 0;
}

/* How many elements of a dataset a mapping's selection has, which may grow with the dataset or lie beyond its ends. */
static hsize_t selected_elements(hid_t dataset, hid_t selection) {
  hsize_t lengths[MOST_AXES] = {0}, start[MOST_AXES], stride[MOST_AXES], count[MOST_AXES], block[MOST_AXES];
  const hid_t space = H5Dget_space(dataset);
  const int ndim = H5Sget_simple_extent_dims(space, lengths, NULL);
  hsize_t elements = 0;
  H5Sclose(space);
  if (H5Sget_select_type(selection) == H5S_SEL_ALL) return all_elements(dataset);
  if (ndim < 0 || H5Sget_simple_extent_ndims(selection) != ndim) return 0;
  if (H5Sget_select_type(selection) == H5S_SEL_HYPERSLABS && H5Sis_regular_hyperslab(selection) > 0) {
    if (H5Sget_regular_hyperslab(selection, start, stride, count, block) < 0) return 0;
    for (int i = 0; i < ndim; i++) lengths[i] = selected_along(lengths[i], start[i], stride[i], count[i], block[i]);
    return multiply(1, lengths, ndim, &elements) ? elements : 0;
  }
  if (H5Sget_select_bounds(selection, start, block) < 0) return 0;
  for (int i = 0; i < ndim; i++) {
    if (block[i] >= lengths[i]) return 0;
  }
  const hssize_t points = H5Sget_select_npoints(selection);
  return points > 0 ? (hsize_t)points : 0;
}

/* The elements of a virtual dataset that mapping i fills from a part; 0: the part has others than those. */
static hsize_t mapped_elements(hid_t dataset, hid_t properties, size_t i, hid_t part) {
  const hid_t to = H5Pget_virtual_vspace(properties, i), from = H5Pget_virtual_srcspace(properties, i);
  const hsize_t elements = to < 0 ? 0 : selected_elements(dataset, to);
  const bool equal = from >= 0 && selected_elements(part, from) == elements;
  if (to >= 0) H5Sclose(to);
  if (from >= 0) H5Sclose(from);
  return equal ? elements : 0;
}

/* A virtual dataset, mapping by mapping. */
struct virtual_parts {
  hid_t dataset, properties;
  const char *path;
  size_t at;        /* the mapping */
  hsize_t elements; /* that those until here fill */
  hid_t filled;     /* the places of those that are single blocks */
  bool blocks;      /* all are */
};

/* Notes the place of a mapping. Others than single blocks may have any number of them, and their sum has to do. */
static void note_place(struct virtual_parts *parts) {
  struct hdf5_block block;
  const hid_t place = H5Pget_virtual_vspace(parts->properties, parts->at);
  const hsize_t ones[MOST_AXES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const bool single = place >= 0 && hdf5_part_block(place, &block) &&
                      block.ndim == H5Sget_simple_extent_ndims(parts->filled) &&
                      H5Sselect_hyperslab(parts->filled, H5S_SELECT_OR, block.start, NULL, ones, block.length) >= 0;
  parts->blocks = parts->blocks && single;
  if (place >= 0) H5Sclose(place);
}

/* No array of ours has more axes. */
static bool has_few_axes(hid_t dataset) {
  const hid_t space = H5Dget_space(dataset);
  const int ndim = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  if (space >= 0) H5Sclose(space);
  return ndim >= 0 && ndim <= (int)NPY_MAX_NDIM;
}

static const char *part_objection(struct virtual_parts *parts, hid_t file, const char *name) {
  if (file < 0) return "it is made of other files, one of which cannot be read";
  if (!is_reached_directly(file, name)) return "it is made of parts, one of which is missing or a link";
  const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  const hid_t properties = dataset < 0 ? H5I_INVALID_HID : H5Dget_create_plist(dataset);
  const char *objection = NULL;
  if (properties < 0 || !has_few_axes(dataset)) {
    objection = "it is made of parts, one of which cannot be read";
  } else if (H5Pget_layout(properties) == H5D_VIRTUAL) {
    objection = "it is made of parts that consist of parts themselves, which is not supported";
  } else if (plain_objection(dataset, properties)) {
    objection = "it is made of parts, one of which lies in other files, is filtered by a plugin, or is incomplete";
  } else {
    const hsize_t elements = mapped_elements(parts->dataset, parts->properties, parts->at, dataset);
    note_place(parts);
    if (elements == 0) objection = "it is made of parts, one of which does not have the size that it claims";
    if (__builtin_add_overflow(parts->elements, elements, &parts->elements))
      objection = "its parts cannot be determined";
  }
  if (properties >= 0) H5Pclose(properties);
  if (dataset >= 0) H5Dclose(dataset);
  return objection;
}

static const char *mapping_objection(struct virtual_parts *parts) {
  struct hdf5_part part;
  if (!hdf5_part_find(parts->properties, parts->at, &part)) return "its parts cannot be determined";
  if (!hdf5_part_is_beside(&part)) {
    return "it is made of other files, outside of its own folder, which is not supported";
  }
  const hid_t file = hdf5_part_open_file(parts->dataset, parts->path, &part);
  const char *objection = part_objection(parts, file, part.name);
  if (file >= 0) H5Fclose(file);
  return objection;
}

/* Parts that overlap leave others out where their sum is right. */
static bool fill_all(const struct virtual_parts *parts) {
  const hsize_t all = all_elements(parts->dataset);
  return parts->elements == all && (!parts->blocks || (hsize_t)H5Sget_select_npoints(parts->filled) == all);
}

/* What is missing would be read as zeros, and takes no room in a file: the parts have to fill it all. */
static const char *virtual_objection(hid_t dataset, hid_t properties, const char *path) {
  struct virtual_parts parts = {.dataset = dataset, .properties = properties, .path = path, .blocks = true};
  const char *objection = NULL;
  size_t count = 0;
  parts.filled = H5Dget_space(dataset);
  if (parts.filled < 0 || H5Sselect_none(parts.filled) < 0 || H5Pget_virtual_count(properties, &count) < 0) {
    objection = "its parts cannot be determined";
  }
  for (; parts.at < count && !objection; parts.at++) objection = mapping_objection(&parts);
  if (!objection && !fill_all(&parts)) objection = "it is made of parts that do not fill it";
  if (parts.filled >= 0) H5Sclose(parts.filled);
  return objection;
}

const char *hdf5_objection(hid_t dataset, const char *path) {
  const hid_t properties = H5Dget_create_plist(dataset);
  if (properties < 0) return "its layout cannot be determined";
  const char *objection = H5Pget_layout(properties) == H5D_VIRTUAL ? virtual_objection(dataset, properties, path)
                                                                   : plain_objection(dataset, properties);
  H5Pclose(properties);
  H5Eclear2(H5E_DEFAULT);
  return objection;
}

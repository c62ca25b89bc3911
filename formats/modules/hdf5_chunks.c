/* SPDX-License-Identifier: MIT */
#include "hdf5_chunks.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "hdf5_holes.h"
#include "hdf5_lzf.h"
#include "io/npy.h"

#define MOST_REMEMBERED ((hsize_t)1 << 26)
#define CHECKSUM_BYTES 4u
#define PIECE 16384u

struct hdf5_chunks {
  int ndim;
  hsize_t chunk[NPY_MAX_NDIM], across[NPY_MAX_NDIM]; /* elements of one, and how many there are, along each axis */
  hsize_t bytes, stored;                             /* of a chunk, and of all as they are stored */
  bool shuffle, holes_matter;
  bool say_sizes; /* without filters, they do so in the oldest kind of index alone, a B-tree of version 1 */
  unsigned deflate, szip, lzf, checksum; /* bits of filters, by their places */
  unsigned char *seen;                   /* a bit a chunk; NULL: too many */
};

static void read_filters(hid_t properties, struct hdf5_chunks *chunks) {
  for (unsigned i = 0; i < (unsigned)H5Pget_nfilters(properties) && i < 32; i++) {
    unsigned flags = 0, config = 0;
    size_t values = 0;
    switch (H5Pget_filter2(properties, i, &flags, &values, NULL, 0, NULL, &config)) {
    case H5Z_FILTER_SHUFFLE:
      chunks->shuffle = true;
      break;
    case H5Z_FILTER_DEFLATE:
      chunks->deflate |= 1u << i;
      break;
    case H5Z_FILTER_FLETCHER32:
      chunks->checksum |= 1u << i;
      break;
    case H5Z_FILTER_SZIP:
      chunks->szip |= 1u << i;
      break;
    case HDF5_LZF:
      chunks->lzf |= 1u << i;
      break;
    default: /* hdf5_objection() has refused them */
      break;
    }
  }
}

static bool read_shape(hid_t dataset, hid_t properties, struct hdf5_chunks *chunks) {
  hsize_t shape[NPY_MAX_NDIM] = {0};
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
  chunks->ndim = H5Pget_chunk(properties, (int)NPY_MAX_NDIM, chunks->chunk);
  const bool known = chunks->ndim > 0 && chunks->ndim <= (int)NPY_MAX_NDIM &&
                     H5Sget_simple_extent_ndims(space) == chunks->ndim &&
                     H5Sget_simple_extent_dims(space, shape, NULL) >= 0;
  chunks->bytes = H5Tget_size(type);
  chunks->stored = H5Dget_storage_size(dataset);
  hsize_t all = 1;
  for (int i = 0; known && i < chunks->ndim; i++) {
    chunks->bytes *= chunks->chunk[i];
    chunks->across[i] = (shape[i] + chunks->chunk[i] - 1) / chunks->chunk[i];
    if (__builtin_mul_overflow(all, chunks->across[i], &all)) all = MOST_REMEMBERED + 1;
  }
  if (known && all <= MOST_REMEMBERED) chunks->seen = calloc((size_t)all / 8 + 1, 1);
  H5Tclose(type);
  H5Sclose(space);
  return known;
}

static bool say_sizes(hid_t dataset) {
  H5D_chunk_index_t kind = H5D_CHUNK_IDX_BTREE;
  return H5Dget_chunk_index_type(dataset, &kind) < 0 || kind == H5D_CHUNK_IDX_BTREE;
}

bool hdf5_chunks_create(hid_t dataset, struct hdf5_chunks **chunks) {
  const hid_t properties = H5Dget_create_plist(dataset);
  const bool wanted = properties >= 0 && H5Pget_layout(properties) == H5D_CHUNKED;
  *chunks = wanted ? calloc(1, sizeof **chunks) : NULL;
  const bool made = !wanted || *chunks;
  if (*chunks) {
    read_filters(properties, *chunks);
    (*chunks)->holes_matter = hdf5_holes_matter(properties);
    (*chunks)->say_sizes = say_sizes(dataset);
    if (!read_shape(dataset, properties, *chunks)) {
      hdf5_chunks_destroy(*chunks);
      *chunks = NULL;
    }
  }
  if (properties >= 0) H5Pclose(properties);
  return made;
}

/* Whether a stream ends with that many bytes. */
static enum vordec_status unpacks_to(unsigned char *packed, size_t size, hsize_t wanted) {
  unsigned char piece[PIECE];
  z_stream stream = {.next_in = packed, .avail_in = (unsigned)size};
  int code = inflateInit(&stream);
  hsize_t bytes = 0;
  while (code == Z_OK && bytes <= wanted) {
    stream.next_out = piece;
    stream.avail_out = PIECE;
    code = inflate(&stream, Z_NO_FLUSH);
    bytes += PIECE - stream.avail_out;
  }
  inflateEnd(&stream);
  if (code == Z_MEM_ERROR) return VORDEC_E_NO_MEMORY;
  return code == Z_STREAM_END && bytes == wanted ? VORDEC_OK : VORDEC_E_INPUT;
}

/* szip begins with the number of bytes that it makes of a chunk. */
static enum vordec_status announces(const unsigned char *packed, size_t size, hsize_t wanted) {
  if (size < 4) return VORDEC_E_INPUT;
  const uint32_t said = packed[0] | (uint32_t)packed[1] << 8 | (uint32_t)packed[2] << 16 | (uint32_t)packed[3] << 24;
  return said == wanted ? VORDEC_OK : VORDEC_E_INPUT;
}

/* A chunk as it is in the file. */
struct stored {
  hsize_t bytes;
  unsigned left_out; /* bits of the filters that were not applied */
};

static bool filters_change_sizes(const struct hdf5_chunks *chunks) {
  return chunks->deflate | chunks->szip | chunks->lzf | chunks->checksum;
}

/* Reads the chunk that H5Dread() will take. The caller frees it. */
static enum vordec_status read_chunk(const struct hdf5_chunks *chunks, hid_t dataset, const hsize_t *at,
                                     struct stored *stored, unsigned char **packed) {
  uint32_t left_out = 0;
  if (stored->bytes > chunks->stored || stored->bytes > UINT32_MAX) return VORDEC_E_INPUT;
  *packed = malloc((size_t)stored->bytes);
  if (!*packed) return VORDEC_E_NO_MEMORY;
  if (H5Dread_chunk(dataset, H5P_DEFAULT, at, &left_out, *packed) < 0) return VORDEC_E_INPUT;
  stored->left_out = left_out;
  return VORDEC_OK;
}

static hsize_t checksum_bytes(unsigned filters) {
  return CHECKSUM_BYTES * (hsize_t)__builtin_popcount(filters);
}

/* Of the filters some may have been left out, as deflate is where it would gain nothing. What lzf unpacks is one chunk,
 * or nothing. */
static enum vordec_status check_packed(const struct hdf5_chunks *chunks, const struct stored *stored,
                                       unsigned char *packed) {
  const unsigned packer = (chunks->deflate | chunks->szip | chunks->lzf) & ~stored->left_out;
  const unsigned checksum = chunks->checksum & ~stored->left_out, before = packer ? packer - 1 : 0;
  if (!packer) return stored->bytes == chunks->bytes + checksum_bytes(checksum) ? VORDEC_OK : VORDEC_E_INPUT;
  if (packer & before) return VORDEC_E_INPUT; /* more than one */
  if (packer & chunks->lzf) return checksum & before ? VORDEC_E_INPUT : VORDEC_OK;
  const hsize_t beside = checksum_bytes(checksum & ~before), wanted = chunks->bytes + checksum_bytes(checksum & before);
  if (stored->bytes <= beside) return VORDEC_E_INPUT;
  const size_t size = (size_t)(stored->bytes - beside);
  return packer & chunks->szip ? announces(packed, size, wanted) : unpacks_to(packed, size, wanted);
}

/* As it is in the file, a chunk without filters has the size that it has in memory. */
static enum vordec_status check_plain_chunk(const struct hdf5_chunks *chunks, hid_t dataset, const hsize_t *at) {
  unsigned left_out = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t bytes = 0;
  if (!chunks->say_sizes) return VORDEC_OK;
  if (H5Dget_chunk_info_by_coord(dataset, at, &left_out, &address, &bytes) < 0) return VORDEC_OK;
  return address == HADDR_UNDEF || bytes == chunks->bytes ? VORDEC_OK : VORDEC_E_INPUT;
}

static enum vordec_status check_filtered_chunk(const struct hdf5_chunks *chunks, hid_t dataset, const hsize_t *at,
                                               hsize_t bytes) {
  struct stored stored = {.bytes = bytes};
  unsigned char *packed = NULL;
  enum vordec_status status = read_chunk(chunks, dataset, at, &stored, &packed);
  if (!status) status = check_packed(chunks, &stored, packed);
  free(packed);
  return status;
}

/* Shuffled alone, a chunk keeps its size. */
static enum vordec_status check_chunk(const struct hdf5_chunks *chunks, hid_t dataset, const hsize_t *at,
                                      bool *missing) {
  const hsize_t bytes = hdf5_holes_stored(dataset, at);
  *missing = bytes == 0;
  if (*missing) return chunks->holes_matter ? VORDEC_E_INPUT : VORDEC_OK;
  if (filters_change_sizes(chunks)) return check_filtered_chunk(chunks, dataset, at, bytes);
  if (!chunks->shuffle) return check_plain_chunk(chunks, dataset, at);
  return bytes == chunks->bytes ? VORDEC_OK : VORDEC_E_INPUT;
}

/* Looks at the chunk at these indices, if nobody has. */
static enum vordec_status look(struct hdf5_chunks *chunks, hid_t dataset, const hsize_t *at, bool *missing) {
  size_t number = 0;
  for (int i = 0; i < chunks->ndim; i++) {
    number = number * (size_t)chunks->across[i] + (size_t)(at[i] / chunks->chunk[i]);
  }
  const unsigned char bit = (unsigned char)(1u << number % 8);
  if (chunks->seen && (chunks->seen[number / 8] & bit)) return VORDEC_OK;
  const enum vordec_status status = check_chunk(chunks, dataset, at, missing);
  if (!status && chunks->seen) chunks->seen[number / 8] |= bit;
  return status;
}

enum vordec_status hdf5_chunks_check(struct hdf5_chunks *chunks, hid_t dataset, const size_t *start,
                                     const size_t *count, struct hdf5_bad_chunk *bad) {
  hsize_t first[NPY_MAX_NDIM] = {0}, at[NPY_MAX_NDIM] = {0};
  *bad = (struct hdf5_bad_chunk){0};
  if (!chunks) return VORDEC_OK;
  for (int i = 0; i < chunks->ndim; i++) {
    if (count[i] == 0) return VORDEC_OK;
    at[i] = first[i] = start[i] / chunks->chunk[i] * chunks->chunk[i];
  }
  for (;;) {
    const enum vordec_status status = look(chunks, dataset, at, &bad->missing);
    if (status) {
      bad->ndim = (unsigned)chunks->ndim;
      for (int i = 0; i < chunks->ndim; i++) bad->at[i] = (size_t)at[i];
      return status;
    }
    int axis = chunks->ndim - 1;
    for (; axis >= 0; axis--) {
      at[axis] += chunks->chunk[axis];
      if (at[axis] < start[axis] + count[axis]) break;
      at[axis] = first[axis];
    }
    if (axis < 0) return VORDEC_OK;
  }
}

void hdf5_chunks_destroy(struct hdf5_chunks *chunks) {
  if (!chunks) return;
  free(chunks->seen);
  free(chunks);
}

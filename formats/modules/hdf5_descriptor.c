/* SPDX-License-Identifier: MIT */
#include "hdf5_descriptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_ADDRESS (((haddr_t)1 << 62) - 1)

struct open_file {
  H5FD_t base;
  struct hdf5_descriptor *descriptor;
  haddr_t eoa, eof; /* of what is allocated, and of what is there */
};

/* The address of the descriptor is the whole of a file's access properties. */
struct properties {
  struct hdf5_descriptor *descriptor;
};

static hid_t driver = -1;

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t most) {
  (void)name, (void)flags, (void)most;
  const struct properties *properties = H5Pget_driver_info(access);
  struct open_file *file = properties ? calloc(1, sizeof *file) : NULL;
  if (!file) return NULL;
  file->descriptor = properties->descriptor;
  return &file->base;
}

static herr_t driver_close(H5FD_t *base) {
  free(base);
  return 0;
}

static int driver_compare(const H5FD_t *a, const H5FD_t *b) {
  const int x = ((const struct open_file *)a)->descriptor->fd, y = ((const struct open_file *)b)->descriptor->fd;
  return x < y ? -1 : x > y;
}

static herr_t driver_query(const H5FD_t *base, unsigned long *flags) {
  (void)base;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

static haddr_t driver_eoa(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const struct open_file *)base)->eoa;
}

static herr_t driver_set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t address) {
  (void)type;
  ((struct open_file *)base)->eoa = address;
  return 0;
}

static haddr_t driver_eof(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const struct open_file *)base)->eof;
}

static herr_t fail(struct hdf5_descriptor *descriptor) {
  if (!descriptor->error) descriptor->error = errno;
  return -1;
}

/* What was never written reads as zeros. */
static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *buffer) {
  (void)type, (void)transfer;
  const struct open_file *file = (const struct open_file *)base;
  char *to = buffer;
  while (size > 0) {
    const ssize_t got = pread(file->descriptor->fd, to, size, (off_t)address);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file->descriptor);
    if (got == 0) break;
    to += got;
    address += (haddr_t)got;
    size -= (size_t)got;
  }
  memset(to, 0, size);
  return 0;
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size,
                           const void *buffer) {
  (void)type, (void)transfer;
  struct open_file *file = (struct open_file *)base;
  const char *from = buffer;
  while (size > 0) {
    const ssize_t put = pwrite(file->descriptor->fd, from, size, (off_t)address);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(file->descriptor);
    from += put;
    address += (haddr_t)put;
    size -= (size_t)put;
  }
  if (address > file->eof) file->eof = address;
  return 0;
}

static herr_t driver_truncate(H5FD_t *base, hid_t transfer, hbool_t closing) {
  (void)transfer, (void)closing;
  struct open_file *file = (struct open_file *)base;
  if (file->eoa == file->eof) return 0;
  if (ftruncate(file->descriptor->fd, (off_t)file->eoa)) return fail(file->descriptor);
  file->eof = file->eoa;
  return 0;
}

bool hdf5_descriptor_use(hid_t access, struct hdf5_descriptor *descriptor) {
  static const H5FD_class_t class = {
      .name = "vordec_descriptor",
      .maxaddr = MOST_ADDRESS,
      .fc_degree = H5F_CLOSE_WEAK,
      .fapl_size = sizeof(struct properties),
      .open = driver_open,
      .close = driver_close,
      .cmp = driver_compare,
      .query = driver_query,
      .get_eoa = driver_eoa,
      .set_eoa = driver_set_eoa,
      .get_eof = driver_eof,
      .read = driver_read,
      .write = driver_write,
      .truncate = driver_truncate,
      .fl_map = H5FD_FLMAP_DICHOTOMY,
  };
  const struct properties properties = {descriptor};
  if (driver < 0) driver = H5FDregister(&class);
  return driver >= 0 && H5Pset_driver(access, driver, &properties) >= 0;
}

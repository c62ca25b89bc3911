/* SPDX-License-Identifier: MIT */
#include "netcdf_header.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

struct cursor {
  FILE *file;
  uint64_t left;
  unsigned version;    /* 1, 2 or 5 */
  uint64_t dimensions; /* how many there are */
  uint64_t record;     /* the one that grows, which alone has length 0; UINT64_MAX: none */
  bool good;
};

static void skip(struct cursor *c, uint64_t bytes) {
  c->good = c->good && bytes <= c->left && fseeko(c->file, (off_t)bytes, SEEK_CUR) == 0;
  if (c->good) c->left -= bytes;
}

static uint64_t take(struct cursor *c, unsigned bytes) {
  unsigned char held[8] = {0};
  uint64_t value = 0;
  c->good = c->good && bytes <= c->left && fread(held, 1, bytes, c->file) == bytes;
  if (!c->good) return 0;
  c->left -= bytes;
  for (unsigned i = 0; i < bytes; i++) value = value << 8 | held[i];
  return value;
}

/* A count or a length: of 4 bytes before CDF-5. Of things that take at least `size` bytes each, or none of them fits.
 */
static uint64_t take_count(struct cursor *c, uint64_t size) {
  const uint64_t count = take(c, c->version == 5 ? 8 : 4);
  if (count > c->left / size) c->good = false;
  return c->good ? count : 0;
}

static uint64_t padded(uint64_t bytes) {
  return (bytes + 3) / 4 * 4;
}

static void skip_name(struct cursor *c) {
  skip(c, padded(take_count(c, 1)));
}

static unsigned type_bytes(uint64_t type) {
  static const unsigned char bytes[] = {0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};
  return type < sizeof bytes ? bytes[type] : 0;
}

static void skip_attributes(struct cursor *c) {
  take(c, 4); /* a tag */
  for (uint64_t left = take_count(c, 12); c->good && left > 0; left--) {
    skip_name(c);
    const unsigned bytes = type_bytes(take(c, 4));
    if (bytes == 0) c->good = false;
    skip(c, padded(take_count(c, bytes ? bytes : 1) * bytes));
  }
}

static void skip_dimensions(struct cursor *c) {
  take(c, 4);
  c->dimensions = take_count(c, 8);
  c->record = UINT64_MAX;
  for (uint64_t i = 0; c->good && i < c->dimensions; i++) {
    skip_name(c);
    const uint64_t length = take(c, c->version == 5 ? 8 : 4);
    if (length > INT64_MAX) c->good = false; /* the library would take it for less than nothing */
    if (length != 0) continue;
    if (c->record != UINT64_MAX) c->good = false;
    c->record = i;
  }
}

/* A variable's: each is there, and the one that grows comes first, if at all. The library divides by the lengths of the
 * others. */
static void check_axes(struct cursor *c) {
  const unsigned bytes = c->version == 5 ? 8 : 4;
  const uint64_t count = take_count(c, bytes);
  for (uint64_t i = 0; c->good && i < count; i++) {
    const uint64_t dimension = take(c, bytes);
    if (dimension >= c->dimensions || (i > 0 && dimension == c->record)) c->good = false;
  }
}

static void skip_variables(struct cursor *c) {
  take(c, 4);
  for (uint64_t left = take_count(c, 24); c->good && left > 0; left--) {
    const unsigned id = c->version == 5 ? 8 : 4;
    skip_name(c);
    check_axes(c);
    skip_attributes(c);
    if (type_bytes(take(c, 4)) == 0) c->good = false;
    take(c, id);                      /* size */
    take(c, c->version == 1 ? 4 : 8); /* where it begins */
  }
}

bool netcdf_header_fits(const char *path) {
  struct stat info;
  struct cursor c = {.file = fopen(path, "rbe"), .good = true};
  if (!c.file) return false;
  c.left = fstat(fileno(c.file), &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
  skip(&c, 3);
  c.version = (unsigned)take(&c, 1);
  take(&c, c.version == 5 ? 8 : 4); /* records */
  skip_dimensions(&c);
  skip_attributes(&c);
  skip_variables(&c);
  fclose(c.file);
  return c.good;
}

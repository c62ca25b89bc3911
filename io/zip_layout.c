/* SPDX-License-Identifier: MIT */
#include "zip_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sizes and signatures of the format (PKWARE's APPNOTE, 4.3). */
#define END_BYTES 22u
#define END_SIGNATURE 0x06054b50u
#define COMMENT_MAX 65535u
#define LOCATOR_BYTES 20u
#define LOCATOR_SIGNATURE 0x07064b50u
#define END64_BYTES 56u
#define END64_SIGNATURE 0x06064b50u
#define ENTRY_BYTES 46u
#define ENTRY_SIGNATURE 0x02014b50u
#define LOCAL_BYTES 30u
#define LOCAL_SIGNATURE 0x04034b50u
#define EXTRA64 1u
#define SCRATCH_BYTES (END_BYTES + COMMENT_MAX) /* also holds a name or an extra field, of 65535 bytes at most */

struct directory {
  uint64_t start, count;
};

/* Bytes start .. end - 1: a member's local header and data. */
struct range {
  uint64_t start, end;
};

struct file {
  int fd;
  uint64_t size;
  int cause;              /* errno of a read that failed; 0: none did */
  unsigned char *scratch; /* SCRATCH_BYTES; on the heap, since a host's threads may have small stacks */
};

static uint32_t get16(const unsigned char *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t get32(const unsigned char *at) {
  return get16(at) | get16(at + 2) << 16;
}

static uint64_t get64(const unsigned char *at) {
  return (uint64_t)get32(at) | (uint64_t)get32(at + 4) << 32;
}

static bool read_at(struct file *file, uint64_t at, void *buffer, size_t bytes) {
  if (at > file->size || bytes > file->size - at) return false;
  for (unsigned char *to = buffer; bytes > 0;) {
    const ssize_t got = pread(file->fd, to, bytes, (off_t)at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) file->cause = errno;
    if (got <= 0) return false;
    to += got;
    at += (uint64_t)got;
    bytes -= (size_t)got;
  }
  return true;
}

/* Where the 64-bit end record has what the plain one has no room for. */
static bool read_end64(struct file *file, uint64_t end, struct directory *directory) {
  unsigned char locator[LOCATOR_BYTES], record[END64_BYTES];
  if (end < LOCATOR_BYTES || !read_at(file, end - LOCATOR_BYTES, locator, sizeof locator)) return false;
  if (get32(locator) != LOCATOR_SIGNATURE || !read_at(file, get64(locator + 8), record, sizeof record)) return false;
  if (get32(record) != END64_SIGNATURE) return false;
  *directory = (struct directory){get64(record + 48), get64(record + 32)};
  return true;
}

/* The end record is the one whose comment ends the file. */
static bool find_directory(struct file *file, struct directory *directory) {
  unsigned char *const tail = file->scratch;
  const size_t length = file->size < SCRATCH_BYTES ? (size_t)file->size : SCRATCH_BYTES;
  if (length < END_BYTES || !read_at(file, file->size - length, tail, length)) return false;
  for (size_t at = length - END_BYTES + 1; at-- > 0;) {
    const unsigned char *record = tail + at;
    if (get32(record) != END_SIGNATURE || get16(record + 20) != length - END_BYTES - at) continue;
    *directory = (struct directory){get32(record + 16), get16(record + 10)};
    if (directory->start != UINT32_MAX && directory->count != UINT16_MAX) return true;
    return read_end64(file, file->size - length + at, directory) || directory->start != UINT32_MAX;
  }
  return false;
}

/* A size or offset that did not fit stands in the extra field, those that did not fit in this order. */
static bool read_extra64(struct file *file, uint64_t at, uint32_t length, bool skip_size, uint64_t *packed,
                         uint64_t *offset) {
  unsigned char *const extra = file->scratch;
  if (*packed != UINT32_MAX && *offset != UINT32_MAX) return true;
  if (!read_at(file, at, extra, length)) return false;
  for (uint32_t i = 0; i + 4 <= length;) {
    const uint32_t bytes = get16(extra + i + 2);
    if (bytes > length - i - 4) return false;
    const unsigned char *value = extra + i + 4, *end = value + bytes;
    i += 4 + bytes;
    if (get16(value - 4) != EXTRA64) continue;
    if (skip_size && end - value < 8) return false;
    if (skip_size) value += 8;
    uint64_t *const wanted[] = {packed, offset};
    for (size_t j = 0; j < 2; j++) {
      if (*wanted[j] != UINT32_MAX) continue;
      if (end - value < 8) return false;
      *wanted[j] = get64(value);
      value += 8;
    }
    return true;
  }
  return false;
}

/* The member at *at of the directory, which libzip counts as number i; *at goes to the next one. */
static bool read_entry(struct file *file, zip_t *zip, zip_uint64_t i, uint64_t *at, struct range *range) {
  unsigned char entry[ENTRY_BYTES], local[LOCAL_BYTES];
  zip_stat_t stat;
  if (!read_at(file, *at, entry, sizeof entry) || get32(entry) != ENTRY_SIGNATURE) return false;
  const uint32_t name_bytes = get16(entry + 28), extra_bytes = get16(entry + 30);
  uint64_t packed = get32(entry + 20), offset = get32(entry + 42);
  const bool skip_size = get32(entry + 24) == UINT32_MAX;
  const char *known = zip_get_name(zip, i, ZIP_FL_ENC_RAW);
  if (!known || strlen(known) != name_bytes) return false;
  if (!read_at(file, *at + ENTRY_BYTES, file->scratch, name_bytes)) return false;
  if (memcmp(known, file->scratch, name_bytes) != 0) return false;
  if (!read_extra64(file, *at + ENTRY_BYTES + name_bytes, extra_bytes, skip_size, &packed, &offset)) return false;
  *at += ENTRY_BYTES + name_bytes + extra_bytes + get16(entry + 32);
  if (zip_stat_index(zip, i, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_COMP_SIZE) || stat.comp_size != packed) {
    return false;
  }
  if (!read_at(file, offset, local, sizeof local) || get32(local) != LOCAL_SIGNATURE) return false;
  const uint64_t header = LOCAL_BYTES + get16(local + 26) + get16(local + 28);
  if (packed > file->size || offset > file->size) return false;
  *range = (struct range){offset, offset + header + packed};
  return true;
}

static int by_start(const void *a, const void *b) {
  const uint64_t x = ((const struct range *)a)->start, y = ((const struct range *)b)->start;
  return (x > y) - (x < y);
}

static enum zip_layout check_members(struct file *file, zip_t *zip) {
  struct directory directory;
  const zip_int64_t count = zip_get_num_entries(zip, 0);
  if (!find_directory(file, &directory) || count < 0 || directory.count != (uint64_t)count) return ZIP_LAYOUT_DAMAGED;
  struct range *ranges = calloc((size_t)count + 1, sizeof *ranges);
  if (!ranges) return ZIP_LAYOUT_NO_MEMORY;
  enum zip_layout found = ZIP_LAYOUT_OK;
  uint64_t at = directory.start;
  for (zip_int64_t i = 0; i < count && found == ZIP_LAYOUT_OK; i++) {
    if (!read_entry(file, zip, (zip_uint64_t)i, &at, &ranges[i])) found = ZIP_LAYOUT_DAMAGED;
  }
  ranges[count] = (struct range){directory.start, directory.start}; /* members lie before it */
  if (found == ZIP_LAYOUT_OK) qsort(ranges, (size_t)count, sizeof *ranges, by_start);
  for (zip_int64_t i = 0; i < count && found == ZIP_LAYOUT_OK; i++) {
    if (ranges[i].end > ranges[i + 1].start) found = ZIP_LAYOUT_OVERLAP;
  }
  free(ranges);
  return found;
}

enum zip_layout zip_layout_check(int fd, uint64_t size, zip_t *zip) {
  struct file file = {.fd = fd, .size = size, .scratch = malloc(SCRATCH_BYTES)};
  const enum zip_layout found = file.scratch ? check_members(&file, zip) : ZIP_LAYOUT_NO_MEMORY;
  free(file.scratch);
  if (found != ZIP_LAYOUT_DAMAGED || !file.cause) return found;
  errno = file.cause;
  return ZIP_LAYOUT_UNREADABLE;
}

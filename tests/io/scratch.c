/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[PATH_ROOM / 2];

int scratch_setup(void **state) {
  (void)state;
  const char *base = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/vordec-io-XXXXXX", base ? base : "/tmp");
  return mkdtemp(folder) ? 0 : -1;
}

int scratch_teardown(void **state) {
  (void)state;
  DIR *dir = opendir(folder);
  if (!dir) return -1;
  for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) remove(scratch(entry->d_name));
  }
  closedir(dir);
  return rmdir(folder);
}

const char *scratch(const char *name) {
  static char paths[16][PATH_ROOM];
  static unsigned next;
  char *path = paths[next++ % 16];
  snprintf(path, PATH_ROOM, "%s/%s", folder, name);
  return path;
}

size_t scratch_count(const char *prefix) {
  size_t count = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
    count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
  }
  closedir(dir);
  return count;
}

void write_bytes(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

unsigned char *read_bytes(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  struct stat info;
  assert_int_equal(fstat(fileno(file), &info), 0);
  *size = (size_t)info.st_size;
  unsigned char *bytes = malloc(*size + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *size, file), *size);
  fclose(file);
  return bytes;
}

bool file_exists(const char *path) {
  struct stat info;
  return lstat(path, &info) == 0;
}

void assert_failure(enum vordec_status status, enum vordec_status expected, const struct vordec_error *error,
                    const char *name, const char *part) {
  if (status == expected && error->status == expected && strstr(error->message, name) && strstr(error->message, part) &&
      !strchr(error->message, '\n')) {
    return;
  }
  fail_msg("status %d (expected %d), message '%s' (expected '%s' and '%s' in one line)", status, expected,
           status == VORDEC_OK ? "" : error->message, name, part);
}

void assert_ok(enum vordec_status status, const struct vordec_error *error) {
  if (status != VORDEC_OK) fail_msg("status %d: %s", status, error->message);
}

void assert_double_near(double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance)) {
    fail_msg("%.17g is not within %g of %.17g", value, tolerance, expected);
  }
}

static size_t put(unsigned char *to, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) to[i] = (unsigned char)(value >> (8 * i));
  return bytes;
}

size_t make_npy(unsigned char **bytes, unsigned major, const char *dict, const void *data, size_t data_size) {
  const size_t dict_size = strlen(dict), length_bytes = major == 1 ? 2 : 4;
  unsigned char *to = malloc(8 + length_bytes + dict_size + data_size);
  assert_non_null(to);
  *bytes = to;
  memcpy(to, "\x93NUMPY", 6);
  size_t used = 6;
  used += put(to + used, major, 2);
  used += put(to + used, dict_size, length_bytes);
  memcpy(to + used, dict, dict_size);
  used += dict_size;
  if (data_size) memcpy(to + used, data, data_size);
  return used + data_size;
}

/* The polynomial of zip files, one bit at a time. */
static uint32_t crc32_of(const unsigned char *bytes, size_t count) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < count; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

struct zip_entry stored_entry(const char *name, const void *bytes, size_t count) {
  return (struct zip_entry){.name = name,
                            .bytes = bytes,
                            .count = count,
                            .size = (uint32_t)count,
                            .claimed = (uint32_t)count,
                            .checksum = crc32_of(bytes, count)};
}

/* What local headers and the directory have in common: from "version needed" to the length of the name. */
static size_t put_common(unsigned char *to, const struct zip_entry *entry) {
  size_t used = put(to, 20, 2);
  used += put(to + used, entry->flags, 2);
  used += put(to + used, entry->method, 2);
  used += put(to + used, 0x00210000, 4);
  used += put(to + used, entry->checksum, 4);
  used += put(to + used, entry->claimed, 4);
  used += put(to + used, entry->size, 4);
  used += put(to + used, strlen(entry->name), 2);
  used += put(to + used, 0, 2);
  return used;
}

static void write_local(FILE *file, const struct zip_entry *entry) {
  unsigned char header[30];
  size_t used = put(header, 0x04034b50, 4);
  used += put_common(header + used, entry);
  fwrite(header, 1, used, file);
  fwrite(entry->name, 1, strlen(entry->name), file);
  fwrite(entry->bytes, 1, entry->count, file);
}

static void write_directory_entry(FILE *file, const struct zip_entry *entry, long offset) {
  unsigned char header[46];
  size_t used = put(header, 0x02014b50, 4);
  used += put(header + used, 20, 2);
  used += put_common(header + used, entry);
  used += put(header + used, 0, 6);
  used += put(header + used, 0, 4);
  used += put(header + used, (uint64_t)offset, 4);
  fwrite(header, 1, used, file);
  fwrite(entry->name, 1, strlen(entry->name), file);
}

void write_zip(const char *path, const struct zip_entry *entries, size_t count) {
  long offsets[8];
  assert_true(count <= 8);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  for (size_t i = 0; i < count; ++i) {
    offsets[i] = ftell(file);
    write_local(file, &entries[i]);
  }
  const long start = ftell(file);
  for (size_t i = 0; i < count; ++i) write_directory_entry(file, &entries[i], offsets[i]);
  const long end = ftell(file);
  unsigned char tail[22];
  size_t used = put(tail, 0x06054b50, 4);
  used += put(tail + used, 0, 4);
  used += put(tail + used, count, 2);
  used += put(tail + used, count, 2);
  used += put(tail + used, (uint64_t)(end - start), 4);
  used += put(tail + used, (uint64_t)start, 4);
  used += put(tail + used, 0, 2);
  fwrite(tail, 1, used, file);
  assert_int_equal(ferror(file), 0);
  fclose(file);
}

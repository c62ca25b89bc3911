/* SPDX-License-Identifier: MIT */
/*
 * scratch.h - what the tests of io/ and plot/ share: a scratch folder, whole files as bytes, hand-made .npy and zip
 * files.
 */
#ifndef VORDEC_TESTS_IO_SCRATCH_H
#define VORDEC_TESTS_IO_SCRATCH_H

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <vordec/types.h>

#define PATH_ROOM 512

/* Group fixtures: a fresh scratch folder, and its removal with all that is in it. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* Path of a file in the scratch folder; valid until the sixteenth call after this one. */
const char *scratch(const char *name);

/* Number of entries in the scratch folder whose name starts with prefix. */
size_t scratch_count(const char *prefix);

void write_bytes(const char *path, const void *bytes, size_t size);
/* Whole file; the caller frees it. */
unsigned char *read_bytes(const char *path, size_t *size);
bool file_exists(const char *path);

/* Asserts the status, a one-line message that names `name`, and that it has `part` in it. */
void assert_failure(enum vordec_status status, enum vordec_status expected, const struct vordec_error *error,
                    const char *name, const char *part);
void assert_ok(enum vordec_status status, const struct vordec_error *error);
void assert_double_near(double value, double expected, double tolerance);

/* An .npy file around a header dictionary, as it is, and data; major is the format version. Returns its size; *bytes is
 * the caller's to free. */
size_t make_npy(unsigned char **bytes, unsigned major, const char *dict, const void *data, size_t data_size);

/* One member of a hand-made zip file. */
struct zip_entry {
  const char *name;
  const void *bytes; /* as they are to lie in the file */
  size_t count;
  unsigned method, flags;
  uint32_t size;     /* claimed unpacked size */
  uint32_t claimed;  /* claimed packed size */
  uint32_t checksum; /* claimed CRC-32 */
};

/* An honest stored member. */
struct zip_entry stored_entry(const char *name, const void *bytes, size_t count);
void write_zip(const char *path, const struct zip_entry *entries, size_t count);

#endif

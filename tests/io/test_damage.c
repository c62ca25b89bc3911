/* SPDX-License-Identifier: MIT */
/*
 * Every byte of small valid files is changed in turn, and the files are cut at every length. Whatever happens, the
 * readers must stay within their memory (a sanitizer build watches), and what they accept must be right.
 */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "io/npz.h"
#include "scratch.h"

static const size_t shape[] = {2, 3};
static const struct npy_form form = {NPY_F8, 2, {2, 3}};
static const double values[] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
static const unsigned char flips[] = {0x01, 0x80, 0xff};

struct bytes {
  unsigned char *data;
  size_t size;
};

static struct bytes load(const char *path) {
  struct bytes bytes = {0};
  bytes.data = read_bytes(path, &bytes.size);
  return bytes;
}

static struct bytes make_npy_file(void) {
  struct vordec_error error = {0};
  assert_ok(npy_write(scratch("whole.npy"), NPY_F8, 2, shape, values, &error), &error);
  return load(scratch("whole.npy"));
}

static struct bytes make_stored_archive(void) {
  struct vordec_error error = {0};
  struct npz_writer *writer = NULL;
  assert_ok(npz_writer_create(scratch("whole.npz"), &writer, &error), &error);
  assert_ok(npz_writer_add(writer, "a", &form, values, &error), &error);
  assert_ok(npz_writer_add_i64(writer, "N", 4, &error), &error);
  assert_ok(npz_writer_commit(writer, &error), &error);
  npz_writer_destroy(writer);
  return load(scratch("whole.npz"));
}

static struct bytes make_deflated_archive(void) {
  int code = 0;
  struct bytes npy = make_npy_file();
  zip_t *zip = zip_open(scratch("deflated.npz"), ZIP_CREATE | ZIP_TRUNCATE, &code);
  assert_non_null(zip);
  const zip_int64_t index = zip_file_add(zip, "a.npy", zip_source_buffer(zip, npy.data, npy.size, 0), 0);
  assert_int_equal(index, 0);
  assert_int_equal(zip_set_file_compression(zip, 0, ZIP_CM_DEFLATE, 9), 0);
  assert_int_equal(zip_close(zip), 0);
  free(npy.data);
  return load(scratch("deflated.npz"));
}

/* A file of its size that its header describes is all that can be asked: .npy has no checksum. */
static void check_npy(const struct bytes *bytes) {
  struct vordec_error error = {0};
  struct npy_array array;
  write_bytes(scratch("damaged.npy"), bytes->data, bytes->size);
  const enum vordec_status status = npy_read(scratch("damaged.npy"), &array, &error);
  if (status != VORDEC_OK) {
    assert_failure(status, VORDEC_E_INPUT, &error, "damaged.npy", ": ");
    return;
  }
  const size_t data_bytes = array.count * npy_type_size(array.type);
  assert_int_equal(data_bytes, sizeof values);
  assert_memory_equal(array.data, bytes->data + bytes->size - data_bytes, data_bytes);
  npy_array_release(&array);
}

/* An archive has checksums: whatever is accepted under the name must be the original. Returns whether it was. */
static bool check_npz(const struct bytes *bytes) {
  struct vordec_error error = {0};
  struct npz *npz = NULL;
  struct npy_array array = {0};
  write_bytes(scratch("damaged.npz"), bytes->data, bytes->size);
  enum vordec_status status = npz_open(scratch("damaged.npz"), &npz, &error);
  if (status == VORDEC_OK) status = npz_read(npz, "a", &array, &error);
  if (status == VORDEC_OK) {
    assert_int_equal(array.type, NPY_F8);
    assert_int_equal(array.count, 6);
    assert_memory_equal(array.data, values, sizeof values);
  } else {
    assert_failure(status, VORDEC_E_INPUT, &error, "damaged.npz", ": ");
  }
  npy_array_release(&array);
  npz_close(npz);
  return status == VORDEC_OK;
}

static void damaged_npy_files(void **state) {
  (void)state;
  struct bytes whole = make_npy_file();
  for (size_t i = 0; i < whole.size; ++i) {
    for (size_t j = 0; j < sizeof flips; ++j) {
      whole.data[i] ^= flips[j];
      check_npy(&whole);
      whole.data[i] ^= flips[j];
    }
  }
  free(whole.data);
}

static void shortened_npy_files(void **state) {
  (void)state;
  struct bytes whole = make_npy_file();
  for (size_t size = 0; size < whole.size; ++size) {
    struct vordec_error error = {0};
    struct npy_array array;
    write_bytes(scratch("damaged.npy"), whole.data, size);
    assert_failure(npy_read(scratch("damaged.npy"), &array, &error), VORDEC_E_INPUT, &error, "damaged.npy", ": ");
  }
  free(whole.data);
}

static void damage_archive(struct bytes whole) {
  assert_true(check_npz(&whole));
  for (size_t i = 0; i < whole.size; ++i) {
    for (size_t j = 0; j < sizeof flips; ++j) {
      whole.data[i] ^= flips[j];
      check_npz(&whole);
      whole.data[i] ^= flips[j];
    }
  }
  for (size_t size = 0; size < whole.size; ++size) {
    assert_false(check_npz(&(struct bytes){whole.data, size}));
  }
  free(whole.data);
}

static void damaged_stored_archives(void **state) {
  (void)state;
  damage_archive(make_stored_archive());
}

static void damaged_deflated_archives(void **state) {
  (void)state;
  damage_archive(make_deflated_archive());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(damaged_npy_files),
      cmocka_unit_test(shortened_npy_files),
      cmocka_unit_test(damaged_stored_archives),
      cmocka_unit_test(damaged_deflated_archives),
  };
  return cmocka_run_group_tests_name("damage", tests, scratch_setup, scratch_teardown);
}

/* SPDX-License-Identifier: MIT */
/* Named arrays through sources and sinks: what is written is listed, described and read, whole and row by row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/array_file.h"
#include "formats/octave_source.h"
#include "io/npz.h"
#include "io/outfile.h"
#include "tests/io/scratch.h"

static const double ramp[] = {0.5, -1.5, 2.5, 1e300, -0.0, 6.0};
static const float frames[3][2] = {{1.0f, -2.0f}, {0.25f, INFINITY}, {3.0f, 4.0f}};

static struct array_sink *start(const char *path) {
  struct vordec_error error = {0};
  struct array_sink *sink = NULL;
  assert_ok(array_file_create(path, &(struct array_storage){0}, &sink, &error), &error);
  return sink;
}

static void fill(struct array_sink *sink) {
  const struct npy_form matrix = {NPY_F8, 2, {2, 3}}, row = {NPY_F4, 1, {2}};
  struct array_stream *stream = NULL;
  struct vordec_error error = {0};
  assert_ok(array_sink_add(sink, "ramp", &matrix, ramp, &error), &error);
  assert_ok(array_sink_add_stream(sink, "frames", &row, &stream, &error), &error);
  assert_ok(array_sink_add_f64(sink, "dt", 0.01, &error), &error);
  assert_ok(array_sink_add_i64(sink, "N", 128, &error), &error);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(array_stream_rows(stream), i);
    assert_ok(array_stream_append(stream, frames[i], &error), &error);
  }
}

static const char *write_sample(const char *path) {
  struct vordec_error error = {0};
  struct array_sink *sink = start(path);
  fill(sink);
  assert_ok(array_sink_commit(sink, &error), &error);
  array_sink_destroy(sink);
  return path;
}

static struct array_source *open_source(const char *path) {
  struct vordec_error error = {0};
  struct array_source *source = NULL;
  assert_ok(array_file_open(path, &source, &error), &error);
  assert_string_equal(source->path, path);
  return source;
}

static void arrays_are_listed_and_described(void **state) {
  (void)state;
  static const char *const names[] = {"ramp", "frames", "dt", "N"};
  static const struct npy_form forms[] = {{NPY_F8, 2, {2, 3}}, {NPY_F4, 2, {3, 2}}, {NPY_F8, 0, {0}}, {NPY_I8, 0, {0}}};
  struct array_source *source = open_source(write_sample(scratch("list.npz")));
  struct vordec_error error = {0};
  char name[ARRAY_NAME_MAX];
  size_t found = 0;
  for (size_t at = 0; array_source_next(source, &at, name); found++) {
    struct npy_form form;
    assert_true(found < 4);
    assert_string_equal(name, names[found]);
    assert_true(array_source_has(source, name));
    assert_ok(array_source_describe(source, name, &form, &error), &error);
    assert_memory_equal(&form, &forms[found], sizeof form);
  }
  assert_int_equal(found, 4);
  assert_false(array_source_has(source, "Ramp"));
  struct npy_form form;
  assert_int_equal(array_source_describe(source, "Ramp", &form, &error), VORDEC_E_INPUT);
  assert_non_null(strstr(error.message, "there is no array 'Ramp' in it"));
  array_source_close(source);
}

static void arrays_are_read_whole(void **state) {
  (void)state;
  struct array_source *source = open_source(write_sample(scratch("whole.npz")));
  struct vordec_error error = {0};
  struct npy_array array;
  double dt = 0.0;
  int64_t n = 0;
  assert_ok(array_source_read(source, "ramp", &array, &error), &error);
  assert_memory_equal(array.data, ramp, sizeof ramp);
  npy_array_release(&array);
  assert_ok(array_source_read_f64(source, "dt", &dt, &error), &error);
  assert_ok(array_source_read_i64(source, "N", &n, &error), &error);
  assert_true(dt == 0.01 && n == 128);
  assert_int_equal(array_source_read_i64(source, "dt", &n, &error), VORDEC_E_INPUT);
  assert_int_equal(array_source_read_f64(source, "ramp", &dt, &error), VORDEC_E_INPUT);
  assert_int_equal(array_source_read(source, "none", &array, &error), VORDEC_E_INPUT);
  array_source_close(source);
}

static void slabs_outlive_the_source(void **state) {
  (void)state;
  struct array_source *source = open_source(write_sample(scratch("rows.npz")));
  struct vordec_error error = {0};
  struct array_slabs *slabs = NULL;
  assert_ok(array_source_open_slabs(source, "frames", &slabs, &error), &error);
  array_source_close(source);
  assert_int_equal(slabs->ndim, 2);
  assert_int_equal(slabs->shape[0], 3);
  assert_int_equal(slabs->shape[1], 2);
  for (size_t i = 3; i-- > 0;) {
    double values[2];
    const size_t start[] = {i, 0}, count[] = {1, 2};
    assert_ok(array_slabs_read(slabs, start, count, values, &error), &error);
    assert_true(values[0] == (double)frames[i][0] && values[1] == (double)frames[i][1]);
  }
  array_slabs_close(slabs);
}

static void a_scalar_has_no_axes(void **state) {
  (void)state;
  struct array_source *source = open_source(write_sample(scratch("scalar.npz")));
  struct vordec_error error = {0};
  struct array_slabs *slabs = NULL;
  assert_ok(array_source_open_slabs(source, "dt", &slabs, &error), &error);
  assert_int_equal(slabs->ndim, 0);
  array_slabs_close(slabs);
  assert_int_equal(array_source_open_slabs(source, "none", &slabs, &error), VORDEC_E_INPUT);
  assert_null(slabs);
  array_source_close(source);
}

/* Members of a zip file without the suffix are no arrays. */
static void what_is_no_array_is_not_listed(void **state) {
  (void)state;
  unsigned char *bytes = NULL;
  const size_t size = make_npy(&bytes, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': ()}", ramp, sizeof *ramp);
  const struct zip_entry entries[] = {stored_entry("readme", "text", 4), stored_entry("a.npy", bytes, size),
                                      stored_entry("b.npy.txt", bytes, size), stored_entry("sub/", "", 0)};
  const char *path = scratch("others.npz");
  write_zip(path, entries, 4);
  free(bytes);
  struct array_source *source = open_source(path);
  char name[ARRAY_NAME_MAX];
  size_t at = 0;
  assert_true(array_source_next(source, &at, name));
  assert_string_equal(name, "a");
  assert_false(array_source_next(source, &at, name));
  array_source_close(source);
}

static void nothing_appears_before_the_commit(void **state) {
  (void)state;
  struct vordec_error error = {0};
  const char *path = scratch("dropped.npz");
  struct array_sink *sink = start(path);
  fill(sink);
  array_sink_destroy(sink);
  assert_false(file_exists(path));

  struct outfile *file = NULL;
  sink = start(path);
  fill(sink);
  assert_ok(array_sink_finish(sink, &file, &error), &error);
  assert_false(file_exists(path));
  assert_ok(outfile_commit(file, &error), &error);
  array_sink_destroy(sink);
  assert_true(file_exists(path));
}

/* The content says the format. */
static void the_name_does_not_matter_to_npz(void **state) {
  (void)state;
  const char *renamed = scratch("arrays.dat");
  assert_int_equal(rename(write_sample(scratch("arrays.npz")), renamed), 0);
  struct array_source *source = open_source(renamed);
  assert_true(array_source_has(source, "ramp"));
  array_source_close(source);
  struct vordec_error error = {0};
  const char *path = scratch("text");
  write_bytes(path, "text", 4);
  assert_int_equal(array_file_open(path, &source, &error), VORDEC_E_INPUT);
  assert_null(source);
  assert_non_null(strstr(error.message, "the format is not known"));
}

/* ---- Octave's variables, in a file whose reader has ended */

static bool variable_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  (void)source;
  strcpy(name, "w/value");
  return (*at)++ == 0;
}

static bool variable_has(const struct array_source *source, const char *name) {
  (void)source;
  return strcmp(name, "w/value") == 0;
}

static bool variable_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                          char text[ARRAY_NAME_MAX]) {
  (void)source, (void)attribute, (void)i;
  strcpy(text, "matrix");
  return strcmp(name, "w/type") == 0;
}

static enum vordec_status variable_check(struct array_source *source, struct vordec_error *error) {
  (void)source, (void)error;
  return VORDEC_E_FAILED;
}

static void variable_close(struct array_source *source) {
  (void)source;
}

static void a_variable_has_two_names_and_its_file_an_end(void **state) {
  (void)state;
  static const struct array_source_methods methods = {.next = variable_next,
                                                      .has = variable_has,
                                                      .text = variable_text,
                                                      .check = variable_check,
                                                      .close = variable_close};
  struct array_source file = {&methods, "o.h5", "hdf5"}, *source = &file;
  struct vordec_error error = {0};
  char name[ARRAY_NAME_MAX];
  size_t at = 0;
  assert_ok(octave_source_wrap(&source, &error), &error);
  assert_ptr_not_equal(source, &file);
  assert_true(array_source_next(source, &at, name));
  assert_string_equal(name, "w");
  assert_true(array_source_has(source, "w"));
  assert_true(array_source_has(source, "w/value"));
  assert_false(array_source_has(source, "w/type"));
  assert_int_equal(array_source_check(source, &error), VORDEC_E_FAILED);
  array_source_close(source);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arrays_are_listed_and_described), cmocka_unit_test(arrays_are_read_whole),
      cmocka_unit_test(slabs_outlive_the_source),        cmocka_unit_test(a_scalar_has_no_axes),
      cmocka_unit_test(what_is_no_array_is_not_listed),  cmocka_unit_test(nothing_appears_before_the_commit),
      cmocka_unit_test(the_name_does_not_matter_to_npz), cmocka_unit_test(a_variable_has_two_names_and_its_file_an_end),
  };
  return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}

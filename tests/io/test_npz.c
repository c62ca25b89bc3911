/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "io/npz.h"
#include "scratch.h"

static const double ramp[] = {0.5, -1.5, 2.5, 1e300, -0.0, 6.0};
static const struct npy_form ramp_form = {NPY_F8, 2, {2, 3}};
static const int8_t signs[] = {-1, 0, 1};

static struct npz *open_npz(const char *path) {
  struct vordec_error error = {0};
  struct npz *npz = NULL;
  assert_ok(npz_open(path, &npz, &error), &error);
  return npz;
}

static struct npz_writer *create(const char *path) {
  struct vordec_error error = {0};
  struct npz_writer *writer = NULL;
  assert_ok(npz_writer_create(path, &writer, &error), &error);
  return writer;
}

static void add_ramp(struct npz_writer *writer, const char *key) {
  struct vordec_error error = {0};
  assert_ok(npz_writer_add(writer, key, &ramp_form, ramp, &error), &error);
}

static void write_sample(const char *path) {
  struct vordec_error error = {0};
  struct npz_writer *writer = create(path);
  add_ramp(writer, "omega_lp");
  assert_ok(npz_writer_add(writer, "mask", &(struct npy_form){NPY_I1, 1, {3}}, signs, &error), &error);
  assert_ok(npz_writer_add(writer, "empty", &(struct npy_form){NPY_F4, 2, {0, 5}}, NULL, &error), &error);
  assert_ok(npz_writer_add_f64(writer, "tau", 0.35, &error), &error);
  assert_ok(npz_writer_add_i64(writer, "N", 128, &error), &error);
  assert_ok(npz_writer_commit(writer, &error), &error);
  npz_writer_destroy(writer);
}

static void assert_ramp(struct npz *npz, const char *key) {
  struct vordec_error error = {0};
  struct npy_array array;
  assert_ok(npz_read(npz, key, &array, &error), &error);
  assert_int_equal(array.type, NPY_F8);
  assert_int_equal(array.ndim, 2);
  assert_memory_equal(array.shape, ramp_form.shape, sizeof ramp_form.shape);
  assert_memory_equal(array.data, ramp, sizeof ramp);
  npy_array_release(&array);
}

static void what_is_written_is_read(void **state) {
  (void)state;
  const char *path = scratch("round.npz");
  struct vordec_error error = {0};
  struct npy_array array;
  write_sample(path);
  struct npz *npz = open_npz(path);
  assert_string_equal(npz_path(npz), path);
  assert_true(npz_has(npz, "omega_lp"));
  assert_false(npz_has(npz, "omega_lp.npy"));
  assert_false(npz_has(npz, "Omega_lp"));
  assert_false(npz_has(npz, ""));
  assert_ramp(npz, "omega_lp");
  assert_ramp(npz, "omega_lp"); /* a member can be read again */
  assert_ok(npz_read(npz, "mask", &array, &error), &error);
  assert_memory_equal(array.data, signs, sizeof signs);
  npy_array_release(&array);
  assert_ok(npz_read(npz, "empty", &array, &error), &error);
  assert_int_equal(array.count, 0);
  assert_int_equal(array.shape[1], 5);
  npy_array_release(&array);
  double tau = 0.0;
  int64_t n = 0;
  assert_ok(npz_read_scalar_f64(npz, "tau", &tau, &error), &error);
  assert_true(tau == 0.35);
  assert_ok(npz_read_scalar_i64(npz, "N", &n, &error), &error);
  assert_int_equal(n, 128);
  assert_failure(npz_read_scalar_i64(npz, "omega_lp", &n, &error), VORDEC_E_INPUT, &error, "omega_lp", "(2, 3)");
  assert_failure(npz_read_scalar_f64(npz, "none", &tau, &error), VORDEC_E_INPUT, &error, path, "no array 'none'");
  npz_close(npz);
  npz_close(NULL);
}

static void a_message_names_file_and_member(void **state) {
  (void)state;
  struct vordec_error error = {0};
  double *values = NULL;
  struct npy_array array;
  write_sample(scratch("names.npz"));
  struct npz *npz = open_npz(scratch("names.npz"));
  assert_ok(npz_read(npz, "mask", &array, &error), &error);
  assert_non_null(strstr(array.name, "names.npz: mask"));
  array.type = NPY_B1;
  assert_failure(npy_to_f64(&array, &values, &error), VORDEC_E_INPUT, &error, "names.npz: mask", "booleans");
  npy_array_release(&array);
  npz_close(npz);
}

static void equal_content_gives_equal_files(void **state) {
  (void)state;
  size_t first_size = 0, second_size = 0;
  assert_int_equal(setenv("TZ", "Pacific/Kiritimati", 1), 0);
  tzset();
  write_sample(scratch("first.npz"));
  assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
  tzset();
  write_sample(scratch("second.npz"));
  unsetenv("TZ");
  tzset();
  unsigned char *first = read_bytes(scratch("first.npz"), &first_size);
  unsigned char *second = read_bytes(scratch("second.npz"), &second_size);
  assert_int_equal(first_size, second_size);
  assert_memory_equal(first, second, first_size);
  /* The local header of the first member: stored, 1980-01-01 00:00. */
  assert_memory_equal(first + 8, "\x00\x00\x00\x00\x21\x00", 6);
  free(first);
  free(second);
}

static void bad_additions_are_refused(void **state) {
  (void)state;
  const char *path = scratch("bad.npz");
  struct vordec_error error = {0};
  struct npz_stream *stream = NULL;
  char name[300];
  memset(name, 'k', sizeof name);
  name[sizeof name - 1] = '\0';
  struct npz_writer *writer = create(path);
  assert_failure(npz_writer_commit(writer, &error), VORDEC_E_USAGE, &error, path, "at least one array");
  add_ramp(writer, "a");
  assert_failure(npz_writer_add(writer, "a", &(struct npy_form){NPY_F8, 0, {0}}, ramp, &error), VORDEC_E_USAGE, &error,
                 path, "'a' is there already");
  assert_failure(npz_writer_add_i64(writer, "", 1, &error), VORDEC_E_USAGE, &error, path, "is empty");
  assert_failure(npz_writer_add_f64(writer, name, 1, &error), VORDEC_E_USAGE, &error, path, "too long");
  assert_failure(npz_writer_add_f64(writer, "a/b", 1, &error), VORDEC_E_USAGE, &error, path, "plain ASCII");
  assert_failure(npz_writer_add_f64(writer, "a\\b", 1, &error), VORDEC_E_USAGE, &error, path, "plain ASCII");
  assert_failure(npz_writer_add_f64(writer, "a b", 1, &error), VORDEC_E_USAGE, &error, path, "plain ASCII");
  assert_failure(npz_writer_add_f64(writer, "\xcf\x89", 1, &error), VORDEC_E_USAGE, &error, path, "plain ASCII");
  assert_failure(npz_writer_add(writer, "b", &(struct npy_form){NPY_F8, 2, {SIZE_MAX, 2}}, ramp, &error),
                 VORDEC_E_USAGE, &error, path, "b: the array's shape is too large");
  assert_failure(npz_writer_add(writer, "b", &(struct npy_form){NPY_F8, 9, {2, 3}}, ramp, &error), VORDEC_E_USAGE,
                 &error, path, "too large");
  assert_failure(npz_writer_add_stream(writer, "b", &(struct npy_form){NPY_F8, 8, {2, 3}}, &stream, &error),
                 VORDEC_E_USAGE, &error, path, "too large");
  assert_failure(npz_writer_add_stream(writer, "a", &ramp_form, &stream, &error), VORDEC_E_USAGE, &error, path,
                 "there already");
  assert_null(stream);
  assert_ok(npz_writer_commit(writer, &error), &error);
  assert_failure(npz_writer_commit(writer, &error), VORDEC_E_USAGE, &error, path, "committed twice");
  npz_writer_destroy(writer);
  struct npz *npz = open_npz(path);
  assert_ramp(npz, "a");
  assert_false(npz_has(npz, "b"));
  struct npy_array array;
  assert_false(npz_has(npz, name)); /* longer than any member's name that is looked for */
  assert_failure(npz_read(npz, name, &array, &error), VORDEC_E_INPUT, &error, path, "there is no array");
  npz_close(npz);
}

static void nothing_appears_without_commit(void **state) {
  (void)state;
  struct vordec_error error = {0};
  struct npz_stream *stream = NULL;
  struct npz_writer *writer = create(scratch("aborted.npz"));
  add_ramp(writer, "a");
  assert_ok(npz_writer_add_stream(writer, "s", &ramp_form, &stream, &error), &error);
  assert_ok(npz_stream_append(stream, ramp, &error), &error);
  npz_writer_destroy(writer);
  npz_writer_destroy(NULL);
  assert_false(file_exists(scratch("aborted.npz")));
  assert_int_equal(scratch_count(".vordec-"), 0);
  assert_failure(npz_writer_create(scratch("none/x.npz"), &writer, &error), VORDEC_E_IO, &error, "none/x.npz",
                 "No such file");
  assert_null(writer);
}

static void many_members_fit(void **state) {
  (void)state;
  struct vordec_error error = {0};
  char key[16];
  struct npz_writer *writer = create(scratch("many.npz"));
  for (int i = 0; i < 100; ++i) {
    snprintf(key, sizeof key, "k%d", i);
    assert_ok(npz_writer_add_i64(writer, key, i * i, &error), &error);
  }
  assert_ok(npz_writer_commit(writer, &error), &error);
  npz_writer_destroy(writer);
  struct npz *npz = open_npz(scratch("many.npz"));
  for (int i = 0; i < 100; ++i) {
    int64_t value = -1;
    snprintf(key, sizeof key, "k%d", i);
    assert_ok(npz_read_scalar_i64(npz, key, &value, &error), &error);
    assert_int_equal(value, i * i);
  }
  npz_close(npz);
}

static void streams_hold_the_frames_that_came(void **state) {
  (void)state;
  struct vordec_error error = {0};
  struct npz_stream *z = NULL, *mask = NULL, *none = NULL, *times = NULL;
  struct npy_array array;
  float frame[3];
  struct npz_writer *writer = create(scratch("stream.npz"));
  assert_ok(npz_writer_add_stream(writer, "z", &(struct npy_form){NPY_F4, 1, {3}}, &z, &error), &error);
  assert_ok(npz_writer_add_stream(writer, "mask", &(struct npy_form){NPY_I1, 2, {1, 3}}, &mask, &error), &error);
  add_ramp(writer, "fixed");
  assert_ok(npz_writer_add_stream(writer, "none", &ramp_form, &none, &error), &error);
  assert_ok(npz_writer_add_stream(writer, "t", &(struct npy_form){NPY_I8, 0, {0}}, &times, &error), &error);
  for (int64_t t = 0; t < 1000; ++t) {
    for (int j = 0; j < 3; ++j) frame[j] = (float)(3 * t + j);
    assert_ok(npz_stream_append(z, frame, &error), &error);
    assert_ok(npz_stream_append(times, &t, &error), &error);
    if (t % 500 == 0) assert_ok(npz_stream_append(mask, signs, &error), &error);
  }
  assert_ok(npz_writer_commit(writer, &error), &error);
  npz_writer_destroy(writer);

  struct npz *npz = open_npz(scratch("stream.npz"));
  assert_ramp(npz, "fixed");
  assert_ok(npz_read(npz, "z", &array, &error), &error);
  assert_int_equal(array.shape[0], 1000);
  assert_int_equal(array.shape[1], 3);
  for (size_t i = 0; i < 3000; ++i) assert_true(((const float *)array.data)[i] == (float)i);
  npy_array_release(&array);
  assert_ok(npz_read(npz, "mask", &array, &error), &error);
  assert_memory_equal(array.shape, ((size_t[]){2, 1, 3}), 3 * sizeof(size_t));
  assert_memory_equal((const int8_t *)array.data + 3, signs, 3);
  npy_array_release(&array);
  assert_ok(npz_read(npz, "none", &array, &error), &error);
  assert_memory_equal(array.shape, ((size_t[]){0, 2, 3}), 3 * sizeof(size_t));
  npy_array_release(&array);
  assert_ok(npz_read(npz, "t", &array, &error), &error);
  assert_int_equal(array.ndim, 1);
  assert_int_equal(((const int64_t *)array.data)[999], 999);
  npy_array_release(&array);
  npz_close(npz);
}

/* A file size limit stands in for a full disk. What fits before it is hit still makes a valid archive. */
static void a_full_disk_keeps_whole_frames(void **state) {
  (void)state;
  static const double frame[500];
  const char *path = scratch("full.npz");
  struct vordec_error error = {0};
  struct npz_stream *stream = NULL;
  struct rlimit before, small;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 10000;
  struct npz_writer *writer = create(path);
  assert_ok(npz_writer_add_stream(writer, "z", &(struct npy_form){NPY_F8, 1, {500}}, &stream, &error), &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const enum vordec_status first = npz_stream_append(stream, frame, &error);
  const enum vordec_status second = npz_stream_append(stream, frame, &error);
  const enum vordec_status third = npz_stream_append(stream, frame, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(first, VORDEC_OK);
  assert_int_equal(second, VORDEC_OK);
  assert_failure(third, VORDEC_E_FAILED, &error, path, "z: cannot write frame 2");
  assert_ok(npz_writer_commit(writer, &error), &error);
  npz_writer_destroy(writer);
  struct npz *npz = open_npz(path);
  struct npy_array array;
  assert_ok(npz_read(npz, "z", &array, &error), &error);
  assert_int_equal(array.shape[0], 2);
  npy_array_release(&array);
  npz_close(npz);
}

static void a_full_disk_at_commit_leaves_nothing(void **state) {
  (void)state;
  static const double large[5000];
  const char *path = scratch("full2.npz");
  struct vordec_error error = {0};
  struct rlimit before, small;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 10000;
  struct npz_writer *writer = create(path);
  assert_ok(npz_writer_add(writer, "z", &(struct npy_form){NPY_F8, 1, {5000}}, large, &error), &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const enum vordec_status status = npz_writer_commit(writer, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_failure(status, VORDEC_E_FAILED, &error, path, "File too large");
  npz_writer_destroy(writer);
  assert_false(file_exists(path));
  assert_int_equal(scratch_count(".vordec-"), 0);
}

/* ---- archives that a reader must refuse */

static void assert_open_fails(const char *path, enum vordec_status expected, const char *part) {
  struct vordec_error error = {0};
  struct npz *npz = NULL;
  assert_failure(npz_open(path, &npz, &error), expected, &error, path, part);
  assert_null(npz);
}

static void what_is_no_archive_is_refused(void **state) {
  (void)state;
  size_t size = 0;
  write_bytes(scratch("empty.npz"), "", 0);
  const char *text = "this is not an archive at all, but a line of text";
  write_bytes(scratch("text.npz"), text, strlen(text));
  write_bytes(scratch("one.npz"), "P", 1);
  write_sample(scratch("whole.npz"));
  unsigned char *bytes = read_bytes(scratch("whole.npz"), &size);
  write_bytes(scratch("cut.npz"), bytes, size / 2);
  free(bytes);
  assert_int_equal(mkfifo(scratch("pipe.npz"), 0666), 0);
  assert_open_fails(scratch("none.npz"), VORDEC_E_IO, "No such file");
  assert_open_fails(scratch("pipe.npz"), VORDEC_E_INPUT, "not a regular file");
  assert_open_fails(scratch("."), VORDEC_E_INPUT, "not a regular file");
  assert_open_fails(scratch("empty.npz"), VORDEC_E_INPUT, "the file is empty");
  assert_open_fails(scratch("text.npz"), VORDEC_E_INPUT, "not an .npz archive");
  assert_open_fails(scratch("one.npz"), VORDEC_E_INPUT, "not an .npz archive");
  assert_open_fails(scratch("cut.npz"), VORDEC_E_INPUT, "cut short");
}

/* The bytes of a small .npy: <i8, shape (2,). */
static size_t make_pair(unsigned char **bytes) {
  static const int64_t pair[] = {7, -7};
  return make_npy(bytes, 1, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", pair, sizeof pair);
}

static void hand_made_archives_are_read(void **state) {
  (void)state;
  struct vordec_error error = {0};
  struct npy_array array;
  unsigned char *bytes = NULL;
  const size_t size = make_pair(&bytes);
  const struct zip_entry entries[] = {stored_entry("pair.npy", bytes, size), stored_entry("note.txt", "hello", 5)};
  write_zip(scratch("hand.npz"), entries, 2);
  struct npz *npz = open_npz(scratch("hand.npz"));
  assert_ok(npz_read(npz, "pair", &array, &error), &error);
  assert_int_equal(((const int64_t *)array.data)[1], -7);
  npy_array_release(&array);
  assert_false(npz_has(npz, "note"));
  npz_close(npz);
  free(bytes);
}

static void duplicate_members_are_refused(void **state) {
  (void)state;
  unsigned char *bytes = NULL;
  const size_t size = make_pair(&bytes);
  const struct zip_entry entries[] = {stored_entry("a.npy", bytes, size), stored_entry("twin.npy", bytes, size),
                                      stored_entry("twin.npy", bytes, size)};
  write_zip(scratch("twins.npz"), entries, 3);
  assert_open_fails(scratch("twins.npz"), VORDEC_E_INPUT, "two members are called 'twin.npy'");
  free(bytes);
}

static void bad_members_are_refused_alone(void **state) {
  (void)state;
  unsigned char *bytes = NULL, *longer = NULL;
  const size_t size = make_pair(&bytes);
  const size_t longer_size =
      make_npy(&longer, 1, "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", ramp, 16);
  const struct zip_entry honest = stored_entry("x.npy", bytes, size);
  const struct zip_entry short_data = stored_entry("x.npy", bytes, size - 8);
  const struct zip_entry long_data = stored_entry("x.npy", longer, longer_size);
  const struct zip_entry no_array = stored_entry("x.npy", "hello", 5);
  struct zip_entry lzma = honest, encrypted = honest, bomb = honest, checksum = honest, garbage = honest,
                   stored_bomb = honest;
  lzma.method = 14;
  encrypted.flags = 1;
  bomb.method = 8;
  bomb.size = 1u << 30;
  checksum.checksum ^= 1;
  garbage.method = 8;
  stored_bomb.size = 1u << 30;
  const struct {
    const struct zip_entry *entry;
    const char *part;
  } cases[] = {
      {&lzma, "compression method 14 is not supported"},
      {&encrypted, "encrypted"},
      {&bomb, "unpack to more than its compressed size allows"},
      {&stored_bomb, "its two sizes differ"},
      {&checksum, "checksum does not match"},
      {&garbage, "x: "},
      {&short_data, "needs 16 bytes of data, but there are 8"},
      {&long_data, "needs 8 bytes of data, but there are 16"},
      {&no_array, "magic bytes are missing"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct vordec_error error = {0};
    struct npy_array array;
    const struct zip_entry entries[] = {stored_entry("good.npy", bytes, size), *cases[i].entry};
    write_zip(scratch("part.npz"), entries, 2);
    struct npz *npz = open_npz(scratch("part.npz"));
    assert_ok(npz_read(npz, "good", &array, &error), &error);
    npy_array_release(&array);
    assert_failure(npz_read(npz, "x", &array, &error), VORDEC_E_INPUT, &error, "part.npz: x: ", cases[i].part);
    assert_null(array.data);
    npz_close(npz);
  }
  free(bytes);
  free(longer);
}

/* A member that claims to reach beyond the file's end makes the whole archive suspect. */
static void a_member_beyond_the_end_is_refused(void **state) {
  (void)state;
  unsigned char *bytes = NULL;
  const size_t size = make_pair(&bytes);
  struct zip_entry entry = stored_entry("x.npy", bytes, size);
  entry.claimed = entry.size = 1u << 30;
  write_zip(scratch("beyond.npz"), &entry, 1);
  assert_open_fails(scratch("beyond.npz"), VORDEC_E_INPUT, "damaged");
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(a_message_names_file_and_member),
      cmocka_unit_test(equal_content_gives_equal_files),
      cmocka_unit_test(bad_additions_are_refused),
      cmocka_unit_test(nothing_appears_without_commit),
      cmocka_unit_test(many_members_fit),
      cmocka_unit_test(streams_hold_the_frames_that_came),
      cmocka_unit_test(a_full_disk_keeps_whole_frames),
      cmocka_unit_test(a_full_disk_at_commit_leaves_nothing),
      cmocka_unit_test(what_is_no_archive_is_refused),
      cmocka_unit_test(hand_made_archives_are_read),
      cmocka_unit_test(duplicate_members_are_refused),
      cmocka_unit_test(bad_members_are_refused_alone),
      cmocka_unit_test(a_member_beyond_the_end_is_refused),
  };
  return cmocka_run_group_tests_name("npz", tests, scratch_setup, scratch_teardown);
}

/* SPDX-License-Identifier: MIT */
/*
 * Each allocation fails in turn while io/ reads and writes, in libzip, cairo and fontconfig too: a call must then say
 * so, leave nothing behind, and the file that was there as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "failing_malloc.h"
#include "io/npz.h"
#include "plot/plot.h"
#include "tests/io/scratch.h"

static const double values[] = {1.0, 0.0, 1.0, 0.0, 1.0, 1.0};
static const size_t shape[] = {2, 3};
static const struct npy_form form = {NPY_F8, 2, {2, 3}};

static enum vordec_status write_archive(struct vordec_error *error) {
  struct npz_writer *writer = NULL;
  struct npz_stream *stream = NULL;
  char key[] = "k0";
  enum vordec_status status = npz_writer_create(scratch("memory.npz"), &writer, error);
  for (; status == VORDEC_OK && key[1] <= '9'; ++key[1]) {
    status = npz_writer_add(writer, key, &form, values, error);
  }
  if (status == VORDEC_OK) status = npz_writer_add_f64(writer, "f", 1.5, error);
  if (status == VORDEC_OK) status = npz_writer_add_i64(writer, "i", 1, error);
  if (status == VORDEC_OK) status = npz_writer_add_stream(writer, "s", &form, &stream, error);
  if (status == VORDEC_OK) status = npz_stream_append(stream, values, error);
  if (status == VORDEC_OK) status = npz_writer_commit(writer, error);
  npz_writer_destroy(writer);
  return status;
}

static enum vordec_status read_archive(struct vordec_error *error) {
  struct npz *npz = NULL;
  struct npy_array array = {0};
  double *f64 = NULL;
  int64_t *i64 = NULL;
  uint8_t *flags = NULL;
  enum vordec_status status = npz_open(scratch("memory.npz"), &npz, error);
  if (status == VORDEC_OK) status = npz_read(npz, "k0", &array, error);
  if (status == VORDEC_OK) status = npy_to_f64(&array, &f64, error);
  if (status == VORDEC_OK) status = npy_to_i64(&array, &i64, error);
  if (status == VORDEC_OK) status = npy_to_bool(&array, &flags, error);
  free(f64);
  free(i64);
  free(flags);
  npy_array_release(&array);
  npz_close(npz);
  return status;
}

static enum vordec_status copy_npy(struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = npy_write(scratch("memory.npy"), NPY_F8, 2, shape, values, error);
  if (status == VORDEC_OK) status = npy_read(scratch("memory.npy"), &array, error);
  npy_array_release(&array);
  return status;
}

static enum vordec_status draw(struct vordec_error *error) {
  const struct panel panel = {.kind = PANEL_FIELD, .n = 2, .data = values, .precision = VORDEC_FP64};
  return plot_figure(scratch("memory.png"), &(struct figure){.panels = &panel, .panel_count = 1}, error);
}

static bool read_whole(const char *path, char *bytes, size_t room, size_t *size) {
  FILE *file = fopen(path, "rb");
  *size = file ? fread(bytes, 1, room, file) : 0;
  return file && fclose(file) == 0 && *size < room;
}

static void put_old(const char *path) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fputs("old", file);
  assert_int_equal(fclose(file), 0);
}

/* Lets call 1, 2, .. fail until the work gets by with fewer; there must be at least `least`. `written` is the file that
 * it makes, or NULL. Where a library goes on without the memory, the file must be the same. */
static void survive(enum vordec_status (*work)(struct vordec_error *error), const char *written, size_t least) {
  static char right[1 << 20], found[sizeof right];
  struct vordec_error error = {0};
  size_t right_size = 0, size = 0, failures = 0, tolerated = 0;
  assert_int_equal(work(&error), VORDEC_OK); /* what is kept for the life of the process */
  if (written) assert_true(read_whole(written, right, sizeof right, &right_size));
  for (;; ++failures) {
    error = (struct vordec_error){0};
    if (written) put_old(written);
    const size_t live = failing_live();
    failing_arm(FAILING_MEMORY, failures + 1, false);
    const enum vordec_status status = work(&error);
    const bool failed = failing_disarm() > 0;
    if (failing_live() != live) {
      failing_print_live();
      fail_msg("call %zu at %s: blocks are left", failures + 1, failing_where());
    }
    assert_int_equal(scratch_count(".vordec-"), 0);
    if (written) assert_true(read_whole(written, found, sizeof found, &size));
    if (status == VORDEC_OK && written && (size != right_size || memcmp(found, right, size) != 0)) {
      fail_msg("call %zu at %s: another file", failures + 1, failing_where());
    }
    const bool old = size == 3 && memcmp(found, "old", 3) == 0,
               whole = size == right_size && memcmp(found, right, size) == 0;
    if (status != VORDEC_OK && written) assert_true(old || whole);
    if (!failed) break;
    tolerated += status == VORDEC_OK;
    if (status == VORDEC_OK) continue;
    if (status != VORDEC_E_NO_MEMORY || !strstr(error.message, "emory")) {
      fail_msg("call %zu at %s: status %d, %s", failures + 1, failing_where(), (int)status, error.message);
    }
    assert_failure(status, VORDEC_E_NO_MEMORY, &error, "memory.", "emory");
  }
  print_message("%zu calls failed in turn; %zu could be done without\n", failures, tolerated);
  assert_true(failures >= least);
}

static void archives_survive_a_lack_of_memory(void **state) {
  (void)state;
  survive(write_archive, scratch("memory.npz"), 60);
  survive(read_archive, NULL, 20);
}

static void arrays_survive_a_lack_of_memory(void **state) {
  (void)state;
  survive(copy_npy, scratch("memory.npy"), 4);
}

static void figures_survive_a_lack_of_memory(void **state) {
  (void)state;
  survive(draw, scratch("memory.png"), 50);
}

static int setup(void **state) {
  failing_own("main,test_faults");
  return scratch_setup(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(archives_survive_a_lack_of_memory),
      cmocka_unit_test(arrays_survive_a_lack_of_memory),
      cmocka_unit_test(figures_survive_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("faults of files", tests, setup, scratch_teardown);
}

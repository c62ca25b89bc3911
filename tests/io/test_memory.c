/*
 * Each allocation that io/ makes fails in turn: a call must then say so and leave nothing behind (a sanitizer build
 * looks for leaks). Linked with --wrap, which reaches the calls from io/ and from here, not those inside libraries.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/npz.h"
#include "io/plot.h"
#include "support.h"

static size_t countdown; /* allocations until one fails; 0: none does */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static bool fails_now(void) {
  if (countdown == 0 || --countdown > 0) return false;
  errno = ENOMEM;
  return true;
}

void *__wrap_malloc(size_t size) {
  return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
  return fails_now() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text) {
  return fails_now() ? NULL : __real_strdup(text);
}

static const double values[] = {1.0, 0.0, 1.0, 0.0, 1.0, 1.0};
static const size_t shape[] = {2, 3};

static enum vordec_status write_archive(struct vordec_error *error) {
  struct npz_writer *writer = NULL;
  struct npz_stream *stream = NULL;
  char key[] = "k0";
  enum vordec_status status = npz_writer_create(scratch("memory.npz"), &writer, error);
  for (; status == VORDEC_OK && key[1] <= '9'; ++key[1]) {
    status = npz_writer_add(writer, key, NPY_F8, 2, shape, values, error);
  }
  if (status == VORDEC_OK) status = npz_writer_add_f64(writer, "f", 1.5, error);
  if (status == VORDEC_OK) status = npz_writer_add_i64(writer, "i", 1, error);
  if (status == VORDEC_OK) status = npz_writer_add_stream(writer, "s", NPY_F8, 2, shape, &stream, error);
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
  return plot_figure(scratch("memory.png"), &(struct figure){NULL, &panel, 1}, error);
}

/* Lets allocation 1, 2, .. fail until the call gets by with fewer; there must be at least `least`. */
static void survive(enum vordec_status (*call)(struct vordec_error *error), size_t least) {
  size_t failures = 0;
  for (;; ++failures) {
    struct vordec_error error = {0};
    countdown = failures + 1;
    const enum vordec_status status = call(&error);
    const bool reached = countdown == 0;
    countdown = 0;
    if (status == VORDEC_OK && !reached) break;
    assert_failure(status, VORDEC_E_NO_MEMORY, &error, "memory.", "emory");
    assert_int_equal(scratch_count(".vordec-"), 0);
  }
  assert_true(failures >= least);
}

static void archives_survive_a_lack_of_memory(void **state) {
  (void)state;
  survive(write_archive, 15);
  survive(read_archive, 6);
}

static void arrays_survive_a_lack_of_memory(void **state) {
  (void)state;
  survive(copy_npy, 4);
}

static void figures_survive_a_lack_of_memory(void **state) {
  (void)state;
  survive(draw, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(archives_survive_a_lack_of_memory),
      cmocka_unit_test(arrays_survive_a_lack_of_memory),
      cmocka_unit_test(figures_survive_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("memory", tests, scratch_setup, scratch_teardown);
}

/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "files.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

void files_make_folder(char folder[FILES_PATH_MAX]) {
  const char *base = getenv("TMPDIR");
  char *resolved = realpath(base && *base ? base : "/tmp", NULL);
  assert_non_null(resolved);
  files_join(folder, resolved, "vordec-test-XXXXXX");
  free(resolved);
  assert_non_null(mkdtemp(folder));
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
  (void)info;
  (void)kind;
  (void)walk;
  return remove(path);
}

void files_remove_folder(const char *folder) {
  nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void files_join(char path[FILES_PATH_MAX], const char *folder, const char *name) {
  assert_true(snprintf(path, FILES_PATH_MAX, "%s/%s", folder, name) < FILES_PATH_MAX);
}

void files_write(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

char *files_read(const char *path) {
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  char *text = calloc((size_t)info.st_size + 1, 1);
  assert_non_null(text);
  assert_int_equal(fread(text, 1, (size_t)info.st_size, file), info.st_size);
  fclose(file);
  return text;
}

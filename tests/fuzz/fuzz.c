/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_broken(const char *what, const char *file, int line) {
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  abort();
}

const char *fuzz_file(int slot, const void *data, size_t size) {
  static int files[FUZZ_FILES] = {-1, -1};
  static char paths[FUZZ_FILES][32];
  if (files[slot] < 0) {
    files[slot] = memfd_create("input", MFD_CLOEXEC);
    snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", files[slot]);
  }
  FUZZ_CHECK(ftruncate(files[slot], 0) == 0);
  FUZZ_CHECK(pwrite(files[slot], data, size, 0) == (ssize_t)size);
  return paths[slot];
}

static char folder[PATH_MAX];

static void remove_folder(void) {
  DIR *dir = opendir(folder);
  if (!dir) return;
  for (struct dirent *entry; (entry = readdir(dir));) unlinkat(dirfd(dir), entry->d_name, 0);
  closedir(dir);
  rmdir(folder);
}

const char *fuzz_path(const char *name) {
  static char path[PATH_MAX + NAME_MAX];
  if (!folder[0]) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/vordec-fuzz-XXXXXX", base ? base : "/tmp");
    FUZZ_CHECK(mkdtemp(folder));
    atexit(remove_folder);
  }
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

void fuzz_check_error(enum vordec_status status, const struct vordec_error *error) {
  FUZZ_CHECK(status != VORDEC_OK && error->status == status);
  FUZZ_CHECK(memchr(error->message, '\0', sizeof error->message));
  FUZZ_CHECK(error->message[0]);
  for (const char *c = error->message; *c; c++) FUZZ_CHECK((unsigned char)*c >= ' ' && *c != 0x7f);
}

bool fuzz_is_zero(const void *memory, size_t size) {
  const uint8_t *bytes = memory;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i]) return false;
  }
  return true;
}

/* SPDX-License-Identifier: MIT */
#include "cache_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cache_folder_path(char *path, size_t size) {
  const char *base = secure_getenv("XDG_CACHE_HOME"), *below = "";
  if (!base || base[0] != '/') {
    base = secure_getenv("HOME");
    below = "/.cache";
  }
  if (!base || base[0] != '/') return false;
  const int length = snprintf(path, size, "%s%s/vordec", base, below);
  return length > 0 && (size_t)length < size;
}

bool cache_folder_is_ours(const struct stat *status) {
  return status->st_uid == geteuid() && !(status->st_mode & (S_IWGRP | S_IWOTH));
}

static bool make_folder(const char *path) {
  return mkdir(path, S_IRWXU) == 0 || errno == EEXIST;
}

/* Makes the folder, and the one above it, which a new home directory lacks. */
static bool make_both(char *path) {
  char *last = strrchr(path, '/');
  *last = '\0';
  const bool above = make_folder(path);
  *last = '/';
  return above && make_folder(path);
}

int cache_folder_open(bool make) {
  char path[CACHE_FOLDER_MAX];
  struct stat status;
  if (!cache_folder_path(path, sizeof path) || (make && !make_both(path))) return -1;
  const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  if (fstat(folder, &status) == 0 && cache_folder_is_ours(&status)) return folder;
  close(folder);
  return -1;
}

/* ---- the bound ---- */

#define FILES_MAX 4096 /* so many are looked at; nobody has more */
#define NAME_LENGTH 36 /* 32 hexadecimal digits and ".bin" */

struct cached {
  char name[NAME_LENGTH + 1];
  size_t bytes;
  struct timespec used;
};

static int by_use(const void *a, const void *b) {
  const struct timespec x = ((const struct cached *)a)->used, y = ((const struct cached *)b)->used;
  if (x.tv_sec != y.tv_sec) return x.tv_sec < y.tv_sec ? -1 : 1;
  return (x.tv_nsec > y.tv_nsec) - (x.tv_nsec < y.tv_nsec);
}

static bool is_cached(int folder, const char *name, struct cached *file) {
  struct stat status;
  if (strlen(name) != NAME_LENGTH || strcmp(name + NAME_LENGTH - 4, ".bin") != 0) return false;
  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode)) return false;
  memcpy(file->name, name, NAME_LENGTH + 1);
  file->bytes = (size_t)status.st_size;
  file->used = status.st_mtim;
  return true;
}

static size_t list(int folder, struct cached *files) {
  size_t count = 0;
  const int again = dup(folder);
  DIR *stream = again >= 0 ? fdopendir(again) : NULL;
  if (!stream) {
    if (again >= 0) close(again);
    return 0;
  }
  rewinddir(stream);
  for (struct dirent *entry; count < FILES_MAX && (entry = readdir(stream));) {
    count += is_cached(folder, entry->d_name, &files[count]);
  }
  closedir(stream);
  return count;
}

void cache_folder_trim(int folder) {
  struct cached *files = malloc(FILES_MAX * sizeof *files);
  if (!files) return;
  const size_t count = list(folder, files);
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) bytes += files[i].bytes;
  qsort(files, count, sizeof *files, by_use);
  for (size_t i = 0; i + 1 < count && bytes > CACHE_FOLDER_BYTES; i++) {
    if (unlinkat(folder, files[i].name, 0) == 0) bytes -= files[i].bytes;
  }
  free(files);
}

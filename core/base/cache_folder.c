#include "cache_folder.h"

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

/* And the folder above it, which a new home does not have. */
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

/* SPDX-License-Identifier: MIT */
#include "paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vordec/error.h>

/* The file's own name behind its folder's real path, for files that need not exist yet. */
static bool resolve(const char *path, char resolved[2 * PATH_MAX]) {
  char folder[PATH_MAX], real[PATH_MAX];
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  const int length = snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 2, slash ? path : "./");
  if (length >= (int)sizeof folder || !realpath(folder, real)) return false;
  return snprintf(resolved, 2 * PATH_MAX, "%s/%s", real, name) < 2 * PATH_MAX;
}

static bool same_file(const char *a, const char *b) {
  struct stat x, y;
  const bool has_a = stat(a, &x) == 0, has_b = stat(b, &y) == 0;
  if (has_a && has_b) return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
  char one[2 * PATH_MAX], other[2 * PATH_MAX];
  return has_a == has_b && resolve(a, one) && resolve(b, other) && strcmp(one, other) == 0;
}

static bool given(const struct named_path *path) {
  return path->path && *path->path;
}

enum vordec_status paths_check(const struct named_path *paths, size_t count, struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    for (size_t j = i + 1; j < count; j++) {
      if (!given(&paths[i]) || !given(&paths[j]) || !(paths[i].output || paths[j].output)) continue;
      if (!same_file(paths[i].path, paths[j].path)) continue;
      return vordec_fail(error, VORDEC_E_USAGE, 0, "%s and %s are the same file: %.200s", paths[i].option,
                         paths[j].option, paths[j].path);
    }
  }
  return VORDEC_OK;
}

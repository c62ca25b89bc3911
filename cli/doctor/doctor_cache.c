/* SPDX-License-Identifier: MIT */
#include "doctor_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cache_folder.h"

static void count_files(const char *folder, cJSON *cache) {
  double files = 0, bytes = 0;
  DIR *dir = opendir(folder);
  for (const struct dirent *entry; dir && (entry = readdir(dir));) {
    struct stat status;
    if (fnmatch("?*.bin", entry->d_name, 0) != 0) continue;
    if (fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode)) continue;
    files += 1;
    bytes += (double)status.st_size;
  }
  if (dir) closedir(dir);
  cJSON_AddNumberToObject(cache, "files", files);
  cJSON_AddNumberToObject(cache, "bytes", bytes);
}

/* Whether files can be kept: in the folder, if it is ours, or where it would be made. Only its last two parts are ever
 * made. */
static bool writable(const char *folder) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", folder);
  for (int level = 0; level < 3; level++) {
    struct stat status;
    if (stat(path, &status) == 0) {
      return S_ISDIR(status.st_mode) && access(path, W_OK | X_OK) == 0 && (level > 0 || cache_folder_is_ours(&status));
    }
    if (errno != ENOENT) return false;
    char *slash = strrchr(path, '/');
    if (!slash || slash == path) return false;
    *slash = '\0';
  }
  return false;
}

cJSON *doctor_cache(void) {
  cJSON *cache = cJSON_CreateObject();
  char folder[PATH_MAX];
  const bool named = cache_folder_path(folder, sizeof folder);
  if (named) {
    cJSON_AddStringToObject(cache, "folder", folder);
  } else {
    cJSON_AddNullToObject(cache, "folder");
  }
  count_files(named ? folder : "", cache);
  cJSON_AddBoolToObject(cache, "writable", named && writable(folder));
  return cache;
}

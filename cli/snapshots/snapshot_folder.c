/* SPDX-License-Identifier: MIT */
#include "snapshot_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vordec/error.h>

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the folder");
}

/* Makes a folder in one that is there. False, with errno: there is none now. */
static bool make_one(const char *path, bool *made) {
  struct stat info;
  *made = mkdir(path, 0777) == 0;
  if (*made) return true;
  if (errno != EEXIST || stat(path, &info) != 0) return false;
  errno = ENOTDIR;
  return S_ISDIR(info.st_mode);
}

enum vordec_status snapshot_folder_make(const char *folder, bool *made, struct vordec_error *error) {
  char *path = strdup(folder);
  if (!path) return fail_memory(error);
  enum vordec_status status = VORDEC_OK;
  for (char *at = path; !status; at++) {
    if (*at && (*at != '/' || at == path)) continue;
    const char end = *at;
    *at = '\0';
    if (!make_one(path, made)) {
      status = vordec_fail(error, VORDEC_E_IO, 0, "--out-dir %s: cannot make the folder: %s", folder, strerror(errno));
    }
    *at = end;
    if (!end) break;
  }
  free(path);
  return status;
}

#include "snapshot_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vordec/error.h>

#include "cli/paths.h"
#include "io/outfile.h"

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

/* What the run writes into its folder, the pictures of the snapshots apart, where it is asked for. */
static const char *const own_names[] = {"comparison.csv", "series.csv", "series.png", "spectrum.csv",
                                        "spectrum.png",   "run.json",   "parity.csv", SNAPSHOT_TRAJ,
                                        SNAPSHOT_DECODED, SNAPSHOT_Z0,  SNAPSHOT_A,   "journal"};

static bool is_written(const struct snapshot_request *request, const char *name) {
  if (strcmp(name, "journal") == 0) return false; /* it has a way of its own */
  if (strcmp(name, "parity.csv") == 0) return request->check_parity;
  if (strcmp(name, SNAPSHOT_TRAJ) == 0) return request->save_traj;
  if (strcmp(name, SNAPSHOT_DECODED) == 0) return request->save_decoded;
  if (strcmp(name, SNAPSHOT_Z0) == 0 || strcmp(name, SNAPSHOT_A) == 0) return !request->z0 && !request->parity_only;
  return strcmp(name, "run.json") == 0 || !request->parity_only;
}

enum vordec_status snapshot_folder_check(const struct snapshot_request *request, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof own_names / sizeof *own_names && !status; i++) {
    char *path = snapshot_path(request, own_names[i]);
    struct outfile *file = NULL;
    const struct named_path pair[] = {{"[metrics] json", request->metrics_path, true}, {own_names[i], path, true}};
    status = path ? paths_check(pair, 2, error) : fail_memory(error);
    if (!status && is_written(request, own_names[i])) status = outfile_create(path, &file, error);
    outfile_destroy(file);
    free(path);
  }
  return status;
}

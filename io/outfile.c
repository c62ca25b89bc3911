/* SPDX-License-Identifier: MIT */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/error.h>

#include "tempfile.h"

#define NO_MODE ((mode_t)-1)

struct outfile {
  char *path;   /* as the caller gave it, for messages */
  char *target; /* path with links followed: what is replaced */
  char *temp;   /* the temporary file's name; NULL: it has none */
  int fd;       /* the stream's */
  bool created; /* published where nothing was */
  bool published;
  FILE *stream;
};

static enum vordec_status fail_errno(struct vordec_error *error, const char *path, const char *what) {
  const int code = errno;
  return vordec_fail(error, code == ENOMEM ? VORDEC_E_NO_MEMORY : VORDEC_E_IO, VORDEC_REASON_NONE, "%s: %s: %s", path,
                     what, strerror(code));
}

/* The destination could be written when the work began, and cannot be any more. */
static enum vordec_status fail_late(struct vordec_error *error, const char *path, const char *what) {
  const int code = errno;
  return vordec_fail(error, code == ENOMEM ? VORDEC_E_NO_MEMORY : VORDEC_E_FAILED, VORDEC_REASON_NONE, "%s: %s: %s",
                     path, what, strerror(code));
}

/* Decides which file is replaced and whether that is allowed. *mode: permission bits to keep, or
 * NO_MODE for a new file. */
static enum vordec_status find_target(struct outfile *file, mode_t *mode, struct vordec_error *error) {
  const char *path = file->path;
  struct stat info;
  *mode = NO_MODE;
  if (lstat(path, &info) != 0) {
    if (errno != ENOENT) return fail_errno(error, path, "cannot write");
    file->target = strdup(path);
    return file->target ? VORDEC_OK : fail_errno(error, path, "cannot write");
  }
  if (stat(path, &info) != 0) return fail_errno(error, path, "cannot follow the link");
  if (!S_ISREG(info.st_mode)) {
    return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: cannot write: it is %s, not a regular file", path,
                       S_ISDIR(info.st_mode) ? "a folder" : "a device, pipe or socket");
  }
  file->target = realpath(path, NULL);
  if (!file->target) return fail_errno(error, path, "cannot follow the link");
  if (access(file->target, W_OK) != 0) return fail_errno(error, path, "cannot write");
  *mode = info.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
  return VORDEC_OK;
}

static enum vordec_status open_stream(struct outfile *file, mode_t keep_mode, struct vordec_error *error) {
  file->fd = tempfile_open(file->target, 0666, &file->temp);
  if (file->fd < 0) return fail_errno(error, file->path, "cannot create a file in its folder");
  enum vordec_status status = VORDEC_OK;
  if (keep_mode != NO_MODE && fchmod(file->fd, keep_mode) != 0) {
    status = fail_errno(error, file->path, "cannot set permissions");
  } else {
    file->stream = fdopen(file->fd, "w+b");
    if (!file->stream) status = fail_errno(error, file->path, "cannot write");
  }
  if (status != VORDEC_OK) close(file->fd);
  return status;
}

enum vordec_status outfile_create(const char *path, struct outfile **file, struct vordec_error *error) {
  *file = NULL;
  const size_t length = strlen(path);
  if (length == 0 || path[length - 1] == '/') {
    return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "'%s' does not name a file to write", path);
  }
  struct outfile *made = calloc(1, sizeof *made);
  if (made) made->path = strdup(path);
  if (!made || !made->path) {
    outfile_destroy(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  }
  mode_t mode = NO_MODE;
  enum vordec_status status = find_target(made, &mode, error);
  if (status == VORDEC_OK) status = open_stream(made, mode, error);
  if (status != VORDEC_OK) {
    outfile_destroy(made);
    return status;
  }
  *file = made;
  return VORDEC_OK;
}

FILE *outfile_stream(struct outfile *file) {
  return file->stream;
}

const char *outfile_path(const struct outfile *file) {
  return file->path;
}

const char *outfile_share(struct outfile *file, struct vordec_error *error) {
  if (!file->temp && !tempfile_name(file->fd, file->target, &file->temp)) {
    fail_errno(error, file->path, "cannot name a temporary file in its folder");
    return NULL;
  }
  return file->temp;
}

enum vordec_status outfile_reserve(struct outfile *file, uint64_t bytes, struct vordec_error *error) {
  if (bytes == 0 || fallocate(file->fd, 0, 0, (off_t)bytes) == 0) return VORDEC_OK;
  if (errno != ENOSPC && errno != EDQUOT && errno != EFBIG) return VORDEC_OK; /* it shows when it is written */
  return fail_late(error, file->path, "cannot write");
}

/* ---- commit ---- */

/* All bytes on the disk; the file is still without its name. */
static enum vordec_status settle(struct outfile *file, struct vordec_error *error) {
  FILE *stream = file->stream;
  if (!stream || file->published) {
    return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: committed twice", file->path);
  }
  errno = EIO; /* for a stream whose error flag was set by an earlier write, the cause is gone */
  if (!ferror(stream) && fflush(stream) == 0 && fsync(file->fd) == 0) return VORDEC_OK;
  return fail_late(error, file->path, "cannot write");
}

/* Gives the file its name. A file that was there is replaced by a rename, for which the new one needs a name before. */
static bool publish(struct outfile *file) {
  if (!file->temp && tempfile_link(file->fd, file->target)) {
    file->created = true;
    return true;
  }
  if (!file->temp && (errno != EEXIST || !tempfile_name(file->fd, file->target, &file->temp))) return false;
  struct stat info;
  const bool created = lstat(file->target, &info) != 0;
  if (rename(file->temp, file->target) != 0) return false;
  file->created = created;
  free(file->temp);
  file->temp = NULL;
  return true;
}

/* What a later failure can still take back: files where none were. */
static void withdraw(struct outfile *const *files, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (files[i]->created) unlink(files[i]->target);
  }
}

enum vordec_status outfile_commit_all(struct outfile *const *files, size_t count, struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    const enum vordec_status status = settle(files[i], error);
    if (status) return status;
  }
  for (size_t i = 0; i < count; i++) {
    if (!publish(files[i])) {
      const enum vordec_status status = fail_late(error, files[i]->path, "cannot replace");
      withdraw(files, i);
      return status;
    }
    files[i]->published = true;
  }
  return VORDEC_OK;
}

enum vordec_status outfile_commit(struct outfile *file, struct vordec_error *error) {
  return outfile_commit_all(&file, 1, error);
}

void outfile_destroy(struct outfile *file) {
  if (!file) return;
  if (file->temp) unlink(file->temp); /* before the lock on it goes with the stream */
  if (file->stream) fclose(file->stream);
  free(file->temp);
  free(file->target);
  free(file->path);
  free(file);
}

int outfile_open_spool(const char *path, struct vordec_error *error) {
  char *name = NULL;
  const int fd = tempfile_open(path, S_IRUSR | S_IWUSR, &name);
  if (fd < 0) {
    fail_errno(error, path, "cannot create a temporary file in its folder");
    return -1;
  }
  if (name) unlink(name);
  free(name);
  return fd;
}

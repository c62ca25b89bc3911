#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/backend.h>

#define TEMP_TRIES 100

struct outfile {
  char *path;   /* as the caller gave it, for messages */
  char *target; /* path with links followed: what is replaced */
  char *temp;   /* NULL: none, or already renamed */
  FILE *stream;
};

static enum vordec_status fail_errno(struct vordec_error *error, const char *path, const char *what) {
  const int code = errno;
  return vordec_fail(error, code == ENOMEM ? VORDEC_E_NO_MEMORY : VORDEC_E_IO, VORDEC_REASON_NONE, "%s: %s: %s", path,
                     what, strerror(code));
}

/* The destination could be written when the work began, and cannot be any more. */
static enum vordec_status fail_late(struct vordec_error *error, const char *path, const char *what) {
  return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "%s: %s: %s", path, what, strerror(errno));
}

/* Opens a new file in the folder of path and hands out its name. Returns -1 with errno set. */
static int open_temp(const char *path, mode_t mode, char **name) {
  const char *slash = strrchr(path, '/');
  const int folder_length = slash ? (int)(slash - path) + 1 : 0;
  for (int attempt = 0; attempt < TEMP_TRIES; ++attempt) {
    uint64_t tag = 0;
    if (getrandom(&tag, sizeof tag, 0) != (ssize_t)sizeof tag) return -1;
    if (asprintf(name, "%.*s.vordec-%016llx.tmp", folder_length, path, (unsigned long long)tag) < 0) {
      errno = ENOMEM;
      return -1;
    }
    const int fd = open(*name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd >= 0) return fd;
    free(*name);
    if (errno != EEXIST) return -1;
  }
  return -1;
}

/* Decides which file is replaced and whether that is allowed. *mode: permission bits to keep, or 0 for a new file. */
static enum vordec_status find_target(struct outfile *file, mode_t *mode, struct vordec_error *error) {
  const char *path = file->path;
  struct stat info;
  *mode = 0;
  if (lstat(path, &info) != 0) {
    if (errno != ENOENT) return fail_errno(error, path, "cannot write");
    file->target = strdup(path);
    return file->target ? VORDEC_OK : fail_errno(error, path, "cannot write");
  }
  file->target = realpath(path, NULL);
  if (!file->target || stat(file->target, &info) != 0) return fail_errno(error, path, "cannot follow the link");
  if (!S_ISREG(info.st_mode)) {
    return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: cannot write: it is %s, not a regular file", path,
                       S_ISDIR(info.st_mode) ? "a folder" : "a device, pipe or socket");
  }
  if (access(file->target, W_OK) != 0) return fail_errno(error, path, "cannot write");
  *mode = info.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
  return VORDEC_OK;
}

static enum vordec_status open_stream(struct outfile *file, mode_t keep_mode, struct vordec_error *error) {
  const int fd = open_temp(file->target, 0666, &file->temp);
  if (fd < 0) {
    file->temp = NULL;
    return fail_errno(error, file->path, "cannot create a file in its folder");
  }
  enum vordec_status status = VORDEC_OK;
  if (keep_mode && fchmod(fd, keep_mode) != 0) {
    status = fail_errno(error, file->path, "cannot set permissions");
  } else {
    file->stream = fdopen(fd, "w+b");
    if (!file->stream) status = fail_errno(error, file->path, "cannot write");
  }
  if (status != VORDEC_OK) close(fd);
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
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_NONE, "%s: out of memory", path);
  }
  mode_t mode = 0;
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

enum vordec_status outfile_commit(struct outfile *file, struct vordec_error *error) {
  FILE *stream = file->stream;
  if (!stream) return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: committed twice", file->path);
  errno = EIO; /* for a stream whose error flag was set by an earlier write, the cause is gone */
  bool written = !ferror(stream) && fflush(stream) == 0 && fsync(fileno(stream)) == 0;
  const int cause = errno;
  file->stream = NULL;
  const bool closed = fclose(stream) == 0;
  if (!written) errno = cause;
  if (!written || !closed) return fail_late(error, file->path, "cannot write");
  if (rename(file->temp, file->target) != 0) return fail_late(error, file->path, "cannot replace");
  free(file->temp);
  file->temp = NULL;
  return VORDEC_OK;
}

void outfile_destroy(struct outfile *file) {
  if (!file) return;
  if (file->stream) fclose(file->stream);
  if (file->temp) unlink(file->temp);
  free(file->temp);
  free(file->target);
  free(file->path);
  free(file);
}

int outfile_open_spool(const char *path, struct vordec_error *error) {
  char *name = NULL;
  const int fd = open_temp(path, S_IRUSR | S_IWUSR, &name);
  if (fd < 0) {
    fail_errno(error, path, "cannot create a temporary file in its folder");
    return -1;
  }
  unlink(name);
  free(name);
  return fd;
}

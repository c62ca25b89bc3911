/* SPDX-License-Identifier: MIT */
#include "tempfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".vordec-"
#define SUFFIX ".tmp"
#define TAG_DIGITS 16
#define TRIES 100
#define PROC_PATH_ROOM 40

/* The folder of path, to be freed; NULL: out of memory. */
static char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return strdup(".");
  return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* ---- what killed processes left ---- */

/* A name that make_name() makes, and no other: whoever calls a file of his own like this keeps it. */
static bool is_temporary(const char *name) {
  if (strncmp(name, PREFIX, strlen(PREFIX)) != 0) return false;
  name += strlen(PREFIX);
  return strspn(name, "0123456789abcdef") == TAG_DIGITS && strcmp(name + TAG_DIGITS, SUFFIX) == 0;
}

/* Whoever makes a temporary file locks it; where locks do not work nothing is removed. Open for writing, which NFS
 * wants for such a lock. */
static void remove_stale(int folder, const char *name) {
  struct stat info;
  const int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  const bool ours = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid();
  if (ours && flock(fd, LOCK_EX | LOCK_NB) == 0) unlinkat(folder, name, 0);
  close(fd);
}

static void sweep(const char *path) {
  char *name = folder_of(path);
  DIR *folder = name ? opendir(name) : NULL;
  free(name);
  if (!folder) return;
  for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    if (is_temporary(entry->d_name)) remove_stale(dirfd(folder), entry->d_name);
  }
  closedir(folder);
}

/* ---- names ---- */

static char *make_name(const char *path) {
  const char *slash = strrchr(path, '/');
  const int folder_length = slash ? (int)(slash - path) + 1 : 0;
  uint64_t tag = 0;
  char *name = NULL;
  if (getrandom(&tag, sizeof tag, 0) != (ssize_t)sizeof tag) return NULL;
  if (asprintf(&name, "%.*s" PREFIX "%0*llx" SUFFIX, folder_length, path, TAG_DIGITS, (unsigned long long)tag) >= 0)
    return name;
  errno = ENOMEM;
  return NULL;
}

bool tempfile_link(int fd, const char *path) {
  char self[PROC_PATH_ROOM];
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

bool tempfile_name(int fd, const char *path, char **name) {
  for (int attempt = 0; attempt < TRIES; attempt++) {
    *name = make_name(path);
    if (!*name) return false;
    flock(fd, LOCK_EX | LOCK_NB); /* before it has a name that a sweep could find */
    if (tempfile_link(fd, *name)) return true;
    free(*name);
    *name = NULL;
    if (errno != EEXIST) return false;
  }
  return false;
}

/* ---- opening ---- */

/* Without /proc a nameless file could not be named later. */
static int open_nameless(const char *path, mode_t mode) {
  char *folder = folder_of(path), self[PROC_PATH_ROOM];
  if (!folder) return -1;
  const int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  free(folder);
  if (fd < 0) return -1;
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  if (access(self, F_OK) == 0) return fd;
  close(fd);
  return -1;
}

/* Between its making and its lock another process may take it for a left one; it has lost its name then. */
static bool lock_new(int fd) {
  struct stat info;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

static int open_named(const char *path, mode_t mode, char **name) {
  for (int attempt = 0; attempt < TRIES; attempt++) {
    *name = make_name(path);
    if (!*name) return -1;
    const int fd = open(*name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd >= 0 && lock_new(fd)) return fd;
    const int cause = fd >= 0 ? EEXIST : errno;
    if (fd >= 0) close(fd);
    free(*name);
    *name = NULL;
    errno = cause;
    if (cause != EEXIST) return -1;
  }
  return -1;
}

int tempfile_open(const char *path, mode_t mode, char **name) {
  *name = NULL;
  sweep(path);
  const int fd = open_nameless(path, mode);
  return fd >= 0 ? fd : open_named(path, mode, name);
}

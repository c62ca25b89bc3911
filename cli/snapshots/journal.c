/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "io/outfile.h"

#define MAGIC "vordec-journal 1\n"
#define MAGIC_BYTES (sizeof MAGIC - 1)
#define HASH_BYTES 32
#define LOCK_TRIES 20
#define LOCK_WAIT_US 50000

struct head {
  uint64_t size;
  uint32_t kind, zero;
};

struct journal {
  char *path;
  int fd;
  uint64_t at; /* end of the whole records so far */
};

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

void journal_close(struct journal *journal) {
  if (!journal) return;
  if (journal->fd >= 0) close(journal->fd);
  free(journal->path);
  free(journal);
}

/* Whether the file that is open is the one that its path leads to. */
static bool in_place(const char *path, int fd) {
  struct stat open, named;
  return fstat(fd, &open) == 0 && lstat(path, &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

void journal_remove(struct journal *journal) {
  if (in_place(journal->path, journal->fd)) unlink(journal->path);
}

/* A record as it stands in the file; to be freed. */
static char *assemble(uint32_t kind, const struct journal_part *parts, size_t count, size_t *total) {
  struct head head = {.kind = kind};
  for (size_t i = 0; i < count; i++) head.size += parts[i].size;
  *total = sizeof head + (size_t)head.size + HASH_BYTES;
  char *bytes = malloc(*total + 1); /* the hash comes with a NUL */
  if (!bytes) return NULL;
  memcpy(bytes, &head, sizeof head);
  size_t at = sizeof head;
  for (size_t i = 0; i < count; i++) {
    if (parts[i].size) memcpy(bytes + at, parts[i].data, parts[i].size);
    at += parts[i].size;
  }
  char hash[HASH_BYTES + 1];
  vordec_hash(bytes, at, hash);
  memcpy(bytes + at, hash, sizeof hash);
  return bytes;
}

/* ---- opening ---- */

/* A process that was killed a moment ago may still be on its way out. */
static bool lock(int fd) {
  for (int tries = 0; tries < LOCK_TRIES; tries++) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
    usleep(LOCK_WAIT_US);
  }
  return false;
}

/*
 * Between finding a journal and having locked it, or its successor, no other run may do the same: they take turns by a
 * lock on the folder, where the file system has those. To be closed; -1: there is none.
 */
static int take_turn(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
  const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  free(folder);
  if (fd >= 0) flock(fd, LOCK_EX);
  return fd;
}

static void end_turn(int fd) {
  if (fd >= 0) close(fd);
}

static enum vordec_status open_locked(const char *path, struct journal **journal, struct vordec_error *error) {
  struct stat info;
  *journal = NULL;
  const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return VORDEC_OK; /* the folder is looked at later */
  struct journal *made = calloc(1, sizeof *made);
  if (made) made->path = strdup(path);
  if (!made || !made->path) {
    free(made);
    if (fd >= 0) close(fd);
    return fail_memory(path, error);
  }
  made->fd = fd;
  enum vordec_status status = VORDEC_OK;
  if (fd < 0 || fstat(fd, &info) != 0) {
    status = vordec_fail(error, VORDEC_E_IO, 0, "%s: cannot open: %s", path, strerror(errno));
  } else if (!S_ISREG(info.st_mode)) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: not a regular file", path);
  } else if (!lock(fd)) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s: another run is writing there", path);
  } else if (in_place(path, fd)) {
    *journal = made;
    return VORDEC_OK;
  }
  journal_close(made);
  /* The run that had it has ended meanwhile, and taken it away. */
  return status ? status : open_locked(path, journal, error);
}

enum vordec_status journal_create(const char *path, uint32_t kind, const void *data, size_t size,
                                  struct journal **journal, struct vordec_error *error) {
  struct journal *old = NULL;
  struct outfile *file = NULL;
  size_t total = 0;
  const int turn = take_turn(path);
  enum vordec_status status = open_locked(path, &old, error); /* held until the new one is in its place */
  *journal = NULL;
  if (!status) status = outfile_create(path, &file, error);
  const struct journal_part part = {data, size};
  char *record = status ? NULL : assemble(kind, &part, 1, &total);
  if (!status && !record) status = fail_memory(path, error);
  if (!status) {
    fwrite(MAGIC, 1, MAGIC_BYTES, outfile_stream(file));
    fwrite(record, 1, total, outfile_stream(file));
    status = outfile_commit(file, error);
  }
  free(record);
  outfile_destroy(file);
  if (!status) {
    status = open_locked(path, journal, error);
    if (status) unlink(path); /* nothing of the run is in it yet */
  }
  journal_close(old);
  end_turn(turn);
  if (!status && !*journal) status = vordec_fail(error, VORDEC_E_FAILED, 0, "%s: it vanished", path);
  if (*journal) (*journal)->at = MAGIC_BYTES + total;
  return status;
}

enum vordec_status journal_open(const char *path, struct journal **journal, struct vordec_error *error) {
  char magic[MAGIC_BYTES];
  const int turn = take_turn(path);
  const enum vordec_status status = open_locked(path, journal, error);
  end_turn(turn);
  if (status || !*journal) return status;
  (*journal)->at = MAGIC_BYTES;
  if (pread((*journal)->fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
      memcmp(magic, MAGIC, sizeof magic) == 0) {
    return VORDEC_OK;
  }
  journal_close(*journal);
  *journal = NULL;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: not a journal of this version, or damaged", path);
}

/* ---- records ---- */

/* False with errno 0: the file ends before. */
static bool read_at(int fd, void *buffer, size_t size, uint64_t at) {
  for (char *to = buffer; size > 0;) {
    errno = 0;
    const ssize_t got = pread(fd, to, size, (off_t)at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    at += (uint64_t)got;
    size -= (size_t)got;
  }
  return true;
}

static enum vordec_status fail_read(const struct journal *journal, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_IO, 0, "%s: cannot read: %s", journal->path, strerror(errno));
}

static bool is_whole(const char *record, size_t size) {
  char hash[HASH_BYTES + 1];
  vordec_hash(record, size - HASH_BYTES, hash);
  return memcmp(hash, record + size - HASH_BYTES, HASH_BYTES) == 0;
}

enum vordec_status journal_next(struct journal *journal, uint32_t *kind, void **data, size_t *size,
                                struct vordec_error *error) {
  struct head head;
  struct stat info;
  *data = NULL;
  *size = 0;
  if (fstat(journal->fd, &info) != 0) {
    return fail_read(journal, error);
  }
  const uint64_t left = (uint64_t)info.st_size > journal->at ? (uint64_t)info.st_size - journal->at : 0;
  if (left < sizeof head + HASH_BYTES) return VORDEC_OK;
  if (!read_at(journal->fd, &head, sizeof head, journal->at)) return errno ? fail_read(journal, error) : VORDEC_OK;
  if (head.size > left - sizeof head - HASH_BYTES) return VORDEC_OK;
  const size_t total = sizeof head + (size_t)head.size + HASH_BYTES;
  char *record = malloc(total);
  if (!record) return fail_memory(journal->path, error);
  const bool read = read_at(journal->fd, record, total, journal->at);
  if (!read || !is_whole(record, total)) {
    const enum vordec_status status = !read && errno ? fail_read(journal, error) : VORDEC_OK;
    free(record);
    return status;
  }
  journal->at += total;
  *kind = head.kind;
  *size = (size_t)head.size;
  memmove(record, record + sizeof head, *size + 1); /* a hash follows: there is a byte more */
  record[*size] = '\0';
  *data = record;
  return VORDEC_OK;
}

/* The length is cut first: what a failed or torn record left must not be taken for the next one. */
static bool write_at(int fd, const char *from, size_t size, uint64_t at) {
  if (ftruncate(fd, (off_t)at) != 0) return false;
  while (size > 0) {
    const ssize_t wrote = pwrite(fd, from, size, (off_t)at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    from += wrote;
    at += (uint64_t)wrote;
    size -= (size_t)wrote;
  }
  return true;
}

enum vordec_status journal_add(struct journal *journal, uint32_t kind, const struct journal_part *parts, size_t count,
                               struct vordec_error *error) {
  size_t total = 0;
  char *record = assemble(kind, parts, count, &total);
  if (!record) return fail_memory(journal->path, error);
  enum vordec_status status = VORDEC_OK;
  if (write_at(journal->fd, record, total, journal->at)) {
    journal->at += total;
  } else {
    status = vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot write: %s", journal->path, strerror(errno));
    if (ftruncate(journal->fd, (off_t)journal->at) != 0) errno = 0; /* a torn end is found by its hash */
  }
  free(record);
  return status;
}

/* SPDX-License-Identifier: MIT */
#include "file_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/error.h>

#define BLOCK ((size_t)1 << 20)
#define HASH_TEXT 32

/* Reads until the block is full or the file ends; -1 with errno set. */
static ssize_t read_block(int fd, char *block) {
  size_t filled = 0;
  while (filled < BLOCK) {
    const ssize_t got = read(fd, block + filled, BLOCK - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    filled += (size_t)got;
  }
  return (ssize_t)filled;
}

/* Each block's hash goes over the hash of what came before it, and the block. */
static enum vordec_status digest_blocks(int fd, const char *path, char *buffer, struct file_digest *digest,
                                        struct vordec_error *error) {
  memset(buffer, '0', HASH_TEXT);
  for (;;) {
    const ssize_t got = read_block(fd, buffer + HASH_TEXT);
    if (got < 0) return vordec_fail(error, VORDEC_E_IO, 0, "%s: cannot read: %s", path, strerror(errno));
    digest->bytes += (uint64_t)got;
    vordec_hash(buffer, HASH_TEXT + (size_t)got, digest->hash);
    if ((size_t)got < BLOCK) return VORDEC_OK;
    memcpy(buffer, digest->hash, HASH_TEXT);
  }
}

enum vordec_status file_digest_make(const char *path, struct file_digest *digest, struct vordec_error *error) {
  struct stat info;
  enum vordec_status status = VORDEC_OK;
  *digest = (struct file_digest){0};
  char *buffer = malloc(HASH_TEXT + BLOCK);
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (!buffer) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  } else if (fd < 0 || fstat(fd, &info) != 0) {
    status = vordec_fail(error, VORDEC_E_IO, 0, "%s: cannot read: %s", path, strerror(errno));
  } else if (!S_ISREG(info.st_mode)) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: not a regular file", path);
  } else {
    status = digest_blocks(fd, path, buffer, digest, error);
  }
  if (fd >= 0) close(fd);
  free(buffer);
  return status;
}

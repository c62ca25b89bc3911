/* SPDX-License-Identifier: MIT */
#include "cache.h"

#include "core/base/cache_folder.h"
#include "vulkan_host.h"

#include <blake2.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_MAGIC 0x63726476u /* "vdrc" */
#define CACHE_VERSION 1u
#define CACHE_LIMIT (256u << 20) /* far more than anything that we store */
#define CACHE_NAME_BYTES 37      /* 32 hexadecimal digits, ".bin" and a NUL */

struct cache_header {
  uint32_t magic, version;
  uint8_t uuid[16];
  char driver[256];
  char key[96];
  uint64_t size;
  uint8_t digest[32]; /* the hash of the content */
};

static void fill_header(const struct gpu *gpu, const char *key, const void *content, size_t size,
                        struct cache_header *header) {
  *header = (struct cache_header){.magic = CACHE_MAGIC, .version = CACHE_VERSION, .size = size};
  memcpy(header->uuid, gpu->facts.info.uuid, sizeof header->uuid);
  snprintf(header->driver, sizeof header->driver, "%.200s %08x", gpu->facts.info.driver,
           gpu->facts.properties.driverVersion);
  snprintf(header->key, sizeof header->key, "%s", key);
  blake2b(header->digest, content, NULL, sizeof header->digest, size, 0);
}

/* The name follows from device, driver and key, so that files of other devices are left alone. */
static void cache_name(const struct gpu *gpu, const char *key, char name[CACHE_NAME_BYTES]) {
  struct cache_header header;
  uint8_t digest[16];
  fill_header(gpu, key, "", 0, &header);
  blake2b(digest, &header, NULL, sizeof digest, sizeof header, 0);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(name + 2 * i, 3, "%02x", digest[i]);
  memcpy(name + 2 * sizeof digest, ".bin", 5);
}

static bool read_exactly(int file, void *to, size_t size) {
  char *at = to;
  while (size) {
    const ssize_t got = read(file, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= (size_t)got;
  }
  return true;
}

static bool write_exactly(int file, const void *from, size_t size) {
  const char *at = from;
  while (size) {
    const ssize_t put = write(file, at, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    size -= (size_t)put;
  }
  return true;
}

/* Returns the content if the whole file is as we would have written it for this device, driver and key; NULL otherwise.
 * */
static void *read_content(const struct gpu *gpu, const char *key, int file, size_t *size) {
  struct cache_header header, expected;
  struct stat status;
  if (fstat(file, &status) || !S_ISREG(status.st_mode) || !cache_folder_is_ours(&status)) return NULL;
  if (!read_exactly(file, &header, sizeof header)) return NULL;
  if (header.size == 0 || header.size > CACHE_LIMIT || (uint64_t)status.st_size != sizeof header + header.size) {
    return NULL;
  }
  void *content = host_alloc(gpu->host, (size_t)header.size, 1);
  if (!content) return NULL;
  if (read_exactly(file, content, (size_t)header.size)) {
    fill_header(gpu, key, content, (size_t)header.size, &expected);
    if (memcmp(&header, &expected, sizeof header) == 0) {
      *size = (size_t)header.size;
      return content;
    }
  }
  host_free(gpu->host, content);
  return NULL;
}

void *cache_load(const struct gpu *gpu, const char *key, size_t *size) {
  char name[CACHE_NAME_BYTES];
  const int folder = cache_folder_open(false);
  if (folder < 0) return NULL;
  cache_name(gpu, key, name);
  /* O_NONBLOCK keeps a pipe that somebody has put there from blocking us. */
  const int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  void *content = file >= 0 ? read_content(gpu, key, file, size) : NULL;
  if (content) futimens(file, NULL); /* the time of the file says when it was last used */
  if (file >= 0) close(file);
  close(folder);
  return content;
}

/* Whether the file is still the one under its name, and belongs to this user alone. */
static bool is_temporary(int folder, const char *name, int file) {
  struct stat opened, named;
  return fstat(file, &opened) == 0 && S_ISREG(opened.st_mode) && opened.st_nlink == 1 &&
         cache_folder_is_ours(&opened) && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

/* Tries to lock the file. Where files cannot be locked (on some network file systems) two processes may write at once,
 * and then the digest tells that the file is damaged. */
static bool try_lock(int file) {
  return flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* Opens an empty file whose name is always the same, so that the next process takes over what a killed one has left
 * there. -1: another process is writing it now, which is as good, or nothing can be written. */
static int open_temporary(int folder, const char *name) {
  const int file = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
  if (file >= 0 && try_lock(file) && is_temporary(folder, name, file) && ftruncate(file, 0) == 0) {
    return file;
  }
  if (file >= 0) close(file);
  return -1;
}

void cache_store(const struct gpu *gpu, const char *key, const void *content, size_t size) {
  char name[CACHE_NAME_BYTES], temporary[CACHE_NAME_BYTES + 4];
  struct cache_header header;
  if (size == 0 || size > CACHE_LIMIT) return;
  const int folder = cache_folder_open(true);
  if (folder < 0) return;
  cache_name(gpu, key, name);
  snprintf(temporary, sizeof temporary, "%s.new", name);
  const int file = open_temporary(folder, temporary);
  if (file >= 0) {
    fill_header(gpu, key, content, size, &header);
    const bool written = write_exactly(file, &header, sizeof header) && write_exactly(file, content, size);
    /* The file is renamed before closing its descriptor releases the lock. */
    if (!written || renameat(folder, temporary, folder, name)) unlinkat(folder, temporary, 0);
    close(file);
    if (written) cache_folder_trim(folder);
  }
  close(folder);
}

/* SPDX-License-Identifier: MIT */
#include "reader_tray.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "reader_message.h"

#define PAGE ((size_t)4096)

static size_t round_up(size_t bytes) {
  return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Beyond the limit of a file's size, making the memory larger would raise a signal. */
static size_t within_limit(size_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= bytes) return bytes;
  return (size_t)limit.rlim_cur / PAGE * PAGE;
}

bool reader_tray_follow(struct reader_tray *tray, size_t bytes) {
  if (bytes == tray->bytes) return true;
  void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, tray->fd, 0);
  if (data == MAP_FAILED) return false;
  if (tray->data) munmap(tray->data, tray->bytes);
  tray->data = data;
  tray->bytes = bytes;
  return true;
}

static bool resize(struct reader_tray *tray, size_t bytes) {
  return bytes > tray->bytes && ftruncate(tray->fd, (off_t)bytes) == 0 && reader_tray_follow(tray, bytes);
}

bool reader_tray_create(struct reader_tray *tray) {
  *tray = (struct reader_tray){.fd = memfd_create("vordec", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (tray->fd < 0) return false;
  const size_t bytes = within_limit(READER_TRAY_LEAST);
  if (bytes == 0) errno = EFBIG;
  if (bytes && resize(tray, bytes) && fcntl(tray->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) == 0) return true;
  const int cause = errno;
  reader_tray_release(tray);
  errno = cause;
  return false;
}

void reader_tray_grow(struct reader_tray *tray, size_t bytes) {
  const size_t most = within_limit(READER_TRAY_MOST), wanted = bytes < most ? round_up(bytes) : most;
  if (wanted > tray->bytes) resize(tray, wanted);
}

void reader_tray_release(struct reader_tray *tray) {
  if (tray->data) munmap(tray->data, tray->bytes);
  if (tray->fd >= 0) close(tray->fd);
  *tray = (struct reader_tray){.fd = -1};
}

/* SPDX-License-Identifier: MIT */
#include "stub_shelf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* In a file without a name, which can be handed on. */
struct vordec_shelf {
  struct stub_shelf_source source;
  size_t bytes;
  int file;
  double *map;
  unsigned copies; /* so far */
};

enum vordec_status stub_shelf_create(const struct stub_shelf_source *source, struct vordec_shelf **shelf,
                                     struct vordec_error *error) {
  const struct vordec_host *host = source->host;
  struct vordec_shelf *made = host->allocate(host->ctx, 64, (sizeof *made + 63) / 64 * 64);
  void *more = host->allocate(host->ctx, 64, 64); /* so that there is one to be refused after the first */
  if (!made || !more) {
    if (source->fault != SHELF_LEAKS) host->release(host->ctx, made);
    host->release(host->ctx, more);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a shelf");
  }
  host->release(host->ctx, more);
  *made = (struct vordec_shelf){.source = *source, .bytes = source->count * source->values * sizeof(double)};
  made->file = memfd_create("stub", MFD_CLOEXEC);
  if (made->file < 0 || ftruncate(made->file, (off_t)made->bytes) != 0) abort();
  made->map = mmap(NULL, made->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, made->file, 0);
  if (made->map == MAP_FAILED) abort();
  *shelf = made;
  return VORDEC_OK;
}

void stub_shelf_destroy(struct vordec_shelf *shelf) {
  if (!shelf) return;
  const struct vordec_host *host = shelf->source.host;
  munmap(shelf->map, shelf->bytes);
  close(shelf->file);
  host->release(host->ctx, shelf);
}

void stub_shelf_describe(const struct vordec_shelf *shelf, struct vordec_exported_memory *memory) {
  *memory = (struct vordec_exported_memory){.struct_size = memory->struct_size,
                                            .kind = VORDEC_MEMORY_OPAQUE_FD,
                                            .size = shelf->bytes,
                                            .pitch = shelf->source.values * sizeof(double)};
}

enum vordec_status stub_shelf_memory_fd(struct vordec_shelf *shelf, int *fd, struct vordec_error *error) {
  *fd = shelf->source.fault == SHELF_LENDS_FD ? shelf->file : fcntl(shelf->file, F_DUPFD_CLOEXEC, 0);
  if (*fd >= 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "no more file descriptors");
}

bool stub_shelf_has_semaphore(const struct vordec_shelf *shelf) {
  (void)shelf;
  return false;
}

enum vordec_status stub_shelf_semaphore_fd(struct vordec_shelf *shelf, int *fd, struct vordec_error *error) {
  (void)shelf;
  *fd = -1;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "there is no semaphore");
}

static void copy(struct vordec_shelf *shelf) {
  const struct stub_shelf_source *source = &shelf->source;
  if (source->fault == SHELF_REMEMBERS && shelf->copies > 0) return;
  for (uint32_t i = 0; i < source->count; i++) {
    source->copy(source->ctx, source->fault == SHELF_TAKES_FIRST ? 0 : i, shelf->map + i * source->values);
  }
  shelf->copies++;
}

enum vordec_status stub_shelf_fill(struct vordec_shelf *shelf, uint64_t wait, uint64_t signal,
                                   struct vordec_error *error) {
  (void)wait;
  (void)signal;
  (void)error;
  if (shelf->source.fault != SHELF_COMES_LATE) copy(shelf);
  return VORDEC_OK;
}

enum vordec_status stub_shelf_wait(struct vordec_shelf *shelf, struct vordec_error *error) {
  (void)error;
  if (shelf->source.fault == SHELF_COMES_LATE) copy(shelf);
  return VORDEC_OK;
}

enum vordec_status stub_shelf_read(struct vordec_shelf *shelf, uint64_t at, uint64_t bytes, void *to,
                                   struct vordec_error *error) {
  (void)error;
  memcpy(to, (const char *)shelf->map + at, bytes);
  return VORDEC_OK;
}

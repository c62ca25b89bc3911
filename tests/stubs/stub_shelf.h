/* SPDX-License-Identifier: MIT */
/* Copies of what the example's simulations and rollouts hold. */
#ifndef VORDEC_TESTS_STUB_SHELF_H
#define VORDEC_TESTS_STUB_SHELF_H

#include "deviations.h"

/* What a shelf is for: `copy` brings number i of it. */
struct stub_shelf_source {
  const struct vordec_host *host;
  enum fault fault;
  void *ctx;
  uint32_t count;
  size_t values;
  void (*copy)(void *ctx, uint32_t i, double *to);
};

enum vordec_status stub_shelf_create(const struct stub_shelf_source *source, struct vordec_shelf **shelf,
                                     struct vordec_error *error);

/* All slots but create. */
void stub_shelf_destroy(struct vordec_shelf *shelf);
void stub_shelf_describe(const struct vordec_shelf *shelf, struct vordec_exported_memory *memory);
enum vordec_status stub_shelf_memory_fd(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
bool stub_shelf_has_semaphore(const struct vordec_shelf *shelf);
enum vordec_status stub_shelf_semaphore_fd(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
enum vordec_status stub_shelf_fill(struct vordec_shelf *shelf, uint64_t wait, uint64_t signal,
                                   struct vordec_error *error);
enum vordec_status stub_shelf_wait(struct vordec_shelf *shelf, struct vordec_error *error);
enum vordec_status stub_shelf_read(struct vordec_shelf *shelf, uint64_t at, uint64_t bytes, void *to,
                                   struct vordec_error *error);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * backend_shelf.h - copies that stay on the device: "vordec.shelf/1"; a part of backend.h, whose rules hold here.
 */
#ifndef VORDEC_BACKEND_SHELF_H
#define VORDEC_BACKEND_SHELF_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_session;
struct vordec_backend_simulation;
struct vordec_backend_rollout;

/*
 * Optional capability "vordec.shelf/1": copies of what a simulation or a rollout holds, in memory that others can
 * import. A shelf has room for one; like a plan of "vordec.export/1", it has a semaphore where the device shares such,
 * whose values the core chooses, each larger than those before.
 */
#define VORDEC_SHELF_INTERFACE "vordec.shelf/1"

/* A backend's own: room for one copy, of everything that its source holds. */
struct vordec_shelf;

/* What is copied: one of the two, of the same session, which outlives the shelf; the other is NULL. */
struct vordec_shelf_setup {
  size_t struct_size;
  struct vordec_backend_simulation *simulation; /* the fields of all members, n x n each, in its precision */
  struct vordec_backend_rollout *rollout;       /* the states, d values each, in its precision */
};

/* The table that get_interface("vordec.shelf/1") returns. */
struct vordec_shelf_interface {
  size_t struct_size;
  /* Makes one, with its memory. A device that shares no memory: E_UNSUPPORTED with REASON_NO_INTERFACE. One thread per
   * session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_shelf_setup *setup,
                               struct vordec_shelf **shelf, struct vordec_error *error);
  /* Accepts NULL; no copy is under way. Those who have imported its memory keep theirs. One thread per session. */
  void (*destroy)(struct vordec_shelf *shelf);
  /* Where the copy lies, field by field or state by state; memory->struct_size is set by the caller. The same as long
   * as the shelf lives. Any thread. */
  void (*describe)(const struct vordec_shelf *shelf, struct vordec_exported_memory *memory);
  /* As that of struct vordec_export_interface. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
  /* Whether the shelf has a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_shelf *shelf);
  /* A file descriptor of it, as memory_fd(). One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
  /* Starts a copy of what the source holds now (a simulation's members all hold a field), whatever is asked of it
   * afterwards, and returns. The device begins when the semaphore has the value `wait` (0: at once), and gives it
   * `signal` when the copy is there (0: it does not). A field in fp32 is the simulation's, rounded. At most one copy of
   * a shelf is under way; after a failure none is. Allocates nothing. One thread per session. */
  enum vordec_status (*fill)(struct vordec_shelf *shelf, uint64_t wait, uint64_t signal, struct vordec_error *error);
  /* Waits for the copy under way. One thread per session. */
  enum vordec_status (*wait)(struct vordec_shelf *shelf, struct vordec_error *error);
  /* Copies bytes of the memory to the host's; no copy is under way. One thread per session. */
  enum vordec_status (*read)(struct vordec_shelf *shelf, uint64_t at, uint64_t bytes, void *to,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif

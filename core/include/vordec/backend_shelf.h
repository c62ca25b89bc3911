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
 * import. A shelf has room for one copy. Like a plan of "vordec.export/1", it has a semaphore where the device shares
 * semaphores; the core chooses its values, each larger than those before.
 */
#define VORDEC_SHELF_INTERFACE "vordec.shelf/1"

/* Private to the backend: room for one copy of everything that its source holds. */
struct vordec_shelf;

/* What is copied: one of the two, which belongs to the same session and outlives the shelf; the other is NULL. */
struct vordec_shelf_setup {
  size_t struct_size;
  struct vordec_backend_simulation *simulation; /* the fields of all members, n x n each, in its precision */
  struct vordec_backend_rollout *rollout;       /* the states, d values each, in its precision */
};

/* The table that get_interface("vordec.shelf/1") returns. */
struct vordec_shelf_interface {
  size_t struct_size;
  /* Makes a shelf with its memory. E_UNSUPPORTED with REASON_NO_INTERFACE: the device shares no memory. One thread per
   * session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_shelf_setup *setup,
                               struct vordec_shelf **shelf, struct vordec_error *error);
  /* Accepts NULL. No copy is in progress. Those who have imported its memory keep theirs. One thread per session. */
  void (*destroy)(struct vordec_shelf *shelf);
  /* Says where the copy is stored, field by field or state by state. This does not change while the shelf lives. The
   * caller sets memory->struct_size. Any thread. */
  void (*describe)(const struct vordec_shelf *shelf, struct vordec_exported_memory *memory);
  /* Does what memory_fd() of struct vordec_export_interface does. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
  /* Says whether the shelf has a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_shelf *shelf);
  /* Makes a file descriptor of it, as memory_fd() does. One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_shelf *shelf, int *fd, struct vordec_error *error);
  /* Starts a copy of what the source holds now, whatever is asked of it afterwards, and returns. All members of a
   * simulation hold a field. The device begins when the semaphore has the value `wait` (0: at once), and gives it the
   * value `signal` when the copy is complete (0: it does not). A field in fp32 is that of the simulation, rounded. At
   * most one copy of a shelf is in progress; after a failure none is. Allocates nothing. One thread per session. */
  enum vordec_status (*fill)(struct vordec_shelf *shelf, uint64_t wait, uint64_t signal, struct vordec_error *error);
  /* Waits for the copy in progress. One thread per session. */
  enum vordec_status (*wait)(struct vordec_shelf *shelf, struct vordec_error *error);
  /* Copies bytes of the memory to the host's. No copy is in progress. One thread per session. */
  enum vordec_status (*read)(struct vordec_shelf *shelf, uint64_t at, uint64_t bytes, void *to,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * backend_export.h - plans whose fields stay on the device: "vordec.export/1"; a part of backend.h, whose rules hold
 * here.
 */
#ifndef VORDEC_BACKEND_EXPORT_H
#define VORDEC_BACKEND_EXPORT_H

#include <vordec/backend_plan.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_session;

/*
 * Optional capability "vordec.export/1": plans whose fields stay on the device, in memory that others can import:
 * another programming interface in this process, or another process. Such a plan is a slot: it holds the fields of one
 * decode, which the next decode overwrites. Where there is a timeline semaphore, it settles who may read when; the core
 * chooses its values, each larger than those before. Where there is none, waiting for the decode settles it.
 */
#define VORDEC_EXPORT_INTERFACE "vordec.export/1"

/* What all decodes of such a plan have in common. */
struct vordec_export_setup {
  size_t struct_size;
  bool takes_z; /* decodes may take their states from the plan's own memory */
};

/* What else the next decode does. */
struct vordec_export_job {
  size_t struct_size;
  bool takes_z;    /* its states are those in the plan's memory; the decode's job has neither z nor a rollout */
  uint64_t wait;   /* the device begins when the semaphore has this value; 0: at once */
  uint64_t signal; /* it gives the semaphore this value when the fields are there; 0: it does not */
};

/* The table that get_interface("vordec.export/1") returns. */
struct vordec_export_interface {
  size_t struct_size;
  /* Does what plan_create() of the backend's table does; plan_destroy() of that table destroys the plan as well. After
   * that, all of the plan's memory is gone here, while those who have imported it keep theirs. desc->outputs has no
   * scalars, and desc->residuals is 0. Decodes of such a plan, by decode() or by submit() and wait(), fill no fields of
   * the host: the job's pointers are NULL, and its outputs say which fields are made. E_UNSUPPORTED with
   * REASON_NO_INTERFACE: the device shares no memory. One thread per session. */
  enum vordec_status (*plan_create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                    const struct vordec_export_setup *setup, struct vordec_plan **plan,
                                    struct vordec_plan_info *info, struct vordec_error *error);
  /* Says where an output of the plan is stored, or the states, if the plan takes them. This does not change while the
   * plan lives. The caller sets memory->struct_size. Any thread. */
  void (*describe)(const struct vordec_plan *plan, enum vordec_exported what, struct vordec_exported_memory *memory);
  /* Makes a new file descriptor of that memory each time. It belongs to the caller and is closed on exec. E_UNSUPPORTED
   * with REASON_NO_INTERFACE: it is memory of the host. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                  struct vordec_error *error);
  /* Says whether the plan has a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_plan *plan);
  /* Makes a file descriptor of it, as memory_fd() does. One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_plan *plan, int *fd, struct vordec_error *error);
  /* Called before each decode of such a plan, while no job is in progress. If the decode takes states from the plan's
   * memory that a state must not hold (beyond vordec_coefficient_max(), or not finite), it returns E_INPUT, which names
   * the first such entry, and every cell of the omega_lp and omega_hat of these states is NAN; the decode's result is
   * filled all the same. Allocates nothing. One thread per session. */
  enum vordec_status (*prepare)(struct vordec_plan *plan, const struct vordec_export_job *job,
                                struct vordec_error *error);
  /* Copies bytes of the memory to the host's. No job is in progress. One thread per session. */
  enum vordec_status (*read)(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes, void *to,
                             struct vordec_error *error);
  /* Copies in the opposite direction, likewise. One thread per session. */
  enum vordec_status (*write)(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                              const void *from, struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif

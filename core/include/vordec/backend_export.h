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
 * another programming interface of this process, or another process. Such a plan is a slot: it holds the fields of one
 * decode, which the next one writes over. Who may read when is settled by a timeline semaphore, where there is one,
 * whose values the core chooses, each larger than those before; else by waiting for the decode.
 */
#define VORDEC_EXPORT_INTERFACE "vordec.export/1"

/* What all decodes of such a plan have in common. */
struct vordec_export_setup {
  size_t struct_size;
  bool takes_z; /* decodes may take their states from the plan's own memory */
};

/* What the next decode does besides. */
struct vordec_export_job {
  size_t struct_size;
  bool takes_z;    /* its states are those in the plan's memory; the decode's job has neither z nor a rollout */
  uint64_t wait;   /* the device begins when the semaphore has this value; 0: at once */
  uint64_t signal; /* it gives the semaphore this value when the fields are there; 0: it does not */
};

/* The table that get_interface("vordec.export/1") returns. */
struct vordec_export_interface {
  size_t struct_size;
  /* As plan_create() of the backend's table, which destroys the plan as well: then all of its memory is gone here,
   * while those who have imported it keep theirs. desc->outputs has no scalars, and desc->residuals is 0. Decodes of
   * such a plan, by decode() or by submit() and wait(), fill no field of the host's: the job's pointers are NULL, and
   * its outputs say which fields are made. A device that shares no memory: E_UNSUPPORTED with REASON_NO_INTERFACE. One
   * thread per session. */
  enum vordec_status (*plan_create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                    const struct vordec_export_setup *setup, struct vordec_plan **plan,
                                    struct vordec_plan_info *info, struct vordec_error *error);
  /* Where an output of the plan lies, or the states, if it takes them; memory->struct_size is set by the caller. The
   * same as long as the plan lives. Any thread. */
  void (*describe)(const struct vordec_plan *plan, enum vordec_exported what, struct vordec_exported_memory *memory);
  /* A file descriptor of that memory, a new one each time, closed on exec; the caller's. E_UNSUPPORTED with
   * REASON_NO_INTERFACE for memory of the host. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                  struct vordec_error *error);
  /* Whether the plan has a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_plan *plan);
  /* A file descriptor of it, as memory_fd(). One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_plan *plan, int *fd, struct vordec_error *error);
  /* Said before each decode of such a plan; no job is under way. States that the decode takes from the plan's memory
   * and that a state must not hold (vordec_coefficient_max(), not finite) make it E_INPUT, which names the first entry,
   * and every cell of their omega_lp and omega_hat NAN; the decode's result is filled all the same. Allocates nothing.
   * One thread per session. */
  enum vordec_status (*prepare)(struct vordec_plan *plan, const struct vordec_export_job *job,
                                struct vordec_error *error);
  /* Copies bytes of the memory to the host's; no job is under way. One thread per session. */
  enum vordec_status (*read)(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes, void *to,
                             struct vordec_error *error);
  /* The other way. One thread per session. */
  enum vordec_status (*write)(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                              const void *from, struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * export.h - fields that stay where the device has them; a part of vordec.h, whose conventions hold here.
 *
 * An export is a ring of slots beside a decoder, a simulation or a rollout. A slot holds the fields of one decode, or a
 * copy of what the simulation or the rollout held, in memory that others can import: another programming interface of
 * this process (CUDA, say), or another process. Its cycle:
 *
 *   acquire   a free slot becomes the caller's
 *   decode    a decode into it is started; its fields are there when the slot's semaphore has the value `ready`, or,
 *             where there is no semaphore, when wait() has returned
 *   take      instead of a decode, a copy is started, likewise
 *   wait      waits for the decode or the copy and says how it went; it may be called any number of times, or never
 *   release   the slot is free again
 *
 * The evidence of what did the work is judged once the decode has been waited for: by wait() or, if nobody calls that,
 * by release(). If a decode is refused then (E_REFUSED), every later call on the export is refused, too.
 *
 * Ownership: memory and semaphores are the export's. A file descriptor is the caller's from the moment it is handed
 * out: each call gives a new one, which is to be closed, unless an importer has taken it over (Vulkan and CUDA do so
 * if, and only if, the import succeeds). What was imported stays valid after the export, the decoder and this process
 * are gone, and then holds what was last written to it. Nothing here waits for a consumer.
 */
#ifndef VORDEC_EXPORT_H
#define VORDEC_EXPORT_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_decoder;
struct vordec_rollout;
struct vordec_simulation;
struct vordec_decode_report;

/* A ring of slots. */
struct vordec_export;

#define VORDEC_EXPORT_SLOTS_MAX 64

/* What slots are to hold. */
struct vordec_export_desc {
  size_t count; /* the most states that a decode may have, 1 .. 65535; one of fewer takes as long */
  size_t slots; /* at most VORDEC_EXPORT_SLOTS_MAX; 0: as many as the decoder has batches in progress at once */
  bool takes_z; /* decodes may take z from the slot's own memory */
};

/* What an export has. */
struct vordec_export_info {
  size_t count; /* the most states of a decode, or the number of the simulation's members or the rollout's states */
  size_t slots;
  size_t made;      /* how many slots have memory so far: one gets it when no other is free */
  uint32_t outputs; /* bits of enum vordec_output: the decoder's outputs without scalars; 0 for copies */
  enum vordec_precision precision;
  bool takes_z;
  bool semaphores; /* each slot has a semaphore that others can import; without it they have to wait */
  uint64_t host_bytes, device_bytes; /* of all slots made so far */
};

/* What to decode into a slot: one of z, rollout and takes_z is set. */
struct vordec_export_io {
  size_t count;                   /* 1 .. info.count */
  const double *z;                /* count x D states, which are copied */
  struct vordec_rollout *rollout; /* a rollout of a single state, which is decoded as it is now */
  bool takes_z;                   /* the states are in the slot's memory, in the decode's precision */
  uint64_t z_value;               /* they are there once the semaphore has this value; 0: they are there already */
};

/*
 * Makes a ring for decodes like those of the decoder, with its first slot. If the decoder has several devices, the ring
 * is on the first. E_UNSUPPORTED with REASON_NO_INTERFACE: the backend, or the driver, shares no memory; or the decoder
 * synthesises a residual, or takes one. E_USAGE: a number out of range, or a decoder without fields among its outputs.
 * The decoder is borrowed. One thread per decoder: E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_export_create(struct vordec_decoder *decoder,
                                                   const struct vordec_export_desc *desc, struct vordec_export **made,
                                                   struct vordec_error *error);
/*
 * Makes a ring for copies of a simulation's fields (VORDEC_EXPORTED_OMEGA of all members; in fp32 they are rounded:
 * vordec_simulation_read() gives more digits), with its first slot. slots: at most VORDEC_EXPORT_SLOTS_MAX; 0: 2. The
 * simulation is borrowed. E_UNSUPPORTED with REASON_NO_INTERFACE: the backend, or the driver, shares no memory. One
 * thread per simulation, and none in a call on what shares its device: E_BUSY else. The same rule holds for all calls
 * on the ring.
 */
VORDEC_API enum vordec_status vordec_export_create_simulation(struct vordec_simulation *simulation, size_t slots,
                                                              struct vordec_export **made, struct vordec_error *error);
/* Does the same for copies of a rollout's states (VORDEC_EXPORTED_Z). One thread per rollout, likewise. */
VORDEC_API enum vordec_status vordec_export_create_rollout(struct vordec_rollout *rollout, size_t slots,
                                                           struct vordec_export **made, struct vordec_error *error);
/* Accepts NULL. Waits for the work in progress. One thread per decoder, simulation or rollout, and none in a call on
 * what shares its device. */
VORDEC_API void vordec_export_destroy(struct vordec_export *made);
/* Fills *info. Any thread, but in no call of vordec_export_acquire(). */
VORDEC_API void vordec_export_get(const struct vordec_export *made, struct vordec_export_info *info);

/* Acquires a free slot, counted from 0, which belongs to the caller until it is released. If all existing slots are in
 * use and there are fewer than info.slots, a new one is made. E_BUSY: none is free. One thread per decoder. */
VORDEC_API enum vordec_status vordec_export_acquire(struct vordec_export *made, size_t *slot,
                                                    struct vordec_error *error);

/* Says where an array of a slot is stored, which never changes; the caller sets memory->struct_size. E_USAGE: there is
 * no such array, or slot. Any thread. */
VORDEC_API enum vordec_status vordec_export_describe(const struct vordec_export *made, size_t slot,
                                                     enum vordec_exported what, struct vordec_exported_memory *memory,
                                                     struct vordec_error *error);
/* Makes a file descriptor of an array's memory. It belongs to the caller and is closed on exec. E_UNSUPPORTED with
 * REASON_NO_INTERFACE: the array is in memory of the host. One thread per decoder. */
VORDEC_API enum vordec_status vordec_export_memory_fd(struct vordec_export *made, size_t slot,
                                                      enum vordec_exported what, int *fd, struct vordec_error *error);
/* Makes a file descriptor of the slot's timeline semaphore, likewise (VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT,
 * CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD). E_UNSUPPORTED with REASON_NO_INTERFACE: the slot has none.
 * One thread per decoder. */
VORDEC_API enum vordec_status vordec_export_semaphore_fd(struct vordec_export *made, size_t slot, int *fd,
                                                         struct vordec_error *error);

/* The value that a consumer may set the semaphore to next: after acquire(), when it has written z; after decode(), when
 * it has read the fields. Any thread that holds the slot. */
VORDEC_API uint64_t vordec_export_next_value(const struct vordec_export *made, size_t slot);

/*
 * Starts a decode into a slot that was acquired. *ready (may be NULL) is the value that the semaphore has once the
 * fields are there, or 0 if there is no semaphore. If there is one, this call and the device wait only for io->z_value
 * and for the value that the last release() promised. E_INPUT as vordec_decode(). Errors in states in the slot's memory
 * are reported by wait() and release(), and the fields of such a state are NAN. After a failure the slot is as after
 * acquire(). One thread per decoder and the rollout that shares its device.
 */
VORDEC_API enum vordec_status vordec_export_decode(struct vordec_export *made, size_t slot,
                                                   const struct vordec_export_io *io, uint64_t *ready,
                                                   struct vordec_error *error);
/*
 * Starts a copy of what the simulation or the rollout holds now into a slot that was acquired; later steps do not
 * change the copy. *ready (may be NULL) as in vordec_export_decode(). On the device, the copy waits for the value that
 * the last release() of the slot promised, and steps that are requested after the copy wait for it, too; with several
 * slots they need not wait. E_USAGE: a member that holds no field, or a ring of decodes. After a failure the slot is as
 * after acquire(). One thread per simulation or rollout.
 */
VORDEC_API enum vordec_status vordec_export_take(struct vordec_export *made, size_t slot, uint64_t *ready,
                                                 struct vordec_error *error);
/* Waits until the fields are there, and reports what vordec_decode() would have reported; report may be NULL. Further
 * calls report the same. For a copy the report has total_ms and, as decode_device, what the source's steps so far ran
 * on. E_USAGE: nothing was decoded or copied into the slot since it was acquired. One thread per decoder. */
VORDEC_API enum vordec_status vordec_export_wait(struct vordec_export *made, size_t slot,
                                                 struct vordec_decode_report *report, struct vordec_error *error);
/*
 * Gives the slot back, so that its next decode may overwrite its fields. If value is 0, the consumer has read all that
 * it needs. Otherwise value is vordec_export_next_value(), and the consumer has already told the device to set the
 * semaphore to that value when it has read the fields: the next decode into the slot begins no earlier. If nobody has
 * waited for the decode, this call does so (it does not wait for the consumer) and reports errors as
 * vordec_export_wait(); the slot is free even then. One thread per decoder.
 */
VORDEC_API enum vordec_status vordec_export_release(struct vordec_export *made, size_t slot, uint64_t value,
                                                    struct vordec_error *error);

/* Copies bytes of an array to the host, after waiting for the decode. E_USAGE: the bytes lie beyond the array's end.
 * One thread per decoder. */
VORDEC_API enum vordec_status vordec_export_read(struct vordec_export *made, size_t slot, enum vordec_exported what,
                                                 uint64_t at, uint64_t bytes, void *to, struct vordec_error *error);
/* Copies bytes from the host into an array of an acquired slot, after waiting for its decode, if any. E_USAGE: the ring
 * holds copies. One thread per decoder. */
VORDEC_API enum vordec_status vordec_export_write(struct vordec_export *made, size_t slot, enum vordec_exported what,
                                                  uint64_t at, uint64_t bytes, const void *from,
                                                  struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif

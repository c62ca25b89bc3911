/* SPDX-License-Identifier: MIT */
/* Copies what slots hold to the host and from it. */
#include "export_slots.h"

#include "errors.h"
#include "intake.h"

static enum vordec_status check_copy(struct vordec_export *made, size_t number, enum vordec_exported what, uint64_t at,
                                     uint64_t bytes, struct vordec_error *error) {
  enum vordec_status status = export_check_slot(made, number, error);
  if (!status) status = export_check_array(made, number, what, error);
  if (status) return status;
  struct slot *slot = &made->slots[number];
  const uint64_t most = export_array_bytes(made, &slot->memory[what], what);
  if (at > most || bytes > most - at) {
    const uint64_t end = at + bytes;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "bytes %llu to %llu lie beyond the array's %llu",
                       (unsigned long long)at, (unsigned long long)end, (unsigned long long)most);
  }
  status = slot->state == SLOT_UNDER_WAY ? export_finish(made, slot, error) : VORDEC_OK;
  return status == VORDEC_E_INPUT ? VORDEC_OK : status; /* the other states of the slot are as they should be */
}

static enum vordec_status copy_out(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                   uint64_t bytes, void *to, struct vordec_error *error) {
  const enum vordec_status status = check_copy(made, slot, what, at, bytes, error);
  if (status || bytes == 0) return status;
  intake_ready(error);
  return intake_status(made->kind->read(made, &made->slots[slot], what, at, bytes, to, error), error);
}

enum vordec_status vordec_export_read(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                      uint64_t bytes, void *to, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->engine, error);
  return status ? status : engine_leave(made->engine, copy_out(made, slot, what, at, bytes, to, error));
}

static enum vordec_status copy_in(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                  uint64_t bytes, const void *from, struct vordec_error *error) {
  const enum vordec_status status = check_copy(made, slot, what, at, bytes, error);
  if (status || bytes == 0) return status;
  if (!made->kind->write) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "the copies of a simulation or a rollout cannot be written to");
  }
  intake_ready(error);
  return intake_status(made->kind->write(made, &made->slots[slot], what, at, bytes, from, error), error);
}

enum vordec_status vordec_export_write(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                       uint64_t bytes, const void *from, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->engine, error);
  return status ? status : engine_leave(made->engine, copy_in(made, slot, what, at, bytes, from, error));
}

/* SPDX-License-Identifier: MIT */
#include "intake.h"

#include <stdio.h>
#include <string.h>

#include "core/base/utf8.h"

#define TAME(text) utf8_tame((text), sizeof(text))

void intake_ready(struct vordec_error *error) {
  *error = (struct vordec_error){.message = ""};
}

enum vordec_status intake_status(enum vordec_status status, struct vordec_error *error) {
  if (status == VORDEC_OK) return VORDEC_OK;
  if ((size_t)status > VORDEC_E_FAILED) status = VORDEC_E_FAILED;
  error->status = status;
  if ((size_t)error->reason >= VORDEC_REASON_COUNT) error->reason = VORDEC_REASON_NONE;
  TAME(error->message);
  if (!error->message[0]) snprintf(error->message, sizeof error->message, "it gave no reason");
  return status;
}

/* There may be any byte where a plugin was to write a bool. */
static void settle(bool *value) {
  unsigned char byte;
  memcpy(&byte, value, sizeof byte);
  *value = byte != 0;
}

static void settle_type(enum vordec_device_type *type) {
  if ((size_t)*type > VORDEC_DEVICE_OTHER) *type = VORDEC_DEVICE_OTHER;
}

void intake_device(struct vordec_device *ours, const struct vordec_device *theirs) {
  memset(ours, 0, sizeof *ours);
  memcpy(ours, theirs, theirs->struct_size < sizeof *ours ? theirs->struct_size : sizeof *ours);
  ours->struct_size = sizeof *ours;
  settle_type(&ours->type);
  if ((size_t)ours->unusable >= VORDEC_REASON_COUNT) ours->unusable = VORDEC_REASON_DEVICE_UNSUITABLE;
  TAME(ours->name);
  TAME(ours->driver);
  TAME(ours->api);
  TAME(ours->unusable_detail);
}

void intake_evidence(struct vordec_evidence *evidence) {
  settle_type(&evidence->type);
  settle(&evidence->device_timestamps);
  TAME(evidence->name);
  TAME(evidence->driver);
}

void intake_plan_info(struct vordec_plan_info *info) {
  TAME(info->fft);
  TAME(info->fft_reason);
}

void intake_simulation(struct vordec_simulation_result *result) {
  settle(&result->finite);
  intake_evidence(&result->evidence);
}

void intake_bandwidth(struct vordec_bandwidth_result *result) {
  settle(&result->device_timestamps);
}

bool intake_is_fft_name(const char *name) {
  const size_t length = strnlen(name, VORDEC_FFT_NAME_MAX);
  return length > 0 && length < VORDEC_FFT_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

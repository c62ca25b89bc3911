/* SPDX-License-Identifier: MIT */
#include "state_handover.h"

#include "gpu/vulkan_host.h"

enum vordec_status state_handover_take(struct vordec_session *session, uint32_t d, enum vordec_precision precision,
                                       struct state_handover **out, struct vordec_error *error) {
  struct state_handover *handover = session->handovers;
  while (handover && (handover->d != d || handover->precision != precision)) handover = handover->next;
  if (!handover) {
    handover = host_alloc(session->gpu.host, 1, sizeof *handover);
    if (!handover) return host_no_memory(error, "a state's handover");
    *handover = (struct state_handover){.next = session->handovers, .d = d, .precision = precision};
    const uint64_t size = (uint64_t)d * (precision == VORDEC_FP64 ? sizeof(double) : sizeof(float));
    const enum vordec_status status =
        buffer_create(&session->gpu, BUFFER_DEVICE, size, "rollout handover", &handover->buffer, error);
    if (status) {
      host_free(session->gpu.host, handover);
      return status;
    }
    session->handovers = handover;
  }
  handover->users++;
  *out = handover;
  return VORDEC_OK;
}

void state_handover_drop(struct vordec_session *session, struct state_handover *handover) {
  if (!handover || --handover->users) return;
  struct state_handover **link = &session->handovers;
  while (*link != handover) link = &(*link)->next;
  *link = handover->next;
  buffer_destroy(&session->gpu, &handover->buffer);
  host_free(session->gpu.host, handover);
}

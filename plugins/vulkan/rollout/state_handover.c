#include "state_handover.h"

#include "gpu/vulkan_host.h"

enum vordec_status mailbox_take(struct vordec_session *session, uint32_t d, enum vordec_precision precision,
                                struct mailbox **out, struct vordec_error *error) {
  struct mailbox *mailbox = session->mailboxes;
  while (mailbox && (mailbox->d != d || mailbox->precision != precision)) mailbox = mailbox->next;
  if (!mailbox) {
    mailbox = host_alloc(session->host, 1, sizeof *mailbox);
    if (!mailbox) return host_no_memory(error, "a state's mailbox");
    *mailbox = (struct mailbox){.next = session->mailboxes, .d = d, .precision = precision};
    const uint64_t size = (uint64_t)d * (precision == VORDEC_FP64 ? sizeof(double) : sizeof(float));
    const enum vordec_status status =
        buffer_create(session, BUFFER_DEVICE, size, "rollout mailbox", &mailbox->buffer, error);
    if (status) {
      host_free(session->host, mailbox);
      return status;
    }
    session->mailboxes = mailbox;
  }
  mailbox->users++;
  *out = mailbox;
  return VORDEC_OK;
}

void mailbox_drop(struct vordec_session *session, struct mailbox *mailbox) {
  if (!mailbox || --mailbox->users) return;
  struct mailbox **link = &session->mailboxes;
  while (*link != mailbox) link = &(*link)->next;
  *link = mailbox->next;
  buffer_destroy(session, &mailbox->buffer);
  host_free(session->host, mailbox);
}

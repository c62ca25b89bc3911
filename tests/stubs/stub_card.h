/* SPDX-License-Identifier: MIT */
/* The stub that poses as a card. */
#ifndef VORDEC_TESTS_STUB_CARD_H
#define VORDEC_TESTS_STUB_CARD_H

#include "deviations.h"

/* When the plugin is loaded, before its entry is called. */
void stub_card_load(const struct card *row);
/* `name`: the NAME of the file decode_NAME.so; static. */
const struct vordec_backend *stub_card_entry(uint32_t host_abi, const char *name);

/* For the parts of the card that have files of their own. The row that it follows; the host of a session; a call, as
 * the log has it; whether the environment wants a slot to fail, with the error filled then; milliseconds since a time
 * of the host's clock, never 0; what is told of them, and of work. */
const struct card *stub_card_row(void);
const struct vordec_host *stub_card_host(const struct vordec_session *session);
void stub_card_say(const struct vordec_host *host, const char *slot);
enum vordec_status stub_card_failure(const char *slot, struct vordec_error *error);
double stub_card_elapsed(const struct vordec_host *host, uint64_t start);
double stub_card_tell(const struct told_time *time, double elapsed_ms);
void stub_card_tell_evidence(const struct told_evidence *told, uint64_t recorded, struct vordec_evidence *evidence);

#endif

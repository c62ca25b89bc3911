/* The stub that poses as a card. */
#ifndef VORDEC_TESTS_STUB_CARD_H
#define VORDEC_TESTS_STUB_CARD_H

#include "deviations.h"

/* When the plugin is loaded, before its entry is called. */
void stub_card_load(const struct card *row);
/* `name`: the NAME of the file decode_NAME.so; static. */
const struct vordec_backend *stub_card_entry(uint32_t host_abi, const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* A symbol that nobody else is to see: plugins are loaded for themselves alone, and export their entry and no more. */
#include <vordec/backend.h>

VORDEC_PLUGIN_EXPORT int vordec_stub_marker(void);

int vordec_stub_marker(void) {
  return 1;
}

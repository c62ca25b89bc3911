/* SPDX-License-Identifier: MIT */
/*
 * The stub: one shared object for every row of deviations.c. It takes its name from the file that it was loaded from,
 * links followed, and with the name its row; under a name that has none it does what a card should.
 */
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "stub_card.h"
#include "stub_example.h"

static char name[64];
static const struct deviation *row;

/* NAME of decode_NAME.so. */
static void take_name(void) {
  Dl_info info;
  char path[PATH_MAX];
  if (!dladdr((void *)&row, &info) || !realpath(info.dli_fname, path)) abort();
  const char *base = strrchr(path, '/') + 1, *begin = strncmp(base, "decode_", 7) == 0 ? base + 7 : base;
  snprintf(name, sizeof name, "%.*s", (int)strcspn(begin, "."), begin);
}

__attribute__((constructor)) static void on_load(void) {
  take_name();
  row = deviation_find(name);
  if (!row) row = deviation_find("ok");
  if (row->example) {
    stub_example_load(row->fault);
  } else {
    stub_card_load(&row->card);
  }
}

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  return row->example ? stub_example_entry(host_abi, host, name) : stub_card_entry(host_abi, name);
}

/* SPDX-License-Identifier: MIT */
/* INI text read by inih, with line numbers, and without inih's leniency. */
#ifndef VORDEC_CORE_INI_READER_H
#define VORDEC_CORE_INI_READER_H

#include <vordec/vordec.h>

/* Called in order for each [section], even one without entries, and each `key = value`. A status other than OK ends the
 * reading and is returned. */
struct ini_handler {
  enum vordec_status (*section)(void *ctx, const char *section, int line, struct vordec_error *error);
  enum vordec_status (*entry)(void *ctx, const char *section, const char *key, const char *value, int line,
                              struct vordec_error *error);
  void *ctx;
};

/* `name` is used in messages. Syntax errors are E_CONFIG; a file that cannot be read is E_IO. */
enum vordec_status ini_read_text(const char *text, const char *name, const struct ini_handler *handler,
                                 struct vordec_error *error);
enum vordec_status ini_read_file(const char *path, const struct ini_handler *handler, struct vordec_error *error);

#endif

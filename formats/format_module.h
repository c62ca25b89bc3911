/* SPDX-License-Identifier: MIT */
/*
 * format_module.h - formats whose libraries are loaded when a file needs them: format_NAME.so, in the folder of the
 * plugins, which is linked to the library and exports its row of the table of formats.
 *
 * Neither libvordec nor the command links such a library.
 */
#ifndef VORDEC_FORMATS_FORMAT_MODULE_H
#define VORDEC_FORMATS_FORMAT_MODULE_H

#include "array_format.h"

/* What a module exports: its format, or NULL where it was built for another version. */
typedef const struct array_format *(*format_module_entry)(const char *version);
#define FORMAT_MODULE_ENTRY "vordec_format_entry"

/* Loads format_NAME.so and keeps it. what: the format and what it takes, for messages. E_UNSUPPORTED: the module or a
 * library of its is missing, or it belongs to another version. Any thread. */
enum vordec_status format_module_load(const char *name, const char *what, const char *path,
                                      const struct array_format **format, struct vordec_error *error);

#endif

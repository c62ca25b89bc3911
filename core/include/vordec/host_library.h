/* SPDX-License-Identifier: MIT */
/*
 * host_library.h - the library itself: its version, names of codes, sizes of structs; a part of vordec.h, whose
 * conventions hold here.
 */
#ifndef VORDEC_HOST_LIBRARY_H
#define VORDEC_HOST_LIBRARY_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "1.2.3". Static. Any thread. */
VORDEC_API const char *vordec_version(void);
/* git describe at build time. Static. Any thread. */
VORDEC_API const char *vordec_git_describe(void);

/* Stable name of a code: "ok", "refused" .. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_status_name(enum vordec_status status);
/* Stable name of a code: "plugin-not-found" .. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_reason_name(enum vordec_reason reason);
/* What a user can do about it: a clause, empty if nothing is known. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_reason_remedy(enum vordec_reason reason);
/* "discrete", "software" .. Static, never NULL. Any thread. */
VORDEC_API const char *vordec_device_type_name(enum vordec_device_type type);
/* "scatter_lowk" .. "readback". Static, never NULL. Any thread. */
VORDEC_API const char *vordec_stage_name(enum vordec_stage stage);

/* Exit code of the command for a status: 0 done, 1 failed while running, 2 bad usage, config or input, 3 refused. Any
 * thread. */
VORDEC_API int vordec_status_exit_code(enum vordec_status status);

/* Size in bytes of a public struct by its name ("vordec_decode_io"), as this library was built; 0: unknown. For
 * bindings that mirror the structs. Any thread. */
VORDEC_API size_t vordec_struct_size(const char *name);

/* Frees what a function of this header returned as text. Accepts NULL. Any thread. */
VORDEC_API void vordec_free(void *memory);

/* Lower-case hex BLAKE2b-128 (RFC 7693, 16-byte digest, no key) of `size` bytes, NUL-terminated. Any thread. */
VORDEC_API void vordec_hash(const void *data, size_t size, char digest[33]);

#ifdef __cplusplus
}
#endif

#endif

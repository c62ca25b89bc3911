/* SPDX-License-Identifier: MIT */
/* sanitized.h - whether this is built with AddressSanitizer or ThreadSanitizer, whose allocators need address space
 * without limits and keep for a while what is freed. */
#ifndef VORDEC_CONFORMANCE_SANITIZED_H
#define VORDEC_CONFORMANCE_SANITIZED_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

#endif

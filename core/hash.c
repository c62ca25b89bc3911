/* SPDX-License-Identifier: MIT */
/* BLAKE2b-128 of what was computed, as text. */
#include <blake2.h>

#include <vordec/vordec.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hashes are defined over little-endian bytes; this host needs a byte swap here"
#endif

#define DIGEST_BYTES 16

void vordec_hash(const void *data, size_t size, char digest[33]) {
  static const char hex[] = "0123456789abcdef";
  uint8_t bytes[DIGEST_BYTES];
  blake2b_state state;
  blake2b_init(&state, DIGEST_BYTES);
  if (size > 0) blake2b_update(&state, data, size);
  blake2b_final(&state, bytes, DIGEST_BYTES);
  for (int i = 0; i < DIGEST_BYTES; i++) {
    digest[2 * i] = hex[bytes[i] >> 4];
    digest[2 * i + 1] = hex[bytes[i] & 15];
  }
  digest[2 * DIGEST_BYTES] = '\0';
}

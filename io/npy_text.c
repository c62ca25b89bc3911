/* SPDX-License-Identifier: MIT */
#include "npy_text.h"

/* A character of Unicode in UTF-8; how many bytes that took, 0: it is none. */
static size_t put(uint32_t code, unsigned char bytes[4]) {
  if (code < 0x80) {
    bytes[0] = (unsigned char)code;
    return 1;
  }
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0;
  const size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = count; i-- > 1; code >>= 6) bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
  bytes[0] = (unsigned char)(lead[count] | code);
  return count;
}

bool npy_text_take(const struct npy_array *array, size_t i, char *text, size_t size) {
  const size_t length = array->ndim ? array->shape[array->ndim - 1] : 0;
  const size_t texts = array->ndim == 2 ? array->shape[0] : 1;
  size_t used = 0;
  if (array->ndim < 1 || array->ndim > 2 || i >= texts) return false;
  for (size_t at = i * length; at < (i + 1) * length; at++) {
    const bool wide = array->type == NPY_U4;
    const uint32_t code = wide ? ((const uint32_t *)array->data)[at] : ((const unsigned char *)array->data)[at];
    unsigned char bytes[4];
    if (!code) break; /* NumPy fills up with zeros */
    const size_t count = wide ? put(code, bytes) : 1;
    if (!wide) bytes[0] = (unsigned char)code;
    if (!count || used + count >= size) return false;
    for (size_t part = 0; part < count; part++) text[used++] = (char)bytes[part];
  }
  text[used] = '\0';
  return true;
}

/* SPDX-License-Identifier: MIT */
#include "visible_gpu.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "GPU-"

static void uuid_text(const uint8_t uuid[16], char text[33]) {
  for (int i = 0; i < 16; i++) snprintf(text + 2 * i, 3, "%02x", uuid[i]);
}

/* Compares the hexadecimal digits of one name, "GPU-5a000000-..", with the UUID, whatever stands between them. */
static bool is_named(const char *entry, size_t length, const char digits[33]) {
  size_t same = 0;
  for (size_t i = strlen(PREFIX); i < length; i++) {
    if (entry[i] == '-') continue;
    if (same >= 32 || (entry[i] | 0x20) != (digits[same] | 0x20)) return false;
    same++;
  }
  return same > 0; /* the beginning of a UUID is enough, as it is for CUDA */
}

bool visible_gpu(const char *list, const uint8_t uuid[16]) {
  char digits[33];
  if (!list || strncmp(list, PREFIX, strlen(PREFIX)) != 0) return true;
  uuid_text(uuid, digits);
  while (*list) {
    const size_t length = strcspn(list, ",");
    if (strncmp(list, PREFIX, strlen(PREFIX)) == 0 && is_named(list, length, digits)) return true;
    list += length + (list[length] == ',');
  }
  return false;
}

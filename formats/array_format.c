#include "array_format.h"

#include <string.h>

extern const struct array_format npz_format, npy_format;

/* The first is that of files which no other one claims. */
static const struct array_format *const formats[] = {&npz_format, &npy_format};
#define FORMAT_COUNT (sizeof formats / sizeof *formats)

static bool ends_with(const char *path, const char *extension) {
  const size_t length = strlen(path), wanted = strlen(extension);
  return length >= wanted && strcmp(path + length - wanted, extension) == 0;
}

enum vordec_status array_format_open(const char *path, struct array_source **source, struct vordec_error *error) {
  for (size_t i = 0; i < FORMAT_COUNT; i++) {
    if (formats[i]->recognises && formats[i]->recognises(path)) return formats[i]->open(path, source, error);
  }
  return formats[0]->open(path, source, error);
}

enum vordec_status array_format_create(const char *path, struct array_sink **sink, struct vordec_error *error) {
  for (size_t i = 0; i < FORMAT_COUNT; i++) {
    if (formats[i]->create && ends_with(path, formats[i]->extension)) return formats[i]->create(path, sink, error);
  }
  return formats[0]->create(path, sink, error);
}

/* SPDX-License-Identifier: MIT */
#include "mat_whole.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define HEADER_BYTES 128
#define SWAPPED_AT 126 /* "IM": as this machine has it; "MI": the other way round */
#define MATRIX 14u
#define PACKED 15u
#define NAME_MAX_BYTES 256
#define PIECE 16384u

/* Bytes of an element of each kind of stored value. */
static const unsigned sizes[] = {
    [1] = 1, [2] = 1, [3] = 2, [4] = 2, [5] = 4, [6] = 4, [7] = 4, [9] = 8, [12] = 8, [13] = 8};

struct file {
  int fd;
  bool swapped;
  uint64_t bytes;
};

/* A part of the file from `at` to before `end`; what it is packed into, if so. */
struct content {
  const struct file *file;
  uint64_t at, end;
  bool packed;
  z_stream stream;
  unsigned char piece[PIECE];
};

static bool read_at(const struct file *file, uint64_t at, void *to, size_t size) {
  return at <= file->bytes && size <= file->bytes - at && pread(file->fd, to, size, (off_t)at) == (ssize_t)size;
}

static bool refill(struct content *content) {
  const uint64_t left = content->end - content->at;
  const size_t size = left < PIECE ? (size_t)left : PIECE;
  if (size == 0 || !read_at(content->file, content->at, content->piece, size)) return false;
  content->at += size;
  content->stream.next_in = content->piece;
  content->stream.avail_in = (unsigned)size;
  return true;
}

/* The next bytes, at most UINT_MAX. */
static bool take(struct content *content, void *to, unsigned size) {
  if (!content->packed) {
    if (size > content->end - content->at || !read_at(content->file, content->at, to, size)) return false;
    content->at += size;
    return true;
  }
  content->stream.next_out = to;
  content->stream.avail_out = size;
  while (content->stream.avail_out > 0) {
    if (content->stream.avail_in == 0 && !refill(content)) return false;
    const int code = inflate(&content->stream, Z_NO_FLUSH);
    if (code != Z_OK && !(code == Z_STREAM_END && content->stream.avail_out == 0)) return false;
  }
  return true;
}

/* Passes over bytes; only what is packed has to be looked at. */
static bool pass(struct content *content, uint64_t size) {
  unsigned char passed[4096];
  if (!content->packed) {
    if (size > content->end - content->at) return false;
    content->at += size;
    return true;
  }
  for (; size > 0; size -= size < sizeof passed ? size : sizeof passed) {
    if (!take(content, passed, (unsigned)(size < sizeof passed ? size : sizeof passed))) return false;
  }
  return true;
}

/* Whether what is packed ends behind at most a word of padding, with the right checksum. */
static bool ends(struct content *content) {
  unsigned char padding[8];
  if (!content->packed) return true;
  content->stream.next_out = padding;
  content->stream.avail_out = sizeof padding;
  for (;;) {
    const int code = inflate(&content->stream, Z_NO_FLUSH);
    if (code == Z_STREAM_END) return true;
    const bool starved = (code == Z_OK || code == Z_BUF_ERROR) && content->stream.avail_in == 0;
    if (!starved || !refill(content)) return false;
  }
}

struct element {
  uint32_t kind, bytes;
  bool small; /* its bytes, at most 4, stand in the tag */
  unsigned char held[4];
};

static uint32_t number(const struct file *file, const unsigned char *at) {
  uint32_t value = 0;
  memcpy(&value, at, sizeof value);
  return file->swapped ? __builtin_bswap32(value) : value;
}

static bool take_tag(struct content *content, struct element *element) {
  unsigned char tag[8];
  if (!take(content, tag, sizeof tag)) return false;
  *element = (struct element){number(content->file, tag), number(content->file, tag + 4), false, {0}};
  if (element->kind >> 16) {
    element->small = true;
    element->bytes = element->kind >> 16;
    element->kind &= 0xffff;
    memcpy(element->held, tag + 4, sizeof element->held);
  }
  return !element->small || element->bytes <= sizeof element->held;
}

/* Passes over what elements hold, filled up to whole words of 8 bytes. */
static bool pass_elements(struct content *content, int count) {
  for (int i = 0; i < count; i++) {
    struct element element;
    if (!take_tag(content, &element)) return false;
    if (!element.small && !pass(content, ((uint64_t)element.bytes + 7) / 8 * 8)) return false;
  }
  return true;
}

static bool take_name(struct content *content, char name[NAME_MAX_BYTES]) {
  struct element element;
  unsigned char padding[8];
  if (!take_tag(content, &element) || element.bytes >= NAME_MAX_BYTES) return false;
  name[element.bytes] = '\0';
  if (element.small) {
    memcpy(name, element.held, element.bytes);
    return true;
  }
  return take(content, name, element.bytes) && take(content, padding, (8 - element.bytes % 8) % 8);
}

/* Values of the right number; in front of others also what fills their last word of 8 bytes. */
static bool pass_values(struct content *content, uint64_t count, bool others) {
  struct element values;
  if (!take_tag(content, &values)) return false;
  const unsigned size = values.kind < sizeof sizes / sizeof *sizes ? sizes[values.kind] : 0;
  if (size == 0 || values.bytes % size != 0 || values.bytes / size != count) return false;
  return values.small || pass(content, others ? ((uint64_t)values.bytes + 7) / 8 * 8 : values.bytes);
}

/* Whether the next part of a path is this name; what comes behind it, empty where nothing does. */
static bool leads_on(const char *path, const char *name, const char **rest) {
  const size_t length = strlen(name);
  if (strncmp(path, name, length) != 0 || (path[length] && path[length] != '/')) return false;
  *rest = path + length + (path[length] == '/');
  return true;
}

/* The names of a struct's fields: how many there are, and which one comes next on the path. */
static bool take_fields(struct content *content, const char *path, uint32_t *count, uint32_t *wanted,
                        const char **rest) {
  struct element length, names;
  char name[NAME_MAX_BYTES], padding[8];
  if (!take_tag(content, &length) || !length.small || length.bytes != 4 || !take_tag(content, &names)) return false;
  const uint32_t bytes = number(content->file, length.held);
  if (bytes == 0 || bytes >= sizeof name || names.bytes % bytes != 0) return false;
  *count = *wanted = names.bytes / bytes;
  for (uint32_t i = 0; i < *count; i++) {
    if (names.small) {
      memcpy(name, names.held + (size_t)i * bytes, bytes);
    } else if (!take(content, name, bytes)) {
      return false;
    }
    name[bytes] = '\0';
    if (*wanted == *count && leads_on(path, name, rest)) *wanted = i;
  }
  return names.small || take(content, padding, (8 - names.bytes % 8) % 8);
}

static bool pass_fields(struct content *content, uint32_t count) {
  struct element field;
  for (uint32_t i = 0; i < count; i++) {
    if (!take_tag(content, &field) || field.kind != MATRIX || field.small || !pass(content, field.bytes)) return false;
  }
  return true;
}

/* Passes over the rest of a matrix, whose flags, dimensions and name have been read, down to its end. True: what the
 * path leads to has that many values, and nothing is missing. */
static bool is_whole(struct content *content, const char *path, uint64_t count) { /* NOLINT(misc-no-recursion) */
  uint32_t fields = 0, wanted = 0;
  char name[NAME_MAX_BYTES];
  const char *rest = "";
  struct element field;
  if (!*path) return pass_values(content, count, true);
  if (!take_fields(content, path, &fields, &wanted, &rest) || wanted == fields) return false;
  if (!pass_fields(content, wanted) || !take_tag(content, &field) || field.kind != MATRIX || field.small) return false;
  if (!pass_elements(content, 2) || !take_name(content, name) || !is_whole(content, rest, count)) return false;
  return pass_fields(content, fields - wanted - 1);
}

/* Array flags, dimensions, name and values of the matrix that comes next. True: it is the one, and `whole` says the
 * rest. */
static bool look_at(struct content *content, const char *wanted, uint64_t count, bool *whole) {
  char name[NAME_MAX_BYTES];
  const char *rest = "";
  if (!pass_elements(content, 2) || !take_name(content, name) || !leads_on(wanted, name, &rest)) return false;
  *whole = (*rest ? is_whole(content, rest, count) : pass_values(content, count, false)) && ends(content);
  return true;
}

/* A variable's content, from behind its tag on. True: it is the one. */
static bool look_into(struct content *content, const char *wanted, uint64_t count, bool *whole) {
  struct element matrix;
  if (!content->packed) return look_at(content, wanted, count, whole);
  if (inflateInit(&content->stream) != Z_OK) return false;
  const bool found = take_tag(content, &matrix) && matrix.kind == MATRIX && look_at(content, wanted, count, whole);
  inflateEnd(&content->stream);
  return found;
}

static bool look_through(const struct file *file, const char *name, uint64_t count) {
  unsigned char tag[8];
  bool whole = false;
  for (uint64_t at = HEADER_BYTES; read_at(file, at, tag, sizeof tag);) {
    const uint32_t kind = number(file, tag), bytes = number(file, tag + 4);
    const uint64_t end = at + sizeof tag + bytes;
    struct content content = {.file = file, .at = at + sizeof tag, .end = end, .packed = kind == PACKED};
    if (end > file->bytes) return false;
    if ((kind == MATRIX || kind == PACKED) && look_into(&content, name, count, &whole)) return whole;
    at = end;
  }
  return false;
}

bool mat_variable_is_whole(const char *path, const char *name, uint64_t count) {
  struct file file = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat info;
  char order[2];
  if (file.fd < 0) return false;
  file.bytes = fstat(file.fd, &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
  const bool readable = read_at(&file, SWAPPED_AT, order, sizeof order);
  file.swapped = readable && order[0] == 'M';
  const bool whole = readable && look_through(&file, name, count);
  close(file.fd);
  return whole;
}

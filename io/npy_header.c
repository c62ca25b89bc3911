/* SPDX-License-Identifier: MIT */
#include "npy_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "arrays are read and written as they lie in memory, which has to be little endian"
#endif

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6u

static const struct {
  const char *name;
  size_t size;
} types[NPY_TYPE_COUNT] = {
    [NPY_F2] = {"<f2", 2}, [NPY_F4] = {"<f4", 4}, [NPY_F8] = {"<f8", 8}, [NPY_I1] = {"|i1", 1},
    [NPY_I2] = {"<i2", 2}, [NPY_I4] = {"<i4", 4}, [NPY_I8] = {"<i8", 8}, [NPY_U1] = {"|u1", 1},
    [NPY_U2] = {"<u2", 2}, [NPY_U4] = {"<u4", 4}, [NPY_U8] = {"<u8", 8}, [NPY_B1] = {"|b1", 1},
};

size_t npy_type_size(enum npy_type type) {
  return types[type].size;
}

const char *npy_type_name(enum npy_type type) {
  return types[type].name;
}

/* An axis of length 0 makes the product 0, but the others must still multiply to something that fits: numpy counts
 * them too when it computes strides. */
bool npy_header_measure(struct npy_header *header) {
  if (header->ndim > NPY_MAX_NDIM) return false;
  size_t bytes = npy_type_size(header->type);
  bool empty = false;
  for (uint32_t i = 0; i < header->ndim; ++i) {
    const size_t length = header->shape[i];
    if (length == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(bytes, length, &bytes) || bytes > PTRDIFF_MAX) {
      return false;
    }
  }
  header->data_bytes = empty ? 0 : bytes;
  header->count = header->data_bytes / npy_type_size(header->type);
  return true;
}

static enum vordec_status fail_input(struct vordec_error *error, const char *name, const char *what) {
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %s", name, what);
}

enum vordec_status npy_header_length(const unsigned char *bytes, size_t available, const char *name, size_t *total,
                                     struct vordec_error *error) {
  if (available < MAGIC_BYTES || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0) {
    return fail_input(error, name, "not an .npy array (the magic bytes are missing)");
  }
  const unsigned major = available > MAGIC_BYTES ? bytes[MAGIC_BYTES] : 0;
  const unsigned minor = available > MAGIC_BYTES + 1 ? bytes[MAGIC_BYTES + 1] : 0;
  const size_t length_bytes = major == 1 ? 2 : 4;
  const size_t start = MAGIC_BYTES + 2 + length_bytes;
  if (available < start) return fail_input(error, name, "the .npy header is cut short");
  if (major < 1 || major > 3 || minor != 0) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE,
                       "%s: .npy version %u.%u is not supported (1.0, 2.0 and 3.0 are)", name, major, minor);
  }
  size_t length = 0;
  for (size_t i = length_bytes; i-- > 0;) length = length << 8 | bytes[MAGIC_BYTES + 2 + i];
  if (length > NPY_HEADER_MAX_BYTES) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: the .npy header claims %zu bytes, more than %u",
                       name, length, NPY_HEADER_MAX_BYTES);
  }
  *total = start + length;
  return VORDEC_OK;
}

/* ---- the header's dictionary: a Python literal such as {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } */

struct cursor {
  const char *at, *end;
};

static void skip_space(struct cursor *c) {
  while (c->at < c->end && strchr(" \t\r\n", *c->at) && *c->at) ++c->at;
}

/* Skips spaces, then takes one given character if it comes next. */
static bool take(struct cursor *c, char wanted) {
  skip_space(c);
  if (c->at >= c->end || *c->at != wanted) return false;
  ++c->at;
  return true;
}

static bool take_word(struct cursor *c, const char *word) {
  skip_space(c);
  const size_t length = strlen(word);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return false;
  c->at += length;
  return true;
}

/* A quoted string of printable ASCII without escapes, shorter than size. */
static bool take_string(struct cursor *c, char *text, size_t size) {
  skip_space(c);
  if (c->at >= c->end || (*c->at != '\'' && *c->at != '"')) return false;
  const char quote = *c->at++;
  size_t length = 0;
  while (c->at < c->end && *c->at != quote) {
    const char letter = *c->at++;
    if (letter < ' ' || letter > '~' || letter == '\\' || length + 1 >= size) return false;
    text[length++] = letter;
  }
  text[length] = '\0';
  return take(c, quote);
}

/* A decimal integer, with the L that Python 2 put behind long ones. Lengths that do not fit saturate, and are refused
 * as too large later. */
static bool take_length(struct cursor *c, size_t *value) {
  skip_space(c);
  const char *start = c->at;
  size_t length = 0;
  while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
    const size_t digit = (size_t)(*c->at++ - '0');
    if (__builtin_mul_overflow(length, 10u, &length) || __builtin_add_overflow(length, digit, &length)) {
      length = SIZE_MAX;
    }
  }
  *value = length;
  if (c->at == start) return false;
  if (c->at < c->end && *c->at == 'L') ++c->at;
  return true;
}

enum dict_key { KEY_DESCR = 1, KEY_ORDER = 2, KEY_SHAPE = 4, KEY_ALL = 7 };

struct dict {
  char descr[NPY_DESCR_MAX]; /* "" : not a plain string (a structured type) */
  bool fortran_order;
  size_t shape[NPY_MAX_NDIM];
  size_t ndim; /* may exceed NPY_MAX_NDIM; then shape holds the first */
};

/* (), (n,), (n, m) and so on; one element needs its comma, or it would be a number in brackets. */
static bool take_shape(struct cursor *c, struct dict *dict) {
  if (!take(c, '(')) return false;
  dict->ndim = 0;
  bool comma = true;
  while (!take(c, ')')) {
    size_t length = 0;
    if (!comma || !take_length(c, &length)) return false;
    if (dict->ndim < NPY_MAX_NDIM) dict->shape[dict->ndim] = length;
    ++dict->ndim;
    comma = take(c, ',');
  }
  return dict->ndim != 1 || comma;
}

static bool take_value(struct cursor *c, enum dict_key key, struct dict *dict, bool *structured) {
  if (key == KEY_SHAPE) return take_shape(c, dict);
  if (key == KEY_ORDER) {
    dict->fortran_order = take_word(c, "True");
    return dict->fortran_order || take_word(c, "False");
  }
  skip_space(c);
  *structured = c->at < c->end && *c->at == '[';
  return !*structured && take_string(c, dict->descr, sizeof dict->descr);
}

static enum dict_key dict_key_of(const char *name) {
  if (strcmp(name, "descr") == 0) return KEY_DESCR;
  if (strcmp(name, "fortran_order") == 0) return KEY_ORDER;
  return strcmp(name, "shape") == 0 ? KEY_SHAPE : (enum dict_key)0;
}

/* False: malformed, or structured. The three keys, each once and in any order, and nothing after the brace but spaces.
 */
static bool parse_dict(struct cursor *c, struct dict *dict, bool *structured) {
  unsigned seen = 0;
  bool comma = true;
  if (!take(c, '{')) return false;
  while (!take(c, '}')) {
    char name[16];
    if (!comma || !take_string(c, name, sizeof name) || !take(c, ':')) return false;
    const enum dict_key key = dict_key_of(name);
    if (!key || (seen & key) || !take_value(c, key, dict, structured)) return false;
    seen |= key;
    comma = take(c, ',');
  }
  skip_space(c);
  return seen == KEY_ALL && c->at == c->end;
}

/* What a numpy type code stands for, for messages, and what to do with such an array. */
static const struct {
  char code;
  const char *what, *advice; /* NULL: save it as something else */
} strangers[] = {
    {'c', "complex",
     "if it is a spectrum, save the field at the points of the grid (numpy.fft.ifft2 or irfft2); if not, its real "
     "part"},
    {'f', "extended precision", "save it in double precision, array.astype('float64')"},
    {'O', "Python objects", "save the arrays of numbers in it as arrays of their own"},
    {'S', "text", NULL},
    {'U', "text", NULL},
    {'V', "raw bytes", NULL},
    {'M', "dates", NULL},
    {'m', "dates", NULL},
};

/* The byte order means nothing to types of one byte, so any mark will do there. */
static bool find_type(const char *descr, struct npy_header *header) {
  for (int i = 0; i < NPY_TYPE_COUNT; ++i) {
    const bool order_fits = descr[0] && strchr(types[i].size == 1 ? "|<>=" : "<>", descr[0]);
    if (order_fits && strcmp(descr + 1, types[i].name + 1) == 0) {
      header->type = (enum npy_type)i;
      header->big_endian = types[i].size > 1 && descr[0] == '>';
      return true;
    }
  }
  return false;
}

static bool find_dates(const char *descr, struct npy_header *header) {
  if (!npy_dates_parse(descr, &header->dates)) return false;
  header->kind = NPY_DATES;
  header->type = NPY_I8;
  header->big_endian = descr[0] == '>';
  return true;
}

/* "<U5" or "|S5"; its length counts as an axis. */
static bool find_texts(const char *descr, struct dict *dict, struct npy_header *header) {
  char *end = NULL;
  if (!descr[0] || !strchr("<>|", descr[0]) || (descr[1] != 'U' && descr[1] != 'S')) return false;
  if (descr[2] < '0' || descr[2] > '9' || dict->ndim >= NPY_MAX_NDIM) return false;
  header->kind = NPY_TEXTS;
  header->type = descr[1] == 'U' ? NPY_U4 : NPY_U1;
  header->big_endian = descr[1] == 'U' && descr[0] == '>';
  dict->shape[dict->ndim++] = strtoul(descr + 2, &end, 10);
  return !*end;
}

enum vordec_status npy_header_refuse(const struct npy_header *header, const char *name, struct vordec_error *error) {
  const char code = header->descr[0] ? header->descr[1] : '\0', *what = "unknown", *advice = NULL;
  for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
    if (strangers[i].code != code) continue;
    what = strangers[i].what;
    advice = strangers[i].advice;
  }
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: type '%s' (%s) is not supported; %s", name,
                     header->descr, what,
                     advice ? advice : "save it as real numbers of 2 to 8 bytes, integers of 1 to 8 bytes or booleans");
}

enum vordec_status npy_header_parse(const unsigned char *bytes, size_t total, const char *name,
                                    struct npy_header *header, struct vordec_error *error) {
  const size_t start = MAGIC_BYTES + 2 + (bytes[MAGIC_BYTES] == 1 ? 2 : 4);
  struct cursor c = {(const char *)bytes + start, (const char *)bytes + total};
  struct dict dict = {0};
  bool structured = false;
  if (!parse_dict(&c, &dict, &structured)) {
    return fail_input(error, name,
                      structured ? "a structured type is not supported; save its columns as arrays of their own"
                                 : "the .npy header is malformed");
  }
  *header = (struct npy_header){.bytes = total};
  memcpy(header->descr, dict.descr, sizeof header->descr);
  if (!find_type(dict.descr, header) && !find_dates(dict.descr, header) && !find_texts(dict.descr, &dict, header)) {
    return npy_header_refuse(header, name, error);
  }
  if (dict.ndim > NPY_MAX_NDIM) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %zu axes, at most %u are supported", name,
                       dict.ndim, NPY_MAX_NDIM);
  }
  header->fortran = dict.fortran_order && dict.ndim > 1;
  header->ndim = (uint32_t)dict.ndim;
  memcpy(header->shape, dict.shape, sizeof dict.shape);
  if (!npy_header_measure(header)) return fail_input(error, name, "the shape is too large for this machine");
  return VORDEC_OK;
}

void npy_header_format(struct npy_header *header, unsigned char bytes[NPY_FORMAT_MAX_BYTES]) {
  char text[NPY_FORMAT_MAX_BYTES];
  int length =
      snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", npy_type_name(header->type));
  for (uint32_t i = 0; i < header->ndim; ++i) {
    const char *separator = header->ndim == 1 ? "," : i + 1 < header->ndim ? ", " : "";
    length += snprintf(text + length, sizeof text - (size_t)length, "%zu%s", header->shape[i], separator);
  }
  length += snprintf(text + length, sizeof text - (size_t)length, "), }");

  const size_t start = MAGIC_BYTES + 4;
  const size_t total = (start + (size_t)length + 1 + 63) / 64 * 64;
  memset(bytes, ' ', total);
  memcpy(bytes, MAGIC "\x01\x00", MAGIC_BYTES + 2);
  bytes[MAGIC_BYTES + 2] = (unsigned char)((total - start) & 0xff);
  bytes[MAGIC_BYTES + 3] = (unsigned char)((total - start) >> 8);
  memcpy(bytes + start, text, (size_t)length);
  bytes[total - 1] = '\n';
  header->bytes = total;
}

/* SPDX-License-Identifier: MIT */
#include "octave_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#define TYPE "/type"
#define VALUE "/value"

struct octave_source {
  struct array_source source;
  struct array_source *file;
};

static struct array_source *file_of(const struct array_source *source) {
  return ((const struct octave_source *)source)->file;
}

static bool ends_in(const char *name, const char *end) {
  const size_t length = strlen(name), tail = strlen(end);
  return length > tail && strcmp(name + length - tail, end) == 0;
}

/* "S/w" from "S/value/w/value". False: it is no variable's name. */
static bool shorten(const char *inner, char name[ARRAY_NAME_MAX]) {
  size_t used = 0;
  for (const char *at = inner; *at;) {
    const size_t part = strcspn(at, "/");
    if (strncmp(at + part, VALUE, strlen(VALUE)) != 0 || used + part + 2 > ARRAY_NAME_MAX) return false;
    used += (size_t)snprintf(name + used, ARRAY_NAME_MAX - used, "%s%.*s", used ? "/" : "", (int)part, at);
    at += part + strlen(VALUE);
    if (*at == '/')
      at++;
    else if (*at)
      return false;
  }
  return used > 0;
}

/* The way back; empty: the name is too long. */
static const char *lengthen(const char *name, char inner[ARRAY_NAME_MAX]) {
  size_t used = 0;
  for (const char *at = name; *at;) {
    const size_t part = strcspn(at, "/");
    if (used + part + sizeof "/" VALUE > ARRAY_NAME_MAX) {
      inner[0] = '\0';
      return inner;
    }
    used += (size_t)snprintf(inner + used, ARRAY_NAME_MAX - used, "%s%.*s" VALUE, used ? "/" : "", (int)part, at);
    at += part;
    if (*at == '/') at++;
  }
  if (!used) inner[0] = '\0';
  return inner;
}

/* A variable by its name, or by the path of its value in the file. */
static const char *find_variable(const struct array_source *source, const char *name, char inner[ARRAY_NAME_MAX]) {
  char shown[ARRAY_NAME_MAX];
  lengthen(name, inner);
  if (!array_source_has(file_of(source), inner) && shorten(name, shown)) {
    snprintf(inner, ARRAY_NAME_MAX, "%s", name);
  }
  return inner;
}

/* What Octave calls the type of a variable: "matrix". */
static bool type_of(struct array_source *file, const char *inner, char type[ARRAY_NAME_MAX]) {
  char name[ARRAY_NAME_MAX];
  const size_t stem = strlen(inner) - strlen(VALUE);
  snprintf(name, sizeof name, "%.*s" TYPE, (int)stem, inner);
  return array_source_text(file, name, ARRAY_SOURCE_CONTENT, 0, type);
}

static bool source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  char inner[ARRAY_NAME_MAX];
  while (array_source_next(file_of(source), at, inner)) {
    if (shorten(inner, name)) return true;
  }
  return false;
}

static bool source_has(const struct array_source *source, const char *name) {
  char inner[ARRAY_NAME_MAX];
  return array_source_has(file_of(source), find_variable(source, name, inner));
}

static enum vordec_status source_describe(struct array_source *source, const char *name, struct npy_form *form,
                                          struct vordec_error *error) {
  char inner[ARRAY_NAME_MAX];
  return array_source_describe(file_of(source), find_variable(source, name, inner), form, error);
}

static enum vordec_status source_read(struct array_source *source, const char *name, struct npy_array *array,
                                      struct vordec_error *error) {
  char inner[ARRAY_NAME_MAX];
  return array_source_read(file_of(source), find_variable(source, name, inner), array, error);
}

static enum vordec_status source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                            struct vordec_error *error) {
  char inner[ARRAY_NAME_MAX];
  return array_source_open_slabs(file_of(source), find_variable(source, name, inner), slabs, error);
}

/* MATLAB's word for booleans is the only one that anybody asks for. */
static bool source_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                        char text[ARRAY_NAME_MAX]) {
  char inner[ARRAY_NAME_MAX];
  find_variable(source, name, inner);
  if (strcmp(attribute, ARRAY_SOURCE_CONTENT) == 0)
    return array_source_text(file_of(source), inner, attribute, i, text);
  if (strcmp(attribute, "MATLAB_class") != 0 || i > 0 || !inner[0] || !type_of(file_of(source), inner, text))
    return false;
  snprintf(text, ARRAY_NAME_MAX, "%s", strncmp(text, "bool", 4) == 0 ? "logical" : "double");
  return true;
}

static bool source_next_other(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                              char kind[ARRAY_NAME_MAX]) {
  char inner[ARRAY_NAME_MAX];
  while (array_source_next_other(file_of(source), at, inner, kind)) {
    if (ends_in(inner, TYPE)) continue;
    if (!shorten(inner, name)) snprintf(name, ARRAY_NAME_MAX, "%s", inner);
    if (ends_in(inner, VALUE)) type_of(file_of(source), inner, kind);
    return true;
  }
  return false;
}

static enum vordec_status source_check(struct array_source *source, struct vordec_error *error) {
  return array_source_check(file_of(source), error);
}

static void source_close(struct array_source *source) {
  array_source_close(file_of(source));
  free(source);
}

/* All of its arrays are values of variables, of types that Octave knows. */
static bool is_octave(struct array_source *source) {
  char name[ARRAY_NAME_MAX], shown[ARRAY_NAME_MAX], type[ARRAY_NAME_MAX];
  size_t variables = 0;
  for (size_t at = 0; array_source_next(source, &at, name); variables++) {
    if (ends_in(name, "/dims")) continue; /* of a cell array */
    if (!shorten(name, shown) || !type_of(source, name, type)) return false;
    if (!strstr(type, "matrix") && !strstr(type, "scalar") && !strstr(type, "bool") && !strstr(type, "range"))
      return false;
  }
  return variables > 0;
}

enum vordec_status octave_source_wrap(struct array_source **source, struct vordec_error *error) {
  static const struct array_source_methods methods = {
      .next = source_next,
      .has = source_has,
      .describe = source_describe,
      .read = source_read,
      .open_slabs = source_open_slabs,
      .text = source_text,
      .next_other = source_next_other,
      .check = source_check,
      .close = source_close,
  };
  struct array_source *file = *source;
  if (strcmp(file->format, "hdf5") != 0 || !is_octave(file)) return VORDEC_OK;
  struct octave_source *own = malloc(sizeof *own);
  if (!own) {
    *source = NULL;
    vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", file->path);
    array_source_close(file);
    return VORDEC_E_NO_MEMORY;
  }
  *own = (struct octave_source){{&methods, file->path, "mat73"}, file};
  *source = &own->source;
  return VORDEC_OK;
}

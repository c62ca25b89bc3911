/* SPDX-License-Identifier: MIT */
#include "trajectory_listing.h"

#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "trajectory_units.h"
#include "trajectory_usual.h"

#define LISTING_BYTES 400

struct listing {
  char text[LISTING_BYTES];
  size_t used, more;
};

/* While there is room. */
static void list_item(struct listing *listing, const char *name, const char *what, const char *type) {
  char item[ARRAY_NAME_MAX + NPY_SHAPE_TEXT_MAX + ARRAY_NAME_MAX + 8];
  const int length =
      snprintf(item, sizeof item, "%s%s %s%s%s", listing->used ? ", " : "", name, what, *type ? " " : "", type);
  if (listing->more || listing->used + (size_t)length + 24 > sizeof listing->text) {
    listing->more++;
    return;
  }
  memcpy(listing->text + listing->used, item, (size_t)length + 1);
  listing->used += (size_t)length;
}

const char *trajectory_quoted(const char *name, char quoted[ARRAY_NAME_MAX + 8]) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:+-@%=";
  bool is_plain = *name && *name != '-';
  for (const char *at = name; *at && is_plain; at++) is_plain = (*at & 0x80) || strchr(plain, *at);
  const char *quote = is_plain ? "" : strchr(name, '\'') ? "\"" : "'";
  snprintf(quoted, ARRAY_NAME_MAX + 8, "%s%.*s%s", quote, ARRAY_NAME_MAX, name, quote);
  return quoted;
}

bool trajectory_is_hidden(const char *name) {
  return strncmp(name, "#refs#/", 7) == 0 || strncmp(name, "#subsystem#/", 12) == 0;
}

/* Whether a name is GROUP/NUMBER of the same group as the one before; keeps the group. */
static bool is_next_step(const char *name, char group[ARRAY_NAME_MAX]) {
  const size_t length = (size_t)(trajectory_last_part(name) - name);
  const bool number = trajectory_usual_step(name);
  const bool same = number && strncmp(group, name, length) == 0 && group[length] == '\0';
  memcpy(group, name, number ? length : 0);
  group[number ? length : 0] = '\0';
  return same;
}

/* What an array's numbers are, for people. */
static const char *type_of(struct array_source *source, const char *name, const struct npy_form *form,
                           char text[ARRAY_NAME_MAX]) {
  const bool dates = trajectory_units_are_dates(source, name) && array_source_text(source, name, "units", 0, text);
  return dates ? text : npy_type_name(form->type);
}

/* Of arrays that are steps of a series, the first one. */
static void list_arrays(struct array_source *source, struct listing *listing) {
  char name[ARRAY_NAME_MAX], shape[NPY_SHAPE_TEXT_MAX], type[ARRAY_NAME_MAX], group[ARRAY_NAME_MAX] = "";
  struct npy_form form;
  struct vordec_error ignored;
  for (size_t at = 0; array_source_next(source, &at, name);) {
    if (trajectory_is_hidden(name) || is_next_step(name, group)) continue;
    if (listing->more) { /* it is counted, whatever it is */
      listing->more++;
    } else if (array_source_describe(source, name, &form, &ignored)) {
      list_item(listing, name, "(not readable)", "");
    } else {
      list_item(listing, name, npy_shape_text(form.shape, form.ndim, shape, sizeof shape),
                type_of(source, name, &form, type));
    }
  }
}

static void list_others(struct array_source *source, struct listing *listing) {
  char name[ARRAY_NAME_MAX], kind[ARRAY_NAME_MAX], what[ARRAY_NAME_MAX + 4], group[ARRAY_NAME_MAX] = "";
  for (size_t at = 0; array_source_next_other(source, &at, name, kind);) {
    if (is_next_step(name, group)) continue;
    snprintf(what, sizeof what, "(%s)", kind);
    list_item(listing, name, what, "");
  }
}

enum vordec_status trajectory_fail_found(struct array_source *source, const char *what, struct vordec_error *error) {
  struct listing listing = {.text = ""};
  char more[32] = "";
  list_arrays(source, &listing);
  const bool numbers = listing.used > 0;
  list_others(source, &listing);
  if (listing.more) snprintf(more, sizeof more, " and %zu more", listing.more);
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: it holds %s%s%s%s", source->path, what,
                     numbers ? "" : "no array of numbers", !numbers && listing.used ? ", but " : "", listing.text,
                     more);
}

static const char *advice(const char *kind) {
  if (strncmp(kind, "soft link", 9) == 0) return "name the array that it leads to";
  if (strncmp(kind, "array of structs", 16) == 0 || strncmp(kind, "cell", 4) == 0)
    return "save the array in it as a variable of its own";
  if (strcmp(kind, TRAJECTORY_COMPLEX) == 0)
    return "spectra are not read; save the vorticity at the points of the grid, and name that";
  return "only arrays of numbers can be read";
}

static bool is_group(struct array_source *source, const char *key) {
  const size_t length = strlen(key);
  char name[ARRAY_NAME_MAX];
  for (size_t at = 0; array_source_next(source, &at, name);) {
    if (strncmp(name, key, length) == 0 && name[length] == '/') return true;
  }
  return false;
}

/* The shape of an array KEY/STEP; false: there is none. */
static bool has_steps(struct array_source *source, const char *key, char shape[NPY_SHAPE_TEXT_MAX]) {
  const size_t length = strlen(key);
  char name[ARRAY_NAME_MAX];
  struct npy_form form;
  struct vordec_error ignored;
  for (size_t at = 0; array_source_next(source, &at, name);) {
    if (strncmp(name, key, length) != 0 || name[length] != '/' || !trajectory_usual_step(name)) continue;
    if (array_source_describe(source, name, &form, &ignored)) return false;
    npy_shape_text(form.shape, form.ndim, shape, NPY_SHAPE_TEXT_MAX);
    return true;
  }
  return false;
}

enum vordec_status trajectory_fail_key(struct array_source *source, const char *key, struct vordec_error *error) {
  char name[ARRAY_NAME_MAX], kind[ARRAY_NAME_MAX], what[2 * ARRAY_NAME_MAX + 64], shape[NPY_SHAPE_TEXT_MAX];
  for (size_t at = 0; array_source_next_other(source, &at, name, kind);) {
    if (strcmp(name, key) != 0) continue;
    const char *a = strchr("aeiou", kind[0]) ? "an" : "a";
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s is %s %s; %s", source->path, key, a, kind, advice(kind));
  }
  const size_t length = strlen(key);
  for (size_t at = 0; array_source_next_other(source, &at, name, kind);) {
    if (strncmp(name, key, length) != 0 || name[length] != '/' || strcmp(kind, TRAJECTORY_COMPLEX) != 0) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s is an %s; %s", source->path, name, kind, advice(kind));
  }
  if (is_group(source, key)) {
    if (has_steps(source, key, shape)) {
      return vordec_fail(error, VORDEC_E_INPUT, 0,
                         "%s: the frames in %s have the shape %s; of such series only frames of two axes are read",
                         source->path, key, shape);
    }
    snprintf(what, sizeof what, "%s is a group; name one of its arrays", key);
    return trajectory_fail_found(source, what, error);
  }
  snprintf(what, sizeof what, "there is no array '%s'", key);
  return trajectory_fail_found(source, what, error);
}

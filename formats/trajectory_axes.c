/* SPDX-License-Identifier: MIT */
#include "trajectory_axes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "trajectory_axis_name.h"
#include "trajectory_usual.h"

/* ---- what the file calls them */

/* What the array of its positions says: CF's attributes. */
static char positions_letter(struct array_source *source, const char *name) {
  static const struct {
    const char *begins;
    char letter;
  } units[] = {{"degrees_e", 'x'}, {"degree_e", 'x'}, {"degrees_n", 'y'}, {"degree_n", 'y'}};
  char text[ARRAY_NAME_MAX];
  if (array_source_text(source, name, "axis", 0, text) && strlen(text) == 1 && strchr("TZYX", text[0])) {
    return trajectory_axis_letter(text);
  }
  if (array_source_text(source, name, "standard_name", 0, text)) return trajectory_axis_letter(text);
  if (!array_source_text(source, name, "units", 0, text)) return '\0';
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (strncasecmp(text, units[i].begins, strlen(units[i].begins)) == 0) return units[i].letter;
  }
  return '\0';
}

/* By the name of the axis, or what is known of that name. */
static char letter_of(struct array_source *source, const char *key, uint32_t axis, char name[ARRAY_NAME_MAX]) {
  array_source_axis_name(source, key, axis, name);
  const char letter = trajectory_axis_letter(name);
  return letter || !name[0] ? letter : positions_letter(source, name);
}

/* Two axes along x, x1 and x2: the second one is y. */
static void split_numbered(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  char name[ARRAY_NAME_MAX], other[ARRAY_NAME_MAX];
  char *first = memchr(axes, 'x', form->ndim);
  char *second = first ? memchr(first + 1, 'x', form->ndim - (size_t)(first + 1 - axes)) : NULL;
  if (!second || memchr(axes, 'y', form->ndim)) return;
  array_source_axis_name(source, key, (uint32_t)(first - axes), name);
  array_source_axis_name(source, key, (uint32_t)(second - axes), other);
  const size_t length = strlen(name);
  if (length < 2 || strlen(other) != length || strncmp(name, other, length - 1) != 0) return;
  const char digit = name[length - 1], next = other[length - 1];
  if (digit < '0' || digit > '9' || next < '0' || next > '9') return;
  *(digit < next ? second : first) = 'y';
}

/* Levels or heights: none where there is one; the second axis of a vertical plane. */
static void place_heights(const struct npy_form *form, char *axes) {
  char *height = memchr(axes, TRAJECTORY_HEIGHT, form->ndim);
  if (!height || memchr(axes, 'y', form->ndim) || !memchr(axes, 'x', form->ndim)) return;
  if (!memchr(height + 1, TRAJECTORY_HEIGHT, form->ndim - (size_t)(height + 1 - axes))) *height = 'y';
}

static bool are_known(const char *axes, uint32_t ndim) {
  for (uint32_t axis = 0; axis < ndim; axis++) {
    if (!axes[axis] || !strchr(TRAJECTORY_AXES, axes[axis])) return false;
    if (axes[axis] != TRAJECTORY_SINGLE && memchr(axes, axes[axis], axis)) return false;
  }
  return strchr(axes, 'x') && strchr(axes, 'y');
}

/* Text i of an attribute of the array, or of an array of texts beside it. */
static bool label(struct array_source *source, const char *key, const char *list, uint32_t i,
                  char text[ARRAY_NAME_MAX]) {
  char beside[2 * ARRAY_NAME_MAX];
  if (array_source_text(source, key, list, i, text)) return true;
  snprintf(beside, sizeof beside, "%.*s%s", (int)(trajectory_last_part(key) - key), key, list);
  return strlen(beside) < ARRAY_NAME_MAX && array_source_text(source, beside, ARRAY_SOURCE_CONTENT, i, text);
}

/* A list with as many texts as the array has axes, or one text with all of them. */
static bool listed_axes(struct array_source *source, const char *key, const struct npy_form *form, const char *list,
                        char *axes) {
  char text[ARRAY_NAME_MAX], why[NPY_SHAPE_TEXT_MAX + 40], all[NPY_MAX_NDIM * 8] = "";
  uint32_t count = 0;
  while (count <= form->ndim && label(source, key, list, count, text)) {
    const char letter = trajectory_axis_letter(text);
    if (count < form->ndim) axes[count] = letter;
    count++;
  }
  if (count == 1 && form->ndim > 1) {
    label(source, key, list, 0, text);
    snprintf(all, sizeof all, "%.*s", (int)sizeof all - 1, text);
  } else if (count == form->ndim && !memchr(axes, '\0', count)) {
    snprintf(all, sizeof all, "%.*s", (int)count, axes);
  }
  return all[0] && !trajectory_axes_parse(all, form, axes, why, sizeof why);
}

/* An unknown axis before x and y alone, which are known, is time, as it would be without names. */
static void place_time(const struct npy_form *form, char *axes) {
  if (form->ndim < 3 || axes[0] || form->shape[0] == 1 || memchr(axes, 't', form->ndim)) return;
  if (memchr(axes, 'x', form->ndim) && memchr(axes, 'y', form->ndim) && !memchr(axes, 'b', form->ndim)) axes[0] = 't';
}

static bool dimension_letters(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  for (uint32_t axis = 0; axis < form->ndim; axis++) {
    char name[ARRAY_NAME_MAX];
    char letter = letter_of(source, key, axis, name);
    if (!letter && !name[0] && form->shape[axis] == 2) letter = 'c';
    if ((!letter || letter == TRAJECTORY_HEIGHT) && form->shape[axis] == 1) letter = TRAJECTORY_SINGLE;
    axes[axis] = letter;
  }
  axes[form->ndim] = '\0';
  split_numbered(source, key, form, axes);
  place_heights(form, axes);
  place_time(form, axes);
  return are_known(axes, form->ndim);
}

bool trajectory_axes_named(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  static const char *const lists[] = {"dims",       "dim_names",   "dimensions", "axes",
                                      "axis_names", "axis_labels", "labels",     "_ARRAY_DIMENSIONS"};
  if (dimension_letters(source, key, form, axes)) return true;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    if (listed_axes(source, key, form, lists[i], axes)) return true;
  }
  return false;
}

bool trajectory_axes_agree(struct array_source *source, const char *key, const char *axes) {
  for (uint32_t axis = 0; axes[axis]; axis++) {
    char name[ARRAY_NAME_MAX];
    const char letter = letter_of(source, key, axis, name);
    if (letter && axes[axis] != TRAJECTORY_SINGLE && letter != axes[axis]) return false;
  }
  return true;
}

bool trajectory_axes_but_one(struct array_source *source, const char *key, const struct npy_form *form,
                             char list[2 * NPY_MAX_NDIM + 1], char name[ARRAY_NAME_MAX]) {
  char axes[TRAJECTORY_AXES_BYTES], own[ARRAY_NAME_MAX];
  size_t unknown = 0;
  for (uint32_t axis = 0; axis < form->ndim; axis++) {
    axes[axis] = letter_of(source, key, axis, own);
    if (axes[axis] && strchr(TRAJECTORY_AXES, axes[axis])) continue;
    if (form->shape[axis] > 1) memcpy(name, own, sizeof own);
    if (form->shape[axis] > 1) unknown++;
    axes[axis] = form->shape[axis] == 1 ? TRAJECTORY_SINGLE : 'b';
  }
  axes[form->ndim] = '\0';
  size_t used = 0;
  for (uint32_t axis = 0; axis < form->ndim && axis < NPY_MAX_NDIM; axis++) {
    if (axis) list[used++] = ',';
    list[used++] = axes[axis];
  }
  list[used] = '\0';
  return unknown == 1 && name[0] && are_known(axes, form->ndim);
}

bool trajectory_axes_unfamiliar(struct array_source *source, const char *key, const char *axes) {
  bool called = false;
  for (uint32_t axis = 0; axes[axis]; axis++) {
    char name[ARRAY_NAME_MAX];
    if (axes[axis] != 'x' && axes[axis] != 'y') continue;
    if (letter_of(source, key, axis, name)) return false;
    called = called || name[0];
  }
  return called;
}

bool trajectory_axes_is_spectrum(struct array_source *source, const char *key, const struct npy_form *form) {
  char name[ARRAY_NAME_MAX];
  for (uint32_t axis = 0; axis < form->ndim; axis++) {
    if (form->shape[axis] > 1 && letter_of(source, key, axis, name) == TRAJECTORY_WAVENUMBER) return true;
  }
  return false;
}

/* ---- what the shape alone says */

static bool fits(const char *axes, const struct npy_form *form, bool pair) {
  const char *component = strchr(axes, 'c'), *y = strchr(axes, 'y'), *x = strchr(axes, 'x');
  if (strlen(axes) != form->ndim || form->shape[y - axes] != form->shape[x - axes]) return false;
  if (form->shape[y - axes] < 2 || pair != (component != NULL)) return false;
  return !component || form->shape[component - axes] == 2;
}

/* Three axes of one length behind another: a field in three dimensions, rather than samples. */
static bool is_cube(const char *axes, const struct npy_form *form) {
  return strcmp(axes, "btyx") == 0 && form->shape[1] == form->shape[2];
}

static bool guess_plain(const struct npy_form *form, bool pair, char *axes) {
  static const char *const choices[] = {"yx", "tyx", "btyx", "yxc", "tyxc", "btyxc", "cyx", "tcyx", "btcyx"};
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
    if (!fits(choices[i], form, pair) || is_cube(choices[i], form)) continue;
    snprintf(axes, TRAJECTORY_AXES_BYTES, "%s", choices[i]);
    return true;
  }
  return false;
}

bool trajectory_axes_guess(const struct npy_form *form, bool pair, char *axes) {
  struct npy_form rest = {.type = form->type};
  char others[TRAJECTORY_AXES_BYTES];
  if (guess_plain(form, pair, axes)) return true;
  for (uint32_t i = 0; i < form->ndim; i++) {
    if (form->shape[i] != 1) rest.shape[rest.ndim++] = form->shape[i];
  }
  if (!guess_plain(&rest, pair, others)) return false;
  const char *next = others;
  for (uint32_t i = 0; i < form->ndim; i++) axes[i] = form->shape[i] == 1 ? TRAJECTORY_SINGLE : *next++;
  axes[form->ndim] = '\0';
  return true;
}

static void turn_round(char *axes) {
  const size_t length = strlen(axes);
  for (size_t i = 0; i < length / 2; i++) {
    const char letter = axes[i];
    axes[i] = axes[length - 1 - i];
    axes[length - 1 - i] = letter;
  }
}

static void turn_shape(const struct npy_form *form, struct npy_form *turned) {
  *turned = *form;
  for (uint32_t i = 0; i < form->ndim; i++) turned->shape[i] = form->shape[form->ndim - 1 - i];
}

bool trajectory_axes_guess_matlab(const struct npy_form *form, bool pair, bool turned, char *axes) {
  struct npy_form shown = *form, last;
  if (turned) turn_shape(form, &shown);
  turn_shape(&shown, &last);
  if (trajectory_axes_guess(&last, pair, axes)) { /* times last: of the grid's axes rows come first, as before */
    for (char *letter = axes; *letter; letter++) {
      if (*letter == 'x' || *letter == 'y') *letter = *letter == 'x' ? 'y' : 'x';
    }
    turn_round(axes);
  } else if (!trajectory_axes_guess(&shown, pair, axes)) {
    return false;
  }
  if (turned) turn_round(axes);
  return true;
}

/* ---- what the user says */

/* The letter that the next word of a list means, or a letter of a list without commas; '\0': none. Moves on to what
 * comes behind it. */
static char next_letter(const char **at, bool words) {
  char word[16] = "";
  const size_t length = words ? strcspn(*at, ", ") : 1;
  if (length >= sizeof word) return '\0';
  memcpy(word, *at, length);
  *at += length;
  const char letter = (char)tolower((unsigned char)word[0]);
  if (length == 1) return strchr(TRAJECTORY_AXES, letter) ? letter : '\0';
  const char known = trajectory_axis_letter(word);
  return known && strchr(TRAJECTORY_AXES, known) ? known : '\0';
}

const char *trajectory_axes_parse(const char *text, const struct npy_form *form, char *axes, char *why, size_t size) {
  char shape[NPY_SHAPE_TEXT_MAX];
  const bool words = strchr(text, ',') != NULL;
  size_t count = 0;
  for (const char *at = text; *at;) {
    if (*at == ',' || *at == ' ') {
      at++;
      continue;
    }
    const char letter = next_letter(&at, words);
    if (!letter) return "one of its axes is not known";
    if (letter != TRAJECTORY_SINGLE && memchr(axes, letter, count)) return "one of its axes is named twice";
    if (count == NPY_MAX_NDIM) break;
    axes[count++] = letter;
  }
  axes[count] = '\0';
  if (count != form->ndim) {
    snprintf(why, size, "the array has the shape %s", npy_shape_text(form->shape, form->ndim, shape, sizeof shape));
    return why;
  }
  return strchr(axes, 'y') && strchr(axes, 'x') ? NULL : "it lacks x or y";
}

/* SPDX-License-Identifier: MIT */
#include "trajectory_axes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "trajectory_usual.h"

/* ---- what the file calls them */

static const struct {
  const char *name;
  char letter;
} axis_names[] = {
    {"time", 't'},      {"times", 't'},       {"t", 't'},         {"sim_time", 't'}, {"step", 't'},
    {"frame", 't'},     {"snapshot", 't'},    {"lat", 'y'},       {"latitude", 'y'}, {"lon", 'x'},
    {"longitude", 'x'}, {"y", 'y'},           {"x", 'x'},         {"sample", 'b'},   {"samples", 'b'},
    {"batch", 'b'},     {"b", 'b'},           {"member", 'b'},    {"ensemble", 'b'}, {"trajectory", 'b'},
    {"run", 'b'},       {"realization", 'b'}, {"component", 'c'}, {"channel", 'c'},  {"vector", 'c'},
    {"c", 'c'},         {"xx", 'x'},          {"yy", 'y'},
};

/* By the last part of a path: a scale lies anywhere. */
static char axis_letter(const char *path) {
  const char *name = trajectory_last_part(path);
  for (size_t i = 0; i < sizeof axis_names / sizeof *axis_names; i++) {
    if (strcasecmp(name, axis_names[i].name) == 0) return axis_names[i].letter;
  }
  return '\0';
}

bool trajectory_axes_is_grid(const char *name) {
  const char letter = axis_letter(name);
  return letter == 'x' || letter == 'y';
}

/* What CF's attribute of the array of its positions says: T, Y or X. */
static char positions_letter(struct array_source *source, const char *name) {
  char text[ARRAY_NAME_MAX];
  if (!array_source_text(source, name, "axis", 0, text) || strlen(text) != 1 || !strchr("TYX", text[0])) return '\0';
  return axis_letter(text);
}

/* By the name of the axis, or what is known of that name. */
static char letter_of(struct array_source *source, const char *key, uint32_t axis, char name[ARRAY_NAME_MAX]) {
  array_source_axis_name(source, key, axis, name);
  const char letter = axis_letter(name);
  return letter || !name[0] ? letter : positions_letter(source, name);
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
    const char letter = axis_letter(text);
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

static bool dimension_letters(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  for (uint32_t axis = 0; axis < form->ndim; axis++) {
    char name[ARRAY_NAME_MAX];
    char letter = letter_of(source, key, axis, name);
    if (!letter && !name[0] && form->shape[axis] == 2) letter = 'c';
    if (!letter && form->shape[axis] == 1) letter = TRAJECTORY_SINGLE;
    if (!letter || (letter != TRAJECTORY_SINGLE && memchr(axes, letter, axis))) return false;
    axes[axis] = letter;
  }
  axes[form->ndim] = '\0';
  return strchr(axes, 'x') && strchr(axes, 'y');
}

bool trajectory_axes_named(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  static const char *const lists[] = {"dims", "dim_names", "dimensions", "axes", "axis_names", "axis_labels", "labels"};
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

/* ---- what the shape alone says */

static bool fits(const char *axes, const struct npy_form *form, bool pair) {
  const char *component = strchr(axes, 'c'), *y = strchr(axes, 'y'), *x = strchr(axes, 'x');
  if (strlen(axes) != form->ndim || form->shape[y - axes] != form->shape[x - axes]) return false;
  if (form->shape[y - axes] < 2 || pair != (component != NULL)) return false;
  return !component || form->shape[component - axes] == 2;
}

static bool guess_plain(const struct npy_form *form, bool pair, char *axes) {
  static const char *const choices[] = {"yx", "tyx", "btyx", "yxc", "tyxc", "btyxc", "cyx", "tcyx", "btcyx"};
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
    if (!fits(choices[i], form, pair)) continue;
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
  return axis_letter(word);
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

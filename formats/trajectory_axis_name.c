/* SPDX-License-Identifier: MIT */
#include "trajectory_axis_name.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "trajectory_usual.h"

#define WORD_MAX 32

struct word {
  const char *text;
  char letter;
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

/* Names as a whole. */
static const struct word names[] = {
    {"time", 't'},
    {"times", 't'},
    {"t", 't'},
    {"nt", 't'},
    {"ts", 't'},
    {"tt", 't'},
    {"step", 't'},
    {"steps", 't'},
    {"timestep", 't'},
    {"timesteps", 't'},
    {"frame", 't'},
    {"frames", 't'},
    {"snapshot", 't'},
    {"snapshots", 't'},
    {"record", 't'},
    {"date", 't'},
    {"year", 't'},
    {"years", 't'},
    {"yr", 't'},
    {"i", 'x'},
    {"ni", 'x'},
    {"col", 'x'},
    {"cols", 'x'},
    {"column", 'x'},
    {"columns", 'x'},
    {"width", 'x'},
    {"west_east", 'x'},
    {"west_east_stag", 'x'},
    {"j", 'y'},
    {"nj", 'y'},
    {"row", 'y'},
    {"rows", 'y'},
    {"south_north", 'y'},
    {"south_north_stag", 'y'},
    {"b", 'b'},
    {"sample", 'b'},
    {"samples", 'b'},
    {"batch", 'b'},
    {"batch_size", 'b'},
    {"number", 'b'},
    {"member", 'b'},
    {"members", 'b'},
    {"ensemble", 'b'},
    {"ensemble_member", 'b'},
    {"ens", 'b'},
    {"trajectory", 'b'},
    {"trajectories", 'b'},
    {"run", 'b'},
    {"runs", 'b'},
    {"simulation", 'b'},
    {"simulations", 'b'},
    {"sim", 'b'},
    {"seed", 'b'},
    {"realization", 'b'},
    {"realizations", 'b'},
    {"realisation", 'b'},
    {"realisations", 'b'},
    {"c", 'c'},
    {"component", 'c'},
    {"components", 'c'},
    {"channel", 'c'},
    {"channels", 'c'},
    {"vector", 'c'},
    {"l", TRAJECTORY_WAVENUMBER},
    {"bottom_top", TRAJECTORY_HEIGHT},
    {"plev", TRAJECTORY_HEIGHT},
    {"sigma", TRAJECTORY_HEIGHT},
    {"s_rho", TRAJECTORY_HEIGHT},
};

/* Words in names that have some more: grid_x, lat_rho, xC, nlon, ocean_time. */
static const struct word roots[] = {
    {"x", 'x'},
    {"xx", 'x'},
    {"lon", 'x'},
    {"longitude", 'x'},
    {"xi", 'x'},
    {"easting", 'x'},
    {"y", 'y'},
    {"yy", 'y'},
    {"lat", 'y'},
    {"latitude", 'y'},
    {"eta", 'y'},
    {"northing", 'y'},
    {"time", 't'},
    {"z", TRAJECTORY_HEIGHT},
    {"lev", TRAJECTORY_HEIGHT},
    {"level", TRAJECTORY_HEIGHT},
    {"levels", TRAJECTORY_HEIGHT},
    {"layer", TRAJECTORY_HEIGHT},
    {"layers", TRAJECTORY_HEIGHT},
    {"depth", TRAJECTORY_HEIGHT},
    {"depthu", TRAJECTORY_HEIGHT},
    {"depthv", TRAJECTORY_HEIGHT},
    {"height", TRAJECTORY_HEIGHT},
    {"kx", TRAJECTORY_WAVENUMBER},
    {"ky", TRAJECTORY_WAVENUMBER},
    {"kz", TRAJECTORY_WAVENUMBER},
    {"kr", TRAJECTORY_WAVENUMBER},
    {"kh", TRAJECTORY_WAVENUMBER},
    {"wavenumber", TRAJECTORY_WAVENUMBER},
    {"freq", TRAJECTORY_WAVENUMBER},
    {"frequency", TRAJECTORY_WAVENUMBER},
};

/* What may stand behind x, y or z in one word: a number, or where in a cell. */
static bool is_place(const char *rest) {
  static const char *const words[] = {"axis",  "grid",  "dim",    "coord",   "coords", "coordinate", "coordinates",
                                      "pos",   "point", "points", "center",  "centre", "centers",    "centres",
                                      "face",  "faces", "node",   "nodes",   "edge",   "edges",      "cell",
                                      "cells", "mesh",  "index",  "indices", "len",    "size",       "vals"};
  for (size_t i = 0; i < ROWS(words); i++) {
    if (strcmp(rest, words[i]) == 0) return true;
  }
  return strlen(rest) <= 2 && rest[strspn(rest, "cfhqtuvwpgbrs0123456789")] == '\0';
}

static char letter_of_root(const char *word) {
  for (size_t i = 0; i < ROWS(roots); i++) {
    if (strcmp(word, roots[i].text) == 0) return roots[i].letter;
  }
  return '\0';
}

/* A word alone: x, xC, nx, lats. */
static char letter_of_word(const char *word) {
  const size_t length = strlen(word);
  char root[WORD_MAX];
  char letter = letter_of_root(word);
  if (letter || length < 2) return letter;
  if (strchr("xyz", word[0]) && is_place(word + 1)) return word[0];
  if (strchr("nr", word[0]) && (letter = letter_of_root(word + 1))) return letter; /* nx, nlon, rlat */
  memcpy(root, word, length + 1);
  if (root[length - 1] != 's') return '\0';
  root[length - 1] = '\0'; /* lons */
  return letter_of_root(root);
}

/* The one axis that the words of a name mean; '\0': none, or several. */
static char letter_of_words(const char *name) {
  char found = '\0', word[WORD_MAX];
  for (const char *at = name; *at;) {
    const size_t length = strcspn(at, "_- .");
    if (length >= sizeof word) return '\0';
    for (size_t i = 0; i < length; i++) word[i] = (char)tolower((unsigned char)at[i]);
    word[length] = '\0';
    const char letter = letter_of_word(word);
    if (letter == TRAJECTORY_WAVENUMBER) return letter;
    if (letter && found && letter != found) return '\0';
    if (letter) found = letter;
    at += length + (at[length] != '\0');
  }
  return found;
}

char trajectory_axis_letter(const char *path) {
  const char *name = trajectory_last_part(path);
  for (size_t i = 0; i < ROWS(names); i++) {
    if (strcasecmp(name, names[i].text) == 0) return names[i].letter;
  }
  return letter_of_words(name);
}

bool trajectory_axis_is_grid(const char *path) {
  static const char *const grid[] = {"x",   "y",         "xx",     "yy",          "lat",     "latitude",
                                     "lon", "longitude", "coords", "coordinates", "meshgrid"};
  const char *name = trajectory_last_part(path);
  for (size_t i = 0; i < ROWS(grid); i++) {
    if (strcasecmp(name, grid[i]) == 0) return true;
  }
  return false;
}

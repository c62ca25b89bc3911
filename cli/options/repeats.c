/* SPDX-License-Identifier: MIT */
#include "repeats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/command.h"

#define SAID_BY_ONE 2 /* an option may have a value and set a key to something else */

enum vordec_status repeats_make(struct repeats *repeats, int argc, struct vordec_error *error) {
  repeats->list = calloc(SAID_BY_ONE * (size_t)argc, sizeof *repeats->list);
  if (repeats->list) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
}

void repeats_release(struct repeats *repeats) {
  free(repeats->list);
}

/* ---- what is said ---- */

/* Files that --config names are all read, and a value that goes to a key is compared as the key's. */
static bool has_own_value(const struct option_entry *entry) {
  if (entry->origin == OPTION_KEY || (entry->origin == OPTION_COMMON && entry->index == COMMON_CONFIG)) return false;
  return entry->value && (!entry->spec->key || entry->spec->set);
}

static void add(struct repeats *repeats, struct said said) {
  repeats->list[repeats->count++] = said;
}

void repeats_note(struct repeats *repeats, const struct option_entry *entry, const char *value) {
  if (has_own_value(entry)) add(repeats, (struct said){entry->name, NULL, NULL, value});
  if (entry->origin == OPTION_KEY) {
    const struct vordec_config_key *key = vordec_config_key_at(entry->index);
    add(repeats, (struct said){entry->name, key->section, key->key, value});
  } else if (entry->spec->key) {
    const struct option_spec *spec = entry->spec;
    add(repeats, (struct said){entry->name, spec->section, spec->key, spec->set ? spec->set : value});
  }
}

static bool same_subject(const struct said *a, const struct said *b) {
  if (!a->key || !b->key) return !a->key && !b->key && strcmp(a->option, b->option) == 0;
  return strcmp(a->section, b->section) == 0 && strcmp(a->key, b->key) == 0;
}

/* ---- whether it is the same ---- */

static size_t key_index(const struct said *said) {
  size_t i = 0;
  while (strcmp(vordec_config_key_at(i)->section, said->section) != 0 ||
         strcmp(vordec_config_key_at(i)->key, said->key) != 0) {
    i++;
  }
  return i;
}

struct reading {
  int64_t whole; /* booleans: 0 or 1; choices: the index; sets: the bits */
  double real;
};

/* `config` takes the value on. */
static struct reading read_value(struct vordec_config *config, size_t key, const struct said *said) {
  const char *section = said->section, *name = said->key, *word = NULL;
  struct reading reading = {0};
  vordec_config_set(config, section, name, said->value, VORDEC_FROM_COMMAND_LINE, "", NULL);
  switch (vordec_config_key_type(key)) {
  case VORDEC_CONFIG_BOOLEAN:
    reading.whole = vordec_config_get_boolean(config, section, name);
    break;
  case VORDEC_CONFIG_INTEGER:
    reading.whole = vordec_config_get_integer(config, section, name);
    break;
  case VORDEC_CONFIG_REAL:
    reading.real = vordec_config_get_real(config, section, name);
    break;
  case VORDEC_CONFIG_CHOICE:
    reading.whole = vordec_config_get_choice(config, section, name);
    break;
  case VORDEC_CONFIG_SET:
    for (size_t i = 0; (word = vordec_config_key_choice(key, i)); i++) {
      reading.whole = 2 * reading.whole + (vordec_config_has(config, section, name, word) == 1);
    }
    break;
  case VORDEC_CONFIG_TEXT:
    break;
  }
  return reading;
}

/* What auto means is not known before the state is read. */
static bool is_open(const struct said *said) {
  return strcmp(said->value, "auto") == 0;
}

static bool same_value(const struct said *a, const struct said *b) {
  struct vordec_config *config = NULL;
  bool same = strcmp(a->value, b->value) == 0;
  if (same || !a->key || is_open(a) || is_open(b)) return same;
  const size_t key = key_index(a);
  if (vordec_config_key_type(key) == VORDEC_CONFIG_TEXT || vordec_config_create(&config, NULL)) return false;
  const struct reading one = read_value(config, key, a), other = read_value(config, key, b);
  same = one.whole == other.whole && one.real == other.real;
  vordec_config_destroy(config);
  return same;
}

/* ---- warnings ---- */

static bool is_last(const struct repeats *repeats, size_t i) {
  for (size_t k = i + 1; k < repeats->count; k++) {
    if (same_subject(&repeats->list[k], &repeats->list[i])) return false;
  }
  return true;
}

/* The latest before the i-th that says something else: of the same option, or of another one. NULL: none does. */
static const struct said *find_other(const struct repeats *repeats, size_t i, bool same_option) {
  const struct said *last = &repeats->list[i];
  for (size_t k = i; k-- > 0;) {
    const struct said *said = &repeats->list[k];
    if (!same_subject(said, last) || (strcmp(said->option, last->option) == 0) != same_option) continue;
    if (!same_value(said, last)) return said;
  }
  return NULL;
}

static void warn_of_options(const struct said *other, const struct said *last) {
  char text[320];
  snprintf(text, sizeof text, "--%.80s and --%.80s contradict each other: --%.80s counts, since it comes last",
           other->option, last->option, last->option);
  command_log(NULL, VORDEC_LOG_WARNING, text);
}

/* Names all that the option said before and that does not count. */
static void warn_of_values(const struct repeats *repeats, size_t i) {
  const struct said *last = &repeats->list[i];
  char text[640];
  size_t at = (size_t)snprintf(text, sizeof text,
                               "--%.80s is given more than once: '%.160s' counts, since it comes last, and not",
                               last->option, last->value);
  const char *between = "";
  for (size_t k = 0; k < i && at < sizeof text; k++) {
    const struct said *said = &repeats->list[k];
    if (!same_subject(said, last) || strcmp(said->option, last->option) != 0 || same_value(said, last)) continue;
    at += (size_t)snprintf(text + at, sizeof text - at, "%s '%.160s'", between, said->value);
    between = " or";
  }
  command_log(NULL, VORDEC_LOG_WARNING, text);
}

void repeats_warn(const struct repeats *repeats) {
  for (size_t i = 0; i < repeats->count; i++) {
    if (!is_last(repeats, i)) continue;
    const struct said *other = find_other(repeats, i, false);
    if (other) {
      warn_of_options(other, &repeats->list[i]);
    } else if (find_other(repeats, i, true)) {
      warn_of_values(repeats, i);
    }
  }
}

/* SPDX-License-Identifier: MIT */
/* The values in force, each with its origin. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/nearest.h"
#include "errors.h"

/* What was said about a key; text NULL: nothing. */
struct saying {
  char *text, *where; /* as they were given */
  struct config_value value;
};

/* What a state says is kept apart: it counts where nothing stronger does, and wherever that is auto. */
struct setting {
  struct saying own, state;
  enum vordec_origin origin; /* of own */
};

struct vordec_config {
  struct setting settings[CONFIG_COUNT];
};

static void saying_release(struct saying *saying) {
  free(saying->text);
  free(saying->where);
}

/* Copies what was said; false: out of memory, and nothing is said. */
static bool saying_copy(const struct saying *from, struct saying *copy) {
  *copy = (struct saying){0};
  if (!from->text) return true;
  struct saying made = {strdup(from->text), strdup(from->where), from->value};
  if (!made.text || !made.where) {
    saying_release(&made);
    return false;
  }
  *copy = made;
  return true;
}

struct vordec_config *config_create_empty(void) {
  return calloc(1, sizeof(struct vordec_config));
}

void vordec_config_destroy(struct vordec_config *config) {
  if (!config) return;
  for (int id = 0; id < CONFIG_COUNT; id++) {
    saying_release(&config->settings[id].own);
    saying_release(&config->settings[id].state);
  }
  free(config);
}

enum vordec_status config_clone(const struct vordec_config *config, struct vordec_config **clone,
                                struct vordec_error *error) {
  struct vordec_config *made = config_create_empty();
  *clone = NULL;
  if (!made) return error_no_memory(error);
  for (int id = 0; id < CONFIG_COUNT; id++) {
    const struct setting *from = &config->settings[id];
    struct setting *to = &made->settings[id];
    to->origin = from->origin;
    if (saying_copy(&from->own, &to->own) && saying_copy(&from->state, &to->state)) continue;
    vordec_config_destroy(made);
    return error_no_memory(error);
  }
  *clone = made;
  return VORDEC_OK;
}

/* ---- setting ---- */

enum vordec_status config_fail_section(const char *section, const char *where, struct vordec_error *error) {
  struct nearest nearest = nearest_to(section);
  char hint[NEAREST_HINT_MAX];
  for (size_t id = 0; id < CONFIG_COUNT; id++) nearest_offer(&nearest, vordec_config_key_at(id)->section);
  nearest_hint(&nearest, "", hint);
  if (!*section) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0,
                       "%s: this stands outside of every section; put it below one, such as [decode]", where);
  }
  return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: unknown section [%s]%s", where, section, hint);
}

static enum vordec_status fail_unknown(const char *section, const char *key, const char *where,
                                       struct vordec_error *error) {
  struct nearest nearest = nearest_to(key);
  char hint[NEAREST_HINT_MAX];
  if (!key_section_known(section)) return config_fail_section(section, where, error);
  for (size_t id = 0; id < CONFIG_COUNT; id++) {
    const struct vordec_config_key *known = vordec_config_key_at(id);
    if (strcmp(known->section, section) == 0) nearest_offer(&nearest, known->key);
  }
  nearest_hint(&nearest, "", hint);
  return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: unknown key '%s' in [%s]%s", where, key, section, hint);
}

/* Names of plugins are in lower case. */
static void offer_in_small_letters(struct nearest *nearest, size_t id, const char *value) {
  char small[NEAREST_WORD_MAX];
  struct config_value parsed;
  const size_t length = strlen(value);
  if (length >= sizeof small) return;
  for (size_t i = 0; i <= length; i++)
    small[i] = (char)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] | 0x20 : value[i]);
  if (config_value_parse(key_spec_at((enum config_id)id), small, &parsed)) nearest_offer(nearest, small);
}

static enum vordec_status fail_value(size_t id, const char *value, const char *where, struct vordec_error *error) {
  const struct vordec_config_key *key = vordec_config_key_at(id);
  struct nearest nearest = nearest_to(value);
  char hint[NEAREST_HINT_MAX];
  const char *choice = NULL;
  for (size_t i = 0; (choice = vordec_config_key_choice(id, i)); i++) nearest_offer(&nearest, choice);
  offer_in_small_letters(&nearest, id, value);
  nearest_hint(&nearest, "", hint);
  return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: [%s] %s = '%.100s': expected %s%s", where, key->section, key->key,
                     value, key->values, hint);
}

static enum vordec_status replace(struct saying *saying, const struct saying *fresh, struct vordec_error *error) {
  struct saying copy;
  if (!saying_copy(fresh, &copy)) return error_no_memory(error);
  saying_release(saying);
  *saying = copy;
  return VORDEC_OK;
}

static bool state_holds(const struct setting *setting) {
  return setting->own.value.automatic || setting->origin < VORDEC_FROM_STATE;
}

enum vordec_status vordec_config_set(struct vordec_config *config, const char *section, const char *key,
                                     const char *value, enum vordec_origin origin, const char *where,
                                     struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const int id = key_find(section, key);
  if (id < 0) return fail_unknown(section, key, where, error);
  struct setting *setting = &config->settings[id];
  const bool of_state = origin == VORDEC_FROM_STATE;
  struct saying fresh = {.text = (char *)value, .where = (char *)where};
  if (!config_value_parse(key_spec_at((enum config_id)id), value, &fresh.value)) {
    /* A value of a state that is not used may be anything. */
    if (of_state && !state_holds(setting)) return VORDEC_OK;
    return fail_value((size_t)id, value, where, error);
  }
  if (of_state) return replace(&setting->state, &fresh, error);
  if (setting->own.text && setting->origin > origin) return VORDEC_OK;
  const enum vordec_status status = replace(&setting->own, &fresh, error);
  if (!status) setting->origin = origin;
  return status;
}

/* ---- reading: the core ---- */

static const struct saying *in_force(const struct vordec_config *config, enum config_id id) {
  const struct setting *setting = &config->settings[id];
  return setting->state.text && state_holds(setting) ? &setting->state : &setting->own;
}

const char *config_text(const struct vordec_config *config, enum config_id id) {
  return in_force(config, id)->text;
}

const char *config_meaning(const struct vordec_config *config, enum config_id id) {
  const struct saying *saying = in_force(config, id);
  return saying->value.automatic ? key_spec_at(id)->otherwise : saying->text;
}

const char *config_where(const struct vordec_config *config, enum config_id id) {
  return in_force(config, id)->where;
}

uint64_t config_number(const struct vordec_config *config, enum config_id id) {
  return in_force(config, id)->value.number;
}

double config_real(const struct vordec_config *config, enum config_id id) {
  return in_force(config, id)->value.real;
}

const char *config_overridden(const struct vordec_config *config, enum config_id id, const char **where) {
  const struct setting *setting = &config->settings[id];
  const struct config_value *own = &setting->own.value, *state = &setting->state.value;
  if (!setting->state.text || setting->origin != VORDEC_FROM_FILE || own->automatic) return NULL;
  if (own->number == state->number && own->real == state->real) return NULL; /* texts are no keys of states */
  *where = setting->state.where;
  return setting->state.text;
}

/* ---- reading: hosts ---- */

const char *vordec_config_get(const struct vordec_config *config, const char *section, const char *key) {
  const int id = key_find(section, key);
  return id < 0 ? NULL : config_text(config, (enum config_id)id);
}

const char *vordec_config_where(const struct vordec_config *config, const char *section, const char *key) {
  const int id = key_find(section, key);
  return id < 0 ? NULL : config_where(config, (enum config_id)id);
}

/* Returns NULL if there is no such key of that type. */
static const struct config_value *value_of(const struct vordec_config *config, const char *section, const char *key,
                                           enum vordec_config_type type) {
  const int id = key_find(section, key);
  return id >= 0 && vordec_config_key_type((size_t)id) == type ? &in_force(config, (enum config_id)id)->value : NULL;
}

int64_t vordec_config_get_integer(const struct vordec_config *config, const char *section, const char *key) {
  const struct config_value *value = value_of(config, section, key, VORDEC_CONFIG_INTEGER);
  return value ? (int64_t)value->number : -1;
}

double vordec_config_get_real(const struct vordec_config *config, const char *section, const char *key) {
  const struct config_value *value = value_of(config, section, key, VORDEC_CONFIG_REAL);
  return value ? value->real : NAN;
}

int vordec_config_get_boolean(const struct vordec_config *config, const char *section, const char *key) {
  const struct config_value *value = value_of(config, section, key, VORDEC_CONFIG_BOOLEAN);
  return value ? (int)value->number : -1;
}

int vordec_config_get_choice(const struct vordec_config *config, const char *section, const char *key) {
  const struct config_value *value = value_of(config, section, key, VORDEC_CONFIG_CHOICE);
  return value ? (int)value->number : -1;
}

int vordec_config_has(const struct vordec_config *config, const char *section, const char *key, const char *word) {
  const int id = key_find(section, key);
  const int index = id < 0 ? -1 : key_choice_index(key_spec_at((enum config_id)id), word);
  if (index < 0) return -1;
  const struct config_value *value = &in_force(config, (enum config_id)id)->value;
  const bool asks_auto = key_spec_at((enum config_id)id)->otherwise && strcmp(word, KEY_AUTO) == 0;
  if (asks_auto) return value->automatic;
  const uint64_t number = value->number;
  return vordec_config_key_type((size_t)id) == VORDEC_CONFIG_SET ? (int)(number >> index & 1)
                                                                 : number == (uint64_t)index;
}

/* The values in force, each with its origin. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"

struct setting {
  char *text, *where; /* as they were given */
  enum vordec_origin origin;
  struct config_value value;
};

struct vordec_config {
  struct setting settings[CONFIG_COUNT];
};

struct vordec_config *config_create_empty(void) {
  return calloc(1, sizeof(struct vordec_config));
}

void vordec_config_destroy(struct vordec_config *config) {
  if (!config) return;
  for (int id = 0; id < CONFIG_COUNT; id++) {
    free(config->settings[id].text);
    free(config->settings[id].where);
  }
  free(config);
}

enum vordec_status config_clone(const struct vordec_config *config, struct vordec_config **clone,
                                struct vordec_error *error) {
  struct vordec_config *made = config_create_empty();
  *clone = NULL;
  if (!made) return error_no_memory(error);
  for (int id = 0; id < CONFIG_COUNT; id++) {
    made->settings[id] = config->settings[id];
    made->settings[id].text = strdup(config->settings[id].text);
    made->settings[id].where = strdup(config->settings[id].where);
    if (made->settings[id].text && made->settings[id].where) continue;
    /* The rest of the slots are still zero or their own copies, so that destroy may run. */
    vordec_config_destroy(made);
    return error_no_memory(error);
  }
  *clone = made;
  return VORDEC_OK;
}

/* ---- setting ---- */

static enum vordec_status fail_unknown(const char *section, const char *key, const char *where,
                                       struct vordec_error *error) {
  return key_section_known(section)
             ? vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: unknown key '%s' in [%s]", where, key, section)
             : vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: unknown section [%s]", where, section);
}

static enum vordec_status replace(struct setting *setting, const struct setting *fresh, const char *text,
                                  const char *where, struct vordec_error *error) {
  char *own_text = strdup(text), *own_where = strdup(where);
  if (!own_text || !own_where) {
    free(own_text);
    free(own_where);
    return error_no_memory(error);
  }
  free(setting->text);
  free(setting->where);
  *setting = *fresh;
  setting->text = own_text;
  setting->where = own_where;
  return VORDEC_OK;
}

enum vordec_status vordec_config_set(struct vordec_config *config, const char *section, const char *key,
                                     const char *value, enum vordec_origin origin, const char *where,
                                     struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const int id = key_find(section, key);
  if (id < 0) return fail_unknown(section, key, where, error);
  struct setting *setting = &config->settings[id], fresh = {.origin = origin};
  const bool weaker = setting->text && setting->origin > origin;
  /* A state's value that is not used may be any. */
  if (weaker && origin == VORDEC_FROM_STATE) return VORDEC_OK;
  if (!config_value_parse(key_spec_at((enum config_id)id), value, &fresh.value)) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: [%s] %s = '%.100s': expected %s", where, section, key, value,
                       vordec_config_key_at((size_t)id)->values);
  }
  return weaker ? VORDEC_OK : replace(setting, &fresh, value, where, error);
}

/* ---- reading: the core ---- */

const char *config_text(const struct vordec_config *config, enum config_id id) {
  return config->settings[id].text;
}

const char *config_where(const struct vordec_config *config, enum config_id id) {
  return config->settings[id].where;
}

uint64_t config_number(const struct vordec_config *config, enum config_id id) {
  return config->settings[id].value.number;
}

double config_real(const struct vordec_config *config, enum config_id id) {
  return config->settings[id].value.real;
}

/* ---- reading: hosts ---- */

const char *vordec_config_get(const struct vordec_config *config, const char *section, const char *key) {
  const int id = key_find(section, key);
  return id < 0 ? NULL : config->settings[id].text;
}

const char *vordec_config_where(const struct vordec_config *config, const char *section, const char *key) {
  const int id = key_find(section, key);
  return id < 0 ? NULL : config->settings[id].where;
}

/* NULL: there is no such key of that type. */
static const struct config_value *value_of(const struct vordec_config *config, const char *section, const char *key,
                                           enum vordec_config_type type) {
  const int id = key_find(section, key);
  return id >= 0 && vordec_config_key_type((size_t)id) == type ? &config->settings[id].value : NULL;
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
  const uint64_t number = config->settings[id].value.number;
  return vordec_config_key_type((size_t)id) == VORDEC_CONFIG_SET ? (int)(number >> index & 1)
                                                                 : number == (uint64_t)index;
}

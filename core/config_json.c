/* SPDX-License-Identifier: MIT */
/* The values in force as JSON, for the metrics. */
#include "config.h"
#include "core/policy/fft_names.h"
#include "json_number.h"

static cJSON *value_json(const struct vordec_config *config, enum config_id id) {
  switch (vordec_config_key_type(id)) {
  case VORDEC_CONFIG_BOOLEAN:
    return cJSON_CreateBool(config_number(config, id) != 0);
  case VORDEC_CONFIG_REAL:
    return json_number(config_real(config, id));
  case VORDEC_CONFIG_INTEGER:
    if (key_spec_at(id)->type == KEY_INTEGER) return json_number((double)config_number(config, id));
    break; /* auto has no number */
  case VORDEC_CONFIG_TEXT:
  case VORDEC_CONFIG_CHOICE:
  case VORDEC_CONFIG_SET:
    break;
  }
  const char *text = config_meaning(config, id);
  return cJSON_CreateString(key_spec_at(id)->type == KEY_FFT ? fft_present_name(text) : text);
}

cJSON *config_json(const struct vordec_config *config) {
  cJSON *root = cJSON_CreateObject();
  for (enum config_id id = 0; root && id < CONFIG_COUNT; id++) {
    const struct key_spec *key = key_spec_at(id);
    cJSON *section = cJSON_GetObjectItemCaseSensitive(root, key->section);
    if (!section) section = cJSON_AddObjectToObject(root, key->section);
    cJSON *item = section ? value_json(config, id) : NULL;
    if (item && cJSON_AddItemToObject(section, key->key, item)) continue;
    cJSON_Delete(item);
    cJSON_Delete(root);
    root = NULL;
  }
  return root;
}

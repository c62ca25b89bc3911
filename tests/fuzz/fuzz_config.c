/* SPDX-License-Identifier: MIT */
/*
 * An INI file and the configuration made of it. What was accepted can be printed as `vordec config --effective` does
 * and read again, with every value the same. What was refused leaves a configuration whose values are all valid.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/options/effective.h"
#include "core/config.h"
#include "core/policy/fft_names.h"
#include "fuzz.h"

static struct vordec_config *make_config(void) {
  struct vordec_config *config = NULL;
  struct vordec_error error = {0};
  FUZZ_CHECK(vordec_config_create(&config, &error) == VORDEC_OK && config);
  return config;
}

static bool same_real(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

/* What hosts read is what the core does. */
static void check_typed(const struct vordec_config *config, size_t i) {
  const struct vordec_config_key *key = vordec_config_key_at(i);
  const enum vordec_config_type type = vordec_config_key_type(i);
  const int64_t number = (int64_t)config_number(config, (enum config_id)i);
  const int64_t got[] = {[VORDEC_CONFIG_BOOLEAN] = vordec_config_get_boolean(config, key->section, key->key),
                         [VORDEC_CONFIG_INTEGER] = vordec_config_get_integer(config, key->section, key->key),
                         [VORDEC_CONFIG_CHOICE] = vordec_config_get_choice(config, key->section, key->key)};
  for (size_t other = VORDEC_CONFIG_BOOLEAN; other <= VORDEC_CONFIG_CHOICE; other++) {
    if (other == VORDEC_CONFIG_REAL) continue;
    FUZZ_CHECK(got[other] == (other == (size_t)type ? number : -1));
  }
}

static void check_same(const struct vordec_config *a, const struct vordec_config *b) {
  for (int id = 0; id < CONFIG_COUNT; id++) {
    const char *text = config_text(a, id), *again = config_text(b, id);
    FUZZ_CHECK(strcmp(text, again) == 0 || strcmp(fft_present_name(text), again) == 0);
    FUZZ_CHECK(config_number(a, id) == config_number(b, id));
    FUZZ_CHECK(same_real(config_real(a, id), config_real(b, id)));
    check_typed(a, (size_t)id);
  }
}

/* Setting a key to the text that it has is always allowed. */
static void check_values(struct vordec_config *config) {
  struct vordec_error error = {0};
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    const char *value = vordec_config_get(config, key->section, key->key);
    const char *where = vordec_config_where(config, key->section, key->key);
    FUZZ_CHECK(value && where && !strpbrk(where, "\r\n"));
    char *copy = strdup(value);
    FUZZ_CHECK(copy && vordec_config_set(config, key->section, key->key, copy, VORDEC_FROM_COMMAND_LINE, "again",
                                         &error) == VORDEC_OK);
    free(copy);
  }
}

/* A plugin folder that came relative and has become absolute may be longer than a line can be. */
static bool fits_lines(const struct vordec_config *config) {
  return strlen(config_text(config, CONFIG_PLUGINS_PATH)) + strlen("path=") <= 198;
}

static void check_printed(const struct vordec_config *config) {
  struct vordec_config *again = make_config();
  struct vordec_error error = {0};
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  FUZZ_CHECK(stream);
  effective_write(stream, config, NULL);
  FUZZ_CHECK(fclose(stream) == 0);
  FUZZ_CHECK(vordec_config_read(again, fuzz_file(1, text, size), &error) == VORDEC_OK);
  check_same(config, again);
  vordec_config_destroy(again);
  free(text);
}

static void check_clone(const struct vordec_config *config) {
  struct vordec_config *clone = NULL;
  struct vordec_error error = {0};
  FUZZ_CHECK(config_clone(config, &clone, &error) == VORDEC_OK);
  check_same(config, clone);
  vordec_config_destroy(clone);
  cJSON *json = config_json(config);
  FUZZ_CHECK(json);
  cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vordec_config *config = make_config();
  struct vordec_error error = {0};
  const enum vordec_status status = vordec_config_read(config, fuzz_file(0, data, size), &error);
  if (status) {
    fuzz_check_error(status, &error);
  } else if (fits_lines(config)) {
    check_printed(config);
  }
  check_clone(config);
  check_values(config);
  vordec_config_destroy(config);
  return 0;
}

/* SPDX-License-Identifier: MIT */
/* auto, of the keys of [mask]: what a state says, wherever the configuration does not say something else. */
#include "config_rig.h"

#include <stdlib.h>
#include <vordec/types.h>

#include "config.h"

struct told {
  size_t count;
  char text[VORDEC_MESSAGE_MAX];
};

static void note(void *ctx, enum vordec_log_level level, const char *message) {
  struct told *told = ctx;
  if (level > VORDEC_LOG_WARNING) return;
  told->count++;
  snprintf(told->text, sizeof told->text, "%s", message);
}

static void set_tau(struct config_rig *rig, const char *value, enum vordec_origin origin, const char *where) {
  check_ok(vordec_config_set(rig->config, "mask", "tau", value, origin, where, &rig->error), &rig->error);
}

/* Wherever it stands it is what a state says, and without a state what old states were made with. */
static void auto_is_the_states(void **state) {
  struct config_rig *rig = *state;
  static const struct {
    const char *key, *legacy;
  } keys[] = {
      {"smooth_width", "11"}, {"smooth_kernel", "box"}, {"boundary", "zero"}, {"tau", "0.35"}, {"majority_iters", "8"}};
  cJSON *made = config_json(rig->config);
  char *text = cJSON_PrintUnformatted(made);
  cJSON *json = cJSON_Parse(text);
  const cJSON *mask = cJSON_GetObjectItemCaseSensitive(json, "mask");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(mask, keys[i].key);
    assert_string_equal(vordec_config_get(rig->config, "mask", keys[i].key), "auto");
    if (cJSON_IsString(item)) assert_string_equal(item->valuestring, keys[i].legacy);
    if (!cJSON_IsString(item)) check_near(cJSON_GetNumberValue(item), atof(keys[i].legacy), 0.0);
  }
  cJSON_Delete(json);
  cJSON_free(text);
  cJSON_Delete(made);
  assert_int_equal(vordec_config_get_integer(rig->config, "mask", "majority_iters"), 8);
  assert_int_equal(vordec_config_get_choice(rig->config, "mask", "boundary"), VORDEC_BOUNDARY_ZERO);
  assert_int_equal(vordec_config_has(rig->config, "mask", "boundary", "auto"), 1);
  assert_int_equal(vordec_config_has(rig->config, "mask", "boundary", "zero"), 1);

  set_tau(rig, "0.2", VORDEC_FROM_STATE, "s.npz: dashi_tau");
  check_near(config_real(rig->config, CONFIG_MASK_TAU), 0.2, 0.0);
  set_tau(rig, "0.5", VORDEC_FROM_FILE, "f.ini:3");
  check_near(config_real(rig->config, CONFIG_MASK_TAU), 0.5, 0.0);
  set_tau(rig, "auto", VORDEC_FROM_COMMAND_LINE, "--mask-tau");
  check_near(config_real(rig->config, CONFIG_MASK_TAU), 0.2, 0.0);
  assert_string_equal(vordec_config_get(rig->config, "mask", "tau"), "0.2");
  assert_string_equal(vordec_config_where(rig->config, "mask", "tau"), "s.npz: dashi_tau");
  set_tau(rig, "0.3", VORDEC_FROM_STATE, "t.npz: dashi_tau"); /* the next state's */
  check_near(vordec_config_get_real(rig->config, "mask", "tau"), 0.3, 0.0);
  check_fails(vordec_config_set(rig->config, "mask", "tau", "7", VORDEC_FROM_STATE, "u.npz: dashi_tau", &rig->error),
              &rig->error, VORDEC_E_CONFIG, "u.npz: dashi_tau: [mask] tau = '7'");
}

static size_t warnings_of(struct config_rig *rig, struct told *told) {
  struct vordec_runtime *runtime = NULL;
  told->count = 0;
  check_ok(vordec_runtime_create(rig->config, note, told, &runtime, &rig->error), &rig->error);
  vordec_runtime_destroy(runtime);
  return told->count;
}

/* A file that names another value than the state is told of; one with the same value, or an option, is not. */
static void files_over_states_are_told(void **state) {
  struct config_rig *rig = *state;
  struct told told;
  set_tau(rig, "0.2", VORDEC_FROM_STATE, "s.npz: dashi_tau");
  assert_int_equal(warnings_of(rig, &told), 0);
  set_tau(rig, "0.20", VORDEC_FROM_FILE, "f.ini:3");
  assert_int_equal(warnings_of(rig, &told), 0);
  set_tau(rig, "0.35", VORDEC_FROM_FILE, "f.ini:3");
  assert_int_equal(warnings_of(rig, &told), 1);
  assert_non_null(strstr(told.text, "f.ini:3: [mask] tau = 0.35 is used, although the state was made with 0.2 (s.npz: "
                                    "dashi_tau)"));
  set_tau(rig, "0.35", VORDEC_FROM_COMMAND_LINE, "--mask-tau");
  assert_int_equal(warnings_of(rig, &told), 0);
  check_ok(vordec_config_set(rig->config, "mask", "boundary", "periodic", VORDEC_FROM_STATE, "s", &rig->error),
           &rig->error);
  check_ok(vordec_config_set(rig->config, "mask", "boundary", "zero", VORDEC_FROM_FILE, "g", &rig->error), &rig->error);
  assert_int_equal(warnings_of(rig, &told), 1);
  check_ok(vordec_config_set(rig->config, "mask", "boundary", "auto", VORDEC_FROM_FILE, "g", &rig->error), &rig->error);
  assert_int_equal(warnings_of(rig, &told), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(auto_is_the_states, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(files_over_states_are_told, config_setup, config_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

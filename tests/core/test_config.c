/* SPDX-License-Identifier: MIT */
/* Configurations: every key with good and bad values, origins and precedence. Files are test_config_file.c's. */
#include "config_rig.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <vordec/types.h>

#include "config.h"

/* ---- the keys -----------------------------------------------------------------------------------------------------
 */

#define LONG_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define WORDS 14

static const struct {
  const char *section, *key, *value;
  const char *good[WORDS], *bad[WORDS];
} rows[] = {
    {"decode",
     "backend",
     "auto",
     {"auto", "cpu", "vulkan", "my_gpu2", "_", LONG_63},
     {"", "CPU", "../cpu", "a/b", "a.b", "..", "cpu ", "vul-kan", "gr\xc3\xbcn", "a,b", LONG_63 "a", "a\nb"}},
    {"decode", "policy", "strict", {"strict", "permissive"}, {"", "Strict", "lenient", "strict, permissive", "0"}},
    {"decode",
     "fallback",
     "cpu",
     {"cpu", "", "vulkan, cpu", "a,b,c"},
     {"CPU", "cpu, /x", "a;b", "cpu, ..", LONG_63 "a", "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,/x"}},
    {"decode", "device", "auto", {"auto", "0", "NVIDIA H100 (rev. 2)", "dead-beef"}, {"two\nlines", "cr\r"}},
    {"decode",
     "devices",
     "one",
     {"one", "all", "0", "0,1", "1, 0", "5a000000-0000-0000-0000-000000000000,1"},
     {"", "auto", "none", ",", "0,all", "first", "-1", "5a00", "0x1", "12345678901",
      "5a000000-0000-0000-0000-000000000000----------------"}},
    {"decode", "share_devices", "false", {"true", "no"}, {"", "maybe"}},
    {"decode",
     "allow_software_device",
     "false",
     {"true", "false", "yes", "no", "on", "off", "1", "0", "TRUE", "Off"},
     {"", "2", "tru", "y", "true ", "enabled"}},
    {"decode", "precision", "auto", {"auto", "fp32", "fp64"}, {"", "float", "fp16", "FP32", "32"}},
    {"decode",
     "fft",
     "auto",
     {"auto", "fftw", "vkfft-pruned", LONG_31},
     {"", "FFTW", "a/b", "a_b", "fftw ", LONG_31 "a"}},
    {"decode", "observer", "snapshots", {"none", "metrics", "snapshots", "visualize"}, {"", "fields", "None"}},
    {"decode", "batch", "auto", {"auto", "1", "64", "1048576"}, {"", "0", "1048577", "-1", "1.5", "Auto", "1 2"}},
    {"decode", "submission_ms", "500", {"0", "5", "60000"}, {"", "auto", "60001", "-1", "0.5", "5 ms"}},
    {"op", "backend", "auto", {"auto", "cpu"}, {"", "c.p.u"}},
    {"op", "dtype", "auto", {"auto", "float32", "float64"}, {"", "float16", "f8"}},
    {"op", "deterministic", "false", {"true", "no"}, {"", "maybe"}},
    {"op", "stride_power", "false", {"true", "no"}, {"", "2"}},
    {"simulate", "backend", "auto", {"auto", "gpu", "my_backend2"}, {"", "GPU", "a-b"}},
    {"simulate", "precision", "auto", {"auto", "fp32", "fp64"}, {"", "float64"}},
    {"simulate", "fft", "auto", {"auto", "vkfft-2"}, {"", "FFTW", "a_b"}},
    {"encode", "backend", "auto", {"auto", "gpu", "my_backend2"}, {"", "GPU", "a-b"}},
    {"encode", "precision", "auto", {"auto", "fp32", "fp64"}, {"", "float64"}},
    {"mask",
     "smooth_width",
     "auto",
     {"1", "2", "11", "0011", "32768", "auto"},
     {"", "0", "Auto", "auto ", "32769", "-11", "+11", "11.0", "1e1", "0x0b", " 11", "11 ", "eleven",
      "18446744073709551627"}},
    {"mask", "smooth_kernel", "auto", {"box", "triangle", "auto"}, {"", "gauss", "Box", "auto, box"}},
    {"mask", "boundary", "auto", {"zero", "periodic", "auto"}, {"", "reflect", "AUTO"}},
    {"mask",
     "tau",
     "auto",
     {"1", "1.0", "0.35", "1e-12", "5e-324", ".5", "auto"},
     {"", "0", "-0.1", "1.0000001", "1.5", "nan", "inf", "-inf", "0,35", "0.35x", "abc", "0x", "1e-400"}},
    {"mask", "majority_iters", "auto", {"0", "8", "1000", "auto"}, {"", "1001", "-1", "8.5"}},
    {"combine", "gate", "support", {"support", "signed"}, {"", "sign"}},
    {"combine", "anchors", "include", {"include", "ignore"}, {"", "true"}},
    {"residual", "synthesis", "off", {"off", "on"}, {"", "true", "On"}},
    {"residual",
     "seed",
     "12345",
     {"0", "12345", "9007199254740992"},
     {"", "-1", "9007199254740993", "99999999999999999999", "1e3"}},
    {"residual", "mid", "true", {"true", "off"}, {"", "both"}},
    {"residual", "high", "true", {"true", "off"}, {"", "both"}},
    {"export", "slots", "4", {"1", "4", "64"}, {"", "0", "65", "auto"}},
    {"plugins", "path", "", {"", "/usr/lib/vordec", "a folder"}, {"a\nb"}},
    {"cpu", "threads", "0", {"0", "1", "1024"}, {"", "1025", "-1", "all"}},
    {"metrics", "json", "", {"", "m.json"}, {"a\nb"}},
    {"metrics", "timings", "true", {"true", "0"}, {"", "some"}},
    {"metrics",
     "hash",
     "omega_lp, mask",
     {"none", "", "z", "z, omega_lp, mask, omega_hat", "mask,z", "mask mask"},
     {"all", "omega", "none, z", "mask; z", "z,z,z,z,z,z,z,z,bogus", "OMEGA_LP"}},
    {"metrics",
     "box",
     "auto",
     {"1", "6.283185307179586", "1e-3", "auto"},
     {"0", "-1", "", "wide", "inf", "nan", "1 m"}},
};
#define ROWS (sizeof rows / sizeof *rows)

static void every_key_is_in_the_table(void **state) {
  const struct config_rig *rig = *state;
  assert_int_equal(vordec_config_key_count(), ROWS);
  for (size_t i = 0; i < ROWS; i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    assert_string_equal(key->section, rows[i].section);
    assert_string_equal(key->key, rows[i].key);
    assert_true(key->values[0] && key->summary[0]);
    assert_string_equal(vordec_config_get(rig->config, key->section, key->key), rows[i].value);
    assert_string_equal(vordec_config_where(rig->config, key->section, key->key), "built-in default");
  }
  assert_null(vordec_config_key_at(ROWS));
}

static void good_values(void **state) {
  struct config_rig *rig = *state;
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t j = 0; j < WORDS && rows[i].good[j]; j++) {
      check_ok(vordec_config_set(rig->config, rows[i].section, rows[i].key, rows[i].good[j], VORDEC_FROM_FILE, "here:7",
                                 &rig->error),
               &rig->error);
      assert_string_equal(vordec_config_get(rig->config, rows[i].section, rows[i].key), rows[i].good[j]);
      assert_string_equal(vordec_config_where(rig->config, rows[i].section, rows[i].key), "here:7");
    }
  }
}

/* A bad value is refused with its place, key and what is expected, and changes nothing. */
static void bad_values(void **state) {
  struct config_rig *rig = *state;
  size_t wrong = 0;
  for (size_t i = 0; i < ROWS; i++) {
    char place[80];
    snprintf(place, sizeof place, "here:7: [%s] %s = '", rows[i].section, rows[i].key);
    for (size_t j = 0; j < WORDS && rows[i].bad[j]; j++) {
      memset(&rig->error, 0, sizeof rig->error);
      const enum vordec_status status = vordec_config_set(rig->config, rows[i].section, rows[i].key, rows[i].bad[j],
                                                          VORDEC_FROM_COMMAND_LINE, "here:7", &rig->error);
      const bool kept = strcmp(vordec_config_get(rig->config, rows[i].section, rows[i].key), rows[i].value) == 0;
      if (status == VORDEC_E_CONFIG && rig->error.status == status && strstr(rig->error.message, place) &&
          strstr(rig->error.message, vordec_config_key_at(i)->values) && kept) {
        continue;
      }
      wrong++;
      print_error("[%s] %s = '%s': %s, %s: %s\n", rows[i].section, rows[i].key, rows[i].bad[j],
                  vordec_status_name(status), kept ? "kept" : "changed", rig->error.message);
    }
  }
  assert_int_equal(wrong, 0);
}

static void unknown_names(void **state) {
  struct config_rig *rig = *state;
  static const struct {
    const char *section, *key, *says;
  } unknown[] = {{"decode", "bakend", "--x: unknown key 'bakend' in [decode]"},
                 {"decode", "", "--x: unknown key '' in [decode]"},
                 {"decode", "Backend", "--x: unknown key 'Backend' in [decode]"},
                 {"decoder", "backend", "--x: unknown section [decoder]"},
                 {"", "backend", "--x: this stands outside of every section"}};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    check_fails(vordec_config_set(rig->config, unknown[i].section, unknown[i].key, "cpu", VORDEC_FROM_COMMAND_LINE,
                                  "--x", &rig->error),
                &rig->error, VORDEC_E_CONFIG, unknown[i].says);
    assert_null(vordec_config_get(rig->config, unknown[i].section, unknown[i].key));
    assert_null(vordec_config_where(rig->config, unknown[i].section, unknown[i].key));
  }
}

/* ---- what the values mean -----------------------------------------------------------------------------------------
 */

static void numbers(void **state) {
  struct config_rig *rig = *state;
  struct vordec_config *config = rig->config;
  assert_int_equal(config_number(config, CONFIG_DECODE_POLICY), POLICY_STRICT);
  assert_int_equal(config_number(config, CONFIG_DECODE_PRECISION), PRECISION_AUTO);
  assert_int_equal(config_number(config, CONFIG_DECODE_OBSERVER), OBSERVER_SNAPSHOTS);
  assert_int_equal(config_number(config, CONFIG_DECODE_BATCH), 0);
  assert_int_equal(config_number(config, CONFIG_MASK_SMOOTH_WIDTH), 11);
  assert_int_equal(config_number(config, CONFIG_COMBINE_ANCHORS), ANCHORS_INCLUDE);
  assert_int_equal(config_number(config, CONFIG_RESIDUAL_SEED), 12345);
  assert_int_equal(config_number(config, CONFIG_METRICS_TIMINGS), 1);
  assert_int_equal(config_number(config, CONFIG_METRICS_HASH), HASH_OMEGA_LP | HASH_MASK);
  check_near(config_real(config, CONFIG_MASK_TAU), 0.35, 0.0);

  static const struct {
    const char *section, *key, *value;
    enum config_id id;
    uint64_t number;
  } changes[] = {
      {"decode", "policy", "permissive", CONFIG_DECODE_POLICY, POLICY_PERMISSIVE},
      {"decode", "precision", "fp32", CONFIG_DECODE_PRECISION, PRECISION_FP32},
      {"decode", "precision", "fp64", CONFIG_DECODE_PRECISION, PRECISION_FP64},
      {"decode", "observer", "visualize", CONFIG_DECODE_OBSERVER, OBSERVER_VISUALIZE},
      {"decode", "batch", "64", CONFIG_DECODE_BATCH, 64},
      {"decode", "allow_software_device", "YES", CONFIG_DECODE_ALLOW_SOFTWARE_DEVICE, 1},
      {"mask", "smooth_kernel", "triangle", CONFIG_MASK_SMOOTH_KERNEL, VORDEC_SMOOTH_TRIANGLE},
      {"mask", "boundary", "periodic", CONFIG_MASK_BOUNDARY, VORDEC_BOUNDARY_PERIODIC},
      {"combine", "gate", "signed", CONFIG_COMBINE_GATE, VORDEC_GATE_SIGNED},
      {"combine", "anchors", "ignore", CONFIG_COMBINE_ANCHORS, ANCHORS_IGNORE},
      {"residual", "seed", "9007199254740992", CONFIG_RESIDUAL_SEED, 9007199254740992u},
      {"metrics", "hash", "none", CONFIG_METRICS_HASH, 0},
      {"metrics", "hash", "omega_hat, z", CONFIG_METRICS_HASH, HASH_Z | HASH_OMEGA_HAT},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    check_ok(vordec_config_set(config, changes[i].section, changes[i].key, changes[i].value, VORDEC_FROM_FILE, "x",
                               &rig->error),
             &rig->error);
    assert_int_equal(config_number(config, changes[i].id), changes[i].number);
  }
}

/* What hosts read: each key by its own type, and by no other. */
static void typed(void **state) {
  struct config_rig *rig = *state;
  const struct vordec_config *config = rig->config;
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    const enum vordec_config_type type = vordec_config_key_type(i);
    const bool worded = type == VORDEC_CONFIG_CHOICE || type == VORDEC_CONFIG_SET;
    assert_int_equal(vordec_config_get_integer(config, key->section, key->key) >= 0, type == VORDEC_CONFIG_INTEGER);
    assert_int_equal(!isnan(vordec_config_get_real(config, key->section, key->key)), type == VORDEC_CONFIG_REAL);
    assert_int_equal(vordec_config_get_boolean(config, key->section, key->key) >= 0, type == VORDEC_CONFIG_BOOLEAN);
    assert_int_equal(vordec_config_get_choice(config, key->section, key->key) >= 0, type == VORDEC_CONFIG_CHOICE);
    assert_int_equal(vordec_config_key_choice(i, 0) != NULL, worded);
  }
  assert_int_equal(vordec_config_get_integer(config, "mask", "smooth_width"), 11);
  assert_int_equal(vordec_config_get_integer(config, "decode", "batch"), 0);
  check_near(vordec_config_get_real(config, "mask", "tau"), 0.35, 0.0);
  assert_int_equal(vordec_config_get_boolean(config, "metrics", "timings"), 1);
  assert_int_equal(vordec_config_get_boolean(config, "op", "deterministic"), 0);
  assert_int_equal(vordec_config_get_choice(config, "mask", "smooth_kernel"), VORDEC_SMOOTH_BOX);
  check_ok(vordec_config_set(rig->config, "residual", "mid", "No", VORDEC_FROM_FILE, "x", &rig->error), &rig->error);
  assert_int_equal(vordec_config_get_boolean(config, "residual", "mid"), 0);
}

/* The words of choices and sets are a list, and the sentence for people is made of it. */
static void words(void **state) {
  struct config_rig *rig = *state;
  struct vordec_config *config = rig->config;
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    char sentence[256] = "";
    size_t count = 0;
    for (const char *word = NULL; (word = vordec_config_key_choice(i, count)); count++) {
      const size_t used = strlen(sentence);
      snprintf(sentence + used, sizeof sentence - used, "%s%s", count ? ", " : "", word);
      check_ok(vordec_config_set(config, key->section, key->key, word, VORDEC_FROM_FILE, "x", &rig->error),
               &rig->error);
      assert_int_equal(vordec_config_has(config, key->section, key->key, word), 1);
    }
    if (count) assert_string_equal(sentence, key->values);
    assert_null(vordec_config_key_choice(i, count + 1));
    assert_int_equal(vordec_config_has(config, key->section, key->key, "nonsense"), -1);
  }
  check_ok(vordec_config_set(config, "metrics", "hash", "z, mask", VORDEC_FROM_FILE, "x", &rig->error), &rig->error);
  assert_int_equal(vordec_config_has(config, "metrics", "hash", "mask"), 1);
  assert_int_equal(vordec_config_has(config, "metrics", "hash", "omega_lp"), 0);
  check_ok(vordec_config_set(config, "decode", "policy", "strict", VORDEC_FROM_FILE, "x", &rig->error), &rig->error);
  assert_int_equal(vordec_config_has(config, "decode", "policy", "permissive"), 0);
}

static void nothing_there(void **state) {
  const struct config_rig *rig = *state;
  const struct vordec_config *config = rig->config;
  const size_t beyond = vordec_config_key_count();
  assert_int_equal(vordec_config_get_integer(config, "mask", "width"), -1);
  assert_true(isnan(vordec_config_get_real(config, "mask", "Tau")));
  assert_int_equal(vordec_config_get_boolean(config, "metric", "timings"), -1);
  assert_int_equal(vordec_config_get_choice(config, "", ""), -1);
  assert_int_equal(vordec_config_has(config, "decode", "polity", "strict"), -1);
  assert_int_equal(vordec_config_key_type(beyond), VORDEC_CONFIG_TEXT);
  assert_null(vordec_config_key_choice(beyond, 0));
}

/* Whatever the order in which they are set, the strongest origin wins; of equals, the last. */
static void precedence(void **state) {
  (void)state;
  static const struct {
    enum vordec_origin origin;
    const char *value, *where;
  } sources[] = {{VORDEC_FROM_STATE, "0.1", "state"},
                 {VORDEC_FROM_FILE, "0.2", "file"},
                 {VORDEC_FROM_COMMAND_LINE, "0.3", "option"}};
  static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
    struct vordec_config *config = NULL;
    struct vordec_error error;
    int strongest = -1;
    check_ok(vordec_config_create(&config, &error), &error);
    for (int j = 0; j < 3; j++) {
      const int which = orders[i][j];
      check_ok(vordec_config_set(config, "mask", "tau", sources[which].value, sources[which].origin,
                                 sources[which].where, &error),
               &error);
      if (which > strongest) strongest = which;
      assert_string_equal(vordec_config_get(config, "mask", "tau"), sources[strongest].value);
      assert_string_equal(vordec_config_where(config, "mask", "tau"), sources[strongest].where);
      check_near(config_real(config, CONFIG_MASK_TAU), 0.1 * (strongest + 1), 1e-15);
    }
    check_ok(vordec_config_set(config, "mask", "tau", "0.4", VORDEC_FROM_COMMAND_LINE, "again", &error), &error);
    assert_string_equal(vordec_config_get(config, "mask", "tau"), "0.4");
    vordec_config_destroy(config);
  }
}

/* A host whose locale writes decimals with a comma reads the same files. */
static void decimal_comma(void **state) {
  struct config_rig *rig = *state;
  static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE"};
  const char *found = NULL;
  for (size_t i = 0; i < sizeof locales / sizeof *locales && !found; i++) found = setlocale(LC_NUMERIC, locales[i]);
  if (!found) skip();
  const enum vordec_status point =
      vordec_config_set(rig->config, "mask", "tau", "0.25", VORDEC_FROM_FILE, "x", &rig->error);
  const enum vordec_status comma =
      vordec_config_set(rig->config, "mask", "tau", "0,5", VORDEC_FROM_FILE, "x", &rig->error);
  const double tau = config_real(rig->config, CONFIG_MASK_TAU);
  setlocale(LC_NUMERIC, "C");
  assert_int_equal(point, VORDEC_OK);
  assert_int_equal(comma, VORDEC_E_CONFIG);
  check_near(tau, 0.25, 0.0);
}

/* A clone lives on its own; the JSON holds every key with its type. */
static void clone_and_json(void **state) {
  struct config_rig *rig = *state;
  struct vordec_config *clone = NULL;
  check_ok(vordec_config_set(rig->config, "mask", "tau", "0.5", VORDEC_FROM_FILE, "f:1", &rig->error), &rig->error);
  check_ok(config_clone(rig->config, &clone, &rig->error), &rig->error);
  check_ok(vordec_config_set(rig->config, "mask", "tau", "0.6", VORDEC_FROM_FILE, "f:2", &rig->error), &rig->error);
  assert_string_equal(vordec_config_get(clone, "mask", "tau"), "0.5");
  assert_string_equal(vordec_config_where(clone, "mask", "tau"), "f:1");
  check_ok(vordec_config_set(clone, "mask", "tau", "0.7", VORDEC_FROM_STATE, "s", &rig->error), &rig->error);
  assert_string_equal(vordec_config_get(clone, "mask", "tau"), "0.5"); /* the origin came along */

  cJSON *made = config_json(clone);
  assert_non_null(made);
  char *text = cJSON_PrintUnformatted(made);
  cJSON *json = cJSON_Parse(text);
  assert_non_null(json);
  for (size_t i = 0; i < ROWS; i++) {
    const cJSON *section = cJSON_GetObjectItemCaseSensitive(json, rows[i].section);
    assert_non_null(cJSON_GetObjectItemCaseSensitive(section, rows[i].key));
  }
  const cJSON *mask = cJSON_GetObjectItemCaseSensitive(json, "mask");
  check_near(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(mask, "tau")), 0.5, 0.0);
  check_near(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(mask, "smooth_width")), 11, 0.0);
  assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(mask, "boundary")), "zero");
  const cJSON *metrics = cJSON_GetObjectItemCaseSensitive(json, "metrics");
  assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(metrics, "timings")));
  cJSON_Delete(json);
  cJSON_free(text);
  cJSON_Delete(made);
  vordec_config_destroy(clone);
}

static void no_error_wanted(void **state) {
  struct config_rig *rig = *state;
  assert_int_equal(vordec_config_set(rig->config, "mask", "tau", "9", VORDEC_FROM_FILE, "x", NULL), VORDEC_E_CONFIG);
  assert_int_equal(vordec_config_read(rig->config, "/no/such/file", NULL), VORDEC_E_IO);
  vordec_config_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_key_is_in_the_table, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(good_values, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(bad_values, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(unknown_names, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(numbers, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(typed, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(words, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(nothing_there, config_setup, config_teardown),
      cmocka_unit_test(precedence),
      cmocka_unit_test_setup_teardown(decimal_comma, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(clone_and_json, config_setup, config_teardown),
      cmocka_unit_test_setup_teardown(no_error_wanted, config_setup, config_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The option tables: each entry is whole, defaults parse, and what results depend on is in the record that --resume
 * compares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options/option_fill.h"
#include "cli/options/option_list.h"
#include "cli/options/option_parse.h"
#include "cli/options/option_record.h"

#define RECORD_MAX 16384

/* Options that may differ when a run is continued with --resume. The table says why. */
static const char *const harmless[] = {"kernel-only", "no-ground-truth", "out-dir", "prefix",        "report",
                                       "resume",      "restart",         "timing",  "log-snapshots", "progress-every"};

/* A command line that was read and filled, and the record of it. */
struct reading {
  struct invocation invocation;
  void *request;
  char record[RECORD_MAX];
};

static enum vordec_status note(void *ctx, const char *name, const char *text, const char *path,
                               struct vordec_error *error) {
  char *record = ctx;
  const size_t used = strlen(record);
  (void)error;
  snprintf(record + used, RECORD_MAX - used, "%s = %s%s\n", name, path ? path : "", path ? "" : text);
  return VORDEC_OK;
}

static void note_keys(struct reading *reading) {
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    note(reading->record, key->key, vordec_config_get(reading->invocation.config, key->section, key->key), NULL, NULL);
  }
}

static void read_line(const struct command *command, int argc, char **argv, struct reading *reading) {
  struct vordec_error error = {0};
  enum help_wanted help = HELP_NONE;
  *reading = (struct reading){.request = calloc(1, command->request_size)};
  assert_non_null(reading->request);
  assert_int_equal(vordec_config_create(&reading->invocation.config, &error), VORDEC_OK);
  assert_int_equal(option_parse(command, argc, argv, &reading->invocation, &help, &error), VORDEC_OK);
  assert_int_equal(option_fill(command, &reading->invocation, reading->request, &error), VORDEC_OK);
  assert_int_equal(option_record_visit(command, reading->request, note, reading->record, &error), VORDEC_OK);
  note_keys(reading);
}

static void reading_release(struct reading *reading) {
  free(reading->request);
  free(reading->invocation.values);
  vordec_config_destroy(reading->invocation.config);
}

static bool is_harmless(const char *name) {
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
    if (strcmp(harmless[i], name) == 0) return true;
  }
  return false;
}

/* A value that the option takes and that is not its default. */
static const char *other_value(const struct option_spec *spec) {
  static const char *const words[][2] = {{"observer", "metrics"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(words[i][0], spec->name) == 0) return words[i][1];
  }
  for (size_t i = 0; spec->words && spec->words[i]; i++) {
    if (strcmp(spec->words[i], spec->initial) != 0) return spec->words[i];
  }
  return "7";
}

static void what_results_depend_on_is_compared(void **state) {
  const struct command *command = &command_snapshots;
  char name[] = "snapshots", option[OPTION_NAME_MAX + 8], value[32];
  char *plain_line[] = {name, NULL};
  static struct reading plain, changed;
  (void)state;
  read_line(command, 1, plain_line, &plain);
  for (size_t i = 0; i < option_list_own(command); i++) {
    const struct option_entry entry = option_list_at(command, i);
    char *line[] = {name, option, value, NULL};
    snprintf(option, sizeof option, "--%s", entry.name);
    snprintf(value, sizeof value, "%s", other_value(entry.spec));
    read_line(command, entry.value ? 3 : 2, line, &changed);
    if ((strcmp(plain.record, changed.record) == 0) != is_harmless(entry.name)) {
      fail_msg("--%s: %s", entry.name, is_harmless(entry.name) ? "is compared" : "is not compared");
    }
    reading_release(&changed);
  }
  reading_release(&plain);
}

/* ---- every table ---- */

static size_t times_named(const struct command *command, const char *name) {
  size_t times = 0;
  for (size_t i = 0; i < option_list_count(command); i++) {
    times += strcmp(option_list_at(command, i).name, name) == 0;
  }
  return times;
}

static void check_entry(const struct command *command, const struct option_entry *entry) {
  const struct option_spec *spec = entry->spec;
  const bool flag = spec->key ? spec->set && spec->type == OPTION_FLAG : spec->type == OPTION_FLAG;
  assert_int_equal(times_named(command, entry->name), 1);
  assert_true(spec->help || spec->key);
  assert_true(spec->to || spec->key); /* it does something */
  assert_int_equal(spec->value == NULL, flag);
  assert_false(spec->required && spec->initial);
  if (spec->to) assert_in_range(entry->base + spec->to, 1, command->request_size);
}

static void check_key(const struct vordec_config *config, const struct option_spec *spec) {
  struct vordec_error error = {0};
  if (!spec->key) return;
  const char *value = spec->set ? spec->set : vordec_config_get(config, spec->section, spec->key);
  assert_non_null(value);
  struct vordec_config *copy = NULL;
  assert_int_equal(vordec_config_create(&copy, &error), VORDEC_OK);
  assert_int_equal(vordec_config_set(copy, spec->section, spec->key, value, VORDEC_FROM_COMMAND_LINE, "a test", &error),
                   VORDEC_OK);
  vordec_config_destroy(copy);
}

static void tables_are_whole(void **state) {
  struct vordec_config *config = NULL;
  (void)state;
  assert_int_equal(vordec_config_create(&config, NULL), VORDEC_OK);
  for (size_t i = 0; i < command_count; i++) {
    for (size_t j = 0; j < option_list_own(commands[i]); j++) {
      const struct option_entry entry = option_list_at(commands[i], j);
      check_entry(commands[i], &entry);
      check_key(config, entry.spec);
    }
  }
  vordec_config_destroy(config);
}

/* Defaults are texts that are read as a user's are: with what is required, and no more, a command can begin. */
static void defaults_parse(void **state) {
  (void)state;
  for (size_t i = 0; i < command_count; i++) {
    const struct command *command = commands[i];
    char words[8][OPTION_NAME_MAX + 8], *line[8];
    int count = 0;
    snprintf(words[count++], sizeof *words, "%s", command->name);
    if (command->operand) snprintf(words[count++], sizeof *words, "operand");
    for (size_t j = 0; j < option_list_own(command); j++) {
      const struct option_entry entry = option_list_at(command, j);
      if (!entry.spec->required) continue;
      assert_in_range(count, 1, 6);
      snprintf(words[count++], sizeof *words, "--%s", entry.name);
      const bool number = entry.spec->type == OPTION_COUNT;
      snprintf(words[count++], sizeof *words, "%s%s", number ? "" : "no/such/", number ? "7" : entry.name);
    }
    for (int j = 0; j < count; j++) line[j] = words[j];
    struct reading reading;
    read_line(command, count, line, &reading);
    reading_release(&reading);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_results_depend_on_is_compared),
      cmocka_unit_test(tables_are_whole),
      cmocka_unit_test(defaults_parse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reading a command line and printing help, both from the tables in command.h and the library's list of INI keys. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "command.h"

#define KEY_NAME_MAX 64
#define OPTION_BASE 256 /* beyond every character */
#define OPTION(i) (OPTION_BASE + (int)(i))

/* Options that every command, or every command with a configuration, has. */
enum common { COMMON_HELP, COMMON_VERBOSE, COMMON_CONFIG, COMMON_STRICT, COMMON_PERMISSIVE, COMMON_COUNT };
static const struct option_spec common[COMMON_COUNT] = {
    [COMMON_HELP] = {"help", NULL, "print this help and exit"},
    [COMMON_VERBOSE] = {"verbose", NULL, "say on stderr what is loaded and chosen"},
    [COMMON_CONFIG] = {"config", "FILE", "read this INI file ('vordec config --print' shows all keys)"},
    [COMMON_STRICT] = {"strict", NULL, "what was asked for, or exit code 3 (the default policy)"},
    [COMMON_PERMISSIVE] = {"permissive", NULL, "allow one downgrade, which is recorded and warned about"},
};

static size_t common_count(const struct command *command) {
  return command->takes_config ? COMMON_COUNT : COMMON_CONFIG;
}

/* --mask-smooth-width for [mask] smooth_width. */
static void key_option_name(const struct vordec_config_key *key, char name[KEY_NAME_MAX]) {
  snprintf(name, KEY_NAME_MAX, "%s-%s", key->section, key->key);
  for (char *c = name; *c; c++) {
    if (*c == '_') *c = '-';
  }
}

/* ---- parsing ---- */

/* getopt_long's table: the command's options, then the common ones, then the INI keys, numbered in that order. */
struct table {
  struct option *entries;
  char (*key_names)[KEY_NAME_MAX];
};

static void table_release(struct table *table) {
  free(table->entries);
  free(table->key_names);
}

static enum vordec_status table_make(const struct command *command, struct table *table, struct vordec_error *error) {
  const size_t keys = command->takes_config ? vordec_config_key_count() : 0;
  const size_t commons = common_count(command), total = command->option_count + commons + keys;
  table->entries = calloc(total + 1, sizeof *table->entries);
  table->key_names = calloc(keys + 1, sizeof *table->key_names);
  if (!table->entries || !table->key_names) return vordec_fail(error, VORDEC_E_NO_MEMORY, 0, "out of memory");
  /* Values differ, so that getopt_long() calls an abbreviation ambiguous that fits two options. */
  for (size_t i = 0; i < command->option_count + commons; i++) {
    const struct option_spec *spec =
        i < command->option_count ? &command->options[i] : &common[i - command->option_count];
    table->entries[i] = (struct option){spec->name, spec->value ? required_argument : no_argument, NULL, OPTION(i)};
  }
  for (size_t i = 0; i < keys; i++) {
    key_option_name(vordec_config_key_at(i), table->key_names[i]);
    const size_t at = command->option_count + commons + i;
    table->entries[at] = (struct option){table->key_names[i], required_argument, NULL, OPTION(at)};
  }
  return VORDEC_OK;
}

static enum vordec_status set_key(struct invocation *invocation, const char *section, const char *key,
                                  const char *value, const char *option, struct vordec_error *error) {
  char where[KEY_NAME_MAX + 4];
  snprintf(where, sizeof where, "--%s", option);
  return vordec_config_set(invocation->config, section, key, value, VORDEC_FROM_COMMAND_LINE, where, error);
}

static enum vordec_status take_common(enum common which, const char *value, struct invocation *invocation, bool *help,
                                      struct vordec_error *error) {
  switch (which) {
  case COMMON_HELP:
    *help = true;
    return VORDEC_OK;
  case COMMON_VERBOSE:
    invocation->verbose = true;
    return VORDEC_OK;
  case COMMON_CONFIG:
    return vordec_config_read(invocation->config, value, error);
  case COMMON_STRICT:
    return set_key(invocation, "decode", "policy", "strict", "strict", error);
  case COMMON_PERMISSIVE:
    return set_key(invocation, "decode", "policy", "permissive", "permissive", error);
  case COMMON_COUNT:
    break;
  }
  return VORDEC_OK;
}

/* Stores or applies the option that stands at `index` of the table. */
static enum vordec_status take_option(const struct command *command, const struct table *table, size_t index,
                                      struct invocation *invocation, bool *help, struct vordec_error *error) {
  const size_t own = command->option_count, commons = common_count(command);
  if (index < own) {
    invocation->values[index] = optarg ? optarg : "";
    return VORDEC_OK;
  }
  if (index < own + commons) return take_common((enum common)(index - own), optarg, invocation, help, error);
  const struct vordec_config_key *key = vordec_config_key_at(index - own - commons);
  return set_key(invocation, key->section, key->key, optarg, table->entries[index].name, error);
}

enum vordec_status command_parse(const struct command *command, int argc, char **argv, struct invocation *invocation,
                                 bool *help, struct vordec_error *error) {
  struct table table = {0};
  enum vordec_status status = table_make(command, &table, error);
  optind = 1;
  opterr = 0;
  while (!status && !*help) {
    const int at = optind < argc ? optind : argc - 1;
    const int got = getopt_long(argc, argv, "+:h", table.entries, NULL);
    if (got == -1) break;
    if (got == 'h') {
      *help = true;
    } else if (got == ':') {
      status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s %s: a value is missing", command->name, argv[at]);
    } else if (got < OPTION_BASE) {
      status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s: unknown or ambiguous option '%.100s'; see 'vordec %s --help'",
                           command->name, argv[at], command->name);
    } else {
      status = take_option(command, &table, (size_t)(got - OPTION_BASE), invocation, help, error);
    }
  }
  if (!status && !*help && optind < argc) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s: unexpected argument '%.100s'; see 'vordec %s --help'",
                         command->name, argv[optind], command->name);
  }
  table_release(&table);
  return status;
}

enum vordec_status command_refuse_metrics(const struct invocation *invocation, const char *command,
                                          struct vordec_error *error) {
  if (strcmp(vordec_config_where(invocation->config, "metrics", "json"), "--metrics-json") != 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s writes no metrics: leave --metrics-json away", command);
}

enum vordec_status command_number(const char *option, const char *text, size_t min, size_t max, size_t *number,
                                  struct vordec_error *error) {
  size_t count;
  return command_numbers(option, text, min, max, number, 1, &count, error);
}

enum vordec_status command_numbers(const char *option, const char *text, size_t min, size_t max, size_t *numbers,
                                   size_t room, size_t *count, struct vordec_error *error) {
  const char *at = text;
  *count = 0;
  for (;;) {
    char *end = NULL;
    errno = 0;
    const unsigned long long value = *at >= '0' && *at <= '9' ? strtoull(at, &end, 10) : 0;
    if (!end || errno || value < min || value > max || (*end && *end != ',') || *count == room) {
      return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected %s in %zu .. %zu", option, text,
                         room == 1 ? "a number" : "numbers separated by commas", min, max);
    }
    numbers[(*count)++] = (size_t)value;
    if (!*end) return VORDEC_OK;
    at = end + 1;
  }
}

/* ---- help ---- */

#define HELP_INDENT 8
#define HELP_WIDTH 78

/* Prints text as a block between the columns. */
static void print_wrapped(const char *text) {
  size_t column = 0; /* 0: at the beginning of a line */
  while (*text) {
    const size_t word = strcspn(text, " ");
    if (column && column + 1 + word > HELP_WIDTH) {
      putchar('\n');
      column = 0;
    }
    printf("%*s%.*s", column ? 1 : HELP_INDENT, "", (int)word, text);
    column += (column ? 1 : HELP_INDENT) + word;
    text += word;
    text += strspn(text, " ");
  }
  putchar('\n');
}

static void print_option(const char *name, const char *value, const char *help) {
  printf("  --%s%s%s\n", name, value ? " " : "", value ? value : "");
  print_wrapped(help);
}

static void print_key_options(void) {
  struct vordec_config *defaults = NULL;
  if (vordec_config_create(&defaults, NULL)) return;
  printf("\nConfiguration (each overrides the key of that name in an INI file):\n");
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    const char *value = vordec_config_get(defaults, key->section, key->key);
    char name[KEY_NAME_MAX], help[400];
    key_option_name(key, name);
    snprintf(help, sizeof help, "%s. Values: %s. Default: %s", key->summary, key->values, *value ? value : "empty");
    print_option(name, "VALUE", help);
  }
  vordec_config_destroy(defaults);
}

void command_print_help(const struct command *command) {
  printf("vordec %s - %s\n\nUsage: vordec %s %s\n\n%s\n", command->name, command->summary, command->name,
         command->synopsis, command->details);
  printf("\nOptions:\n");
  for (size_t i = 0; i < command->option_count; i++) {
    print_option(command->options[i].name, command->options[i].value, command->options[i].help);
  }
  for (size_t i = 0; i < common_count(command); i++) print_option(common[i].name, common[i].value, common[i].help);
  if (command->takes_config) print_key_options();
  printf("\nExit codes: 0 done, 1 failed while running, 2 bad usage, configuration or input,\n"
         "            3 refused by policy, 4 a comparison failed.\n");
}

/* ---- messages ---- */

int command_fail(const struct vordec_error *error) {
  fprintf(stderr, "vordec: %s\n", error->message);
  return vordec_status_exit_code(error->status);
}

void command_log(void *ctx, enum vordec_log_level level, const char *message) {
  static const char *const names[] = {"error", "warning", "info", "debug"};
  const struct invocation *invocation = ctx;
  if (level > VORDEC_LOG_WARNING && !invocation->verbose) return;
  fprintf(stderr, "vordec: %s: %s\n", names[level], message);
}

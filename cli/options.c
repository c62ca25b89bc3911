/* Reading a command line by the option list; numbers and messages that commands share. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "option_list.h"

#define OPTION_BASE 256 /* beyond every character */

/* The option list, and as getopt_long() wants it. */
struct table {
  struct option_entry *list;
  struct option *entries;
};

static void table_release(struct table *table) {
  free(table->entries);
  free(table->list);
}

static enum vordec_status table_make(const struct command *command, struct table *table, struct vordec_error *error) {
  const size_t count = option_list_count(command);
  table->list = calloc(count, sizeof *table->list);
  table->entries = calloc(count + 1, sizeof *table->entries);
  if (!table->list || !table->entries) return vordec_fail(error, VORDEC_E_NO_MEMORY, 0, "out of memory");
  for (size_t i = 0; i < count; i++) {
    struct option_entry *entry = &table->list[i];
    option_list_get(command, i, NULL, entry);
    /* Values differ, so that getopt_long() calls an abbreviation ambiguous that fits two options. */
    table->entries[i] =
        (struct option){entry->name, entry->value ? required_argument : no_argument, NULL, OPTION_BASE + (int)i};
  }
  return VORDEC_OK;
}

static enum vordec_status set_key(struct invocation *invocation, const char *section, const char *key,
                                  const char *value, const char *option, struct vordec_error *error) {
  char where[OPTION_NAME_MAX + 4];
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
    invocation->config_path = value;
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

/* What is another name of a key sets it there and then: of several options that set one, the last wins. */
static enum vordec_status take_own(const struct command *command, const struct option_entry *entry,
                                   struct invocation *invocation, struct vordec_error *error) {
  invocation->values[entry->index] = optarg ? optarg : "";
  for (size_t i = 0; i < command->alias_count; i++) {
    const struct option_alias *alias = &command->aliases[i];
    if ((size_t)alias->option != entry->index) continue;
    return set_key(invocation, alias->section, alias->key, alias->value ? alias->value : optarg, entry->name, error);
  }
  return VORDEC_OK;
}

/* Stores or applies one option with the value that getopt_long() found. */
static enum vordec_status take_option(const struct command *command, const struct option_entry *entry,
                                      struct invocation *invocation, bool *help, struct vordec_error *error) {
  switch (entry->group) {
  case GROUP_OWN:
    return take_own(command, entry, invocation, error);
  case GROUP_COMMON:
    return take_common((enum common)entry->index, optarg, invocation, help, error);
  case GROUP_KEY:
    break;
  }
  const struct vordec_config_key *key = vordec_config_key_at(entry->index);
  return set_key(invocation, key->section, key->key, optarg, entry->name, error);
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
    if (got == -1 && command->operand && !invocation->operand && optind < argc) {
      invocation->operand = argv[optind++]; /* options may follow it */
      continue;
    }
    if (got == -1) break;
    if (got == 'h') {
      *help = true;
    } else if (got == ':') {
      status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s %s: a value is missing", command->name, argv[at]);
    } else if (got < OPTION_BASE) {
      status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s: unknown or ambiguous option '%.100s'; see 'vordec %s --help'",
                           command->name, argv[at], command->name);
    } else {
      status = take_option(command, &table.list[got - OPTION_BASE], invocation, help, error);
    }
  }
  if (!status && !*help && optind < argc) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s: unexpected argument '%.100s'; see 'vordec %s --help'",
                         command->name, argv[optind], command->name);
  }
  if (!status && !*help && command->operand && !invocation->operand) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s: %s is missing; see 'vordec %s --help'", command->name,
                         command->operand, command->name);
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

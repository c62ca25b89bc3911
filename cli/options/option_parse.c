/* SPDX-License-Identifier: MIT */
#include "option_parse.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "arguments.h"
#include "core/base/nearest.h"
#include "former_names.h"
#include "not_offered.h"
#include "option_list.h"
#include "repeats.h"

#define OPTION_BASE 256 /* beyond every character */

/* The option list, and as getopt_long() wants it. */
struct table {
  struct option_entry *list;
  struct option *entries; /* and behind them the former names */
};

static void table_release(struct table *table) {
  free(table->entries);
  free(table->list);
}

static size_t former_count(void) {
  size_t count = 0;
  while (former_name_at(count)) count++;
  return count;
}

/* A former name is told apart from the present one by nothing but its letters. */
static void table_add_former(const struct command *command, size_t count, struct option *entries) {
  const struct former_name *former = NULL;
  size_t at = count;
  for (size_t i = 0; (former = former_name_at(i)); i++) {
    if (strcmp(former->command, command->name) != 0) continue;
    for (size_t k = 0; k < count; k++) {
      if (strcmp(entries[k].name, former->is) != 0) continue;
      entries[at] = entries[k];
      entries[at++].name = former->name;
      break;
    }
  }
}

static enum vordec_status table_make(const struct command *command, struct table *table, struct vordec_error *error) {
  const size_t count = option_list_count(command);
  table->list = calloc(count, sizeof *table->list);
  table->entries = calloc(count + former_count() + 1, sizeof *table->entries);
  if (!table->list || !table->entries)
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  for (size_t i = 0; i < count; i++) {
    struct option_entry *entry = &table->list[i];
    *entry = option_list_at(command, i);
    /* Values differ, so that getopt_long() calls an abbreviation ambiguous that fits two options. */
    table->entries[i] =
        (struct option){entry->name, entry->value ? required_argument : no_argument, NULL, OPTION_BASE + (int)i};
  }
  table_add_former(command, count, table->entries);
  return VORDEC_OK;
}

static enum vordec_status set_key(struct invocation *invocation, const char *section, const char *key,
                                  const char *value, const char *option, struct vordec_error *error) {
  char where[OPTION_NAME_MAX + 4];
  snprintf(where, sizeof where, "--%s", option);
  return vordec_config_set(invocation->config, section, key, value, VORDEC_FROM_COMMAND_LINE, where, error);
}

/* What names a key sets it there and then: of several options that set one, the last wins. */
static enum vordec_status set_named_key(const struct option_spec *spec, const char *value,
                                        struct invocation *invocation, struct vordec_error *error) {
  if (!spec || !spec->key) return VORDEC_OK;
  return set_key(invocation, spec->section, spec->key, spec->set ? spec->set : value, spec->name, error);
}

static enum vordec_status take_common(const struct option_entry *entry, const char *value,
                                      struct invocation *invocation, enum help_wanted *help,
                                      struct vordec_error *error) {
  switch ((enum common_option)entry->index) {
  case COMMON_HELP:
    *help = HELP_OWN;
    break;
  case COMMON_HELP_ALL:
    *help = HELP_ALL;
    break;
  case COMMON_HELP_CONFIG:
    *help = HELP_CONFIG;
    break;
  case COMMON_VERBOSE:
    invocation->verbose = true;
    break;
  case COMMON_CONFIG:
    invocation->config_path = value;
    if (!*value) return vordec_fail(error, VORDEC_E_USAGE, 0, "--config: the name is empty; expected FILE");
    return vordec_config_read(invocation->config, value, error);
  case COMMON_BACKEND:
  case COMMON_DEVICE:
  case COMMON_ALLOW_SOFTWARE_DEVICE:
  case COMMON_STRICT:
  case COMMON_PERMISSIVE:
  case COMMON_BOX:
  case COMMON_SHARE_DEVICES:
    return set_named_key(entry->spec, value, invocation, error);
  case COMMON_RANKS_NONE:
  case COMMON_RANKS:
    invocation->ranks_word = value;
    return argument_word(entry->spec->name, value, entry->spec->words, error);
  case COMMON_RANKS_WAIT:
    return argument_positive(entry->spec->name, value, &invocation->ranks_wait_s, error);
  case COMMON_SHARD:
    return shard_parse(value, &invocation->shard, error);
  case COMMON_COUNT:
    break;
  }
  return VORDEC_OK;
}

/* Whoever asks for help gets it, whatever else is wrong. */
static enum help_wanted help_wanted_by(int argc, char **argv) {
  enum help_wanted wanted = HELP_NONE;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) wanted = HELP_OWN;
    if (strcmp(argv[i], "--help-all") == 0) return HELP_ALL;
    if (strcmp(argv[i], "--help-config") == 0) return HELP_CONFIG;
  }
  return wanted;
}

/* Stores or applies one option with the value that getopt_long() found; NULL: a flag. */
static enum vordec_status take_option(const struct option_entry *entry, const char *value,
                                      struct invocation *invocation, enum help_wanted *help,
                                      struct vordec_error *error) {
  switch (entry->origin) {
  case OPTION_OWN:
    invocation->values[entry->index] = value ? value : "";
    return set_named_key(entry->spec, value, invocation, error);
  case OPTION_COMMON:
    return take_common(entry, value, invocation, help, error);
  case OPTION_KEY:
    break;
  }
  const struct vordec_config_key *key = vordec_config_key_at(entry->index);
  return set_key(invocation, key->section, key->key, value, entry->name, error);
}

/* A file without its option: most likely the first that the command reads, if that was not given. Empty: it was. */
static void hint_at_input(const struct command *command, const char *argument, const struct invocation *invocation,
                          char hint[NEAREST_HINT_MAX]) {
  const size_t own = option_list_own(command);
  size_t at = 0;
  *hint = '\0';
  while (at < own && option_list_at(command, at).spec->type != OPTION_INPUT) at++;
  if (at == own || invocation->values[at] || *argument == '-') return;
  snprintf(hint, NEAREST_HINT_MAX, "; did you mean '--%.30s %.40s'?", option_list_at(command, at).name, argument);
}

/* How many bytes of the dashes that word processors put in the place of hyphens the text begins with: U+2010 to U+2015
 * and U+2212, the minus sign. */
static size_t wrong_dashes(const char *text) {
  size_t bytes = 0;
  while (strncmp(text + bytes, "\xe2\x88\x92", 3) == 0 ||
         (strncmp(text + bytes, "\xe2\x80", 2) == 0 && (text[bytes + 2] & 0xf8) == 0x90)) {
    bytes += 3;
  }
  return bytes;
}

static enum vordec_status refuse_argument(const struct command *command, const char *argument,
                                          const struct invocation *invocation, struct vordec_error *error) {
  const size_t dashes = wrong_dashes(argument);
  char hint[NEAREST_HINT_MAX];
  if (dashes > 0) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "%s: '%.100s' begins with a long dash instead of two hyphens; did you mean '--%.60s'?",
                       command->name, argument, argument + dashes + strspn(argument + dashes, "-"));
  }
  if (strcmp(argument, "help") == 0) {
    snprintf(hint, sizeof hint, "; did you mean 'vordec help %s'?", command->name);
  } else {
    hint_at_input(command, argument, invocation, hint);
  }
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: unexpected argument '%.100s'%s%s%s%s", command->name, argument,
                     hint, *hint ? "" : "; see 'vordec ", *hint ? "" : command->name, *hint ? "" : " --help'");
}

static enum vordec_status check_end(const struct command *command, int argc, char **argv,
                                    const struct invocation *invocation, struct vordec_error *error) {
  if (optind < argc) return refuse_argument(command, argv[optind], invocation, error);
  if (!command->operand || (invocation->operand && *invocation->operand)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: %s is %s; see 'vordec %s --help'", command->name, command->operand,
                     invocation->operand ? "empty" : "missing", command->name);
}

/* Without dashes and value. */
static void bare_name(const char *argument, char name[OPTION_NAME_MAX]) {
  const char *start = argument + strspn(argument, "-");
  snprintf(name, OPTION_NAME_MAX, "%.*s", (int)strcspn(start, "="), start);
}

/* Fits several options, which are named. */
static enum vordec_status refuse_ambiguous(const struct command *command, const struct table *table, const char *name,
                                           struct vordec_error *error) {
  char names[400] = "";
  size_t at = 0;
  for (size_t i = 0; i < option_list_count(command) && at < sizeof names; i++) {
    const char *known = table->list[i].name;
    if (strncmp(known, name, strlen(name)) != 0) continue;
    at += (size_t)snprintf(names + at, sizeof names - at, "%s--%s", at ? ", " : "", known);
  }
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: --%s could be any of %s", command->name, name, names);
}

static size_t count_beginning(const struct command *command, const struct table *table, const char *name) {
  size_t count = 0;
  for (size_t i = 0; i < option_list_count(command); i++) {
    count += strncmp(table->list[i].name, name, strlen(name)) == 0;
  }
  return count;
}

static bool is_flag(const struct command *command, const struct table *table, const char *name) {
  for (size_t i = 0; i < option_list_count(command); i++) {
    if (strcmp(table->list[i].name, name) == 0) return !table->list[i].value;
  }
  return false;
}

/* Where no name is near, one of a key's may be that goes by its last words: --precision for --decode-precision. */
static void offer_options(const struct command *command, const struct table *table, struct nearest *nearest) {
  for (size_t i = 0; i < option_list_count(command); i++) nearest_offer(nearest, table->list[i].name);
  if (*nearest->best) return;
  for (size_t i = 0; i < option_list_count(command); i++) {
    const char *name = table->list[i].name, *tail = strchr(name, '-');
    const size_t had = nearest->distance;
    if (table->list[i].origin != OPTION_KEY || !tail) continue;
    nearest_offer(nearest, tail + 1);
    if (nearest->distance < had) snprintf(nearest->best, sizeof nearest->best, "%s", name);
  }
}

/* What getopt_long() does not find. */
static enum vordec_status refuse_option(const struct command *command, const struct table *table, const char *argument,
                                        struct vordec_error *error) {
  char name[OPTION_NAME_MAX], hint[NEAREST_HINT_MAX];
  const char *reason = not_offered_reason(command->name, argument);
  if (reason) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: %.*s is not offered: %s", command->name,
                       (int)strcspn(argument, "="), argument, reason);
  }
  bare_name(argument, name);
  if (*name && argument[1] == '-' && count_beginning(command, table, name) > 1) {
    return refuse_ambiguous(command, table, name, error);
  }
  if (*name && strchr(argument, '=') && is_flag(command, table, name)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: --%s takes no value", command->name, name);
  }
  struct nearest nearest = nearest_to(name);
  offer_options(command, table, &nearest);
  nearest_hint(&nearest, "--", hint);
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: unknown option '%.100s'%s%s%s%s", command->name, argument, hint,
                     *hint ? "" : "; see 'vordec ", *hint ? "" : command->name, *hint ? "" : " --help'");
}

/* ---- a file that may be left away ---- */

/* Whether the argument behind the option is its file. One that may be the command's operand is not, unless it looks
 * like nothing else. */
static bool names_file(const struct command *command, const char *argument) {
  const char *dot = argument ? strrchr(argument, '.') : NULL;
  if (!argument || (*argument == '-' && argument[1])) return false;
  return !command->operand || strcmp(argument, "-") == 0 || (dot && strcmp(dot, ".json") == 0);
}

/* Takes an option whose file was left away: that of its table is it. */
static bool take_bare(const struct command *command, char **argument, struct invocation *invocation) {
  if (!*argument || strncmp(*argument, "--", 2) != 0) return false;
  const struct option_entry entry = option_list_find(command, *argument + 2);
  if (!entry.spec || !entry.spec->bare || names_file(command, argument[1])) return false;
  invocation->values[entry.index] = entry.spec->bare;
  return true;
}

/* Whether a word that stands where a value should is one of the command's options. */
static bool is_option(const struct command *command, const struct table *table, const char *word) {
  char name[OPTION_NAME_MAX];
  if (strncmp(word, "--", 2) != 0) return false;
  bare_name(word, name);
  for (size_t i = 0; i < option_list_count(command); i++) {
    if (strcmp(table->list[i].name, name) == 0) return true;
  }
  return false;
}

/* `argument`: the option as it was typed, whose value getopt_long() found in optarg. */
static enum vordec_status check_value(const struct command *command, const struct table *table, const char *argument,
                                      struct vordec_error *error) {
  if (!optarg || strchr(argument, '=') || !is_option(command, table, optarg)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: %.80s: a value is missing before %.80s", command->name, argument,
                     optarg);
}

/* What stands behind "--" is no option. */
static void take_rest(const struct command *command, int argc, char **argv, struct invocation *invocation) {
  if (command->operand && !invocation->operand && optind < argc) invocation->operand = argv[optind++];
}

enum vordec_status option_parse(const struct command *command, int argc, char **argv, struct invocation *invocation,
                                enum help_wanted *help, struct vordec_error *error) {
  struct table table = {0};
  struct repeats repeats = {0};
  invocation->values = calloc(option_list_own(command) + 1, sizeof *invocation->values);
  if (!invocation->values) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  enum vordec_status status = table_make(command, &table, error);
  if (!status) status = repeats_make(&repeats, argc, error);
  optind = 1;
  opterr = 0;
  *help = help_wanted_by(argc, argv);
  while (!status && !*help) {
    const int at = optind < argc ? optind : argc - 1;
    if (optind < argc && take_bare(command, &argv[optind], invocation)) {
      optind++;
      continue;
    }
    const int got = getopt_long(argc, argv, "+:", table.entries, NULL);
    if (got == -1 && strcmp(argv[at], "--") == 0) {
      take_rest(command, argc, argv, invocation);
      break;
    }
    if (got == -1 && command->operand && !invocation->operand && optind < argc) {
      invocation->operand = argv[optind++]; /* options may follow it */
      continue;
    }
    if (got == -1) break;
    if (got == ':') {
      status = vordec_fail(error, VORDEC_E_USAGE, 0, "%s %s: a value is missing", command->name, argv[at]);
    } else if (got < OPTION_BASE) {
      status = refuse_option(command, &table, argv[at], error);
    } else {
      status = check_value(command, &table, argv[at], error);
      if (!status) repeats_note(&repeats, &table.list[got - OPTION_BASE], optarg);
      if (!status) status = take_option(&table.list[got - OPTION_BASE], optarg, invocation, help, error);
    }
  }
  if (!status && !*help) status = check_end(command, argc, argv, invocation, error);
  if (!status) repeats_warn(&repeats);
  repeats_release(&repeats);
  table_release(&table);
  return status;
}

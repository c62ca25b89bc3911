/* SPDX-License-Identifier: MIT */
#include "option_list.h"

#include <stdio.h>
#include <string.h>

static const struct option_spec common[COMMON_COUNT] = {
    [COMMON_HELP] = {"help", NULL, .help = "print what the command does and its usual options"},
    [COMMON_HELP_ALL] = {"help-all", NULL, .help = "print everything about the command, with all options and settings"},
    [COMMON_HELP_CONFIG] = {"help-config", NULL,
                            .help = "print the options that commands share, and the settings that this one uses"},
    [COMMON_VERBOSE] = {"verbose", NULL, .help = "say on stderr what is loaded and chosen"},
    [COMMON_CONFIG] = {"config", "FILE", "read this INI file ('vordec config --print' shows all keys)",
                       .type = OPTION_INPUT},
    [COMMON_BACKEND] =
        {"backend", "NAME",
         "which backend does the work: auto, gpu, cpu, vulkan or the name of a plugin. If it can, it also "
         "rolls out, simulates and encodes, unless [op], [simulate] or [encode] name another",
         SETS("decode", "backend")},
    [COMMON_DEVICE] = {"device", "DEVICE", "which of the backend's devices: an index, a UUID or part of a name",
                       SETS("decode", "device")},
    [COMMON_ALLOW_SOFTWARE_DEVICE] = {"allow-software-device", NULL,
                                      "accept a Vulkan device that runs on the CPU (llvmpipe and the like), for tests",
                                      SETS_TO("decode", "allow_software_device", "true")},
    [COMMON_STRICT] = {"strict", NULL, "use what was asked for, or end with exit code 3; this is the default",
                       SETS_TO("decode", "policy", "strict")},
    [COMMON_PERMISSIVE] = {"permissive", NULL, "allow one move to another backend, with a warning and a record of it",
                           SETS_TO("decode", "policy", "permissive")},
    [COMMON_BOX] = {"box", "L", SETS("metrics", "box")},
    [COMMON_RANKS_NONE] =
        {"ranks", "none",
         "each of the processes that mpirun or srun started works on its own, and needs output files of its own",
         ONE_OF("none")},
    [COMMON_RANKS] = {"ranks", "WHICH",
                      "auto: the processes that mpirun or srun started share the work; mpi: connect to MPI even if "
                      "this seems to be the only process; none: each works on its own",
                      .initial = "auto", ONE_OF("auto", "mpi", "none")},
    [COMMON_RANKS_WAIT] = {"ranks-wait", "SECONDS",
                           "end the run if a rank keeps the others waiting for longer than this", .initial = "600"},
    [COMMON_SHARE_DEVICES] = {"share-devices", NULL,
                              "let several ranks of a host, or several entries of [decode] devices, work on one GPU; "
                              "without it each takes a GPU of its own, and the run is refused if there are too few",
                              SETS_TO("decode", "share_devices", "true")},
    [COMMON_SHARD] =
        {"shard", "I/N",
         .help = "do part I of N, counted from 0, of the work alone, for job arrays: what is written is called "
                 "PATH.shard-I-of-N.npz, and 'vordec gather' puts the parts together"},
};

/* ---- which of them a command has ---- */

/* Whether `word` is among those of a list that spaces separate. */
static bool lists(const char *list, const char *word, size_t length) {
  for (const char *at = list; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
    if (strcspn(at, " ") == length && strncmp(at, word, length) == 0) return true;
  }
  return false;
}

bool option_key_used(const struct command *command, const char *section, const char *key) {
  char whole[OPTION_NAME_MAX];
  if (!command->takes_config) return false;
  if (!command->keys) return true;
  const int length = snprintf(whole, sizeof whole, "%s.%s", section, key);
  return lists(command->keys, section, strlen(section)) || lists(command->keys, whole, (size_t)length);
}

/* An option of the command's own may have the name, and then the word. */
static bool sets_what_is_used(const struct command *command, enum common_option option) {
  const struct option_spec *spec = &common[option];
  return option_key_used(command, spec->section, spec->key) && !option_list_find(command, spec->name).spec;
}

static bool has_common(const struct command *command, enum common_option option) {
  switch (option) {
  case COMMON_HELP:
  case COMMON_HELP_ALL:
  case COMMON_HELP_CONFIG:
  case COMMON_VERBOSE:
    return true;
  case COMMON_CONFIG:
  case COMMON_STRICT:
  case COMMON_PERMISSIVE:
  case COMMON_BOX:
    return command->takes_config;
  case COMMON_BACKEND:
  case COMMON_DEVICE:
  case COMMON_ALLOW_SOFTWARE_DEVICE:
    return command->takes_config && sets_what_is_used(command, option);
  case COMMON_RANKS_NONE:
    return command->ranks != RANKS_SHARED;
  case COMMON_RANKS:
  case COMMON_RANKS_WAIT:
  case COMMON_SHARE_DEVICES:
    return command->ranks == RANKS_SHARED;
  case COMMON_SHARD:
    return command->ranks == RANKS_SHARED && command->shards;
  case COMMON_COUNT:
    break;
  }
  return false;
}

/* The common option that has `before` others of the command before it; COMMON_COUNT past the last. */
static enum common_option common_at(const struct command *command, size_t before) {
  size_t seen = 0;
  for (size_t i = 0; i < COMMON_COUNT; i++) {
    if (has_common(command, (enum common_option)i) && seen++ == before) return (enum common_option)i;
  }
  return COMMON_COUNT;
}

static size_t common_count(const struct command *command) {
  size_t count = 0;
  while (common_at(command, count) != COMMON_COUNT) count++;
  return count;
}

size_t option_list_own(const struct command *command) {
  size_t count = 0;
  for (size_t i = 0; i < command->group_count; i++) count += command->groups[i].count;
  return count;
}

size_t option_list_count(const struct command *command) {
  const size_t keys = command->takes_config ? vordec_config_key_count() : 0;
  return option_list_own(command) + common_count(command) + keys;
}

static struct option_entry from_spec(enum option_origin origin, size_t index, const struct option_spec *spec,
                                     size_t base) {
  struct option_entry entry = {.origin = origin, .index = index, .spec = spec, .base = base, .value = spec->value};
  snprintf(entry.name, sizeof entry.name, "%s", spec->name);
  return entry;
}

static struct option_entry own_at(const struct command *command, size_t i) {
  const struct option_group *group = command->groups;
  size_t in_group = i;
  for (; in_group >= group->count; group++) in_group -= group->count;
  struct option_entry entry = from_spec(OPTION_OWN, i, &group->options[in_group], group->base);
  entry.rare = group->rare || entry.spec->rare;
  return entry;
}

void option_key_name(const char *section, const char *key, char name[OPTION_NAME_MAX]) {
  snprintf(name, OPTION_NAME_MAX, "%s-%s", section, key);
  for (char *c = name; *c; c++) {
    if (*c == '_') *c = '-';
  }
}

static struct option_entry key_at(size_t i) {
  const struct vordec_config_key *key = vordec_config_key_at(i);
  struct option_entry entry = {.origin = OPTION_KEY, .index = i, .value = "VALUE"};
  option_key_name(key->section, key->key, entry.name);
  return entry;
}

struct option_entry option_list_at(const struct command *command, size_t i) {
  const size_t own = option_list_own(command), commons = common_count(command);
  if (i < own) return own_at(command, i);
  if (i < own + commons) {
    const enum common_option option = common_at(command, i - own);
    return from_spec(OPTION_COMMON, option, &common[option], 0);
  }
  return key_at(i - own - commons);
}

struct option_entry option_list_find(const struct command *command, const char *name) {
  for (size_t group = 0, before = 0; group < command->group_count; before += command->groups[group++].count) {
    for (size_t i = 0; i < command->groups[group].count; i++) {
      if (strcmp(command->groups[group].options[i].name, name) == 0) return own_at(command, before + i);
    }
  }
  return (struct option_entry){.spec = NULL};
}

bool option_told(const struct command *command, const struct option_entry *entry) {
  if (entry->origin == OPTION_KEY) {
    const struct vordec_config_key *key = vordec_config_key_at(entry->index);
    return option_key_used(command, key->section, key->key);
  }
  return !entry->spec->key || option_key_used(command, entry->spec->section, entry->spec->key);
}

/* ---- what is said of one ---- */

static void say_other_name(const struct option_spec *spec, char help[OPTION_HELP_MAX]) {
  char name[OPTION_NAME_MAX] = "";
  option_key_name(spec->section, spec->key, name);
  snprintf(help, OPTION_HELP_MAX, "another name of --%s", name);
}

void option_help(const struct option_entry *entry, char help[OPTION_HELP_MAX]) {
  const struct option_spec *spec = entry->spec;
  if (!spec) {
    snprintf(help, OPTION_HELP_MAX, "%s", vordec_config_key_at(entry->index)->summary);
    return;
  }
  if (spec->help) {
    snprintf(help, OPTION_HELP_MAX, "%s", spec->help);
  } else {
    say_other_name(spec, help);
  }
  const size_t used = strlen(help);
  snprintf(help + used, OPTION_HELP_MAX - used, "%s%s%s%s", spec->initial ? ". Default: " : "",
           spec->initial ? spec->initial : "", spec->remark ? spec->remark : "", spec->required ? ". Required" : "");
}

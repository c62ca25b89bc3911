/* SPDX-License-Identifier: MIT */
/* The options of a command as one list: its own, those that all commands have, and one for each INI key. */
#ifndef VORDEC_CLI_OPTIONS_OPTION_LIST_H
#define VORDEC_CLI_OPTIONS_OPTION_LIST_H

#include "cli/command.h"

#define OPTION_NAME_MAX 64
#define OPTION_HELP_MAX 640

enum option_origin { OPTION_OWN, OPTION_COMMON, OPTION_KEY };

/* Options that every command, or every command with a configuration, has. */
enum common_option {
  COMMON_HELP,
  COMMON_HELP_ALL,
  COMMON_HELP_CONFIG,
  COMMON_VERBOSE,
  COMMON_CONFIG,
  COMMON_BACKEND,
  COMMON_DEVICE,
  COMMON_ALLOW_SOFTWARE_DEVICE,
  COMMON_STRICT,
  COMMON_PERMISSIVE,
  COMMON_BOX,
  COMMON_RANKS_NONE, /* --ranks of commands that do not share their work among ranks */
  COMMON_RANKS,      /* the same of those that do, and from here on */
  COMMON_RANKS_WAIT,
  COMMON_SHARE_DEVICES,
  COMMON_SHARD, /* and of those that can do a part of it alone */
  COMMON_COUNT
};

struct option_entry {
  enum option_origin origin;
  size_t index;                   /* among the command's own, in enum common_option, or of the INI key */
  const struct option_spec *spec; /* OWN and COMMON */
  size_t base;                    /* OWN: where the struct that it fills begins in the request */
  char name[OPTION_NAME_MAX];
  const char *value; /* NULL: a flag */
  bool rare;         /* --help leaves it to --help-all */
};

size_t option_list_count(const struct command *command);

/* The i-th option. */
struct option_entry option_list_at(const struct command *command, size_t i);

/* The command's own options alone, and one of them by its name; spec is NULL where there is none. */
size_t option_list_own(const struct command *command);
struct option_entry option_list_find(const struct command *command, const char *name);

/* "mask-smooth-width" for [mask] smooth_width. */
void option_key_name(const char *section, const char *key, char name[OPTION_NAME_MAX]);

/* Whether the command reads the key. */
bool option_key_used(const struct command *command, const char *section, const char *key);

/* Whether help, manual and completion tell of it: not of keys that the command does not use, which it takes all the
 * same, since a configuration may serve several commands. */
bool option_told(const struct command *command, const struct option_entry *entry);

/* What is said of an option, its default included. Of an INI key the summary alone: what it accepts and its default
 * are the configuration's to say. */
void option_help(const struct option_entry *entry, char help[OPTION_HELP_MAX]);

#endif

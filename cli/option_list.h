/* Every option of a command, in one list for parser, help, manual and completions: its own, those that commands share,
 * then one for each INI key. */
#ifndef VORDEC_CLI_OPTION_LIST_H
#define VORDEC_CLI_OPTION_LIST_H

#include "command.h"

#define OPTION_NAME_MAX 64

enum option_group { GROUP_OWN, GROUP_COMMON, GROUP_KEY };

/* Options that every command, or every command with a configuration, has. */
enum common { COMMON_HELP, COMMON_VERBOSE, COMMON_CONFIG, COMMON_STRICT, COMMON_PERMISSIVE, COMMON_COUNT };

struct option_entry {
  enum option_group group;
  size_t index; /* in the command's options, in enum common, or of the INI key */
  char name[OPTION_NAME_MAX];
  const char *value; /* NULL: a flag */
  const char *help;
  const char *values, *initial; /* of an INI key: what it accepts, and its default; NULL for other options */
};

size_t option_list_count(const struct command *command);

/* The i-th option, with text that lives as long as defaults, where an INI key's default stands. defaults may be NULL:
 * then initial is. */
void option_list_get(const struct command *command, size_t i, const struct vordec_config *defaults,
                     struct option_entry *entry);

#endif

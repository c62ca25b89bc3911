#include "option_list.h"

#include <stdio.h>

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

size_t option_list_count(const struct command *command) {
  return command->option_count + common_count(command) + (command->takes_config ? vordec_config_key_count() : 0);
}

static void from_spec(enum option_group group, const struct option_spec *spec, struct option_entry *entry) {
  entry->group = group;
  entry->value = spec->value;
  entry->help = spec->help;
  snprintf(entry->name, sizeof entry->name, "%s", spec->name);
}

/* --mask-smooth-width for [mask] smooth_width. */
static void from_key(const struct vordec_config_key *key, const struct vordec_config *defaults,
                     struct option_entry *entry) {
  entry->group = GROUP_KEY;
  entry->value = "VALUE";
  entry->help = key->summary;
  entry->values = key->values;
  entry->initial = defaults ? vordec_config_get(defaults, key->section, key->key) : NULL;
  snprintf(entry->name, sizeof entry->name, "%s-%s", key->section, key->key);
  for (char *c = entry->name; *c; c++) {
    if (*c == '_') *c = '-';
  }
}

void option_list_get(const struct command *command, size_t i, const struct vordec_config *defaults,
                     struct option_entry *entry) {
  const size_t own = command->option_count, commons = common_count(command);
  *entry = (struct option_entry){0};
  if (i < own) {
    entry->index = i;
    from_spec(GROUP_OWN, &command->options[i], entry);
  } else if (i < own + commons) {
    entry->index = i - own;
    from_spec(GROUP_COMMON, &common[i - own], entry);
  } else {
    entry->index = i - own - commons;
    from_key(vordec_config_key_at(entry->index), defaults, entry);
  }
}

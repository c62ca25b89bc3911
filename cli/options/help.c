#include "help.h"

#include <stdio.h>
#include <string.h>

#include "option_list.h"

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

/* Of a key also what it accepts, and its default. */
static void print_option(const struct option_entry *entry, const struct vordec_config *defaults) {
  char help[OPTION_HELP_MAX], text[2 * OPTION_HELP_MAX];
  printf("  --%s%s%s\n", entry->name, entry->value ? " " : "", entry->value ? entry->value : "");
  option_help(entry, help);
  if (entry->origin != OPTION_KEY) {
    print_wrapped(help);
    return;
  }
  const struct vordec_config_key *key = vordec_config_key_at(entry->index);
  const char *initial = vordec_config_get(defaults, key->section, key->key);
  snprintf(text, sizeof text, "%s. Values: %s. Default: %s", help, key->values, *initial ? initial : "empty");
  print_wrapped(text);
}

static void print_exit_codes(void) {
  char text[400] = "";
  for (size_t i = 0; i < exit_meaning_count; i++) {
    const size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s%d %s", i ? ", " : "", (int)exit_meanings[i].code,
             exit_meanings[i].meaning);
  }
  printf("\nExit codes:\n");
  print_wrapped(text);
}

void help_print(const struct command *command) {
  struct vordec_config *defaults = NULL;
  if (vordec_config_create(&defaults, NULL)) return;
  printf("vordec %s - %s\n\nUsage: vordec %s %s\n\n%s\n", command->name, command->summary, command->name,
         command->synopsis, command->details);
  printf("\nOptions:\n");
  for (size_t i = 0; i < option_list_count(command); i++) {
    const struct option_entry entry = option_list_at(command, i);
    if (entry.origin == OPTION_KEY && entry.index == 0) {
      printf("\nConfiguration (each overrides the key of that name in an INI file):\n");
    }
    print_option(&entry, defaults);
  }
  print_exit_codes();
  vordec_config_destroy(defaults);
}

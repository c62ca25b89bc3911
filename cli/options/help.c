/* SPDX-License-Identifier: MIT */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "cli/wrapped_text.h"
#include "option_list.h"

#define USAGE_INDENT 4
#define HELP_NAMES 26 /* as wide as the column of names becomes at most */
#define NARROW 60     /* a line shorter than this has no room for such a column */
#define NARROW_INDENT 6

static void print_wrapped(const char *text, size_t indent, size_t column) {
  wrapped_text_print(stdout, text, strlen(text), indent, column);
  putchar('\n');
}

/* A paragraph, of which indented lines stand as they are; returns what follows it. */
static const char *print_paragraph(const char *text) {
  size_t column = 0;
  while (*text && *text != '\n') {
    const size_t length = strcspn(text, "\n");
    if (*text == ' ') {
      printf("%s%.*s\n", column ? "\n" : "", (int)length, text);
      column = 0;
    } else {
      column = wrapped_text_print(stdout, text, length, 0, column);
    }
    text += length + (text[length] == '\n');
  }
  if (column) putchar('\n');
  return text + (*text == '\n');
}

/* Whether the option stands in this part of the help: HELP_CONFIG has what is not the command's own. */
static bool in_help(const struct command *command, const struct option_entry *entry, enum help_wanted part) {
  if (!option_told(command, entry)) return false;
  if (entry->origin != OPTION_OWN) return part == HELP_CONFIG;
  return part == HELP_ALL || (part == HELP_OWN && !entry->rare);
}

static size_t name_text(const struct option_entry *entry, char *text, size_t size) {
  return (size_t)snprintf(text, size, "  --%s%s%s", entry->name, entry->value ? " " : "",
                          entry->value ? entry->value : "");
}

/* Where the texts of the options begin: behind the longest name that is not too long. */
static size_t text_column(const struct command *command, enum help_wanted part) {
  char text[2 * OPTION_NAME_MAX];
  size_t widest = 0;
  if (wrapped_text_width() < NARROW) return NARROW_INDENT;
  for (size_t i = 0; i < option_list_count(command); i++) {
    const struct option_entry entry = option_list_at(command, i);
    if (!in_help(command, &entry, part)) continue;
    const size_t width = name_text(&entry, text, sizeof text);
    if (width > widest && width <= HELP_NAMES) widest = width;
  }
  return widest + 2;
}

/* Of a key also what it accepts, and its default. */
static void key_text(const struct option_entry *entry, const struct vordec_config *defaults,
                     char text[2 * OPTION_HELP_MAX]) {
  char help[OPTION_HELP_MAX];
  option_help(entry, help);
  const struct vordec_config_key *key = vordec_config_key_at(entry->index);
  const char *initial = vordec_config_get(defaults, key->section, key->key);
  snprintf(text, 2 * OPTION_HELP_MAX, "%s. Values: %s. Default: %s", help, key->values, *initial ? initial : "empty");
}

static void print_option(const struct option_entry *entry, const struct vordec_config *defaults, size_t indent) {
  char name[2 * OPTION_NAME_MAX], text[2 * OPTION_HELP_MAX];
  size_t column = name_text(entry, name, sizeof name);
  fputs(name, stdout);
  if (entry->origin == OPTION_KEY) {
    key_text(entry, defaults, text);
  } else {
    option_help(entry, text);
  }
  if (column + 2 > indent) {
    putchar('\n');
    column = 0;
  }
  print_wrapped(text, indent, column);
}

static void print_options(const struct command *command, enum help_wanted part, const struct vordec_config *defaults) {
  const size_t indent = text_column(command, part);
  bool keys = false;
  for (size_t i = 0; i < option_list_count(command); i++) {
    const struct option_entry entry = option_list_at(command, i);
    if (!in_help(command, &entry, part)) continue;
    if (entry.origin == OPTION_KEY && !keys) {
      printf("\nSettings (each overrides the key of that name in the file that --config names):\n");
      keys = true;
    }
    print_option(&entry, defaults, indent);
  }
}

/* Examples stand as they are, two columns in. */
static void print_examples(const char *examples) {
  printf("\nExamples:\n");
  for (const char *line = examples; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    printf("  %.*s\n", (int)strcspn(line, "\n"), line);
  }
}

static void print_title(const struct command *command) {
  char title[OPTION_HELP_MAX];
  snprintf(title, sizeof title, "vordec %s - %s", command->name, command->summary);
  print_wrapped(title, 0, 0);
  putchar('\n');
}

/* Of the details --help has the first paragraph. */
static void print_own(const struct command *command, enum help_wanted part, const struct vordec_config *defaults) {
  print_wrapped(command->synopsis, USAGE_INDENT, (size_t)printf("Usage: vordec %s", command->name));
  putchar('\n');
  for (const char *text = print_paragraph(command->details); part == HELP_ALL && *text;) {
    putchar('\n');
    text = print_paragraph(text + strspn(text, "\n"));
  }
  if (option_list_own(command)) printf("\nOptions:\n");
  print_options(command, part, defaults);
  print_examples(command->examples);
}

static void print_where_more_is(const struct command *command) {
  printf("\nMore options and details:   vordec %s --help-all\n", command->name);
  printf("%s   vordec %s --help-config\n",
         command->takes_config ? "Shared options, settings:" : "Options of all commands: ", command->name);
}

static void print_exit_codes(void) {
  char text[400] = "";
  for (size_t i = 0; i < exit_meaning_count; i++) {
    const size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s%d %s", i ? ", " : "", (int)exit_meanings[i].code,
             exit_meanings[i].meaning);
  }
  printf("\nExit codes:\n");
  print_wrapped(text, 2, 0);
}

static void print_config(const struct command *command, const struct vordec_config *defaults) {
  printf("Options that commands share:\n");
  print_options(command, HELP_CONFIG, defaults);
  print_exit_codes();
}

void help_print(const struct command *command, enum help_wanted wanted) {
  struct vordec_config *defaults = NULL;
  if (vordec_config_create(&defaults, NULL)) return;
  print_title(command);
  if (wanted != HELP_CONFIG) print_own(command, wanted, defaults);
  if (wanted == HELP_ALL) putchar('\n');
  if (wanted != HELP_OWN) print_config(command, defaults);
  if (wanted == HELP_OWN) print_where_more_is(command);
  if (wanted == HELP_CONFIG) printf("\n'vordec %s --help' explains the command and its own options.\n", command->name);
  vordec_config_destroy(defaults);
}

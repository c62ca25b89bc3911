/* SPDX-License-Identifier: MIT */
#include "completion.h"

#include <string.h>

#include "cli/options/option_list.h"

/* What can be offered for an option's value. */
enum offer { OFFER_NOTHING, OFFER_FILES, OFFER_FOLDERS, OFFER_WORDS };

/* Names that plugins give, by the last word of the option: those of ours. */
static const struct {
  const char *ending, *words;
} names[] = {{"backend", "auto gpu cpu vulkan"}, {"fft", "auto fftw pruned vkfft direct"}, {"fallback", "cpu"}};

static const char *known_names(const struct option_entry *option) {
  const size_t length = strlen(option->name);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const size_t ending = strlen(names[i].ending);
    if (length >= ending && strcmp(option->name + length - ending, names[i].ending) == 0) return names[i].words;
  }
  return NULL;
}

/* The key that the option is, or is another name of; the count of keys: none. */
static size_t key_of(const struct option_entry *option) {
  const size_t count = vordec_config_key_count();
  if (option->origin == OPTION_KEY) return option->index;
  for (size_t i = 0; option->spec->key && i < count; i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    if (strcmp(key->section, option->spec->section) == 0 && strcmp(key->key, option->spec->key) == 0) return i;
  }
  return count;
}

static bool takes_words(const struct option_entry *option) {
  const size_t key = key_of(option);
  if ((option->spec && option->spec->words) || known_names(option)) return true;
  return key < vordec_config_key_count() &&
         (vordec_config_key_choice(key, 0) || vordec_config_key_type(key) == VORDEC_CONFIG_BOOLEAN);
}

static enum offer offer_for(const struct option_entry *option) {
  if (takes_words(option)) return OFFER_WORDS;
  if (strcmp(option->name, "plugins-path") == 0) return OFFER_FOLDERS;
  if (strcmp(option->name, "metrics-json") == 0) return OFFER_FILES;
  if (!option->spec) return OFFER_NOTHING;
  switch (option->spec->type) {
  case OPTION_INPUT:
  case OPTION_OUTPUT:
    return OFFER_FILES;
  case OPTION_FOLDER:
    return OFFER_FOLDERS;
  case OPTION_FLAG:
  case OPTION_WORD:
  case OPTION_COUNT:
  case OPTION_REAL:
  case OPTION_NOT_NEGATIVE:
    break;
  }
  return OFFER_NOTHING;
}

static void put_words(FILE *out, const struct option_entry *option) {
  const char *word = NULL, *known = known_names(option);
  const size_t key = key_of(option);
  for (size_t i = 0; option->spec && option->spec->words && (word = option->spec->words[i]); i++) {
    fprintf(out, "%s%s", i ? " " : "", word);
  }
  if (known) fputs(known, out);
  if (key == vordec_config_key_count()) return;
  if (vordec_config_key_type(key) == VORDEC_CONFIG_BOOLEAN) fputs("true false", out);
  for (size_t i = 0; (word = vordec_config_key_choice(key, i)); i++) fprintf(out, "%s%s", i ? " " : "", word);
}

/* ---- bash ---- */

static void put_bash_value(FILE *out, const struct option_entry *option) {
  fprintf(out, "    --%s) ", option->name);
  switch (offer_for(option)) {
  case OFFER_WORDS:
    fputs("words='", out);
    put_words(out, option);
    fputs("' ;;\n", out);
    return;
  case OFFER_FILES:
    fputs("compopt -o default ;;\n", out);
    return;
  case OFFER_FOLDERS:
    fputs("compopt -o dirnames ;;\n", out);
    return;
  case OFFER_NOTHING:
    break;
  }
  fputs(";;\n", out);
}

static void put_bash_command(FILE *out, const struct command *command) {
  fprintf(out, "  %s)\n    case $prev in\n", command->name);
  for (size_t i = 0; i < option_list_count(command); i++) {
    const struct option_entry option = option_list_at(command, i);
    if (option.value && option_told(command, &option)) put_bash_value(out, &option);
  }
  fprintf(out, "    *) %swords='", command->operand ? "compopt -o default; " : "");
  for (size_t i = 0; i < option_list_count(command); i++) {
    const struct option_entry option = option_list_at(command, i);
    if (option_told(command, &option)) fprintf(out, "%s--%s", i ? " " : "", option.name);
  }
  fputs("' ;;\n    esac ;;\n", out);
}

static void put_commands(FILE *out) {
  for (size_t i = 0; i < command_count; i++) fprintf(out, " %s", commands[i]->name);
}

void completion_write_bash(FILE *out) {
  fputs("# Completion of vordec for bash. Written by vordec_texts from the command's own tables.\n"
        "_vordec() {\n"
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=''\n"
        "  # --option=value comes as three words.\n"
        "  if [[ $cur == = ]]; then\n"
        "    cur=''\n"
        "  elif [[ $prev == = ]]; then\n"
        "    prev=${COMP_WORDS[COMP_CWORD-2]}\n"
        "  fi\n"
        "  COMPREPLY=()\n"
        "  case ${COMP_WORDS[1]} in\n",
        out);
  for (size_t i = 0; i < command_count; i++) put_bash_command(out, commands[i]);
  fputs("  help)\n    words='", out);
  put_commands(out);
  fputs("' ;;\n"
        "  esac\n"
        "  if ((COMP_CWORD == 1)); then\n"
        "    words='--help --version help",
        out);
  put_commands(out);
  fputs("'\n"
        "  fi\n"
        "  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
        "}\n"
        "complete -F _vordec vordec\n",
        out);
}

/* ---- zsh ---- */

/* Inside single quotes, with what _arguments and _describe would read as their own escaped. */
static void put_zsh_text(FILE *out, const char *text) {
  for (const char *c = text; *c; c++) {
    if (strchr("[]:\\", *c)) putc('\\', out);
    if (*c == '\'') {
      fputs("'\\''", out);
    } else {
      putc(*c, out);
    }
  }
}

static void put_zsh_option(FILE *out, const struct option_entry *option) {
  char help[OPTION_HELP_MAX];
  option_help(option, help);
  fprintf(out, "      '--%s%s[", option->name, option->value ? "=" : "");
  put_zsh_text(out, help);
  putc(']', out);
  if (option->value) {
    putc(':', out);
    put_zsh_text(out, option->value);
    putc(':', out);
    switch (offer_for(option)) {
    case OFFER_WORDS:
      putc('(', out);
      put_words(out, option);
      putc(')', out);
      break;
    case OFFER_FILES:
      fputs("_files", out);
      break;
    case OFFER_FOLDERS:
      fputs("_files -/", out);
      break;
    case OFFER_NOTHING:
      break;
    }
  }
  fputs("' \\\n", out);
}

static void put_zsh_command(FILE *out, const struct command *command) {
  fprintf(out, "  %s)\n    _arguments \\\n", command->name);
  for (size_t i = 0; i < option_list_count(command); i++) {
    const struct option_entry option = option_list_at(command, i);
    if (option_told(command, &option)) put_zsh_option(out, &option);
  }
  if (command->operand) fputs("      '1: :_files' \\\n", out);
  fputs("      && return\n    ;;\n", out);
}

void completion_write_zsh(FILE *out) {
  fputs("#compdef vordec\n"
        "# Completion of vordec for zsh. Written by vordec_texts from the command's own tables.\n"
        "if ((CURRENT == 2)); then\n"
        "  local -a vordec_commands=(\n",
        out);
  for (size_t i = 0; i < command_count; i++) {
    fprintf(out, "    '%s:", commands[i]->name);
    put_zsh_text(out, commands[i]->summary);
    fputs("'\n", out);
  }
  fputs("  )\n"
        "  _describe -t commands command vordec_commands\n"
        "  return\n"
        "fi\n"
        "local vordec_command=$words[2]\n"
        "shift words\n"
        "((CURRENT--))\n"
        "case $vordec_command in\n",
        out);
  for (size_t i = 0; i < command_count; i++) put_zsh_command(out, commands[i]);
  fputs("esac\n", out);
}

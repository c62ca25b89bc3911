#include "completion.h"

#include <ctype.h>
#include <string.h>

#include "cli/option_list.h"

/* What can be offered for an option's value. */
enum offer { OFFER_NOTHING, OFFER_FILES, OFFER_FOLDERS, OFFER_WORDS };

/* "support, signed": words and nothing else. */
static bool is_word_list(const char *values) {
  for (const char *c = values; *c; c++) {
    if (*c == ',' && c[1] == ' ') {
      c++;
    } else if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_') {
      return false;
    }
  }
  return strchr(values, ',') != NULL;
}

static enum offer offer_for(const struct option_entry *option) {
  if (option->values && is_word_list(option->values)) return OFFER_WORDS;
  if (strcmp(option->name, "plugins-path") == 0) return OFFER_FOLDERS;
  if (strcmp(option->name, "metrics-json") == 0) return OFFER_FILES;
  if (!option->value) return OFFER_NOTHING;
  if (strstr(option->value, "FOLDER")) return OFFER_FOLDERS;
  return strchr(option->value, '.') || strstr(option->value, "FILE") ? OFFER_FILES : OFFER_NOTHING;
}

static void put_words(FILE *out, const char *values) {
  for (const char *c = values; *c; c++) {
    if (*c != ',') putc(*c, out);
  }
}

/* ---- bash ---- */

static void put_bash_value(FILE *out, const struct option_entry *option) {
  fprintf(out, "    --%s) ", option->name);
  switch (offer_for(option)) {
  case OFFER_WORDS:
    fputs("words='", out);
    put_words(out, option->values);
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
  struct option_entry option;
  fprintf(out, "  %s)\n    case $prev in\n", command->name);
  for (size_t i = 0; i < option_list_count(command); i++) {
    option_list_get(command, i, NULL, &option);
    if (option.value) put_bash_value(out, &option);
  }
  fprintf(out, "    *) %swords='", command->operand ? "compopt -o default; " : "");
  for (size_t i = 0; i < option_list_count(command); i++) {
    option_list_get(command, i, NULL, &option);
    fprintf(out, "%s--%s", i ? " " : "", option.name);
  }
  fputs("' ;;\n    esac ;;\n", out);
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
  fputs("  esac\n"
        "  if ((COMP_CWORD == 1)); then\n"
        "    words='--help --version",
        out);
  for (size_t i = 0; i < command_count; i++) fprintf(out, " %s", commands[i]->name);
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
  fprintf(out, "      '--%s%s[", option->name, option->value ? "=" : "");
  put_zsh_text(out, option->help);
  putc(']', out);
  if (option->value) {
    putc(':', out);
    put_zsh_text(out, option->value);
    putc(':', out);
    switch (offer_for(option)) {
    case OFFER_WORDS:
      putc('(', out);
      put_words(out, option->values);
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
    struct option_entry option;
    option_list_get(command, i, NULL, &option);
    put_zsh_option(out, &option);
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

/* SPDX-License-Identifier: MIT */
/* vordec: the command. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/backend.h>
#include <vordec/error.h>

#include "command.h"
#include "core/base/nearest.h"
#include "json_print.h"
#include "options/help.h"
#include "options/option_fill.h"
#include "options/option_parse.h"
#include "rank_start.h"
#include "wrapped_text.h"

#define SUMMARY_INDENT 15

static void print_wrapped(FILE *out, const char *text, size_t indent, size_t column) {
  wrapped_text_print(out, text, strlen(text), indent, column);
  fputc('\n', out);
}

static void print_usage(FILE *out) {
  print_wrapped(out, "vordec - turns compact spectral states of 2-D turbulence into vorticity fields", 0, 0);
  fprintf(out, "\nUsage: vordec COMMAND [OPTION]..\n\nCommands:\n");
  for (size_t i = 0; i < command_count; i++) {
    const int column = fprintf(out, "  %-12s", commands[i]->name);
    print_wrapped(out, commands[i]->summary, SUMMARY_INDENT, column > 0 ? (size_t)column : 0);
  }
  fputc('\n', out);
  print_wrapped(out, "'vordec help COMMAND' explains a command; 'vordec --version' names this build.", 0, 0);
  fprintf(out, "A first try, in a source tree:\n"
               "  vordec decode --z0-npz examples/data/state.npz --out fields.npz --png fields.png\n");
}

static int print_version(void) {
  printf("vordec %s (%s)\nbackend ABI %u.%u\n%s\n", vordec_version(), vordec_git_describe(), VORDEC_ABI_MAJOR,
         VORDEC_ABI_MINOR, VORDEC_BUILD_SUMMARY);
  return EXIT_DONE;
}

static int fill_and_run(const struct command *command, struct invocation *invocation) {
  struct vordec_error error = {0};
  void *request = calloc(1, command->request_size ? command->request_size : 1);
  enum vordec_status status = VORDEC_OK;
  if (!request) status = vordec_fail(&error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  if (!status) status = option_fill(command, invocation, request, &error);
  if (invocation->ranks) status = ranks_settle(invocation->ranks, status, &error);
  const int code = status ? command_fail(&error) : command->run(invocation, request);
  free(request);
  return code;
}

static int run_command(const struct command *command, int argc, char **argv) {
  struct invocation invocation = {.ranks_wait_s = RANK_START_WAIT_S};
  struct vordec_error error = {0};
  enum help_wanted help = HELP_NONE;
  int code = EXIT_DONE;
  rank_start_listen(command);
  if (vordec_config_create(&invocation.config, &error) ||
      option_parse(command, argc, argv, &invocation, &help, &error)) {
    code = command_fail(&error);
  } else if (help) {
    help_print(command, help);
  } else if (rank_start(command, &invocation, &error)) {
    code = command_fail(&error);
  } else {
    code = fill_and_run(command, &invocation);
  }
  free(invocation.values);
  vordec_config_destroy(invocation.config);
  rank_start_end(&invocation, code);
  return code;
}

/* Results on stdout that could not be written are a failure, not a detail. */
static int finish(int code) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  fprintf(stderr, "vordec: cannot write to standard output\n");
  return code ? code : EXIT_FAILED;
}

/* ---- which command ---- */

static const struct command *command_find(const char *word) {
  for (size_t i = 0; i < command_count; i++) {
    if (strcmp(word, commands[i]->name) == 0) return commands[i];
  }
  return NULL;
}

/* The first argument, or behind options the first that names a command; argc: none does. */
static int command_at(int argc, char **argv) {
  if (*argv[1] != '-') return command_find(argv[1]) ? 1 : argc;
  int at = 1;
  while (at < argc && !command_find(argv[at])) at++;
  return at;
}

/* Options that stand before the command are its own. */
static void put_first(char **argv, int at) {
  char *command = argv[at];
  for (int i = at; i > 1; i--) argv[i] = argv[i - 1];
  argv[1] = command;
}

/* Several commands begin like this: they are named. */
static bool name_candidates(const char *word) {
  char names[256] = "";
  size_t at = 0, count = 0;
  for (size_t i = 0; i < command_count && at < sizeof names; i++) {
    if (strncmp(commands[i]->name, word, strlen(word)) != 0) continue;
    at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", count++ ? ", " : "", commands[i]->name);
  }
  if (count > 1) fprintf(stderr, "vordec: '%s' could be any of %s\n", word, names);
  return count > 1;
}

static int refuse_command(const char *word) {
  struct nearest nearest = nearest_to(word);
  struct vordec_error error = {0};
  char hint[NEAREST_HINT_MAX];
  if (*word && name_candidates(word)) return EXIT_BAD_USAGE;
  for (size_t i = 0; i < command_count; i++) nearest_offer(&nearest, commands[i]->name);
  nearest_offer(&nearest, "help");
  nearest_offer(&nearest, "--version");
  nearest_hint(&nearest, "vordec ", hint);
  vordec_fail(&error, VORDEC_E_USAGE, 0, "unknown command '%.60s'%s", word, *hint ? hint : "; see 'vordec --help'");
  return command_fail(&error);
}

static bool stands_among(int argc, char **argv, const char *word) {
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], word) == 0) return true;
  }
  return false;
}

static bool is_version(const char *word) {
  return strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0;
}

/* The first word, the only one behind a command, or one among options without a command: --strict --version. Elsewhere
 * it is an option that no command has: the version instead of the work, as a success, would be no answer. */
static bool asks_for_version(int argc, char **argv, int at) {
  if (is_version(argv[1])) return true;
  if (at < argc) return argc == at + 2 && is_version(argv[at + 1]);
  for (int i = 1; i < argc && *argv[i] == '-' && strcmp(argv[i], "--") != 0; i++) {
    if (is_version(argv[i])) return true;
  }
  return false;
}

/* What may stand beside help, since it asks for the same or for less. */
static bool is_help_option(const char *word) {
  return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "--help-all") == 0 || is_version(word);
}

/* help, or help COMMAND. */
static int print_help(int argc, char **argv) {
  const char *name = NULL;
  struct vordec_error error = {0};
  for (int i = 0; i < argc; i++) {
    if (is_help_option(argv[i])) continue;
    if (name || *argv[i] == '-') {
      vordec_fail(&error, VORDEC_E_USAGE, 0, "help: unexpected argument '%.60s'%s", argv[i],
                  *argv[i] == '-' ? "; see 'vordec --help'" : ": one command at a time");
      return command_fail(&error);
    }
    name = argv[i];
  }
  const struct command *command = name ? command_find(name) : NULL;
  if (name && !command && strcmp(name, "help") != 0) return refuse_command(name);
  if (command) {
    help_print(command, stands_among(argc, argv, "--help-all") ? HELP_ALL : HELP_OWN);
  } else {
    print_usage(stdout);
  }
  return finish(EXIT_DONE);
}

/* ---- the end ---- */

static bool at_the_end; /* main() is about to return */

#if defined(__GLIBC__)
/* A library, a plugin or a driver that calls exit(0) in the middle of a command has not done what was asked. */
static void look_who_ends(int status, void *self) {
  if (at_the_end || status != 0 || *(const pid_t *)self != getpid()) return;
  fflush(stdout);
  fprintf(stderr, "vordec: a library ended the process before the command was done\n");
  _exit(EXIT_FAILED);
}
#endif

static void watch_the_end(void) {
  signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is a write that fails, with a line */
#if defined(__GLIBC__)
  static pid_t self;
  self = getpid();
  on_exit(look_who_ends, &self);
#endif
}

static int run(int argc, char **argv) {
  if (argc < 2) {
    print_usage(stderr);
    return EXIT_BAD_USAGE;
  }
  json_watch_memory();
  const char *word = argv[1];
  if (strcmp(word, "help") == 0) return print_help(argc - 2, argv + 2);
  const int at = command_at(argc, argv);
  if (asks_for_version(argc, argv, at)) return finish(print_version());
  if (at < argc) {
    put_first(argv, at);
    return finish(run_command(command_find(argv[1]), argc - 1, argv + 1));
  }
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "--help-all") == 0) {
    return print_help(0, NULL);
  }
  const bool only_options = *word == '-';
  if (!only_options) return refuse_command(word);
  fprintf(stderr, "vordec: a command is missing; see 'vordec --help'\n");
  return EXIT_BAD_USAGE;
}

int main(int argc, char **argv) {
  watch_the_end();
  const int code = run(argc, argv);
  at_the_end = true;
  return code;
}

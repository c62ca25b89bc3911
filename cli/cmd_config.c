/* vordec config: show and check configurations. */
#include <stdio.h>

#include "command.h"
#include "effective.h"

enum { OPTION_PRINT, OPTION_CHECK, OPTION_EFFECTIVE };
static const struct option_spec options[] = {
    [OPTION_PRINT] = {"print", NULL, "print the built-in defaults: an INI text with every key explained"},
    [OPTION_CHECK] = {"check", "FILE", "read FILE and report the first thing that is wrong with it, with its line"},
    [OPTION_EFFECTIVE] = {"effective", NULL,
                          "print every key with its value in force after --config and the options below, and where "
                          "the value came from"},
};

static int check(struct invocation *invocation, const char *path) {
  struct vordec_error error = {0};
  if (vordec_config_read(invocation->config, path, &error)) return command_fail(&error);
  fprintf(stderr, "%s: ok\n", path);
  return EXIT_DONE;
}

static int run(struct invocation *invocation) {
  if (invocation->values[OPTION_CHECK]) return check(invocation, invocation->values[OPTION_CHECK]);
  if (invocation->values[OPTION_EFFECTIVE]) {
    effective_write(stdout, invocation->config);
    return EXIT_DONE;
  }
  if (invocation->values[OPTION_PRINT]) {
    fputs(vordec_config_defaults(), stdout);
    return EXIT_DONE;
  }
  fprintf(stderr,
          "vordec: config: one of --print, --check FILE or --effective is needed; see 'vordec config --help'\n");
  return EXIT_BAD_USAGE;
}

const struct command command_config = {
    .name = "config",
    .summary = "print the defaults, or check an INI file",
    .synopsis = "--print | --check FILE | --effective [--config FILE] [OPTION]..",
    .details = "vordec reads its settings from an INI file. Precedence: the command line, then the\n"
               "file, then what a state carries (tau, smoothing width), then the built-in\n"
               "defaults. A file need only hold the keys that differ from the defaults.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .takes_config = true,
    .run = run,
};

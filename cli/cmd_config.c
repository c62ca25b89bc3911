/* SPDX-License-Identifier: MIT */
/* vordec config: show and check configurations. */
#include <stdio.h>

#include "command.h"
#include "options/effective.h"

struct config_request {
  bool print, effective, changed;
  const char *check;
};

static const struct option_spec options[] = {
    {"print", NULL, "print the built-in defaults as an INI file that explains every key",
     TO_FLAG(struct config_request, print)},
    {"check", "FILE", "read FILE and report the first thing that is wrong with it, and in which line",
     TO_INPUT(struct config_request, check)},
    {"effective", NULL,
     "print every key with the value that holds after --config and the options below, and where it came from",
     TO_FLAG(struct config_request, effective)},
    {"changed", NULL, "with --effective: print only keys whose values differ from the built-in defaults",
     TO_FLAG(struct config_request, changed)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

static int check(struct invocation *invocation, const char *path) {
  struct vordec_error error = {0};
  if (vordec_config_read(invocation->config, path, &error)) return command_fail(&error);
  fprintf(stderr, "%s: ok\n", path);
  return EXIT_DONE;
}

static int print_effective(const struct vordec_config *config, bool changed) {
  struct vordec_error error = {0};
  struct vordec_config *defaults = NULL;
  if (changed && vordec_config_create(&defaults, &error)) return command_fail(&error);
  effective_write(stdout, config, defaults);
  vordec_config_destroy(defaults);
  return EXIT_DONE;
}

static int run(struct invocation *invocation, void *request) {
  const struct config_request *asked = request;
  if (asked->print + asked->effective + (asked->check != NULL) > 1) {
    fprintf(stderr, "vordec: config: --print, --check and --effective exclude each other; choose one\n");
    return EXIT_BAD_USAGE;
  }
  if (asked->check) return check(invocation, asked->check);
  if (asked->changed && !asked->effective) {
    fprintf(stderr, "vordec: config: --changed goes with --effective\n");
    return EXIT_BAD_USAGE;
  }
  if (asked->effective) return print_effective(invocation->config, asked->changed);
  if (asked->print) {
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
    .synopsis = "--print | --check FILE | --effective [--changed] [--config FILE] [OPTION]..",
    .details = "Settings come, in this order of precedence, from the command line, from the INI file that\n"
               "--config names, from the state (for [mask]) and from the built-in defaults. A file need\n"
               "only have the keys that differ from the defaults. In [mask], auto means what the state\n"
               "says, whether auto stands on the command line, in the file or in the defaults.",
    .examples = "vordec config --print > mine.ini\n"
                "vordec config --effective --changed --config mine.ini --mask-tau 0.25",
    COMMAND_OPTIONS(groups, struct config_request),
    .takes_config = true,
    .metrics = METRICS_SHOWN,
    .ranks = RANKS_EACH,
    .run = run,
};

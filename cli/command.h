/* SPDX-License-Identifier: MIT */
/* A subcommand: its options, its help, and how it runs. The same tables make help, manual and completions. */
#ifndef VORDEC_CLI_COMMAND_H
#define VORDEC_CLI_COMMAND_H

#include <vordec/vordec.h>

#include "cli/options/option.h"
#include "cli/shard.h"
#include "ranks/ranks.h"

enum exit_code {
  EXIT_DONE = 0,
  EXIT_FAILED = 1,
  EXIT_BAD_USAGE = 2,
  EXIT_REFUSED = 3,
  EXIT_DIFFERENT = 4,
  EXIT_INTERRUPTED = 130
};

/* A parsed command line. */
struct invocation {
  const char **values;          /* by index among the command's own options; NULL: not given; "": a flag that was */
  const char *operand;          /* NULL: not given */
  const char *config_path;      /* --config; NULL: not given */
  struct vordec_config *config; /* built-in defaults, then --config, then the command line; owned by main */
  bool verbose;
  const char *ranks_word; /* --ranks; NULL: not given */
  double ranks_wait_s;
  struct shard shard;  /* --shard */
  struct ranks *ranks; /* of a command that shares its work; owned by main */
};

/* What a command makes of being started several times at once, by mpirun or srun. */
enum command_ranks {
  RANKS_REFUSED = 0, /* all would do the same work */
  RANKS_EACH,        /* it tells about the place where it runs: each for itself */
  RANKS_SHARED       /* they share the work: --ranks, --share-devices .. */
};

/* What becomes of [metrics] json. */
enum command_metrics {
  METRICS_NONE = 0, /* --metrics-json is refused */
  METRICS_WRITTEN,
  METRICS_SHOWN /* as any key: the command is about the configuration itself */
};

struct command {
  const char *name;
  const char *summary;  /* one line */
  const char *synopsis; /* what follows the name */
  const char *details;  /* paragraphs, wrapped by hand at 78 columns */
  const char *examples; /* two, each a line that can be pasted into a shell */
  const struct option_group *groups;
  size_t group_count;
  size_t request_size; /* of the struct that the options fill; 0: the command has none of its own */
  bool takes_config;   /* also --config, --strict, --permissive and one option per INI key */
  const char *keys; /* the keys that it reads: sections, "mask", or keys, "cpu.threads", separated by spaces; NULL: all
                     * (with takes_config). The others are taken and not told of. */
  enum command_metrics metrics;
  enum command_ranks ranks;
  bool shards;         /* of RANKS_SHARED: also --shard */
  const char *operand; /* what the one argument that is no option is called in messages; NULL: there is none */
  int (*run)(struct invocation *invocation, void *request);
};

/* Keys that say on which device something runs. */
#define KEYS_OF_PLACE                                                                                                  \
  "decode.backend decode.policy decode.fallback decode.device decode.allow_software_device decode.submission_ms"

/* Of a command: its groups of options, and the struct that they fill. */
#define COMMAND_OPTIONS(list, request)                                                                                 \
  .groups = (list), .group_count = sizeof(list) / sizeof *(list), .request_size = sizeof(request)

extern const struct command command_devices, command_config, command_decode, command_parity, command_perf_kernel,
    command_bench, command_simulate, command_encode, command_learn, command_loss, command_snapshots,
    command_check_plugin, command_doctor, command_gather, command_report;

/* All of them, in the order of the help. */
extern const struct command *const commands[];
extern const size_t command_count;

struct exit_meaning {
  enum exit_code code;
  const char *meaning;
};
extern const struct exit_meaning exit_meanings[]; /* by rising code */
extern const size_t exit_meaning_count;

/* From here on this process says nothing of what another one of the same run says, too. */
void command_keep_silent(bool silent);

/* Prints "vordec: MESSAGE" to stderr; returns the exit code that goes with the status. */
int command_fail(const struct vordec_error *error);

/* Log function of all commands: warnings and errors to stderr, everything if ctx, a const bool, is true. A process
 * that keeps silent logs only where everything is wanted. */
void command_log(void *ctx, enum vordec_log_level level, const char *message);

/* [metrics] json; NULL where it is empty. */
const char *command_metrics_path(const struct vordec_config *config);

#endif

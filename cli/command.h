/* A subcommand: its options, its help, and how it runs. The same tables make help, manual and completions. */
#ifndef VORDEC_CLI_COMMAND_H
#define VORDEC_CLI_COMMAND_H

#include <vordec/vordec.h>

enum exit_code {
  EXIT_DONE = 0,
  EXIT_FAILED = 1,
  EXIT_BAD_USAGE = 2,
  EXIT_REFUSED = 3,
  EXIT_DIFFERENT = 4,
  EXIT_INTERRUPTED = 130
};

struct option_spec {
  const char *name;  /* without the dashes */
  const char *value; /* what its value is called in the help; NULL: a flag */
  const char *help;
};

/* An option that is another name of an INI key. */
struct option_alias {
  int option; /* index in the command's options */
  const char *section, *key;
  const char *value; /* what a flag sets; NULL: the option's own value */
};

#define COMMAND_OPTION_MAX 48

/* A parsed command line. */
struct invocation {
  const char *values[COMMAND_OPTION_MAX]; /* by index in the command's options; NULL: not given; "": a flag that was */
  const char *operand;                    /* NULL: not given */
  const char *config_path;                /* --config; NULL: not given */
  struct vordec_config *config;           /* built-in defaults, then --config, then the command line; owned by main */
  bool verbose;
};

struct command {
  const char *name;
  const char *summary;  /* one line */
  const char *synopsis; /* what follows the name */
  const char *details;  /* paragraphs, wrapped by hand at 78 columns */
  const struct option_spec *options;
  size_t option_count;
  const struct option_alias *aliases;
  size_t alias_count;
  bool takes_config;   /* also --config, --strict, --permissive and one option per INI key */
  const char *operand; /* what the one argument that is no option is called in messages; NULL: there is none */
  int (*run)(struct invocation *invocation);
};

extern const struct command command_devices, command_config, command_decode, command_parity, command_perf_kernel,
    command_bench, command_simulate, command_encode, command_learn, command_snapshots, command_check_plugin,
    command_doctor;

/* All of them, in the order of the help. */
extern const struct command *const commands[];
extern const size_t command_count;

struct exit_meaning {
  enum exit_code code;
  const char *meaning;
};
extern const struct exit_meaning exit_meanings[]; /* by rising code */
extern const size_t exit_meaning_count;

/* Fills invocation from argv (argv[0] is the command's name). On failure the error says what is wrong. Sets *help if
 * help was asked for. */
enum vordec_status command_parse(const struct command *command, int argc, char **argv, struct invocation *invocation,
                                 bool *help, struct vordec_error *error);
void command_print_help(const struct command *command);

/* Prints "vordec: MESSAGE" to stderr; returns the exit code that goes with the status. */
int command_fail(const struct vordec_error *error);

/* Log function of all commands: warnings and errors to stderr, everything if ctx (an invocation) is verbose. */
void command_log(void *ctx, enum vordec_log_level level, const char *message);

/* For commands that write no metrics: E_USAGE if --metrics-json asks for them. */
enum vordec_status command_refuse_metrics(const struct invocation *invocation, const char *command,
                                          struct vordec_error *error);

/* An unsigned number within min .. max; `option` names it in the message. */
enum vordec_status command_number(const char *option, const char *text, size_t min, size_t max, size_t *number,
                                  struct vordec_error *error);
/* A comma-separated list of such numbers; at most `room`. */
enum vordec_status command_numbers(const char *option, const char *text, size_t min, size_t max, size_t *numbers,
                                   size_t room, size_t *count, struct vordec_error *error);

#endif

/* SPDX-License-Identifier: MIT */
/* vordec check-plugin: the conformance suite on a plugin, as a table for people and as JSON. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "command.h"
#include "conformance/conformance.h"
#include "json_output.h"
#include "json_print.h"

struct check_plugin_request {
  const char *only, *json;
  bool quick;
  double time_limit_s;
};

static const struct option_spec options[] = {
    {"only", "GROUPS", "check only these groups, separated by commas, and the groups they need. Default: all",
     TO_WORD(struct check_plugin_request, only)},
    {"quick", NULL, "use fewer sizes and repetitions", TO_FLAG(struct check_plugin_request, quick)},
    {"time-limit", "SECONDS", "stop a check that makes no progress for this long", .initial = "60",
     TO_REAL(struct check_plugin_request, time_limit_s)},
    {"json", "FILE", JSON_HELP "an object", .bare = JSON_STDOUT, .ending = "json",
     TO_OUTPUT(struct check_plugin_request, json)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

/* ---- which file ---- */

/* An absolute path, without resolving links: the file's own name counts. */
static enum vordec_status make_absolute(const char *given, char **path, struct vordec_error *error) {
  char *here = given[0] == '/' ? NULL : getcwd(NULL, 0);
  int length = -1;
  if (given[0] == '/' || here) length = asprintf(path, "%s%s%s", here ? here : "", here ? "/" : "", given);
  free(here);
  if (length >= 0) return VORDEC_OK;
  *path = NULL;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
}

/* What looks like a file is one; else it is a backend's name, whose file is in the plugin folder. */
static enum vordec_status find_file(struct invocation *invocation, char **path, struct vordec_error *error) {
  const char *operand = invocation->operand, *dot = strrchr(operand, '.');
  struct vordec_runtime *runtime = NULL;
  *path = NULL;
  if (strchr(operand, '/') || (dot && strcmp(dot, ".so") == 0)) return make_absolute(operand, path, error);
  enum vordec_status status = vordec_config_set(invocation->config, "decode", "backend", operand,
                                                VORDEC_FROM_COMMAND_LINE, "check-plugin", error);
  if (status) return status;
  status = vordec_runtime_create(invocation->config, NULL, NULL, &runtime, error);
  if (!status && asprintf(path, "%s/decode_%s.so", vordec_runtime_plugin_folder(runtime), operand) < 0) {
    *path = NULL;
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  }
  vordec_runtime_destroy(runtime);
  return status;
}

/* ---- what was found ---- */

/* As text as it goes; into the array where JSON is wanted. */
struct report {
  FILE *out;     /* stdout, or stderr where the JSON goes to stdout */
  cJSON *checks; /* NULL: no JSON */
  const char *group;
  size_t unreached;
};

static void print_finding(struct report *report, const struct conformance_finding *finding) {
  const bool fell_short = finding->outcome == CONFORMANCE_SHORT;
  report->unreached += finding->unreached;
  if (finding->unreached) return;
  if (report->group != finding->group) fprintf(report->out, "%s\n", finding->group);
  report->group = finding->group;
  fprintf(report->out, "  %-11s %-14s %s\n", fell_short ? "FELL SHORT" : conformance_outcome_name(finding->outcome),
          finding->name, finding->detail[0] && !fell_short ? finding->detail : finding->what);
  if (fell_short) fprintf(report->out, "  %-11s %-14s > %s\n", "", "", finding->detail);
}

static void take_finding(void *ctx, const struct conformance_finding *finding) {
  struct report *report = ctx;
  print_finding(report, finding);
  if (!report->checks) return;
  cJSON *item = cJSON_CreateObject();
  cJSON_AddStringToObject(item, "group", finding->group);
  cJSON_AddStringToObject(item, "name", finding->name);
  cJSON_AddStringToObject(item, "what", finding->what);
  cJSON_AddStringToObject(item, "outcome", conformance_outcome_name(finding->outcome));
  cJSON_AddStringToObject(item, "detail", finding->detail);
  cJSON_AddNumberToObject(item, "seconds", finding->seconds);
  json_append(report->checks, item);
}

static void print_summary(const struct report *report, const struct conformance_summary *summary) {
  fprintf(report->out, "%zu passed, %zu fell short, %zu skipped", summary->passed, summary->fell_short,
          summary->skipped);
  if (report->unreached) fprintf(report->out, " (%zu of them could not be reached)", report->unreached);
  fputc('\n', report->out);
  if (summary->conclusive || summary->fell_short) return;
  fprintf(stderr, "vordec: nothing was decoded, since no device may be used (see 'choice' above)\n");
}

/* Takes `checks` over. */
static enum vordec_status write_json(const struct conformance_options *suite, const struct conformance_summary *summary,
                                     const char *path, cJSON *checks, struct vordec_error *error) {
  cJSON *object = cJSON_CreateObject(), *device = NULL;
  cJSON_AddStringToObject(object, "plugin", suite->path);
  cJSON_AddStringToObject(object, "vordec_version", vordec_version());
  cJSON_AddBoolToObject(object, "quick", suite->quick);
  if (summary->device.struct_size) {
    device = cJSON_AddObjectToObject(object, "device");
    cJSON_AddNumberToObject(device, "index", summary->device.index);
    cJSON_AddStringToObject(device, "name", summary->device.name);
    cJSON_AddStringToObject(device, "type", vordec_device_type_name(summary->device.type));
    cJSON_AddStringToObject(device, "driver", summary->device.driver);
  } else {
    cJSON_AddNullToObject(object, "device");
  }
  cJSON_AddBoolToObject(object, "conclusive", summary->conclusive);
  cJSON_AddNumberToObject(object, "passed", (double)summary->passed);
  cJSON_AddNumberToObject(object, "fell_short", (double)summary->fell_short);
  cJSON_AddNumberToObject(object, "skipped", (double)summary->skipped);
  if (!cJSON_AddItemToObject(object, "checks", checks)) cJSON_Delete(checks);
  const enum vordec_status status = json_output_write(path, json_print(object, true), error);
  cJSON_Delete(object);
  return status;
}

/* ---- the command ---- */

static int exit_code_of(const struct conformance_summary *summary) {
  if (summary->fell_short) return EXIT_DIFFERENT;
  return summary->conclusive ? EXIT_DONE : EXIT_FAILED;
}

static enum vordec_status check_time_limit(double seconds, struct vordec_error *error) {
  if (seconds > 0.0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--time-limit '%g': expected a number above 0", seconds);
}

static int run(struct invocation *invocation, void *request) {
  const struct check_plugin_request *asked = request;
  struct vordec_error error = {0};
  struct conformance_options suite = {.only = asked->only, .quick = asked->quick, .time_limit_s = asked->time_limit_s};
  struct conformance_summary summary;
  char *path = NULL;
  enum vordec_status status = check_time_limit(asked->time_limit_s, &error);
  if (!status) status = json_output_try(asked->json, &error);
  if (!status) status = find_file(invocation, &path, &error);
  if (status) return command_fail(&error);
  suite.path = path;
  suite.device = vordec_config_get(invocation->config, "decode", "device");
  suite.allow_software_device = vordec_config_get_boolean(invocation->config, "decode", "allow_software_device") == 1;
  suite.submission_ms = (uint32_t)vordec_config_get_integer(invocation->config, "decode", "submission_ms");
  struct report report = {.out = json_output_replaces_text(asked->json) ? stderr : stdout,
                          .checks = asked->json ? cJSON_CreateArray() : NULL};
  fprintf(stderr, "checking %s\n", path);
  status = conformance_run(&suite, take_finding, &report, &summary, &error);
  if (!status) {
    print_summary(&report, &summary);
    if (report.checks) status = write_json(&suite, &summary, asked->json, report.checks, &error);
  } else {
    cJSON_Delete(report.checks);
  }
  free(path);
  return status ? command_fail(&error) : exit_code_of(&summary);
}

const struct command command_check_plugin = {
    .name = "check-plugin",
    .summary = "check that a backend plugin keeps its contract",
    .synopsis = "PATH|NAME [OPTION]..",
    .details = "Runs the conformance suite on a plugin: a file decode_NAME.so, or the NAME of a\n"
               "plugin in the plugin folder. Every stage is compared with its definition, over\n"
               "sizes, settings, batches and precisions; refusals, evidence, memory and the optional\n"
               "interfaces are checked as well. A table on stdout says which checks passed, fell\n"
               "short or were skipped, and why.\n"
               "\n"
               "The plugin runs in child processes, between guard pages and against the clock: a\n"
               "crash, a hang or a stray write makes one check fall short, and the others go on. The\n"
               "exit code is 0 if nothing fell short, 4 if something did, and 1 if nothing could be\n"
               "decoded because no device may be used.",
    .examples = "vordec check-plugin cpu --quick\n"
                "vordec check-plugin cpu --only omega_lp,mask --json report.json",
    COMMAND_OPTIONS(groups, struct check_plugin_request),
    .takes_config = true,
    .keys = "decode.device decode.allow_software_device decode.submission_ms plugins.path",
    .operand = "PATH or NAME",
    .ranks = RANKS_EACH,
    .run = run,
};

/* SPDX-License-Identifier: MIT */
/* vordec doctor: what would run here and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/doctor_text.h"
#include "json_output.h"
#include "json_print.h"

static const struct option_spec options[] = {
    {"time-limit", "SECONDS", "how long each plugin, device or driver may take", .initial = "60",
     TO_COUNT(struct doctor_request, limit_s, 1, 3600)},
    {"json", "FILE", JSON_HELP "an object (docs/doctor.schema.json)", .bare = JSON_STDOUT, .ending = "json",
     TO_OUTPUT(struct doctor_request, json)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

/* The runtime is asked for its folder alone: it loads nothing in this process. */
static enum vordec_status find_folder(const struct doctor_request *request, char **folder, struct vordec_error *error) {
  struct vordec_runtime *runtime = NULL;
  const enum vordec_status status =
      vordec_runtime_create(request->config, command_log, (void *)&request->verbose, &runtime, error);
  if (status) return status;
  *folder = strdup(vordec_runtime_plugin_folder(runtime));
  vordec_runtime_destroy(runtime);
  return *folder ? VORDEC_OK : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
}

static const char *folder_because(const struct vordec_config *config) {
  const char *variable = secure_getenv("VORDEC_PLUGIN_PATH");
  if (*vordec_config_get(config, "plugins", "path")) return vordec_config_where(config, "plugins", "path");
  return variable && *variable ? "VORDEC_PLUGIN_PATH" : "beside the library";
}

static enum vordec_status write_report(const cJSON *report, const char *json, struct vordec_error *error) {
  if (!json_output_replaces_text(json)) doctor_text_print(report);
  return json ? json_output_write(json, json_print(report, true), error) : VORDEC_OK;
}

static int run(struct invocation *invocation, void *options_given) {
  struct doctor_request *request = options_given;
  struct vordec_error error = {0};
  char *folder = NULL;
  request->config = invocation->config;
  request->verbose = invocation->verbose;
  request->backend = vordec_config_get(invocation->config, "decode", "backend");
  request->policy = vordec_config_get(invocation->config, "decode", "policy");
  request->smooth_width = (size_t)vordec_config_get_integer(invocation->config, "mask", "smooth_width");
  request->folder_because = folder_because(invocation->config);
  if (json_output_try(request->json, &error) || find_folder(request, &folder, &error)) return command_fail(&error);
  request->folder = folder;
  cJSON *report = doctor_examine(request);
  int code = doctor_verdict(report);
  if (write_report(report, request->json, &error)) code = command_fail(&error);
  cJSON_Delete(report);
  free(folder);
  return code;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "say what would run here and why, and what is missing",
    .synopsis = "[OPTION]..",
    .details = "Says what this machine is (a container, a node of a cluster, which GPUs it has),\n"
               "looks for the Vulkan loader, the drivers' manifest files, the plugins and the folder\n"
               "of compiled kernels, and decodes a small state on every device of every backend,\n"
               "software devices included, to compare it with direct sums and with the CPU\n"
               "reference. It then decodes the state as the configuration asks, and says what did\n"
               "the work.\n"
               "\n"
               "Plugins and drivers are opened in child processes with a time limit, so that a\n"
               "broken one is reported and does no harm. No GPU is needed. Nothing is written but\n"
               "compiled kernels, as in every decode.\n"
               "\n"
               "The exit code is 4 if a device decodes wrongly, 3 if the configuration leads to no\n"
               "decode (because it is refused, or because a plugin that it loads is broken), and 0\n"
               "otherwise.",
    .examples = "vordec doctor\n"
                "vordec doctor --backend cpu --json doctor.json",
    COMMAND_OPTIONS(groups, struct doctor_request),
    .takes_config = true,
    .keys = "decode mask combine plugins cpu",
    .ranks = RANKS_EACH,
    .run = run,
};

/* vordec doctor: what would run here and why. Nothing that it examines can take it down: see child.h. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "cli/doctor/doctor_advice.h"
#include "cli/doctor/doctor_child.h"
#include "cli/doctor/doctor_text.h"
#include "cli/doctor/doctor_trial.h"
#include "cli/doctor/doctor_vulkan.h"
#include "command.h"
#include "json_print.h"
#include "json_read.h"

struct doctor_request {
  size_t limit_s;
  bool json;
};

static const struct option_spec options[] = {
    {"time-limit", "SECONDS", "how long one plugin, device or driver may take", .initial = "60",
     TO_COUNT(struct doctor_request, limit_s, 1, 3600)},
    {"json", NULL, "print one JSON object (docs/doctor.schema.json) instead of text",
     TO_FLAG(struct doctor_request, json)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

struct visit {
  struct invocation *invocation;
  unsigned limit_s;
};

/* ---- the plugin folder ---- */

static void add_folder(cJSON *report, const struct invocation *invocation, const char *folder) {
  const char *path = vordec_config_get(invocation->config, "plugins", "path");
  const char *variable = secure_getenv("VORDEC_PLUGIN_PATH");
  const char *because = variable && *variable ? "VORDEC_PLUGIN_PATH" : "beside the library";
  if (*path) because = vordec_config_where(invocation->config, "plugins", "path");
  cJSON *item = cJSON_AddObjectToObject(report, "plugin_folder");
  cJSON_AddStringToObject(item, "path", folder);
  cJSON_AddStringToObject(item, "because", because);
  DIR *dir = opendir(folder);
  if (!dir) cJSON_AddStringToObject(item, "problem", strerror(errno));
  if (dir) closedir(dir);
}

/* Every file that looks like a plugin, so that one with an impossible name is not passed over in silence. */
static int is_plugin(const struct dirent *entry) {
  const char *name = entry->d_name;
  const size_t length = strlen(name);
  return length > strlen("decode_.so") && strncmp(name, "decode_", 7) == 0 && strcmp(name + length - 3, ".so") == 0;
}

static bool is_cpu(const struct dirent *entry) {
  return strcmp(entry->d_name, "decode_cpu.so") == 0;
}

/* As `auto` looks at them: cpu last. */
static int in_order(const struct dirent **a, const struct dirent **b) {
  const int cpu = (int)is_cpu(*a) - (int)is_cpu(*b);
  return cpu ? cpu : strcmp((*a)->d_name, (*b)->d_name);
}

/* ---- backends ---- */

static void try_device(const struct visit *visit, const char *backend, cJSON *device) {
  struct trial trial = {visit->invocation, backend, 0};
  char trouble[DOCTOR_TROUBLE_MAX];
  cJSON *triable = cJSON_DetachItemFromObject(device, "triable");
  const bool go = cJSON_IsTrue(triable);
  cJSON_Delete(triable);
  if (!go) return;
  trial.device = (unsigned)cJSON_GetNumberValue(cJSON_GetObjectItem(device, "index"));
  cJSON *answer = doctor_child(trial_decode, &trial, visit->limit_s, visit->invocation->verbose, trouble);
  if (!answer) {
    answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "state", "broken");
    cJSON_AddStringToObject(answer, "detail", trouble);
  }
  cJSON_AddItemToObject(device, "trial", answer);
}

static void examine_backend(const struct visit *visit, const char *file, cJSON *backends) {
  struct trial trial = {visit->invocation, NULL, 0};
  char name[NAME_MAX + 1], trouble[DOCTOR_TROUBLE_MAX];
  snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - strlen("decode_.so")), file + strlen("decode_"));
  trial.backend = name;
  cJSON *backend = cJSON_CreateObject();
  cJSON_AddStringToObject(backend, "backend", name);
  cJSON_AddStringToObject(backend, "file", file);
  cJSON *answer = doctor_child(trial_probe, &trial, visit->limit_s, visit->invocation->verbose, trouble);
  if (!answer) {
    cJSON_AddBoolToObject(backend, "usable", false);
    cJSON_AddStringToObject(backend, "trouble", trouble);
    cJSON_AddArrayToObject(backend, "devices");
  }
  while (answer && answer->child) {
    cJSON *item = cJSON_DetachItemViaPointer(answer, answer->child);
    cJSON_AddItemToObject(backend, item->string, item);
  }
  cJSON_Delete(answer);
  for (cJSON *device = json_first_of(backend, "devices"); device; device = device->next)
    try_device(visit, name, device);
  cJSON_AddItemToArray(backends, backend);
}

static void examine_backends(const struct visit *visit, const char *folder, cJSON *report) {
  cJSON *backends = cJSON_AddArrayToObject(report, "backends");
  struct dirent **entries = NULL;
  const int count = scandir(folder, &entries, is_plugin, in_order);
  for (int i = 0; i < count; i++) {
    examine_backend(visit, entries[i]->d_name, backends);
    free(entries[i]);
  }
  free(entries);
}

/* ---- the configuration's choice ---- */

static void examine_choice(const struct visit *visit, cJSON *report) {
  struct trial trial = {visit->invocation, NULL, 0};
  char trouble[DOCTOR_TROUBLE_MAX];
  cJSON *choice = doctor_child(trial_choose, &trial, visit->limit_s, visit->invocation->verbose, trouble);
  if (!choice) {
    choice = cJSON_CreateObject();
    cJSON_AddStringToObject(choice, "state", "broken");
    cJSON_AddStringToObject(choice, "detail", trouble);
  }
  const struct vordec_config *config = visit->invocation->config;
  cJSON_AddStringToObject(choice, "backend_requested", vordec_config_get(config, "decode", "backend"));
  cJSON_AddStringToObject(choice, "policy", vordec_config_get(config, "decode", "policy"));
  cJSON_AddItemToObject(report, "choice", choice);
}

/* ---- the verdict ---- */

static bool any_differs(const cJSON *backends) {
  for (const cJSON *backend = json_first(backends); backend; backend = backend->next) {
    for (const cJSON *device = json_first_of(backend, "devices"); device; device = device->next) {
      if (json_is(cJSON_GetObjectItem(device, "trial"), "state", "differs")) return true;
    }
  }
  return false;
}

/* A wrong field anywhere is worse than none. */
static int verdict(const cJSON *report) {
  if (any_differs(cJSON_GetObjectItem(report, "backends"))) return EXIT_DIFFERENT;
  return json_is(cJSON_GetObjectItem(report, "choice"), "state", "ok") ? EXIT_DONE : EXIT_REFUSED;
}

static cJSON *examine(const struct visit *visit, const char *folder) {
  cJSON *report = cJSON_CreateObject();
  cJSON_AddStringToObject(report, "vordec_version", vordec_version());
  cJSON_AddStringToObject(report, "git_describe", vordec_git_describe());
  add_folder(report, visit->invocation, folder);
  cJSON_AddItemToObject(report, "vulkan", doctor_vulkan(visit->limit_s, visit->invocation->verbose));
  examine_backends(visit, folder, report);
  examine_choice(visit, report);
  doctor_advice_add(report);
  cJSON_AddNumberToObject(report, "exit_code", verdict(report));
  return report;
}

/* The runtime is asked for its folder alone: it loads nothing in this process. */
static enum vordec_status find_folder(struct invocation *invocation, char **folder, struct vordec_error *error) {
  struct vordec_runtime *runtime = NULL;
  const enum vordec_status status =
      vordec_runtime_create(invocation->config, command_log, &invocation->verbose, &runtime, error);
  if (status) return status;
  *folder = strdup(vordec_runtime_plugin_folder(runtime));
  vordec_runtime_destroy(runtime);
  return *folder ? VORDEC_OK : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
}

static int run(struct invocation *invocation, void *request) {
  const struct doctor_request *asked = request;
  struct vordec_error error = {0};
  char *folder = NULL, *text = NULL;
  const enum vordec_status status = find_folder(invocation, &folder, &error);
  if (status) return command_fail(&error);

  const struct visit visit = {invocation, (unsigned)asked->limit_s};
  cJSON *report = examine(&visit, folder);
  const int code = verdict(report);
  if (!asked->json) {
    doctor_text_print(report);
  } else if ((text = json_print(report, true))) {
    puts(text);
  }
  cJSON_free(text);
  cJSON_Delete(report);
  free(folder);
  return code;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "say what would run here and why, and what is missing",
    .synopsis = "[--json] [OPTION]..",
    .details = "Looks for the Vulkan loader, the drivers' manifest files, the plugins and the\n"
               "folder of compiled kernels, and decodes a small state on every device of every\n"
               "backend, software devices too, comparing it with direct sums and with the CPU\n"
               "reference. Then decodes it as the configuration asks, and says what did the work.\n"
               "Plugins and drivers are opened in child processes with a time limit, so that a\n"
               "broken one is reported and does no harm. Needs no GPU. Writes nothing but compiled\n"
               "kernels, as every decode does.\n\n"
               "The exit code is 4 if any device decodes wrongly, 3 if the configuration given\n"
               "leads to no decode (refused, or a plugin that it loads is broken), else 0.",
    COMMAND_OPTIONS(groups, struct doctor_request),
    .takes_config = true,
    .run = run,
};

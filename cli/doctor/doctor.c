/* SPDX-License-Identifier: MIT */
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json_read.h"
#include "doctor_advice.h"
#include "doctor_child.h"
#include "doctor_place.h"
#include "doctor_trial.h"
#include "doctor_vulkan.h"

/* ---- the plugin folder ---- */

static void add_folder(cJSON *report, const struct doctor_request *request) {
  cJSON *item = cJSON_AddObjectToObject(report, "plugin_folder");
  cJSON_AddStringToObject(item, "path", request->folder);
  cJSON_AddStringToObject(item, "because", request->folder_because);
  DIR *dir = opendir(request->folder);
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

static struct trial trial_of(const struct doctor_request *request, const char *backend) {
  return (struct trial){.config = request->config,
                        .verbose = request->verbose,
                        .smooth_width = request->smooth_width,
                        .backend = backend};
}

static void try_device(const struct doctor_request *request, const char *backend, cJSON *device) {
  struct trial trial = trial_of(request, backend);
  char trouble[DOCTOR_TROUBLE_MAX];
  cJSON *triable = cJSON_DetachItemFromObject(device, "triable");
  const bool go = cJSON_IsTrue(triable);
  cJSON_Delete(triable);
  if (!go) return;
  trial.device = (unsigned)cJSON_GetNumberValue(cJSON_GetObjectItem(device, "index"));
  cJSON *answer = doctor_child(trial_decode, &trial, (unsigned)request->limit_s, request->verbose, trouble);
  if (!answer) {
    answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "state", "broken");
    cJSON_AddStringToObject(answer, "detail", trouble);
  }
  cJSON_AddItemToObject(device, "trial", answer);
}

static void examine_backend(const struct doctor_request *request, const char *file, cJSON *backends) {
  struct trial trial = trial_of(request, NULL);
  char name[NAME_MAX + 1], trouble[DOCTOR_TROUBLE_MAX];
  snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - strlen("decode_.so")), file + strlen("decode_"));
  trial.backend = name;
  cJSON *backend = cJSON_CreateObject();
  cJSON_AddStringToObject(backend, "backend", name);
  cJSON_AddStringToObject(backend, "file", file);
  cJSON *answer = doctor_child(trial_probe, &trial, (unsigned)request->limit_s, request->verbose, trouble);
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
    try_device(request, name, device);
  cJSON_AddItemToArray(backends, backend);
}

static void examine_backends(const struct doctor_request *request, cJSON *report) {
  cJSON *backends = cJSON_AddArrayToObject(report, "backends");
  struct dirent **entries = NULL;
  const int count = scandir(request->folder, &entries, is_plugin, in_order);
  for (int i = 0; i < count; i++) {
    examine_backend(request, entries[i]->d_name, backends);
    free(entries[i]);
  }
  free(entries);
}

/* ---- the configuration's choice ---- */

static void examine_choice(const struct doctor_request *request, cJSON *report) {
  struct trial trial = trial_of(request, NULL);
  char trouble[DOCTOR_TROUBLE_MAX];
  cJSON *choice = doctor_child(trial_choose, &trial, (unsigned)request->limit_s, request->verbose, trouble);
  if (!choice) {
    choice = cJSON_CreateObject();
    cJSON_AddStringToObject(choice, "state", "broken");
    cJSON_AddStringToObject(choice, "detail", trouble);
  }
  cJSON_AddStringToObject(choice, "backend_requested", request->backend);
  cJSON_AddStringToObject(choice, "policy", request->policy);
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

int doctor_verdict(const cJSON *report) {
  if (any_differs(cJSON_GetObjectItem(report, "backends"))) return EXIT_DIFFERENT;
  return json_is(cJSON_GetObjectItem(report, "choice"), "state", "ok") ? EXIT_DONE : EXIT_REFUSED;
}

cJSON *doctor_examine(const struct doctor_request *request) {
  const unsigned limit_s = (unsigned)request->limit_s;
  cJSON *report = cJSON_CreateObject();
  cJSON_AddStringToObject(report, "vordec_version", vordec_version());
  cJSON_AddStringToObject(report, "git_describe", vordec_git_describe());
  add_folder(report, request);
  cJSON_AddItemToObject(report, "place", doctor_place());
  cJSON_AddItemToObject(report, "vulkan", doctor_vulkan(limit_s, request->verbose));
  examine_backends(request, report);
  examine_choice(request, report);
  doctor_advice_add(report);
  cJSON_AddNumberToObject(report, "exit_code", doctor_verdict(report));
  return report;
}

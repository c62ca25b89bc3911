/* SPDX-License-Identifier: MIT */
#include "doctor_place.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/json_read.h"
#include "doctor_say.h"
#include "doctor_search.h"

#define CLASS_DISPLAY 0x03 /* PCI base class: display controllers, 3D controllers among them */
#define TEXT_MAX 80

/* Those who make GPUs that Vulkan drivers exist for; others' are a server's console or a virtual machine's screen. */
static const struct maker {
  unsigned vendor;
  const char *name, *drivers, *install;
  const char *docker, *podman, *apptainer; /* what hands the card to a container */
} makers[] = {
    {0x10de, "NVIDIA", "nvidia", "install nvidia-driver and nvidia-vulkan-icd (Debian non-free)",
     "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=all .. (nvidia-container-toolkit on the host brings the ICD, "
     "nvidia_icd.json)",
     "podman run --device nvidia.com/gpu=all -e NVIDIA_DRIVER_CAPABILITIES=all .. (nvidia-container-toolkit on the "
     "host "
     "brings the ICD, nvidia_icd.json)",
     "apptainer exec --nv .., with --bind /usr/share/vulkan/icd.d/nvidia_icd.json for the ICD"},
    {0x1002, "AMD", "amdgpu", "install firmware-amd-graphics (Debian non-free-firmware) and load the module amdgpu",
     "docker run --device /dev/dri --group-add render .. (the ICD, radeon_icd, is that of mesa-vulkan-drivers in the "
     "image)",
     "podman run --device /dev/dri --group-add keep-groups .. (the ICD, radeon_icd, is that of mesa-vulkan-drivers in "
     "the image)",
     "apptainer exec --bind /dev/dri .. (the ICD, radeon_icd, is that of mesa-vulkan-drivers in the image)"},
    {0x8086, "Intel", "i915 xe", "load the module i915 or xe; a newer kernel may be needed",
     "docker run --device /dev/dri --group-add render .. (the ICD, intel_icd, is that of mesa-vulkan-drivers in the "
     "image)",
     "podman run --device /dev/dri --group-add keep-groups .. (the ICD, intel_icd, is that of mesa-vulkan-drivers in "
     "the image)",
     "apptainer exec --bind /dev/dri .. (the ICD, intel_icd, is that of mesa-vulkan-drivers in the image)"},
};

static const struct maker *maker_find(const char *name) {
  for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
    if (strcmp(makers[i].name, name) == 0) return &makers[i];
  }
  return NULL;
}

/* ---- the root ---- */

static const char *root(void) {
  const char *root = doctor_variable("VORDEC_TEST_ROOT");
  return root ? root : "";
}

void doctor_place_path(const char *path, char whole[PATH_MAX]) {
  if (snprintf(whole, PATH_MAX, "%s%s", root(), path) >= PATH_MAX) *whole = '\0';
}

const char *doctor_place_told(const char *path) {
  const size_t length = strlen(root());
  return strncmp(path, root(), length) == 0 ? path + length : path;
}

static bool is_there(const char *path) {
  char whole[PATH_MAX];
  doctor_place_path(path, whole);
  return access(whole, F_OK) == 0;
}

/* ---- graphics cards ---- */

/* "0x030200" in a file of a device's folder; 0: it cannot be read. */
static unsigned read_hex(const char *folder, const char *name) {
  char path[PATH_MAX];
  unsigned long value = 0;
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return 0;
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  char text[TEXT_MAX];
  if (fgets(text, sizeof text, file)) value = strtoul(text, NULL, 16);
  fclose(file);
  return (unsigned)value;
}

static void add_driver(cJSON *card, const char *folder) {
  char path[PATH_MAX], target[PATH_MAX];
  ssize_t length = -1;
  if (snprintf(path, sizeof path, "%s/driver", folder) < (int)sizeof path) {
    length = readlink(path, target, sizeof target - 1);
  }
  if (length <= 0) {
    cJSON_AddNullToObject(card, "driver");
    return;
  }
  target[length] = '\0';
  const char *slash = strrchr(target, '/');
  cJSON_AddStringToObject(card, "driver", slash ? slash + 1 : target);
}

static void add_card(cJSON *cards, const char *folder) {
  const unsigned vendor = read_hex(folder, "vendor");
  char id[TEXT_MAX];
  if (read_hex(folder, "class") >> 16 != CLASS_DISPLAY) return;
  for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
    if (makers[i].vendor != vendor) continue;
    cJSON *card = cJSON_CreateObject();
    snprintf(id, sizeof id, "%04x:%04x", vendor, read_hex(folder, "device"));
    cJSON_AddStringToObject(card, "address", strrchr(folder, '/') + 1);
    cJSON_AddStringToObject(card, "maker", makers[i].name);
    cJSON_AddStringToObject(card, "id", id);
    add_driver(card, folder);
    cJSON_AddItemToArray(cards, card);
  }
}

static void add_cards(cJSON *place) {
  cJSON *cards = cJSON_AddArrayToObject(place, "cards");
  char pattern[PATH_MAX];
  glob_t found = {0};
  doctor_place_path("/sys/bus/pci/devices/*", pattern);
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++) add_card(cards, found.gl_pathv[i]);
  }
  globfree(&found);
}

/* ---- containers and clusters ---- */

static const char *container(void) {
  const char *said = doctor_variable("container"); /* by podman, systemd-nspawn .. */
  if (doctor_variable("APPTAINER_CONTAINER") || doctor_variable("SINGULARITY_CONTAINER")) return "apptainer";
  if (is_there("/run/.containerenv")) return "podman";
  if (is_there("/.dockerenv")) return "docker";
  return said;
}

/* A program on PATH: tests name a PATH of their own. */
static bool has_program(const char *name) {
  const char *paths = getenv("PATH");
  while (paths && *paths) {
    const size_t length = strcspn(paths, ":");
    char file[PATH_MAX];
    if (snprintf(file, sizeof file, "%.*s/%s", (int)length, paths, name) < (int)sizeof file && access(file, X_OK) == 0)
      return true;
    paths += length + (paths[length] == ':');
  }
  return false;
}

cJSON *doctor_place(void) {
  cJSON *place = cJSON_CreateObject();
  const char *contained = container();
  const bool job = doctor_variable("SLURM_JOB_ID") != NULL;
  if (contained) {
    cJSON_AddStringToObject(place, "container", contained);
  } else {
    cJSON_AddNullToObject(place, "container");
  }
  if (job || has_program("srun")) {
    cJSON_AddStringToObject(place, "scheduler", "slurm");
  } else {
    cJSON_AddNullToObject(place, "scheduler");
  }
  cJSON_AddBoolToObject(place, "in_job", job);
  add_cards(place);
  return place;
}

/* ---- advice ---- */

static bool serves(const struct maker *maker, const char *driver) {
  const size_t length = strlen(driver);
  for (const char *at = maker->drivers; length && *at; at += strcspn(at, " "), at += strspn(at, " ")) {
    if (strcspn(at, " ") == length && strncmp(at, driver, length) == 0) return true;
  }
  return false;
}

static void advise_card(const cJSON *card, cJSON *advice) {
  const struct maker *maker = maker_find(json_text(card, "maker"));
  const char *driver = json_text(card, "driver");
  char line[600];
  if (!maker || serves(maker, driver)) return;
  if (strcmp(driver, "vfio-pci") == 0) {
    snprintf(line, sizeof line, "the %s GPU at %.40s is set aside for a virtual machine (vfio-pci): use it there",
             maker->name, json_text(card, "address"));
  } else if (*driver) {
    snprintf(line, sizeof line, "the %s GPU at %.40s (%.20s) is run by %.40s, not by %s: %s", maker->name,
             json_text(card, "address"), json_text(card, "id"), driver, maker->drivers, maker->install);
  } else {
    snprintf(line, sizeof line, "the %s GPU at %.40s (%.20s) has no kernel driver: %s", maker->name,
             json_text(card, "address"), json_text(card, "id"), maker->install);
  }
  doctor_say(advice, line);
}

/* The machine's cards are seen through /sys, also from a container that was not given them. */
static void advise_container(const cJSON *place, cJSON *advice) {
  const char *kind = json_text(place, "container");
  char line[600];
  if (!json_first_of(place, "cards")) {
    snprintf(
        line, sizeof line,
        "no GPU is visible to this container (%.40s): if the machine has one, give the container its device and the "
        "driver's ICD: --gpus all (NVIDIA), --device /dev/dri (AMD, Intel)",
        kind);
    doctor_say(advice, line);
  }
  for (const cJSON *card = json_first_of(place, "cards"); card; card = card->next) {
    const struct maker *maker = maker_find(json_text(card, "maker"));
    if (!maker) continue;
    const char *how = strcmp(kind, "apptainer") == 0 ? maker->apptainer
                      : strcmp(kind, "podman") == 0  ? maker->podman
                                                     : maker->docker;
    snprintf(line, sizeof line, "the machine has an %s GPU that this container was not given: %s", maker->name, how);
    doctor_say(advice, line);
  }
}

/* No device node is here. */
static void advise_no_device(const cJSON *place, cJSON *advice) {
  const bool slurm = json_is(place, "scheduler", "slurm"), job = cJSON_IsTrue(cJSON_GetObjectItem(place, "in_job"));
  if (slurm && !job) {
    doctor_say(advice, "this looks like a login node (there is srun, but no job): to see what a compute node has, run "
                       "srun --gres=gpu:1 vordec doctor");
  } else if (slurm && !json_first_of(place, "cards")) {
    doctor_say(advice, "no GPU is visible to this job: ask for one with --gres=gpu:1 (or --gpus-per-task=1), on a "
                       "partition that has them");
  }
  if (*json_text(place, "container")) {
    advise_container(place, advice);
  } else if (!slurm && !json_first_of(place, "cards")) {
    doctor_say(advice, "no GPU is visible to this process (none on the PCI bus, no /dev/dri/renderD*, no "
                       "/dev/nvidia*): use backend cpu");
  }
}

static void advise_node(const cJSON *place, const cJSON *node, cJSON *advice) {
  const char *group = json_text(node, "group");
  char line[400];
  if (cJSON_IsTrue(cJSON_GetObjectItem(node, "accessible"))) return;
  if (*json_text(place, "container")) {
    snprintf(line, sizeof line, "%.100s may not be opened in this container: run it with --group-add %.40s",
             json_text(node, "path"), *group ? group : "render");
  } else if (*group && strcmp(group, "root") != 0) {
    snprintf(
        line, sizeof line,
        "%.100s may not be opened by this user: sudo usermod -aG %.40s $USER, then log in again (it belongs to the "
        "group %.40s)",
        json_text(node, "path"), group, group);
  } else {
    snprintf(line, sizeof line,
             "%.100s may not be opened by this user: join the groups video and render, or ask whoever runs the machine",
             json_text(node, "path"));
  }
  doctor_say(advice, line);
}

void doctor_place_advise(const cJSON *report, cJSON *advice) {
  const cJSON *place = cJSON_GetObjectItem(report, "place");
  const cJSON *nodes = cJSON_GetObjectItem(cJSON_GetObjectItem(report, "vulkan"), "device_nodes");
  if (!json_first(nodes)) advise_no_device(place, advice);
  for (const cJSON *card = json_first_of(place, "cards"); card; card = card->next) advise_card(card, advice);
  for (const cJSON *node = json_first(nodes); node; node = node->next) advise_node(place, node, advice);
}

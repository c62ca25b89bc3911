/* SPDX-License-Identifier: MIT */
#include "config_keys.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <vordec/types.h>

#include "core/base/window.h"

#define WORDS(...)                                                                                                     \
  (const char *const[]) {                                                                                              \
    __VA_ARGS__, NULL                                                                                                  \
  }
#define MAX_SEED 9007199254740992u /* 2^53: what JSON readers keep exactly */

/* A key with everything that is said about it in one place; its default is in config/default.ini. */
static const struct key_spec specs[CONFIG_COUNT] = {
    [CONFIG_DECODE_BACKEND] = {"decode", "backend", "which backend decodes; auto: the first usable GPU, else cpu",
                               .values = "auto, gpu (a GPU or a refusal), or the NAME of a plugin decode_NAME.so",
                               .type = KEY_NAME},
    [CONFIG_DECODE_POLICY] = {"decode", "policy",
                              "strict: what was asked for, or an error; permissive: one downgrade, which is recorded",
                              .type = KEY_CHOICE, .choices = WORDS("strict", "permissive")},
    [CONFIG_DECODE_FALLBACK] = {"decode", "fallback", "where a permissive downgrade goes",
                                .values = "names, comma-separated", .type = KEY_NAMES},
    [CONFIG_DECODE_DEVICE] = {"decode", "device", "which device of the backend",
                              .values = "auto, an index, a UUID, or part of a name", .type = KEY_TEXT},
    [CONFIG_DECODE_DEVICES] =
        {"decode", "devices",
         "devices of one kind that share the states of a decode; one: only that which the key device names",
         .values = "one, all, or indices and UUIDs, comma-separated", .type = KEY_DEVICES},
    [CONFIG_DECODE_SHARE_DEVICES] = {"decode", "share_devices",
                                     "let several ranks of a host, or entries of devices, be the same device",
                                     .type = KEY_BOOLEAN},
    [CONFIG_DECODE_ALLOW_SOFTWARE_DEVICE] = {"decode", "allow_software_device",
                                             "accept a Vulkan device that runs on the CPU; it is reported as cpu",
                                             .type = KEY_BOOLEAN},
    [CONFIG_DECODE_PRECISION] = {"decode", "precision",
                                 "arithmetic of the fields; auto: fp32 on a GPU, fp64 on the CPU", .type = KEY_CHOICE,
                                 .choices = WORDS("auto", "fp32", "fp64")},
    [CONFIG_DECODE_FFT] = {"decode", "fft", "which transform (cpu: fftw, pruned; vulkan: pruned, vkfft, direct)",
                           .values = "auto, or a name that the backend offers", .type = KEY_FFT},
    [CONFIG_DECODE_OBSERVER] = {"decode", "observer", "what is read back: nothing, scalars, or fields",
                                .type = KEY_CHOICE, .choices = WORDS("none", "metrics", "snapshots", "visualize")},
    [CONFIG_DECODE_BATCH] = {"decode", "batch", "states per submission", .values = "auto, or 1 .. 1048576",
                             .type = KEY_AUTO_INTEGER, .min = 1, .max = 1u << 20},
    [CONFIG_DECODE_SUBMISSION_MS] = {"decode", "submission_ms",
                                     "longest time that a device works without a pause, so that no watchdog resets it",
                                     .values = "0 (no limit) .. 60000 milliseconds", .type = KEY_INTEGER, .min = 0,
                                     .max = 60000},
    [CONFIG_OP_BACKEND] = {"op", "backend",
                           "which backend rolls states out; auto: the decode backend if it can, else cpu",
                           .values = "auto, gpu (a GPU or a refusal), or a backend's name", .type = KEY_NAME},
    [CONFIG_OP_DTYPE] = {"op", "dtype", "arithmetic of the rollout", .type = KEY_CHOICE,
                         .choices = WORDS("auto", "float32", "float64")},
    [CONFIG_OP_DETERMINISTIC] = {"op", "deterministic", "sum in index order, so that hashes agree between machines",
                                 .type = KEY_BOOLEAN},
    [CONFIG_OP_STRIDE_POWER] =
        {"op", "stride_power",
         "between decodes that are s steps apart, multiply by A to the power of s once instead of taking s steps",
         .type = KEY_BOOLEAN},
    [CONFIG_SIMULATE_BACKEND] = {"simulate", "backend",
                                 "which backend simulates; auto: the decode backend if it can, else cpu",
                                 .values = "auto, gpu (a GPU or a refusal), or a backend's name", .type = KEY_NAME},
    [CONFIG_SIMULATE_PRECISION] = {"simulate", "precision",
                                   "arithmetic of the simulation; auto: fp32 on a GPU, fp64 on the CPU",
                                   .type = KEY_CHOICE, .choices = WORDS("auto", "fp32", "fp64")},
    [CONFIG_SIMULATE_FFT] =
        {"simulate", "fft",
         "which transform the simulation uses (cpu: fftw; vulkan: fused-4, fused-8, fused-16, direct)",
         .values = "auto, or a name that the backend offers", .type = KEY_FFT},
    [CONFIG_ENCODE_BACKEND] =
        {"encode", "backend",
         "which backend encodes; auto: the simulation's or the decode's backend if it can, else cpu",
         .values = "auto, gpu (a GPU or a refusal), or a backend's name", .type = KEY_NAME},
    [CONFIG_ENCODE_PRECISION] = {"encode", "precision",
                                 "arithmetic of the encoder; auto: fp32 on a GPU, fp64 on the CPU", .type = KEY_CHOICE,
                                 .choices = WORDS("auto", "fp32", "fp64")},
    [CONFIG_MASK_SMOOTH_WIDTH] = {"mask", "smooth_width",
                                  "width of the smoothing window; auto: what the state was made with (dashi_smooth_k), "
                                  "else 11; for new states 2 floor(11 N / 256) + 1, at least 3",
                                  .values = "auto, or 1 .. N cells", .type = KEY_INTEGER, .min = 1, .max = VORDEC_MAX_N,
                                  .otherwise = "11"},
    [CONFIG_MASK_SMOOTH_KERNEL] = {"mask", "smooth_kernel",
                                   "shape of the window; auto: the state's (dashi_kernel), else box",
                                   .type = KEY_CHOICE, .choice_at = window_name, .note_at = window_note,
                                   .otherwise = "box"},
    [CONFIG_MASK_BOUNDARY] = {"mask", "boundary",
                              "what the window sees outside the grid: zeros, or the other side; auto: the state's "
                              "(dashi_boundary), else zero; for new states periodic",
                              .type = KEY_CHOICE, .choices = WORDS("zero", "periodic"), .otherwise = "zero"},
    [CONFIG_MASK_TAU] = {"mask", "tau",
                         "threshold on the normalised residual; auto: the state's (dashi_tau), else 0.35",
                         .values = "auto, or 0 < tau <= 1", .type = KEY_SHARE, .otherwise = "0.35"},
    [CONFIG_MASK_MAJORITY_ITERS] = {"mask", "majority_iters",
                                    "most rounds of 3 x 3 majority; auto: the state's (dashi_majority_iters), else 8; "
                                    "for new states N / 16, rounded, at least 8",
                                    .values = "auto, or 0 .. 1000", .type = KEY_INTEGER, .min = 0, .max = 1000,
                                    .otherwise = "8"},
    [CONFIG_COMBINE_GATE] = {"combine", "gate", "multiply the residual by (mask != 0), or by the mask itself",
                             .type = KEY_CHOICE, .choices = WORDS("support", "signed")},
    [CONFIG_COMBINE_ANCHORS] = {"combine", "anchors", "add the kept mid-band modes to omega_hat, or leave them out",
                                .type = KEY_CHOICE, .choices = WORDS("include", "ignore")},
    [CONFIG_RESIDUAL_SYNTHESIS] = {"residual", "synthesis",
                                   "draw the mid and high bands with random phases and the state's energies",
                                   .type = KEY_CHOICE, .choices = WORDS("off", "on")},
    [CONFIG_RESIDUAL_SEED] = {"residual", "seed", "seed of the phases", .values = "0 .. 9007199254740992",
                              .type = KEY_INTEGER, .min = 0, .max = MAX_SEED},
    [CONFIG_RESIDUAL_MID] = {"residual", "mid", "draw the mid band", .type = KEY_BOOLEAN},
    [CONFIG_RESIDUAL_HIGH] = {"residual", "high", "draw the high band", .type = KEY_BOOLEAN},
    [CONFIG_EXPORT_SLOTS] = {"export", "slots",
                             "results of Python's decode(device=True) that may be on the device at once",
                             .values = "1 .. 64", .type = KEY_INTEGER, .min = 1, .max = VORDEC_EXPORT_SLOTS_MAX},
    [CONFIG_PLUGINS_PATH] = {"plugins", "path", "where plugins, decode_NAME.so, are looked for",
                             .values = "a folder; empty: the one beside the library", .type = KEY_TEXT},
    [CONFIG_CPU_THREADS] = {"cpu", "threads", "threads of the cpu backend", .values = "0 (all) .. 1024",
                            .type = KEY_INTEGER, .min = 0, .max = 1024},
    [CONFIG_METRICS_JSON] = {"metrics", "json", "where the metrics JSON is written", .values = "a path; empty: nowhere",
                             .type = KEY_TEXT},
    [CONFIG_METRICS_TIMINGS] = {"metrics", "timings", "whether the metrics hold timings", .type = KEY_BOOLEAN},
    [CONFIG_METRICS_HASH] = {"metrics", "hash", "what to hash, comma-separated; none for nothing", .type = KEY_SET,
                             .choices = WORDS("z", "omega_lp", "mask", "omega_hat")},
    [CONFIG_METRICS_BOX] = {"metrics", "box",
                            "side of the periodic box, in whose units energies are; auto: what the states or the "
                            "trajectory say (L), else 2 pi",
                            .values = "auto, or a length above 0", .type = KEY_LENGTH,
                            .otherwise = "6.283185307179586"},
};

const struct key_spec *key_spec_at(enum config_id id) {
  return &specs[id];
}

int key_find(const char *section, const char *key) {
  for (int id = 0; id < CONFIG_COUNT; id++) {
    if (strcmp(specs[id].section, section) == 0 && strcmp(specs[id].key, key) == 0) return id;
  }
  return -1;
}

bool key_section_known(const char *section) {
  for (int id = 0; id < CONFIG_COUNT; id++) {
    if (strcmp(specs[id].section, section) == 0) return true;
  }
  return false;
}

static const char *own_choice(const struct key_spec *spec, size_t i) {
  if (spec->choice_at) return spec->choice_at(i);
  for (size_t at = 0; spec->choices && spec->choices[at]; at++) {
    if (at == i) return spec->choices[at];
  }
  return NULL;
}

/* auto comes last, so that the others are numbered like the enums of types.h. */
const char *key_choice(const struct key_spec *spec, size_t i) {
  const char *own = own_choice(spec, i);
  const bool first_beyond = !own && i > 0 && own_choice(spec, i - 1);
  return first_beyond && spec->otherwise ? KEY_AUTO : own;
}

int key_choice_index(const struct key_spec *spec, const char *word) {
  const char *choice = NULL;
  for (size_t i = 0; (choice = key_choice(spec, i)); i++) {
    if (strcmp(choice, word) == 0) return (int)i;
  }
  return -1;
}

/* ---- as hosts see them ---- */

#define CHOICES_TEXT_MAX 256

static struct vordec_config_key texts[CONFIG_COUNT];
static char joined[CONFIG_COUNT][CHOICES_TEXT_MAX];
static char noted[CONFIG_COUNT][CHOICES_TEXT_MAX];
static pthread_once_t written = PTHREAD_ONCE_INIT;

static void join_choices(const struct key_spec *spec, char text[CHOICES_TEXT_MAX]) {
  const char *choice = NULL;
  size_t used = 0;
  for (size_t i = 0; (choice = key_choice(spec, i)) && used < CHOICES_TEXT_MAX; i++) {
    used += (size_t)snprintf(text + used, CHOICES_TEXT_MAX - used, "%s%s", i ? ", " : "", choice);
  }
}

/* The summary, followed by what is to be said about some of the choices: "shape of the window; triangle: odd widths
 * only". */
static const char *add_notes(const struct key_spec *spec, char text[CHOICES_TEXT_MAX]) {
  const char *choice = NULL;
  size_t used = 0;
  if (!spec->note_at) return spec->summary;
  used = (size_t)snprintf(text, CHOICES_TEXT_MAX, "%s", spec->summary);
  for (size_t i = 0; (choice = key_choice(spec, i)) && used < CHOICES_TEXT_MAX; i++) {
    const char *note = spec->note_at(i);
    if (note) used += (size_t)snprintf(text + used, CHOICES_TEXT_MAX - used, "; %s: %s", choice, note);
  }
  return text;
}

static void write_texts(void) {
  for (int id = 0; id < CONFIG_COUNT; id++) {
    const struct key_spec *spec = &specs[id];
    const char *values = spec->values;
    if (!values && spec->type == KEY_BOOLEAN) values = "true, false";
    if (!values) {
      join_choices(spec, joined[id]);
      values = joined[id];
    }
    texts[id] = (struct vordec_config_key){spec->section, spec->key, values, add_notes(spec, noted[id])};
  }
}

size_t vordec_config_key_count(void) {
  return CONFIG_COUNT;
}

const struct vordec_config_key *vordec_config_key_at(size_t i) {
  pthread_once(&written, write_texts);
  return i < CONFIG_COUNT ? &texts[i] : NULL;
}

enum vordec_config_type vordec_config_key_type(size_t i) {
  if (i >= CONFIG_COUNT) return VORDEC_CONFIG_TEXT;
  switch (specs[i].type) {
  case KEY_CHOICE:
    return VORDEC_CONFIG_CHOICE;
  case KEY_SET:
    return VORDEC_CONFIG_SET;
  case KEY_BOOLEAN:
    return VORDEC_CONFIG_BOOLEAN;
  case KEY_INTEGER:
  case KEY_AUTO_INTEGER:
    return VORDEC_CONFIG_INTEGER;
  case KEY_SHARE:
  case KEY_LENGTH:
    return VORDEC_CONFIG_REAL;
  case KEY_NAME:
  case KEY_NAMES:
  case KEY_DEVICES:
  case KEY_FFT:
  case KEY_TEXT:
    break;
  }
  return VORDEC_CONFIG_TEXT;
}

const char *vordec_config_key_choice(size_t i, size_t choice) {
  return i < CONFIG_COUNT ? key_choice(&specs[i], choice) : NULL;
}

/* SPDX-License-Identifier: MIT */
/* The keys that exist: what each is called, what it takes, and what users are told about it. */
#ifndef VORDEC_CORE_CONFIG_KEYS_H
#define VORDEC_CORE_CONFIG_KEYS_H

#include <vordec/vordec.h>

/* One entry per key, in the order of config/default.ini. */
enum config_id {
  CONFIG_DECODE_BACKEND,
  CONFIG_DECODE_POLICY,
  CONFIG_DECODE_FALLBACK,
  CONFIG_DECODE_DEVICE,
  CONFIG_DECODE_DEVICES,
  CONFIG_DECODE_SHARE_DEVICES,
  CONFIG_DECODE_ALLOW_SOFTWARE_DEVICE,
  CONFIG_DECODE_PRECISION,
  CONFIG_DECODE_FFT,
  CONFIG_DECODE_OBSERVER,
  CONFIG_DECODE_BATCH,
  CONFIG_DECODE_SUBMISSION_MS,
  CONFIG_OP_BACKEND,
  CONFIG_OP_DTYPE,
  CONFIG_OP_DETERMINISTIC,
  CONFIG_OP_STRIDE_POWER,
  CONFIG_SIMULATE_BACKEND,
  CONFIG_SIMULATE_PRECISION,
  CONFIG_SIMULATE_FFT,
  CONFIG_ENCODE_BACKEND,
  CONFIG_ENCODE_PRECISION,
  CONFIG_MASK_SMOOTH_WIDTH,
  CONFIG_MASK_SMOOTH_KERNEL,
  CONFIG_MASK_BOUNDARY,
  CONFIG_MASK_TAU,
  CONFIG_MASK_MAJORITY_ITERS,
  CONFIG_COMBINE_GATE,
  CONFIG_COMBINE_ANCHORS,
  CONFIG_RESIDUAL_SYNTHESIS,
  CONFIG_RESIDUAL_SEED,
  CONFIG_RESIDUAL_MID,
  CONFIG_RESIDUAL_HIGH,
  CONFIG_EXPORT_SLOTS,
  CONFIG_PLUGINS_PATH,
  CONFIG_CPU_THREADS,
  CONFIG_METRICS_JSON,
  CONFIG_METRICS_TIMINGS,
  CONFIG_METRICS_HASH,
  CONFIG_METRICS_BOX,
  CONFIG_COUNT
};

enum key_type {
  KEY_CHOICE,
  KEY_SET, /* comma-separated, or none */
  KEY_BOOLEAN,
  KEY_INTEGER,      /* min .. max */
  KEY_AUTO_INTEGER, /* auto, which is 0, or min .. max */
  KEY_SHARE,        /* 0 < x <= 1 */
  KEY_LENGTH,       /* 0 < x, finite */
  KEY_NAME,         /* auto or [a-z0-9_]+ */
  KEY_NAMES,        /* comma-separated [a-z0-9_]+, or nothing */
  KEY_DEVICES,      /* one, all, or several indices and UUIDs, comma-separated */
  KEY_FFT,          /* auto or [a-z0-9-]+ */
  KEY_TEXT          /* anything on one line */
};

struct key_spec {
  const char *section, *key, *summary;
  const char *values; /* for people; NULL: the choices, or true and false */
  enum key_type type;
  uint64_t min, max;
  const char *otherwise;              /* auto is a value, too, and means this if no state says better; or NULL */
  const char *const *choices;         /* NULL-terminated; or */
  const char *(*choice_at)(size_t i); /* the names of another table, with NULL after the last one */
  const char *(*note_at)(size_t i);   /* what people are told about each, NULL for nothing; or NULL */
};

const struct key_spec *key_spec_at(enum config_id id);

/* The index of a key, or -1. */
int key_find(const char *section, const char *key);
bool key_section_known(const char *section);

/* Of a key that takes it, the word for what states, else `otherwise`, say. */
#define KEY_AUTO "auto"

/* The i-th word of a choice or a set; NULL after the last word, and for other types. */
const char *key_choice(const struct key_spec *spec, size_t i);
/* Its index, or -1. */
int key_choice_index(const struct key_spec *spec, const char *word);

#endif

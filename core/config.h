/* Typed view of a configuration for the rest of the core. Values are checked when they are set. */
#ifndef VORDEC_CORE_CONFIG_H
#define VORDEC_CORE_CONFIG_H

#include <cjson/cJSON.h>

#include <vordec/vordec.h>

#define CONFIG_NAME_MAX 64 /* of a backend, with its NUL */
#define CONFIG_NAMES_MAX 8 /* names in [decode] fallback */

/* One per key, in the order of config/default.ini. */
enum config_id {
  CONFIG_DECODE_BACKEND,
  CONFIG_DECODE_POLICY,
  CONFIG_DECODE_FALLBACK,
  CONFIG_DECODE_DEVICE,
  CONFIG_DECODE_ALLOW_SOFTWARE_DEVICE,
  CONFIG_DECODE_PRECISION,
  CONFIG_DECODE_FFT,
  CONFIG_DECODE_OBSERVER,
  CONFIG_DECODE_BATCH,
  CONFIG_OP_BACKEND,
  CONFIG_OP_DTYPE,
  CONFIG_OP_DETERMINISTIC,
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
  CONFIG_PLUGINS_PATH,
  CONFIG_CPU_THREADS,
  CONFIG_METRICS_JSON,
  CONFIG_METRICS_TIMINGS,
  CONFIG_METRICS_HASH,
  CONFIG_COUNT
};

/* What the choices of a key are numbered by; the order is that of the key's list of values. */
enum config_policy { POLICY_STRICT, POLICY_PERMISSIVE };
enum config_precision { PRECISION_AUTO, PRECISION_FP32, PRECISION_FP64 };
enum config_observer { OBSERVER_NONE, OBSERVER_METRICS, OBSERVER_SNAPSHOTS, OBSERVER_VISUALIZE };
enum config_anchors { ANCHORS_INCLUDE, ANCHORS_IGNORE };
enum config_hash { HASH_Z = 1u << 0, HASH_OMEGA_LP = 1u << 1, HASH_MASK = 1u << 2, HASH_OMEGA_HAT = 1u << 3 };

const char *config_text(const struct vordec_config *config, enum config_id id);
const char *config_where(const struct vordec_config *config, enum config_id id);
/* Choices: the index in the list of values. Booleans: 0 or 1. Integers: the value, 0 for auto. Sets: the bits. */
uint64_t config_number(const struct vordec_config *config, enum config_id id);
double config_real(const struct vordec_config *config, enum config_id id);

/* Splits a comma-separated value in place into at most `max` trimmed words; returns their number. */
size_t config_split(char *text, const char **words, size_t max);

enum vordec_status config_clone(const struct vordec_config *config, struct vordec_config **clone,
                                struct vordec_error *error);

/* {"decode": {"backend": "auto", ..}, ..} with numbers and booleans as such; the caller's. NULL: out of memory. */
cJSON *config_json(const struct vordec_config *config);

/* config/default.ini, compiled in. */
extern const char config_default_ini[];

#endif

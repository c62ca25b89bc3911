/* Keys, their types, and the values in force with their origins. Reading INI text is ini_reader.c's business. */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <vordec/backend.h>

#include "error.h"
#include "ini_reader.h"
#include "json_number.h"

enum value_type {
  TYPE_CHOICE, /* one of `values` */
  TYPE_SET,    /* any of `values`, comma-separated, or none */
  TYPE_BOOLEAN,
  TYPE_INTEGER, /* min .. max */
  TYPE_BATCH,   /* auto or min .. max */
  TYPE_TAU,     /* 0 < x <= 1 */
  TYPE_NAME,    /* auto or [a-z0-9_]+ */
  TYPE_NAMES,   /* comma-separated [a-z0-9_]+, or nothing */
  TYPE_FFT,     /* auto or [a-z0-9-]+ */
  TYPE_TEXT     /* anything on one line */
};

struct key_spec {
  struct vordec_config_key text;
  enum value_type type;
  uint64_t min, max;
};

#define BOOLEAN_VALUES "true, false"
#define KEY(section, key, type, values, min, max, summary)                                                             \
  { {section, key, values, summary}, type, min, max }
#define MAX_SEED 9007199254740992u /* 2^53: what JSON readers keep exactly */

static const struct key_spec keys[CONFIG_COUNT] = {
    [CONFIG_DECODE_BACKEND] = KEY("decode", "backend", TYPE_NAME, "auto, or the NAME of a plugin decode_NAME.so", 0, 0,
                                  "who decodes; auto: the first usable GPU, else cpu"),
    [CONFIG_DECODE_POLICY] = KEY("decode", "policy", TYPE_CHOICE, "strict, permissive", 0, 0,
                                 "strict: what was asked for or an error; permissive: one recorded downgrade"),
    [CONFIG_DECODE_FALLBACK] =
        KEY("decode", "fallback", TYPE_NAMES, "names, comma-separated", 0, 0, "where a permissive downgrade goes"),
    [CONFIG_DECODE_DEVICE] = KEY("decode", "device", TYPE_TEXT, "auto, an index, a UUID, or part of a name", 0, 0,
                                 "which device of the backend"),
    [CONFIG_DECODE_ALLOW_SOFTWARE_DEVICE] = KEY("decode", "allow_software_device", TYPE_BOOLEAN, BOOLEAN_VALUES, 0, 0,
                                                "accept a Vulkan device that runs on the CPU; it is reported as cpu"),
    [CONFIG_DECODE_PRECISION] = KEY("decode", "precision", TYPE_CHOICE, "auto, fp32, fp64", 0, 0,
                                    "arithmetic of the fields; auto: fp32 on a GPU, fp64 on the CPU"),
    [CONFIG_DECODE_FFT] = KEY("decode", "fft", TYPE_FFT, "auto, or a name that the backend offers", 0, 0,
                              "which transform (cpu: fftw, pruned; vulkan: vkfft-pruned, vkfft, direct)"),
    [CONFIG_DECODE_OBSERVER] = KEY("decode", "observer", TYPE_CHOICE, "none, metrics, snapshots, visualize", 0, 0,
                                   "what is read back: nothing, scalars, or fields"),
    [CONFIG_DECODE_BATCH] =
        KEY("decode", "batch", TYPE_BATCH, "auto, or 1 .. 1048576", 1, 1u << 20, "states per submission"),
    [CONFIG_OP_BACKEND] = KEY("op", "backend", TYPE_NAME, "auto, or a backend's name", 0, 0,
                              "who rolls the state out; auto: the decode backend if it can, else cpu"),
    [CONFIG_OP_DTYPE] = KEY("op", "dtype", TYPE_CHOICE, "auto, float32, float64", 0, 0, "arithmetic of the rollout"),
    [CONFIG_OP_DETERMINISTIC] = KEY("op", "deterministic", TYPE_BOOLEAN, BOOLEAN_VALUES, 0, 0,
                                    "sum in index order, so that hashes agree between machines"),
    [CONFIG_MASK_SMOOTH_WIDTH] = KEY("mask", "smooth_width", TYPE_INTEGER, "1 .. N cells", 1, VORDEC_MAX_N,
                                     "width of the smoothing window; a state's dashi_smooth_k is its default"),
    [CONFIG_MASK_SMOOTH_KERNEL] =
        KEY("mask", "smooth_kernel", TYPE_CHOICE, "box, triangle", 0, 0, "shape of the window (triangle: odd widths)"),
    [CONFIG_MASK_BOUNDARY] = KEY("mask", "boundary", TYPE_CHOICE, "zero, periodic", 0, 0,
                                 "what the window sees outside the grid: zeros, or the other side"),
    [CONFIG_MASK_TAU] = KEY("mask", "tau", TYPE_TAU, "0 < tau <= 1", 0, 0,
                            "threshold on the normalised residual; a state's dashi_tau is its default"),
    [CONFIG_MASK_MAJORITY_ITERS] =
        KEY("mask", "majority_iters", TYPE_INTEGER, "0 .. 1000", 0, 1000, "most rounds of 3 x 3 majority"),
    [CONFIG_COMBINE_GATE] = KEY("combine", "gate", TYPE_CHOICE, "support, signed", 0, 0,
                                "multiply the residual by (mask != 0), or by the mask itself"),
    [CONFIG_COMBINE_ANCHORS] = KEY("combine", "anchors", TYPE_CHOICE, "include, ignore", 0, 0,
                                   "add the kept mid-band modes to omega_hat, or leave them out"),
    [CONFIG_RESIDUAL_SYNTHESIS] = KEY("residual", "synthesis", TYPE_CHOICE, "off, on", 0, 0,
                                      "draw the mid and high bands with random phases and the state's energies"),
    [CONFIG_RESIDUAL_SEED] =
        KEY("residual", "seed", TYPE_INTEGER, "0 .. 9007199254740992", 0, MAX_SEED, "seed of the phases"),
    [CONFIG_RESIDUAL_MID] = KEY("residual", "mid", TYPE_BOOLEAN, BOOLEAN_VALUES, 0, 0, "draw the mid band"),
    [CONFIG_RESIDUAL_HIGH] = KEY("residual", "high", TYPE_BOOLEAN, BOOLEAN_VALUES, 0, 0, "draw the high band"),
    [CONFIG_PLUGINS_PATH] = KEY("plugins", "path", TYPE_TEXT, "a folder; empty: the one beside the library", 0, 0,
                                "where decode_NAME.so is looked for"),
    [CONFIG_CPU_THREADS] =
        KEY("cpu", "threads", TYPE_INTEGER, "0 (all) .. 1024", 0, 1024, "threads of the cpu backend"),
    [CONFIG_METRICS_JSON] =
        KEY("metrics", "json", TYPE_TEXT, "a path; empty: nowhere", 0, 0, "where the metrics JSON is written"),
    [CONFIG_METRICS_TIMINGS] =
        KEY("metrics", "timings", TYPE_BOOLEAN, BOOLEAN_VALUES, 0, 0, "whether the metrics hold timings"),
    [CONFIG_METRICS_HASH] = KEY("metrics", "hash", TYPE_SET, "z, omega_lp, mask, omega_hat", 0, 0,
                                "what to hash, comma-separated; none for nothing"),
};

struct value {
  char *text;  /* canonical */
  char *where; /* NULL: built in */
  enum vordec_origin origin;
  uint64_t number;
  double real;
};

struct vordec_config {
  struct value values[CONFIG_COUNT];
};

/* ---- checking one value ---- */

size_t config_split(char *text, const char **words, size_t max) {
  size_t count = 0;
  for (char *save = NULL, *word = strtok_r(text, ", \t", &save); word && count < max;
       word = strtok_r(NULL, ", \t", &save)) {
    words[count++] = word;
  }
  return count;
}

static bool only_of(const char *text, const char *extra) {
  if (!*text) return false;
  for (; *text; text++) {
    const bool plain = (*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9');
    if (!plain && !strchr(extra, *text)) return false;
  }
  return true;
}

/* Index of word in the comma-separated list, or -1. */
static int index_in(const char *list, const char *word) {
  char copy[128];
  const char *names[8];
  snprintf(copy, sizeof copy, "%s", list);
  const size_t count = config_split(copy, names, sizeof names / sizeof *names);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i], word) == 0) return (int)i;
  }
  return -1;
}

static bool parse_boolean(const char *text, uint64_t *out) {
  static const char *const names[2][4] = {{"false", "no", "off", "0"}, {"true", "yes", "on", "1"}};
  for (uint64_t truth = 0; truth < 2; truth++) {
    for (int i = 0; i < 4; i++) {
      if (strcasecmp(text, names[truth][i]) == 0) {
        *out = truth;
        return true;
      }
    }
  }
  return false;
}

static bool parse_integer(const char *text, uint64_t min, uint64_t max, uint64_t *out) {
  if (*text < '0' || *text > '9') return false; /* no sign, no space */
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (errno || *end || value < min || value > max) return false;
  *out = value;
  return true;
}

/* Independent of the host's locale, in which the decimal point may be a comma. */
static bool parse_real(const char *text, double *out) {
  locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  if (!plain) return false;
  char *end;
  *out = strtod_l(text, &end, plain);
  freelocale(plain);
  return end != text && *end == '\0';
}

static bool parse_set(const char *list, const char *text, uint64_t *bits) {
  char copy[128];
  const char *words[9]; /* one more than may be, to see that there are too many */
  *bits = 0;
  if (strlen(text) >= sizeof copy) return false;
  snprintf(copy, sizeof copy, "%s", text);
  const size_t count = config_split(copy, words, sizeof words / sizeof *words);
  if (count == sizeof words / sizeof *words) return false;
  if (count == 1 && strcmp(words[0], "none") == 0) return true;
  for (size_t i = 0; i < count; i++) {
    const int index = index_in(list, words[i]);
    if (index < 0) return false;
    *bits |= 1u << index;
  }
  return true;
}

static bool valid_name(const char *text) {
  return only_of(text, "_") && strlen(text) < CONFIG_NAME_MAX;
}

static bool parse_names(const char *text) {
  char copy[256];
  const char *words[CONFIG_NAMES_MAX + 1];
  if (strlen(text) >= sizeof copy) return false;
  snprintf(copy, sizeof copy, "%s", text);
  const size_t count = config_split(copy, words, sizeof words / sizeof *words);
  for (size_t i = 0; i < count; i++) {
    if (!valid_name(words[i])) return false;
  }
  return count <= CONFIG_NAMES_MAX;
}

static bool parse_value(const struct key_spec *spec, const char *text, struct value *out) {
  switch (spec->type) {
  case TYPE_CHOICE: {
    const int index = index_in(spec->text.values, text);
    out->number = (uint64_t)index;
    return index >= 0;
  }
  case TYPE_SET:
    return parse_set(spec->text.values, text, &out->number);
  case TYPE_BOOLEAN:
    return parse_boolean(text, &out->number);
  case TYPE_BATCH:
    out->number = 0;
    if (strcmp(text, "auto") == 0) return true;
    return parse_integer(text, spec->min, spec->max, &out->number);
  case TYPE_INTEGER:
    return parse_integer(text, spec->min, spec->max, &out->number);
  case TYPE_TAU:
    return parse_real(text, &out->real) && out->real > 0.0 && out->real <= 1.0;
  case TYPE_NAME:
    return valid_name(text);
  case TYPE_NAMES:
    return parse_names(text);
  case TYPE_FFT:
    return only_of(text, "-") && strlen(text) < VORDEC_FFT_NAME_MAX;
  case TYPE_TEXT:
    return strpbrk(text, "\r\n") == NULL;
  }
  return false;
}

/* ---- values in force ---- */

static int find_key(const char *section, const char *key) {
  for (int id = 0; id < CONFIG_COUNT; id++) {
    if (strcmp(keys[id].text.section, section) == 0 && strcmp(keys[id].text.key, key) == 0) return id;
  }
  return -1;
}

static bool known_section(const char *section) {
  for (int id = 0; id < CONFIG_COUNT; id++) {
    if (strcmp(keys[id].text.section, section) == 0) return true;
  }
  return false;
}

enum vordec_status vordec_config_set(struct vordec_config *config, const char *section, const char *key,
                                     const char *value, enum vordec_origin origin, const char *where,
                                     struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const int id = find_key(section, key);
  if (id < 0) {
    return known_section(section)
               ? vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: unknown key '%s' in [%s]", where, key, section)
               : vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: unknown section [%s]", where, section);
  }
  struct value *slot = &config->values[id], fresh = {.origin = origin};
  /* A state's value that is not used may be any. */
  if (origin == VORDEC_FROM_STATE && slot->text && slot->origin > origin) return VORDEC_OK;
  if (!parse_value(&keys[id], value, &fresh)) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: [%s] %s = '%.100s': expected %s", where, section, key, value,
                       keys[id].text.values);
  }
  if (slot->text && slot->origin > origin) return VORDEC_OK;
  fresh.text = strdup(value);
  fresh.where = strdup(where);
  if (!fresh.text || !fresh.where) {
    free(fresh.text);
    free(fresh.where);
    return error_no_memory(error);
  }
  free(slot->text);
  free(slot->where);
  *slot = fresh;
  return VORDEC_OK;
}

/* A relative plugin folder in a file means: relative to that file. */
static char *beside_file(const char *file, const char *path) {
  const char *slash = strrchr(file, '/');
  char *joined = NULL;
  if (asprintf(&joined, "%.*s%s", slash ? (int)(slash - file + 1) : 0, file, path) < 0) return NULL;
  return joined;
}

struct read_context {
  struct vordec_config *config;
  const char *path;
  enum vordec_origin origin;
  int seen_on_line[CONFIG_COUNT];
};

static void format_where(const struct read_context *read, int line, char *where, size_t size) {
  if (read->origin == VORDEC_FROM_DEFAULT)
    snprintf(where, size, "%s", read->path);
  else
    snprintf(where, size, "%.480s:%d", read->path, line);
}

static enum vordec_status accept_section(void *ctx, const char *section, int line, struct vordec_error *error) {
  char where[512];
  if (known_section(section)) return VORDEC_OK;
  format_where(ctx, line, where, sizeof where);
  return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: unknown section [%s]", where, section);
}

static enum vordec_status accept_entry(void *ctx, const char *section, const char *key, const char *value, int line,
                                       struct vordec_error *error) {
  struct read_context *read = ctx;
  char where[512];
  format_where(read, line, where, sizeof where);
  const int id = find_key(section, key);
  if (id >= 0 && read->seen_on_line[id]) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: [%s] %s is set a second time (first on line %d)", where, section,
                       key, read->seen_on_line[id]);
  }
  if (id >= 0) read->seen_on_line[id] = line;
  if (id != CONFIG_PLUGINS_PATH || value[0] == '/' || value[0] == '\0') {
    return vordec_config_set(read->config, section, key, value, read->origin, where, error);
  }
  char *joined = beside_file(read->path, value);
  if (!joined) return error_no_memory(error);
  const enum vordec_status status = vordec_config_set(read->config, section, key, joined, read->origin, where, error);
  free(joined);
  return status;
}

enum vordec_status vordec_config_create(struct vordec_config **config, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *config = NULL;
  struct vordec_config *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  struct read_context read = {.config = made, .path = "built-in default", .origin = VORDEC_FROM_DEFAULT};
  const struct ini_handler handler = {accept_section, accept_entry, &read};
  const enum vordec_status status = ini_read_text(config_default_ini, read.path, &handler, error);
  if (status) {
    vordec_config_destroy(made);
    return status;
  }
  *config = made;
  return VORDEC_OK;
}

enum vordec_status vordec_config_read(struct vordec_config *config, const char *path, struct vordec_error *error) {
  struct vordec_error scratch;
  struct read_context read = {.config = config, .path = path, .origin = VORDEC_FROM_FILE};
  const struct ini_handler handler = {accept_section, accept_entry, &read};
  return ini_read_file(path, &handler, error_or(error, &scratch));
}

void vordec_config_destroy(struct vordec_config *config) {
  if (!config) return;
  for (int id = 0; id < CONFIG_COUNT; id++) {
    free(config->values[id].text);
    free(config->values[id].where);
  }
  free(config);
}

enum vordec_status config_clone(const struct vordec_config *config, struct vordec_config **clone,
                                struct vordec_error *error) {
  struct vordec_config *made = calloc(1, sizeof *made);
  *clone = NULL;
  if (!made) return error_no_memory(error);
  for (int id = 0; id < CONFIG_COUNT; id++) {
    made->values[id] = config->values[id];
    made->values[id].text = strdup(config->values[id].text);
    made->values[id].where = strdup(config->values[id].where);
    if (!made->values[id].text || !made->values[id].where) {
      /* The rest of the slots are still zero or their own copies, so that destroy may run. */
      vordec_config_destroy(made);
      return error_no_memory(error);
    }
  }
  *clone = made;
  return VORDEC_OK;
}

const char *config_text(const struct vordec_config *config, enum config_id id) {
  return config->values[id].text;
}

const char *config_where(const struct vordec_config *config, enum config_id id) {
  return config->values[id].where;
}

uint64_t config_number(const struct vordec_config *config, enum config_id id) {
  return config->values[id].number;
}

double config_real(const struct vordec_config *config, enum config_id id) {
  return config->values[id].real;
}

const char *vordec_config_get(const struct vordec_config *config, const char *section, const char *key) {
  const int id = find_key(section, key);
  return id < 0 ? NULL : config->values[id].text;
}

const char *vordec_config_where(const struct vordec_config *config, const char *section, const char *key) {
  const int id = find_key(section, key);
  return id < 0 ? NULL : config->values[id].where;
}

size_t vordec_config_key_count(void) {
  return CONFIG_COUNT;
}

const struct vordec_config_key *vordec_config_key_at(size_t i) {
  return i < CONFIG_COUNT ? &keys[i].text : NULL;
}

const char *vordec_config_defaults(void) {
  return config_default_ini;
}

static cJSON *value_json(const struct key_spec *spec, const struct value *value) {
  switch (spec->type) {
  case TYPE_BOOLEAN:
    return cJSON_CreateBool(value->number != 0);
  case TYPE_INTEGER:
    return json_number((double)value->number);
  case TYPE_TAU:
    return json_number(value->real);
  default:
    return cJSON_CreateString(value->text);
  }
}

cJSON *config_json(const struct vordec_config *config) {
  cJSON *root = cJSON_CreateObject();
  for (int id = 0; root && id < CONFIG_COUNT; id++) {
    const struct vordec_config_key *key = &keys[id].text;
    cJSON *section = cJSON_GetObjectItemCaseSensitive(root, key->section);
    if (!section) section = cJSON_AddObjectToObject(root, key->section);
    cJSON *item = section ? value_json(&keys[id], &config->values[id]) : NULL;
    if (item && cJSON_AddItemToObject(section, key->key, item)) continue;
    cJSON_Delete(item);
    cJSON_Delete(root);
    root = NULL;
  }
  return root;
}

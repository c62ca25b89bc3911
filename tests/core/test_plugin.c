/* SPDX-License-Identifier: MIT */
/*
 * Plugins that are wrong in every way that a stub can be built for: refused with the right reason in strict mode; in
 * permissive mode one recorded downgrade, or a flag where the work was done but not proven.
 */
#include "rig.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

enum stage { CREATE, DECODE, NEVER };

struct row {
  const char *plugin;
  struct {
    const char *key, *value; /* in [decode] */
  } ask;
  const char *fails; /* VORDEC_STUB_FAIL */
  /* strict */
  enum stage stage; /* where it is refused */
  enum vordec_status status;
  enum vordec_reason reason;
  const char *says;
  /* permissive */
  const char *used;   /* NULL: refused all the same */
  const char *device; /* decode_device */
  const char *flags;  /* joined by spaces; NULL: none */
};

#define REFUSED(stage_, reason_, text) .stage = stage_, .status = VORDEC_E_REFUSED, .reason = reason_, .says = text
#define MOVED .used = "cpu", .device = "cpu", .flags = "GPU_DECODE_FALLBACK_CPU"
#define ALSO_FFT .used = "cpu", .device = "cpu", .flags = "GPU_DECODE_FALLBACK_CPU FFT_FALLBACK"
#define UNPROVEN(name) .used = name, .device = "unknown", .flags = "EVIDENCE_MISSING"
#define USED(name, what) .stage = NEVER, .used = name, .device = what
#define FAILS(stage_, status_, text) .stage = stage_, .status = status_, .says = text
#define UNASKED                                                                                                        \
  { NULL, NULL }
#define CODES(slot, status, reason) slot " " status " " reason

static const struct row rows[] = {
    /* well-behaved */
    {"ok", USED("ok", "gpu")},
    {"older", USED("older", "gpu")},   /* a table that ends before the optional slot */
    {"longer", USED("longer", "gpu")}, /* a table of a later minor version */
    {"two_devices", USED("two_devices", "gpu")},
    {"integrated", USED("integrated", "gpu")},
    {"virtual", USED("virtual", "gpu")},
    {"no_timestamps", USED("no_timestamps", "gpu"), .flags = "TIMING_UNAVAILABLE"},
    {"software", {"allow_software_device", "true"}, USED("software", "cpu"), .flags = "SOFTWARE_DEVICE"},
    {"cpu", USED("cpu", "cpu")},

    /* loading */
    {"missing", REFUSED(CREATE, VORDEC_REASON_PLUGIN_NOT_FOUND, "no decode_missing.so in " STUB_FOLDER), MOVED},
    {"folder", REFUSED(CREATE, VORDEC_REASON_PLUGIN_LOAD, "decode_folder.so"), MOVED},
    {"not_elf", REFUSED(CREATE, VORDEC_REASON_PLUGIN_LOAD, "decode_not_elf.so"), MOVED},
    {"elf32", REFUSED(CREATE, VORDEC_REASON_PLUGIN_LOAD, "ELFCLASS32"), MOVED},
    {"no_entry", REFUSED(CREATE, VORDEC_REASON_PLUGIN_ENTRY, "does not export vordec_backend_entry"), MOVED},
    {"null_entry", REFUSED(CREATE, VORDEC_REASON_PLUGIN_ABI, "does not support ABI 1"), MOVED},
    {"wrong_abi", REFUSED(CREATE, VORDEC_REASON_PLUGIN_ABI, "ABI 2.2, but this library needs 1.x"), MOVED},
    {"short_struct", REFUSED(CREATE, VORDEC_REASON_PLUGIN_ABI, "its table has"), MOVED},
    {"empty_struct", REFUSED(CREATE, VORDEC_REASON_PLUGIN_ABI, "its table has 0 bytes"), MOVED},
    {"wrong_name", REFUSED(CREATE, VORDEC_REASON_PLUGIN_IDENTITY, "calls itself 'ok'"), MOVED},
    {"null_name", REFUSED(CREATE, VORDEC_REASON_PLUGIN_IDENTITY, "calls itself ''"), MOVED},
    {"null_slot", REFUSED(CREATE, VORDEC_REASON_PLUGIN_ABI, "a required slot is empty"), MOVED},

    /* probing */
    {"no_device", REFUSED(CREATE, VORDEC_REASON_NO_DEVICE, "it reports no device"), MOVED},
    {"software", REFUSED(CREATE, VORDEC_REASON_SOFTWARE_DEVICE, "allow_software_device = true"), MOVED},
    {"other", REFUSED(CREATE, VORDEC_REASON_DEVICE_UNSUITABLE, "Stub Card"), MOVED},
    {"unusable", REFUSED(CREATE, VORDEC_REASON_BROKEN_DRIVER, "it is a stub"), MOVED},
    {"ok", {"device", "7"}, REFUSED(CREATE, VORDEC_REASON_DEVICE_NOT_FOUND, "'7'"), MOVED},
    {"ok", UNASKED, CODES("probe", "6", "7"), REFUSED(CREATE, VORDEC_REASON_NO_LOADER, "stub's probe"), MOVED},
    {"ok", UNASKED, CODES("probe", "6", "8"), REFUSED(CREATE, VORDEC_REASON_NO_DRIVER, "stub's probe"), MOVED},
    {"ok", UNASKED, CODES("probe", "6", "9"), REFUSED(CREATE, VORDEC_REASON_BROKEN_DRIVER, "stub's probe"), MOVED},
    {"ok", UNASKED, CODES("probe", "7", "18"), REFUSED(CREATE, VORDEC_REASON_MEMORY, "stub's probe"), MOVED},

    /* what the host has no memory for nobody has */
    {"ok", UNASKED, CODES("probe", "7", "21"), FAILS(CREATE, VORDEC_E_NO_MEMORY, "stub's probe")},
    {"ok", UNASKED, CODES("open", "7", "21"), FAILS(CREATE, VORDEC_E_NO_MEMORY, "stub's open")},
    {"ok", UNASKED, CODES("plan_create", "7", "21"), FAILS(CREATE, VORDEC_E_NO_MEMORY, "stub's plan_create")},

    /* precision and FFT move on the backend itself */
    {"no_fp64",
     {"precision", "fp64"},
     REFUSED(CREATE, VORDEC_REASON_NO_FP64, "has no fp64"),
     .used = "no_fp64",
     .device = "gpu",
     .flags = "PRECISION_DOWNGRADE"},
    {"ok",
     {"fft", "none-such"},
     REFUSED(CREATE, VORDEC_REASON_NO_FFT, "it offers stub, other"),
     .used = "ok",
     .device = "gpu",
     .flags = "FFT_FALLBACK"},
    {"ok", {"fft", "other"}, USED("ok", "gpu")},

    /* opening and planning */
    {"ok", UNASKED, CODES("open", "6", "13"), REFUSED(CREATE, VORDEC_REASON_DEVICE_UNSUITABLE, "stub's open"), MOVED},
    {"ok", UNASKED, CODES("open", "7", "18"), FAILS(CREATE, VORDEC_E_NO_MEMORY, "stub's open"), MOVED},
    {"ok", UNASKED, CODES("open", "8", "0"), FAILS(CREATE, VORDEC_E_DEVICE_LOST, "stub's open")},
    {"ok", UNASKED, CODES("open", "11", "0"), FAILS(CREATE, VORDEC_E_FAILED, "stub's open")},
    {"ok", UNASKED, CODES("plan_create", "6", "13"), REFUSED(CREATE, VORDEC_REASON_DEVICE_UNSUITABLE, "plan"), MOVED},
    {"ok", UNASKED, CODES("plan_create", "6", "17"), REFUSED(CREATE, VORDEC_REASON_FFT_SIZE, "plan"), MOVED},
    {"ok",
     {"fft", "stub"},
     CODES("plan_create", "6", "17"),
     REFUSED(CREATE, VORDEC_REASON_FFT_SIZE, "stub's plan_create"),
     ALSO_FFT},
    {"ok",
     {"fft", "other"},
     CODES("fft_other", "6", "17"),
     REFUSED(CREATE, VORDEC_REASON_FFT_SIZE, "stub's fft_other"),
     .used = "ok",
     .device = "gpu",
     .flags = "FFT_FALLBACK"},
    {"two_devices", UNASKED, CODES("open", "6", "13"), REFUSED(CREATE, VORDEC_REASON_DEVICE_UNSUITABLE, "open"), MOVED},
    {"ok", UNASKED, CODES("plan_create", "7", "18"), FAILS(CREATE, VORDEC_E_NO_MEMORY, "stub's plan_create"), MOVED},
    {"ok", UNASKED, CODES("plan_create", "8", "0"), FAILS(CREATE, VORDEC_E_DEVICE_LOST, "stub's plan_create")},
    {"ok", UNASKED, CODES("plan_create", "9", "0"), FAILS(CREATE, VORDEC_E_TIMEOUT, "stub's plan_create")},
    {"ok", UNASKED, CODES("plan_create", "11", "0"), FAILS(CREATE, VORDEC_E_FAILED, "stub's plan_create")},
    {"wrong_fft", REFUSED(CREATE, VORDEC_REASON_EVIDENCE, "its plan claims 'invented'"), MOVED},
    {"other_fft", {"fft", "stub"}, REFUSED(CREATE, VORDEC_REASON_EVIDENCE, "its plan claims 'other'"), ALSO_FFT},
    {"no_plan", REFUSED(CREATE, VORDEC_REASON_PLUGIN_ABI, "no plan"), MOVED},

    /* decoding: nothing moves any more */
    {"ok", UNASKED, CODES("decode", "7", "18"), FAILS(DECODE, VORDEC_E_NO_MEMORY, "stub's decode")},
    {"ok", UNASKED, CODES("decode", "8", "0"), FAILS(DECODE, VORDEC_E_DEVICE_LOST, "stub's decode")},
    {"ok", UNASKED, CODES("decode", "9", "0"), FAILS(DECODE, VORDEC_E_TIMEOUT, "stub's decode")},
    {"ok", UNASKED, CODES("decode", "11", "0"), FAILS(DECODE, VORDEC_E_FAILED, "stub's decode")},

    {"nan", FAILS(DECODE, VORDEC_E_INPUT, "state 0: omega_lp is not finite")},

    /* lying about what did the work */
    {"no_evidence",
     REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "it worked on a device of type host, but probing reported discrete"),
     UNPROVEN("no_evidence")},
    {"no_dispatch", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "no dispatch was recorded"), UNPROVEN("no_dispatch")},
    {"incomplete", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "2 of 3 dispatches completed"), UNPROVEN("incomplete")},
    {"type_lie", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "probing reported integrated"), UNPROVEN("type_lie")},
    {"name_lie", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "'Better Card'"), UNPROVEN("name_lie")},
    {"driver_lie", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "'stub 2.0'"), UNPROVEN("driver_lie")},
    {"uuid_lie", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "UUID"), UNPROVEN("uuid_lie")},
    {"slow_stages", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "ms in all, but the call"), UNPROVEN("slow_stages")},
    {"zero_stages", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "took 0 ms in all"), UNPROVEN("zero_stages")},
    {"broken_promise", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "probing promised"), UNPROVEN("broken_promise")},
    {"broken_promise_nan", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "promised"), UNPROVEN("broken_promise_nan")},
    {"clockless_slow", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "the call"), UNPROVEN("clockless_slow")},
    {"nan_stages", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "took nan ms"), UNPROVEN("nan_stages")},
    {"negative_stages", REFUSED(DECODE, VORDEC_REASON_EVIDENCE, "took -1 ms"), UNPROVEN("negative_stages")},
};
#define ROWS (sizeof rows / sizeof *rows)

/* ---- one run ------------------------------------------------------------------------------------------------------
 */

struct outcome {
  enum stage stage;
  enum vordec_status status;
  enum vordec_reason reason;
  char says[VORDEC_MESSAGE_MAX];
  char used[64], device[16];
  cJSON *metrics;
  struct rig_log log;
};

static enum vordec_status decode_one(struct rig *rig, struct vordec_decoder *decoder, struct outcome *outcome) {
  double z[RIG_D], lp[RIG_CELLS], hat[RIG_CELLS];
  int8_t mask[RIG_CELLS];
  struct vordec_scalars scalars;
  struct vordec_decode_report report;
  struct vordec_metrics *metrics = NULL;
  char *json = NULL;
  for (size_t i = 0; i < RIG_D; i++) z[i] = i == RIG_D - 1 ? 0.0 : 0.1 * (double)i;
  const struct vordec_decode_io io = {
      .count = 1, .z = z, .omega_lp = lp, .mask = mask, .omega_hat = hat, .scalars = &scalars};
  const enum vordec_status status = vordec_decode(decoder, &io, &report, &rig->error);
  if (status) return status;
  snprintf(outcome->device, sizeof outcome->device, "%s", report.decode_device);
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, decoder, NULL, &metrics, &rig->error), &rig->error);
  check_ok(vordec_metrics_add(metrics, 0, &io, &report, &rig->error), &rig->error);
  check_ok(vordec_metrics_json(metrics, &json, &rig->error), &rig->error);
  outcome->metrics = cJSON_Parse(json);
  vordec_free(json);
  vordec_metrics_destroy(metrics);
  return VORDEC_OK;
}

static struct outcome run(const struct row *row, const char *policy) {
  void *state = NULL;
  struct vordec_decoder *decoder = NULL;
  struct outcome outcome = {.stage = NEVER};
  assert_int_equal(rig_setup(&state), 0);
  struct rig *rig = state;
  rig_set(rig, "decode", "backend", row->plugin);
  rig_set(rig, "decode", "policy", policy);
  if (row->ask.key) rig_set(rig, "decode", row->ask.key, row->ask.value);
  if (row->fails) setenv("VORDEC_STUB_FAIL", row->fails, 1);
  outcome.status = rig_decoder(rig, 1, &decoder);
  if (outcome.status) outcome.stage = CREATE;
  if (decoder) {
    struct vordec_decoder_info info;
    vordec_decoder_get(decoder, &info);
    snprintf(outcome.used, sizeof outcome.used, "%s", info.backend_used);
    outcome.status = decode_one(rig, decoder, &outcome);
    if (outcome.status) outcome.stage = DECODE;
  }
  unsetenv("VORDEC_STUB_FAIL");
  outcome.reason = rig->error.reason;
  snprintf(outcome.says, sizeof outcome.says, "%s", rig->error.message);
  vordec_decoder_destroy(decoder);
  outcome.log = rig->log;
  rig_teardown(&state);
  return outcome;
}

/* What was opened was closed, however it ended. */
static bool balanced(const struct row *row, const struct rig_log *log) {
  const bool open_failed = row->fails && strncmp(row->fails, "open", 4) == 0;
  const bool plan_failed = row->fails && strncmp(row->fails, "plan", 4) == 0;
  const bool one_fft_failed = row->fails && strncmp(row->fails, "fft_", 4) == 0; /* the first plan; none behind it */
  const int opened = open_failed ? 0 : log->open;
  const int planned = plan_failed ? 0 : log->plan_create - one_fft_failed;
  const bool no_plan = strcmp(row->plugin, "no_plan") == 0;
  return opened == log->close && (no_plan || planned == log->plan_destroy) && log->probe <= 1 && log->decode <= 1;
}

static const char *text_at(const cJSON *object, const char *key) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return text ? text : "";
}

/* The flags are those of the row, in order, and each has a reason. */
static bool flags_are(const cJSON *metrics, const char *expected) {
  const cJSON *flags = cJSON_GetObjectItemCaseSensitive(metrics, "perf_flags"), *flag = NULL;
  const cJSON *reasons = cJSON_GetObjectItemCaseSensitive(metrics, "perf_flag_reasons");
  char joined[256] = "";
  if (!expected) return !flags && !reasons;
  cJSON_ArrayForEach(flag, flags) {
    const size_t used = strlen(joined);
    snprintf(joined + used, sizeof joined - used, "%s%s", used ? " " : "", flag->valuestring);
    if (!text_at(reasons, flag->valuestring)[0]) return false;
  }
  return strcmp(joined, expected) == 0 && cJSON_GetArraySize(flags) == cJSON_GetArraySize(reasons);
}

static bool metrics_tell(const struct row *row, const struct outcome *got) {
  const cJSON *metrics = got->metrics;
  const bool moved = strcmp(row->used, row->plugin) != 0;
  return metrics && strcmp(text_at(metrics, "decode_backend_requested"), row->plugin) == 0 &&
         strcmp(text_at(metrics, "decode_backend_used"), row->used) == 0 &&
         (text_at(metrics, "decode_backend_reason")[0] != '\0') == moved &&
         strcmp(text_at(metrics, "decode_device"), row->device) == 0 && flags_are(metrics, row->flags);
}

static bool succeeded(const struct row *row, const struct outcome *got) {
  return got->stage == NEVER && got->status == VORDEC_OK && strcmp(got->used, row->used) == 0 &&
         strcmp(got->device, row->device) == 0 && metrics_tell(row, got) && balanced(row, &got->log);
}

static bool failed(const struct row *row, const struct outcome *got) {
  const bool reason = row->status != VORDEC_E_REFUSED || got->reason == row->reason;
  return got->stage == row->stage && got->status == row->status && reason && strstr(got->says, row->says) &&
         !strchr(got->says, '\n') && balanced(row, &got->log);
}

static size_t report_wrong(const struct row *row, const char *policy, struct outcome *got, bool fine) {
  if (!fine) {
    char *metrics = cJSON_PrintUnformatted(got->metrics);
    print_error("%s, %s, '%s': stage %d, %s (%s): %s\n  used '%s', decode_device '%s', warnings %d (%s)\n"
                "  calls: probe %d, open %d, close %d, plan %d, destroy %d, decode %d\n  %s\n",
                row->plugin, policy, row->fails ? row->fails : "", (int)got->stage, vordec_status_name(got->status),
                vordec_reason_name(got->reason), got->says, got->used, got->device, got->log.warnings, got->log.warning,
                got->log.probe, got->log.open, got->log.close, got->log.plan_create, got->log.plan_destroy,
                got->log.decode, metrics ? metrics : "");
    cJSON_free(metrics);
  }
  cJSON_Delete(got->metrics);
  return !fine;
}

static void strict(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < ROWS; i++) {
    struct outcome got = run(&rows[i], "strict");
    const bool fine = rows[i].stage == NEVER ? succeeded(&rows[i], &got) : failed(&rows[i], &got);
    wrong += report_wrong(&rows[i], "strict", &got, fine);
  }
  assert_int_equal(wrong, 0);
}

/* One warning for each flag, the last of which is the last flag's. */
static bool warned(const char *flags, const struct rig_log *log) {
  int count = flags != NULL;
  for (const char *c = flags; c && *c; c++) count += *c == ' ';
  const char *last = flags ? strrchr(flags, ' ') : NULL;
  return log->warnings == count && (!flags || strstr(log->warning, last ? last + 1 : flags));
}

static void permissive(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < ROWS; i++) {
    struct outcome got = run(&rows[i], "permissive");
    const bool fine =
        rows[i].used ? succeeded(&rows[i], &got) && warned(rows[i].flags, &got.log) : failed(&rows[i], &got);
    wrong += report_wrong(&rows[i], "permissive", &got, fine);
  }
  assert_int_equal(wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(strict), cmocka_unit_test(permissive)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

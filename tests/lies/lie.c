/* SPDX-License-Identifier: MIT */
#include "lie.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64 */
static uint64_t draw(uint64_t *seed) {
  uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static size_t pick(uint64_t *seed, size_t count) {
  return (size_t)(draw(seed) % count);
}

/* Fills the whole buffer, or ends somewhere in it: any bytes, or pieces that terminals obey. */
static void babble(uint64_t *seed, char *text, size_t size) {
  static const char *const pieces[] = {"\x1b[31m", "\x1b]0;title\a", "\n",           "\r",           "\xff\xfe",
                                       "\xc2\x9b", "\x7f",           "\xe2\x80\xae", "\xe2\x80\xa8", "\xc3\xa4",
                                       "%s%n",     "\"\\",           "name",         "\b\b"};
  memset(text, 0, size);
  const bool whole = pick(seed, 4) == 0, bytes = pick(seed, 2) == 0;
  const size_t end = whole ? size : 1 + pick(seed, size - 1);
  for (size_t at = 0; at < end;) {
    const char *piece = pieces[pick(seed, sizeof pieces / sizeof *pieces)];
    const char byte[2] = {(char)(1 + pick(seed, 255)), 0};
    for (const char *from = bytes ? byte : piece; *from && at < end; from++) text[at++] = *from;
  }
}

static double bad_number(uint64_t *seed) {
  static const double numbers[] = {NAN, -NAN, INFINITY, -INFINITY, -1e6, 1e9, DBL_MAX};
  return numbers[pick(seed, sizeof numbers / sizeof *numbers)];
}

/* ---- consistent: nothing that can be found out ---- */

static void any_name(struct lie *lie, uint64_t *seed) {
  babble(seed, lie->device.name, sizeof lie->device.name);
  memcpy(lie->evidence.name, lie->device.name, sizeof lie->device.name);
}

static void any_driver(struct lie *lie, uint64_t *seed) {
  babble(seed, lie->device.driver, sizeof lie->device.driver);
  memcpy(lie->evidence.driver, lie->device.driver, sizeof lie->device.driver);
}

static void any_api(struct lie *lie, uint64_t *seed) {
  babble(seed, lie->device.api, sizeof lie->device.api);
}

static void any_type(struct lie *lie, uint64_t *seed) {
  static const int types[] = {
      VORDEC_DEVICE_SOFTWARE, VORDEC_DEVICE_INTEGRATED, VORDEC_DEVICE_VIRTUAL, VORDEC_DEVICE_OTHER, 77, -1};
  lie->device.type = lie->evidence.type = (enum vordec_device_type)types[pick(seed, sizeof types / sizeof *types)];
}

static void no_clock(struct lie *lie, uint64_t *seed) {
  (void)seed;
  lie->device.capabilities &= ~(uint32_t)VORDEC_CAP_TIMESTAMPS;
  lie->timestamps = 0;
}

static void no_uuid(struct lie *lie, uint64_t *seed) {
  (void)seed;
  memset(lie->device.uuid, 0, sizeof lie->device.uuid);
  memset(lie->evidence.uuid, 0, sizeof lie->evidence.uuid);
}

static void any_bool(struct lie *lie, uint64_t *seed) {
  if (lie->timestamps) lie->timestamps = (unsigned char)(1 + pick(seed, 255));
}

static void any_reason_for_fft(struct lie *lie, uint64_t *seed) {
  babble(seed, lie->fft_reason, sizeof lie->fft_reason);
}

static void any_memory(struct lie *lie, uint64_t *seed) {
  lie->host_bytes = draw(seed);
  lie->device_bytes = UINT64_MAX;
}

static void many_dispatches(struct lie *lie, uint64_t *seed) {
  (void)seed;
  if (lie->evidence.dispatches_recorded == lie->evidence.dispatches_completed && lie->evidence.dispatches_recorded) {
    lie->evidence.dispatches_recorded = lie->evidence.dispatches_completed = UINT64_MAX;
  }
}

static void any_scalars(struct lie *lie, uint64_t *seed) {
  lie->spoil_scalars = true;
  lie->scalars.energy_hat = bad_number(seed);
  lie->scalars.enstrophy_hat = bad_number(seed);
  lie->scalars.band_energy[0] = bad_number(seed);
  lie->scalars.band_gain[1] = bad_number(seed);
}

static void talks(struct lie *lie, uint64_t *seed) {
  babble(seed, lie->logged, sizeof lie->logged - 1);
}

static void no_work(struct lie *lie, uint64_t *seed) {
  (void)seed;
  lie->idle = true;
}

/* ---- inconsistent ---- */

static void other_type(struct lie *lie, uint64_t *seed) {
  static const int types[] = {VORDEC_DEVICE_HOST, 99, -7};
  lie->evidence.type = (enum vordec_device_type)types[pick(seed, sizeof types / sizeof *types)];
}

static void other_name(struct lie *lie, uint64_t *seed) {
  (void)seed;
  lie->evidence.name[0] = lie->device.name[0] == 'X' ? 'Y' : 'X';
}

static void other_driver(struct lie *lie, uint64_t *seed) {
  (void)seed;
  lie->evidence.driver[0] = lie->device.driver[0] == 'X' ? 'Y' : 'X';
}

static void other_uuid(struct lie *lie, uint64_t *seed) {
  lie->evidence.uuid[pick(seed, 16)] ^= 1;
}

static void lost_dispatches(struct lie *lie, uint64_t *seed) {
  lie->evidence.dispatches_completed = pick(seed, 9);
  lie->evidence.dispatches_recorded = 9 * pick(seed, 2);
}

static void broken_promise(struct lie *lie, uint64_t *seed) {
  (void)seed;
  lie->device.capabilities |= VORDEC_CAP_TIMESTAMPS;
  lie->timestamps = 0;
}

static void bad_stage(struct lie *lie, uint64_t *seed) {
  lie->stage_more[pick(seed, VORDEC_STAGE_COUNT)] = bad_number(seed);
  lie->more_is_all = pick(seed, 2) == 0;
}

static void long_stages(struct lie *lie, uint64_t *seed) {
  (void)seed;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) lie->stage_more[i] = 1e3;
}

static void bad_steps(struct lie *lie, uint64_t *seed) {
  lie->steps_more = bad_number(seed);
}

static void bad_warmup(struct lie *lie, uint64_t *seed) {
  lie->warmup_ms = bad_number(seed);
}

static void bad_support(struct lie *lie, uint64_t *seed) {
  static const double shares[] = {-1.0, 1.5, INFINITY, -INFINITY, DBL_MAX};
  lie->spoil_scalars = true;
  lie->scalars.support_frac = shares[pick(seed, sizeof shares / sizeof *shares)];
}

static void other_fft(struct lie *lie, uint64_t *seed) {
  static const char *const names[] = {"", "TEST", "pruned", "a b", "test\n"};
  const size_t at = pick(seed, sizeof names / sizeof *names + 2);
  if (at < sizeof names / sizeof *names) {
    snprintf(lie->fft, sizeof lie->fft, "%s", names[at]);
  } else {
    babble(seed, lie->fft, sizeof lie->fft);
  }
}

/* ---- failures ---- */

static void fails(struct lie *lie, uint64_t *seed) {
  static const int statuses[] = {
      VORDEC_E_UNSUPPORTED, VORDEC_E_FAILED, VORDEC_E_NO_MEMORY, VORDEC_E_DEVICE_LOST, 77, -1};
  lie->fails = (enum lie_slot)(LIE_IN_PROBE + pick(seed, LIE_IN_ADVANCE));
  lie->status = (enum vordec_status)statuses[pick(seed, sizeof statuses / sizeof *statuses)];
  lie->reason = (enum vordec_reason)(pick(seed, 3) == 0 ? 999 : (int)pick(seed, VORDEC_REASON_COUNT));
  if (pick(seed, 3) > 0) babble(seed, lie->message, sizeof lie->message);
}

enum exposed { NEITHER = 0, DECODES = 1, STEPS = 2, BOTH = 3 };

static const struct {
  const char *name;
  void (*apply)(struct lie *lie, uint64_t *seed);
  enum exposed exposed;
} kinds[] = {
    {"any_name", any_name, NEITHER},
    {"any_driver", any_driver, NEITHER},
    {"any_api", any_api, NEITHER},
    {"any_type", any_type, NEITHER},
    {"no_clock", no_clock, NEITHER},
    {"no_uuid", no_uuid, NEITHER},
    {"any_bool", any_bool, NEITHER},
    {"any_reason_for_fft", any_reason_for_fft, NEITHER},
    {"any_memory", any_memory, NEITHER},
    {"many_dispatches", many_dispatches, NEITHER},
    {"any_scalars", any_scalars, NEITHER},
    {"talks", talks, NEITHER},
    {"no_work", no_work, NEITHER},
    {"other_type", other_type, BOTH},
    {"other_name", other_name, BOTH},
    {"other_driver", other_driver, BOTH},
    {"other_uuid", other_uuid, BOTH},
    {"lost_dispatches", lost_dispatches, BOTH},
    {"broken_promise", broken_promise, BOTH},
    {"bad_stage", bad_stage, DECODES},
    {"long_stages", long_stages, DECODES},
    {"bad_steps", bad_steps, STEPS},
    {"bad_warmup", bad_warmup, DECODES},
    {"bad_support", bad_support, DECODES},
    {"other_fft", other_fft, DECODES},
    {"fails", fails, NEITHER},
};

static struct lie truth(void) {
  struct lie lie = {
      .device = {.struct_size = sizeof lie.device,
                 .type = VORDEC_DEVICE_DISCRETE,
                 .name = "Test Card",
                 .driver = "test 1.0",
                 .api = "Test 1",
                 .uuid = {0x42, 1, 2, 3},
                 .capabilities = VORDEC_CAP_FP64 | VORDEC_CAP_TIMESTAMPS},
      .evidence = {.type = VORDEC_DEVICE_DISCRETE,
                   .name = "Test Card",
                   .driver = "test 1.0",
                   .uuid = {0x42, 1, 2, 3},
                   .dispatches_recorded = 9,
                   .dispatches_completed = 9},
      .timestamps = 1,
      .share = 0.19,
      .warmup_ms = -0.0,
      .fft = "test",
      .host_bytes = 1,
  };
  return lie;
}

/* In the order of the table: what is consistent comes first, so that nothing mends what is not. */
void lie_make_up(uint64_t seed, struct lie *lie) {
  const size_t count = sizeof kinds / sizeof *kinds;
  bool chosen[sizeof kinds / sizeof *kinds] = {false};
  *lie = truth();
  for (size_t i = pick(&seed, 4); i > 0; i--) chosen[pick(&seed, count)] = true;
  for (size_t i = 0; i < count; i++) {
    if (!chosen[i]) continue;
    const size_t used = strlen(lie->kinds);
    snprintf(lie->kinds + used, sizeof lie->kinds - used, "%s%s", used ? " " : "", kinds[i].name);
    kinds[i].apply(lie, &seed);
    lie->decode_exposed = lie->decode_exposed || (kinds[i].exposed & DECODES);
    lie->steps_exposed = lie->steps_exposed || (kinds[i].exposed & STEPS);
  }
}

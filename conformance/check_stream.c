/* SPDX-License-Identifier: MIT */
#include "check_stream.h"

#include <stdio.h>
#include <string.h>

#include "check_bandwidth.h"
#include "core/policy/evidence.h"
#include "decoded.h"
#include "plugin.h"
#include "roll.h"

#define SAMPLES 4u
#define BATCH 2u
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether the plugin has the interface that is to be checked. */
static struct vordec_session *session_that_streams(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_stream(suite))
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_STREAM_INTERFACE);
  return session && plugin_stream(suite) ? session : NULL;
}

static struct vordec_session *session_that_lends(struct suite *suite) {
  struct vordec_session *session = session_that_streams(suite);
  if (!session || plugin_stream(suite)->host_alloc) return session;
  suite_skip(suite, "the plugin lends no host memory, which is optional");
  return NULL;
}

/* Two plans of one kind, states for them, and what decode() makes of these. */
struct stand {
  struct suite *suite;
  struct sample samples[SAMPLES];
  struct vordec_plan_desc desc;
  struct vordec_plan *plans[2];
  struct decoded expected[SAMPLES];
};

static struct decode_request stand_request(const struct stand *stand, uint32_t i) {
  return (struct decode_request){.desc = &stand->desc,
                                 .sample = &stand->samples[i],
                                 .outputs = ALL_OUTPUTS,
                                 .residuals = i % 2 ? ALL_RESIDUALS : 0};
}

static void stand_close(struct stand *stand) {
  for (int i = 0; i < 2; i++) stand->suite->backend->plan_destroy(stand->plans[i]);
  for (uint32_t i = 0; i < SAMPLES; i++) {
    decoded_destroy(&stand->expected[i]);
    sample_destroy(&stand->samples[i]);
  }
}

/* False: fell short, or the FFT refuses the size; nothing is open. */
static bool stand_open_by(struct stand *stand, struct suite *suite, uint32_t n, const struct way *way) {
  *stand = (struct stand){.suite = suite};
  for (uint32_t i = 0; i < SAMPLES; i++) {
    const struct sample_shape shape = {.n = n, .k_cut = 3, .anchors = 4};
    stand->samples[i] = sample_create(&shape, i * BATCH, BATCH);
  }
  stand->desc = sample_plan(&stand->samples[0], BATCH, way->precision, way->fft);
  struct vordec_plan_info info;
  bool fine = true;
  for (int i = 0; i < 2 && fine; i++) {
    fine = plugin_plan(suite, suite->session, &stand->desc, &stand->plans[i], &info) == VORDEC_OK;
  }
  for (uint32_t i = 0; i < SAMPLES && fine; i++) {
    const struct decode_request request = stand_request(stand, i);
    fine = decoded_make(suite, stand->plans[0], &request, &stand->expected[i]);
  }
  if (!fine) stand_close(stand);
  return fine;
}

static bool stand_open(struct stand *stand, struct suite *suite, uint32_t n) {
  return stand_open_by(stand, suite, n, &(struct way){plugin_precision(suite), "auto"});
}

static void judge_bits(struct suite *suite, const struct decoded *decoded, const struct decoded *expected,
                       const char *what) {
  for (size_t i = 0; i < decoded->count; i++) {
    if (!decoded_same(decoded, i, expected, i)) {
      suite_short(suite, "%s: state %zu of %zu, of %zu cells, does not have the bits of decode()", what, i,
                  decoded->count, decoded->cells);
    }
  }
}

/* A decode after a wait: the plan is free. */
static void judge_decode_after(struct stand *stand, int plan, const char *what) {
  const struct decode_request request = stand_request(stand, 1);
  struct decoded after;
  if (suite_fell_short(stand->suite) || !decoded_make(stand->suite, stand->plans[plan], &request, &after)) return;
  judge_bits(stand->suite, &after, &stand->expected[1], what);
  decoded_destroy(&after);
}

/* ---- the bits of decode() ---- */

/* Two plans take turns: from the second job on, two are under way before one is waited for. */
static void take_turns(struct stand *stand) {
  struct decoded decoded[SAMPLES];
  bool under_way = false;
  for (uint32_t i = 0; i <= SAMPLES; i++) {
    const struct decode_request request = stand_request(stand, i % SAMPLES);
    const bool last_under_way = under_way;
    under_way = i < SAMPLES && !suite_fell_short(stand->suite) &&
                decoded_submit(stand->suite, stand->plans[i % 2], &request, &decoded[i]);
    if (i == 0 || !last_under_way || !decoded_wait(stand->suite, stand->plans[(i - 1) % 2], &decoded[i - 1])) continue;
    judge_bits(stand->suite, &decoded[i - 1], &stand->expected[i - 1], "submit() and wait()");
    decoded_destroy(&decoded[i - 1]);
  }
  for (int i = 0; i < 2; i++) judge_decode_after(stand, i, "decode() after wait()");
}

void check_stream_turns(struct suite *suite) {
  static const uint32_t sizes[] = {24, 21, 256};
  struct way ways[WAYS_MAX];
  if (!session_that_streams(suite)) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      struct stand stand;
      if (!stand_open_by(&stand, suite, sizes[i], &ways[w])) continue;
      take_turns(&stand);
      stand_close(&stand);
    }
  }
}

void check_stream_evidence(struct suite *suite) {
  struct stand stand;
  if (!session_that_streams(suite) || !stand_open(&stand, suite, 64)) return;
  for (uint32_t i = 0; i < SAMPLES && !suite_fell_short(suite); i++) {
    const struct decode_request request = stand_request(&stand, i);
    struct evidence_verdict verdict;
    struct decoded decoded;
    if (!decoded_submit(suite, stand.plans[0], &request, &decoded) || !decoded_wait(suite, stand.plans[0], &decoded)) {
      break;
    }
    evidence_judge(&suite->shared->device, &decoded.result, decoded.host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "wait(): %.400s", verdict.why);
    suite_note(suite, "decode_device would be \"%s\"", verdict.decode_device);
    decoded_destroy(&decoded);
  }
  stand_close(&stand);
}

/* ---- with a rollout ---- */

static struct vordec_backend_rollout *start_rollout(struct stand *stand, double growth) {
  const struct sample *sample = &stand->samples[0];
  struct roll op = roll_create(sample->d);
  memcpy(op.z0, sample->z, sample->d * sizeof *op.z0);
  for (size_t i = 0; i < (size_t)op.d * op.d; i++) op.a[i] *= growth;
  struct vordec_backend_rollout *rollout =
      roll_start(stand->suite, stand->suite->session, &op, stand->desc.precision, false);
  roll_destroy(&op);
  return rollout;
}

static struct decode_request rollout_request(const struct stand *stand, struct vordec_backend_rollout *rollout) {
  return (struct decode_request){
      .desc = &stand->desc, .sample = &stand->samples[0], .rollout = rollout, .outputs = ALL_OUTPUTS};
}

/* What decode() makes of a rollout's state, and the job that was submitted of the same. */
struct leg {
  struct decoded expected, decoded;
  bool expects, under_way;
};

/* Two jobs of one rollout on two plans, with steps in between and after: each is of the state at its submit(). */
static void roll_on(struct stand *stand, struct vordec_backend_rollout *rollout) {
  struct suite *suite = stand->suite;
  const struct decode_request request = rollout_request(stand, rollout);
  struct vordec_rollout_result result;
  struct leg legs[2];
  double host_ms;
  for (int i = 0; i < 2; i++) {
    struct leg *leg = &legs[i];
    leg->expects = !suite_fell_short(suite) && decoded_make(suite, stand->plans[i], &request, &leg->expected);
    leg->under_way = leg->expects && decoded_submit(suite, stand->plans[i], &request, &leg->decoded);
    if (leg->under_way) roll_advance(suite, rollout, 5, &result, &host_ms);
  }
  if (legs[0].expects && legs[1].expects && decoded_same(&legs[0].expected, 0, &legs[1].expected, 0)) {
    suite_short(suite, "5 steps leave a rollout's fields as they were");
  }
  for (int i = 0; i < 2; i++) {
    if (!legs[i].under_way || !decoded_wait(suite, stand->plans[i], &legs[i].decoded)) continue;
    judge_bits(suite, &legs[i].decoded, &legs[i].expected, "a rollout that goes on before wait()");
    decoded_destroy(&legs[i].decoded);
  }
  for (int i = 0; i < 2; i++) {
    if (legs[i].expects) decoded_destroy(&legs[i].expected);
  }
}

static struct vordec_session *session_that_streams_rollouts(struct suite *suite) {
  struct vordec_session *session = session_that_streams(suite);
  if (!session || plugin_rollout(suite)) return session;
  suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ROLLOUT_INTERFACE);
  return NULL;
}

void check_stream_rollout(struct suite *suite) {
  struct stand stand;
  if (!session_that_streams_rollouts(suite) || !stand_open(&stand, suite, 24)) return;
  struct vordec_backend_rollout *rollout = start_rollout(&stand, 1.0);
  if (rollout) roll_on(&stand, rollout);
  plugin_rollout(suite)->destroy(rollout);
  stand_close(&stand);
}

/* The one failure that a well-behaved caller can bring about: a state that has grown beyond what may be decoded. It is
 * told when the job is submitted or when it is waited for, as decode() would tell it, and the plan is free. */
static void fail_once(struct stand *stand, struct vordec_backend_rollout *rollout) {
  struct suite *suite = stand->suite;
  const struct decode_request request = rollout_request(stand, rollout);
  struct vordec_decode_job job;
  struct vordec_error error = {0};
  struct decoded decoded;
  decoded_prepare(suite, &request, &decoded, &job);
  const char *slot = "submit";
  enum vordec_status status = plugin_stream(suite)->submit(stand->plans[0], &job, &error);
  if (!status) {
    slot = "wait";
    status = plugin_stream(suite)->wait(stand->plans[0], &decoded.result, &error);
  }
  decoded_destroy(&decoded);
  if (status) plugin_judge_error(suite, slot, status, &error);
  if (status != VORDEC_E_INPUT) {
    suite_short(suite, "submit() and wait() of a rollout's state that is not finite: %s instead of input",
                vordec_status_name(status));
  }
}

void check_stream_failure(struct suite *suite) {
  struct stand stand;
  if (!session_that_streams_rollouts(suite) || !stand_open(&stand, suite, 24)) return;
  struct vordec_backend_rollout *rollout = start_rollout(&stand, 1e30);
  struct vordec_rollout_result result;
  double host_ms;
  if (rollout && roll_advance(suite, rollout, 40, &result, &host_ms)) {
    for (int i = 0; i < 2; i++) fail_once(&stand, rollout);
    judge_decode_after(&stand, 0, "decode() after a failed job");
    if (!suite_fell_short(suite)) take_turns(&stand);
  }
  plugin_rollout(suite)->destroy(rollout);
  stand_close(&stand);
}

/* ---- memory lent to the host ---- */

static void *lend(struct suite *suite, uint64_t bytes) {
  struct vordec_error error = {0};
  void *memory = NULL;
  const enum vordec_status status = plugin_stream(suite)->host_alloc(suite->session, bytes, &memory, &error);
  if (status) {
    plugin_judge_error(suite, "host_alloc", status, &error);
    suite_short(suite, "host_alloc(%llu): %s: %.300s", (unsigned long long)bytes, vordec_status_name(status),
                error.message);
  } else if (!memory) {
    suite_short(suite, "host_alloc(%llu) returned ok and no memory", (unsigned long long)bytes);
  }
  return status ? NULL : memory;
}

static void judge_block(struct suite *suite, const unsigned char *memory, size_t bytes) {
  if ((uintptr_t)memory % 64) suite_short(suite, "host_alloc(%zu): its memory is not aligned to 64", bytes);
  for (size_t i = 0; i < bytes; i++) {
    if (memory[i]) suite_short(suite, "host_alloc(%zu): byte %zu is not zero", bytes, i);
  }
}

/* Blocks of several sizes at a time, used and used again, each of them whole, aligned and zeroed; all given back. */
void check_lent_memory(struct suite *suite) {
  static const size_t sizes[] = {1, 63, 4096, 100001, (size_t)1 << 20};
  unsigned char *blocks[COUNT(sizes)] = {NULL};
  if (!session_that_lends(suite)) return;
  const struct vordec_stream_interface *stream = plugin_stream(suite);
  const size_t before = atomic_load(&suite->host.blocks);
  stream->host_free(suite->session, NULL);
  for (int round = 0; round < 3 && !suite_fell_short(suite); round++) {
    for (size_t i = 0; i < COUNT(sizes); i++) {
      blocks[i] = lend(suite, sizes[i]);
      if (!blocks[i]) continue;
      judge_block(suite, blocks[i], sizes[i]);
      memset(blocks[i], 0xa0 + (int)i, sizes[i]);
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
      for (size_t j = 0; blocks[i] && j < sizes[i]; j++) {
        if (blocks[i][j] != 0xa0 + i) suite_short(suite, "blocks that host_alloc() gave share memory");
      }
    }
    for (size_t i = 0; i < COUNT(sizes); i++) stream->host_free(suite->session, blocks[i]);
    suite_step(suite);
  }
  if (atomic_load(&suite->host.blocks) != before) {
    suite_short(suite, "host_free() leaves %zu blocks of memory behind", atomic_load(&suite->host.blocks) - before);
  }
}

/* decode(), and submit() and wait(), into lent memory: the same bits, nothing outside the fields, and a plan may be
 * given lent memory and plain by turns. */
static void judge_fields(struct stand *stand, void *const blocks[2]) {
  struct suite *suite = stand->suite;
  struct decode_request requests[2] = {stand_request(stand, 0), stand_request(stand, 3)};
  struct decoded decoded[2];
  int submitted = 0;
  for (int i = 0; i < 2; i++) requests[i].lent = blocks[i];
  while (submitted < 2 && decoded_submit(suite, stand->plans[submitted], &requests[submitted], &decoded[submitted])) {
    submitted++;
  }
  for (int i = 0; i < submitted; i++) {
    if (!decoded_wait(suite, stand->plans[i], &decoded[i])) continue;
    judge_bits(suite, &decoded[i], &stand->expected[i ? 3 : 0], "submit() and wait() into lent memory");
    decoded_destroy(&decoded[i]);
  }
  if (suite_fell_short(suite) || !decoded_make(suite, stand->plans[1], &requests[0], &decoded[0])) return;
  judge_bits(suite, &decoded[0], &stand->expected[0], "decode() into lent memory");
  decoded_destroy(&decoded[0]);
  struct sample one = stand->samples[2];
  const struct decode_request alone = {.desc = &stand->desc, .sample = &one, .outputs = ALL_OUTPUTS, .lent = blocks[0]};
  one.count = 1;
  if (!decoded_make(suite, stand->plans[0], &alone, &decoded[0])) return;
  judge_bits(suite, &decoded[0], &stand->expected[2], "decode() of one state into lent memory");
  decoded_destroy(&decoded[0]);
}

void check_lent_fields(struct suite *suite) {
  static const uint32_t sizes[] = {24, 21, 256};
  if (!session_that_lends(suite)) return;
  for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
    struct stand stand;
    if (!stand_open(&stand, suite, sizes[i])) continue;
    const struct decode_request request = stand_request(&stand, 0);
    const size_t bytes = decoded_lent_bytes(&request);
    void *const blocks[2] = {lend(suite, bytes), lend(suite, bytes)};
    if (blocks[0] && blocks[1]) judge_fields(&stand, blocks);
    for (int b = 0; b < 2; b++) plugin_stream(suite)->host_free(suite->session, blocks[b]);
    judge_decode_after(&stand, 0, "decode() after lent memory was given back");
    stand_close(&stand);
  }
}

/* A failure says so and leaves nothing. */
static void judge_refusal(struct suite *suite, uint64_t bytes, const char *what, bool must) {
  struct vordec_error error = {0};
  void *memory = NULL;
  const size_t blocks = atomic_load(&suite->host.blocks);
  const enum vordec_status status = plugin_stream(suite)->host_alloc(suite->session, bytes, &memory, &error);
  if (status == VORDEC_OK && memory && !must) {
    plugin_stream(suite)->host_free(suite->session, memory);
  } else if (status != VORDEC_E_NO_MEMORY) {
    suite_short(suite, "host_alloc(%llu) %s says %s instead of no-memory", (unsigned long long)bytes, what,
                vordec_status_name(status));
  } else if (must) {
    plugin_judge_error(suite, "host_alloc", status, &error);
  } else {
    plugin_judge_shortage(suite, "host_alloc", what, status, &error);
  }
  if (status && memory) suite_short(suite, "host_alloc() %s fails and hands out memory", what);
  if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "host_alloc() %s leaves memory behind", what);
}

void check_lent_without_memory(struct suite *suite) {
  if (!session_that_lends(suite)) return;
  judge_refusal(suite, UINT64_C(1) << 60, "of more than there is", true);
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    char what[60];
    snprintf(what, sizeof what, "without allocation %zu", ++number);
    counting_host_refuse(&suite->host, number, true);
    judge_refusal(suite, 5000, what, false);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
}

void check_link(struct suite *suite) {
  if (!session_that_streams(suite)) return;
  if (!plugin_stream(suite)->link) {
    suite_skip(suite, "the plugin does not time the link, which is optional");
    return;
  }
  bandwidth_judge(suite, "link", plugin_stream(suite)->link, 1);
  bandwidth_judge(suite, "link", plugin_stream(suite)->link, UINT64_C(1) << 20);
}

/* SPDX-License-Identifier: MIT */
#include "check_export.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/policy/evidence.h"
#include "decoded.h"
#include "plugin.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STATES 3
#define FIELDS (VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT)
#define ARRAYS (VORDEC_EXPORTED_Z + 1) /* of a plan */

/* A plan whose fields others see, what it is asked to decode, and what an ordinary one makes of that. */
struct stand {
  struct suite *suite;
  const struct vordec_export_interface *exports;
  struct sample sample;
  struct vordec_plan_desc desc;
  struct vordec_plan *plan;
  struct decoded expected;
  struct vordec_exported_memory memory[ARRAYS];
  struct vordec_decode_result result; /* of the last decode */
  struct vordec_error error;
  double host_ms;
  unsigned runs; /* decodes so far: every other one is started and waited for apart, where the plugin does that */
};

static struct vordec_session *session_that_exports(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_export(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_EXPORT_INTERFACE);
  }
  return session && plugin_export(suite) ? session : NULL;
}

static enum vordec_status make_plan(struct suite *suite, const struct vordec_plan_desc *desc, struct vordec_plan **plan,
                                    struct vordec_plan_info *info, struct vordec_error *error) {
  const struct vordec_export_setup setup = {.struct_size = sizeof setup, .takes_z = true};
  *plan = NULL;
  *info = (struct vordec_plan_info){.struct_size = sizeof *info};
  const enum vordec_status status = plugin_export(suite)->plan_create(suite->session, desc, &setup, plan, info, error);
  suite_step(suite);
  return status;
}

/* ---- memory ---- */

static uint64_t state_bytes(const struct stand *stand, enum vordec_exported what) {
  const uint64_t real = stand->desc.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const uint64_t cells = (uint64_t)stand->desc.n * stand->desc.n;
  if (what == VORDEC_EXPORTED_Z) return stand->desc.d * real;
  return what == VORDEC_EXPORTED_MASK ? cells : cells * real;
}

static bool describe(struct stand *stand) {
  for (int i = 0; i < ARRAYS; i++) {
    struct vordec_exported_memory *memory = &stand->memory[i];
    const uint64_t each = state_bytes(stand, (enum vordec_exported)i);
    *memory = (struct vordec_exported_memory){.struct_size = sizeof *memory};
    stand->exports->describe(stand->plan, (enum vordec_exported)i, memory);
    const uint64_t needed = memory->offset + (stand->desc.batch - 1) * memory->pitch + each;
    const bool host = memory->kind == VORDEC_MEMORY_HOST;
    if (memory->pitch < each || memory->size < needed || host != (memory->pointer != NULL)) {
      suite_short(stand->suite, "array %d: %llu bytes from %llu on, %llu a state, cannot hold %u states of %llu", i,
                  (unsigned long long)memory->size, (unsigned long long)memory->offset,
                  (unsigned long long)memory->pitch, stand->desc.batch, (unsigned long long)each);
      return false;
    }
  }
  return true;
}

static bool stand_open(struct stand *stand, struct suite *suite, uint32_t n, const struct way *way) {
  struct vordec_plan_info info;
  bool refused = false;
  *stand = (struct stand){.suite = suite, .exports = plugin_export(suite)};
  stand->sample = sample_create(&(struct sample_shape){.n = n, .k_cut = 3, .anchors = 4}, 0, STATES);
  stand->desc = sample_plan(&stand->sample, STATES + 1, way->precision, way->fft);
  stand->desc.residuals = 0;
  stand->desc.outputs = FIELDS;
  const struct decode_request request = {.desc = &stand->desc, .sample = &stand->sample, .outputs = FIELDS};
  if (decoded_by_plan(suite, suite->session, &request, &stand->expected, &refused)) {
    const enum vordec_status status = make_plan(suite, &stand->desc, &stand->plan, &info, &stand->error);
    if (status == VORDEC_OK && stand->plan && describe(stand)) return true;
    if (status == VORDEC_E_UNSUPPORTED && stand->error.reason == VORDEC_REASON_NO_INTERFACE) {
      suite_skip(suite, "the device shares no memory: %.300s", stand->error.message);
    } else if (!suite_fell_short(suite)) {
      suite_short(suite, "plan_create() of N = %u says %s: %.300s", n, vordec_status_name(status),
                  status ? stand->error.message : "and makes no plan");
    }
    decoded_destroy(&stand->expected);
  }
  if (stand->plan) suite->backend->plan_destroy(stand->plan);
  sample_destroy(&stand->sample);
  return false;
}

static void stand_close(struct stand *stand) {
  stand->suite->backend->plan_destroy(stand->plan);
  decoded_destroy(&stand->expected);
  sample_destroy(&stand->sample);
}

/* All bytes of an array, gaps included; the caller frees them. NULL: it fell short. */
static unsigned char *read_array(struct stand *stand, enum vordec_exported what) {
  const uint64_t bytes = (stand->desc.batch - 1) * stand->memory[what].pitch + state_bytes(stand, what);
  unsigned char *copy = malloc(bytes);
  if (!copy) abort();
  struct vordec_error error = {0};
  const enum vordec_status status = stand->exports->read(stand->plan, what, 0, bytes, copy, &error);
  if (status == VORDEC_OK) return copy;
  suite_short(stand->suite, "read() says %s: %.300s", vordec_status_name(status), error.message);
  free(copy);
  return NULL;
}

static void write_array(struct stand *stand, enum vordec_exported what, uint64_t at, uint64_t bytes, const void *from) {
  struct vordec_error error = {0};
  const enum vordec_status status = stand->exports->write(stand->plan, what, at, bytes, from, &error);
  if (status) suite_short(stand->suite, "write() says %s: %.300s", vordec_status_name(status), error.message);
}

/* NAN in every cell, and in the mask an invalid value: nothing left by an earlier decode can pass for this one's. */
static void spoil_fields(struct stand *stand) {
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_Z; what++) {
    const uint64_t bytes = (stand->desc.batch - 1) * stand->memory[what].pitch + state_bytes(stand, what);
    void *pattern = malloc(bytes);
    if (!pattern) abort();
    memset(pattern, 0xff, bytes);
    if (what == VORDEC_EXPORTED_MASK) memset(pattern, 7, bytes);
    write_array(stand, what, 0, bytes, pattern);
    free(pattern);
  }
}

/* ---- decodes ---- */

static enum vordec_status run_job(struct stand *stand, const struct vordec_decode_job *job) {
  const struct vordec_stream_interface *stream = plugin_stream(stand->suite);
  if (!stream || stand->runs++ % 2 == 0) {
    return stand->suite->backend->decode(stand->plan, job, &stand->result, &stand->error);
  }
  const enum vordec_status status = stream->submit(stand->plan, job, &stand->error);
  return status ? status : stream->wait(stand->plan, &stand->result, &stand->error);
}

static enum vordec_status run(struct stand *stand, const struct vordec_export_job *job, const double *z) {
  const struct vordec_decode_job decode = {.struct_size = sizeof decode, .count = STATES, .z = z, .outputs = FIELDS};
  const struct vordec_export_job passing = *job; /* it need not stay */
  const size_t taken = atomic_load(&stand->suite->host.taken);
  stand->result = (struct vordec_decode_result){.struct_size = sizeof stand->result};
  stand->error = (struct vordec_error){0};
  enum vordec_status status = stand->exports->prepare(stand->plan, &passing, &stand->error);
  const double start = (double)clock_ns() * 1e-6;
  if (!status) status = run_job(stand, &decode);
  stand->host_ms = (double)clock_ns() * 1e-6 - start;
  if (atomic_load(&stand->suite->host.taken) != taken) {
    suite_short(stand->suite, "prepare() or decode() takes memory from the host");
  }
  suite_step(stand->suite);
  if (status) plugin_judge_error(stand->suite, "decode", status, &stand->error);
  return status;
}

static const void *expected_field(const struct stand *stand, enum vordec_exported what) {
  if (what == VORDEC_EXPORTED_MASK) return stand->expected.mask;
  return what == VORDEC_EXPORTED_OMEGA_LP ? stand->expected.omega_lp : stand->expected.omega_hat;
}

/* State i has the bits that an ordinary decode gives it. */
static void judge_state(struct stand *stand, uint32_t i, const char *where) {
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_Z && !suite_fell_short(stand->suite); what++) {
    static const char *const names[] = {"omega_lp", "the mask", "omega_hat"};
    unsigned char *array = read_array(stand, what);
    const uint64_t each = state_bytes(stand, what);
    if (!array) return;
    const char *expected = (const char *)expected_field(stand, what) + i * each;
    if (memcmp(array + i * stand->memory[what].pitch, expected, each) != 0) {
      suite_short(stand->suite, "%s of state %u, %s, does not have the bits of decode()", names[what], i, where);
    }
    free(array);
  }
}

static void judge_states(struct stand *stand, const char *where) {
  for (uint32_t i = 0; i < STATES; i++) judge_state(stand, i, where);
}

/* N is odd in one, so that masks may have gaps. */
static const uint32_t sizes[] = {24, 21, 64};

typedef void (*stand_fn)(struct stand *stand);

static void for_each_stand(struct suite *suite, stand_fn judge) {
  struct way ways[WAYS_MAX];
  if (!session_that_exports(suite)) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      struct stand stand;
      if (!stand_open(&stand, suite, sizes[i], &ways[w])) continue;
      judge(&stand);
      stand_close(&stand);
    }
  }
}

static void judge_fields(struct stand *stand) {
  const struct vordec_export_job job = {.struct_size = sizeof job};
  for (int i = 0; i < 2 && !suite_fell_short(stand->suite); i++) {
    spoil_fields(stand);
    const enum vordec_status status = run(stand, &job, stand->sample.z);
    if (status) {
      suite_short(stand->suite, "decode() says %s: %.300s", vordec_status_name(status), stand->error.message);
    }
    if (!status) judge_states(stand, "left on the device");
  }
}

void check_export_fields(struct suite *suite) {
  for_each_stand(suite, judge_fields);
}

/* ---- states in the plan's memory ---- */

static void write_states(struct stand *stand) {
  const bool fp64 = stand->desc.precision == VORDEC_FP64;
  const uint64_t each = state_bytes(stand, VORDEC_EXPORTED_Z), pitch = stand->memory[VORDEC_EXPORTED_Z].pitch;
  float *narrow = calloc(stand->desc.d, sizeof *narrow);
  if (!narrow) abort();
  for (uint32_t i = 0; i < STATES; i++) {
    const double *z = stand->sample.z + (size_t)i * stand->desc.d;
    for (uint32_t j = 0; j < stand->desc.d; j++) narrow[j] = (float)z[j];
    write_array(stand, VORDEC_EXPORTED_Z, i * pitch, each, fp64 ? (const void *)z : narrow);
  }
  /* Anything may follow the last state. */
  memset(narrow, 0xff, stand->desc.d * sizeof *narrow);
  write_array(stand, VORDEC_EXPORTED_Z, STATES * pitch, stand->desc.d * sizeof *narrow, narrow);
  free(narrow);
}

static void put_value(struct stand *stand, uint32_t state, uint32_t entry, double value) {
  const bool fp64 = stand->desc.precision == VORDEC_FP64;
  const uint64_t real = fp64 ? sizeof(double) : sizeof(float);
  const float narrow = (float)value;
  write_array(stand, VORDEC_EXPORTED_Z, state * stand->memory[VORDEC_EXPORTED_Z].pitch + entry * real, real,
              fp64 ? (const void *)&value : &narrow);
}

/* Every cell of the state's fields is NAN. */
static void judge_spoilt(struct stand *stand, uint32_t state, uint32_t entry) {
  const size_t cells = (size_t)stand->desc.n * stand->desc.n;
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_Z; what++) {
    if (what == VORDEC_EXPORTED_MASK) continue;
    unsigned char *array = read_array(stand, what);
    for (size_t i = 0; array && i < cells; i++) {
      const void *field = array + state * stand->memory[what].pitch;
      if (isnan(decoded_value(&stand->expected, field, i))) continue;
      suite_short(stand->suite, "a state whose entry %u is wrong has a number in cell %zu", entry, i);
      break;
    }
    free(array);
  }
}

/* One of several states has an entry that is not allowed. */
static void judge_wrong_entry(struct stand *stand, uint32_t entry, double value) {
  const struct vordec_export_job job = {.struct_size = sizeof job, .takes_z = true};
  char name[16];
  snprintf(name, sizeof name, "entry %u", entry);
  write_states(stand);
  put_value(stand, 1, entry, value);
  spoil_fields(stand);
  const enum vordec_status status = run(stand, &job, NULL);
  if (status != VORDEC_E_INPUT || !strstr(stand->error.message, name)) {
    suite_short(stand->suite, "a state whose %s is %g: %s instead of input, with the entry (%.200s)", name, value,
                vordec_status_name(status), stand->error.message);
    return;
  }
  judge_spoilt(stand, 1, entry);
  judge_state(stand, 0, "beside one that is wrong");
  judge_state(stand, 2, "behind one that is wrong");
}

static void judge_given_states(struct stand *stand) {
  const struct vordec_export_job job = {.struct_size = sizeof job, .takes_z = true};
  const uint32_t m = stand->desc.m, entries[] = {0, 2 * m - 1, 2 * m, 2 * m + 3, stand->desc.d - 1};
  write_states(stand);
  spoil_fields(stand);
  const enum vordec_status status = run(stand, &job, NULL);
  if (status) suite_short(stand->suite, "decode() says %s: %.300s", vordec_status_name(status), stand->error.message);
  if (!status) judge_states(stand, "of states in the plan's memory");
  for (size_t i = 0; i < COUNT(entries) && !suite_fell_short(stand->suite); i++) {
    judge_wrong_entry(stand, entries[i], i % 2 ? (double)INFINITY : (double)NAN);
  }
  if (!suite_fell_short(stand->suite)) judge_fields(stand);
}

void check_export_states(struct suite *suite) {
  for_each_stand(suite, judge_given_states);
}

/* ---- file descriptors ---- */

static bool is_open(int fd) {
  struct stat stat;
  return fstat(fd, &stat) == 0;
}

/* A file descriptor for memory of a device, none for memory of the host. */
static int take_fd(struct stand *stand, enum vordec_exported what) {
  struct vordec_error error = {0};
  int fd = -1;
  const enum vordec_status status = stand->exports->memory_fd(stand->plan, what, &fd, &error);
  if (stand->memory[what].kind == VORDEC_MEMORY_HOST) {
    if (status != VORDEC_E_UNSUPPORTED || error.reason != VORDEC_REASON_NO_INTERFACE) {
      suite_short(stand->suite, "memory_fd() of memory with an address says %s (%s) instead of unsupported",
                  vordec_status_name(status), vordec_reason_name(error.reason));
    }
    return -1;
  }
  if (status || fd < 0 || !is_open(fd)) {
    suite_short(stand->suite, "memory_fd() says %s, and hands out %d: %.200s", vordec_status_name(status), fd,
                status ? error.message : "no open file");
    return -1;
  }
  if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC)) suite_short(stand->suite, "memory_fd() is not closed on exec");
  return fd;
}

static void judge_handles(struct stand *stand) {
  int fds[ARRAYS][2];
  for (enum vordec_exported what = 0; what < ARRAYS; what++) {
    for (int i = 0; i < 2; i++) fds[what][i] = take_fd(stand, what);
    if (fds[what][0] >= 0 && fds[what][0] == fds[what][1])
      suite_short(stand->suite, "memory_fd() hands out the same descriptor twice");
    if (fds[what][0] >= 0) close(fds[what][0]); /* the caller's */
  }
  struct vordec_error error = {0};
  int semaphore = -1;
  if (stand->exports->has_semaphore(stand->plan)) {
    const enum vordec_status status = stand->exports->semaphore_fd(stand->plan, &semaphore, &error);
    if (status || semaphore < 0 || !is_open(semaphore)) {
      suite_short(stand->suite, "semaphore_fd() hands out nothing");
    } else if (!(fcntl(semaphore, F_GETFD) & FD_CLOEXEC)) {
      suite_short(stand->suite, "semaphore_fd() is not closed on exec");
    }
  }
  if (!suite_fell_short(stand->suite)) judge_fields(stand); /* it does not need them */
  for (enum vordec_exported what = 0; what < ARRAYS; what++) {
    if (fds[what][1] < 0) continue;
    if (!is_open(fds[what][1])) suite_short(stand->suite, "a file descriptor was closed behind the caller's back");
    close(fds[what][1]);
  }
  if (semaphore >= 0) close(semaphore);
  suite_note(stand->suite, "%s, %s", stand->memory[0].kind == VORDEC_MEMORY_HOST ? "addresses" : "file descriptors",
             stand->exports->has_semaphore(stand->plan) ? "timeline semaphores" : "no semaphores");
}

void check_export_handles(struct suite *suite) {
  for_each_stand(suite, judge_handles);
}

/* ---- evidence ---- */

static void judge_evidence(struct stand *stand) {
  const struct vordec_export_job job = {.struct_size = sizeof job};
  struct evidence_verdict verdict;
  for (int i = 0; i < 2; i++) {
    const enum vordec_status status = run(stand, &job, stand->sample.z);
    if (status) {
      suite_short(stand->suite, "decode() says %s: %.300s", vordec_status_name(status), stand->error.message);
      return;
    }
    evidence_judge(&stand->suite->shared->device, &stand->result, stand->host_ms, &verdict);
    if (!verdict.proven) suite_short(stand->suite, "a decode whose fields stay: %.400s", verdict.why);
  }
  const struct vordec_export_job taking = {.struct_size = sizeof taking, .takes_z = true};
  write_states(stand);
  put_value(stand, 1, 0, (double)NAN);
  if (suite_fell_short(stand->suite) || run(stand, &taking, NULL) != VORDEC_E_INPUT) return; /* others look into that */
  evidence_judge(&stand->suite->shared->device, &stand->result, stand->host_ms, &verdict);
  if (!verdict.proven) suite_short(stand->suite, "a decode of a state that is wrong: %.400s", verdict.why);
}

void check_export_evidence(struct suite *suite) {
  for_each_stand(suite, judge_evidence);
}

/* ---- without memory ---- */

void check_export_without_memory(struct suite *suite) {
  struct stand stand;
  const struct way way = {plugin_precision(suite), "auto"};
  if (!session_that_exports(suite) || !stand_open(&stand, suite, 16, &way)) return;
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_plan *plan = NULL;
    struct vordec_plan_info info;
    struct vordec_error error = {0};
    char what[60];
    const size_t blocks = atomic_load(&suite->host.blocks);
    snprintf(what, sizeof what, "without allocation %zu", ++number);
    counting_host_refuse(&suite->host, number, true);
    const enum vordec_status status = make_plan(suite, &stand.desc, &plan, &info, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      suite->backend->plan_destroy(plan);
    } else {
      plugin_judge_shortage(suite, "plan_create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "%s, plan_create() leaves memory behind", what);
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
  stand_close(&stand);
}

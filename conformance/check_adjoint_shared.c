/* SPDX-License-Identifier: MIT */
#include "check_adjoint_shared.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/policy/evidence.h"
#include "plugin.h"
#include "sample.h"
#include "transposing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROOM 4
#define STATES 3

/* An adjoint whose arrays others see, beside an ordinary one of the same description. */
struct stand {
  struct suite *suite;
  const struct vordec_adjoint_shared_interface *shared;
  struct sample sample;
  struct vordec_plan_desc desc;
  struct vordec_backend_adjoint *adjoint, *ordinary;
  struct vordec_exported_memory memory[VORDEC_ADJOINT_ARRAYS];
  struct vordec_adjoint_result result; /* of the last run */
  double host_ms;
};

static bool is_served(struct suite *suite) {
  if (!plugin_session(suite)) return false;
  if (plugin_adjoint_shared(suite)) return true;
  suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ADJOINT_SHARED_INTERFACE);
  return false;
}

/* ---- memory ---- */

static size_t real_size(const struct stand *stand) {
  return stand->desc.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
}

static uint64_t state_bytes(const struct stand *stand, enum vordec_adjoint_array what) {
  const uint64_t real = real_size(stand), cells = (uint64_t)stand->desc.n * stand->desc.n;
  if (what == VORDEC_ADJOINT_K) return real;
  if (what == VORDEC_ADJOINT_Z) return stand->desc.d * real;
  return what == VORDEC_ADJOINT_MASK ? cells : cells * real;
}

static uint64_t array_bytes(const struct stand *stand, enum vordec_adjoint_array what) {
  return (ROOM - 1) * stand->memory[what].pitch + state_bytes(stand, what);
}

static bool describe_arrays(struct stand *stand) {
  for (enum vordec_adjoint_array what = 0; what < VORDEC_ADJOINT_ARRAYS; what++) {
    struct vordec_exported_memory *memory = &stand->memory[what];
    *memory = (struct vordec_exported_memory){.struct_size = sizeof *memory};
    stand->shared->describe(stand->adjoint, what, memory);
    const bool host = memory->kind == VORDEC_MEMORY_HOST, fits = memory->pitch >= state_bytes(stand, what);
    if (!fits || memory->size < memory->offset + array_bytes(stand, what) || host != (memory->pointer != NULL)) {
      suite_short(stand->suite, "array %d: %llu bytes from %llu on, %llu a state, cannot hold %d states of %llu",
                  (int)what, (unsigned long long)memory->size, (unsigned long long)memory->offset,
                  (unsigned long long)memory->pitch, ROOM, (unsigned long long)state_bytes(stand, what));
      return false;
    }
  }
  return true;
}

static void write_bytes(struct stand *stand, enum vordec_adjoint_array what, uint64_t at, uint64_t bytes,
                        const void *from) {
  struct vordec_error error = {0};
  const enum vordec_status status = stand->shared->write(stand->adjoint, what, at, bytes, from, &error);
  if (status) suite_short(stand->suite, "write() says %s: %.300s", vordec_status_name(status), error.message);
}

/* The whole array, gaps included; the caller frees it. */
static unsigned char *read_array(struct stand *stand, enum vordec_adjoint_array what) {
  struct vordec_error error = {0};
  unsigned char *copy = malloc(array_bytes(stand, what));
  if (!copy) abort();
  const enum vordec_status status =
      stand->shared->read(stand->adjoint, what, 0, array_bytes(stand, what), copy, &error);
  if (status) suite_short(stand->suite, "read() says %s: %.300s", vordec_status_name(status), error.message);
  return copy;
}

/* Nothing that was there before can pass for what is written now. */
static void spoil(struct stand *stand) {
  for (enum vordec_adjoint_array what = 0; what < VORDEC_ADJOINT_ARRAYS; what++) {
    void *pattern = malloc(array_bytes(stand, what));
    if (!pattern) abort();
    memset(pattern, what == VORDEC_ADJOINT_MASK ? 1 : 0xff, array_bytes(stand, what));
    write_bytes(stand, what, 0, array_bytes(stand, what), pattern);
    free(pattern);
  }
}

static void write_reals(struct stand *stand, enum vordec_adjoint_array what, const double *from, size_t each) {
  float *narrow = malloc(each * sizeof *narrow);
  if (!narrow) abort();
  for (uint32_t i = 0; i < STATES; i++) {
    const double *values = from + i * each;
    for (size_t v = 0; v < each; v++) narrow[v] = (float)values[v];
    write_bytes(stand, what, i * stand->memory[what].pitch, each * real_size(stand),
                stand->desc.precision == VORDEC_FP64 ? (const void *)values : narrow);
  }
  free(narrow);
}

static void write_inputs(struct stand *stand, const struct transposed *given, const struct transposing_parts *parts) {
  const size_t cells = (size_t)stand->desc.n * stand->desc.n;
  double kept[STATES];
  /* Rounded to the nearest integer. */
  for (uint32_t i = 0; i < STATES; i++) kept[i] = given->kept[i] + (i % 2 ? 0.25 : -0.25);
  spoil(stand);
  write_reals(stand, VORDEC_ADJOINT_K, kept, 1);
  if (parts->omega_lp) write_reals(stand, VORDEC_ADJOINT_LP, given->omega_lp, cells);
  if (parts->omega_hat) write_reals(stand, VORDEC_ADJOINT_HAT, given->omega_hat, cells);
  for (uint32_t i = 0; i < STATES && parts->residual; i++) {
    write_bytes(stand, VORDEC_ADJOINT_MASK, i * stand->memory[VORDEC_ADJOINT_MASK].pitch, cells,
                given->mask + i * cells);
  }
}

/* ---- making it ---- */

static enum vordec_status make_shared(struct suite *suite, const struct vordec_plan_desc *desc,
                                      struct vordec_backend_adjoint **adjoint, struct vordec_error *error) {
  struct vordec_plan_info info = {.struct_size = sizeof info};
  *adjoint = NULL;
  const enum vordec_status status = plugin_adjoint_shared(suite)->create(suite->session, desc, adjoint, &info, error);
  suite_step(suite);
  return status;
}

static bool stand_open(struct stand *stand, struct suite *suite, uint32_t n, struct way way) {
  struct vordec_error error = {0};
  *stand = (struct stand){.suite = suite, .shared = plugin_adjoint_shared(suite)};
  stand->sample = sample_create(&(struct sample_shape){.n = n, .k_cut = 3, .anchors = 6, .lopsided = true}, 0, 1);
  stand->desc = sample_plan(&stand->sample, ROOM, way.precision, "auto");
  stand->desc.outputs = VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT;
  stand->desc.residuals = VORDEC_RESIDUAL_FIELD;
  stand->desc.gate = VORDEC_GATE_SIGNED;
  const enum vordec_status status = make_shared(suite, &stand->desc, &stand->adjoint, &error);
  if (status == VORDEC_E_UNSUPPORTED && error.reason == VORDEC_REASON_NO_INTERFACE) {
    suite_skip(suite, "the device shares no memory: %.300s", error.message);
  } else if (status || !stand->adjoint) {
    suite_short(suite, "create(N = %u): %s: %.300s", n, vordec_status_name(status),
                status ? error.message : "makes no adjoint");
  } else if (describe_arrays(stand)) {
    if (plugin_adjoint(suite)) stand->ordinary = transposing_start(suite, suite->session, &stand->desc);
    return true;
  }
  stand->shared->destroy(stand->adjoint);
  sample_destroy(&stand->sample);
  return false;
}

static void stand_close(struct stand *stand) {
  if (stand->ordinary) plugin_adjoint(stand->suite)->destroy(stand->ordinary);
  stand->shared->destroy(stand->adjoint);
  sample_destroy(&stand->sample);
}

static bool run(struct stand *stand, const struct transposing_parts *parts) {
  const struct vordec_adjoint_shared_job job = {.struct_size = sizeof job,
                                                .count = STATES,
                                                .omega_lp = parts->omega_lp,
                                                .omega_hat = parts->omega_hat,
                                                .z = parts->z,
                                                .residual = parts->residual};
  struct vordec_error error = {0};
  const size_t taken = atomic_load(&stand->suite->host.taken);
  stand->result = (struct vordec_adjoint_result){.struct_size = sizeof stand->result};
  const double start = (double)clock_ns() * 1e-6;
  enum vordec_status status = stand->shared->start(stand->adjoint, &job, &error);
  if (!status) status = stand->shared->wait(stand->adjoint, &stand->result, &error);
  stand->host_ms = (double)clock_ns() * 1e-6 - start;
  suite_step(stand->suite);
  if (status) {
    plugin_judge_error(stand->suite, "start", status, &error);
    suite_short(stand->suite, "start() or wait(): %s: %.300s", vordec_status_name(status), error.message);
  } else if (atomic_load(&stand->suite->host.taken) != taken) {
    suite_short(stand->suite, "start() or wait() takes memory from the host");
  }
  return status == VORDEC_OK;
}

/* ---- bits ---- */

/* A real of an array, widened. */
static double real_in(const struct stand *stand, const unsigned char *array, enum vordec_adjoint_array what,
                      uint32_t state, size_t i) {
  const void *values = array + state * stand->memory[what].pitch;
  return stand->desc.precision == VORDEC_FP64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static void judge_array(struct stand *stand, enum vordec_adjoint_array what, const double *expected, size_t each,
                        const char *where) {
  unsigned char *array = read_array(stand, what);
  for (size_t i = 0; i < STATES * each && !suite_fell_short(stand->suite); i++) {
    const double value = real_in(stand, array, what, (uint32_t)(i / each), i % each);
    const double due = stand->desc.precision == VORDEC_FP64 ? expected[i] : (double)(float)expected[i];
    if (value == due) continue;
    suite_short(stand->suite, "%s: the derivative of state %zu by %s %zu is %.17g, and that of run() %.17g", where,
                i / each, what == VORDEC_ADJOINT_Z ? "entry" : "the residual's cell", i % each, value, due);
  }
  free(array);
}

static void judge_parts(struct stand *stand, const struct transposing_parts *parts, uint32_t first) {
  struct transposed given = transposed_make(&stand->desc, first, STATES);
  char where[120];
  snprintf(where, sizeof where, "N = %u, %s, cotangents of %s%s", stand->desc.n, precision_name(stand->desc.precision),
           parts->omega_lp ? "omega_lp " : "", parts->omega_hat ? "omega_hat" : "");
  const bool fine = transposing_run(stand->suite, &stand->desc, stand->ordinary, parts, &given, NULL, NULL);
  if (fine) write_inputs(stand, &given, parts);
  if (fine && run(stand, parts)) {
    if (parts->z) judge_array(stand, VORDEC_ADJOINT_Z, given.z, stand->desc.d, where);
    if (parts->residual) {
      judge_array(stand, VORDEC_ADJOINT_RESIDUAL, given.residual, (size_t)stand->desc.n * stand->desc.n, where);
    }
  }
  transposed_release(&given);
}

/* As often as the suite likes: odd sizes, in which masks may have gaps. */
static const uint32_t sizes[] = {21, 24, 40};

void check_adjoint_shared_bits(struct suite *suite) {
  static const struct transposing_parts rows[] = {{true, true, true, true},  {true, false, true, false},
                                                  {false, true, true, true}, {false, true, true, false},
                                                  {true, true, false, true}, {true, true, true, false}};
  struct way ways[WAYS_MAX];
  if (!is_served(suite)) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count; w++) {
    if (strcmp(ways[w].fft, "auto") != 0) continue;
    for (size_t n = 0; n < (suite->options->quick ? 1 : COUNT(sizes)) && !suite_fell_short(suite); n++) {
      struct stand stand;
      if (!stand_open(&stand, suite, sizes[n], ways[w])) continue;
      if (!stand.ordinary) suite_skip(suite, "the plugin has no %s to compare with", VORDEC_ADJOINT_INTERFACE);
      for (size_t i = 0; i < COUNT(rows) && stand.ordinary && !suite_fell_short(suite); i++) {
        judge_parts(&stand, &rows[i], (uint32_t)i);
      }
      stand_close(&stand);
    }
  }
}

/* ---- file descriptors ---- */

static bool is_open(int fd) {
  struct stat stat;
  return fd >= 0 && fstat(fd, &stat) == 0;
}

/* A file descriptor for memory of a device, none for memory of the host. */
static void judge_fd(struct stand *stand, enum vordec_adjoint_array what) {
  struct vordec_error error = {0};
  int fds[2] = {-1, -1};
  for (int i = 0; i < 2; i++) {
    const enum vordec_status status = stand->shared->memory_fd(stand->adjoint, what, &fds[i], &error);
    if (stand->memory[what].kind == VORDEC_MEMORY_HOST) {
      if (status == VORDEC_E_UNSUPPORTED && error.reason == VORDEC_REASON_NO_INTERFACE) continue;
      suite_short(stand->suite, "memory_fd() of memory with an address says %s instead of unsupported",
                  vordec_status_name(status));
    } else if (status || !is_open(fds[i])) {
      suite_short(stand->suite, "memory_fd() says %s, and hands out %d", vordec_status_name(status), fds[i]);
    } else if (!(fcntl(fds[i], F_GETFD) & FD_CLOEXEC)) {
      suite_short(stand->suite, "memory_fd() is not closed on exec");
    }
  }
  if (fds[0] >= 0 && fds[0] == fds[1]) suite_short(stand->suite, "memory_fd() hands out the same descriptor twice");
  for (int i = 0; i < 2; i++) {
    if (fds[i] >= 0 && (i == 0 || fds[0] != fds[1])) close(fds[i]); /* the caller's */
  }
}

void check_adjoint_shared_handles(struct suite *suite) {
  static const struct transposing_parts everything = {true, true, true, true};
  struct stand stand;
  if (!is_served(suite) || !stand_open(&stand, suite, 21, (struct way){plugin_precision(suite), "auto"})) return;
  for (enum vordec_adjoint_array what = 0; what < VORDEC_ADJOINT_ARRAYS; what++) judge_fd(&stand, what);
  if (stand.shared->has_semaphore(stand.adjoint)) {
    struct vordec_error error = {0};
    int fd = -1;
    const enum vordec_status status = stand.shared->semaphore_fd(stand.adjoint, &fd, &error);
    if (status || !is_open(fd)) {
      suite_short(suite, "semaphore_fd() says %s, and hands out %d", vordec_status_name(status), fd);
    } else if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC)) {
      suite_short(suite, "semaphore_fd() is not closed on exec");
    }
    if (fd >= 0) close(fd);
  }
  if (stand.ordinary && !suite_fell_short(suite)) judge_parts(&stand, &everything, 0); /* it does not need them */
  suite_note(suite, "%s, %s", stand.memory[0].kind == VORDEC_MEMORY_HOST ? "addresses" : "file descriptors",
             stand.shared->has_semaphore(stand.adjoint) ? "a timeline semaphore" : "no semaphore");
  stand_close(&stand);
}

/* ---- evidence and memory ---- */

void check_adjoint_shared_evidence(struct suite *suite) {
  static const struct transposing_parts everything = {true, true, true, true};
  struct stand stand;
  if (!is_served(suite) || !stand_open(&stand, suite, 40, (struct way){plugin_precision(suite), "auto"})) return;
  struct transposed given = transposed_make(&stand.desc, 0, STATES);
  write_inputs(&stand, &given, &everything);
  for (int i = 0; i < 3 && !suite_fell_short(suite) && run(&stand, &everything); i++) {
    struct evidence_verdict verdict;
    evidence_judge_adjoint(&suite->shared->device, &stand.result, stand.host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "start() and wait(): %.400s", verdict.why);
  }
  transposed_release(&given);
  stand_close(&stand);
}

void check_adjoint_shared_without_memory(struct suite *suite) {
  struct stand stand;
  if (!is_served(suite) || !stand_open(&stand, suite, 20, (struct way){plugin_precision(suite), "auto"})) return;
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_backend_adjoint *adjoint = NULL;
    struct vordec_error error = {0};
    char what[80];
    const size_t blocks = atomic_load(&suite->host.blocks);
    snprintf(what, sizeof what, "without allocation %zu and all after it", ++number);
    counting_host_refuse(&suite->host, number, true);
    const enum vordec_status status = make_shared(suite, &stand.desc, &adjoint, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      stand.shared->destroy(adjoint);
    } else {
      plugin_judge_shortage(suite, "create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed create() leaves memory behind");
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
  stand_close(&stand);
}

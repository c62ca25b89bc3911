/* SPDX-License-Identifier: MIT */
#include "check_fork.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "comparing.h"
#include "decoded.h"
#include "flow_run.h"
#include "measuring.h"
#include "plugin.h"

#define COUNT 6u
#define LONGEST_S 10u /* of a child that decodes a few small fields, or takes a few small steps */
#define THREADS 3u

/* What is asked of the inherited session, in the child or in its parent. */
typedef void (*use_fn)(struct suite *suite, const void *inherited, const char *whose);

/* Adopts, uses, ends. Shortfalls are shared with the parent. */
static void be_the_child(struct suite *suite, struct vordec_session *session, use_fn use, const void *inherited) {
  struct vordec_error error = {0};
  const enum vordec_status status = plugin_fork(suite)->adopt(session, &error);
  if (status) {
    plugin_judge_error(suite, "adopt", status, &error);
    suite_short(suite, "adopt(): %s: %.300s", vordec_status_name(status), error.message);
    return;
  }
  use(suite, inherited, "child");
}

static void use_in_both(struct suite *suite, struct vordec_session *session, use_fn use, const void *inherited) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    alarm(LONGEST_S);
    be_the_child(suite, session, use, inherited);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) != child) {
    suite_skip(suite, "a child could not be started");
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    suite_short(suite, "a child that adopted the session did not use and end it within %u s", LONGEST_S);
  } else if (status != 0) {
    suite_short(suite, "a child that adopted the session ended with status %#x", (unsigned)status);
  }
  use(suite, inherited, "parent");
}

/* NULL: the check is over. */
static struct vordec_session *open_session(struct suite *suite) {
  if (!plugin_session(suite)) return NULL;
  if (plugin_fork(suite)) return plugin_open(suite, THREADS);
  suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_FORK_INTERFACE);
  return NULL;
}

/* ---- decodes ---- */

struct inherited_plan {
  struct vordec_session *session;
  struct vordec_plan *plan;
  struct decode_request request;
  struct decoded expected;
};

static void use_plan(struct suite *suite, const void *inherited, const char *whose) {
  const struct inherited_plan *all = inherited;
  struct decoded decoded;
  if (decoded_make(suite, all->plan, &all->request, &decoded)) {
    for (uint32_t i = 0; i < COUNT; i++) {
      if (decoded_same(&decoded, i, &all->expected, i)) continue;
      suite_short(suite, "state %u has different bits in the %s after the fork than before", i, whose);
    }
    decoded_destroy(&decoded);
  }
  suite->backend->plan_destroy(all->plan);
  suite->backend->close(all->session);
}

void check_fork(struct suite *suite) {
  struct vordec_session *session = open_session(suite);
  if (!session) return;
  const struct sample_shape shape = {.n = 64, .k_cut = 4, .anchors = 4};
  struct sample sample = sample_create(&shape, 0, COUNT);
  const struct vordec_plan_desc desc = sample_plan(&sample, COUNT, plugin_precision(suite), "auto");
  struct inherited_plan inherited = {.session = session,
                                     .request = {.desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS}};
  struct vordec_plan_info info;
  const bool planned = !plugin_plan(suite, session, &desc, &inherited.plan, &info);
  if (planned && decoded_make(suite, inherited.plan, &inherited.request, &inherited.expected)) {
    use_in_both(suite, session, use_plan, &inherited);
    decoded_destroy(&inherited.expected);
  } else {
    if (planned) suite->backend->plan_destroy(inherited.plan);
    suite->backend->close(session);
  }
  sample_destroy(&sample);
}

/* ---- simulations ---- */

#define N 64u /* large enough that a backend may share its rows out */

struct inherited_flow {
  struct vordec_session *session;
  struct vordec_backend_simulation *simulation; /* after one step */
  double *expected;                             /* after three */
};

static void use_flow(struct suite *suite, const void *inherited, const char *whose) {
  const struct inherited_flow *all = inherited;
  static double omega[N * N];
  if (flow_steps(suite, all->simulation, 2) && flow_get(suite, all->simulation, 0, N, omega) &&
      memcmp((const void *)omega, (const void *)all->expected, sizeof omega) != 0) {
    suite_short(suite, "a simulation has different bits in the %s after the fork than without one", whose);
  }
  plugin_simulate(suite)->destroy(all->simulation);
  suite->backend->close(all->session);
}

void check_fork_simulation(struct suite *suite) {
  struct vordec_session *session = open_session(suite);
  if (!session) return;
  if (!plugin_simulate(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_SIMULATE_INTERFACE);
    suite->backend->close(session);
    return;
  }
  const struct vordec_simulation_setup setup = flow_setup(N, plugin_precision(suite));
  double *start = flow_field(N, 6), *expected = flow_field(N, 6);
  struct inherited_flow inherited = {session, flow_start(suite, session, &setup), expected};
  struct vordec_backend_simulation *simulation = inherited.simulation;
  if (simulation && flow_set(suite, simulation, 0, N, start) && flow_steps(suite, simulation, 3) &&
      flow_get(suite, simulation, 0, N, expected) && flow_set(suite, simulation, 0, N, start) &&
      flow_steps(suite, simulation, 1)) {
    use_in_both(suite, session, use_flow, &inherited);
  } else {
    plugin_simulate(suite)->destroy(simulation);
    suite->backend->close(session);
  }
  free(start);
  free(expected);
}

/* ---- encoders ---- */

struct inherited_encoder {
  struct vordec_session *session;
  struct vordec_backend_encoder *encoder;
  const struct measuring *measuring;
  const double *omega;
  struct measured *expected;
};

/* Without a mask: what is measured is of the mask, too. */
static bool is_same_measure(const struct measuring *measuring, const struct measured *a, const struct measured *b) {
  const struct vordec_encode_setup *setup = &measuring->setup;
  return memcmp(a->low, b->low, 2 * sizeof(double) * setup->low_count) == 0 &&
         memcmp(a->mid, b->mid, 2 * sizeof(double) * setup->mid_count) == 0 &&
         memcmp(a->high, b->high, sizeof(double)) == 0 && memcmp(a->support, b->support, sizeof(double)) == 0;
}

static bool measure(struct suite *suite, const struct inherited_encoder *all, struct measured *measured) {
  const struct measuring_source source = {.omega = all->omega};
  return measuring_encode(suite, all->measuring, all->encoder, &source, measured, NULL, NULL);
}

static void use_encoder(struct suite *suite, const void *inherited, const char *whose) {
  const struct inherited_encoder *all = inherited;
  struct measured measured = measured_make(all->measuring, 1, false);
  if (measure(suite, all, &measured) && !is_same_measure(all->measuring, &measured, all->expected)) {
    suite_short(suite, "an encoder measures different bits in the %s after the fork than before", whose);
  }
  measured_release(&measured);
  plugin_encode(suite)->destroy(all->encoder);
  suite->backend->close(all->session);
}

void check_fork_encoder(struct suite *suite) {
  struct vordec_session *session = open_session(suite);
  if (!session) return;
  if (!plugin_encode(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ENCODE_INTERFACE);
    suite->backend->close(session);
    return;
  }
  struct measuring measuring = measuring_make(N, 4, 8, plugin_precision(suite));
  struct measured expected = measured_make(&measuring, 1, false);
  double *omega = flow_field(N, 7);
  const struct inherited_encoder inherited = {session, measuring_start(suite, session, &measuring), &measuring, omega,
                                              &expected};
  if (inherited.encoder && measure(suite, &inherited, &expected)) {
    use_in_both(suite, session, use_encoder, &inherited);
  } else {
    plugin_encode(suite)->destroy(inherited.encoder);
    suite->backend->close(session);
  }
  free(omega);
  measured_release(&expected);
  measuring_release(&measuring);
}

/* ---- comparers ---- */

struct inherited_comparer {
  struct vordec_session *session;
  struct vordec_backend_comparer *comparer; /* with a field that it keeps */
  const double *omega;
  struct vordec_pair_moments expected; /* of omega beside that */
};

static bool set_beside(struct suite *suite, const struct inherited_comparer *all, struct vordec_pair_moments *against) {
  const struct vordec_compare_pair pair = {0, 0.5};
  struct vordec_compare_job job = comparing_job();
  job.omega = all->omega;
  job.pairs = 1;
  job.pair = &pair;
  job.against = against;
  return comparing_run(suite, all->comparer, N, &job, NULL, NULL);
}

static void use_comparer(struct suite *suite, const void *inherited, const char *whose) {
  const struct inherited_comparer *all = inherited;
  struct vordec_pair_moments against;
  if (set_beside(suite, all, &against) && memcmp(&against, &all->expected, sizeof against) != 0) {
    suite_short(suite, "a comparer finds different bits in the %s after the fork than before", whose);
  }
  plugin_compare(suite)->destroy(all->comparer);
  suite->backend->close(all->session);
}

static bool keep_field(struct suite *suite, struct vordec_backend_comparer *comparer, const double *omega) {
  struct vordec_compare_job job = comparing_job();
  job.omega = omega;
  job.keep = 0;
  return comparing_run(suite, comparer, N, &job, NULL, NULL);
}

void check_fork_comparer(struct suite *suite) {
  struct vordec_session *session = open_session(suite);
  if (!session) return;
  if (!plugin_compare(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_COMPARE_INTERFACE);
    suite->backend->close(session);
    return;
  }
  double *kept = flow_field(N, 8), *omega = flow_field(N, 9);
  struct inherited_comparer inherited = {
      .session = session, .comparer = comparing_start(suite, session, N, 1, 1), .omega = omega};
  if (inherited.comparer && keep_field(suite, inherited.comparer, kept) &&
      set_beside(suite, &inherited, &inherited.expected)) {
    use_in_both(suite, session, use_comparer, &inherited);
  } else {
    plugin_compare(suite)->destroy(inherited.comparer);
    suite->backend->close(session);
  }
  free(kept);
  free(omega);
}

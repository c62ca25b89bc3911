#include "check_fork.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decoded.h"
#include "plugin.h"

#define COUNT 6u
#define LONGEST_S 10u /* of a child that decodes a few small fields */

/* What is there at the fork. */
struct inheritance {
  struct vordec_session *session;
  struct vordec_plan *plan;
  struct decode_request request;
  struct decoded expected;
};

static void judge_decode(struct suite *suite, const struct inheritance *inherited, const char *whose) {
  struct decoded decoded;
  if (!decoded_make(suite, inherited->plan, &inherited->request, &decoded)) return;
  for (uint32_t i = 0; i < COUNT; i++) {
    if (decoded_same(&decoded, i, &inherited->expected, i)) continue;
    suite_short(suite, "state %u has other bits in the %s after the fork than before", i, whose);
  }
  decoded_destroy(&decoded);
}

/* Adopts, decodes, ends. Shortfalls are shared with the parent. */
static void be_the_child(struct suite *suite, const struct inheritance *inherited) {
  struct vordec_error error = {0};
  const enum vordec_status status = plugin_fork(suite)->adopt(inherited->session, &error);
  if (status) {
    plugin_judge_error(suite, "adopt", status, &error);
    suite_short(suite, "adopt(): %s: %.300s", vordec_status_name(status), error.message);
    return;
  }
  judge_decode(suite, inherited, "child");
  suite->backend->plan_destroy(inherited->plan);
  suite->backend->close(inherited->session);
}

static void run_child(struct suite *suite, const struct inheritance *inherited) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    alarm(LONGEST_S);
    be_the_child(suite, inherited);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) != child) {
    suite_skip(suite, "a child could not be started");
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    suite_short(suite, "a child that adopted the session did not decode and end within %u s", LONGEST_S);
  } else if (status != 0) {
    suite_short(suite, "a child that adopted the session ended with status %#x", (unsigned)status);
  }
}

void check_fork(struct suite *suite) {
  if (!plugin_session(suite)) return;
  if (!plugin_fork(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_FORK_INTERFACE);
    return;
  }
  const struct sample_shape shape = {.n = 64, .k_cut = 4, .anchors = 4};
  struct sample sample = sample_create(&shape, 0, COUNT);
  const struct vordec_plan_desc desc = sample_plan(&sample, COUNT, plugin_precision(suite), "auto");
  struct inheritance inherited = {.session = plugin_open(suite, 3),
                                  .request = {.desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS}};
  struct vordec_plan_info info;
  const bool planned = inherited.session && !plugin_plan(suite, inherited.session, &desc, &inherited.plan, &info);
  if (planned && decoded_make(suite, inherited.plan, &inherited.request, &inherited.expected)) {
    run_child(suite, &inherited);
    judge_decode(suite, &inherited, "parent");
    decoded_destroy(&inherited.expected);
  }
  if (planned) suite->backend->plan_destroy(inherited.plan);
  if (inherited.session) suite->backend->close(inherited.session);
  sample_destroy(&sample);
}

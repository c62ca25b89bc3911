/* SPDX-License-Identifier: MIT */
#include "doctor_child.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/json_print.h"
#include "core/base/child.h"

#define ANSWER_MAX ((size_t)1 << 20) /* a task that says more than this has gone mad */

struct question {
  doctor_task task;
  void *ctx;
};

static char *answer_in_text(void *ctx) {
  const struct question *question = ctx;
  return json_print(question->task(question->ctx), false);
}

static void describe(const struct child *child, unsigned limit_s, char trouble[DOCTOR_TROUBLE_MAX]) {
  switch (child->end) {
  case CHILD_ANSWERED:
    snprintf(trouble, DOCTOR_TROUBLE_MAX, "answered nonsense");
    break;
  case CHILD_CRASHED:
    snprintf(trouble, DOCTOR_TROUBLE_MAX, "crashed (signal %d: %s)", child->number, strsignal(child->number));
    break;
  case CHILD_LEFT:
    snprintf(trouble, DOCTOR_TROUBLE_MAX, "ended the process (exit code %d)", child->number);
    break;
  case CHILD_LATE:
    snprintf(trouble, DOCTOR_TROUBLE_MAX, "had not finished after %u s", limit_s);
    break;
  case CHILD_UNBORN:
    snprintf(trouble, DOCTOR_TROUBLE_MAX, "no process could be started: %s", strerror(child->number));
    break;
  }
}

cJSON *doctor_child(doctor_task task, void *ctx, unsigned limit_s, bool loud, char trouble[DOCTOR_TROUBLE_MAX]) {
  struct question question = {task, ctx};
  const int sink = loud ? STDERR_FILENO : CHILD_SILENT;
  const struct child_job job = {
      .task = answer_in_text, .ctx = &question, .out = sink, .err = sink, .answer_max = ANSWER_MAX, .limit_s = limit_s};
  struct child child;
  child_run(&job, &child);
  cJSON *answer = child.end == CHILD_ANSWERED ? cJSON_Parse(child.answer) : NULL;
  if (!answer) describe(&child, limit_s, trouble);
  child_release(&child);
  return answer;
}

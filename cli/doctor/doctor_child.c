#include "doctor_child.h"

#include <stdio.h>
#include <string.h>

#include "cli/child.h"
#include "cli/json_print.h"

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
    snprintf(trouble, DOCTOR_TROUBLE_MAX, "was not done after %u s", limit_s);
    break;
  case CHILD_UNBORN:
    snprintf(trouble, DOCTOR_TROUBLE_MAX, "no process could be started: %s", strerror(child->number));
    break;
  }
}

cJSON *doctor_child(doctor_task task, void *ctx, unsigned limit_s, bool loud, char trouble[DOCTOR_TROUBLE_MAX]) {
  struct question question = {task, ctx};
  struct child child;
  child_run(answer_in_text, &question, limit_s, loud, &child);
  cJSON *answer = child.end == CHILD_ANSWERED ? cJSON_Parse(child.answer) : NULL;
  if (!answer) describe(&child, limit_s, trouble);
  child_release(&child);
  return answer;
}

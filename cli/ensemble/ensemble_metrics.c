#include "ensemble_metrics.h"

#include <vordec/error.h>

#include "cli/json_read.h"
#include "cli/metrics_join.h"

static void name_member(cJSON *metrics, const char *list, size_t number) {
  for (cJSON *item = json_first_of(metrics, list); item; item = item->next) {
    cJSON_AddNumberToObject(item, "member", (double)number);
  }
}

/* Of the member alone. */
static cJSON *make(struct snapshot_run *run, struct vordec_error *error) {
  static const char *const lists[] = {"decode_metrics", "comparison", "hashes"};
  const struct training_span *training = &run->states.training;
  struct vordec_metrics *metrics = run->decodes.metrics;
  char *text = NULL;
  vordec_metrics_set_run(metrics, &run->decodes.rollout.run);
  if (training->known) vordec_metrics_set_training(metrics, training->last);
  if (vordec_metrics_json(metrics, &text, error)) return NULL;
  cJSON *made = cJSON_Parse(text);
  vordec_free(text);
  if (!made || !cJSON_AddNumberToObject(made, "members", 1.0)) {
    cJSON_Delete(made);
    vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the metrics");
    return NULL;
  }
  if (run->request.member.number > 0) cJSON_DeleteItemFromObject(made, "op_states"); /* they follow each other */
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) name_member(made, lists[i], run->request.member.number);
  return made;
}

enum vordec_status ensemble_metrics_take(struct ensemble_metrics *metrics, struct snapshot_run *run,
                                         struct vordec_error *error) {
  cJSON *made = make(run, error);
  if (!made) return error->status;
  if (!metrics->root) {
    metrics->root = made;
    return VORDEC_OK;
  }
  metrics_join(metrics->root, made);
  cJSON_Delete(made);
  return VORDEC_OK;
}

void ensemble_metrics_release(struct ensemble_metrics *metrics) {
  cJSON_Delete(metrics->root);
  metrics->root = NULL;
}

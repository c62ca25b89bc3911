/* SPDX-License-Identifier: MIT */
#include "setting_defaults.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "cli/snapshots/snapshot_request.h"
#include "options/option_fill.h"
#include "options/option_list.h"
#include "request_texts.h"
#include "simulation_options.h"

/* A run of snapshots that was asked for nothing in particular. */
enum vordec_status setting_defaults_make(cJSON **defaults, struct vordec_error *error) {
  const struct command *command = &command_snapshots;
  struct invocation invocation = {.values = calloc(option_list_count(command), sizeof *invocation.values)};
  struct snapshot_request *request = calloc(1, command->request_size);
  *defaults = NULL;
  enum vordec_status status = VORDEC_OK;
  if (!request || !invocation.values) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  }
  if (!status) status = vordec_config_create(&invocation.config, error);
  if (!status) status = option_fill(command, &invocation, request, error);
  if (!status) status = simulation_configure(&request->simulation, error);
  if (!status) request->simulation.les.n = SIMULATION_DEFAULT_N;
  if (!status) status = request_texts_make(command, request, invocation.config, defaults, error);
  vordec_config_destroy(invocation.config);
  free(invocation.values);
  free(request);
  return status;
}

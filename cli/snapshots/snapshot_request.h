/* What 'vordec snapshots' is asked for. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_REQUEST_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_REQUEST_H

#include <cjson/cJSON.h>

#include "cli/encoding.h"
#include "cli/residual_settings.h"
#include "cli/simulation.h"

struct snapshot_request {
  const struct command *command; /* whose options these are */
  struct vordec_config *config;  /* with which runtimes are made; what this says is in the fields below, too */
  bool verbose;
  struct simulation_setup simulation; /* its steps and stride are those of the run; steps 0: all that traj has */
  bool dt_given;
  struct encode_desc encoding;
  double ridge;
  const char *traj;   /* a trajectory instead of a simulation; NULL: simulate */
  const char *z0, *a; /* a state and an operator instead of either (kernel_only); NULL: learn them */
  const char *phases; /* NULL: drawn */
  struct residual_settings residual;
  const char *out_dir, *prefix;
  const char *metrics_path; /* NULL: beside the other files */
  bool kernel_only;
  bool no_truth;
  bool ground_truth; /* compare with the truth */
  bool check_parity; /* decode with the reference, too */
  bool parity_only;  /* and do nothing else */
  bool no_decode;    /* roll out, and nothing else */
  bool resume;       /* go on with what an earlier run left */
  bool hash_z;       /* wherever there is a decode */
  bool save_traj, save_decoded, timing, log_metrics, require_gpu;
  size_t hash_every, progress_every; /* 0: never */
};

/* Everything that the results depend on, as texts by name: options, configuration, version, and hashes of the input
 * files. The object is the caller's. E_IO, E_INPUT: an input cannot be read. */
enum vordec_status snapshot_request_describe(const struct snapshot_request *request, cJSON **object,
                                             struct vordec_error *error);

/* E_USAGE names the first thing that was another in the record of an earlier run, which is at path. */
enum vordec_status snapshot_request_compare(const cJSON *asked, const cJSON *recorded, const char *path,
                                            struct vordec_error *error);

/* OUT_DIR/PREFIX_NAME; to be freed. NULL: out of memory. */
char *snapshot_path(const struct snapshot_request *request, const char *name);

#endif

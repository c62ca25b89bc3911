/* SPDX-License-Identifier: MIT */
/* What 'vordec snapshots' is asked for. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_REQUEST_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_REQUEST_H

#include <cjson/cJSON.h>

#include "cli/encoding.h"
#include "cli/frames/simulation_setup.h"
#include "cli/output_options.h"
#include "cli/residual_settings.h"
#include "cli/stride_power.h"
#include "formats/state_store.h"
#include "formats/trajectory_layout.h"

/* Of a run that is one of several done together. Zeroed: it is a run of its own. */
struct snapshot_member {
  size_t of, number;   /* one of so many, counted from 0 */
  const int64_t *kept; /* modes that another one has chosen, borrowed: where it follows */
  size_t kept_count;
  bool bare; /* without files of its own */
  bool follows;
};

struct snapshot_request {
  const cJSON *asked;                 /* all that results depend on, as texts by name */
  struct simulation_setup simulation; /* its steps and stride are those of the run; steps 0: all that traj has */
  bool dt_given;
  struct encoding encoding;
  double ridge;
  const char *train_steps;        /* which steps the operator is learnt from: see training_span_check() */
  struct trajectory_request traj; /* a trajectory instead of a simulation; its path is NULL: simulate */
  const char *z0, *a;             /* a state and an operator instead of either (kernel_only); NULL: learn them */
  const char *phases;             /* NULL: drawn */
  struct residual_settings residual;
  struct vordec_config *config; /* for the library, which makes its own objects from it: handed on, never read here */
  vordec_log_fn log;
  void *log_ctx;
  uint32_t outputs;     /* enum vordec_output bits of what decodes read back */
  bool fields;          /* whole fields among them */
  uint32_t hashed;      /* those of them whose hashes were asked for: of others only where they are here anyway */
  bool op_named;        /* the backend of the rollout was named */
  const char *observer; /* who asks for them */
  struct stride_use strides;
  const char *out_dir, *prefix;
  const char *format; /* of the files that hold arrays: the extension, without its dot */
  struct output_settings output;
  const char *metrics_path; /* NULL: beside the other files */
  bool kernel_only;
  bool no_truth;
  bool ground_truth;      /* compare with the truth */
  bool check_parity;      /* decode with the reference, too */
  bool parity_only;       /* and do nothing else */
  bool no_decode;         /* roll out, and nothing else */
  bool resume;            /* go on with what an earlier run left */
  bool restart;           /* or begin anew, whatever it left */
  bool hash_z;            /* wherever there is a decode */
  const char *store_name; /* what z0 is stored as */
  enum state_store store; /* the same, once it is read */
  bool ignore_anchors;    /* decodes leave the kept modes out */
  bool train_given;
  bool report;           /* write the report */
  bool animated;         /* with an animation, which can be made here and has fields to show */
  const cJSON *defaults; /* of what was asked, for the report; NULL: there is none */
  bool save_traj, save_decoded, timing, log_snapshots, require_gpu;
  bool member_files;                 /* each of several runs has files of its own, too */
  size_t hash_every, progress_every; /* 0: never */
  size_t members;                    /* runs that are done together; 0: one, of its own */
  struct snapshot_member member;
};

/* Says whether what was asked for can be done at all; E_USAGE names the options that contradict each other. */
enum vordec_status snapshot_request_check(const struct snapshot_request *request, struct vordec_error *error);

/* E_USAGE names the first thing that was another in the record of an earlier run, which is at path. More steps are no
 * other request, as long as the operator is learnt from the same frames: *longer says how many the record has then,
 * else 0. */
enum vordec_status snapshot_request_compare(const struct snapshot_request *request, const cJSON *recorded,
                                            const char *path, size_t *longer, struct vordec_error *error);

/* How many steps a record says; 0: it does not. */
size_t snapshot_request_steps(const cJSON *recorded);

/* Whether snapshots are drawn, where fields are decoded. */
bool snapshot_request_draws(const struct snapshot_request *request);

/* Whether the first state and the operator are written: where they were learnt, and for more than a check of parity. */
bool snapshot_request_saves_states(const struct snapshot_request *request);

/* Files that hold arrays; --format says the extension. */
#define SNAPSHOT_Z0 "z0"
#define SNAPSHOT_A "A"
#define SNAPSHOT_TRAJ "traj"
#define SNAPSHOT_DECODED "decoded"
/* Files with a name of their own. */
#define SNAPSHOT_ANIMATION "animation.webp"
#define SNAPSHOT_REPORT "report.html"

/* "z0.npz" */
struct snapshot_name {
  char text[24];
};
struct snapshot_name snapshot_array_name(const struct snapshot_request *request, const char *stem);

/* OUT_DIR/PREFIX_NAME; to be freed. NULL: out of memory. */
char *snapshot_path(const struct snapshot_request *request, const char *name);
/* The same of a file that holds arrays. */
char *snapshot_array_path(const struct snapshot_request *request, const char *stem);

#endif

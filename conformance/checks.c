/* SPDX-License-Identifier: MIT */
/* All checks, in the order in which they are made. A group shares a child process. */
#include "check_adjoint.h"
#include "check_adjoint_shared.h"
#include "check_bandwidth.h"
#include "check_combine.h"
#include "check_compare.h"
#include "check_devices.h"
#include "check_encode.h"
#include "check_evidence.h"
#include "check_export.h"
#include "check_fields.h"
#include "check_fork.h"
#include "check_invariance.h"
#include "check_loading.h"
#include "check_memory.h"
#include "check_plans.h"
#include "check_residual.h"
#include "check_rollout.h"
#include "check_rollout_batch.h"
#include "check_scalars.h"
#include "check_shelf.h"
#include "check_simulate.h"
#include "check_stream.h"
#include "check_trail.h"
#include "suite.h"

const struct check checks[] = {
    {"file", "format", "a shared object that this process could load, called decode_NAME.so", check_file, true},
    {"file", "exports", "exactly one exported symbol, vordec_backend_entry", check_exports, false},

    {"table", "entry", "loads, and the entry starts no thread and takes no memory", check_entry, true},
    {"table", "fields", "ABI version, size, name, FFTs and every required slot", check_table, true},
    {"table", "other ABI", "no table for an ABI that it does not know; always the same one for its own",
     check_other_abi, false},
    {"table", "interfaces", "no interface by a name that it does not know; none with holes", check_interfaces, false},

    {"device", "probe", "sane devices, the same ones twice, nothing left behind", check_probe, false},
    {"device", "choice", "a device that may be used here", check_device_choice, true},
    {"device", "open", "sessions open side by side, and give back their memory", check_open, false},
    {"device", "unknown", "a device that does not exist: unsupported (device-not-found)", check_open_unknown, false},
    {"device", "no memory", "with any one allocation of open() refused: no-memory, nothing left",
     check_open_without_memory, false},

    {"plan", "sizes", "every FFT makes a plan for a size, or refuses it by reason", check_plan_sizes, false},
    {"plan", "unknown FFT", "no plan claims an FFT that is not offered", check_plan_fft, false},
    {"plan", "unknown window", "no plan for a smoothing window that the backend does not know", check_plan_window,
     false},
    {"plan", "too big", "4096 fields of N = 32768: no-memory, and no harm", check_plan_too_big, false},
    {"plan", "no memory", "with any one allocation of plan_create() refused: no-memory, nothing left",
     check_plan_without_memory, false},
    {"plan", "after failure", "plans and decodes are right after failed ones", check_plan_after_failure, false},

    {"omega_lp", "single modes", "each mode of small grids alone is a plane wave", check_single_modes, false},
    {"omega_lp", "lone modes", "the only mode of a state, wherever it lies", check_lone_modes, false},
    {"omega_lp", "direct sums", "states that are not Hermitian, over sizes, FFTs and precisions", check_omega_lp,
     false},
    {"omega_lp", "all modes", "every mode of the grid low, Nyquist included, and one of each pair", check_all_modes_low,
     false},

    {"mask", "threshold", "smoothing and threshold over widths, kernels, boundaries and taus", check_smoothing, false},
    {"mask", "amplitudes", "the mask of a state times a power of two, and of tiny fields", check_amplitudes, false},
    {"mask", "majority", "rounds of majority, bit for bit", check_majority, false},

    {"combine", "residuals", "gates, anchors and every set of residual inputs", check_combine, false},
    {"combine", "kept modes", "K rounded half to even and clamped", check_kept_modes, false},
    {"combine", "bands", "bands without energy and masks without support", check_bands, false},

    {"scalars", "values", "energies, enstrophies, support and max |R|", check_scalars, false},
    {"scalars", "overflow", "a field that overflows shows in its scalars", check_overflow, false},

    {"bits", "batch", "the same whatever the batch and the place in it", check_batches, false},
    {"bits", "repeats", "the same again: decode, plan, session", check_repeats, false},
    {"bits", "threads", "the same whatever the number of threads", check_threads, false},
    {"bits", "outputs", "the same whatever else is asked for", check_subsets, false},

    {"company", "two plans", "plans of one session take turns", check_two_plans, false},
    {"company", "two sessions", "sessions work in different threads at the same time", check_two_sessions, false},
    {"company", "next process", "another process gives the same bits", check_next_process, false},

    {"evidence", "decode", "what libvordec needs to say which device did the work", check_decode_evidence, false},
    {"evidence", "stage times", "no negative times, no readback of nothing", check_stage_times, false},
    {"evidence", "libvordec", "a decode through the library under the strict policy", check_under_libvordec, false},

    {"rollout", "steps", "z A, over lengths and precisions", check_rollout_steps, false},
    {"rollout", "deterministic", "sums in order, bit for bit, or a refusal", check_rollout_deterministic, false},
    {"rollout", "splits", "the same bits however steps are grouped", check_rollout_splits, false},
    {"rollout", "decode", "a state decoded where it is", check_rollout_decode, false},
    {"rollout", "not finite", "a state that is not finite is refused as input", check_rollout_not_finite, false},
    {"rollout", "evidence", "what libvordec needs to say which device did the steps", check_rollout_evidence, false},
    {"rollout", "no memory", "with any one allocation of create() refused: no-memory, nothing left",
     check_rollout_without_memory, false},
    {"rollout", "batch", "several states, each with the bits that it has alone", check_rollout_batch, false},
    {"rollout", "batch decode", "each of several states decoded where it is", check_rollout_batch_decode, false},
    {"rollout", "batch not finite", "one of several states is refused, and its neighbours are decoded",
     check_rollout_batch_not_finite, false},
    {"rollout", "batch evidence", "what libvordec needs to say which device did the steps of several states",
     check_rollout_batch_evidence, false},
    {"rollout", "batch no memory",
     "several states with any one allocation of create() refused: no-memory, nothing left",
     check_rollout_batch_without_memory, false},

    {"trail", "rows", "the states on a rollout's way, with the bits that steps one by one give them", check_trail_rows,
     false},
    {"trail", "decode", "many states in one decode, each with the bits that it has alone", check_trail_decode, false},
    {"trail", "not finite", "a decode of many states is refused because of one of them; other decodes are not",
     check_trail_not_finite, false},
    {"trail", "evidence", "what libvordec needs to say which device did the steps of a walk", check_trail_evidence,
     false},
    {"trail", "no memory", "with any one allocation of reserve() refused: no-memory, and the rollout goes on",
     check_trail_without_memory, false},

    {"simulate", "steps", "the equation by its definition, over sizes, FFTs, precisions and switches",
     check_simulate_steps, false},
    {"simulate", "decay", "a vortex that decays as it has to, on larger grids", check_simulate_decay, false},
    {"simulate", "round trip", "a field that was read and set again goes on with the same bits",
     check_simulate_round_trip, false},
    {"simulate", "splits", "the same bits however steps are grouped", check_simulate_splits, false},
    {"simulate", "members", "each has the bits that it has alone", check_simulate_members, false},
    {"simulate", "not finite", "the first value that is not finite is reported with its place",
     check_simulate_not_finite, false},
    {"simulate", "evidence", "what libvordec needs to say which device did the steps", check_simulate_evidence, false},
    {"simulate", "no memory", "with any one allocation of create() refused: no-memory, nothing left",
     check_simulate_without_memory, false},

    {"encode", "modes", "coefficients and energies by direct sums, over sizes, bands, windows, FFTs and precisions",
     check_encode_modes, false},
    {"encode", "little", "the energy beyond the mid band where R has little there", check_encode_little, false},
    {"encode", "mask", "threshold, majority bit for bit, and the share that is not 0", check_encode_mask, false},
    {"encode", "batches", "each field has the bits that it has alone", check_encode_batches, false},
    {"encode", "members", "a simulation's fields, encoded where they are, have the bits of the host's",
     check_encode_members, false},
    {"encode", "refusals", "an unknown window and an unknown FFT: unsupported, with the reason", check_encode_refusals,
     false},
    {"encode", "evidence", "what libvordec needs to say which device did the work", check_encode_evidence, false},
    {"encode", "no memory", "with any one allocation of create() refused: no-memory, nothing left",
     check_encode_without_memory, false},

    {"adjoint", "sums", "derivatives by sums over all cells, over sizes, FFTs, precisions, gates and what is given",
     check_adjoint_sums, false},
    {"adjoint", "products", "the transpose of what the plugin decodes: equal products", check_adjoint_products, false},
    {"adjoint", "batches", "each state has the bits that it has alone", check_adjoint_batches, false},
    {"adjoint", "refusals", "an unknown FFT: unsupported, with the reason", check_adjoint_refusals, false},
    {"adjoint", "evidence", "what libvordec needs to say which device did the work", check_adjoint_evidence, false},
    {"adjoint", "no memory", "with any one allocation of create() refused: no-memory, nothing left",
     check_adjoint_without_memory, false},

    {"shared", "bits", "derivatives of cotangents that other programs write have the usual bits",
     check_adjoint_shared_bits, false},
    {"shared", "handles", "memory by address, or by file descriptors that the caller owns",
     check_adjoint_shared_handles, false},
    {"shared", "evidence", "what libvordec needs to say which device did the work", check_adjoint_shared_evidence,
     false},
    {"shared", "no memory", "with any one allocation of create() refused: no-memory, nothing left",
     check_adjoint_shared_without_memory, false},

    {"compare", "sums", "moments, differences and energies by shells, over sizes", check_compare_sums, false},
    {"compare", "offset", "a variance and a covariance where means are large", check_compare_offset, false},
    {"compare", "kept", "fields that are kept, and added up, to the bit", check_compare_kept, false},
    {"compare", "members", "a simulation's field, taken where it is", check_compare_members, false},
    {"compare", "decodes", "a decode's fields, taken where they are", check_compare_decodes, false},
    {"compare", "evidence", "what libvordec needs to say which device did the work", check_compare_evidence, false},
    {"compare", "no memory", "with any one allocation of create() refused: no-memory, nothing left",
     check_compare_without_memory, false},

    {"residual", "drawn phases", "bands of given energy and drawn phases, by sums over all modes", check_residual_drawn,
     false},
    {"residual", "given phases", "bands of phases that a job brings, and one band alone", check_residual_given, false},
    {"residual", "bits", "the same whatever the batch and the place in it, and again", check_residual_bits, false},
    {"residual", "rollout", "bands of states where the rollout holds them", check_residual_rollout, false},
    {"residual", "overflow", "a rollout's state whose band would overflow is refused as input", check_residual_overflow,
     false},
    {"residual", "fields", "ungated bands for decodes of others", check_residual_fields, false},
    {"residual", "no memory", "with any one allocation of plan_create() refused: no-memory, nothing left",
     check_residual_without_memory, false},

    {"export", "fields", "fields that stay on the device have the usual bits", check_export_fields, false},
    {"export", "states", "states in the plan's memory; one that is not finite is refused, its fields NAN",
     check_export_states, false},
    {"export", "handles", "memory by address, or by file descriptors that the caller owns", check_export_handles,
     false},
    {"export", "evidence", "what libvordec needs to say which device did the work", check_export_evidence, false},
    {"export", "no memory", "with any one allocation of plan_create() refused: no-memory, nothing left",
     check_export_without_memory, false},

    {"shelf", "fields", "a simulation's fields, as they were when the copy was asked for", check_shelf_fields, false},
    {"shelf", "states", "a rollout's states, likewise", check_shelf_states, false},
    {"shelf", "handles", "memory by address, or by file descriptors that the caller owns", check_shelf_handles, false},
    {"shelf", "no memory", "with any one allocation of create() refused: no-memory, nothing left",
     check_shelf_without_memory, false},

    {"bandwidth", "fill", "a fill that is timed, and not longer than its call", check_fill, false},

    {"stream", "turns", "two plans with jobs under way have the bits of decode()", check_stream_turns, false},
    {"stream", "evidence", "what libvordec needs to say which device did a job", check_stream_evidence, false},
    {"stream", "rollout", "a state is decoded as it was at submit()", check_stream_rollout, false},
    {"stream", "failure", "a job that fails is reported as decode() reports it, and leaves the plan free",
     check_stream_failure, false},
    {"stream", "memory", "host memory, aligned and zeroed, and given back", check_lent_memory, false},
    {"stream", "fields", "fields in lent memory have the usual bits, and nothing else is written", check_lent_fields,
     false},
    {"stream", "no memory", "with any one allocation of host_alloc() refused: no-memory, nothing left",
     check_lent_without_memory, false},
    {"stream", "link", "copies that are timed, and not longer than their call", check_link, false},

    {"fork", "adopt", "a child goes on with a session of its parent, with the same bits, and so does the parent",
     check_fork, false},
    {"fork", "simulation",
     "a child goes on with a simulation of its parent, with the same bits, and so does the parent",
     check_fork_simulation, false},
    {"fork", "encoder", "a child goes on with an encoder of its parent, with the same bits, and so does the parent",
     check_fork_encoder, false},
    {"fork", "comparer", "a child goes on with a comparer of its parent, with the same bits, and so does the parent",
     check_fork_comparer, false},

    {"memory", "decode", "a decode takes no memory from the host", check_decode_allocates_nothing, false},
    {"memory", "balance", "plans and sessions give back all that they took", check_balance, false},
    {"memory", "plans", "making and destroying plans does not let the process grow", check_plan_growth, false},
    {"memory", "decodes", "decoding does not let the process grow", check_decode_growth, false},

    {"manners", "log", "messages of one line", check_log_lines, false},
    {"silence", "output", "nothing printed", check_silence, false},
};

const size_t check_count = sizeof checks / sizeof *checks;

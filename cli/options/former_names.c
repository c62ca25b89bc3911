/* SPDX-License-Identifier: MIT */
#include "former_names.h"

static const struct former_name former_names[] = {
    {"bench", "rounds", "mask-majority-iters"},
    {"bench", "width", "mask-smooth-width"},
    {"check-plugin", "submission-ms", "decode-submission-ms"},
    {"encode", "smooth-k", "mask-smooth-width"},
    {"encode", "tau", "mask-tau"},
    {"encode", "traj-npz", "traj"},
    {"loss", "smooth-k", "mask-smooth-width"},
    {"loss", "tau", "mask-tau"},
    {"loss", "traj-npz", "traj"},
    {"parity", "backends", "backend"},
    {"perf-kernel", "dtype", "op-dtype"},
    {"perf-kernel", "fft-backend", "decode-fft"},
    {"perf-kernel", "permissive-backends", "permissive"},
    {"perf-kernel", "seed", "residual-seed"},
    {"simulate", "dtype", "field-dtype"},
    {"simulate", "les-backend", "simulate-backend"},
    {"snapshots", "decode-every", "stride"},
    {"snapshots", "dtype", "op-dtype"},
    {"snapshots", "fft-backend", "decode-fft"},
    {"snapshots", "les-backend", "simulate-backend"},
    {"snapshots", "log-metrics", "metrics-json"},
    {"snapshots", "permissive-backends", "permissive"},
    {"snapshots", "smooth-k", "mask-smooth-width"},
    {"snapshots", "tau", "mask-tau"},
    {"snapshots", "traj-npz", "traj"},
};

const struct former_name *former_name_at(size_t i) {
  return i < sizeof former_names / sizeof *former_names ? &former_names[i] : NULL;
}

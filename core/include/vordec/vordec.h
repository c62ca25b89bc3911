/* SPDX-License-Identifier: MIT */
/*
 * vordec.h - libvordec for host applications.
 *
 * A host reads a configuration, describes the shape of its states, makes a decoder and decodes. Which backend does the
 * work is the configuration's business, and what did the work is in the report.
 *
 * Conventions:
 *  - Functions return a status; *error (may be NULL) then says what went wrong in one line.
 *  - What a create() hands out belongs to the caller, who ends it with the destroy() of the same name, which accepts
 *    NULL. On failure a create() hands out NULL.
 *  - What is handed in stays the caller's. It is read during the call only, or copied, unless a comment says that it is
 *    borrowed: then it must outlive the object that borrows it.
 *  - "Any thread" says that calls may overlap, also with others on the same object. "One thread per decoder" (or
 *    another noun) says that calls on the same decoder must not overlap; calls on different ones may.
 *  - Runtimes, decoders, rollouts, simulations, encoders, adjoints, exports and metrics belong to the process that made
 *    them. In the child of a fork() their destroy() returns at once and does nothing, so that exit handlers, garbage
 *    collectors and destructors may run; every other call is E_USAGE with REASON_OTHER_PROCESS, and no driver hears of
 *    it. Where the backend can do that (cpu can), decoders, rollouts, simulations, encoders, adjoints and exports serve
 *    the child as well, unless a call on them was under way at the fork. New runtimes and decoders work in a child, but
 *    not with a driver that its parent had opened and that does not work in two processes: E_UNSUPPORTED (or E_REFUSED)
 *    with the same reason. Configurations and layouts are plain memory.
 *  - Where the process that forked has a Vulkan device open, exit() in the child skips exit handlers that were
 *    registered before the fork, the host's too, since drivers' own ones crash there; streams are flushed.
 *
 * Each part is a header of its own: host_runtime.h, host_decoder.h and so on. All of them come with this file.
 */
#ifndef VORDEC_VORDEC_H
#define VORDEC_VORDEC_H

#include <vordec/adjoint.h>
#include <vordec/comparer.h>
#include <vordec/encoder.h>
#include <vordec/export.h>
#include <vordec/host_config.h>
#include <vordec/host_decode.h>
#include <vordec/host_decoder.h>
#include <vordec/host_devices.h>
#include <vordec/host_layout.h>
#include <vordec/host_library.h>
#include <vordec/host_metrics.h>
#include <vordec/host_residual.h>
#include <vordec/host_rollout.h>
#include <vordec/host_runtime.h>
#include <vordec/host_simulation.h>
#include <vordec/types.h>

#endif

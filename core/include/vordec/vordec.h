/* SPDX-License-Identifier: MIT */
/*
 * vordec.h - libvordec for host applications.
 *
 * A host reads a configuration, describes the layout of its states, makes a decoder and decodes. The configuration says
 * which backend is to do the work, and the report of a call says which one has done it.
 *
 * Conventions:
 *  - Functions return a status. If it is not VORDEC_OK, *error says in one line what went wrong; error may be NULL.
 *  - What a create() hands out belongs to the caller, who ends it with the destroy() of the same name. That accepts
 *    NULL. On failure a create() hands out NULL.
 *  - What is handed in stays the caller's. It is read during the call only, or copied, unless a comment says that it is
 *    borrowed: then it must outlive the object that borrows it.
 *  - "Any thread" says that calls may overlap, also with others on the same object. "One thread per decoder" (or
 *    another noun) says that calls on the same decoder must not overlap; calls on different ones may.
 *  - Runtimes, decoders, rollouts, simulations, encoders, adjoints, exports and metrics belong to the process that made
 *    them. In the child of a fork() their destroy() does nothing and returns at once, so that exit handlers, garbage
 *    collectors and destructors may call it. Every other call fails with E_USAGE and REASON_OTHER_PROCESS, without
 *    reaching any driver. If the backend can do it (cpu can), decoders, rollouts, simulations, encoders, adjoints and
 *    exports nevertheless serve the child, unless a call on them was in progress at the fork. A child may make runtimes
 *    and decoders of its own. They fail with E_UNSUPPORTED (or E_REFUSED) and the same reason if they need a driver
 *    that the parent had opened and that does not work in two processes. Configurations and layouts are plain memory,
 *    which a child may use.
 *  - If the process that forked has a Vulkan device open, exit() in the child flushes streams but skips all exit
 *    handlers that were registered before the fork, the host's own among them, because those of drivers crash there.
 *
 * Each part has a header of its own: host_runtime.h, host_decoder.h and so on. This file includes all of them.
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

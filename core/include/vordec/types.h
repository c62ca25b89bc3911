/* SPDX-License-Identifier: MIT */
/*
 * types.h - the words that hosts (vordec.h) and backends (backend.h) share.
 */
#ifndef VORDEC_TYPES_H
#define VORDEC_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VORDEC_API __attribute__((visibility("default")))
#else
#define VORDEC_API
#endif

/* Largest grid side: N * N then still fits the 32-bit cell indices that shaders use. */
#define VORDEC_MAX_N 32768u

/* What a call came to. The command's exit code follows from it (vordec_status_exit_code()). */
enum vordec_status {
  VORDEC_OK = 0,
  VORDEC_E_USAGE,       /* a call that the interface forbids */
  VORDEC_E_CONFIG,      /* a configuration key or value */
  VORDEC_E_INPUT,       /* a state, a field or a file that is malformed */
  VORDEC_E_IO,          /* reading or writing a file failed */
  VORDEC_E_REFUSED,     /* policy forbids what would have to be done */
  VORDEC_E_UNSUPPORTED, /* this backend or device cannot do it; another may */
  VORDEC_E_NO_MEMORY,   /* host or device memory */
  VORDEC_E_DEVICE_LOST, /* the session is dead: close it */
  VORDEC_E_TIMEOUT,     /* the device did not finish in time; the session is dead */
  VORDEC_E_BUSY,        /* the object is in use, by another thread or by batches under way */
  VORDEC_E_FAILED       /* anything else that went wrong while running */
};

/* Why something was refused or moved. Codes and their names (vordec_reason_name()) are stable. */
enum vordec_reason {
  VORDEC_REASON_NONE = 0,
  VORDEC_REASON_PLUGIN_NAME,       /* not [a-z0-9_]+ */
  VORDEC_REASON_PLUGIN_NOT_FOUND,  /* no decode_NAME.so in the plugin folder */
  VORDEC_REASON_PLUGIN_LOAD,       /* the dynamic linker refused it */
  VORDEC_REASON_PLUGIN_ENTRY,      /* exports no vordec_backend_entry */
  VORDEC_REASON_PLUGIN_ABI,        /* another ABI, a short table, an empty slot, no plan */
  VORDEC_REASON_PLUGIN_IDENTITY,   /* the name inside is not the name of the file */
  VORDEC_REASON_NO_LOADER,         /* the driver interface's library is missing (libvulkan.so.1) */
  VORDEC_REASON_NO_DRIVER,         /* the library is there, no driver is */
  VORDEC_REASON_BROKEN_DRIVER,     /* a driver is named but cannot be used */
  VORDEC_REASON_NO_DEVICE,         /* no device at all */
  VORDEC_REASON_DEVICE_NOT_FOUND,  /* no device matches what was asked for */
  VORDEC_REASON_SOFTWARE_DEVICE,   /* a software device, and those are not allowed */
  VORDEC_REASON_DEVICE_UNSUITABLE, /* lacks a queue, a feature or a limit that the backend needs */
  VORDEC_REASON_NO_FP64,
  VORDEC_REASON_NO_FP32,
  VORDEC_REASON_NO_FFT,   /* the backend has no FFT of that name */
  VORDEC_REASON_FFT_SIZE, /* the FFT cannot do this size, or failed its self-test */
  VORDEC_REASON_MEMORY,   /* the plan does not fit; of a GPU: its own memory is short */
  VORDEC_REASON_EVIDENCE, /* the backend could not show what did the work */
  VORDEC_REASON_NO_INTERFACE,
  VORDEC_REASON_HOST_MEMORY,   /* the host's memory is short: another device or backend would not help */
  VORDEC_REASON_OTHER_PROCESS, /* it was made, or a driver was opened, before this process was forked */
  VORDEC_REASON_NULL_DEVICE,   /* a driver's device with no hardware behind it */
  VORDEC_REASON_COUNT
};

#define VORDEC_MESSAGE_MAX 640

/* Filled when a call fails; zeroed by the caller or left from an earlier call (it is overwritten whole). */
struct vordec_error {
  enum vordec_status status;
  enum vordec_reason reason;        /* for E_REFUSED and E_UNSUPPORTED, and where it says more than the status */
  char message[VORDEC_MESSAGE_MAX]; /* one line, no newline at its end */
};

enum vordec_log_level { VORDEC_LOG_ERROR = 0, VORDEC_LOG_WARNING, VORDEC_LOG_INFO, VORDEC_LOG_DEBUG };

enum vordec_device_type {
  VORDEC_DEVICE_HOST = 0,   /* the CPU, used as such */
  VORDEC_DEVICE_SOFTWARE,   /* a GPU interface implemented on the CPU (llvmpipe and the like) */
  VORDEC_DEVICE_INTEGRATED, /* a GPU that shares the host's memory */
  VORDEC_DEVICE_DISCRETE,
  VORDEC_DEVICE_VIRTUAL, /* a GPU through a hypervisor */
  VORDEC_DEVICE_OTHER
};

enum vordec_capability {
  VORDEC_CAP_FP32 = 1u << 0,
  VORDEC_CAP_FP64 = 1u << 1,
  VORDEC_CAP_TIMESTAMPS = 1u << 2 /* stage times come from the device's own clock */
};

/* A device as probing found it. Strings are NUL-terminated. */
struct vordec_device {
  size_t struct_size;
  uint32_t index; /* the backend's own numbering, handed back in open() */
  enum vordec_device_type type;
  char name[256];
  char driver[256]; /* name and version */
  char api[64];     /* "Vulkan 1.3.239" */
  uint8_t uuid[16]; /* all zero: the device has none */
  uint32_t capabilities;
  enum vordec_reason unusable; /* why the backend itself cannot use it; NONE if it can */
  char unusable_detail[256];
  uint64_t memory_bytes;     /* device-local memory; 0: unknown */
  uint64_t max_buffer_bytes; /* largest single buffer; 0: no limit of its own */
  uint32_t shared_memory_bytes, max_workgroup_size, subgroup_size, threads; /* 0: does not apply */
};

enum vordec_precision { VORDEC_FP32 = 0, VORDEC_FP64 };
enum vordec_smooth_kernel { VORDEC_SMOOTH_BOX = 0, VORDEC_SMOOTH_TRIANGLE };
enum vordec_boundary { VORDEC_BOUNDARY_ZERO = 0, VORDEC_BOUNDARY_PERIODIC };
enum vordec_gate { VORDEC_GATE_SUPPORT = 0, VORDEC_GATE_SIGNED };

/* Fields that a decode can hand out, and things that a plan must make room for. */
enum vordec_output {
  VORDEC_OMEGA_LP = 1u << 0,
  VORDEC_MASK = 1u << 1,
  VORDEC_OMEGA_HAT = 1u << 2,
  VORDEC_SCALARS = 1u << 3 /* struct vordec_scalars */
};
enum vordec_residual_input {
  VORDEC_RESIDUAL_FIELD = 1u << 0, /* the caller's field: gated, never rescaled */
  VORDEC_RESIDUAL_MID = 1u << 1,   /* synthesised bands: gated, then rescaled to their energy */
  VORDEC_RESIDUAL_HIGH = 1u << 2,
  VORDEC_RESIDUAL_PHASES = 1u << 3 /* of a decoder that synthesises: vordec_decoder_set_phases(); no plan has it */
};

/* Per-state results of the reductions. A backend that makes scalars makes those of omega_lp and the mask, which are not
 * finite only where the field is not, or its squares overflow, which the core tells and turns into NAN; the others are
 * NAN where not computed. Energies and enstrophies per unit mass, vorticity^2. */
struct vordec_scalars {
  double energy_lp, enstrophy_lp;
  double energy_hat, enstrophy_hat;
  double support_frac;    /* mean of (mask != 0) */
  double residual_absmax; /* max |omega_lp - base| */
  double band_energy[2];  /* achieved mean((g r)^2) after rescaling; mid, high */
  double band_gain[2];
};

enum vordec_stage {
  VORDEC_STAGE_SCATTER_LOWK = 0,
  VORDEC_STAGE_IFFT_LP,
  VORDEC_STAGE_MASK,
  VORDEC_STAGE_COMBINE,
  VORDEC_STAGE_READBACK,
  VORDEC_STAGE_COUNT
};

/* What is known of a field w: means over its cells. */
struct vordec_field_moments {
  double mean, square; /* of w, of w^2 */
  double variance;     /* of (w - mean)^2, found as such */
};

/* And of w beside another field f. */
struct vordec_pair_moments {
  struct vordec_field_moments f;
  double difference; /* of (w - f)^2 */
  double covariance; /* of (w - its mean) (f - its mean) */
};

/* The field f that w is compared with: factor, which is finite, times one that is kept. */
struct vordec_compare_pair {
  uint32_t field;
  double factor;
};

#define VORDEC_NO_FIELD UINT32_MAX /* none of those that are kept */

#define VORDEC_FFT_NAME_MAX 32

/* What a decode can leave where the device has it, and the states, which it can take from there; a rollout's states,
 * and a simulation's fields. */
enum vordec_exported {
  VORDEC_EXPORTED_OMEGA_LP = 0, /* N x N a state, in the decode's precision */
  VORDEC_EXPORTED_MASK,         /* N x N bytes a state */
  VORDEC_EXPORTED_OMEGA_HAT,    /* as omega_lp */
  VORDEC_EXPORTED_Z,            /* D values a state, in the precision of the decode, or of the rollout */
  VORDEC_EXPORTED_OMEGA,        /* N x N a member, in the simulation's precision */
  VORDEC_EXPORTED_COUNT
};

/* Arrays of gradients whose cotangents and results stay on the device; values are in the decode's precision. */
enum vordec_adjoint_array {
  VORDEC_ADJOINT_LP = 0,   /* N x N a state: cotangents of omega_lp */
  VORDEC_ADJOINT_HAT,      /* likewise of omega_hat */
  VORDEC_ADJOINT_K,        /* one value a state: its K */
  VORDEC_ADJOINT_MASK,     /* N x N bytes a state: what was decoded, -1, 0 and 1 */
  VORDEC_ADJOINT_Z,        /* D values a state: derivatives by z */
  VORDEC_ADJOINT_RESIDUAL, /* N x N a state: derivatives by the caller's residual */
  VORDEC_ADJOINT_ARRAYS
};

enum vordec_memory_kind {
  VORDEC_MEMORY_HOST = 0, /* memory of this process, by its address */
  VORDEC_MEMORY_OPAQUE_FD /* memory of a device, by a file descriptor: Vulkan's
                             VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD, CUDA's CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD
                           */
};

/* Where such an array lies: state by state, or member by member, rows without gaps. */
struct vordec_exported_memory {
  size_t struct_size;
  enum vordec_memory_kind kind;
  void *pointer;   /* HOST: its first byte; else NULL */
  uint64_t size;   /* of the allocation, in bytes: an importer has to say it */
  uint64_t offset; /* where in the allocation the array begins */
  uint64_t pitch;  /* bytes from one state, or member, to the next */
  bool dedicated;  /* the allocation serves this one buffer alone: an importer has to say that, too */
};

#ifdef __cplusplus
}
#endif

#endif

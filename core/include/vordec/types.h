/* SPDX-License-Identifier: MIT */
/*
 * types.h - the types that hosts (vordec.h) and backends (backend.h) share.
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

/* The largest grid side. With it N * N still fits the 32-bit indices by which shaders address cells. */
#define VORDEC_MAX_N 32768u

/* How a call ended. The command's exit code follows from it (vordec_status_exit_code()). */
enum vordec_status {
  VORDEC_OK = 0,
  VORDEC_E_USAGE,       /* the interface forbids such a call */
  VORDEC_E_CONFIG,      /* a key or value of the configuration is wrong */
  VORDEC_E_INPUT,       /* a state, a field or a file is malformed */
  VORDEC_E_IO,          /* reading or writing a file failed */
  VORDEC_E_REFUSED,     /* the policy forbids what would have to be done */
  VORDEC_E_UNSUPPORTED, /* this backend or device cannot do it, and another may */
  VORDEC_E_NO_MEMORY,   /* the host or the device has too little memory */
  VORDEC_E_DEVICE_LOST, /* the session is dead: close it */
  VORDEC_E_TIMEOUT,     /* the device did not finish in time; the session is dead */
  VORDEC_E_BUSY,        /* the object is in use, by another thread or by batches under way */
  VORDEC_E_FAILED       /* anything else that went wrong while running */
};

/* Why something was refused, or moved to another backend. Codes and their names (vordec_reason_name()) never change. */
enum vordec_reason {
  VORDEC_REASON_NONE = 0,
  VORDEC_REASON_PLUGIN_NAME,       /* the name is not of the form [a-z0-9_]+ */
  VORDEC_REASON_PLUGIN_NOT_FOUND,  /* there is no decode_NAME.so in the plugin folder */
  VORDEC_REASON_PLUGIN_LOAD,       /* the dynamic linker refused the plugin */
  VORDEC_REASON_PLUGIN_ENTRY,      /* the plugin exports no vordec_backend_entry */
  VORDEC_REASON_PLUGIN_ABI,        /* it has another ABI, a short table or an empty slot, or makes no plan */
  VORDEC_REASON_PLUGIN_IDENTITY,   /* the name inside the plugin is not the name of its file */
  VORDEC_REASON_NO_LOADER,         /* the driver interface's library is missing (libvulkan.so.1) */
  VORDEC_REASON_NO_DRIVER,         /* the library is there, but no driver is */
  VORDEC_REASON_BROKEN_DRIVER,     /* a driver is named but cannot be used */
  VORDEC_REASON_NO_DEVICE,         /* there is no device at all */
  VORDEC_REASON_DEVICE_NOT_FOUND,  /* no device matches what was asked for */
  VORDEC_REASON_SOFTWARE_DEVICE,   /* this is a software device, and those are not allowed */
  VORDEC_REASON_DEVICE_UNSUITABLE, /* the device lacks a queue, a feature or a limit that the backend needs */
  VORDEC_REASON_NO_FP64,           /* the device or the backend has no double precision */
  VORDEC_REASON_NO_FP32,           /* the device or the backend has no single precision */
  VORDEC_REASON_NO_FFT,            /* the backend has no FFT of that name */
  VORDEC_REASON_FFT_SIZE,          /* the FFT cannot do this size, or failed its self-test */
  VORDEC_REASON_MEMORY,            /* the plan does not fit; on a GPU this means its own memory */
  VORDEC_REASON_EVIDENCE,          /* the backend could not show what did the work */
  VORDEC_REASON_NO_INTERFACE,      /* the backend lacks an optional interface that is needed */
  VORDEC_REASON_HOST_MEMORY,       /* the host's memory is short: another device or backend would not help */
  VORDEC_REASON_OTHER_PROCESS,     /* the object was made, or a driver opened, before this process was forked */
  VORDEC_REASON_NULL_DEVICE,       /* a driver offers a device that has no hardware behind it */
  VORDEC_REASON_COUNT
};

#define VORDEC_MESSAGE_MAX 640

/* Filled when a call fails. What it held before does not matter: all of it is overwritten. */
struct vordec_error {
  enum vordec_status status;
  enum vordec_reason reason;        /* set for E_REFUSED and E_UNSUPPORTED, and wherever it says more than the status */
  char message[VORDEC_MESSAGE_MAX]; /* one line without a newline at its end */
};

enum vordec_log_level { VORDEC_LOG_ERROR = 0, VORDEC_LOG_WARNING, VORDEC_LOG_INFO, VORDEC_LOG_DEBUG };

enum vordec_device_type {
  VORDEC_DEVICE_HOST = 0,   /* the CPU, used as such */
  VORDEC_DEVICE_SOFTWARE,   /* a GPU interface implemented on the CPU (llvmpipe and the like) */
  VORDEC_DEVICE_INTEGRATED, /* a GPU that shares the host's memory */
  VORDEC_DEVICE_DISCRETE,   /* a GPU with memory of its own */
  VORDEC_DEVICE_VIRTUAL,    /* a GPU that a hypervisor hands through */
  VORDEC_DEVICE_OTHER       /* a type that is not known; never used */
};

enum vordec_capability {
  VORDEC_CAP_FP32 = 1u << 0,
  VORDEC_CAP_FP64 = 1u << 1,
  VORDEC_CAP_TIMESTAMPS = 1u << 2 /* stage times come from the device's own clock */
};

/* A device as probing found it. Strings end with a NUL. */
struct vordec_device {
  size_t struct_size;
  uint32_t index; /* the backend's own number of the device, by which open() is told which one to open */
  enum vordec_device_type type;
  char name[256];
  char driver[256];            /* the driver's name and version */
  char api[64];                /* the programming interface and its version, such as "Vulkan 1.3.239" */
  uint8_t uuid[16];            /* all zero: the device has none */
  uint32_t capabilities;       /* bits of enum vordec_capability */
  enum vordec_reason unusable; /* why the backend itself cannot use the device; NONE if it can */
  char unusable_detail[256];   /* the same in words; empty if it can */
  uint64_t memory_bytes;       /* memory of the device's own; 0: unknown */
  uint64_t max_buffer_bytes;   /* the largest single buffer; 0: there is no limit apart from the memory */
  uint32_t shared_memory_bytes, max_workgroup_size, subgroup_size, threads; /* 0: does not apply */
};

enum vordec_precision { VORDEC_FP32 = 0, VORDEC_FP64 };
enum vordec_smooth_kernel { VORDEC_SMOOTH_BOX = 0, VORDEC_SMOOTH_TRIANGLE };
enum vordec_boundary { VORDEC_BOUNDARY_ZERO = 0, VORDEC_BOUNDARY_PERIODIC };
enum vordec_gate { VORDEC_GATE_SUPPORT = 0, VORDEC_GATE_SIGNED };

/* What a decode can hand out, as bits, and what it can take as a residual. */
enum vordec_output {
  VORDEC_OMEGA_LP = 1u << 0,
  VORDEC_MASK = 1u << 1,
  VORDEC_OMEGA_HAT = 1u << 2,
  VORDEC_SCALARS = 1u << 3 /* struct vordec_scalars */
};
enum vordec_residual_input {
  VORDEC_RESIDUAL_FIELD = 1u << 0, /* a field of the caller's, which the mask gates and nothing rescales */
  VORDEC_RESIDUAL_MID = 1u << 1,   /* a synthesised band, which the mask gates and which is then rescaled */
  VORDEC_RESIDUAL_HIGH = 1u << 2,  /* the other band, likewise */
  VORDEC_RESIDUAL_PHASES = 1u << 3 /* the caller's phases for both (vordec_decoder_set_phases()); no plan has it */
};

/* Numbers that a decode computes for each state. A backend that makes scalars always makes energy_lp, enstrophy_lp,
 * support_frac and residual_absmax. These are not finite only if the field is not, or if its squares overflow; the core
 * notices that and turns them into NAN. The others are NAN where they were not computed. An enstrophy is half the mean
 * of the squared vorticity, and an energy half the mean of the squared velocity (docs/architecture.md says how it is
 * computed). Backends take the side of the box to be 2 pi; the core converts energies to the side that counts. */
struct vordec_scalars {
  double energy_lp, enstrophy_lp;
  double energy_hat, enstrophy_hat;
  double support_frac;    /* the share of the cells where the mask is not 0 */
  double residual_absmax; /* the largest |omega_lp - smoothed omega_lp| */
  double band_energy[2];  /* the mean square of each gated band (mid, high) after it was rescaled */
  double band_gain[2];    /* the factor by which each band was rescaled */
};

enum vordec_stage {
  VORDEC_STAGE_SCATTER_LOWK = 0,
  VORDEC_STAGE_IFFT_LP,
  VORDEC_STAGE_MASK,
  VORDEC_STAGE_COMBINE,
  VORDEC_STAGE_READBACK,
  VORDEC_STAGE_COUNT
};

/* Means over the cells of a field w. */
struct vordec_field_moments {
  double mean, square; /* of w, and of w^2 */
  double variance;     /* of (w - mean)^2, summed as such and not as a difference of the other two */
};

/* Means of a field w and another field f together. */
struct vordec_pair_moments {
  struct vordec_field_moments f;
  double difference; /* of (w - f)^2 */
  double covariance; /* of (w - its mean) (f - its mean) */
};

/* The field f that w is compared with: a factor, which is finite, times one of the fields that are kept. */
struct vordec_compare_pair {
  uint32_t field;
  double factor;
};

#define VORDEC_NO_FIELD UINT32_MAX /* none of the fields that are kept */

#define VORDEC_FFT_NAME_MAX 32

/* Arrays that can stay on the device: the fields of a decode, the states that it may take from there, the states of a
 * rollout, and the fields of a simulation. */
enum vordec_exported {
  VORDEC_EXPORTED_OMEGA_LP = 0, /* N x N a state, in the decode's precision */
  VORDEC_EXPORTED_MASK,         /* N x N bytes a state */
  VORDEC_EXPORTED_OMEGA_HAT,    /* as omega_lp */
  VORDEC_EXPORTED_Z,            /* D values a state, in the precision of the decode, or of the rollout */
  VORDEC_EXPORTED_OMEGA,        /* N x N a member, in the simulation's precision */
  VORDEC_EXPORTED_COUNT
};

/* The arrays of gradients that stay on the device, in the decode's precision: what is given, and what is computed. */
enum vordec_adjoint_array {
  VORDEC_ADJOINT_LP = 0,   /* N x N a state: cotangents of omega_lp */
  VORDEC_ADJOINT_HAT,      /* N x N a state: cotangents of omega_hat */
  VORDEC_ADJOINT_K,        /* one value a state: how many modes it keeps */
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

/* Where such an array is: one state, or one member, after the other, and rows without gaps. */
struct vordec_exported_memory {
  size_t struct_size;
  enum vordec_memory_kind kind;
  void *pointer;   /* the array's first byte, if kind is HOST; else NULL */
  uint64_t size;   /* bytes of the whole allocation, which an importer has to give */
  uint64_t offset; /* where in the allocation the array begins, in bytes */
  uint64_t pitch;  /* bytes from one state, or member, to the next */
  bool dedicated;  /* the allocation is for this one buffer alone, which an importer has to say, too */
};

#ifdef __cplusplus
}
#endif

#endif

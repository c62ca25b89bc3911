/* SPDX-License-Identifier: MIT */
/* Names of statuses, reasons, device types and stages, and what a user can do about a reason. */
#include <stdlib.h>

#include <vordec/vordec.h>

#include "vordec_version.h"

static const struct {
  const char *name;
  int exit_code;
} statuses[] = {
    [VORDEC_OK] = {"ok", 0},
    [VORDEC_E_USAGE] = {"usage", 2},
    [VORDEC_E_CONFIG] = {"config", 2},
    [VORDEC_E_INPUT] = {"input", 2},
    [VORDEC_E_IO] = {"io", 2},
    [VORDEC_E_REFUSED] = {"refused", 3},
    [VORDEC_E_UNSUPPORTED] = {"unsupported", 3},
    [VORDEC_E_NO_MEMORY] = {"no-memory", 1},
    [VORDEC_E_DEVICE_LOST] = {"device-lost", 1},
    [VORDEC_E_TIMEOUT] = {"timeout", 1},
    [VORDEC_E_BUSY] = {"busy", 1},
    [VORDEC_E_FAILED] = {"failed", 1},
};

static const struct {
  const char *name, *remedy;
} reasons[VORDEC_REASON_COUNT] = {
    [VORDEC_REASON_NONE] = {"none", ""},
    [VORDEC_REASON_PLUGIN_NAME] = {"plugin-name", "a backend's name consists of a-z, 0-9 and _"},
    [VORDEC_REASON_PLUGIN_NOT_FOUND] = {"plugin-not-found", "install the plugin or set [plugins] path"},
    [VORDEC_REASON_PLUGIN_LOAD] = {"plugin-load", "install the libraries that the plugin needs"},
    [VORDEC_REASON_PLUGIN_ENTRY] = {"plugin-entry", "the file is not a vordec plugin"},
    [VORDEC_REASON_PLUGIN_ABI] = {"plugin-abi", "rebuild the plugin against this version's backend.h"},
    [VORDEC_REASON_PLUGIN_IDENTITY] = {"plugin-identity", "rename the file to match the backend's name"},
    [VORDEC_REASON_NO_LOADER] = {"no-loader", "install the Vulkan loader (Debian: libvulkan1)"},
    [VORDEC_REASON_NO_DRIVER] = {"no-driver", "install a Vulkan driver for the GPU"},
    [VORDEC_REASON_BROKEN_DRIVER] = {"broken-driver", "repair the Vulkan driver's installation"},
    [VORDEC_REASON_NO_DEVICE] = {"no-device", "check that the GPU is visible to this process"},
    [VORDEC_REASON_DEVICE_NOT_FOUND] = {"device-not-found", "'vordec devices' lists what there is"},
    [VORDEC_REASON_SOFTWARE_DEVICE] = {"software-device", "set [decode] allow_software_device = true to accept it"},
    [VORDEC_REASON_DEVICE_UNSUITABLE] = {"device-unsuitable", "choose another device"},
    [VORDEC_REASON_NO_FP64] = {"no-fp64", "ask for precision fp32, or for the cpu backend"},
    [VORDEC_REASON_NO_FP32] = {"no-fp32", "ask for precision auto or fp64"},
    [VORDEC_REASON_NO_FFT] = {"no-fft", "ask for fft = auto"},
    [VORDEC_REASON_FFT_SIZE] = {"fft-size", "ask for fft = auto"},
    [VORDEC_REASON_MEMORY] = {"memory", "decode smaller batches or a smaller grid"},
    [VORDEC_REASON_EVIDENCE] = {"evidence", "do not trust this backend"},
    [VORDEC_REASON_NO_INTERFACE] = {"no-interface", "choose a backend that has the capability"},
    [VORDEC_REASON_HOST_MEMORY] = {"host-memory",
                                   "free memory of the host, or decode smaller batches or a smaller grid"},
    [VORDEC_REASON_OTHER_PROCESS] =
        {"other-process", "make a new one in this process; start workers with spawn or forkserver, not with fork"},
    [VORDEC_REASON_NULL_DEVICE] = {"null-device",
                                   "choose another device, or unset whatever makes the driver simulate one"},
};

const char *vordec_version(void) {
  return VORDEC_VERSION;
}

const char *vordec_git_describe(void) {
  return VORDEC_GIT_DESCRIBE;
}

const char *vordec_status_name(enum vordec_status status) {
  return (size_t)status < sizeof statuses / sizeof *statuses ? statuses[status].name : "unknown";
}

int vordec_status_exit_code(enum vordec_status status) {
  return (size_t)status < sizeof statuses / sizeof *statuses ? statuses[status].exit_code : 1;
}

const char *vordec_reason_name(enum vordec_reason reason) {
  return (size_t)reason < VORDEC_REASON_COUNT ? reasons[reason].name : "unknown";
}

const char *vordec_reason_remedy(enum vordec_reason reason) {
  return (size_t)reason < VORDEC_REASON_COUNT ? reasons[reason].remedy : "";
}

const char *vordec_device_type_name(enum vordec_device_type type) {
  static const char *const names[] = {
      [VORDEC_DEVICE_HOST] = "host",
      [VORDEC_DEVICE_SOFTWARE] = "software",
      [VORDEC_DEVICE_INTEGRATED] = "integrated",
      [VORDEC_DEVICE_DISCRETE] = "discrete",
      [VORDEC_DEVICE_VIRTUAL] = "virtual",
      [VORDEC_DEVICE_OTHER] = "other",
  };
  return (size_t)type < sizeof names / sizeof *names ? names[type] : "unknown";
}

const char *vordec_stage_name(enum vordec_stage stage) {
  static const char *const names[VORDEC_STAGE_COUNT] = {
      [VORDEC_STAGE_SCATTER_LOWK] = "scatter_lowk", [VORDEC_STAGE_IFFT_LP] = "ifft_lp",   [VORDEC_STAGE_MASK] = "mask",
      [VORDEC_STAGE_COMBINE] = "combine",           [VORDEC_STAGE_READBACK] = "readback",
  };
  return (size_t)stage < VORDEC_STAGE_COUNT ? names[stage] : "unknown";
}

void vordec_free(void *memory) {
  free(memory);
}

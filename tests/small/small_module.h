/* SPDX-License-Identifier: MIT */
/*
 * small_module.h - what a shader module asks of a device, read from its SPIR-V.
 */
#ifndef VORDEC_TEST_SMALL_MODULE_H
#define VORDEC_TEST_SMALL_MODULE_H

#include "small_device.h"

/* Ends the process where a compute stage, specialised, wants capabilities, threads or shared memory that the device
 * does not have. Shared memory is counted as its variables one behind the other, each aligned as in std430: what a
 * compiler adds of its own is not seen. */
void small_module_check(const struct small_device *device, const uint32_t *code, size_t words,
                        const VkSpecializationInfo *special);

#endif

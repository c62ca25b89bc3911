/* SPDX-License-Identifier: MIT */
/*
 * vulkan_faults.h - wraps the plugin's function table: fails one chosen call, and counts objects.
 */
#ifndef VORDEC_TEST_FAULTS_H
#define VORDEC_TEST_FAULTS_H

#include "../../plugins/vulkan/gpu/debug.h"

/* Makes the number-th fallible call from now on return `result`; 0: none. Starts counting from 0. */
void faults_arm(unsigned number, VkResult result);

/*
 * faults_arm(0, ..), and the way to each call is noted. Then faults_worth(number, result) says whether that call is the
 * first or the last one that was made along its way (the same functions, called from the same places), and whether a
 * driver may answer it with `result`. The calls between them go through the same code, and a loop may leave them out,
 * unless VORDEC_TEST_THOROUGH is set: then every call is worth it.
 */
void faults_note(void);
bool faults_worth(unsigned number, VkResult result);
const char *faults_noted(unsigned number); /* the name of that call; NULL: there was none */

unsigned faults_calls(void);       /* fallible calls since faults_arm() */
const char *faults_failed(void);   /* name of the call that was failed, or NULL */
long faults_live(void);            /* objects made and not destroyed */
unsigned faults_submissions(void); /* vkQueueSubmit() since faults_arm() */

/* The hook: vulkan_debug.set_table_hook(faults_hook). */
void faults_hook(struct vk_table *table, enum vk_table_part part);

#endif

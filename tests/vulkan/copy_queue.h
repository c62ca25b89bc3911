/* SPDX-License-Identifier: MIT */
/*
 * copy_queue.h - pretends that the device has one more queue family, which does nothing but copy.
 *
 * Software devices have one queue. With this hook the plugin sees a second one; what it submits there runs on the real
 * queue, under the rules of such a family, which are checked: no dispatch, no reset of queries, no barrier of a stage
 * that it does not have.
 */
#ifndef VORDEC_TEST_COPY_QUEUE_H
#define VORDEC_TEST_COPY_QUEUE_H

#include "harness.h"

void copy_queue_hook(struct vk_table *table, enum vk_table_part part);

unsigned copy_queue_handoffs(void);   /* submissions that waited for a semaphore, so far */
unsigned copy_queue_violations(void); /* commands that a queue that only copies does not have */

#endif

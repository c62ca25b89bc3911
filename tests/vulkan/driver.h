/* SPDX-License-Identifier: MIT */
/*
 * driver.h - the steps that every test takes, as assertions.
 */
#ifndef VORDEC_TEST_DRIVER_H
#define VORDEC_TEST_DRIVER_H

#include "direct_sums.h"
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ALL_RESIDUALS (VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH)
#define ALL_OUTPUTS (VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS)

/* Fails the test with the error's message. */
void driver_must(enum vordec_status status, const struct vordec_error *error);

struct vordec_plan *driver_plan(struct harness *harness, struct vordec_session *session,
                                const struct vordec_plan_desc *desc, struct vordec_plan_info *info);

/* A job over all states of the sample with all outputs and the residual inputs of the set. */
struct vordec_decode_job driver_job(const struct sample *sample, struct outputs *outputs, uint32_t residual_set);

struct vordec_decode_result driver_run(struct harness *harness, struct vordec_plan *plan,
                                       const struct vordec_decode_job *job);

/* Asserts |value - expected| <= tolerance; NAN fails. */
void driver_near(double value, double expected, double tolerance, const char *what);

#endif

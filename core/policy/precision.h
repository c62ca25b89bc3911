/* SPDX-License-Identifier: MIT */
/* The precisions that may be asked for, in the order of the values of [decode] precision. */
#ifndef VORDEC_CORE_POLICY_PRECISION_H
#define VORDEC_CORE_POLICY_PRECISION_H

enum wanted_precision { PRECISION_AUTO, PRECISION_FP32, PRECISION_FP64 };

#endif

/* SPDX-License-Identifier: MIT */
/* What may be asked for; the order is that of the values of [decode] precision. */
#ifndef VORDEC_CORE_POLICY_PRECISION_H
#define VORDEC_CORE_POLICY_PRECISION_H

enum wanted_precision { PRECISION_AUTO, PRECISION_FP32, PRECISION_FP64 };

#endif

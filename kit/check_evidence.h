/* Checks of what a decode shows for itself, judged as libvordec judges it. */
#ifndef VORDEC_KIT_CHECK_EVIDENCE_H
#define VORDEC_KIT_CHECK_EVIDENCE_H

#include "check.h"

void check_decode_evidence(struct kit *kit);
void check_stage_times(struct kit *kit);
void check_under_libvordec(struct kit *kit);

#endif

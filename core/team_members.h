/* SPDX-License-Identifier: MIT */
/* Which devices [decode] devices asks for, once the first of them is chosen. */
#ifndef VORDEC_CORE_TEAM_MEMBERS_H
#define VORDEC_CORE_TEAM_MEMBERS_H

#include "engine.h"

struct team_members {
  /* As [decode] device would name each; that of the first may be anything. */
  char device[CONFIG_DEVICES_MAX][CONFIG_DEVICE_MAX];
  size_t count; /* 1: one device alone */
};

/* Whether more than one device is asked for. */
bool team_wanted(const struct vordec_config *config);

/* Makes the request one for the first of them. E_CONFIG: [decode] device names another. `first`: room for its name,
 * which the request borrows. */
enum vordec_status team_request_first(const struct vordec_config *config, struct select_request *request,
                                      char first[CONFIG_DEVICE_MAX], struct vordec_error *error);

/* Those that the engine's device shares the states with, itself first: for all, those that are usable under the request
 * and of its name and type, each once; where a downgrade took another backend, none. */
void team_members_of(const struct vordec_config *config, const struct select_request *request,
                     const struct engine *engine, struct team_members *members);

#endif

/* SPDX-License-Identifier: MIT */
/* Which devices [decode] devices asks for, once the first of them is chosen. */
#ifndef VORDEC_CORE_TEAM_MEMBERS_H
#define VORDEC_CORE_TEAM_MEMBERS_H

#include "engine.h"

struct team_members {
  /* The devices, named as [decode] device would name them; that of the first may be anything. */
  char device[CONFIG_DEVICES_MAX][CONFIG_DEVICE_MAX];
  size_t count; /* 1: one device alone */
};

/* Says whether more than one device is asked for. */
bool team_wanted(const struct vordec_config *config);

/* Changes the request into one for the first of them. E_CONFIG: [decode] device names another. `first`: room for its
 * name, which the request borrows. */
enum vordec_status team_request_first(const struct vordec_config *config, struct select_request *request,
                                      char first[CONFIG_DEVICE_MAX], struct vordec_error *error);

/* The devices that share the states, the engine's own first. For all: each device once that is usable under the request
 * and has the engine's name and type. If a downgrade took another backend, none. */
void team_members_of(const struct vordec_config *config, const struct select_request *request,
                     const struct engine *engine, struct team_members *members);

#endif

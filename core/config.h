/* SPDX-License-Identifier: MIT */
/* A typed view of a configuration for the rest of the core. Values are checked when they are set. */
#ifndef VORDEC_CORE_CONFIG_H
#define VORDEC_CORE_CONFIG_H

#include <cjson/cJSON.h>

#include <vordec/vordec.h>

#include "config_keys.h"
#include "config_value.h"
#include "core/policy/precision.h"

/* What the choices of a key are numbered by, in the order of the key's list of values. */
enum config_policy { POLICY_STRICT, POLICY_PERMISSIVE };
enum config_observer { OBSERVER_NONE, OBSERVER_METRICS, OBSERVER_SNAPSHOTS, OBSERVER_VISUALIZE };
enum config_anchors { ANCHORS_INCLUDE, ANCHORS_IGNORE };
enum config_synthesis { SYNTHESIS_OFF, SYNTHESIS_ON };
enum config_hash { HASH_Z = 1u << 0, HASH_OMEGA_LP = 1u << 1, HASH_MASK = 1u << 2, HASH_OMEGA_HAT = 1u << 3 };

const char *config_text(const struct vordec_config *config, enum config_id id);
/* Does the same; where nothing says what auto stands for, it returns what auto then stands for. */
const char *config_meaning(const struct vordec_config *config, enum config_id id);
const char *config_where(const struct vordec_config *config, enum config_id id);
/* As in struct config_value. */
uint64_t config_number(const struct vordec_config *config, enum config_id id);
double config_real(const struct vordec_config *config, enum config_id id);

/* If a file says something else about a key than a state does, returns what the state says; *where is its source. NULL:
 * no file overrides a state here. */
const char *config_overridden(const struct vordec_config *config, enum config_id id, const char **where);

/* A configuration without values, for config_read.c and config_clone(): every key must be set before it is used. NULL:
 * out of memory. */
struct vordec_config *config_create_empty(void);

enum vordec_status config_clone(const struct vordec_config *config, struct vordec_config **clone,
                                struct vordec_error *error);

/* E_CONFIG: there is no such section; the message names the one that was probably meant. */
enum vordec_status config_fail_section(const char *section, const char *where, struct vordec_error *error);

/* {"decode": {"backend": "auto", ..}, ..} with numbers and booleans as such; it belongs to the caller. NULL: out of
 * memory. */
cJSON *config_json(const struct vordec_config *config);

/* config/default.ini, compiled in. */
extern const char config_default_ini[];

#endif

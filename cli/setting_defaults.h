/* SPDX-License-Identifier: MIT */
/* The defaults of all settings that a run of snapshots records. */
#ifndef VORDEC_CLI_SETTING_DEFAULTS_H
#define VORDEC_CLI_SETTING_DEFAULTS_H

#include <cjson/cJSON.h>
#include <vordec/types.h>

/* As texts by the names that request_texts_make() gives them; to be deleted. E_NO_MEMORY. */
enum vordec_status setting_defaults_make(cJSON **defaults, struct vordec_error *error);

#endif

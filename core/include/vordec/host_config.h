/* SPDX-License-Identifier: MIT */
/*
 * host_config.h - the configuration: keys and their values; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_CONFIG_H
#define VORDEC_HOST_CONFIG_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a value came from, from the weakest origin to the strongest: a weaker origin never replaces a stronger one. For
 * keys of [mask], the value that a state names is also used where a stronger origin says auto. */
enum vordec_origin { VORDEC_FROM_DEFAULT = 0, VORDEC_FROM_STATE, VORDEC_FROM_FILE, VORDEC_FROM_COMMAND_LINE };

/* One setting: [section] key. */
struct vordec_config_key {
  const char *section, *key;
  const char *values;  /* what it accepts, for people: "support, signed" */
  const char *summary; /* one line */
};

/* The values in force, each with its origin. */
struct vordec_config;

/* A configuration that holds the built-in defaults. Any thread. */
VORDEC_API enum vordec_status vordec_config_create(struct vordec_config **config, struct vordec_error *error);
/* Accepts NULL. Any thread, after all other calls on the configuration have ended. */
VORDEC_API void vordec_config_destroy(struct vordec_config *config);

/* Reads an INI file; its values replace those of weaker origins. An unknown section or key, a repeated key or a bad
 * value is E_CONFIG, and the message names file and line; a file that cannot be read is E_IO. A relative [plugins] path
 * is relative to the file's own folder. One thread per configuration. */
VORDEC_API enum vordec_status vordec_config_read(struct vordec_config *config, const char *path,
                                                 struct vordec_error *error);

/* Sets one value from text; all strings are copied. `where` names its source in messages ("--mask-tau", "state.npz:
 * dashi_tau"). One thread per configuration. */
VORDEC_API enum vordec_status vordec_config_set(struct vordec_config *config, const char *section, const char *key,
                                                const char *value, enum vordec_origin origin, const char *where,
                                                struct vordec_error *error);

/* The value in force as text; NULL for an unknown key. The string belongs to the configuration and is valid until that
 * changes. Any thread, while no other changes it. */
VORDEC_API const char *vordec_config_get(const struct vordec_config *config, const char *section, const char *key);
/* Where that value came from, as a text for people; NULL for an unknown key. The string belongs to the configuration
 * and is valid until that changes. Any thread, while no other changes it. */
VORDEC_API const char *vordec_config_where(const struct vordec_config *config, const char *section, const char *key);

/* The type of a key's values. */
enum vordec_config_type {
  VORDEC_CONFIG_TEXT = 0, /* a name, several of them, or a path */
  VORDEC_CONFIG_BOOLEAN,
  VORDEC_CONFIG_INTEGER, /* 0 or more */
  VORDEC_CONFIG_REAL,
  VORDEC_CONFIG_CHOICE, /* one of the key's words */
  VORDEC_CONFIG_SET     /* any of the key's words */
};

/*
 * The value in force, converted to its type when it was set. For an unknown key, or a key of another type, these five
 * functions return a value that is otherwise impossible. Where a key of [mask] is auto, they return what auto means:
 * the value that a state named, or else the value with which states that name none were made. This function returns 0
 * or more, 0 also where another key is auto, and -1 if there is no such key. Any thread, while no other changes the
 * configuration.
 */
VORDEC_API int64_t vordec_config_get_integer(const struct vordec_config *config, const char *section, const char *key);
/* Returns NAN if there is no such key. Any thread, likewise. */
VORDEC_API double vordec_config_get_real(const struct vordec_config *config, const char *section, const char *key);
/* Returns 1 or 0, or -1 if there is no such key. Any thread, likewise. */
VORDEC_API int vordec_config_get_boolean(const struct vordec_config *config, const char *section, const char *key);
/* Returns the index of the key's word, as vordec_config_key_choice() counts them, or -1 if there is no such key. Any
 * thread, likewise. */
VORDEC_API int vordec_config_get_choice(const struct vordec_config *config, const char *section, const char *key);
/* Returns 1 if a choice is that word, or if a set contains it, and otherwise 0; -1 if there is no such key, or if the
 * key does not have this word. If a choice is auto, the answer is 1 both for auto and for what it means. Any thread,
 * likewise. */
VORDEC_API int vordec_config_has(const struct vordec_config *config, const char *section, const char *key,
                                 const char *word);

/* How many keys there are. Any thread. */
VORDEC_API size_t vordec_config_key_count(void);
/* The i-th key, in the order of the built-in text; i < vordec_config_key_count(). Static. Any thread. */
VORDEC_API const struct vordec_config_key *vordec_config_key_at(size_t i);
/* The type of the i-th key's values; i < vordec_config_key_count(). Any thread. */
VORDEC_API enum vordec_config_type vordec_config_key_type(size_t i);
/* The words of the i-th key, if it is a choice or a set, counted from 0; NULL after the last one. Static. Any thread.
 */
VORDEC_API const char *vordec_config_key_choice(size_t i, size_t choice);

/* The built-in defaults, a commented INI text. Static. Any thread. */
VORDEC_API const char *vordec_config_defaults(void);

#ifdef __cplusplus
}
#endif

#endif

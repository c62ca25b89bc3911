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

/* Where a value came from, weakest first: a weaker origin never replaces a stronger one. What a state says holds as
 * well wherever a stronger origin says auto, of keys that name what auto means otherwise ([mask]). */
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
/* Any thread, after all other calls on it. */
VORDEC_API void vordec_config_destroy(struct vordec_config *config);

/* Reads an INI file over what is there. An unknown section or key, a repeated key or a bad value is E_CONFIG with file
 * and line; a file that cannot be read is E_IO. A relative [plugins] path counts from the file's own folder. One thread
 * per configuration. */
VORDEC_API enum vordec_status vordec_config_read(struct vordec_config *config, const char *path,
                                                 struct vordec_error *error);

/* Sets one value from text; all strings are copied. `where` names its source in messages ("--mask-tau", "state.npz:
 * dashi_tau"). One thread per configuration. */
VORDEC_API enum vordec_status vordec_config_set(struct vordec_config *config, const char *section, const char *key,
                                                const char *value, enum vordec_origin origin, const char *where,
                                                struct vordec_error *error);

/* The value in force as text; NULL for an unknown key. The configuration's own, valid until it changes. Any thread,
 * while no other changes it. */
VORDEC_API const char *vordec_config_get(const struct vordec_config *config, const char *section, const char *key);
/* Where that value came from, for people; otherwise as vordec_config_get(): any thread, while no other changes it. */
VORDEC_API const char *vordec_config_where(const struct vordec_config *config, const char *section, const char *key);

/* What the values of a key are. */
enum vordec_config_type {
  VORDEC_CONFIG_TEXT = 0, /* a name, several of them, or a path */
  VORDEC_CONFIG_BOOLEAN,
  VORDEC_CONFIG_INTEGER, /* 0 or more */
  VORDEC_CONFIG_REAL,
  VORDEC_CONFIG_CHOICE, /* one of the key's words */
  VORDEC_CONFIG_SET     /* any of the key's words */
};

/*
 * The value in force as its type, read once when it was set; for a key that is not of the type, or an unknown one,
 * these five answer what no value can be. For auto, of a key of [mask], they answer what it means: what a state said,
 * else what states that say nothing were made with. This one: 0 or more, 0 for another key's auto; -1: no such key.
 * Any thread, while no other changes the configuration.
 */
VORDEC_API int64_t vordec_config_get_integer(const struct vordec_config *config, const char *section, const char *key);
/* NAN: no such key. Any thread, likewise. */
VORDEC_API double vordec_config_get_real(const struct vordec_config *config, const char *section, const char *key);
/* 1 or 0; -1: no such key. Any thread, likewise. */
VORDEC_API int vordec_config_get_boolean(const struct vordec_config *config, const char *section, const char *key);
/* Which of the key's words, as vordec_config_key_choice() counts them; -1: no such key. Any thread, likewise. */
VORDEC_API int vordec_config_get_choice(const struct vordec_config *config, const char *section, const char *key);
/* Whether a choice is that word, or a set holds it: 1 or 0; -1: no such key, or none that has this word. A choice of
 * auto is that and what it means. Any thread, likewise. */
VORDEC_API int vordec_config_has(const struct vordec_config *config, const char *section, const char *key,
                                 const char *word);

/* How many keys there are. Any thread. */
VORDEC_API size_t vordec_config_key_count(void);
/* The i-th key, in the order of the built-in text; i < vordec_config_key_count(). Static. Any thread. */
VORDEC_API const struct vordec_config_key *vordec_config_key_at(size_t i);
/* What the values of the i-th key are. Any thread. */
VORDEC_API enum vordec_config_type vordec_config_key_type(size_t i);
/* The words of the i-th key, if it is a choice or a set, from 0 on; NULL behind the last one. Static. Any thread. */
VORDEC_API const char *vordec_config_key_choice(size_t i, size_t choice);

/* The built-in defaults, a commented INI text. Static. Any thread. */
VORDEC_API const char *vordec_config_defaults(void);

#ifdef __cplusplus
}
#endif

#endif

#include "effective.h"

#include <string.h>

void effective_write(FILE *stream, const struct vordec_config *config) {
  const char *section = "";
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    if (strcmp(key->section, section) != 0) fprintf(stream, "%s[%s]\n", i ? "\n" : "", key->section);
    section = key->section;
    fprintf(stream, "# %s\n%s = %s\n", vordec_config_where(config, key->section, key->key), key->key,
            vordec_config_get(config, key->section, key->key));
  }
}

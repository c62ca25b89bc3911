/* JSON is UTF-8; file names, devices' names and messages cut short need not be. */
#ifndef VORDEC_CORE_UTF8_H
#define VORDEC_CORE_UTF8_H

/* Replaces, in place, every byte that is not part of well-formed UTF-8 (RFC 3629) by '?'. Accepts NULL. Returns text.
 */
char *utf8_mend(char *text);

#endif

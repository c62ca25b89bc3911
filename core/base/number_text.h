/* SPDX-License-Identifier: MIT */
/* Numbers as text that reads back as the same number, in every locale. */
#ifndef VORDEC_CORE_BASE_NUMBER_TEXT_H
#define VORDEC_CORE_BASE_NUMBER_TEXT_H

#define NUMBER_TEXT_MAX 48 /* with its NUL, and room for a locale's decimal point on the way */

/* Writes the value with the fewest digits of 15 to 17 (%g) that read back as the same value. Decimal numbers of up to
 * 15 digits therefore come out as they were written, unless they are denormal. The decimal point is '.' whatever the
 * process's locale says. A value that is not finite becomes "nan", "inf" or "-inf". Any thread. */
void number_text(double value, char text[NUMBER_TEXT_MAX]);

#endif

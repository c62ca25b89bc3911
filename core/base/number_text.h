/* SPDX-License-Identifier: MIT */
/* Numbers as text that reads back as the same number, in every locale. */
#ifndef VORDEC_CORE_BASE_NUMBER_TEXT_H
#define VORDEC_CORE_BASE_NUMBER_TEXT_H

#define NUMBER_TEXT_MAX 48 /* with its NUL, and room for a locale's decimal point on the way */

/* The shortest of 15 to 17 digits (%g) that reads back as the value: any decimal number of up to 15 digits, unless it
 * is denormal, comes out as it was written. The decimal point is '.' whatever the process's locale says. "nan", "inf"
 * and "-inf" where it is not finite. Any thread. */
void number_text(double value, char text[NUMBER_TEXT_MAX]);

#endif

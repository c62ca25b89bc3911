/* SPDX-License-Identifier: MIT */
/* The process that a file is read for. */
#ifndef VORDEC_FORMATS_READER_USER_H
#define VORDEC_FORMATS_READER_USER_H

/* From now on this process ends soon after its user has hung up or has gone, whatever it is doing. Without threads it
 * does so once it waits for a question. */
void reader_user_follow(void);

#endif

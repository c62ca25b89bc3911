/* SPDX-License-Identifier: MIT */
/*
 * reader_message.h - what the process that reads a file and the one that uses it say to each other: a request and its
 * reply, each one packet, over a socket; data lie on a tray, which is memory of both.
 *
 * Both are of the same build. The user of the file believes nothing: a library that a damaged file has broken may say
 * anything.
 */
#ifndef VORDEC_FORMATS_READER_MESSAGE_H
#define VORDEC_FORMATS_READER_MESSAGE_H

#include "array_source.h"

/* The reading process's files. */
#define READER_SOCKET 3
#define READER_TRAY 4

#define READER_TRAY_LEAST ((size_t)64 << 10)
#define READER_TRAY_MOST ((size_t)256 << 20)
#define READER_NUMBERS 1024u /* of an attribute */

enum reader_call {
  READER_HELLO = 0, /* said without being asked, once the program runs: text is its version */
  READER_OPENED,    /* likewise, once the file is open: text is the format's name */
  READER_ARRAYS,    /* data: names from `at` on, each NUL-terminated and followed by an empty one */
  READER_OTHERS, /* the same with words for what each is; count: how many, at: where to go on, found: there are more */
  READER_DESCRIBE,    /* form */
  READER_READ,        /* form and data, of that type */
  READER_OPEN_SLABS,  /* form without a type, and handle */
  READER_READ_SLAB,   /* data: doubles */
  READER_CLOSE_SLABS, /* no reply: whoever closes waits for nobody */
  READER_PIECE,       /* data from byte `at` on of those that the last reply announced */
  READER_AXIS_NAME,   /* text */
  READER_ATTRIBUTE,   /* data: count doubles */
  READER_TEXT,        /* found, text */
  READER_CALL_COUNT
};

struct reader_request {
  uint32_t call, handle;
  uint64_t turn; /* the reply has the same */
  uint64_t tray; /* bytes of it */
  uint64_t at;   /* which name, axis or text; which byte */
  uint64_t room; /* numbers of an attribute that are wanted */
  uint64_t start[NPY_MAX_NDIM], count[NPY_MAX_NDIM];
  char name[2 * ARRAY_NAME_MAX];
  char attribute[ARRAY_NAME_MAX];
};

struct reader_reply {
  uint32_t call, handle;
  uint64_t turn;
  uint32_t status, reason; /* with message, where it is a failure */
  uint32_t found, type, ndim, spare;
  uint64_t shape[NPY_MAX_NDIM];
  uint64_t count, at;
  uint64_t bytes; /* of data; those that fit are on the tray */
  char text[ARRAY_NAME_MAX];
  char message[VORDEC_MESSAGE_MAX];
};

enum reader_got { READER_GOT, READER_GOT_NOTHING, READER_GOT_NONSENSE };

/* Sends one packet. False: nobody listens. Raises no signal. */
bool reader_message_send(int socket, const void *message, size_t bytes);

/* Likewise, but only if that is possible at once. */
void reader_message_drop(int socket, const void *message, size_t bytes);

/* Waits for one packet of exactly that size. GOT_NOTHING: the other has gone. */
enum reader_got reader_message_receive(int socket, void *message, size_t bytes);

/* Copies a text that fits, or as much of it. */
void reader_message_text(char *to, size_t size, const char *text);

#endif

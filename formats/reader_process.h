/* SPDX-License-Identifier: MIT */
/*
 * reader_process.h - a process that reads one file, seen from the one that uses it: started, asked, ended.
 *
 * Its end, however it comes, and its nonsense are failures of the file, told in one line; every later question gets the
 * same answer. Its memory may be damaged, but not its user's.
 */
#ifndef VORDEC_FORMATS_READER_PROCESS_H
#define VORDEC_FORMATS_READER_PROCESS_H

#include "reader_message.h"

struct reader_process;

struct reader_launch {
  const char *program; /* path of format_reader */
  const char *module;  /* format_NAME.so: "hdf5" */
  const char *what;    /* for messages, as format_module_load() */
  const char *library; /* whose faults they are: "HDF5's library" */
  const char *path;    /* the file */
  unsigned limit_s;    /* seconds of computing for a reply; 0: as many as a file of that size can need */
};

/* Starts the process, which opens the file; *name is the format's. One user has it then. E_UNSUPPORTED: the program,
 * the module or its library is missing, or of another version. Otherwise as array_file_open(). */
enum vordec_status reader_process_start(const struct reader_launch *launch, char name[ARRAY_NAME_MAX],
                                        struct reader_process **process, struct vordec_error *error);

/* Further users of a process, each of whom lets go of it. The last ends it, or, in a fork's child, leaves it to
 * the process that started it. Any thread. */
void reader_process_share(struct reader_process *process);
void reader_process_release(struct reader_process *process); /* accepts NULL */

/* Between these, one thread asks and takes what was announced. */
void reader_process_lock(struct reader_process *process);
void reader_process_unlock(struct reader_process *process);

/* Room for a reply with that many bytes of data, so that they come at once: without it they come in pieces. */
void reader_process_make_room(struct reader_process *process, size_t bytes);

/* Asks. The reply is of that call, its texts end within their memory, and its status is one. Fails as the reply does.
 */
enum vordec_status reader_process_ask(struct reader_process *process, struct reader_request *request,
                                      struct reader_reply *reply, struct vordec_error *error);

/* Tells something that has no reply, and waits for nothing: a process that sleeps may never hear it, and a
 * fork's child has nothing to tell. */
void reader_process_tell(struct reader_process *process, struct reader_request *request);

/* Copies the data of the last reply, reply->bytes of them. */
enum vordec_status reader_process_take(struct reader_process *process, const struct reader_reply *reply, void *to,
                                       struct vordec_error *error);

/* The reply makes no sense: ends the process. */
enum vordec_status reader_process_disbelieve(struct reader_process *process, struct vordec_error *error);

/* OK, or why no more can be read. */
enum vordec_status reader_process_check(struct reader_process *process, struct vordec_error *error);

#endif

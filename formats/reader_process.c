/* SPDX-License-Identifier: MIT */
#include "reader_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "reader_end.h"
#include "reader_tray.h"

#define FIRST_OWN_FD (READER_TRAY + 1) /* ours are above those that the child gets */

extern char **environ;

struct reader_process {
  pthread_mutex_t lock;
  atomic_uint users;
  pid_t pid, starter; /* pid 0: it has ended */
  int socket;         /* -1: likewise */
  uint64_t turn;
  struct reader_tray tray;
  struct vordec_error ended; /* what is told from then on; no status: it lives */
  char *path;
  const char *library;
};

/* ---- its end */

static bool is_ours(const struct reader_process *process) {
  return getpid() == process->starter;
}

/* A fork's child holds the socket, too, so that closing it alone would end nothing. */
static void hang_up(struct reader_process *process) {
  if (process->socket < 0) return;
  if (is_ours(process)) shutdown(process->socket, SHUT_RDWR);
  close(process->socket);
  process->socket = -1;
}

static enum vordec_status tell(const struct reader_process *process, struct vordec_error *error) {
  if (process->ended.status) *error = process->ended;
  return process->ended.status;
}

/* It has gone. */
static enum vordec_status fail_ended(struct reader_process *process, struct vordec_error *error) {
  char how[READER_END_MAX];
  hang_up(process);
  const enum reader_end end = reader_end_wait(process->pid, how);
  process->pid = 0;
  switch (end) {
  case READER_ENDED:
    vordec_fail(&process->ended, VORDEC_E_INPUT, 0, "%s: %s %s while it read this file; it is probably damaged",
                process->path, process->library, how);
    break;
  case READER_ENDED_FROM_OUTSIDE:
    vordec_fail(&process->ended, VORDEC_E_FAILED, 0, "%s: %s %s while it read this file", process->path,
                process->library, how);
    break;
  case READER_KILLED:
    vordec_fail(&process->ended, VORDEC_E_FAILED, 0,
                "%s: %s %s while it read this file, as happens where memory runs out", process->path, process->library,
                how);
    break;
  }
  return tell(process, error);
}

enum vordec_status reader_process_disbelieve(struct reader_process *process, struct vordec_error *error) {
  if (process->ended.status) return tell(process, error);
  hang_up(process);
  reader_end_force(process->pid);
  process->pid = 0;
  vordec_fail(&process->ended, VORDEC_E_INPUT, 0,
              "%s: %s gave an answer without sense while it read this file; it is probably damaged", process->path,
              process->library);
  return tell(process, error);
}

enum vordec_status reader_process_check(struct reader_process *process, struct vordec_error *error) {
  reader_process_lock(process);
  const enum vordec_status status = tell(process, error);
  reader_process_unlock(process);
  return status;
}

/* ---- questions */

void reader_process_lock(struct reader_process *process) {
  pthread_mutex_lock(&process->lock);
}

void reader_process_unlock(struct reader_process *process) {
  pthread_mutex_unlock(&process->lock);
}

static bool ends_within(const char *text, size_t size) {
  return memchr(text, '\0', size) != NULL;
}

static bool makes_sense(const struct reader_reply *reply, uint32_t call, uint64_t turn) {
  if (reply->call != call || reply->turn != turn || reply->status > VORDEC_E_FAILED ||
      reply->reason >= VORDEC_REASON_COUNT)
    return false;
  if (!ends_within(reply->text, sizeof reply->text) || !ends_within(reply->message, sizeof reply->message))
    return false;
  return (reply->status != VORDEC_OK) == (reply->message[0] != '\0');
}

static enum vordec_status receive(struct reader_process *process, uint32_t call, struct reader_reply *reply,
                                  struct vordec_error *error) {
  switch (reader_message_receive(process->socket, reply, sizeof *reply)) {
  case READER_GOT_NOTHING:
    return fail_ended(process, error);
  case READER_GOT_NONSENSE:
    return reader_process_disbelieve(process, error);
  case READER_GOT:
    break;
  }
  if (!makes_sense(reply, call, process->turn)) return reader_process_disbelieve(process, error);
  if (!reply->status) return VORDEC_OK;
  return vordec_fail(error, (enum vordec_status)reply->status, (enum vordec_reason)reply->reason, "%s", reply->message);
}

enum vordec_status reader_process_ask(struct reader_process *process, struct reader_request *request,
                                      struct reader_reply *reply, struct vordec_error *error) {
  if (process->ended.status) return tell(process, error);
  request->turn = ++process->turn;
  request->tray = process->tray.bytes;
  if (!reader_message_send(process->socket, request, sizeof *request)) return fail_ended(process, error);
  return receive(process, request->call, reply, error);
}

void reader_process_tell(struct reader_process *process, struct reader_request *request) {
  if (process->ended.status || !is_ours(process)) return;
  request->turn = ++process->turn;
  request->tray = process->tray.bytes;
  reader_message_drop(process->socket, request, sizeof *request);
}

void reader_process_make_room(struct reader_process *process, size_t bytes) {
  reader_tray_grow(&process->tray, bytes);
}

enum vordec_status reader_process_take(struct reader_process *process, const struct reader_reply *reply, void *to,
                                       struct vordec_error *error) {
  struct reader_request request = {.call = READER_PIECE};
  struct reader_reply more;
  for (size_t at = 0, bytes; at < reply->bytes; at += bytes) {
    const size_t left = (size_t)reply->bytes - at;
    bytes = left < process->tray.bytes ? left : process->tray.bytes;
    request.at = at;
    const enum vordec_status status = at ? reader_process_ask(process, &request, &more, error) : VORDEC_OK;
    if (status) return status;
    memcpy((char *)to + at, process->tray.data, bytes);
  }
  return VORDEC_OK;
}

/* ---- its beginning */

struct spawning {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

/* Where there is no /dev/null, as in a bare container, what cannot be read or written stands for it. */
static int prepare_files(posix_spawn_file_actions_t *actions, int socket, int tray) {
  const bool null = access("/dev/null", R_OK | W_OK) == 0;
  int failure = 0;
  for (int fd = STDIN_FILENO; !failure && fd <= STDERR_FILENO; fd++) {
    failure = posix_spawn_file_actions_addopen(actions, fd, null ? "/dev/null" : "/", null ? O_RDWR : O_PATH, 0);
  }
  if (!failure) failure = posix_spawn_file_actions_adddup2(actions, socket, READER_SOCKET);
  if (!failure) failure = posix_spawn_file_actions_adddup2(actions, tray, READER_TRAY);
  if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(actions, READER_TRAY + 1);
  return failure;
}

/* Signals as in a fresh process, whatever the host has blocked or ignores. */
static int prepare_signals(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int failure = posix_spawnattr_setsigmask(attributes, &none);
  if (!failure) failure = posix_spawnattr_setsigdefault(attributes, &all);
  if (!failure) failure = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  return failure;
}

/* Whether a path leads to an open file of this process, as "/dev/stdin" does and links to it do. */
static bool leads_to_open_file(const char *path) {
  const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
  const int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
  if (fd >= 0) {
    close(fd);
    return false;
  }
  /* The rest is for kernels and containers without this call. */
  return errno == ELOOP || strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

/* The file itself, where the child would find another or none; otherwise path. */
static const char *path_for_child(const char *path, char resolved[PATH_MAX]) {
  return leads_to_open_file(path) && realpath(path, resolved) ? resolved : path;
}

static int spawn(const struct reader_launch *launch, int socket, int tray, pid_t *pid) {
  char limit[16], resolved[PATH_MAX];
  snprintf(limit, sizeof limit, "%u", launch->limit_s);
  char *words[] = {(char *)(uintptr_t)launch->program,
                   (char *)(uintptr_t)launch->module,
                   (char *)(uintptr_t)launch->what,
                   (char *)(uintptr_t)path_for_child(launch->path, resolved),
                   limit,
                   NULL};
  struct spawning spawning;
  int failure = posix_spawn_file_actions_init(&spawning.actions);
  if (failure) return failure;
  failure = posix_spawnattr_init(&spawning.attributes);
  if (!failure) {
    failure = prepare_files(&spawning.actions, socket, tray);
    if (!failure) failure = prepare_signals(&spawning.attributes);
    if (!failure) {
      failure = posix_spawn(pid, launch->program, &spawning.actions, &spawning.attributes, words, environ);
    }
    posix_spawnattr_destroy(&spawning.attributes);
  }
  posix_spawn_file_actions_destroy(&spawning.actions);
  return failure;
}

/* The same file under a number that the child does not use. -1: errno says why not. */
static int move_up(int fd) {
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN_FD), cause = errno;
  close(fd);
  errno = cause == EINVAL ? EMFILE : cause; /* the limit is below that number */
  return moved;
}

static enum vordec_status fail_start(const struct reader_launch *launch, int cause, struct vordec_error *error) {
  static const struct {
    int cause;
    const char *words;
  } limits[] = {
      {EMFILE, "too many files are open (ulimit -n)"},
      {ENFILE, "too many files are open on this machine"},
      {EAGAIN, "too many processes are running (ulimit -u)"},
      {EFBIG, "the limit of the size of files is below 4 KiB (ulimit -f)"},
  };
  if (cause == ENOMEM) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", launch->path);
  }
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    if (limits[i].cause != cause) continue;
    return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: %s, by a process of its own, which cannot be started: %s",
                       launch->path, launch->what, limits[i].words);
  }
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "%s: %s, by a program that cannot be started: %s: %s",
                     launch->path, launch->what, launch->program, strerror(cause));
}

static enum vordec_status start(const struct reader_launch *launch, struct reader_process *process,
                                struct vordec_error *error) {
  int ends[2];
  if (!reader_tray_create(&process->tray)) return fail_start(launch, errno, error);
  process->tray.fd = move_up(process->tray.fd);
  if (process->tray.fd < 0) return fail_start(launch, errno, error);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_start(launch, errno, error);
  process->socket = ends[0];
  const int theirs = move_up(ends[1]);
  if (theirs < 0) return fail_start(launch, errno, error);
  const int cause = spawn(launch, theirs, process->tray.fd, &process->pid);
  close(theirs);
  if (!cause) return VORDEC_OK;
  process->pid = 0;
  return fail_start(launch, cause, error);
}

/* What it says by itself: which version it is, and that the file is open. */
static enum vordec_status welcome(const struct reader_launch *launch, struct reader_process *process,
                                  char name[ARRAY_NAME_MAX], struct vordec_error *error) {
  struct reader_reply reply;
  enum vordec_status status = receive(process, READER_HELLO, &reply, error);
  if (status || strcmp(reply.text, vordec_git_describe()) != 0) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0,
                       status ? "%s: %s, but %s cannot be run" : "%s: %s, but %s belongs to another version of vordec",
                       launch->path, launch->what, launch->program);
  }
  status = receive(process, READER_OPENED, &reply, error);
  if (!status) reader_message_text(name, ARRAY_NAME_MAX, reply.text);
  return status;
}

enum vordec_status reader_process_start(const struct reader_launch *launch, char name[ARRAY_NAME_MAX],
                                        struct reader_process **process, struct vordec_error *error) {
  *process = NULL;
  struct reader_process *own = calloc(1, sizeof *own);
  if (!own) return fail_start(launch, ENOMEM, error);
  pthread_mutex_init(&own->lock, NULL);
  own->users = 1;
  own->starter = getpid();
  own->socket = own->tray.fd = -1;
  own->library = launch->library;
  own->path = strdup(launch->path);
  enum vordec_status status = own->path ? start(launch, own, error) : fail_start(launch, ENOMEM, error);
  if (!status) status = welcome(launch, own, name, error);
  if (status) {
    reader_process_release(own);
    return status;
  }
  *process = own;
  return VORDEC_OK;
}

void reader_process_share(struct reader_process *process) {
  atomic_fetch_add(&process->users, 1);
}

void reader_process_release(struct reader_process *process) {
  char ignored[READER_END_MAX];
  if (!process || atomic_fetch_sub(&process->users, 1) > 1) return;
  hang_up(process);
  if (process->pid && is_ours(process)) reader_end_wait(process->pid, ignored);
  reader_tray_release(&process->tray);
  pthread_mutex_destroy(&process->lock);
  free(process->path);
  free(process);
}

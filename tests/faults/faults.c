/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the command: makes its n-th call of chosen functions fail, or kills the process there.
 *
 * FAULTS=NAMES:N:WHAT, where NAMES are functions joined by '+', N counts their calls together from 1, and WHAT is an
 * error number ("28"; this call and all that follow fail), "kill" (before the call), "killed" (behind it), "interrupt"
 * (SIGINT, before the call), "wait" (four seconds, before the call), or "count" (the number of calls goes to stderr at
 * the end).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char names[256], what[16];
static long wanted;
static atomic_long calls;

__attribute__((constructor)) static void read_orders(void) {
  const char *orders = getenv("FAULTS");
  if (orders && sscanf(orders, "%255[^:]:%ld:%15s", names, &wanted, what) != 3) abort();
}

__attribute__((destructor)) static void tell_count(void) {
  if (strcmp(what, "count") == 0) fprintf(stderr, "calls: %ld\n", atomic_load(&calls));
}

static int chosen(const char *name) {
  const size_t length = strlen(name);
  for (const char *at = names; (at = strstr(at, name)) != NULL; at += length) {
    if ((at == names || at[-1] == '+') && (at[length] == '+' || !at[length])) return 1;
  }
  return 0;
}

/* Whether this call is to fail, with errno set. *die: kill the process behind the call. */
static int faulty(const char *name, int *die) {
  *die = 0;
  if (!chosen(name)) return 0;
  const long call = atomic_fetch_add(&calls, 1) + 1;
  if (strcmp(what, "kill") == 0 && call == wanted) kill(getpid(), SIGKILL);
  if (strcmp(what, "interrupt") == 0 && call == wanted) raise(SIGINT);
  if (strcmp(what, "wait") == 0 && call == wanted) sleep(4);
  if (strcmp(what, "killed") == 0) *die = call == wanted;
  if (what[0] < '0' || what[0] > '9' || call < wanted) return 0;
  errno = atoi(what);
  return 1;
}

#define WRAP(type, name, failure, parameters, arguments)                                                               \
  __attribute__((visibility("default"))) type name parameters {                                                        \
    static type(*real) parameters;                                                                                     \
    int die;                                                                                                           \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);                                                              \
    if (faulty(#name, &die)) return failure;                                                                           \
    const type result = real arguments;                                                                                \
    if (die) kill(getpid(), SIGKILL);                                                                                  \
    return result;                                                                                                     \
  }

WRAP(ssize_t, read, -1, (int fd, void *buffer, size_t size), (fd, buffer, size))
WRAP(ssize_t, pread, -1, (int fd, void *buffer, size_t size, off_t at), (fd, buffer, size, at))
WRAP(size_t, fread, 0, (void *buffer, size_t size, size_t count, FILE *stream), (buffer, size, count, stream))
WRAP(ssize_t, pwrite, -1, (int fd, const void *buffer, size_t size, off_t at), (fd, buffer, size, at))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, ftruncate, -1, (int fd, off_t size), (fd, size))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, unlink, -1, (const char *path), (path))
WRAP(int, linkat, -1, (int from_folder, const char *from, int to_folder, const char *to, int flags),
     (from_folder, from, to_folder, to, flags))

/* That of the results on standard output is another matter. */
__attribute__((visibility("default"))) int fflush(FILE *stream) {
  static int (*real)(FILE * stream);
  int die;
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "fflush");
  return stream != stdout && faulty("fflush", &die) ? EOF : real(stream);
}

/* "open" fails where a nameless file is asked for: a file system that has none. */
__attribute__((visibility("default"))) int open(const char *path, int flags, ...) {
  static int (*real)(const char *path, int flags, ...);
  int die;
  va_list list;
  va_start(list, flags);
  const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;
  va_end(list);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "open");
  if ((flags & O_TMPFILE) == O_TMPFILE && faulty("open", &die)) return -1;
  return real(path, flags, mode);
}

/* Let one call of the system fail, for tests (LD_PRELOAD; tests/faults.py builds it).

   FAULT_CALL   write, read, sync, rename or truncate: the call that fails
   FAULT_PATH   part of the name of the file it is about
   FAULT_AFTER  so many calls of that kind come first
   FAULT_ERRNO  what it fails with; all later ones fail with it too, unless FAULT_ONCE is set
   FAULT_LOG    a file that takes a byte for each call that failed */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int calls;

static int fails(const char *call, int file, const char *path) {
  const char *wanted = getenv("FAULT_CALL"), *part = getenv("FAULT_PATH");
  char link[64], name[4096];
  if (!wanted || !part || strcmp(wanted, call)) return 0;
  if (!path) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, name, sizeof name - 1);
    if (size < 0) return 0;
    name[size] = 0;
    path = name;
  }
  if (!strstr(path, part)) return 0;
  int turn = __sync_fetch_and_add(&calls, 1), after = atoi(getenv("FAULT_AFTER"));
  if (turn < after || (turn > after && getenv("FAULT_ONCE"))) return 0;
  int log = open(getenv("FAULT_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (log >= 0) {
    REAL(write)(log, "x", 1);
    close(log);
  }
  errno = atoi(getenv("FAULT_ERRNO"));
  return 1;
}

#define BY_FILE(type, name, call, args, given) \
  type name args { return fails(call, file, 0) ? -1 : REAL(name) given; }

BY_FILE(ssize_t, write, "write", (int file, const void *at, size_t size), (file, at, size))
BY_FILE(ssize_t, writev, "write", (int file, const struct iovec *at, int n), (file, at, n))
BY_FILE(ssize_t, pwrite, "write", (int file, const void *at, size_t size, off_t p), (file, at, size, p))
BY_FILE(ssize_t, pwrite64, "write", (int file, const void *at, size_t size, off64_t p), (file, at, size, p))
BY_FILE(ssize_t, read, "read", (int file, void *at, size_t size), (file, at, size))
BY_FILE(ssize_t, pread, "read", (int file, void *at, size_t size, off_t p), (file, at, size, p))
BY_FILE(ssize_t, pread64, "read", (int file, void *at, size_t size, off64_t p), (file, at, size, p))
BY_FILE(ssize_t, preadv, "read", (int file, const struct iovec *at, int n, off_t p), (file, at, n, p))
BY_FILE(ssize_t, preadv64, "read", (int file, const struct iovec *at, int n, off64_t p), (file, at, n, p))
BY_FILE(ssize_t, preadv64v2, "read", (int file, const struct iovec *at, int n, off64_t p, int how), (file, at, n, p, how))
BY_FILE(ssize_t, pwritev64v2, "write", (int file, const struct iovec *at, int n, off64_t p, int how), (file, at, n, p, how))
BY_FILE(int, fsync, "sync", (int file), (file))
BY_FILE(int, fdatasync, "sync", (int file), (file))
BY_FILE(int, ftruncate, "truncate", (int file, off_t size), (file, size))
BY_FILE(int, ftruncate64, "truncate", (int file, off64_t size), (file, size))

int rename(const char *from, const char *to) {
  return fails("rename", -1, to) ? -1 : REAL(rename)(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
  return fails("rename", -1, to) ? -1 : REAL(renameat)(a, from, b, to);
}

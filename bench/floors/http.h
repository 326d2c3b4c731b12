/* As little HTTP as it takes, for the programs beside this file. No errors foreseen: what goes wrong ends the program. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct usage {
  double wall, cpu;
};

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

static inline struct usage usage_now(void) {
  struct timespec t;
  struct rusage r;
  clock_gettime(CLOCK_MONOTONIC, &t);
  getrusage(RUSAGE_SELF, &r);
  return (struct usage){t.tv_sec + t.tv_nsec / 1e9, r.ru_utime.tv_sec + r.ru_utime.tv_usec / 1e6 + r.ru_stime.tv_sec +
                                                         r.ru_stime.tv_usec / 1e6};
}

/* The line of JSON that the harness reads; `more` is a part of it. */
static inline void report(struct usage from, struct usage to, const char *more) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) die("/proc/self/statm");
  fclose(file);
  printf("{\"seconds\":%.6f,\"cpu\":%.6f,\"memory\":%ld%s}\n", to.wall - from.wall, to.cpu - from.cpu,
         pages * sysconf(_SC_PAGESIZE), more);
}

static inline int dial(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die(path);
  return fd;
}

static inline void ask(int fd, const char *method, const char *path, const char *headers, const char *json) {
  char text[8192];
  int length = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: d\r\n%sContent-Length: %zu\r\n\r\n%s", method, path,
                        headers, strlen(json), json);
  if (write(fd, text, length) != length) die("write");
}

/* Reads until the headers are in; gives the length of all that came, and in `body` where the body begins. */
static inline size_t read_head(int fd, char *buffer, size_t room, size_t *body) {
  size_t length = 0;
  for (;;) {
    ssize_t got = read(fd, buffer + length, room - 1 - length);
    if (got <= 0) die("read");
    length += got;
    buffer[length] = 0;
    char *end = memmem(buffer, length, "\r\n\r\n", 4);
    if (end == NULL) continue;
    *body = end + 4 - buffer;
    return length;
  }
}

/* Reads the rest of an answer of a known length, or of one chunk, whose head has been read; gives where its body begins. */
static inline char *read_rest(int fd, char *buffer, size_t room, size_t length, size_t body) {
  char *size = strcasestr(buffer, "content-length:");
  int chunked = strcasestr(buffer, "transfer-encoding:") != NULL;
  if (size > buffer + body) size = NULL;
  size_t whole = size == NULL ? 0 : body + atol(size + 15);
  while (chunked && size == NULL ? memmem(buffer + body, length - body, "\r\n0\r\n\r\n", 7) == NULL : length < whole) {
    ssize_t got = read(fd, buffer + length, room - 1 - length);
    if (got <= 0) die("read");
    length += got;
  }
  buffer[length] = 0;
  if (buffer[9] != '2') {
    fprintf(stderr, "%s\n", buffer);
    exit(1);
  }
  return buffer + body;
}

/* Reads a whole answer. */
static inline char *read_answer(int fd, char *buffer, size_t room) {
  size_t body, length = read_head(fd, buffer, room, &body);
  return read_rest(fd, buffer, room, length, body);
}

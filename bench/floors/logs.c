/* logs SOCKET CONTAINER: a chunked body of frames, both framings taken off. */
#include "http.h"

enum state { SIZE, DATA, AFTER };

static unsigned char header[8];
static size_t filled;
static uint32_t in_frame;
static uint64_t total;

static void frames(const unsigned char *at, size_t length) {
  for (const unsigned char *end = at + length; at < end;) {
    if (in_frame == 0) {
      header[filled++] = *at++;
      if (filled < 8) continue;
      filled = 0;
      in_frame = (uint32_t)header[4] << 24 | header[5] << 16 | header[6] << 8 | header[7];
      continue;
    }
    size_t some = (size_t)(end - at) < in_frame ? (size_t)(end - at) : in_frame;
    total += some;
    in_frame -= some;
    at += some;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  static char buffer[1 << 20];
  char path[256], more[64];
  snprintf(path, sizeof path, "/containers/%s/logs?follow=1&stdout=1&stderr=1", argv[2]);
  int fd = dial(argv[1]);
  struct usage begun = usage_now();
  ask(fd, "GET", path, "", "");
  size_t at, length = read_head(fd, buffer, sizeof buffer, &at), size = 0;
  enum state state = SIZE;
  for (;;) {
    for (; at < length;) {
      if (state == DATA) {
        size_t some = length - at < size ? length - at : size;
        frames((unsigned char *)buffer + at, some);
        at += some;
        size -= some;
        if (size == 0) state = AFTER;
        continue;
      }
      char byte = buffer[at++];
      if (byte == '\n' && state == SIZE && size == 0) goto ended;
      if (byte == '\n') state = state == SIZE ? DATA : SIZE;
      else if (state == SIZE && byte > ' ') size = size * 16 + (byte < ':' ? byte - '0' : (byte | 32) - 'a' + 10);
    }
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got <= 0) die("logs");
    length = got;
    at = 0;
  }
ended:
  sprintf(more, ",\"bytes\":%lu", total);
  report(begun, usage_now(), more);
}

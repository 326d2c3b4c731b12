/* job SOCKET READ WARM_UP COUNT AT_ONCE IMAGE COMMAND...: create, wait, attach, start, read, remove; one at a time. */
#include "http.h"

struct totals {
  uint64_t bytes, lines;
};

static uint64_t count_lines(const char *at, size_t length) {
  uint64_t lines = 0;
  for (const char *end = at + length; (at = memchr(at, '\n', end - at)) != NULL; at++) lines++;
  return lines;
}

/* Reads frames, cut anywhere, until the connection ends. */
static void read_frames(int fd, const char *first, size_t length, int lines, struct totals *totals) {
  static char buffer[1 << 20];
  unsigned char header[8];
  size_t filled = 0;
  uint32_t left = 0;
  memcpy(buffer, first, length);
  for (ssize_t got = length; got >= 0; ) {
    for (size_t at = 0; at < (size_t)got;) {
      if (left == 0) {
        header[filled++] = buffer[at++];
        if (filled < 8) continue;
        filled = 0;
        left = (uint32_t)header[4] << 24 | header[5] << 16 | header[6] << 8 | header[7];
        continue;
      }
      size_t some = (size_t)got - at < left ? (size_t)got - at : left;
      totals->bytes += some;
      if (lines) totals->lines += count_lines(buffer + at, some);
      left -= some;
      at += some;
    }
    got = read(fd, buffer, sizeof buffer);
    if (got == 0) return;
  }
  die("attach");
}

static void job(const char *socket, int control, int waiting, const char *spec, int lines, struct totals *totals) {
  static char buffer[65536];
  char id[65] = "", path[256];
  ask(control, "POST", "/containers/create", "Content-Type: application/json\r\n", spec);
  sscanf(read_answer(control, buffer, sizeof buffer), "{\"Id\":\"%64[0-9a-f]", id);
  snprintf(path, sizeof path, "/containers/%s/wait?condition=next-exit", id);
  ask(waiting, "POST", path, "", "");
  snprintf(path, sizeof path, "/containers/%s/attach?stream=1&stdout=1&stderr=1", id);
  int attached = dial(socket);
  ask(attached, "POST", path, "Connection: Upgrade\r\nUpgrade: tcp\r\n", "");
  size_t body, length = read_head(attached, buffer, sizeof buffer, &body);
  char first[sizeof buffer];
  memcpy(first, buffer + body, length - body);
  /* A wait that comes after the exit is never answered. */
  static char wait[65536];
  size_t wait_body, wait_length = read_head(waiting, wait, sizeof wait, &wait_body);
  snprintf(path, sizeof path, "/containers/%s/start", id);
  ask(control, "POST", path, "", "");
  read_answer(control, buffer, sizeof buffer);
  read_frames(attached, first, length - body, lines, totals);
  close(attached);
  read_rest(waiting, wait, sizeof wait, wait_length, wait_body);
  snprintf(path, sizeof path, "/containers/%s?v=1", id);
  ask(control, "DELETE", path, "", "");
  read_answer(control, buffer, sizeof buffer);
}

int main(int argc, char **argv) {
  if (argc < 8) return 2;
  int lines = strcmp(argv[2], "lines") == 0, warm_up = atoi(argv[3]), count = atoi(argv[4]);
  int control = dial(argv[1]), waiting = dial(argv[1]);
  char spec[4096];
  int length = snprintf(spec, sizeof spec, "{\"Image\":\"%s\",\"Cmd\":[", argv[6]);
  for (int i = 7; i < argc; i++)
    length += snprintf(spec + length, sizeof spec - length, "%s\"%s\"", i > 7 ? "," : "", argv[i]);
  snprintf(spec + length, sizeof spec - length, "]}");
  struct totals ignored = {0}, totals = {0};
  for (int i = 0; i < warm_up; i++) job(argv[1], control, waiting, spec, lines, &ignored);
  struct usage begun = usage_now();
  for (int i = 0; i < count; i++) job(argv[1], control, waiting, spec, lines, &totals);
  char more[128];
  sprintf(more, ",\"count\":%d,\"bytes\":%lu,\"lines\":%lu", count, totals.bytes, totals.lines);
  report(begun, usage_now(), more);
}

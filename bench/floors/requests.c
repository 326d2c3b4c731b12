/* requests SOCKET PATH COUNT AT_ONCE: GETs on kept-alive connections. */
#include "http.h"
#include <poll.h>

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int at_once = atoi(argv[4]), count = atoi(argv[3]), sent = 0, done = 0;
  struct pollfd connections[256];
  static char buffer[65536];
  for (int i = 0; i < at_once; i++) connections[i] = (struct pollfd){.fd = dial(argv[1]), .events = POLLIN};
  struct usage begun = usage_now();
  for (; sent < at_once && sent < count; sent++) ask(connections[sent].fd, "GET", argv[2], "", "");
  while (done < count) {
    if (at_once > 1 && poll(connections, at_once, -1) < 0) die("poll");
    for (int i = 0; i < at_once && done < count; i++) {
      if (at_once > 1 && !(connections[i].revents & POLLIN)) continue;
      read_answer(connections[i].fd, buffer, sizeof buffer);
      done++;
      if (sent++ < count) ask(connections[i].fd, "GET", argv[2], "", "");
    }
  }
  char more[64];
  sprintf(more, ",\"count\":%d", count);
  report(begun, usage_now(), more);
}

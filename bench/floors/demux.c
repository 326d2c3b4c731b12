/* demux PAYLOAD TOTAL CHUNK: frames taken apart in memory. */
#include "http.h"

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  size_t payload = atol(argv[1]), total = atol(argv[2]), chunk = atol(argv[3]), cycle = chunk * (payload + 8);
  if (cycle > total / chunk * chunk) cycle = total / chunk * chunk;
  unsigned char *bytes = malloc(cycle), frame[8] = {1, 0, 0, 0, payload >> 24, payload >> 16, payload >> 8, payload};
  for (size_t at = 0; at < cycle; at++) bytes[at] = at % (payload + 8) < 8 ? frame[at % (payload + 8)] : 'x';
  volatile uint64_t counted = 0;
  uint64_t all = 0;
  unsigned char header[8];
  size_t filled = 0;
  uint32_t left = 0;
  struct usage begun = usage_now();
  for (size_t done = 0; done + chunk <= total; done += chunk) {
    unsigned char *at = bytes + done % cycle, *end = at + chunk;
    while (at < end) {
      if (left > 0) {
        size_t some = (size_t)(end - at) < left ? (size_t)(end - at) : left;
        counted = counted + some;
        left -= some;
        at += some;
      } else if (filled == 0 && end - at >= 8) {
        left = (uint32_t)at[4] << 24 | at[5] << 16 | at[6] << 8 | at[7];
        at += 8;
      } else {
        header[filled++] = *at++;
        if (filled < 8) continue;
        filled = 0;
        left = (uint32_t)header[4] << 24 | header[5] << 16 | header[6] << 8 | header[7];
      }
    }
    all += chunk;
  }
  char more[96];
  sprintf(more, ",\"bytes\":%lu,\"payload\":%lu", all, counted);
  report(begun, usage_now(), more);
}

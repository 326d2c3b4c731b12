/*
 * Runs a program and writes down what it took: the whole of it, and what it waited for. Being small itself it adds nothing
 * to the peak of memory, which Linux hands on from whoever starts a program.
 *
 *   measure REPORT PROGRAM [ARGUMENT...]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t) { return t.tv_sec + t.tv_usec / 1e6; }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: measure REPORT PROGRAM [ARGUMENT...]\n"), 2;
  double begun = now();
  pid_t child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  /* What ends us by the terminal ends the child, too; we stay to tell. */
  signal(SIGINT, SIG_IGN);
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0) return 1;
  double wall = now() - begun;
  FILE *report = fopen(argv[1], "w");
  if (report == NULL) return perror(argv[1]), 1;
  fprintf(report, "{\"wall\":%.6f,\"cpu\":%.6f,\"peak\":%ld}\n", wall, seconds(usage.ru_utime) + seconds(usage.ru_stime),
          usage.ru_maxrss * 1024);
  fclose(report);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * A stand-in for an Engine that answers at once and streams canned bytes as fast as they are taken, so that the client is
 * what is measured. A container's Cmd says what it does:
 *
 *   frames SIZE TOTAL   prints TOTAL bytes of 80-byte lines on stdout, in frames of SIZE bytes
 *   echo TEXT           prints TEXT and a newline
 *   true                prints nothing
 *   sleep               prints nothing, and ends when it is killed, stopped or removed
 *
 * GET /containers/logs-TOTAL/logs gives TOTAL bytes, a frame and an HTTP chunk for each line; a pull of NAME:TOTAL gives
 * TOTAL bytes of progress, a chunk for each line; GET …/archive?path=/big-SIZE and /small-COUNT-SIZE give tar archives;
 * PUT …/archive takes and drops one. As in an Engine, attach waits for start, and wait answers when the output has ended.
 *
 *   engine SOCKET
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define JOBS 4096
#define LINE 80
#define MIB (1024 * 1024)

struct connection {
  int fd;
  char in[65536];
  size_t start, end;
};

struct request {
  char method[8], target[2048];
  long length;
  int chunked, upgrade;
};

struct job {
  int used, started, ended;
  char kind[16], text[256];
  long size, total;
  pthread_cond_t changed;
};

static struct job jobs[JOBS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- bytes ---- */

static int send_all(int fd, const void *bytes, size_t length) {
  for (const char *at = bytes; length > 0;) {
    ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return -1;
    at += sent;
    length -= sent;
  }
  return 0;
}

static int fill(struct connection *c) {
  if (c->start == c->end) c->start = c->end = 0;
  if (c->end == sizeof c->in) {
    memmove(c->in, c->in + c->start, c->end - c->start);
    c->end -= c->start;
    c->start = 0;
  }
  if (c->end == sizeof c->in) return -1;
  ssize_t got = read(c->fd, c->in + c->end, sizeof c->in - c->end);
  if (got <= 0) return -1;
  c->end += got;
  return 0;
}

/* The next line of the input without its end, in place. */
static char *read_line(struct connection *c) {
  size_t looked = 0;
  for (;;) {
    char *end = memchr(c->in + c->start + looked, '\n', c->end - c->start - looked);
    if (end != NULL) {
      char *line = c->in + c->start;
      c->start = end + 1 - c->in;
      *(end > line && end[-1] == '\r' ? end - 1 : end) = 0;
      return line;
    }
    looked = c->end - c->start;
    if (fill(c) < 0) return NULL;
  }
}

/* Takes `length` bytes; keeps as many as `room` allows. */
static int read_bytes(struct connection *c, long length, char *keep, long room) {
  while (length > 0) {
    if (c->start == c->end && fill(c) < 0) return -1;
    long some = c->end - c->start;
    if (some > length) some = length;
    if (keep != NULL && room > 0) {
      long kept = some < room ? some : room;
      memcpy(keep, c->in + c->start, kept);
      keep += kept;
      room -= kept;
    }
    c->start += some;
    length -= some;
  }
  return 0;
}

static int read_body(struct connection *c, const struct request *r, char *keep, long room) {
  if (!r->chunked) return read_bytes(c, r->length, keep, room);
  for (;;) {
    char *line = read_line(c);
    if (line == NULL) return -1;
    long size = strtol(line, NULL, 16);
    if (read_bytes(c, size, keep, room) < 0) return -1;
    keep = NULL; /* bodies that matter come in one chunk */
    if (read_line(c) == NULL) return -1;
    if (size == 0) return 0;
  }
}

static int read_request(struct connection *c, struct request *r) {
  memset(r, 0, sizeof *r);
  char *line = read_line(c);
  if (line == NULL || sscanf(line, "%7s %2047s", r->method, r->target) != 2) return -1;
  while ((line = read_line(c)) != NULL && *line != 0) {
    if (strncasecmp(line, "content-length:", 15) == 0) r->length = atol(line + 15);
    if (strncasecmp(line, "transfer-encoding:", 18) == 0) r->chunked = 1;
    if (strncasecmp(line, "upgrade:", 8) == 0) r->upgrade = 1;
  }
  return line == NULL ? -1 : 0;
}

/* ---- answers ---- */

static const char common[] =
    "Api-Version: 1.41\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Docker/20.10.24 (linux)\r\n"
    "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n";

static int answer(int fd, int status, const char *type, const char *body) {
  char out[16384];
  const char *reason = status == 404 ? "Not Found" : status == 201 ? "Created" : status == 204 ? "No Content" : "OK";
  int length = status == 204
    ? snprintf(out, sizeof out, "HTTP/1.1 204 %s\r\n%s\r\n", reason, common)
    : snprintf(out, sizeof out, "HTTP/1.1 %d %s\r\n%sContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", status, reason,
               common, type, strlen(body), body);
  return send_all(fd, out, length);
}

static int json(int fd, int status, const char *format, ...) {
  char body[8192];
  va_list values;
  va_start(values, format);
  vsnprintf(body, sizeof body, format, values);
  va_end(values);
  return answer(fd, status, "application/json", body);
}

static int chunked_headers(int fd, const char *type, const char *more) {
  char out[1024];
  int length = snprintf(out, sizeof out, "HTTP/1.1 200 OK\r\n%sContent-Type: %s\r\n%sTransfer-Encoding: chunked\r\n\r\n",
                        common, type, more);
  return send_all(fd, out, length);
}

static int chunk(int fd, const void *bytes, size_t length) {
  char head[24];
  int size = snprintf(head, sizeof head, "%zx\r\n", length);
  if (send_all(fd, head, size) < 0 || send_all(fd, bytes, length) < 0) return -1;
  return send_all(fd, "\r\n", 2);
}

/* ---- canned streams ---- */

static size_t put_frame(char *at, long size, long *column) {
  char header[8] = {1, 0, 0, 0, size >> 24, size >> 16, size >> 8, size};
  memcpy(at, header, 8);
  for (long i = 0; i < size; i++) {
    at[8 + i] = *column == LINE - 1 ? '\n' : 'a' + *column % 26;
    *column = (*column + 1) % LINE;
  }
  return 8 + size;
}

static long gcd(long a, long b) { return b == 0 ? a : gcd(b, a % b); }

/* Frames of `size` bytes, `total` in all, each in an HTTP chunk when `chunks`. A cycle of them is made once, and repeated. */
static int stream_frames(int fd, long size, long total, int chunks) {
  long cycle = LINE / gcd(LINE, size), repeat = MIB / (cycle * (size + 8)) + 1, frames = cycle * repeat, column = 0;
  char *buffer = malloc(frames * (size + 32)), *at = buffer;
  size_t each = 0;
  for (long i = 0; i < frames; i++) {
    char *begin = at;
    if (chunks) at += sprintf(at, "%lx\r\n", size + 8);
    at += put_frame(at, size, &column);
    if (chunks) at += sprintf(at, "\r\n");
    each = at - begin;
  }
  int result = 0;
  for (long left = total / size; left > 0 && result == 0; left -= frames)
    result = send_all(fd, buffer, (left < frames ? left : frames) * each);
  if (result == 0 && total % size != 0) { /* the last one is smaller */
    column = total / size * size % LINE;
    at = buffer;
    if (chunks) at += sprintf(at, "%lx\r\n", total % size + 8);
    at += put_frame(at, total % size, &column);
    if (chunks) at += sprintf(at, "\r\n");
    result = send_all(fd, buffer, at - buffer);
  }
  free(buffer);
  return result;
}

static int progress_line(char *at, long step) {
  long total = 187654321, current = step * 524288 % total;
  char bar[51];
  for (int i = 0; i < 50; i++) bar[i] = i < current * 50 / total ? '=' : ' ';
  bar[50] = 0;
  char line[512];
  int length = sprintf(line,
      "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":%ld,\"total\":%ld},"
      "\"progress\":\"[%s]  %.1fMB/%.1fMB\",\"id\":\"%012lx\"}\r\n", current, total, bar, current / 1e6, total / 1e6,
      0xa1b2c3d4e500 + step % 7);
  return sprintf(at, "%x\r\n%s\r\n", length, line);
}

static int stream_progress(int fd, const char *name, long total) {
  char line[1024];
  int steps = 4096, length = sprintf(line, "{\"status\":\"Pulling from %s\",\"id\":\"%ld\"}\r\n", name, total);
  if (chunked_headers(fd, "application/json", "") < 0 || chunk(fd, line, length) < 0) return -1;
  char *buffer = malloc(steps * 600), *at = buffer;
  long *ends = malloc(steps * sizeof *ends);
  for (int step = 0; step < steps; step++) {
    at += progress_line(at, step);
    ends[step] = at - buffer;
  }
  int result = 0;
  for (long left = total; left > 0 && result == 0; left -= ends[steps - 1]) {
    int last = steps - 1;
    while (last > 0 && ends[last - 1] >= left) last--;
    result = send_all(fd, buffer, ends[last]);
  }
  free(buffer);
  free(ends);
  if (result < 0) return -1;
  length = sprintf(line, "{\"status\":\"Digest: sha256:%064d\"}\r\n", 7);
  if (chunk(fd, line, length) < 0) return -1;
  length = sprintf(line, "{\"status\":\"Status: Downloaded newer image for %s:%ld\"}\r\n", name, total);
  if (chunk(fd, line, length) < 0) return -1;
  return send_all(fd, "0\r\n\r\n", 5);
}

static void tar_header(char *block, const char *name, long size) {
  memset(block, 0, 512);
  snprintf(block, 100, "%s", name);
  sprintf(block + 100, "%07o", 0644);
  sprintf(block + 108, "%07o", 0);
  sprintf(block + 116, "%07o", 0);
  sprintf(block + 124, "%011lo", size);
  sprintf(block + 136, "%011lo", 1795000000L);
  memset(block + 148, ' ', 8);
  block[156] = '0';
  memcpy(block + 257, "ustar\0" "00", 8);
  unsigned sum = 0;
  for (int i = 0; i < 512; i++) sum += (unsigned char)block[i];
  sprintf(block + 148, "%06o", sum);
}

static int stream_archive(int fd, long count, long size) {
  const char stat[] = "eyJuYW1lIjoieCIsInNpemUiOjAsIm1vZGUiOjQyMCwibXRpbWUiOiIyMDI2LTExLTIzVDEyOjAwOjAwWiIsImxpbmtUYXJnZXQiOiIifQ==";
  char more[256], name[32], *block = calloc(1, MIB + 1024);
  sprintf(more, "X-Docker-Container-Path-Stat: %s\r\n", stat);
  int result = chunked_headers(fd, "application/x-tar", more);
  long padded = (size + 511) / 512 * 512;
  for (long i = 0; i < count && result == 0; i++) {
    sprintf(name, "d%02ld/f%05ld", i % 20, i);
    tar_header(block, name, size);
    memset(block + 512, 0, 512);
    long first = padded < MIB ? padded : MIB;
    result = chunk(fd, block, 512 + first);
    for (long left = padded - first; left > 0 && result == 0; left -= MIB)
      result = chunk(fd, block + 512, left < MIB ? left : MIB);
  }
  memset(block, 0, 1024);
  if (result == 0) result = chunk(fd, block, 1024);
  free(block);
  return result < 0 ? -1 : send_all(fd, "0\r\n\r\n", 5);
}

/* ---- containers ---- */

/* From JSON, spaced or not. */
static void read_command(struct job *job, const char *json) {
  if (json == NULL || (json = strchr(json, '[')) == NULL) return;
  sscanf(json, "[ \"%15[^\"]\" , \"%255[^\"]\" , \"%ld\"", job->kind, job->text, &job->total);
  job->size = atol(job->text);
}

static int open_job(const char *body) {
  static unsigned created;
  pthread_mutex_lock(&lock);
  /* In turns: a thread may still look at a container that was removed just now. */
  int index = -1;
  for (int tries = 0; tries < JOBS && index < 0; tries++, created++)
    if (!jobs[created % JOBS].used) index = created % JOBS;
  if (index >= 0) {
    struct job *job = &jobs[index];
    memset(job, 0, sizeof *job);
    pthread_cond_init(&job->changed, NULL);
    job->used = 1;
    read_command(job, strstr(body, "\"Cmd\""));
  }
  pthread_mutex_unlock(&lock);
  return index;
}

static struct job *find_job(const char *id) {
  long index = strtol(id, NULL, 16) - 1;
  return strlen(id) == 64 && index >= 0 && index < JOBS && jobs[index].used ? &jobs[index] : NULL;
}

static void mark(struct job *job, int ended) {
  pthread_mutex_lock(&lock);
  job->started = 1;
  job->ended |= ended;
  pthread_cond_broadcast(&job->changed);
  pthread_mutex_unlock(&lock);
}

static void until(struct job *job, const int *flag) {
  pthread_mutex_lock(&lock);
  while (!*flag) pthread_cond_wait(&job->changed, &lock);
  pthread_mutex_unlock(&lock);
}

static void print_output(int fd, struct job *job) {
  if (strcmp(job->kind, "frames") == 0) stream_frames(fd, job->size, job->total, 0);
  if (strcmp(job->kind, "echo") == 0) {
    char frame[8 + sizeof job->text + 1] = {1};
    size_t length = strlen(job->text);
    frame[7] = length + 1;
    memcpy(frame + 8, job->text, length);
    frame[8 + length] = '\n';
    send_all(fd, frame, 8 + length + 1);
  }
  if (strcmp(job->kind, "sleep") == 0) until(job, &job->ended);
}

/* The connection is the container's from here on: it ends with the output. */
static int attach(int fd, struct job *job, int upgrade) {
  const char *head = upgrade
    ? "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    : "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n";
  if (send_all(fd, head, strlen(head)) < 0) return -1;
  until(job, &job->started);
  print_output(fd, job);
  mark(job, 1);
  return -1;
}

static int wait_for(int fd, struct job *job) {
  if (chunked_headers(fd, "application/json", "") < 0) return -1;
  until(job, &job->ended);
  const char exit[] = "{\"Error\":null,\"StatusCode\":0}\n";
  if (chunk(fd, exit, sizeof exit - 1) < 0) return -1;
  return send_all(fd, "0\r\n\r\n", 5);
}

static int removed(int fd, struct job *job) {
  mark(job, 1);
  pthread_mutex_lock(&lock);
  job->used = 0;
  pthread_mutex_unlock(&lock);
  return answer(fd, 204, "", "");
}

static int inspect_container(int fd, const char *id) {
  return json(fd, 200,
      "{\"Id\":\"%s\",\"Name\":\"/job\",\"State\":{\"Status\":\"exited\",\"Running\":false,\"OOMKilled\":false,\"ExitCode\":0},"
      "\"Config\":{\"Tty\":false,\"Image\":\"bench\"},\"HostConfig\":{\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}}}}",
      id);
}

static int archive(struct connection *c, const struct request *r) {
  long count = 1, size = 0;
  if (*r->method == 'P') return read_body(c, r, NULL, 0) < 0 ? -1 : answer(c->fd, 200, "text/plain", "");
  const char *big = strstr(r->target, "big-"), *small = strstr(r->target, "small-");
  if (big != NULL) size = atol(big + 4);
  if (small != NULL) sscanf(small, "small-%ld-%ld", &count, &size);
  return stream_archive(c->fd, count, size);
}

static int container(struct connection *c, const struct request *r, char *path) {
  char body[8192] = "", *operation = strchr(path, '/');
  if (operation != NULL) *operation++ = 0;
  else operation = "";
  if (strcmp(operation, "archive") == 0) return archive(c, r);
  if (read_body(c, r, body, sizeof body - 1) < 0) return -1;
  if (strcmp(path, "create") == 0) {
    int index = open_job(body);
    return index < 0 ? json(c->fd, 404, "{\"message\":\"too many containers\"}")
                     : json(c->fd, 201, "{\"Id\":\"%08x%056d\",\"Warnings\":[]}\n", index + 1, 0);
  }
  if (strcmp(operation, "logs") == 0 && strncmp(path, "logs-", 5) == 0) {
    if (chunked_headers(c->fd, "application/vnd.docker.multiplexed-stream", "") < 0) return -1;
    return stream_frames(c->fd, LINE, atol(path + 5), 1) < 0 ? -1 : send_all(c->fd, "0\r\n\r\n", 5);
  }
  if (strcmp(operation, "json") == 0) return inspect_container(c->fd, path);
  char id[65] = "";
  long index = 0;
  if (strlen(path) == 64) sscanf(path, "%8lx", &index);
  snprintf(id, sizeof id, "%064lx", index);
  struct job *job = find_job(id);
  if (job == NULL) return json(c->fd, 404, "{\"message\":\"No such container: %s\"}", path);
  if (*r->method == 'D') return removed(c->fd, job);
  if (strcmp(operation, "attach") == 0) return attach(c->fd, job, r->upgrade);
  if (strcmp(operation, "wait") == 0) return wait_for(c->fd, job);
  if (strcmp(operation, "start") == 0) mark(job, strcmp(job->kind, "true") == 0);
  if (strcmp(operation, "kill") == 0 || strcmp(operation, "stop") == 0) mark(job, 1);
  return answer(c->fd, 204, "", "");
}

/* ---- the rest ---- */

static int inspect_image(int fd, char *name) {
  char *end = strstr(name, "/json");
  if (end != NULL) *end = 0;
  for (const char *prefix = "docker.io/"; strncmp(name, prefix, strlen(prefix)) == 0;) name += strlen(prefix);
  if (strncmp(name, "library/", 8) == 0) name += 8;
  char layers[1024] = "", environment[512] = "";
  for (int i = 0; i < 8; i++)
    sprintf(layers + strlen(layers), "%s\"sha256:%064d\"", i == 0 ? "" : ",", i);
  for (int i = 0; i < 6; i++)
    sprintf(environment + strlen(environment), "%s\"VARIABLE_%d=/usr/local/sbin:/usr/local/bin:/usr/sbin\"", i == 0 ? "" : ",", i);
  return json(fd, 200,
      "{\"Id\":\"sha256:%064d\",\"RepoTags\":[\"%s\"],\"RepoDigests\":[],\"Parent\":\"\",\"Comment\":\"Imported from -\","
      "\"Created\":\"2026-11-23T12:00:00.000000000Z\",\"DockerVersion\":\"20.10.24+dfsg1\",\"Author\":\"\","
      "\"Config\":{\"Hostname\":\"\",\"User\":\"\",\"AttachStdin\":false,\"Tty\":false,\"Env\":[%s],\"Cmd\":[\"sh\"],"
      "\"Image\":\"\",\"Volumes\":null,\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":{}},"
      "\"Architecture\":\"amd64\",\"Os\":\"linux\",\"Size\":1960000,\"VirtualSize\":1960000,"
      "\"GraphDriver\":{\"Data\":{\"MergedDir\":\"/data/overlay2/merged\",\"UpperDir\":\"/data/overlay2/diff\"},\"Name\":\"overlay2\"},"
      "\"RootFS\":{\"Type\":\"layers\",\"Layers\":[%s]},\"Metadata\":{\"LastTagTime\":\"2026-11-23T12:00:00Z\"}}\n",
      5, name, environment, layers);
}

static int pull(int fd, const char *target) {
  const char *image = strstr(target, "fromImage="), *tag = strstr(target, "tag=");
  char name[256] = "";
  if (image == NULL || tag == NULL) return json(fd, 404, "{\"message\":\"no image\"}");
  sscanf(image, "fromImage=%255[^&]", name);
  return stream_progress(fd, name, atol(tag + 4));
}

static int ping(int fd, int head) {
  char out[1024];
  int length = snprintf(out, sizeof out,
      "HTTP/1.1 200 OK\r\n%sBuilder-Version: 1\r\nCache-Control: no-cache, no-store, must-revalidate\r\nPragma: no-cache\r\n"
      "Content-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s", common, head ? "" : "OK");
  return send_all(fd, out, length);
}

static int handle(struct connection *c, const struct request *r) {
  char target[2048], *path = target;
  strcpy(target, r->target);
  if (strncmp(path, "/v1.", 4) == 0) path = strchr(path + 1, '/');
  if (path == NULL) return -1;
  char *query = strchr(path, '?');
  if (query != NULL) *query = 0;
  if (strncmp(path, "/containers/", 12) == 0) return container(c, r, path + 12);
  if (read_body(c, r, NULL, 0) < 0) return -1;
  if (strcmp(path, "/_ping") == 0) return ping(c->fd, *r->method == 'H');
  if (strcmp(path, "/images/create") == 0) return pull(c->fd, r->target);
  if (strncmp(path, "/images/", 8) == 0) return inspect_image(c->fd, path + 8);
  if (strcmp(path, "/version") == 0)
    return json(c->fd, 200,
        "{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Os\":\"linux\",\"Arch\":\"amd64\","
        "\"Platform\":{\"Name\":\"stub\"},\"Components\":[{\"Name\":\"Engine\",\"Version\":\"20.10.24\"}]}\n");
  if (strcmp(path, "/info") == 0)
    return json(c->fd, 200,
        "{\"ID\":\"STUB\",\"OSType\":\"linux\",\"OperatingSystem\":\"stub\",\"Architecture\":\"x86_64\",\"NCPU\":2,"
        "\"MemTotal\":8000000000,\"ServerVersion\":\"20.10.24\",\"IndexServerAddress\":\"https://index.docker.io/v1/\"}\n");
  if (strncmp(path, "/networks/", 10) == 0)
    return json(c->fd, 200, "{\"Name\":\"bridge\",\"Id\":\"%064d\",\"IPAM\":{\"Driver\":\"default\",\"Config\":[]}}\n", 1);
  return json(c->fd, 404, "{\"message\":\"page not found\"}");
}

static void *serve(void *argument) {
  struct connection *c = argument;
  struct request *r = malloc(sizeof *r);
  while (read_request(c, r) == 0 && handle(c, r) == 0);
  close(c->fd);
  free(r);
  free(c);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: engine SOCKET\n"), 2;
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1024) < 0)
    return perror(argv[1]), 1;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  puts("ready");
  fflush(stdout);
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) continue;
    struct connection *c = calloc(1, sizeof *c);
    c->fd = fd;
    pthread_t thread;
    if (pthread_create(&thread, &small, serve, c) != 0) close(fd), free(c);
  }
}

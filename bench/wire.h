/* Shared code of the benchmark's clients: time, sockets, frames, percentiles.
 *
 * TCP frame: 5 bytes of length, little-endian, then the payload. WebSocket (RFC 6455): frames of a client are masked,
 * frames of a server are not; the benchmark masks with zero, which leaves the payload unchanged. The server sends each
 * message in one frame.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX_BYTES 5
#define PIXEL_BYTES 5
#define READ_BYTES (1 << 20)

#define OPCODE_BOARD 1
#define OPCODE_CHANGES 2
#define OPCODE_PAINT 3
#define OPCODE_ACKNOWLEDGED 4

/* RFC 6455, section 5.2. */
#define WEB_TEXT 1
#define WEB_BINARY 2
#define WEB_CLOSE 8
#define WEB_PING 9
#define WEB_PONG 10

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(1);
}

/* CLOCK_MONOTONIC, nanoseconds: the same for all processes of the machine. */
static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *need(void *memory) {
    if (!memory) fail("out of memory");
    return memory;
}

static uint64_t read_le(const uint8_t *bytes, int count) {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

static void write_le(uint8_t *bytes, uint64_t value, int count) {
    for (int i = 0; i < count; i++, value >>= 8) bytes[i] = (uint8_t)value;
}

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The write time of each placement by its painter, by sequence; shared through a file. 0: not known. */
static uint64_t *map_times(const char *path, uint64_t *count) {
    int fd = open(path, O_RDWR);
    struct stat status;
    if (fd < 0 || fstat(fd, &status)) fail("%s: %s", path, strerror(errno));
    uint64_t *times = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (times == MAP_FAILED) fail("%s: %s", path, strerror(errno));
    close(fd);
    *count = (uint64_t)status.st_size / sizeof *times;
    return times;
}

/* --- sockets ------------------------------------------------------------------------------------- */

#define PEERS_PER_ADDRESS 30

/* Connect to a server on 127.0.0.1, from a loopback address shared by few others: a server may count by address, and
 * an address has no more than some 28,000 ports. */
static int connect_from(int port, int number) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0) fail("socket: %s", strerror(errno));
    int place = number / PEERS_PER_ADDRESS;
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    from.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)place);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&from, sizeof from)) fail("bind: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) fail("connect: %s", strerror(errno));
    return fd;
}

static void send_all(int fd, const void *data, size_t length) {
    const uint8_t *bytes = data;
    while (length) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN) fail("send: %s", strerror(errno));
            struct pollfd writable = {.fd = fd, .events = POLLOUT};
            poll(&writable, 1, 1000);
            continue;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* Write the head of a client's frame of `length` bytes of payload, on WebSocket below 64 KiB; returns the
 * head's own length, at most 8. */
static size_t frame_head(uint8_t *head, bool web, uint8_t opcode, uint64_t length) {
    if (!web) {
        write_le(head, length, PREFIX_BYTES);
        return PREFIX_BYTES;
    }
    size_t at = 0;
    head[at++] = 0x80 | opcode;
    if (length < 126) {
        head[at++] = 0x80 | (uint8_t)length;
    } else {
        head[at++] = 0x80 | 126;
        head[at++] = (uint8_t)(length >> 8);
        head[at++] = (uint8_t)length;
    }
    memset(head + at, 0, 4);
    return at + 4;
}

static void send_words(int fd, bool web, const char *words) {
    uint8_t frame[1024];
    size_t head = frame_head(frame, web, WEB_TEXT, strlen(words));
    memcpy(frame + head, words, strlen(words));
    send_all(fd, frame, head + strlen(words));
}

/* Ask an HTTP server for a WebSocket. */
static void send_upgrade(int fd, int port, const char *path) {
    char head[1024];
    int length = snprintf(head, sizeof head,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Origin: http://127.0.0.1:%d\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n",
                          path, port, port);
    send_all(fd, head, (size_t)length);
}

/* The same, and read the answer's head to its end, byte by byte. */
static void upgrade(int fd, int port, const char *path) {
    char head[1024];
    send_upgrade(fd, port, path);
    size_t got = 0;
    while (got < 4 || memcmp(head + got - 4, "\r\n\r\n", 4)) {
        if (got == sizeof head || recv(fd, head + got, 1, 0) != 1) fail("%s: no WebSocket", path);
        got++;
    }
    if (memcmp(head, "HTTP/1.1 101", 12)) fail("%s: %.*s", path, 60, head);
}

/* A frame in a stream: the lengths of its head and its payload, and on WebSocket the opcode. */
struct frame {
    size_t head, payload;
    uint8_t web_opcode;
};

/* Find the frame at the start of `length` bytes: false while the frame is incomplete. The lengths are known as soon as
 * the head is complete, and 0 before. */
static bool find_frame(const uint8_t *data, size_t length, bool web, struct frame *frame) {
    *frame = (struct frame){0};
    if (!web) {
        if (length < PREFIX_BYTES) return false;
        *frame = (struct frame){.head = PREFIX_BYTES, .payload = read_le(data, PREFIX_BYTES)};
    } else {
        if (length < 2) return false;
        size_t payload = data[1] & 0x7f, wide = payload == 126 ? 2 : payload == 127 ? 8 : 0;
        if (length < 2 + wide) return false;
        if (wide) payload = 0;
        for (size_t i = 0; i < wide; i++) payload = payload << 8 | data[2 + i];
        *frame = (struct frame){.head = 2 + wide, .payload = payload, .web_opcode = data[0] & 0x0f};
    }
    return length >= frame->head + frame->payload;
}

/* Answer WebSocket's own control frames: true if the frame was one and no message. */
static bool answer_ping(int fd, const struct frame *frame, const uint8_t *payload) {
    if (frame->web_opcode < WEB_CLOSE) return false;
    if (frame->web_opcode == WEB_PING) {
        uint8_t answer[8 + 125];
        size_t head = frame_head(answer, true, WEB_PONG, frame->payload);
        memcpy(answer + head, payload, frame->payload);
        send_all(fd, answer, head + frame->payload);
    }
    return true;
}

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- percentiles --------------------------------------------------------------------------------- */

#define BIN_NS 10000u
#define BINS 3000000u /* 30 s */

/* Counts of times, to 10 microseconds. */
struct spread {
    uint64_t *bins, count, total, most;
};

static void spread_add(struct spread *spread, uint64_t ns) {
    if (!spread->bins) spread->bins = need(calloc(BINS, sizeof *spread->bins));
    uint64_t bin = ns / BIN_NS;
    spread->bins[bin < BINS ? bin : BINS - 1]++;
    spread->count++;
    spread->total += ns;
    if (ns > spread->most) spread->most = ns;
}

static double spread_ms(const struct spread *spread, double part) {
    uint64_t wanted = (uint64_t)(part * (double)spread->count), seen = 0, bin = 0;
    while (spread->count && bin < BINS && (seen += spread->bins[bin]) <= wanted) bin++;
    uint64_t end = (bin + 1) * BIN_NS;
    return (double)(end < spread->most ? end : spread->most) / 1e6;
}

static void spread_print(const struct spread *spread) {
    double mean = spread->count ? (double)spread->total / (double)spread->count / 1e6 : 0;
    printf("{\"count\": %lu, \"mean_ms\": %.3f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}", spread->count,
           mean, spread_ms(spread, 0.5), spread_ms(spread, 0.99), (double)spread->most / 1e6);
}

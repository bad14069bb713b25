/* Many viewers that join at once, in one process, and cost less than the server. The process opens connections at a
 * given rate, without waiting for any, and counts the viewers that have the whole board.
 *
 *     joiners PORT VIEWERS WEB_PATH CELLS RECEIVE_BUFFER RECORDING
 *
 * WEB_PATH is - for TCP. RECEIVE_BUFFER: the kernel's buffer for each viewer in bytes, 0 for the default; small for
 * viewers that will stall. RECORDING: a file for the first viewer's bytes up to its board; - for none.
 *
 * Every CHECKED_EACH-th viewer keeps a board of its own. Of the other viewers' bytes only the heads of frames are read;
 * the rest is counted and dropped in the kernel.
 *
 * Commands, a line each, on standard input:
 *     join RATE T      open RATE connections a second; print figures as JSON when all have their board, or after
 *                      T seconds
 *     stall            read nothing more
 *     finish S T F     wait at most T seconds until all kept boards are as of sequence S; write the board of the first
 *                      viewer to the file F; print "agreeing N of M"; end
 */
#include "wire.h"
#include <zlib.h>

#define CHECKED_EACH 100
#define SMALL_BYTES 2048u
#define PIECE_BYTES 262144u

enum state { CONNECTING, UPGRADING, READING, LOST };

struct viewer {
    int fd;
    enum state state;
    bool has_board, drops_board;
    uint64_t began, sequence;
    size_t held, room, to_drop;
    uint8_t *pending, *board; /* a board: of a checked viewer */
};

static struct viewer *viewers;
static int viewer_count, opened, joined, lost, port, receive_buffer, poller;
static const char *web_path;
static bool web;
static size_t cells;
static uint64_t bytes, joined_at;
static struct spread join_times;
static FILE *recording;

static void lose(struct viewer *viewer) {
    close(viewer->fd);
    viewer->state = LOST;
    lost++;
}

static void watch(struct viewer *viewer, int how, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = viewer};
    epoll_ctl(poller, how, viewer->fd, &event);
}

static void start(struct viewer *viewer) {
    int number = (int)(viewer - viewers), on = 1;
    viewer->began = now_ns();
    viewer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (viewer->fd < 0) fail("socket: %s", strerror(errno));
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    from.sin_addr.s_addr = htonl(0x7f020001u + (uint32_t)(number / PEERS_PER_ADDRESS));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(viewer->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(viewer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_buffer) {
        setsockopt(viewer->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        /* The server's kernel counts its buffer in segments. Segments of the loopback have 64 KiB, and the buffer would
         * hold megabytes; segments of Ethernet have this size. */
        int segment_bytes = 1448;
        setsockopt(viewer->fd, IPPROTO_TCP, TCP_MAXSEG, &segment_bytes, sizeof segment_bytes);
    }
    if (bind(viewer->fd, (struct sockaddr *)&from, sizeof from)) fail("bind: %s", strerror(errno));
    if (connect(viewer->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
    watch(viewer, EPOLL_CTL_ADD, EPOLLOUT);
}

static void greet(struct viewer *viewer) {
    viewer->state = READING;
    send_words(viewer->fd, web, "{\"comando\": \"nuevo\", \"version\": 2}");
}

static void become_connected(struct viewer *viewer) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(viewer->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        lose(viewer);
        return;
    }
    watch(viewer, EPOLL_CTL_MOD, EPOLLIN);
    if (!web) {
        greet(viewer);
        return;
    }
    viewer->state = UPGRADING;
    send_upgrade(viewer->fd, port, web_path);
}

static void take_board(struct viewer *viewer) {
    if (viewer->has_board) return;
    viewer->has_board = true;
    joined++;
    joined_at = now_ns();
    spread_add(&join_times, joined_at - viewer->began);
    if (recording && viewer == viewers) {
        fclose(recording);
        recording = NULL;
    }
}

/* Handle a complete message; an unchecked viewer has only small ones. */
static void take(struct viewer *viewer, const uint8_t *payload, size_t length) {
    if (length > 10 && !memcmp(payload, "{\"cerrar\"", 9)) fail("a viewer was sent away: %.*s", (int)length, (const char *)payload);
    if (!viewer->board) {
        if (payload[0] == OPCODE_BOARD) take_board(viewer);
        return;
    }
    if (payload[0] != OPCODE_BOARD && payload[0] != OPCODE_CHANGES) return;
    uint64_t sequence = read_le(payload + 1, 8);
    if (viewer->has_board && sequence < viewer->sequence) fail("told of %lu after %lu", sequence, viewer->sequence);
    viewer->sequence = sequence;
    if (payload[0] == OPCODE_CHANGES) {
        for (size_t at = 9; at + PIXEL_BYTES <= length; at += PIXEL_BYTES) {
            uint64_t cell = read_le(payload + at, 4);
            if (cell >= cells) fail("a change of cell %lu", cell);
            viewer->board[cell] = payload[at + 4];
        }
        return;
    }
    uLongf room = cells;
    if (!payload[9])
        memcpy(viewer->board, payload + 10, length - 10 < cells ? length - 10 : cells);
    else if (uncompress(viewer->board, &room, payload + 10, length - 10) != Z_OK || room != cells)
        fail("a board that cannot be unpacked");
    take_board(viewer);
}

/* Handle complete messages in `pending`; drop the rest of a longer message of an unchecked viewer. */
static void take_all(struct viewer *viewer) {
    size_t at = 0;
    struct frame frame;
    while (at < viewer->held) {
        const uint8_t *data = viewer->pending + at;
        size_t length = viewer->held - at;
        if (find_frame(data, length, web, &frame)) {
            if (!web || !answer_ping(viewer->fd, &frame, data + frame.head)) take(viewer, data + frame.head, frame.payload);
            at += frame.head + frame.payload;
        } else if (!viewer->board && frame.head && length > frame.head) {
            viewer->drops_board = data[frame.head] == OPCODE_BOARD;
            viewer->to_drop = frame.head + frame.payload - length;
            at = viewer->held;
        } else {
            break;
        }
    }
    viewer->held -= at;
    memmove(viewer->pending, viewer->pending + at, viewer->held);
}

static void read_some(struct viewer *viewer) {
    for (int turns = 0; turns < 4; turns++) {
        ssize_t got;
        if (viewer->to_drop) {
            got = recv(viewer->fd, NULL, viewer->to_drop, MSG_TRUNC | MSG_DONTWAIT);
        } else {
            if (viewer->room - viewer->held < (viewer->board ? PIECE_BYTES : SMALL_BYTES) / 2) {
                viewer->room = viewer->room ? viewer->room * 2 : viewer->board ? PIECE_BYTES : SMALL_BYTES;
                viewer->pending = need(realloc(viewer->pending, viewer->room));
            }
            got = recv(viewer->fd, viewer->pending + viewer->held, viewer->room - viewer->held, MSG_DONTWAIT);
        }
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            lose(viewer);
            return;
        }
        bytes += (uint64_t)got;
        if (viewer->to_drop) {
            viewer->to_drop -= (size_t)got;
            if (!viewer->to_drop && viewer->drops_board) take_board(viewer);
            continue;
        }
        uint8_t *fresh = viewer->pending + viewer->held;
        viewer->held += (size_t)got;
        if (viewer->state == UPGRADING) {
            uint8_t *end = memmem(viewer->pending, viewer->held, "\r\n\r\n", 4);
            if (!end) continue;
            if (memcmp(viewer->pending, "HTTP/1.1 101", 12)) fail("no WebSocket: %.*s", 60, (char *)viewer->pending);
            fresh = end + 4;
            greet(viewer);
            viewer->held -= (size_t)(fresh - viewer->pending);
            memmove(viewer->pending, fresh, viewer->held);
            fresh = viewer->pending;
            got = (ssize_t)viewer->held;
        }
        if (recording && viewer == viewers) fwrite(fresh, 1, (size_t)got, recording);
        take_all(viewer);
    }
}

/* Read available bytes, for at most a number of milliseconds; true when a command waits. */
static bool turn(int wait_ms) {
    struct epoll_event ready[1024];
    int count = epoll_wait(poller, ready, 1024, wait_ms);
    bool command = false;
    for (int i = 0; i < count; i++) {
        struct viewer *viewer = ready[i].data.ptr;
        if (!viewer)
            command = true;
        else if (viewer->state == CONNECTING)
            become_connected(viewer);
        else if (viewer->state != LOST)
            read_some(viewer);
    }
    return command;
}

static void join(double rate, double seconds) {
    uint64_t began = now_ns(), deadline = began + (uint64_t)(seconds * 1e9);
    double cpu_before = cpu_seconds();
    while (joined + lost < viewer_count && now_ns() < deadline) {
        double due = (double)(now_ns() - began) / 1e9 * rate;
        for (int i = 0; i < 64 && opened < viewer_count && opened < due; i++) start(&viewers[opened++]);
        turn(opened < viewer_count ? 0 : 10);
    }
    printf("{\"joined\": %d, \"lost\": %d, \"seconds\": %.4f, \"bytes\": %lu, \"cpu_s\": %.3f, \"join\": ", joined, lost,
           joined ? (double)(joined_at - began) / 1e9 : 0.0, bytes, cpu_seconds() - cpu_before);
    spread_print(&join_times);
    printf("}\n");
    fflush(stdout);
}

static int count_checked(uint64_t sequence, bool agreeing) {
    int count = 0;
    for (int i = 0; i < viewer_count; i += CHECKED_EACH)
        count += viewers[i].sequence >= sequence && (!agreeing || !memcmp(viewers[i].board, viewers[0].board, cells));
    return count;
}

static void finish(uint64_t sequence, double seconds, const char *path) {
    uint64_t deadline = now_ns() + (uint64_t)(seconds * 1e9);
    int checked = (viewer_count + CHECKED_EACH - 1) / CHECKED_EACH;
    while (count_checked(sequence, false) < checked && now_ns() < deadline) turn(10);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(viewers[0].board, 1, cells, file) != cells || fclose(file)) fail("%s: %s", path, strerror(errno));
    printf("agreeing %d of %d\n", count_checked(sequence, true), checked);
    fflush(stdout);
}

int main(int count, char **words) {
    if (count != 7) fail("joiners PORT VIEWERS WEB_PATH CELLS RECEIVE_BUFFER RECORDING");
    port = atoi(words[1]);
    viewer_count = atoi(words[2]);
    web_path = words[3];
    web = strcmp(web_path, "-");
    cells = strtoull(words[4], NULL, 10);
    receive_buffer = atoi(words[5]);
    if (strcmp(words[6], "-") && !(recording = fopen(words[6], "wb"))) fail("%s: %s", words[6], strerror(errno));
    raise_descriptor_limit();
    viewers = need(calloc((size_t)viewer_count, sizeof *viewers));
    for (int i = 0; i < viewer_count; i += CHECKED_EACH) viewers[i].board = need(calloc(1, cells));
    poller = epoll_create1(0);
    struct epoll_event input = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    puts("ready");
    fflush(stdout);

    char line[4096], path[3000];
    double rate, seconds;
    unsigned long sequence;
    for (;;) {
        if (!turn(1000)) continue;
        if (!fgets(line, sizeof line, stdin)) return 1;
        if (sscanf(line, "join %lf %lf", &rate, &seconds) == 2) {
            join(rate, seconds);
        } else if (!strcmp(line, "stall\n")) {
            for (int i = 0; i < opened; i++)
                if (viewers[i].state == READING) watch(&viewers[i], EPOLL_CTL_MOD, 0);
        } else if (sscanf(line, "finish %lu %lf %2999s", &sequence, &seconds, path) == 3) {
            finish(sequence, seconds, path);
            return 0;
        } else {
            fail("not a command: %s", line);
        }
    }
}

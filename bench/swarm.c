/* Many viewers in one process, which costs little beside the server under test.
 *
 *     swarm PORT VIEWERS VERSION WEB_PATH CELLS TIMES RECORDING
 *
 * VERSION is 2, or 1 for published clients, or 0 for a bare loop (frames are counted, nothing is asked). WEB_PATH is -
 * for TCP. CELLS: of the board. TIMES: see map_times(). RECORDING: a file for the changes and boards of the first viewer
 * after "mark", frame by frame (u64 nanoseconds since the mark, u32 length, the frame with its head); - for none.
 *
 * Prints "ready" when every viewer has its board. Commands, a line each, on standard input:
 *     mark             start counting
 *     finish S T F     wait at most T seconds until every viewer is as of sequence S (bare: has S frames);
 *                      write the first viewer's board to the file F; print the figures as JSON; end
 */
#include "wire.h"
#include <zlib.h>

struct viewer {
    int fd;
    bool has_board;
    uint64_t sequence, frames;
    uint8_t *pending; /* the start of an incomplete frame: `held` bytes, with room for the rest */
    size_t held, room;
    uint8_t *board;
};

/* A message: at `time` the viewer went from sequence `from` to sequence `to`. */
struct event {
    uint64_t time;
    uint64_t from, to;
};

static struct viewer *viewers;
static int viewer_count, ready_count, lost_count, version;
static bool web, marked;
static size_t cells, times_count;
static uint64_t *times, mark_time, messages, bytes, boards, backwards;
static struct event *events;
static size_t event_count, event_room;
static FILE *recording;
static uint8_t *buffer, *inflated;
static double cpu_before, cpu_used;

#define JOINING 32 /* viewers that may wait for their first board; a storm is not the subject */
#define PIECE_BYTES 65536u

static void note(uint64_t time, uint64_t from, uint64_t to) {
    if (event_count == event_room) {
        event_room = event_room ? event_room * 2 : 1 << 16;
        events = need(realloc(events, event_room * sizeof *events));
    }
    events[event_count++] = (struct event){time, from, to};
}

static void become_ready(struct viewer *viewer) {
    if (!viewer->has_board) {
        viewer->has_board = true;
        ready_count++;
    }
}

static void advance(struct viewer *viewer, uint64_t sequence, uint64_t time) {
    if (viewer->has_board && sequence < viewer->sequence) backwards++;
    if (marked) {
        messages++;
        note(time, viewer->sequence, sequence);
    }
    viewer->sequence = sequence;
}

/* --- version 1: which paint a board shows ---------------------------------------------------------
 *
 * The painter colours the cells in order, round after round, in colours with names of five letters. A cell's name
 * therefore stays at the same place in the text, and the next cells tell a viewer the progress of a board.
 */

static const char *const round_names[] = {"white", "black", "green"};
static size_t *name_places;

static void find_names(const uint8_t *text, size_t length) {
    name_places = need(malloc(cells * sizeof *name_places));
    size_t found = 0;
    for (size_t at = 0; at + 8 < length && found < cells; at++)
        if (text[at] == '"' && text[at + 6] == '"' && !memcmp(text + at + 1, "white", 5)) name_places[found++] = at + 1;
    if (found < cells) fail("a version 1 board of %zu white cells, expected %zu", found, cells);
}

static void take_named_board(struct viewer *viewer, const uint8_t *text, size_t length, uint64_t time) {
    if (length < 2 || text[1] != '"' || text[2] != '0') {
        fail("version 1 was sent %.*s", (int)(length < 80 ? length : 80), (const char *)text);
    }
    if (!name_places) find_names(text, length);
    uint64_t sequence = viewer->sequence;
    while (!memcmp(text + name_places[sequence % cells], round_names[(sequence / cells + 1) % 3], 5)) sequence++;
    advance(viewer, sequence, time);
    boards += marked;
    become_ready(viewer);
    for (size_t cell = 0; cell < cells; cell++) viewer->board[cell] = text[name_places[cell]];
}

/* --- version 2 ------------------------------------------------------------------------------------ */

static void take_changes(struct viewer *viewer, const uint8_t *payload, size_t length, uint64_t time) {
    for (size_t at = 9; at + PIXEL_BYTES <= length; at += PIXEL_BYTES) {
        uint64_t cell = read_le(payload + at, 4);
        if (cell >= cells) fail("a change of cell %lu", cell);
        viewer->board[cell] = payload[at + 4];
    }
    advance(viewer, read_le(payload + 1, 8), time);
    become_ready(viewer);
}

static void take_board(struct viewer *viewer, const uint8_t *payload, size_t length, uint64_t time) {
    const uint8_t *colours = payload + 10;
    size_t count = length - 10;
    if (payload[9]) {
        uLongf room = cells;
        if (uncompress(inflated, &room, colours, count) != Z_OK) fail("a board that cannot be unpacked");
        colours = inflated;
        count = room;
    }
    if (count != cells) fail("a board of %zu cells, expected %zu", count, cells);
    memcpy(viewer->board, colours, cells);
    advance(viewer, read_le(payload + 1, 8), time);
    boards += marked;
    become_ready(viewer);
}

static void take(struct viewer *viewer, const uint8_t *payload, size_t length, uint64_t time) {
    if (version == 0) {
        viewer->frames++;
        advance(viewer, viewer->frames, time);
    } else if (version == 1) {
        take_named_board(viewer, payload, length, time);
    } else if (payload[0] == OPCODE_CHANGES) {
        take_changes(viewer, payload, length, time);
    } else if (payload[0] == OPCODE_BOARD) {
        take_board(viewer, payload, length, time);
    }
}

static void record(const uint8_t *frame, size_t head, size_t length, uint64_t time) {
    if (frame[head] != OPCODE_CHANGES && frame[head] != OPCODE_BOARD) return;
    uint64_t since = time - mark_time;
    uint32_t size = (uint32_t)(head + length);
    fwrite(&since, sizeof since, 1, recording);
    fwrite(&size, sizeof size, 1, recording);
    fwrite(frame, size, 1, recording);
}

/* --- reading -------------------------------------------------------------------------------------- */

static void lose(struct viewer *viewer) {
    close(viewer->fd);
    viewer->fd = -1;
    lost_count++;
}

/* Keep the start of a frame, with room for its end. */
static void keep(struct viewer *viewer, const uint8_t *start, size_t length, const struct frame *frame) {
    size_t wanted = length + PIECE_BYTES;
    if (frame->head + frame->payload > wanted) wanted = frame->head + frame->payload;
    if (viewer->room < wanted) {
        uint8_t *place = need(malloc(wanted));
        memcpy(place, start, length);
        free(viewer->pending);
        viewer->pending = place;
        viewer->room = wanted;
    } else {
        memmove(viewer->pending, start, length);
    }
    viewer->held = length;
}

static void forget(struct viewer *viewer) {
    free(viewer->pending);
    viewer->pending = NULL;
    viewer->held = viewer->room = 0;
}

static void read_some(struct viewer *viewer) {
    uint8_t *data = viewer->held ? viewer->pending : buffer;
    size_t room = viewer->held ? viewer->room : READ_BYTES, at = 0;
    ssize_t got = recv(viewer->fd, data + viewer->held, room - viewer->held, MSG_DONTWAIT);
    uint64_t time = now_ns();
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lose(viewer);
        return;
    }
    if (marked) bytes += (uint64_t)got;
    size_t length = viewer->held + (size_t)got;
    struct frame frame;
    while (find_frame(data + at, length - at, web, &frame)) {
        const uint8_t *payload = data + at + frame.head;
        if (frame.payload && !answer_ping(viewer->fd, &frame, payload)) {
            if (recording && marked && viewer == viewers) record(data + at, frame.head, frame.payload, time);
            take(viewer, payload, frame.payload, time);
        }
        at += frame.head + frame.payload;
    }
    if (at == length)
        forget(viewer);
    else if (at || data == buffer || length == room)
        keep(viewer, data + at, length - at, &frame);
    else
        viewer->held = length;
}

static int poller;

/* Read available bytes; true when a command has come. */
static bool turn(int timeout_ms) {
    struct epoll_event ready[512];
    int count = epoll_wait(poller, ready, 512, timeout_ms);
    bool command = false;
    for (int i = 0; i < count; i++) {
        if (ready[i].data.ptr)
            read_some(ready[i].data.ptr);
        else
            command = true;
    }
    return command;
}

/* --- the figures ---------------------------------------------------------------------------------- */

static int count_behind(uint64_t sequence) {
    int behind = 0;
    for (int i = 0; i < viewer_count; i++) behind += viewers[i].fd >= 0 && viewers[i].sequence < sequence;
    return behind;
}

static void print_figures(uint64_t wanted) {
    struct spread latency = {0};
    uint64_t untimed = 0;
    for (size_t i = 0; i < event_count && version; i++)
        for (uint64_t s = events[i].from + 1; s <= events[i].to; s++) {
            if (s < times_count && times[s])
                spread_add(&latency, events[i].time > times[s] ? events[i].time - times[s] : 0);
            else
                untimed++;
        }
    int agreeing = 0;
    for (int i = 0; i < viewer_count; i++) agreeing += !memcmp(viewers[i].board, viewers[0].board, cells);
    printf("{\"viewers\": %d, \"lost\": %d, \"behind\": %d, \"agreeing\": %d, \"backwards\": %lu, \"messages\": %lu, "
           "\"boards\": %lu, \"bytes\": %lu, \"viewers_cpu_s\": %.3f, \"untimed\": %lu, \"latency\": ",
           viewer_count, lost_count, count_behind(wanted), agreeing, backwards, messages, boards, bytes,
           cpu_used, untimed);
    spread_print(&latency);
    printf("}\n");
    fflush(stdout);
}

static void finish(uint64_t sequence, double seconds, const char *path) {
    uint64_t deadline = now_ns() + (uint64_t)(seconds * 1e9);
    while (count_behind(sequence) && now_ns() < deadline) turn(10);
    cpu_used = cpu_seconds() - cpu_before;
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(viewers[0].board, 1, cells, file) != cells || fclose(file)) fail("%s: %s", path, strerror(errno));
    print_figures(sequence);
}

int main(int count, char **words) {
    if (count != 8) fail("swarm PORT VIEWERS VERSION WEB_PATH CELLS TIMES RECORDING");
    int port = atoi(words[1]);
    viewer_count = atoi(words[2]);
    version = atoi(words[3]);
    web = strcmp(words[4], "-");
    cells = strtoull(words[5], NULL, 10);
    times = map_times(words[6], &times_count);
    if (strcmp(words[7], "-") && !(recording = fopen(words[7], "wb"))) fail("%s: %s", words[7], strerror(errno));
    raise_descriptor_limit();
    buffer = need(malloc(READ_BYTES));
    inflated = need(malloc(cells));
    viewers = need(calloc((size_t)viewer_count, sizeof *viewers));
    uint8_t *all_boards = need(calloc((size_t)viewer_count, cells));
    poller = epoll_create1(0);
    struct epoll_event input = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &input);

    for (int i = 0; i < viewer_count; i++) {
        struct viewer *viewer = &viewers[i];
        viewer->board = all_boards + (size_t)i * cells;
        viewer->fd = connect_from(port, i);
        if (web && version) upgrade(viewer->fd, port, words[4]);
        if (version == 2) send_words(viewer->fd, web, "{\"comando\": \"nuevo\", \"version\": 2}");
        if (version == 1) send_words(viewer->fd, web, "{\"comando\": \"nuevo\"}");
        if (version == 0) become_ready(viewer);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = viewer};
        epoll_ctl(poller, EPOLL_CTL_ADD, viewer->fd, &event);
        do turn(0);
        while (i - ready_count - lost_count >= JOINING);
    }
    while (ready_count + lost_count < viewer_count) turn(100);
    puts("ready");
    fflush(stdout);

    char line[4096];
    for (;;) {
        if (!turn(1000)) continue;
        if (!fgets(line, sizeof line, stdin)) return 1;
        if (!strncmp(line, "mark", 4)) {
            marked = true;
            mark_time = now_ns();
            cpu_before = cpu_seconds();
            puts("marked");
            fflush(stdout);
            continue;
        }
        unsigned long sequence;
        double seconds;
        char path[3000];
        if (sscanf(line, "finish %lu %lf %2999s", &sequence, &seconds, path) != 3) fail("not a command: %s", line);
        if (recording) fclose(recording);
        finish(sequence, seconds, path);
        return 0;
    }
}

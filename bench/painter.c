/* Painters, all in one process: at a rate, or as fast as acknowledged.
 *
 *     painter PORT PAINTERS VERSION WEB_PATH CELLS COLOURS TIMES RATE SECONDS WINDOW PIXELS SEED
 *
 * RATE: paints a second, of all painters together, each a request of PIXELS pixels: RATE x SECONDS paints, even if
 * they take longer; 0 for as fast as acknowledged, with WINDOW requests of each painter in flight. VERSION 1 paints in
 * the order that swarm.c reads ("which paint a board shows") and counts every board as the answer to a paint.
 *
 * Prints "ready", waits for a line, paints for SECONDS, waits for the last answers and prints JSON.
 */
#include "wire.h"

#define REST_NS 500000u /* shortest wait between two looks at the schedule */
#define PATIENCE_NS 30000000000u

struct painter {
    int fd;
    bool greeted;
    uint64_t *written; /* the time of each request, by request modulo RING */
    uint32_t asked, answered;
    uint8_t *pending;
    size_t held;
};

#define RING 65536u
#define PENDING_BYTES (4 << 20)

static struct painter *painters;
static int painter_count, version, poller;
static bool web;
static size_t cells, times_count;
static unsigned colours, pixels;
static uint64_t *times, painted, answered, rejected, last_sequence, changes, state;
static struct spread answer_times;

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t random_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static void acknowledged(struct painter *painter, uint32_t request, uint64_t sequence, uint64_t time) {
    uint64_t written = painter->written[request % RING];
    for (uint64_t s = sequence - pixels + 1; s <= sequence; s++)
        if (s < times_count) times[s] = written;
    if (sequence > last_sequence) last_sequence = sequence;
    spread_add(&answer_times, time - written);
    painter->answered++;
    answered++;
}

static void take(struct painter *painter, const uint8_t *payload, size_t length, uint64_t time) {
    if (payload[0] == OPCODE_ACKNOWLEDGED) {
        acknowledged(painter, (uint32_t)read_le(payload + 1, 4), read_le(payload + 5, 8), time);
    } else if (payload[0] == OPCODE_CHANGES) {
        changes++;
    } else if (payload[0] == OPCODE_BOARD) {
        painter->greeted = true;
        uint64_t sequence = read_le(payload + 1, 8);
        if (sequence > last_sequence) last_sequence = sequence;
    } else if (version == 1 && !painter->greeted) {
        painter->greeted = true;
    } else if (version == 1 && painter->answered < painter->asked) {
        /* The only painter of version 1: its n-th paint is placement n. */
        acknowledged(painter, painter->answered + 1, painter->answered + 1, time);
    } else if (length > 23 && !memcmp(payload, "{\"comando\": \"rechazado\"", 23)) {
        rejected++;
        painter->answered++;
        answered++;
    } else if (length > 10 && !memcmp(payload, "{\"cerrar\"", 9)) {
        fail("a painter was sent away: %.*s", (int)length, (const char *)payload);
    }
}

static void read_some(struct painter *painter) {
    ssize_t got = recv(painter->fd, painter->pending + painter->held, PENDING_BYTES - painter->held, MSG_DONTWAIT);
    uint64_t time = now_ns();
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("a painter's connection was lost");
    size_t length = painter->held + (size_t)got, at = 0;
    struct frame frame;
    while (find_frame(painter->pending + at, length - at, web, &frame)) {
        const uint8_t *payload = painter->pending + at + frame.head;
        if (frame.payload && !answer_ping(painter->fd, &frame, payload)) take(painter, payload, frame.payload, time);
        at += frame.head + frame.payload;
    }
    painter->held = length - at;
    memmove(painter->pending, painter->pending + at, painter->held);
}

static void turn(int64_t wait_ns) {
    struct epoll_event ready[256];
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    int count = epoll_pwait2(poller, ready, 256, &wait, NULL);
    for (int i = 0; i < count; i++) read_some(ready[i].data.ptr);
}

static void paint(struct painter *painter) {
    uint8_t frame[14 + 5 + 8192 * PIXEL_BYTES];
    size_t length, head;
    uint32_t request = ++painter->asked;
    if (version == 1) {
        static const char *const names[] = {"white", "black", "green"};
        char words[128];
        uint64_t cell = (request - 1) % cells, side = 1;
        while (side * side < cells) side++;
        snprintf(words, sizeof words,
                 "{\"comando\": \"pintar\", \"x_pos\": \"%lu\", \"y_pos\": \"%lu\", \"nombre_color\": \"%s\"}",
                 cell % side, cell / side, names[((request - 1) / cells + 1) % 3]);
        length = strlen(words);
        head = frame_head(frame, web, WEB_TEXT, length);
        memcpy(frame + head, words, length);
    } else {
        length = 5 + (size_t)pixels * PIXEL_BYTES;
        head = frame_head(frame, web, WEB_BINARY, length);
        uint8_t *body = frame + head;
        body[0] = OPCODE_PAINT;
        write_le(body + 1, request, 4);
        for (unsigned i = 0; i < pixels; i++) {
            write_le(body + 5 + i * PIXEL_BYTES, random_bits() % cells, 4);
            body[5 + i * PIXEL_BYTES + 4] = (uint8_t)(random_bits() % colours);
        }
    }
    painter->written[request % RING] = now_ns();
    send_all(painter->fd, frame, head + length);
    painted++;
}

int main(int count, char **words) {
    if (count != 13) fail("painter PORT PAINTERS VERSION WEB_PATH CELLS COLOURS TIMES RATE SECONDS WINDOW PIXELS SEED");
    int port = atoi(words[1]);
    painter_count = atoi(words[2]);
    version = atoi(words[3]);
    web = strcmp(words[4], "-");
    cells = strtoull(words[5], NULL, 10);
    colours = (unsigned)atoi(words[6]);
    times = map_times(words[7], &times_count);
    double rate = atof(words[8]), seconds = atof(words[9]);
    uint32_t window = (uint32_t)atoi(words[10]);
    pixels = (unsigned)atoi(words[11]);
    state = strtoull(words[12], NULL, 10) * 2685821657736338717u | 1;
    raise_descriptor_limit();
    poller = epoll_create1(0);
    painters = need(calloc((size_t)painter_count, sizeof *painters));
    for (int i = 0; i < painter_count; i++) {
        struct painter *painter = &painters[i];
        painter->written = need(calloc(RING, sizeof *painter->written));
        painter->pending = need(malloc(PENDING_BYTES));
        painter->fd = connect_from(port, 1000000 + i);
        if (web) upgrade(painter->fd, port, words[4]);
        send_words(painter->fd, web, version == 2 ? "{\"comando\": \"nuevo\", \"version\": 2}" : "{\"comando\": \"nuevo\"}");
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = painter};
        epoll_ctl(poller, EPOLL_CTL_ADD, painter->fd, &event);
        while (!painter->greeted) turn(10000000);
    }
    printf("ready %lu\n", last_sequence);
    fflush(stdout);

    /* Read while waiting for the line to begin. */
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!poll(&input, 1, 0)) turn(10000000);
    char line[16];
    if (!fgets(line, sizeof line, stdin)) return 1;

    changes = 0;
    double cpu_before = cpu_seconds();
    uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9), now;
    double all = rate * seconds;
    while ((now = now_ns()) < end || (double)painted < all) {
        if (rate > 0) {
            double due = (double)(now - start) / 1e9 * rate;
            while ((double)painted < due && (double)painted < all) paint(&painters[painted % (uint64_t)painter_count]);
            int64_t wait = (int64_t)((double)painted / rate * 1e9) - (int64_t)(now_ns() - start);
            turn(wait > (int64_t)REST_NS ? wait : (int64_t)REST_NS);
        } else {
            for (int i = 0; i < painter_count; i++)
                while (painters[i].asked - painters[i].answered < window) paint(&painters[i]);
            turn(1000000000);
        }
    }
    uint64_t stopped = now_ns();
    while (answered < painted && now_ns() - stopped < PATIENCE_NS) turn(10000000);
    uint64_t over = now_ns();
    printf("{\"painted\": %lu, \"answered\": %lu, \"rejected\": %lu, \"sequence\": %lu, \"changes\": %lu, "
           "\"seconds\": %.3f, \"drain_s\": %.3f, \"painters_cpu_s\": %.3f, \"answer\": ",
           painted, answered, rejected, version == 1 ? answered : last_sequence, changes,
           (double)(stopped - start) / 1e9, (double)(over - stopped) / 1e9, cpu_seconds() - cpu_before);
    spread_print(&answer_times);
    printf("}\n");
    fflush(stdout);

    while (!poll(&input, 1, 0)) turn(10000000); /* read to the end */
    return 0;
}

/* Attackers, all in one process, which costs little beside the server under test.
 *
 *     abuser WHAT PORT COUNT WEB
 *
 * WEB is 1 on the port for browsers. WHAT is one of
 *
 *     silent    connect, and send nothing
 *     trickle   connect, and send a byte a second of a long message
 *     insist    connect; after a refusal, try again half a second later
 *     reset     connect, say hello and reset, again and again without a pause; COUNT is ignored
 *     ask:PATH  connect, and ask for the path again and again, each time as soon as the answer is read
 *     return    viewers: after losing the server, wait for the line "back", then all return at once with their boards
 *
 * Begins at the line "go", and ends at the next line with its figures as JSON. "return" prints "ready" when all viewers
 * have the board, "away" when all have lost the server, and begins to return at the line "back".
 */
#include "wire.h"

#define FIRST_NUMBER 500000 /* see connect_from() */
#define SECOND_NS 1000000000u
#define AGAIN_NS (SECOND_NS / 2)
#define ANSWER_NS (30ull * SECOND_NS)
#define ROOM 16384

enum state { AWAY, CONNECTING, CONNECTED, UP_TO_DATE };

struct peer {
    int fd, number;
    enum state state;
    bool has_sequence;
    uint64_t began, due, sequence;
    size_t said, held, rest; /* rest: bytes of an answer of HTTP that are still to come */
    uint8_t *pending; /* of "return" */
};

static struct peer *peers;
static int peer_count, poller, port, alive, up_to_date;
static bool web, trickles, insists, returns;
static const char *path; /* to ask for */
static uint64_t answers, opened, closed, failed, changes, boards, shortest = UINT64_MAX, longest;
static char canvas[128];
static struct spread back_times;
static uint64_t back_at;

static const char web_words[] = "GET /api/info HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Patience: ";

static int open_socket(int number) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0) fail("socket: %s", strerror(errno));
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    from.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)((FIRST_NUMBER + number) / PEERS_PER_ADDRESS));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&from, sizeof from)) fail("bind: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

static void begin(struct peer *peer) {
    peer->began = now_ns();
    peer->fd = open_socket(peer->number);
    peer->held = peer->said = 0;
    if (peer->fd < 0) {
        failed++;
        peer->due = peer->began + AGAIN_NS;
        return;
    }
    peer->state = CONNECTING;
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = peer};
    epoll_ctl(poller, EPOLL_CTL_ADD, peer->fd, &event);
}

static void end(struct peer *peer) {
    uint64_t time = now_ns(), lasted = time - peer->began;
    close(peer->fd);
    if (peer->state == CONNECTING) {
        failed++;
    } else {
        alive--;
        closed++;
        if (lasted < shortest) shortest = lasted;
        if (lasted > longest) longest = lasted;
    }
    if (peer->state == UP_TO_DATE) up_to_date--;
    peer->state = AWAY;
    peer->due = time + AGAIN_NS;
}

static void ask(struct peer *peer) {
    char words[256];
    int length = snprintf(words, sizeof words, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    if (send(peer->fd, words, (size_t)length, MSG_NOSIGNAL) != length) failed++;
    peer->rest = 0;
}

static void answered(struct peer *peer, char *data, size_t length) {
    if (!peer->rest) { /* the head comes in one piece */
        data[length < ROOM ? length : ROOM - 1] = 0;
        const char *blank = strstr(data, "\r\n\r\n"), *size = strcasestr(data, "Content-Length: ");
        if (!blank || !size) fail("no answer of HTTP: %.60s", data);
        peer->rest = (size_t)(blank + 4 - data) + (size_t)atol(size + 16);
    }
    if (length > peer->rest) fail("an answer that is too long");
    peer->rest -= length;
    if (peer->rest) return;
    answers++;
    ask(peer);
}

static void greet(struct peer *peer) {
    char words[256];
    if (peer->has_sequence)
        snprintf(words, sizeof words, "{\"comando\": \"nuevo\", \"version\": 2, \"lienzo\": \"%s\", \"desde\": %lu}", canvas,
                 peer->sequence);
    else
        snprintf(words, sizeof words, "{\"comando\": \"nuevo\", \"version\": 2}");
    send_words(peer->fd, false, words);
}

static void take(struct peer *peer, const uint8_t *payload, size_t length) {
    static const char key[] = "\"lienzo\": \"";
    if (payload[0] == OPCODE_BOARD || payload[0] == OPCODE_CHANGES) {
        *(payload[0] == OPCODE_BOARD ? &boards : &changes) += peer->state != UP_TO_DATE;
        peer->sequence = read_le(payload + 1, 8);
        peer->has_sequence = true;
        if (peer->state != UP_TO_DATE) {
            peer->state = UP_TO_DATE;
            up_to_date++;
            if (back_at) spread_add(&back_times, now_ns() - back_at);
        }
        return;
    }
    const uint8_t *found = memmem(payload, length, key, sizeof key - 1);
    if (found && sscanf((const char *)found + sizeof key - 1, "%127[0-9a-f]", canvas) != 1) fail("no canvas");
}

static void read_some(struct peer *peer) {
    static uint8_t scratch[ROOM];
    uint8_t *data = returns ? peer->pending : scratch;
    ssize_t got = recv(peer->fd, data + peer->held, ROOM - peer->held, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        end(peer);
        return;
    }
    if (path) answered(peer, (char *)data, (size_t)got);
    if (!returns) return;
    size_t at = 0, length = peer->held + (size_t)got;
    struct frame frame;
    while (find_frame(data + at, length - at, false, &frame)) {
        take(peer, data + at + frame.head, frame.payload);
        at += frame.head + frame.payload;
    }
    peer->held = length - at;
    if (peer->held == ROOM) fail("a message of %zu bytes", frame.payload);
    memmove(data, data + at, peer->held);
}

static void connected(struct peer *peer) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        end(peer);
        return;
    }
    peer->state = CONNECTED;
    opened++;
    alive++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    epoll_ctl(poller, EPOLL_CTL_MOD, peer->fd, &event);
    if (returns) greet(peer);
    if (path) ask(peer);
}

static void say_a_byte(struct peer *peer) {
    /* TCP: a frame of some 60,000 bytes; web: an endless header. */
    static const uint8_t prefix[PREFIX_BYTES] = {0x60, 0xea};
    uint8_t byte = 'a';
    if (web && peer->said < sizeof web_words - 1) byte = (uint8_t)web_words[peer->said];
    if (!web && peer->said < PREFIX_BYTES) byte = prefix[peer->said];
    if (!web && peer->said == PREFIX_BYTES) byte = '{';
    if (send(peer->fd, &byte, 1, MSG_NOSIGNAL) == 1) peer->said++;
}

static bool told(char *line, int size) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, 0) != 1) return false;
    if (!fgets(line, size, stdin)) exit(1);
    return true;
}

static void turn(int timeout_ms) {
    struct epoll_event ready[512];
    int count = epoll_wait(poller, ready, 512, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct peer *peer = ready[i].data.ptr;
        if (peer->state == CONNECTING)
            connected(peer);
        else
            read_some(peer);
    }
}

static void begin_those_due(void) {
    uint64_t now = now_ns();
    for (int i = 0; i < peer_count; i++)
        if (peers[i].state == AWAY && peers[i].due <= now) begin(&peers[i]);
}

static void carry_on(void) {
    char line[32];
    uint64_t second = now_ns();
    for (int i = 0; i < peer_count; i++) begin(&peers[i]);
    while (!told(line, sizeof line)) {
        turn(10);
        if (insists) begin_those_due();
        if (trickles && now_ns() - second >= SECOND_NS) {
            second += SECOND_NS;
            for (int i = 0; i < peer_count; i++)
                if (peers[i].state == CONNECTED) say_a_byte(&peers[i]);
        }
    }
}

static void reset_on(void) {
    char line[32];
    struct linger none = {.l_onoff = 1};
    for (int number = 0; number % 64 || !told(line, sizeof line); number++) {
        int fd = open_socket(number % 6000);
        struct pollfd writable = {.fd = fd, .events = POLLOUT};
        if (fd < 0 || poll(&writable, 1, 1000) != 1 || writable.revents & POLLERR) {
            failed++;
        } else {
            opened++;
            if (web)
                send(fd, web_words, sizeof web_words - 1, MSG_NOSIGNAL);
            else
                send_words(fd, false, "{\"comando\": \"nuevo\", \"version\": 2}");
        }
        if (fd >= 0) {
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
            close(fd);
        }
    }
}

static void go_and_return(void) {
    char line[32];
    for (int i = 0; i < peer_count; i++) {
        begin(&peers[i]);
        while (i - up_to_date >= 64) turn(100);
    }
    while (up_to_date < peer_count) turn(100);
    puts("ready");
    fflush(stdout);
    while (alive) turn(100);
    puts("away");
    fflush(stdout);
    while (!told(line, sizeof line)) turn(10);
    opened = closed = changes = boards = failed = 0;
    back_at = now_ns();
    for (int i = 0; i < peer_count; i++) begin(&peers[i]);
    while (up_to_date < peer_count && now_ns() - back_at < ANSWER_NS) {
        turn(10);
        begin_those_due();
    }
    puts("back");
    fflush(stdout);
    while (!told(line, sizeof line)) turn(10);
}

int main(int count, char **words) {
    if (count != 5) fail("abuser WHAT PORT COUNT WEB");
    const char *what = words[1];
    port = atoi(words[2]);
    peer_count = atoi(words[3]);
    web = atoi(words[4]);
    trickles = !strcmp(what, "trickle");
    insists = !strcmp(what, "insist");
    returns = !strcmp(what, "return");
    if (!strncmp(what, "ask:", 4)) path = strchr(what, ':') + 1;
    raise_descriptor_limit();
    poller = epoll_create1(0);
    peers = need(calloc((size_t)peer_count, sizeof *peers));
    for (int i = 0; i < peer_count; i++) {
        peers[i].number = i;
        if (returns) peers[i].pending = need(malloc(ROOM));
    }
    char line[32];
    if (!fgets(line, sizeof line, stdin)) return 1;
    double cpu_before = cpu_seconds();
    if (!strcmp(what, "reset"))
        reset_on();
    else if (returns)
        go_and_return();
    else
        carry_on();
    printf("{\"answers\": %lu, \"opened\": %lu, \"alive\": %d, \"closed\": %lu, \"failed\": %lu, \"first_closed_s\": %.2f, "
           "\"last_closed_s\": %.2f, \"up_to_date\": %d, \"by_changes\": %lu, \"by_boards\": %lu, \"cpu_s\": %.3f, "
           "\"back\": ",
           answers, opened, alive, closed, failed, closed ? (double)shortest / 1e9 : 0.0, (double)longest / 1e9, up_to_date,
           changes, boards, cpu_seconds() - cpu_before);
    spread_print(&back_times);
    printf("}\n");
    return 0;
}

/* The limit: a loop of send() over all viewers, and nothing else.
 *
 *     bare VIEWERS
 *
 * Prints "port N", accepts VIEWERS connections, prints "ready", and waits for the line "go FILE". Then sends each frame
 * of the recording (see swarm.c), head included, to every viewer at the recorded time, and prints "sent FRAMES SHORT".
 */
#include "wire.h"

int main(int count, char **words) {
    if (count != 2) fail("bare VIEWERS");
    int viewers = atoi(words[1]), on = 1;
    raise_descriptor_limit();
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096) ||
        getsockname(listener, (struct sockaddr *)&here, &size))
        fail("listen: %s", strerror(errno));
    printf("port %d\n", ntohs(here.sin_port));
    fflush(stdout);
    int *sockets = need(malloc((size_t)viewers * sizeof *sockets));
    for (int i = 0; i < viewers; i++) {
        sockets[i] = accept(listener, NULL, NULL);
        if (sockets[i] < 0) fail("accept: %s", strerror(errno));
        setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    puts("ready");
    fflush(stdout);
    char path[4000];
    if (scanf(" go %3999s", path) != 1) return 1;
    FILE *file = fopen(path, "rb");
    if (!file) fail("%s: %s", path, strerror(errno));
    uint64_t since, start = now_ns();
    uint32_t length;
    unsigned long frames = 0, cut_short = 0;
    static uint8_t frame[16 << 20];
    while (fread(&since, sizeof since, 1, file) == 1 && fread(&length, sizeof length, 1, file) == 1) {
        if (length > sizeof frame || fread(frame, length, 1, file) != 1) fail("%s: broken", path);
        int64_t wait = (int64_t)(start + since - now_ns());
        if (wait > 0) nanosleep(&(struct timespec){wait / 1000000000, wait % 1000000000}, NULL);
        for (int i = 0; i < viewers; i++)
            cut_short += send(sockets[i], frame, length, MSG_NOSIGNAL) != (ssize_t)length;
        frames++;
    }
    printf("sent %lu %lu\n", frames, cut_short);
    fflush(stdout);
    return scanf(" %3999s", path) == EOF ? 0 : 1; /* the viewers still read: stay until the end of input */
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The whole terminal; see screen.h. Signals only set a flag, which screen_wait() looks at: it waits
 * with ppoll(), so that none comes too late. */
#include "top/screen.h"
#include "people/escape.h"
#include "people/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[2J" /* the other screen, no cursor, empty */
#define LEAVE "\033[0m\033[?25h\033[?1049l"

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

static struct {
    int keys; /* the terminal, -1: not open */
    struct termios before;
    sigset_t mask; /* as it was */
} screen = {.keys = -1};

static volatile sig_atomic_t ended, stopped;

static void on_signal(int number)
{
    if (number == SIGTSTP)
        stopped = 1;
    else if (number != SIGWINCH)
        ended = number;
}

static void say(const char *sequence)
{
    fflush(stdout);
    if (write(STDOUT_FILENO, sequence, strlen(sequence)) < 0)
        ended = ended != 0 ? ended : SIGPIPE;
}

static void enter(void)
{
    struct termios raw = screen.before;

    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO); /* keys that make signals do so still */
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(screen.keys, TCSANOW, &raw);
    say(ENTER);
}

static void leave(void)
{
    say(LEAVE);
    tcsetattr(screen.keys, TCSANOW, &screen.before);
}

bool screen_open(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    const char *term = getenv("TERM");
    sigset_t blocked;

    screen.keys = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (!isatty(STDOUT_FILENO) || screen.keys < 0 || tcgetattr(screen.keys, &screen.before) < 0) {
        terminal_say("top needs a terminal; pfxlog report does not");
        if (screen.keys >= 0)
            close(screen.keys);
        screen.keys = -1;
        return false;
    }
    if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0) {
        terminal_say("top needs a terminal that can be drawn on, which TERM does not say; "
                     "pfxlog report does not");
        close(screen.keys);
        screen.keys = -1;
        return false;
    }
    sigemptyset(&blocked);
    for (size_t i = 0; i < ENDS; ++i) {
        sigaddset(&blocked, ends[i]);
        sigaction(ends[i], &action, NULL);
    }
    sigaddset(&blocked, SIGTSTP);
    sigaddset(&blocked, SIGWINCH);
    sigaction(SIGTSTP, &action, NULL);
    sigaction(SIGWINCH, &action, NULL);
    sigprocmask(SIG_BLOCK, &blocked, &screen.mask);
    enter();
    return true;
}

void screen_close(void)
{
    if (screen.keys < 0)
        return;
    leave();
    close(screen.keys);
    screen.keys = -1;
    for (size_t i = 0; i < ENDS; ++i)
        signal(ends[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &screen.mask, NULL);
}

void screen_size(unsigned *columns_r, unsigned *rows_r)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
        size = (struct winsize){.ws_col = 80, .ws_row = 24};
    *columns_r = size.ws_col;
    *rows_r = size.ws_row;
}

/* Another program gets the terminal until we go on. */
static void stop(void)
{
    stopped = 0;
    leave();
    raise(SIGSTOP);
    enter();
}

int screen_wait(int descriptor, int milliseconds)
{
    struct pollfd wait[] = {{screen.keys, POLLIN, 0}, {descriptor, POLLIN, 0}};
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    int got = ppoll(wait, 2, &time, &screen.mask);
    unsigned char key = 0;
    sigset_t blocked;

    /* ppoll() lets no signal through where there is something to read at once, always maybe. */
    if (got > 0) {
        sigprocmask(SIG_SETMASK, &screen.mask, &blocked);
        sigprocmask(SIG_SETMASK, &blocked, NULL);
    }
    if (ended != 0)
        return -1;
    if (stopped)
        stop();
    if (got < 0 && errno != EINTR)
        ended = SIGHUP;
    if (got > 0 && ((wait[0].revents & (POLLHUP | POLLERR)) != 0 ||
                    ((wait[0].revents & POLLIN) != 0 && read(screen.keys, &key, 1) == 0)))
        ended = SIGHUP; /* the terminal is gone */
    return ended != 0 ? -1 : key;
}

int screen_signal(void)
{
    return ended;
}

/* Signs that take one column in any font; of others nobody knows. */
#define NARROW 0x300

void screen_put(const char *text, unsigned width)
{
    while (*text != '\0' && width > 0) {
        const char *at = text;
        uint32_t character = escape_next(&text);

        if (character < NARROW)
            escape_put(character, at, text);
        else
            putchar('?');
        --width;
    }
    printf("%*s", (int)width, "");
}

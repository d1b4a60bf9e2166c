/* SPDX-License-Identifier: Apache-2.0 */
/* Free text; see scrub.h.
 *
 * One walk over runs of the characters that addresses, names and their codings are made of. Most
 * runs have no sign that makes them worth a look; that is told by or-ing a class of each byte.
 */
#include "privacy/scrub.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <string.h>

/* Codings within codings. */
#define DEEPEST 3
#define DECODED_MOST 2048
#define QUOTED_MOST 256
#define NAMED_MOST 300

/* What a byte of a run tells; 0: it ends one. */
enum sign {
    PLAIN = 1, /* a letter or another sign of a name */
    DIGIT = 2,
    DOT = 4,
    AT = 8,
    COLON = 16,
    CODED = 32, /* '%', '\\': what follows may be the code of a byte */
    EQUAL = 64, /* '=', '+' */
    PART = 128, /* what a name does not have */
    UPPER = 256
};

static const uint16_t signs[256] = {
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT,         ['3'] = DIGIT,
    ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT,         ['7'] = DIGIT,
    ['8'] = DIGIT, ['9'] = DIGIT, ['a' ... 'z'] = PLAIN, ['A' ... 'Z'] = PLAIN | UPPER,
    ['-'] = PLAIN, ['_'] = PLAIN, ['.'] = DOT,           ['@'] = AT,
    [':'] = COLON, ['%'] = CODED, ['\\'] = CODED,        ['='] = EQUAL,
    ['+'] = EQUAL, ['!'] = PART,  ['#'] = PART,          ['$'] = PART,
    ['&'] = PART,  ['\''] = PART, ['*'] = PART,          ['/'] = PART,
    ['?'] = PART,  ['^'] = PART,  ['`'] = PART,          ['{'] = PART,
    ['|'] = PART,  ['}'] = PART,  ['~'] = PART,          [0x80 ... 0xff] = PLAIN};

struct walk {
    struct pfx_veil *veil;
    const struct pfx_repeated *known;
    bool hosts;
    unsigned depth;
    struct pfx_slice text;
    char *out, *begin, *end; /* what was written, where it began, and how far there is room */
    size_t copied;           /* of the text, of which the rest up to here is as it was */
    bool user;               /* the next word is a login */
    bool opaque;             /* the next word may be base64 */
    bool session;            /* what comes in brackets is an id */
    bool message;            /* it is a Message-ID */
    bool subject;            /* what comes in quotes is one */
};

/* Makes room behind out, with what is there already. */
static bool want(struct walk *w, size_t more)
{
    size_t length = (size_t)(w->out - w->begin), size;
    char *room;

    if ((size_t)(w->end - w->out) >= more)
        return true;
    size = 2 * (length + more) + w->text.length + 128;
    room = pfx_veil_room(w->veil, size);
    if (room == NULL)
        return false;
    if (w->begin != NULL)
        memcpy(room, w->begin, length);
    w->begin = room;
    w->out = room + length;
    w->end = room + size;
    return true;
}

static void add(struct walk *w, struct pfx_slice s)
{
    if (s.length > 0 && want(w, s.length)) {
        memcpy(w->out, s.text, s.length);
        w->out += s.length;
    }
}

/* The text up to there is another one. What was replaced before, as the port of an address, is not
 * once more. */
static void replace(struct walk *w, size_t begin, size_t end, struct pfx_slice instead)
{
    if (begin < w->copied)
        begin = w->copied;
    if (end <= begin)
        return;
    add(w, (struct pfx_slice){w->text.text + w->copied, begin - w->copied});
    add(w, instead);
    w->copied = end;
}

static void replace_value(struct walk *w, size_t begin, size_t end, enum pfx_veiled what)
{
    const struct pfx_slice text = {w->text.text + begin, end - begin};
    struct pfx_slice instead = pfx_veil_value(w->veil, what, text);

    if (instead.text != text.text)
        replace(w, begin, end, instead.length > 0 ? instead : PFX_SCRUBBED);
}

static bool is_letter(char c)
{
    c = pfx_lower(c);
    return c >= 'a' && c <= 'z';
}

static bool is_hex(char c)
{
    c = pfx_lower(c);
    return pfx_is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool folded_equal(struct pfx_slice s, const char *lower)
{
    size_t i = 0;

    while (i < s.length && lower[i] != '\0' && pfx_lower(s.text[i]) == lower[i])
        ++i;
    return i == s.length && lower[i] == '\0';
}

static bool is_one_of(struct pfx_slice s, const char *const *word)
{
    const char first = s.length > 0 ? pfx_lower(s.text[0]) : '\0';

    for (; *word != NULL; ++word) {
        if ((*word)[0] == first && folded_equal(s, *word))
            return true;
    }
    return false;
}

/* Keys before a value, of which an address begins behind the '='. */
static bool is_key(struct pfx_slice s)
{
    static const char *const keys[] = {"addr",
                                       "address",
                                       "client",
                                       "client_address",
                                       "env_from",
                                       "envelope-from",
                                       "for",
                                       "from",
                                       "header.from",
                                       "header.i",
                                       "helo",
                                       "i",
                                       "id",
                                       "ip",
                                       "login",
                                       "mail_from",
                                       "mailfrom",
                                       "message-id",
                                       "msgid",
                                       "name",
                                       "orcpt",
                                       "orig_to",
                                       "rcpt",
                                       "recipient",
                                       "resent-message-id",
                                       "rip",
                                       "lip",
                                       "ruser",
                                       "sasl_sender",
                                       "sasl_username",
                                       "sender",
                                       "smtp.mailfrom",
                                       "to",
                                       "uid",
                                       "u",
                                       "user",
                                       "username",
                                       "auth",
                                       "mf",
                                       "hfrom",
                                       "for_users",
                                       "rhost",
                                       "receiver",
                                       "identity",
                                       "client-ip",
                                       "r",
                                       "s",
                                       "m",
                                       NULL};

    return is_one_of(s, keys);
}

/* What a login comes behind, in "user=", "user:" and the like. */
static bool is_user_key(struct pfx_slice s)
{
    static const char *const keys[] = {"user",          "username",   "ruser",       "login",
                                       "logname",       "auth_user",  "account",     "owner",
                                       "sasl_username", "login_user", "master_user", "real_user",
                                       "original_user", "destuser",   NULL};

    return is_one_of(s, keys);
}

/* Programs and databases of Dovecot, of which the login is in brackets: "imap(bob)". */
static bool is_user_front(struct pfx_slice s)
{
    static const char *const names[] = {
        "imap",           "pop3",    "lmtp",        "lda",   "managesieve", "submission",
        "indexer-worker", "doveadm", "passwd-file", "sql",   "ldap",        "pam",
        "static",         "passwd",  "dict",        "proxy", "worker",      "lua",
        "vpopmail",       "shadow",  "bsdauth",     "sieve", NULL};

    return is_one_of(s, names);
}

enum name {
    NO_NAME,
    NAME,           /* of the DNS */
    NAME_OF_ADDRESS /* begins with four numbers or with digits one by one, as PTR records have */
};

/* What the labels from begin to end are. */
static enum name name_kind(const struct walk *w, size_t begin, size_t end)
{
    unsigned labels = 0, numbers = 0, nibbles = 0;
    bool numeric = true, letter = false, front = true;
    size_t label = begin;

    for (size_t i = begin; i <= end; ++i) {
        if (i < end && w->text.text[i] != '.') {
            numeric = numeric && pfx_is_digit(w->text.text[i]);
            letter = letter || is_letter(w->text.text[i]) || (unsigned char)w->text.text[i] >= 0x80;
            continue;
        }
        if (i == label)
            return NO_NAME;
        ++labels;
        if (front && numeric && i - label <= 3)
            ++numbers;
        if (front && i - label == 1 && is_hex(w->text.text[label]))
            ++nibbles;
        front = front &&
                ((numeric && i - label <= 3) || (i - label == 1 && is_hex(w->text.text[label])));
        /* No domain of the top begins with a digit, as a number with its unit does. */
        if (i == end &&
            (labels < 2 || !letter || i - label < 2 || pfx_is_digit(w->text.text[label])))
            return NO_NAME;
        label = i + 1;
        numeric = true;
        letter = false;
    }
    return numbers >= 4 || nibbles >= 16 ? NAME_OF_ADDRESS : NAME;
}

/* Files that look like names of hosts, and the host that Postfix's own sentences point to. */
static bool is_file(struct pfx_slice s)
{
    static const char *const names[] = {"main.cf",
                                        "master.cf",
                                        "dynamicmaps.cf",
                                        "bounce.cf",
                                        "dovecot.conf",
                                        "rsyslog.conf",
                                        "amavisd.conf",
                                        "resolv.conf",
                                        "sa.update",
                                        "www.postfix.org",
                                        NULL};

    return is_one_of(s, names) || pfx_slice_ends(s, PFX_SLICE("_README.html"));
}

/* Whether that, with dots, is an address of IPv4: where it ends, 0 for none. */
static size_t ip4_end(const struct walk *w, size_t begin, size_t end)
{
    unsigned parts = 0;
    size_t i = begin;

    for (;;) {
        unsigned number = 0;
        size_t digits = 0;

        while (i < end && digits < 4 && pfx_is_digit(w->text.text[i])) {
            number = number * 10 + (unsigned)(w->text.text[i] - '0');
            ++i;
            ++digits;
        }
        if (digits == 0 || digits > 3 || number > 255)
            return 0;
        if (++parts == 4)
            break;
        if (i == end || w->text.text[i] != '.')
            return 0;
        ++i;
    }
    return i;
}

/* Where a port of a client ends, which tells it as well as its address behind a router. */
static void replace_port(struct walk *w, size_t colon)
{
    size_t i = colon + 1;
    unsigned port = 0;

    while (i < w->text.length && i < colon + 6 && pfx_is_digit(w->text.text[i]))
        port = port * 10 + (unsigned)(w->text.text[i++] - '0');
    if (port >= 1024 && port <= 65535 && colon >= w->copied)
        replace(w, colon + 1, i, PFX_SLICE("0"));
}

static void replace_ip(struct walk *w, size_t begin, size_t end)
{
    replace_value(w, begin, end, PFX_VEIL_IP);
    if (w->copied != end) /* it stays */
        return;
    if (end < w->text.length && w->text.text[end] == ']')
        ++end;
    if (end + 1 < w->text.length && (w->text.text[end] == ':' || w->text.text[end] == '#'))
        replace_port(w, end);
}

/* A word that the line has as a value. Returns whether it is one. */
static bool replace_known(struct walk *w, size_t begin, size_t end)
{
    const struct pfx_slice word = {w->text.text + begin, end - begin};
    const struct pfx_slice *instead = pfx_repeated_find(w->known, word);

    if (instead != NULL)
        replace(w, begin, end, *instead);
    return instead != NULL;
}

/* Addresses of IPv4 in a name, as instances of Postfix may have them: "postfix-192.0.2.1". */
static bool take_ip4(struct walk *w, size_t begin, size_t end)
{
    bool found = false;

    for (size_t i = begin; i < end; ++i) {
        size_t to;

        if (!pfx_is_digit(w->text.text[i]) ||
            (i > begin && w->text.text[i - 1] != '-' && w->text.text[i - 1] != '_'))
            continue;
        to = ip4_end(w, i, end);
        if (to == 0 || (to < end && w->text.text[to] != '-' && w->text.text[to] != '_'))
            continue;
        replace_ip(w, i, to);
        found = true;
        i = to;
    }
    return found;
}

/* A word without any of the signs that part it: a login, a number with dots, a name, or nothing. */
static void take_name(struct walk *w, size_t begin, size_t end)
{
    enum name kind;

    while (begin < end &&
           (w->text.text[begin] == '.' || w->text.text[begin] == '-' || w->text.text[begin] == '+'))
        ++begin;
    while (end > begin && (w->text.text[end - 1] == '.' || w->text.text[end - 1] == '-' ||
                           w->text.text[end - 1] == '+'))
        --end;
    if (begin == end || replace_known(w, begin, end))
        return;
    if (memchr(w->text.text + begin, '.', end - begin) == NULL)
        return;
    if (take_ip4(w, begin, end))
        return;
    kind = name_kind(w, begin, end);
    if (kind == NAME_OF_ADDRESS ||
        (kind == NAME && w->hosts &&
         !is_file((struct pfx_slice){w->text.text + begin, end - begin})))
        replace_value(w, begin, end, PFX_VEIL_HOST);
}

/* Where an address of IPv6 that begins there ends; 0: there is none. */
static size_t ip6_end(const struct walk *w, size_t begin, size_t end)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    unsigned colons = 0;
    size_t i = begin;

    for (; i < end && i - begin < sizeof(copy) - 1; ++i) {
        char c = w->text.text[i];

        if (c == ':')
            ++colons;
        else if (!is_hex(c) && (c != '.' || colons == 0))
            break;
    }
    /* "DBD::mysql" has letters that go on. */
    if (colons < 2 || (i < end && is_letter(w->text.text[i])))
        return 0;
    while (i > begin &&
           (w->text.text[i - 1] == '.' ||
            (w->text.text[i - 1] == ':' && !(i > begin + 1 && w->text.text[i - 2] == ':'))))
        --i;
    memcpy(copy, w->text.text + begin, i - begin);
    copy[i - begin] = '\0';
    if (i == begin || inet_pton(AF_INET6, copy, bytes) != 1)
        return 0;
    if (i < end && w->text.text[i] == '%') { /* a zone */
        while (i < end && (signs[(unsigned char)w->text.text[i]] & (PLAIN | DIGIT | CODED)) != 0)
            ++i;
    }
    return i;
}

/* Elements of a path that a user's own comes behind. */
static bool is_home(struct pfx_slice element)
{
    static const char *const names[] = {"home", "mail",  "vmail", "users",   "virtual",   "vhosts",
                                        "Mail", "spool", "u",     "mailbox", "mailboxes", NULL};

    return is_one_of(element, names);
}

static bool is_maildir(struct pfx_slice element)
{
    static const char *const names[] = {"maildir",    ".maildir", "new",     "cur",    "tmp",
                                        "mdbox",      "sdbox",    "mail",    "mbox",   "inbox",
                                        "postfix",    "vmail",    "dovecot", "amavis", "quarantine",
                                        "virusmails", "spool",    "lib",     "run",    "log",
                                        "local",      "bin",      "sbin",    "etc",    NULL};

    return is_one_of(element, names);
}

/* The parts of a run that has no '@'. */
static void take_parts(struct walk *w, size_t begin, size_t end)
{
    size_t from = begin;

    for (size_t i = begin; i <= end; ++i) {
        if (i < end && (signs[(unsigned char)w->text.text[i]] & (PLAIN | DIGIT | DOT)) != 0)
            continue;
        if (i < end && w->text.text[i] == '+')
            continue;
        if (i < end && w->text.text[i] == ':') {
            size_t to = ip6_end(w, from, end);

            if (to > 0) {
                replace_ip(w, from, to);
                i = to - 1;
                from = to;
                continue;
            }
        }
        if (i > from)
            take_name(w, from, i);
        from = i + 1;
    }
}

/* Where programs and the system have their files. */
static bool is_system(struct pfx_slice path)
{
    static const struct pfx_slice fronts[] = {
        PFX_SLICE("/etc/"),     PFX_SLICE("/run/"),       PFX_SLICE("/var/run/"),
        PFX_SLICE("/var/lib/"), PFX_SLICE("/usr/bin/"),   PFX_SLICE("/usr/sbin/"),
        PFX_SLICE("/usr/lib"),  PFX_SLICE("/usr/share/"), PFX_SLICE("/var/spool/postfix")};

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); ++i) {
        if (pfx_slice_starts(path, fronts[i]))
            return true;
    }
    return false;
}

/* "virtual.db", which has the form of a host. */
static bool is_system_file(struct pfx_slice element)
{
    static const char *const ends[] = {"cdb",  "cf",   "conf", "crt", "db",  "key",    "lmdb",
                                       "lock", "log",  "lua",  "pem", "pid", "pl",     "pm",
                                       "so",   "sock", "sh",   "py",  "dir", "socket", NULL};
    ptrdiff_t dot = pfx_slice_find(element, PFX_SLICE("."));

    return dot > 0 && is_one_of(pfx_slice_from(element, (size_t)dot + 1), ends);
}

/* One word, or several of them: "a?ip=192.0.2.1". */
static void take_element(struct walk *w, size_t begin, size_t end)
{
    unsigned found = 0;

    for (size_t i = begin; i < end; ++i)
        found |= signs[(unsigned char)w->text.text[i]];
    if ((found & (EQUAL | PART | CODED | COLON)) != 0 &&
        pfx_repeated_find(w->known, (struct pfx_slice){w->text.text + begin, end - begin}) == NULL)
        take_parts(w, begin, end);
    else
        take_name(w, begin, end);
}

/* "/home/bob/Maildir/new": what stands behind a home, but for what all mailboxes have. */
static void take_path(struct walk *w, size_t begin, size_t end)
{
    const bool system = is_system((struct pfx_slice){w->text.text + begin, end - begin});
    const bool program =
        system && pfx_slice_starts(pfx_slice_from(w->text, begin), PFX_SLICE("/usr/"));
    unsigned own = 0; /* elements that are a user's */
    bool spool = false;
    size_t i = begin;

    while (i < end) {
        size_t from = i;

        while (i < end && w->text.text[i] != '/')
            ++i;
        if (i > from) {
            struct pfx_slice element = {w->text.text + from, i - from};
            size_t copied = w->copied;

            while (element.length > 1 && memchr(":.'", element.text[element.length - 1], 3) != NULL)
                --element.length;
            if (own > 0 || !system || !is_system_file(element))
                take_element(w, from, from + element.length);
            if (spool && pfx_slice_starts(element, PFX_SLICE("postfix"))) /* no user's */
                own = 0;
            if (own > 0 && copied == w->copied && !is_maildir(element))
                replace_value(w, from, from + element.length, PFX_VEIL_USER);
            spool = folded_equal(element, "spool");
            if (is_home(element) && !program)
                own = 2;
            else if (own > 0 && element.length > 2 && !is_maildir(element)) /* "b/bo/bob" */
                --own;
        }
        ++i;
    }
}

/* Where a path begins, in "/home/bob" and "maildir:/home/bob"; end where there is none. */
static size_t path_begin(const struct walk *w, size_t begin, size_t end)
{
    const char *slash = memchr(w->text.text + begin, '/', end - begin);
    size_t at = slash == NULL ? end : (size_t)(slash - w->text.text);

    if (at < end && at + 1 < end && at > begin && slash[1] == '/') /* a URL */
        return end;
    return at == begin || (at < end && memchr(":=", slash[-1], 2) != NULL) ? at : end;
}

/* The sign that ends the part of a run in which a local part begins. */
static size_t local_begin(const struct walk *w, size_t begin, size_t at)
{
    size_t from = at, equal = at;

    while (from > begin && w->text.text[from - 1] != ':' && w->text.text[from - 1] != '@')
        --from;
    if (from == begin && from < at && w->text.text[from] == '/') /* the last element of a path */
        while (memchr(w->text.text + from, '/', at - from) != NULL)
            ++from;
    for (size_t i = from; i < at && equal == at; ++i) {
        if (w->text.text[i] == '=')
            equal = i;
    }
    if (equal < at && is_key((struct pfx_slice){w->text.text + from, equal - from}))
        from = equal + 1;
    while (from < at && (w->text.text[from] == '\'' || w->text.text[from] == '`'))
        ++from;
    return from;
}

static size_t domain_end(const struct walk *w, size_t at)
{
    const char *close;
    size_t to = at + 1;

    if (to < w->text.length && w->text.text[to] == '[') {
        close = memchr(w->text.text + to, ']', w->text.length - to);
        if (close != NULL && close - w->text.text - (ptrdiff_t)to < 64)
            return (size_t)(close - w->text.text) + 1;
    }
    while (to < w->text.length &&
           (signs[(unsigned char)w->text.text[to]] & (PLAIN | DIGIT | DOT)) != 0)
        ++to;
    while (to > at + 1 && (w->text.text[to - 1] == '.' || w->text.text[to - 1] == '-'))
        --to;
    return to;
}

/* An address whose first '@' is there. Returns where it ends. */
static size_t take_address(struct walk *w, size_t from, size_t at)
{
    size_t to = domain_end(w, at);

    while (to < w->text.length && w->text.text[to] == '@') /* "a@b@c" */
        to = domain_end(w, to);
    if (!replace_known(w, from, to) && (from < at || to > at + 1))
        replace_value(w, from, to, PFX_VEIL_ADDRESS);
    return to;
}

/* The parts of a run up to end that has an '@'. Returns where it went on to. */
static size_t take_addresses(struct walk *w, size_t begin, size_t end)
{
    while (begin < end) {
        const char *sign = memchr(w->text.text + begin, '@', end - begin);
        size_t at, from;

        if (sign == NULL) {
            take_parts(w, begin, end);
            break;
        }
        at = (size_t)(sign - w->text.text);
        from = local_begin(w, begin, at);
        if (from > begin && w->text.text[begin] == '/')
            take_path(w, begin, from);
        else if (from > begin)
            take_parts(w, begin, from);
        begin = take_address(w, from, at);
    }
    return begin > end ? begin : end;
}

static int hex_pair(const char *text)
{
    int value = 0;

    for (int i = 0; i < 2; ++i) {
        char c = pfx_lower(text[i]);

        if (!is_hex(c))
            return -1;
        value = value * 16 + (pfx_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return value;
}

/* Undoes "%40", "\x40", "\100" and xtext's "+40"; 0: there is none of them, or too much. */
static size_t decode(struct pfx_slice s, bool plus, char *room)
{
    size_t length = 0, found = 0;

    if (s.length > DECODED_MOST)
        return 0;
    for (size_t i = 0; i < s.length; ++i) {
        char c = s.text[i];
        int byte = -1;
        size_t skip = 2;

        if (c == '\\' && i + 3 < s.length && s.text[i + 1] == 'x') {
            byte = hex_pair(s.text + i + 2);
            skip = 3;
        } else if (c == '\\' && i + 3 < s.length && s.text[i + 1] >= '0' && s.text[i + 1] <= '3' &&
                   pfx_is_digit(s.text[i + 2]) && pfx_is_digit(s.text[i + 3])) {
            byte = (s.text[i + 1] - '0') * 64 + (s.text[i + 2] - '0') * 8 + (s.text[i + 3] - '0');
            skip = 3;
        } else if ((c == '%' || (c == '+' && plus)) && i + 2 < s.length) {
            byte = hex_pair(s.text + i + 1);
        }
        if (byte >= ' ' && byte < 0x100) {
            room[length++] = (char)byte;
            i += skip;
            ++found;
        } else {
            room[length++] = c;
        }
    }
    return found > 0 ? length : 0;
}

static struct pfx_slice scrub(struct pfx_veil *veil, const struct pfx_repeated *known, bool hosts,
                              unsigned depth, struct pfx_slice text);

/* A run that is something else once its codes are undone, and has something to hide then: that is
 * what it becomes. */
static bool take_coded(struct walk *w, size_t begin, size_t end, unsigned found)
{
    const struct pfx_slice run = {w->text.text + begin, end - begin};
    bool plus = pfx_slice_find(run, PFX_SLICE("+40")) >= 0;
    char room[DECODED_MOST], *copy;
    struct pfx_slice decoded, clean;
    size_t length;

    if (((found & CODED) == 0 && !plus) || w->depth == DEEPEST ||
        (length = decode(run, plus, room)) == 0)
        return false;
    decoded = (struct pfx_slice){room, length};
    clean = scrub(w->veil, w->known, w->hosts, w->depth + 1, decoded);
    if (clean.text == room)
        return false;
    copy = pfx_veil_room(w->veil, clean.length);
    if (copy != NULL) {
        memcpy(copy, clean.text, clean.length);
        replace(w, begin, end, (struct pfx_slice){copy, clean.length});
    }
    return true;
}

/* Encoded words of a header (RFC 2047). */
static bool take_words(struct walk *w, size_t begin, size_t end, unsigned found)
{
    const struct pfx_slice run = {w->text.text + begin, end - begin};

    if ((found & EQUAL) == 0 || (found & PART) == 0 || pfx_slice_find(run, PFX_SLICE("=?")) < 0)
        return false;
    replace_value(w, begin, end, PFX_VEIL_CONTENT);
    return true;
}

/* Letters of which only the first may be upper case. */
static bool is_word(struct pfx_slice s)
{
    for (size_t i = 0; i < s.length; ++i) {
        if (!is_letter(s.text[i]) || (i > 0 && s.text[i] != pfx_lower(s.text[i])))
            return false;
    }
    return true;
}

/* A run as it is or without the signs around it, which is a known word with signs in it, such as
 * "o'neil". Returns whether it is one. */
static bool take_known(struct walk *w, size_t begin, size_t end)
{
    static const char around[] = "':`.=";

    while (end > begin && memchr(around, w->text.text[end - 1], sizeof(around) - 1) != NULL)
        --end;
    while (begin < end && memchr(around, w->text.text[begin], sizeof(around) - 1) != NULL)
        ++begin;
    return replace_known(w, begin, end);
}

/* base64 of a text: an answer of a client, unless it is one of the prompts that all servers have.
 */
static bool take_base64(struct walk *w, size_t begin, size_t end, bool expected)
{
    unsigned char decoded[192];
    char padded[244];
    struct pfx_slice run = {w->text.text + begin, end - begin};
    bool upper = false, lower = false, digit = false;
    int length;

    while (run.length > 0 && run.text[0] == '\'')
        run = pfx_slice_from(run, 1);
    while (run.length > 0 && run.text[run.length - 1] == '\'')
        --run.length;
    begin = (size_t)(run.text - w->text.text);
    end = begin + run.length;
    /* Without its padding it is believed when it is long. */
    if (run.length % 4 == 1 || (run.length % 4 != 0 && run.length < 16) ||
        run.length < (expected ? 4 : 8) || run.length > 240 ||
        pfx_slice_equal(run, PFX_SLICE("VXNlcm5hbWU6")) ||
        pfx_slice_equal(run, PFX_SLICE("UGFzc3dvcmQ6")))
        return false;
    for (size_t i = 0; i < run.length; ++i) {
        char c = run.text[i];

        upper = upper || (c >= 'A' && c <= 'Z');
        lower = lower || (c >= 'a' && c <= 'z');
        digit = digit || pfx_is_digit(c) || c == '=';
        if (!pfx_is_digit(c) && !is_letter(c) && c != '+' && c != '/' &&
            (c != '=' || i + 2 < run.length))
            return false;
    }
    /* A word of a sentence, as in "failed: user bob", is no answer of a client. */
    if (expected && !digit && is_word(run))
        expected = false;
    if (!expected && (!upper || !(lower || digit)))
        return false;
    memcpy(padded, run.text, run.length);
    while (run.length % 4 != 0)
        padded[run.length++] = '=';
    run.text = padded;
    length = EVP_DecodeBlock(decoded, (const unsigned char *)padded, (int)run.length);
    for (size_t i = run.length; i > 0 && run.text[i - 1] == '='; --i)
        --length;
    if (length < 0)
        return false;
    for (int i = 0; i < length && !expected; ++i) {
        if (decoded[i] != '\0' && (decoded[i] < ' ' || decoded[i] == 0x7f || decoded[i] >= 0x80))
            return false;
    }
    replace(w, begin, end, PFX_SCRUBBED);
    return true;
}

/* "user bob: " of Dovecot, "for user bob. ", but not "user unknown: ". */
static bool is_user_named(const struct walk *w, size_t begin, bool preposed)
{
    static const char *const words[] = {"unknown", "lookup",   "error", "limit", "name",
                                        "info",    "database", "data",  "list",  NULL};
    size_t end = begin;

    while (end < w->text.length && w->text.text[end] != ' ' && w->text.text[end] != ':')
        ++end;
    return end > begin &&
           (preposed || (end + 1 < w->text.length && w->text.text[end] == ':' &&
                         w->text.text[end + 1] == ' ')) &&
           !is_one_of((struct pfx_slice){w->text.text + begin, end - begin}, words);
}

static bool is_message_key(struct pfx_slice s)
{
    static const char *const keys[] = {"msgid", "message-id",        "mid",
                                       "rmid",  "resent-message-id", NULL};

    return is_one_of(s, keys);
}

/* Runs with a word that a login comes behind. */
static void expect(struct walk *w, size_t begin, size_t end)
{
    struct pfx_slice run = {w->text.text + begin, end - begin};
    char last = run.text[run.length - 1], next = end < w->text.length ? w->text.text[end] : '\0';
    struct pfx_slice word = pfx_slice_until(run, run.length - (last == ':' || last == '='));
    ptrdiff_t equal = last == '=' ? pfx_slice_rfind(word, PFX_SLICE(":")) : -1;

    w->user = ((last == ':' || last == '=') &&
               is_user_key(equal < 0 ? word : pfx_slice_from(word, (size_t)equal + 1))) ||
              (next == '(' && is_user_front(run)) ||
              (next == ' ' && end + 1 < w->text.length && folded_equal(run, "user") &&
               (memchr("<\"'", w->text.text[end + 1], 3) != NULL ||
                (begin >= 3 && memcmp(w->text.text + begin - 3, "by ", 3) == 0) ||
                is_user_named(w, end + 1,
                              begin >= 4 && memcmp(w->text.text + begin - 4, "for ", 4) == 0)));
    w->opaque = last == ':' && (folded_equal(word, "failed") || folded_equal(word, "failure"));
    w->session = last == '=' && folded_equal(word, "session");
    w->message = (last == ':' || last == '=') && is_message_key(word);
    w->subject = (last == ':' || last == '=') && folded_equal(word, "subject");
}

/* Pairs of Dovecot's that are no names: an id with an address in it, a port, what a client sent. */
static bool take_dovecot_pair(struct walk *w, struct pfx_slice key, size_t begin, size_t end)
{
    if (folded_equal(key, "session"))
        replace_value(w, begin, end, PFX_VEIL_SESSION);
    else if (folded_equal(key, "rport"))
        replace_port(w, begin - 1);
    else if (folded_equal(key, "resp"))
        replace(w, begin, end, PFX_SCRUBBED);
    else
        return false;
    return true;
}

/* "user=bob", in one run. Returns whether there is one. */
static bool take_user_pair(struct walk *w, size_t begin, size_t end)
{
    struct pfx_slice key;
    size_t at = begin;

    while (at < end && w->text.text[at] != '=' && w->text.text[at] != ':')
        ++at;
    if (at == end)
        return false;
    key = (struct pfx_slice){w->text.text + begin, at - begin};
    if (at + 1 == end)
        return false;
    if (take_dovecot_pair(w, key, at + 1, end))
        return true;
    if (key.length > 13) /* than the longest */
        return false;
    /* "uid=bob" of a directory; numbers are in lines for other reasons. */
    if (!is_user_key(key) && (pfx_is_digit(w->text.text[at + 1]) ||
                              (!folded_equal(key, "uid") && !folded_equal(key, "cn"))))
        return false;
    while (end > at + 1 && memchr(".:'", w->text.text[end - 1], 3) != NULL)
        --end;
    while (end > at + 1 && w->text.text[at + 1] == '\'')
        ++at;
    if (end > at + 1)
        replace_value(w, at + 1, end, PFX_VEIL_USER);
    return true;
}

/* A word where a login is expected. */
static void take_user(struct walk *w, size_t begin, size_t end)
{
    while (end > begin && memchr(".:'`", w->text.text[end - 1], 4) != NULL)
        --end;
    while (begin < end && memchr("'`", w->text.text[begin], 2) != NULL)
        ++begin;
    if (!replace_known(w, begin, end) && begin < end &&
        !folded_equal((struct pfx_slice){w->text.text + begin, end - begin}, "unknown"))
        replace_value(w, begin, end, PFX_VEIL_USER);
}

/* "subject=..." of Dovecot and the like, up to the next pair or the end. Returns where it ends, 0
 * where there is none. */
static size_t take_written(struct walk *w, size_t begin, size_t end)
{
    static const char *const keys[] = {"subject=", "subject_cn=", "issuer_cn=", NULL};
    const char *equal = memchr(w->text.text + begin, '=', end - begin);
    size_t from = equal == NULL ? end : (size_t)(equal - w->text.text) + 1, to = from;

    if (from >= end || !is_one_of((struct pfx_slice){w->text.text + begin, from - begin}, keys))
        return 0;
    while (to < w->text.length &&
           (w->text.text[to] != ',' || to + 1 == w->text.length || w->text.text[to + 1] != ' '))
        ++to;
    replace_value(w, from, to, PFX_VEIL_CONTENT);
    return to;
}

/* "/C=US/O=Example/CN=Bob Smith", of a certificate: to the end of the text or of its part. Returns
 * where to go on, 0 where there is none. */
static size_t take_distinguished(struct walk *w, size_t begin, size_t end)
{
    static const struct pfx_slice fronts[] = {PFX_SLICE("/C="),  PFX_SLICE("/O="),
                                              PFX_SLICE("/CN="), PFX_SLICE("/OU="),
                                              PFX_SLICE("/DC="), PFX_SLICE("/ST=")};
    const struct pfx_slice run = {w->text.text + begin, end - begin};
    const struct pfx_slice rest = pfx_slice_from(w->text, begin);
    size_t length = 0;
    bool found = false;

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); ++i)
        found = found || pfx_slice_starts(run, fronts[i]);
    if (!found)
        return 0;
    while (length < rest.length && memchr("\"';,)<", rest.text[length], 6) == NULL &&
           (rest.text[length] != ':' || length + 1 == rest.length || rest.text[length + 1] != ' '))
        ++length;
    replace_value(w, begin, begin + length, PFX_VEIL_CONTENT);
    return begin + length;
}

/* "AA:BB:...", of a certificate or its key: sixteen bytes and more. Also "~bob/.forward". */
static bool take_fingerprint(struct walk *w, size_t begin, size_t end)
{
    const char *text = w->text.text + begin;
    size_t length = end - begin, slash = 1;

    if (text[0] == '~') {
        while (slash < length && text[slash] != '/')
            ++slash;
        if (slash == 1 || slash == length)
            return false;
        replace_value(w, begin + 1, begin + slash, PFX_VEIL_USER);
        take_path(w, begin + slash, end);
        return true;
    }
    while (length > 0 && (text[length - 1] == ':' || text[length - 1] == '\''))
        --length;
    if (length < 47 || length % 3 != 2)
        return false;
    for (size_t i = 0; i < length; ++i) {
        if (i % 3 == 2 ? text[i] != ':' : !is_hex(text[i]))
            return false;
    }
    replace_value(w, begin, begin + length, PFX_VEIL_CONTENT);
    return true;
}

/* Most runs: words that nothing follows from, numbers, and keys whose values come behind a sign.
 * False, and nothing is done: it is none of these. */
static bool take_usual(struct walk *w, size_t begin, size_t end, unsigned found)
{
    const char next = end < w->text.length ? w->text.text[end] : '\0';

    if ((found & ~(unsigned)(PLAIN | DIGIT)) == 0 && next != '(' &&
        (end - begin != 4 || pfx_lower(w->text.text[begin]) != 'u')) {
        w->session = w->message = w->subject = false;
        replace_known(w, begin, end);
        return true;
    }
    if ((found & ~(unsigned)(DIGIT | DOT | PART)) == 0 && w->text.text[begin] != '~') {
        w->session = w->message = w->subject = false;
        take_parts(w, begin, end);
        return true;
    }
    if ((found & ~(unsigned)(PLAIN | DIGIT | UPPER | EQUAL)) != 0 ||
        memchr(w->text.text + begin, '=', end - begin) != w->text.text + end - 1 ||
        memchr(w->text.text + begin, '+', end - begin) != NULL)
        return false;
    expect(w, begin, end);
    take_known(w, begin, end);
    return true;
}

/* A run whose bytes have those signs. Returns where to go on. */
static size_t take_run(struct walk *w, size_t begin, size_t end, unsigned found)
{
    const bool user = w->user, opaque = w->opaque;
    size_t at;

    if (!user && !opaque && take_usual(w, begin, end, found))
        return end;
    expect(w, begin, end);
    if (user) {
        if ((found & AT) == 0)
            take_user(w, begin, end);
        return (found & AT) != 0 ? take_addresses(w, begin, end) : end;
    }
    if ((found & (EQUAL | PART | CODED | AT | COLON | DOT)) == 0 && !opaque) {
        replace_known(w, begin, end);
        if ((found & UPPER) != 0 && w->copied != end)
            take_base64(w, begin, end, false);
        return end;
    }
    if ((found & (EQUAL | PART)) != 0 && (found & AT) == 0 && w->known->words > 0 &&
        take_known(w, begin, end))
        return end;
    if ((found & (AT | COLON | DOT)) == 0 && ((found & UPPER) != 0 || opaque) &&
        take_base64(w, begin, end, opaque))
        return end;
    if ((found & EQUAL) != 0 && w->text.text[begin] == '/' &&
        (at = take_distinguished(w, begin, end)) > 0)
        return at;
    if ((found & EQUAL) != 0 && (at = take_written(w, begin, end)) > 0)
        return at;
    if ((found & (CODED | EQUAL)) != 0 &&
        (take_words(w, begin, end, found) || take_coded(w, begin, end, found)))
        return end;
    if ((found & AT) != 0)
        return take_addresses(w, begin, end);
    if ((found & (EQUAL | COLON)) != 0 && take_user_pair(w, begin, end))
        return end;
    if ((found & (COLON | PART)) != 0 && take_fingerprint(w, begin, end))
        return end;
    at = (found & PART) != 0 ? path_begin(w, begin, end) : end;
    take_parts(w, begin, at);
    take_path(w, at, end);
    return end;
}

/* A local part in quotes: where its '@' is, 0 when there is none. */
static size_t quoted_at(const struct walk *w, size_t begin)
{
    for (size_t i = begin + 1; i + 1 < w->text.length && i < begin + QUOTED_MOST; ++i) {
        if (w->text.text[i] == '\\')
            ++i;
        else if (w->text.text[i] == '"')
            return w->text.text[i + 1] == '@' ? i + 1 : 0;
    }
    return 0;
}

/* What the words before a sign say that is in it, up to the one that closes it. Returns where that
 * is; 0: nothing is expected, or it does not close. */
static size_t take_expected(struct walk *w, size_t begin)
{
    const bool quoted = w->text.text[begin] == '"';
    size_t most = w->session ? 64 : 1000, to = begin + 1;
    enum pfx_veiled what = w->session   ? PFX_VEIL_SESSION
                           : w->message ? PFX_VEIL_MESSAGE
                                        : PFX_VEIL_CONTENT;

    if (quoted ? !w->subject : w->text.text[begin] != '<' || (!w->session && !w->message))
        return 0;
    if (quoted)
        what = PFX_VEIL_CONTENT;
    while (to < w->text.length && to - begin <= most && w->text.text[to] != (quoted ? '"' : '>'))
        to += quoted && w->text.text[to] == '\\' ? 2 : 1;
    w->session = w->message = w->subject = false;
    if (to >= w->text.length || to - begin > most || to == begin + 1)
        return 0;
    replace_value(w, begin + 1, to, what);
    return to + 1;
}

static bool is_number(struct pfx_slice s)
{
    for (size_t i = 0; i < s.length; ++i) {
        if (!pfx_is_digit(s.text[i]))
            return false;
    }
    return true;
}

/* "<name>: Helo command rejected", "helo=<name>": what a client said it is, in a reply of smtpd.
 * Returns where to go on. */
static size_t take_named(struct walk *w, size_t begin)
{
    const size_t rest = w->text.length - begin;
    const char *close = memchr(w->text.text + begin, '>', rest < NAMED_MOST ? rest : NAMED_MOST);
    size_t end = close == NULL ? 0 : (size_t)(close - w->text.text);
    const bool helo = begin >= 5 && memcmp(w->text.text + begin - 5, "helo=", 5) == 0;
    struct pfx_slice name;

    if (end <= begin + 1 || (!helo && (end + 1 >= w->text.length || close[1] != ':')))
        return begin + 1;
    name = (struct pfx_slice){w->text.text + begin + 1, end - begin - 1};
    if (is_number(name) || memchr(name.text, '@', name.length) != NULL)
        return begin + 1;
    if (!replace_known(w, begin + 1, end))
        replace_value(w, begin + 1, end, PFX_VEIL_HOST);
    return end;
}

/* What stands behind a '<' that does not close, to the end of the text, was cut. */
static void take_cut(struct walk *w)
{
    ptrdiff_t open = pfx_slice_rfind(w->text, PFX_SLICE("<"));
    size_t from = (size_t)open + 1;

    if (open < 0 || from < w->copied || from == w->text.length ||
        memchr(w->text.text + from, '>', w->text.length - from) != NULL ||
        memchr(w->text.text + from, ' ', w->text.length - from) != NULL)
        return;
    replace(w, from, w->text.length, PFX_SCRUBBED);
}

static void walk(struct walk *w, size_t i)
{
    const unsigned char *text = (const unsigned char *)w->text.text;
    const size_t length = w->text.length;

    while (i < length) {
        unsigned found = signs[text[i]];
        size_t begin = i, at;

        if (found == 0) {
            if ((w->session || w->message || w->subject) && text[i] != ' ' &&
                (at = take_expected(w, i)) > 0)
                i = at;
            else if (text[i] == '"' && (at = quoted_at(w, i)) > 0)
                i = take_address(w, i, at);
            else
                i = text[i] == '<' && w->hosts ? take_named(w, i) : i + 1;
            continue;
        }
        for (++i; i < length && signs[text[i]] != 0; ++i)
            found |= signs[text[i]];
        i = take_run(w, begin, i, found);
    }
}

/* What the text became; itself where nothing was replaced. */
static struct pfx_slice finish(struct walk *w)
{
    take_cut(w);
    if (w->begin == NULL && w->copied == 0)
        return w->text;
    add(w, pfx_slice_from(w->text, w->copied));
    return (struct pfx_slice){w->begin, (size_t)(w->out - w->begin)};
}

static struct pfx_slice scrub(struct pfx_veil *veil, const struct pfx_repeated *known, bool hosts,
                              unsigned depth, struct pfx_slice text)
{
    struct walk w = {.veil = veil, .known = known, .hosts = hosts, .depth = depth, .text = text};

    walk(&w, 0);
    return finish(&w);
}

struct pfx_slice pfx_scrub(struct pfx_veil *veil, const struct pfx_repeated *known, bool hosts,
                           struct pfx_slice text)
{
    return scrub(veil, known, hosts, 0, text);
}

struct pfx_slice pfx_scrub_around(struct pfx_veil *veil, const struct pfx_repeated *known,
                                  struct pfx_slice text, const struct pfx_span *span,
                                  unsigned spans)
{
    struct walk w = {.veil = veil, .known = known, .hosts = true};
    size_t from = 0;

    for (unsigned i = 0; i < spans; ++i) {
        w.text = pfx_slice_until(text, span[i].begin);
        walk(&w, from);
        w.user = false;
        replace(&w, span[i].begin, span[i].end, span[i].instead);
        from = span[i].end;
    }
    w.text = text;
    walk(&w, from);
    return finish(&w);
}

bool pfx_scrub_may(struct pfx_slice text)
{
    unsigned found = 0;

    for (size_t i = 0; i < text.length; ++i)
        found |= signs[(unsigned char)text.text[i]];
    return (found & (AT | DOT | COLON | CODED)) != 0;
}

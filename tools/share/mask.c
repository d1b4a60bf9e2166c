/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of sentences; see mask.h. */
#include "share/mask.h"
#include "base/queue_id.h"

#include <stdio.h>

enum kind { ADDRESS, HOST, IP, ID, NUMBER, PATH, TEXT, WORD, KINDS };

/* Different ones that a sentence remembers; further ones have no number. */
#define SEEN_MOST 32

struct mask {
    const struct words *words;
    char *form;
    size_t length;
    bool cut;
    struct {
        enum kind kind;
        struct pfx_slice text;
        unsigned number;
    } seen[SEEN_MOST];
    size_t seen_count;
    unsigned numbers[KINDS];
};

static void put(struct mask *mask, struct pfx_slice text)
{
    if (mask->cut || text.length == 0)
        return;
    if (mask->length + text.length + sizeof("...") > MASK_ROOM) {
        text = PFX_SLICE("...");
        mask->cut = true;
    }
    memcpy(mask->form + mask->length, text.text, text.length);
    mask->length += text.length;
}

static void put_masked(struct mask *mask, enum kind kind, struct pfx_slice text)
{
    static const char *const names[] = {"address", "host", "ip",   "id",
                                        "number",  "path", "text", "word"};
    char room[24];
    size_t at = 0;

    while (at < mask->seen_count &&
           (mask->seen[at].kind != kind || !pfx_slice_equal(mask->seen[at].text, text)))
        ++at;
    if (at == mask->seen_count && at < SEEN_MOST) {
        mask->seen[at].kind = kind;
        mask->seen[at].text = text;
        mask->seen[at].number = ++mask->numbers[kind];
        ++mask->seen_count;
    }
    if (at < SEEN_MOST)
        snprintf(room, sizeof(room), "{%s%u}", names[kind], mask->seen[at].number);
    else
        snprintf(room, sizeof(room), "{%s}", names[kind]);
    put(mask, pfx_slice_of(room));
}

/* Printable ASCII; no locale has a say. */
static bool is_plain(char c)
{
    return c > ' ' && c < 0x7f;
}

static bool contains(struct pfx_slice s, char c)
{
    return s.length > 0 && memchr(s.text, c, s.length) != NULL;
}

/* Nothing but digits and the marks that stand in and around numbers; a digit is among them. */
static bool is_number(struct pfx_slice s)
{
    bool digit = false;

    for (size_t i = 0; i < s.length; ++i) {
        if (!pfx_is_digit(s.text[i]) && strchr(".:/-+%", s.text[i]) == NULL)
            return false;
        digit |= pfx_is_digit(s.text[i]);
    }
    return digit;
}

/* What a run of other bytes than blanks and marks is. */
static enum kind kind_of(struct pfx_slice s)
{
    struct pfx_slice address = pfx_slice_starts(s, PFX_SLICE("IPv6:")) ? pfx_slice_from(s, 5) : s;
    ptrdiff_t end = pfx_slice_find(address, PFX_SLICE("%"));

    end = end < 0 ? pfx_slice_find(address, PFX_SLICE("/")) : end;
    if (contains(s, '@'))
        return ADDRESS;
    if (pfx_value_is_ip(end < 0 ? address : pfx_slice_until(address, (size_t)end)))
        return IP;
    if (is_number(s))
        return NUMBER;
    if (pfx_is_queue_id(s))
        return ID;
    if (contains(s, '/'))
        return PATH;
    return contains(s, '.') && !contains(s, '_') ? HOST : WORD;
}

/* A run, its full stop apart; one with colons in it, each piece by itself. */
static void put_run(struct mask *mask, struct pfx_slice run)
{
    struct pfx_slice stop = PFX_NO_SLICE;
    enum kind kind;
    ptrdiff_t colon;

    while (run.length > 0 && strchr(".!?:'*", run.text[run.length - 1]) != NULL) {
        --run.length;
        stop = (struct pfx_slice){run.text + run.length, stop.length + 1};
    }
    kind = kind_of(run);
    while (kind != IP && run.length > 0 && strchr(":'*", run.text[0]) != NULL) {
        put(mask, pfx_slice_until(run, 1));
        run = pfx_slice_from(run, 1);
    }
    if (run.length == 0) {
        put(mask, stop);
        return;
    }
    kind = kind_of(run);
    colon = kind == WORD || kind == PATH || kind == HOST ? pfx_slice_find(run, PFX_SLICE(":")) : -1;
    if (words_have(mask->words, run)) {
        put(mask, run);
    } else if (colon > 0) {
        struct pfx_slice before = pfx_slice_until(run, (size_t)colon);

        if (words_have(mask->words, before))
            put(mask, before);
        else
            put_masked(mask, kind_of(before), before);
        put(mask, PFX_SLICE(":"));
        run = pfx_slice_from(run, (size_t)colon + 1);
        if (run.length > 0)
            put_masked(mask, kind_of(run), run);
    } else {
        put_masked(mask, kind, run);
    }
    put(mask, stop);
}

/* The end of a text in quotation marks or of an address in <>, from after the first byte on; -1
 * when it is not closed. */
static ptrdiff_t closing(struct pfx_slice text)
{
    return pfx_slice_find(pfx_slice_from(text, 1),
                          text.text[0] == '"' ? PFX_SLICE("\"") : PFX_SLICE(">"));
}

/* Takes "..." or <...> off the front. False when there is none. */
static bool take_enclosed(struct mask *mask, struct pfx_slice *text, ptrdiff_t *unclosed)
{
    char c = text->text[0];
    ptrdiff_t end;

    /* Where one is not closed, none after it is. */
    if ((c != '"' && c != '<') || *unclosed & (c == '"' ? 1 : 2))
        return false;
    end = closing(*text);
    if (end < 0) {
        *unclosed |= c == '"' ? 1 : 2;
        return false;
    }
    put(mask, pfx_slice_until(*text, 1));
    if (end > 0)
        put_masked(mask, c == '"' ? TEXT : ADDRESS,
                   pfx_slice_until(pfx_slice_from(*text, 1), (size_t)end));
    put(mask, pfx_slice_until(pfx_slice_from(*text, (size_t)end + 1), 1));
    *text = pfx_slice_from(*text, (size_t)end + 2);
    return true;
}

void mask_write(const struct words *words, struct pfx_slice text, char form[MASK_ROOM])
{
    static const char marks[] = " ,;()[]<>\"=";
    struct mask mask = {.words = words, .form = form};
    ptrdiff_t unclosed = 0;
    bool value = false; /* an equals sign stands before: what follows is nobody's word */

    while (text.length > 0 && !mask.cut) {
        size_t length = 0;

        if (take_enclosed(&mask, &text, &unclosed))
            continue;
        while (length < text.length && (unsigned char)text.text[length] > ' ' &&
               strchr(marks, text.text[length]) == NULL)
            ++length;
        if (length == 0) {
            char c = text.text[0];

            value = c == '=';
            put(&mask, is_plain(c) ? pfx_slice_until(text, 1) : PFX_SLICE(" "));
            text = pfx_slice_from(text, 1);
            continue;
        }
        if (value)
            put_masked(&mask, kind_of(pfx_slice_until(text, length)),
                       pfx_slice_until(text, length));
        else
            put_run(&mask, pfx_slice_until(text, length));
        value = false;
        text = pfx_slice_from(text, length);
    }
    form[mask.length] = '\0';
}

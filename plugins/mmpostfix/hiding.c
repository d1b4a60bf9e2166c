/* SPDX-License-Identifier: Apache-2.0 */
/* Events behind a veil; see hiding.h.
 *
 * First the fields that are personal by what they are: each tells a word that other texts of the
 * line may repeat, and, where it is a piece of the line, a place in it. Then all other texts are
 * scrubbed, and the line around those places.
 */
#include "hiding.h"
#include "privacy/scrub.h"

#include <pthread.h>
#include <string.h>

#define SPANS_MOST 48
#define HIDDEN_MOST 40

struct hiding {
    struct pfx_veil *veil;
    struct pfx_event *event;
    struct pfx_raw *raw;
    struct pfx_repeated known; /* made when a text is looked through */
    struct {
        struct pfx_slice text, instead;
        enum pfx_veiled what;
    } hidden[HIDDEN_MOST]; /* values, until then */
    unsigned hiddens;
    struct pfx_span span[SPANS_MOST];
    unsigned spans;
};

/* What a value of a class is; PFX_VEIL_KINDS: a text that may have some in it. */
static enum pfx_veiled veiled_of(enum pfx_privacy privacy)
{
    static const unsigned char rows[] = {
        [PFX_PRIVACY_NONE] = PFX_VEIL_KINDS,        [PFX_PRIVACY_ADDRESS] = PFX_VEIL_ADDRESS,
        [PFX_PRIVACY_USER] = PFX_VEIL_USER,         [PFX_PRIVACY_HOST] = PFX_VEIL_HOST,
        [PFX_PRIVACY_NEXT_HOP] = PFX_VEIL_NEXT_HOP, [PFX_PRIVACY_IP] = PFX_VEIL_IP,
        [PFX_PRIVACY_PORT] = PFX_VEIL_KINDS,        [PFX_PRIVACY_SESSION] = PFX_VEIL_SESSION,
        [PFX_PRIVACY_MESSAGE] = PFX_VEIL_MESSAGE,   [PFX_PRIVACY_CONTENT] = PFX_VEIL_CONTENT,
        [PFX_PRIVACY_TEXT] = PFX_VEIL_KINDS,        [PFX_PRIVACY_VALUE] = PFX_VEIL_KINDS};

    return (enum pfx_veiled)rows[privacy];
}

/* Captures without a row in fields.def that are no texts; all others are. */
static enum pfx_veiled veiled_extra(struct pfx_slice word)
{
    static const struct {
        struct pfx_slice word;
        enum pfx_veiled what;
    } rows[] = {
#define ROW(word, what) {PFX_SLICE(word), PFX_VEIL_##what}
        ROW("address_quoted", ADDRESS),
        ROW("client_id", CONTENT),
        ROW("cyrus_session", SESSION),
        ROW("dkim_identity", ADDRESS),
        ROW("dovecot_mail_session", SESSION),
        ROW("fetchmail_user", USER),
        ROW("fingerprint", CONTENT),
        ROW("first_domain", HOST),
        ROW("header_from_text", CONTENT),
        ROW("header_to", ADDRESS),
        ROW("ldap_dn", CONTENT),
        ROW("logname", USER),
        ROW("mail_from", ADDRESS),
        ROW("master_user", USER),
        ROW("network", IP),
        ROW("opensmtpd_rcpt", ADDRESS),
        ROW("opensmtpd_user", USER),
        ROW("orcpt", ADDRESS),
        ROW("pam_user", USER),
        ROW("part_name", CONTENT),
        ROW("password_sha1", CONTENT),
        ROW("path_from", ADDRESS),
        ROW("path_to", ADDRESS),
        ROW("pkey_fingerprint", CONTENT),
        ROW("receiver", HOST),
        ROW("tls_certificate", CONTENT),
        ROW("tls_issuer", CONTENT),
        ROW("tls_session", SESSION),
        ROW("tls_subject", CONTENT),
        ROW("tls_verify", CONTENT),
        ROW("user", USER),
        ROW("user_domain", HOST),
        ROW("username", USER),
#undef ROW
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (pfx_slice_equal(rows[i].word, word))
            return rows[i].what;
    }
    return PFX_VEIL_KINDS;
}

/* Remembers that a piece of the line is another one, in the order of the line. */
static void note_span(struct hiding *h, struct pfx_slice text, struct pfx_slice instead)
{
    const struct pfx_slice line = h->raw->text;
    struct pfx_span span = {.instead = instead.length > 0 ? instead : PFX_SCRUBBED};
    unsigned place = h->spans;

    if (text.text < line.text || text.text + text.length > line.text + line.length ||
        h->spans == SPANS_MOST)
        return;
    span.begin = (size_t)(text.text - line.text);
    span.end = span.begin + text.length;
    for (; place > 0 &&
           (h->span[place - 1].begin > span.begin ||
            (h->span[place - 1].begin == span.begin && h->span[place - 1].end < span.end));
         --place)
        h->span[place] = h->span[place - 1];
    h->span[place] = span;
    ++h->spans;
}

/* Of those that are over each other the first and longer one, which covers them all then. */
static void part_spans(struct hiding *h)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < h->spans; ++i) {
        if (kept > 0 && h->span[i].begin < h->span[kept - 1].end) {
            if (h->span[i].end > h->span[kept - 1].end)
                h->span[kept - 1].end = h->span[i].end;
            continue;
        }
        h->span[kept++] = h->span[i];
    }
    h->spans = kept;
}

static bool is_composed(struct pfx_slice local, const char *delimiter)
{
    for (size_t i = 1; i < local.length; ++i) {
        char c = local.text[i];

        if (c == '=' || c == '%' || c == '!' || (c != '\0' && strchr(delimiter, c) != NULL))
            return true;
    }
    return false;
}

/* The local part of whom an address with a tag, or one within it, is of: "bob" of "bob+list@". */
static void know_inner(struct hiding *h, struct pfx_slice text, struct pfx_slice shown)
{
    struct pfx_person person;
    ptrdiff_t at;
    char *room;

    pfx_person_fold(text, &pfx_veil_policy(h->veil)->rules, &person);
    at = pfx_slice_rfind((struct pfx_slice){person.text, person.length}, PFX_SLICE("@"));
    room = at > 0 ? pfx_veil_room(h->veil, (size_t)at) : NULL;
    if (room == NULL)
        return;
    memcpy(room, person.text, (size_t)at);
    pfx_repeated_add(&h->known, (struct pfx_slice){room, (size_t)at}, shown);
}

/* The word, and of an address the local part, which replies and logs name alone. */
static void know(struct hiding *h, enum pfx_veiled what, struct pfx_slice text,
                 struct pfx_slice instead)
{
    struct pfx_slice shown = instead.length > 0 ? instead : PFX_SCRUBBED;
    ptrdiff_t at, shown_at;

    if (what == PFX_VEIL_MESSAGE && text.text[0] == '<' && text.length > 2 && shown.length > 2) {
        text = (struct pfx_slice){text.text + 1, text.length - 2};
        if (shown.text[0] == '<')
            shown = (struct pfx_slice){shown.text + 1, shown.length - 2};
    }
    pfx_repeated_add(&h->known, text, shown);
    if (what != PFX_VEIL_ADDRESS && what != PFX_VEIL_USER)
        return;
    at = pfx_slice_rfind(text, PFX_SLICE("@"));
    shown_at = pfx_slice_rfind(shown, PFX_SLICE("@"));
    shown = shown_at > 0 ? pfx_slice_until(shown, (size_t)shown_at) : shown;
    if (at <= 0)
        at = (ptrdiff_t)text.length;
    else
        pfx_repeated_add(&h->known, pfx_slice_until(text, (size_t)at), shown);
    if (is_composed(pfx_slice_until(text, (size_t)at), pfx_veil_policy(h->veil)->rules.delimiter))
        know_inner(h, text, shown);
}

/* The words of the values that were hidden up to here. */
static const struct pfx_repeated *known(struct hiding *h)
{
    for (unsigned i = 0; i < h->hiddens; ++i)
        know(h, h->hidden[i].what, h->hidden[i].text, h->hidden[i].instead);
    h->hiddens = 0;
    return &h->known;
}

static struct pfx_slice hide_value(struct hiding *h, enum pfx_veiled what, struct pfx_slice text)
{
    const struct pfx_slice *word =
        what == PFX_VEIL_NEXT_HOP ? pfx_repeated_find(known(h), text) : NULL;
    struct pfx_slice instead = word != NULL ? *word : pfx_veil_value(h->veil, what, text);

    if (instead.text == text.text)
        return text;
    note_span(h, text, instead);
    if (what != PFX_VEIL_IP && what != PFX_VEIL_CONTENT && h->hiddens < HIDDEN_MOST) {
        h->hidden[h->hiddens].text = text;
        h->hidden[h->hiddens].instead = instead;
        h->hidden[h->hiddens++].what = what;
    }
    return instead;
}

/* Each line of it by itself; what is dropped leaves a mark, since lists go together. */
static struct pfx_slice hide_list(struct hiding *h, enum pfx_veiled what, struct pfx_slice list)
{
    const size_t size = list.length * 2 + 4096;
    char *room = pfx_veil_room(h->veil, size), *out = room;
    struct pfx_slice member;

    while (room != NULL && pfx_slice_next(&list, '\n', &member)) {
        struct pfx_slice instead = hide_value(h, what, member);

        if (instead.length == 0 && member.length > 0)
            instead = PFX_SCRUBBED;
        if (instead.length + 1 > size - (size_t)(out - room))
            break;
        if (instead.length > 0)
            memcpy(out, instead.text, instead.length);
        out += instead.length;
        if (list.text != NULL)
            *out++ = '\n';
    }
    return room == NULL ? PFX_NO_SLICE : (struct pfx_slice){room, (size_t)(out - room)};
}

static void put(struct hiding *h, enum pfx_field field, struct pfx_slice instead)
{
    if (instead.text == h->event->field[field].text)
        return;
    if (instead.length == 0)
        pfx_event_unset(h->event, field);
    else
        pfx_event_put(h->event, field, instead,
                      pfx_fields[field].type == PFX_IP ? PFX_MARK_SOUND : PFX_MARK_NONE);
}

/* A port of a client tells it as well as its address, behind a router. */
static void hide_port(struct hiding *h, enum pfx_field field)
{
    if (pfx_veil_policy(h->veil)->ip == PFX_HIDE_KEEP)
        return;
    note_span(h, h->event->field[field], PFX_SLICE("0"));
    pfx_event_unset(h->event, field);
}

static void hide_field(struct hiding *h, enum pfx_field field)
{
    const struct pfx_field_row *row = &pfx_fields[field];
    const struct pfx_slice text = h->event->field[field];
    enum pfx_veiled what = veiled_of(row->privacy);

    if (row->privacy == PFX_PRIVACY_PORT)
        hide_port(h, field);
    else if (row->type == PFX_LIST)
        put(h, field, hide_list(h, what, text));
    else if (row->type == PFX_INTEGER) /* of a user: it can be no other number */
        pfx_event_unset(h->event, field);
    else
        put(h, field, hide_value(h, what, text));
}

/* A text that is a piece of the line has the same places in it that are hidden: what somebody wrote
 * has no form there that it could be found by. */
static struct pfx_slice scrub_text(struct hiding *h, struct pfx_slice text)
{
    const struct pfx_slice line = h->raw->text;
    struct pfx_span span[SPANS_MOST];
    unsigned spans = 0;
    size_t begin;

    if (text.text < line.text || text.text + text.length > line.text + line.length)
        return pfx_scrub(h->veil, known(h), true, text);
    begin = (size_t)(text.text - line.text);
    for (unsigned i = 0; i < h->spans; ++i) {
        struct pfx_span s = h->span[i];
        bool around = s.begin < begin && s.end > begin + text.length;

        if (s.end <= begin || s.begin >= begin + text.length || around)
            continue;
        s.begin = s.begin > begin ? s.begin - begin : 0;
        s.end = s.end < begin + text.length ? s.end - begin : text.length;
        span[spans++] = s;
    }
    return pfx_scrub_around(h->veil, known(h), text, span, spans);
}

static void scrub_field(struct hiding *h, enum pfx_field field)
{
    const struct pfx_policy *policy = pfx_veil_policy(h->veil);
    const struct pfx_field_row *row = &pfx_fields[field];
    const struct pfx_slice text = h->event->field[field];

    /* Words of programs have no place for a name, but may hold a form. */
    if (h->event->mark[field] == PFX_MARK_CONSTANT ||
        (row->privacy == PFX_PRIVACY_NONE && !pfx_scrub_may(text)))
        return;
    if (row->privacy == PFX_PRIVACY_TEXT && policy->text == PFX_HIDE_DROP)
        pfx_event_unset(h->event, field);
    else
        put(h, field,
            row->privacy == PFX_PRIVACY_NONE ? pfx_scrub(h->veil, known(h), false, text)
                                             : scrub_text(h, text));
}

/* Fields by what is done with them, as bits. */
static uint64_t personal[PFX_FIELD_WORDS], texts[PFX_FIELD_WORDS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void sort_fields(void)
{
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        const struct pfx_field_row *row = &pfx_fields[f];
        uint64_t bit = UINT64_C(1) << (f % 64);

        if (row->privacy == PFX_PRIVACY_PORT || veiled_of(row->privacy) != PFX_VEIL_KINDS)
            personal[f / 64] |= bit;
        else if (row->type != PFX_INTEGER && row->type != PFX_NUMBER && row->type != PFX_DATE &&
                 f != PFX_F_event_source)
            texts[f / 64] |= bit;
    }
}

static void each_field(struct hiding *h, const uint64_t wanted[PFX_FIELD_WORDS],
                       void (*hide)(struct hiding *h, enum pfx_field field))
{
    for (unsigned w = 0; w < PFX_FIELD_WORDS; ++w) {
        for (uint64_t left = h->event->set[w] & wanted[w]; left != 0; left &= left - 1)
            hide(h, (enum pfx_field)(w * 64 + (unsigned)__builtin_ctzll(left)));
    }
}

static void hide_extras(struct hiding *h, bool personal)
{
    struct pfx_event *event = h->event;
    unsigned kept = 0;

    for (unsigned i = 0; i < event->extras; ++i) {
        struct pfx_extra *extra = &event->extra[i];
        enum pfx_veiled what = veiled_extra(extra->word);

        if ((what != PFX_VEIL_KINDS) == personal)
            extra->text = personal ? hide_value(h, what, extra->text) : scrub_text(h, extra->text);
        if (extra->text.length > 0)
            event->extra[kept++] = *extra;
    }
    event->extras = kept;
}

/* What a header check put in the place of a header is of what somebody wrote. */
static void hide_written(struct hiding *h)
{
    if (pfx_event_has(h->event, PFX_F_milter_data) &&
        pfx_slice_equal(pfx_event_get(h->event, PFX_F_action), PFX_SLICE("replace")))
        put(h, PFX_F_milter_data,
            hide_value(h, PFX_VEIL_CONTENT, h->event->field[PFX_F_milter_data]));
}

/* Where texts are left out, the line says what kind of line it is. */
static void hide_line(struct hiding *h)
{
    struct pfx_raw *raw = h->raw;

    raw->tag = pfx_scrub(h->veil, known(h), false, raw->tag);
    if (pfx_veil_policy(h->veil)->text == PFX_HIDE_DROP) {
        raw->text = pfx_event_get(h->event, PFX_F_event);
        return;
    }
    raw->text = pfx_scrub_around(h->veil, known(h), raw->text, h->span, h->spans);
}

bool pfx_hiding(struct pfx_worker *worker, struct pfx_raw *raw)
{
    struct hiding h;

    h.veil = worker->veil;
    h.event = &worker->event;
    h.raw = raw;
    h.known.words = 0;
    h.known.letters = h.known.lengths = 0;
    h.hiddens = 0;
    h.spans = 0;
    pthread_once(&once, sort_fields);
    if (!pfx_veil_begin(h.veil, raw->time.seconds))
        return false;
    each_field(&h, personal, hide_field);
    hide_extras(&h, true);
    hide_written(&h);
    part_spans(&h);
    each_field(&h, texts, scrub_field);
    hide_extras(&h, false);
    if (worker->format != PFX_GIM) /* which has no line */
        hide_line(&h);
    pfx_event_set(&worker->event, PFX_F_pseudonyms, pfx_veil_epoch(h.veil));
    return pfx_veil_good(h.veil);
}

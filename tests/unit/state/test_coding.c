/* SPDX-License-Identifier: Apache-2.0 */
/* Random mails and sessions to bytes and back; bytes cut or changed never make anything unsound. */
#include "unit/unit.h"

#include "state/coding.h"

#include <stdlib.h>

/* Small and repeatable; the seed is the row that failed. */
static uint64_t state;

static unsigned chance(unsigned most)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(state >> 33) % most;
}

static void name(char *room, size_t size)
{
    size_t length = chance((unsigned)size);

    for (size_t i = 0; i < length; ++i)
        room[i] = (char)('!' + chance(90));
    room[length] = '\0';
}

static void put_facts(struct pfx_facts *facts)
{
    char text[300];

    for (unsigned i = chance(8); i > 0; --i) {
        name(text, sizeof(text));
        pfx_facts_put(facts, (enum pfx_field)chance(PFX_FIELD_COUNT), unit_slice(text),
                      (uint8_t)chance(4), chance(1000));
    }
}

static void make_mail(struct pfx_mail *mail)
{
    *mail = (struct pfx_mail){.nrcpt = -1};
    name(mail->parent_uid, sizeof(mail->parent_uid));
    mail->instance = state * 3;
    mail->session = state * 5;
    mail->process = state * 7;
    mail->id = state;
    mail->trace = ~state;
    mail->link = (enum pfx_link)chance(PFX_LINK_FILTER + 1);
    mail->first = 1 + chance(1000);
    mail->closed = chance(2) * 5000;
    mail->active[chance(4)] = 77;
    mail->attempts = chance(5);
    mail->nrcpt = (int64_t)chance(5) - 1;
    mail->end = (uint8_t)chance(PFX_FATES);
    mail->has_message_id = chance(2);
    mail->expired = chance(2);
    put_facts(&mail->facts);
    for (unsigned i = chance(40); i > 0; --i) {
        char to[20], relay[60];
        struct pfx_delivery delivery = {.time = chance(50), .delay = (int64_t)chance(9) - 1};

        snprintf(to, sizeof(to), "%u@example.com", chance(20));
        name(relay, sizeof(relay));
        delivery.text[PFX_RCPT_TO] = unit_slice(to);
        delivery.text[PFX_RCPT_ORIG] = chance(2) ? unit_slice("root") : PFX_NO_SLICE;
        delivery.text[PFX_RCPT_STATUS] = chance(2) ? unit_slice("sent") : unit_slice("deferred");
        delivery.text[PFX_RCPT_RELAY] = unit_slice(relay);
        delivery.fate = (enum pfx_fate)(1 + chance(4));
        delivery.internal = chance(2);
        pfx_recipients_put(&mail->recipients, &delivery);
    }
    mail->recipients.beyond = chance(3);
}

static void check_same(const struct pfx_mail *a, const struct pfx_mail *b)
{
    struct pfx_encoder pack[2] = {{0}, {0}};

    /* The bytes are of all that is kept; what tells apart is looked at one by one. */
    pfx_encode_mail(&pack[0], a);
    pfx_encode_mail(&pack[1], b);
    CHECK(pack[0].length == pack[1].length &&
          memcmp(pack[0].bytes, pack[1].bytes, pack[0].length) == 0);
    CHECK(a->instance == b->instance && a->session == b->session && a->process == b->process);
    CHECK(a->id == b->id && a->trace == b->trace && strcmp(a->parent_uid, b->parent_uid) == 0);
    CHECK(a->link == b->link && a->closed == b->closed && a->nrcpt == b->nrcpt);
    CHECK(a->attempts == b->attempts && a->end == b->end && a->expired == b->expired);
    CHECK(a->recipients.rows == b->recipients.rows && a->recipients.beyond == b->recipients.beyond);
    for (uint32_t i = 0; i < a->recipients.rows && i < b->recipients.rows; ++i) {
        const struct pfx_recipient *x = &a->recipients.row[i], *y = &b->recipients.row[i];

        CHECK(x->time == y->time && x->delay == y->delay && x->attempts == y->attempts &&
              x->fate == y->fate && x->internal == y->internal);
    }
    free(pack[0].bytes);
    free(pack[1].bytes);
}

static void mails_come_back(void)
{
    char seed[24];

    unit_row = seed;
    for (unsigned i = 1; i <= 2000; ++i) {
        struct pfx_mail mail, again = {0};
        struct pfx_encoder pack = {0};
        struct pfx_slice bytes;

        snprintf(seed, sizeof(seed), "seed %u", i);
        state = i;
        make_mail(&mail);
        pfx_encode_mail(&pack, &mail);
        bytes = (struct pfx_slice){pack.bytes, pack.length};
        CHECK(pfx_decode_mail(&bytes, &again) && bytes.length == 0);
        check_same(&mail, &again);
        pfx_mail_clear(&again);
        for (unsigned n = 0; n < 20; ++n) { /* whatever comes out can be cleared */
            pack.bytes[chance((unsigned)pack.length)] ^= (char)(1 << chance(8));
            bytes = (struct pfx_slice){pack.bytes, chance((unsigned)pack.length + 1)};
            again = (struct pfx_mail){0};
            pfx_decode_mail(&bytes, &again);
            pfx_mail_clear(&again);
        }
        free(pack.bytes);
        pfx_mail_clear(&mail);
    }
    unit_row = "";
}

static void cut_bytes_are_no_mail(void)
{
    struct pfx_mail mail;
    struct pfx_encoder pack = {0};

    state = 4;
    make_mail(&mail);
    pfx_encode_mail(&pack, &mail);
    for (size_t length = 0; length < pack.length; ++length) {
        struct pfx_slice bytes = {pack.bytes, length};
        struct pfx_mail again = {0};

        CHECK(!pfx_decode_mail(&bytes, &again));
        pfx_mail_clear(&again);
    }
    free(pack.bytes);
    pfx_mail_clear(&mail);
}

/* Times that would overflow when they are reckoned with are none. */
static void times_have_a_limit(void)
{
    static const int64_t times[] = {INT64_MAX, INT64_MIN, (INT64_C(1) << 60) + 1};

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); ++i) {
        struct pfx_mail mail = {.closed = times[i]}, again = {0};
        struct pfx_encoder pack = {0};
        struct pfx_slice bytes;

        pfx_encode_mail(&pack, &mail);
        bytes = (struct pfx_slice){pack.bytes, pack.length};
        CHECK(!pfx_decode_mail(&bytes, &again));
        pfx_mail_clear(&again);
        free(pack.bytes);
        pack = (struct pfx_encoder){0};
        mail = (struct pfx_mail){.nrcpt = INT64_MAX}; /* as a line may say */
        pfx_encode_mail(&pack, &mail);
        bytes = (struct pfx_slice){pack.bytes, pack.length};
        CHECK(pfx_decode_mail(&bytes, &again) && again.nrcpt == INT64_MAX);
        pfx_mail_clear(&again);
        free(pack.bytes);
    }
}

static void sessions_come_back(void)
{
    struct pfx_session session = {.opened = 7,
                                  .mails = 3,
                                  .denied = 2,
                                  .passed = true,
                                  .fate = PFX_FATE_HELD,
                                  .fated = 9},
                       again = {0};
    struct pfx_encoder pack = {0};
    struct pfx_slice bytes;

    state = 1;
    name(session.client, sizeof(session.client));
    memcpy(session.port, "65535", 6);
    put_facts(&session.facts);
    pfx_encode_session(&pack, &session);
    bytes = (struct pfx_slice){pack.bytes, pack.length};
    CHECK(pfx_decode_session(&bytes, &again) && bytes.length == 0);
    CHECK(strcmp(session.client, again.client) == 0 && strcmp(again.port, "65535") == 0);
    CHECK(again.opened == 7 && again.mails == 3 && again.denied == 2 && again.passed);
    CHECK(again.fate == PFX_FATE_HELD && again.fated == 9);
    CHECK(session.facts.length == again.facts.length &&
          memcmp(session.facts.block, again.facts.block, again.facts.length) == 0);
    pfx_facts_free(&session.facts);
    pfx_facts_free(&again.facts);
    free(pack.bytes);
}

static void jobs_come_back(void)
{
    for (unsigned i = 1; i <= 500; ++i) {
        struct pfx_job job = {.id = i * UINT64_C(0x9e3779b97f4a7c15),
                              .mail = ~UINT64_C(0) / i,
                              .mail_id = i * 3,
                              .named = i * 5,
                              .notice = "4C1B2C3E01",
                              .opened = i % 2 * 7777,
                              .fate = (uint8_t)(i % PFX_FATES)},
                       again = {0};
        struct pfx_encoder pack = {0};
        struct pfx_slice bytes;

        state = i;
        put_facts(&job.facts);
        pfx_encode_job(&pack, &job);
        bytes = (struct pfx_slice){pack.bytes, pack.length};
        CHECK(pfx_decode_job(&bytes, &again) && bytes.length == 0);
        CHECK(again.id == job.id && again.mail == job.mail && again.mail_id == job.mail_id);
        CHECK(again.named == job.named && strcmp(again.notice, job.notice) == 0);
        CHECK(again.opened == job.opened && again.fate == job.fate);
        CHECK(job.facts.length == again.facts.length &&
              (job.facts.length == 0 ||
               memcmp(job.facts.block, again.facts.block, again.facts.length) == 0));
        pfx_facts_free(&again.facts);
        for (size_t length = 0; length < pack.length; ++length) {
            again = (struct pfx_job){0};
            bytes = (struct pfx_slice){pack.bytes, length};
            CHECK(!pfx_decode_job(&bytes, &again));
            pfx_facts_free(&again.facts);
        }
        for (unsigned n = 0; n < 20; ++n) {
            pack.bytes[chance((unsigned)pack.length)] ^= (char)(1 << chance(8));
            again = (struct pfx_job){0};
            bytes = (struct pfx_slice){pack.bytes, pack.length};
            CHECK(!pfx_decode_job(&bytes, &again) || again.fate < PFX_FATES);
            pfx_facts_free(&again.facts);
        }
        pfx_facts_free(&job.facts);
        free(pack.bytes);
    }
}

static void keys_have_two_parts(void)
{
    CHECK(pfx_coding_is_key((struct pfx_slice){"j12345678id\0d", 13}));
    CHECK(!pfx_coding_is_key((struct pfx_slice){"j12345678id", 11}));
    CHECK(!pfx_coding_is_key((struct pfx_slice){"j12345678id\0d\0", 14}));
    CHECK(!pfx_coding_is_key((struct pfx_slice){"j123456\0", 9}));
}

int main(void)
{
    pfx_fields_init();
    mails_come_back();
    cut_bytes_are_no_mail();
    times_have_a_limit();
    sessions_come_back();
    jobs_come_back();
    keys_have_two_parts();
    CHECK(pfx_coding_layout() == pfx_coding_layout());
    return UNIT_END();
}

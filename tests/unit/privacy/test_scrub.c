/* SPDX-License-Identifier: Apache-2.0 */
/* Personal values in free text, in each form that it may have: none of them is in what comes out,
 * and Postfix's own words are. */
#include "unit/unit.h"

#include "meaning/direction.h"
#include "privacy/scrub.h"

#include <stdlib.h>

static struct pfx_direction *own, *kept;
static struct pfx_policy policy;
static struct pfx_secrets *secrets;
static struct pfx_veil *veil;

/* What may not be in the text that comes out, with blanks between, and what has to be. */
static const struct {
    const char *text, *gone, *stays;
} rows[] = {
    {"to=<bob@example.org>, relay=none", "bob example.org", "to=<u- >, relay=none"},
    {"mail for bob@example.org.", "bob example.org", "mail for u- ."},
    {"(Bob.Smith@Example.ORG)", "Bob Smith Example.ORG", "(u- )"},
    {"\"bob smith\"@example.org rejected", "bob smith example", "rejected"},
    {"<\"ok<angle>\"@example.org>: no", "angle example", ">: no"},
    {"bob@[192.0.2.7] gone", "bob 192.0.2.7", "u- ]  gone"},
    {"from=bob@example.org", "bob example", "from=u-"},
    {"<@relay.example.org:bob@example.net>", "bob relay example", "<@h-"},
    {"id=bob%40example.org;ip=192.0.2.7", "bob example 192", "id=u- ;ip=fd"},
    {"id=bob%2540example.org", "bob example", "id=u-"},
    {"ORCPT=rfc822;bob+40example.org", "bob example", "ORCPT=rfc822;u-"},
    {"said \\x3cbob\\x40example.org\\x3e", "bob example", "said"},
    {"octal bob\\100example.org", "bob example", "octal u-"},
    {"[192.0.2.7]:41234: queue", "192.0.2.7 41234", "[fd6c: ]:0: queue"},
    {"[192.0.2.7]:25", "192.0.2.7", "]:25"},
    {"[192.0.2.7]:41234.example.org is odd", "192.0.2.7 41234 example", "[fd6c: is odd"},
    {"[192.0.2.7]:41234@example.org is odd", "192.0.2.7 41234 example", "[fd6c: is odd"},
    {"192.0.2.7#55555", "192.0.2.7 55555", "#0"},
    {"rejected IPv6:2001:db8::7, try", "db8::7", "rejected , try"},
    {"at 2001:DB8:0:0::7.", "2001:DB8", "at fd6c: ."},
    {"[::ffff:192.0.2.7]", "192.0.2.7", "[fd6c:"},
    {"fe80::1%eth0 said", "fe80", "said"},
    {"7.2.0.192.zen.example.org listed", "7.2.0.192 zen", "listed"},
    {"7.2.0.192.in-addr.arpa", "7.2.0.192", ""},
    {"7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "8.b.d.0", ""},
    {"postfix-192.0.2.7/smtpd", "192.0.2.7", "postfix-fd /smtpd"},
    {"host mx.example.org[192.0.2.7] said", "mx.example 192.0.2.7", "host h- [fd6c: said"},
    {"failed: Ym9iQGV4YW1wbGUub3Jn", "Ym9iQGV4", "failed:"},
    {"authentication failed: VXNlcm5hbWU6", "", "failed: VXNlcm5hbWU6"},
    {"authentication failed: UGFzc3dvcmQ6", "", "failed: UGFzc3dvcmQ6"},
    {"answer AGJvYgBodW50ZXIy here", "AGJvYgBodW50ZXIy", "answer here"},
    {"user=<carol>, method=PLAIN", "carol", "user=<u- >, method=PLAIN"},
    {"user=carol rhost=", "carol", "rhost="},
    {"unknown user: \"carol\"", "carol", "unknown user: \"u-"},
    {"imap(carol)<7>: gone", "carol", "imap(u- )<7>: gone"},
    {"passwd-file(carol,192.0.2.7): x", "carol 192.0.2.7", "passwd-file(u- ): x"},
    {"not owned by user carol; from", "carol", "not owned by user u- ; from"},
    {"session=<ZvNLp3JdYNjAAAIH> x", "ZvNLp3Jd", "session=<s- > x"},
    {"AUTH session=ZvNLp3JdYNjAAAIH\trport=41234\tresp=AGJvYgBodW50", "ZvNLp3Jd 41234 AGJv",
     "AUTH session=s- rport=0 resp=..."},
    {"copy: msgid=<carol.7@example.org>, size=7", "carol u- example", "copy: msgid=<m- >, size=7"},
    {"Message-ID: <carol.7@example.org> x", "carol u- example", "Message-ID: <m- > x"},
    {"Subject: \"for carol \\\" too\", Hits: 1", "carol too", "Subject: \"t- \", Hits: 1"},
    {"copy: subject=for carol, flags=x", "for carol", "copy: subject=t- , flags=x"},
    {"Error: user carol: no such", "carol", "Error: user u- : no such"},
    {"original_user=carol\tx", "carol", "original_user=u-"},
    {"bind as \"uid=carol,ou=people\"", "carol", "\"uid=u- ,ou=people"},
    {"untrusted issuer /C=US/O=Shop/CN=Carol Smith/emailAddress=c@example.org", "Carol Smith c@",
     "untrusted issuer t-"},
    {"to \"/C=US/CN=Carol Smith\": no", "Carol Smith", "to \"t- \": no"},
    {"user='carol', username:carol, login:carol", "carol", "user='u- ', username:u- , login:u-"},
    {"~carol/.forward: no", "carol", "~u- /.forward: no"},
    {"/var/mail/c/ca/carol and /home/carol/x", "carol", "/var/mail/"},
    {"key AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD, x", "AA:BB CC:DD 88:99",
     "key t- , x"},
    {"subject_CN=Carol Smith, issuer_CN=Shop", "Carol Smith Shop", "subject_CN=t- , issuer_CN=t-"},
    {"sent Y2Fyb2xAZXhhbXBsZS5vcmc 'Y2Fyb2w=' x", "Y2Fyb2", "sent ... '...' x"},
    {"/home/carol/Maildir/new", "carol", "/home/u- /Maildir/new"},
    {"maildir:/var/vmail/example.org/carol", "example.org carol", "maildir:/var/vmail/"},
    {"GET /x?ip=192.0.2.7&h=mx.example.org", "192.0.2.7 mx.example", "GET /x?ip=fd6c: &h=h-"},
    {"at /cache/2001:db8::7/x", "db8::7", "at /cache/fd6c: /x"},
    {"open /var/mail/carol: denied", "carol", "open /var/mail/u- : denied"},
    {"header =?utf-8?B?Qm9i?= kept", "Qm9i", "header kept"},
    {"said <alice@exampl", "alice exampl", "said <"},
    {"said <alic", "alic", "said <..."},
    {"<strange_helo>: Helo command rejected", "strange_helo", "<h- >: Helo command rejected"},
    {"no o'neil, 'o'neil': or <o'neil>", "neil", "no u-y , 'u-y ': or <u-y"},
    {"authentication failure: user alice not in it", "alice ...",
     "authentication failure: user u-x not in it"},
    {"failed: Password mismatch", "", "failed: Password mismatch"},
    {"mailbox for user carol. unable", "carol", "mailbox for user u- . unable"},
    {"lookup for user database", "", "lookup for user database"},
    {"odd, proto=ESMTP, helo=<strange-pc>", "strange", "proto=ESMTP, helo=<h-"},
    {"alice is known here, and alice.", "alice", "is known here, and ."},
    {"malice stays", "", "malice stays"},
    {"u-aaaaaaaaaaaaaaaa@example.org", "u-aaaaaaaaaaaaaaaa", "u-"},
    {"fd6c:9b07:51e4:1:2:3:4:5", ":1:2:3:4:5", "fd6c:"},
    {"b\xc3\xb6"
     "b@example.org",
     "b\xc3\xb6"
     "b",
     "u-"},
    /* What is nobody's. */
    {"delays=0.12/0.01/0/0.3, dsn=2.0.0", "", "delays=0.12/0.01/0/0.3, dsn=2.0.0"},
    {"TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)", "",
     "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"},
    {"open /etc/postfix/main.cf: no", "", "open /etc/postfix/main.cf: no"},
    {"/var/spool/postfix/maildrop/3F4A91234: no", "", "/var/spool/postfix/maildrop/3F4A91234: no"},
    {"hash:/etc/postfix/virtual.db, /etc/aliases.lmdb", "",
     "hash:/etc/postfix/virtual.db, /etc/aliases.lmdb"},
    {"at /usr/share/perl5/Mail/SPF.pm line 5", "", "at /usr/share/perl5/Mail/SPF.pm line 5"},
    {"/etc/letsencrypt/live/mx.example.org/key.pem", "mx.example", "/key.pem"},
    {"/var/lib/mail/carol.log", "carol", "/var/lib/mail/"},
    {"len: 221, time: 23.456ms, took 1.5s, 0.33sec", "",
     "len: 221, time: 23.456ms, took 1.5s, 0.33sec"},
    {"user unknown: no; session=<>; Subject: x", "", "user unknown: no; session=<>; Subject: x"},
    {"size=4051, delay=404, delays=404/0.03/0/0.01, out=4096", "",
     "size=4051, delay=404, delays=404/0.03/0/0.01, out=4096"},
    {"DBD::mysql::st execute failed: Lost connection", "",
     "DBD::mysql::st execute failed: Lost connection"},
    {"hostname verification failed: Name or service not known", "",
     "hostname verification failed: Name or service not known"},
    {"uid=1017: Illegal seek", "", "uid=1017: Illegal seek"},
    {"status=sent (250 2.0.0 Ok: queued as 4hR8n873Ycz9Tn)", "",
     "status=sent (250 2.0.0 Ok: queued as 4hR8n873Ycz9Tn)"},
    {"at 10:15:32 on localhost[127.0.0.1]:10025", "", "at 10:15:32 on localhost[127.0.0.1]:10025"},
    {"from=<>, to=<postmaster@own.example.com>", "", "from=<>, to=<postmaster@own.example.com>"},
    {"see https://www.postfix.org/DEBUG_README.html", "",
     "see https://www.postfix.org/DEBUG_README.html"},
    {"host mx.own.example.com", "", "host mx.own.example.com"},
    {"client dsl-192-0-2-7.own.example.com", "192-0-2-7", "client h- .own.example.com"},
    {"timed out while receiving the initial server greeting", "",
     "timed out while receiving the initial server greeting"},
    {"", "", ""},
};

/* Each word of a list, with blanks between. */
static bool next_word(struct pfx_slice *list, struct pfx_slice *word_r)
{
    ptrdiff_t blank = pfx_slice_find(*list, PFX_SLICE(" "));

    *word_r = pfx_slice_until(*list, blank < 0 ? list->length : (size_t)blank);
    *list = pfx_slice_from(*list, blank < 0 ? list->length : (size_t)blank + 1);
    return word_r->length > 0 || list->length > 0;
}

static void check(const char *text, const char *gone, const char *stays, struct pfx_slice out)
{
    struct pfx_slice list = unit_slice(gone), word;

    unit_row = text;
    while (next_word(&list, &word))
        CHECK(pfx_slice_find(out, word) < 0);
    list = unit_slice(stays);
    while (next_word(&list, &word)) {
        if (word.length > 0 && pfx_slice_find(out, word) < 0)
            CHECK_TEXT(out, stays);
    }
    if (gone[0] == '\0' && stays[0] != '\0' && strchr(stays, ' ') == NULL)
        CHECK_TEXT(out, stays);
}

static void forms_are_found(void)
{
    struct pfx_repeated known = {.words = 0};

    pfx_repeated_add(&known, PFX_SLICE("alice"), PFX_SLICE("u-x"));
    pfx_repeated_add(&known, PFX_SLICE("o'neil"), PFX_SLICE("u-y"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        CHECK(pfx_veil_begin(veil, 0));
        check(rows[i].text, rows[i].gone, rows[i].stays,
              pfx_scrub(veil, &known, true, unit_slice(rows[i].text)));
    }
    unit_row = "";
}

/* Values at the end of longer texts, and each cut of a text, never end a walk elsewhere. */
static void any_text_is_taken(void)
{
    struct pfx_repeated known = {.words = 0};
    uint64_t chance = 88172645463325252u;
    char text[200];

    for (unsigned round = 0; round < 60000; ++round) {
        static const char letters[] = "ab.@:=%+-/\\<>[]\"'()? 0129\xc3\xa9";
        size_t length = 0;
        struct pfx_slice out;

        while (length < 1 + chance % 199) {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            text[length++] = letters[chance % (sizeof(letters) - 1)];
        }
        CHECK(pfx_veil_begin(veil, 0));
        out = pfx_scrub(veil, &known, true, (struct pfx_slice){text, length});
        CHECK(pfx_veil_good(veil) && out.length < 100000);
    }
}

/* A NUL ends no address: what stands behind it is hidden, too. */
static void text_goes_on_behind_a_nul(void)
{
    const struct pfx_repeated known = {.words = 0};
    struct pfx_slice out;

    CHECK(pfx_veil_begin(veil, 0));
    out = pfx_scrub(veil, &known, true, PFX_SLICE("<::\0 [198.51.100.77]:25 >: rejected"));
    CHECK(pfx_slice_find(out, PFX_SLICE("198.51.100.77")) < 0);
    out = pfx_veil_value(veil, PFX_VEIL_HOST, PFX_SLICE("::1\0 bob@example.org"));
    CHECK(pfx_slice_find(out, PFX_SLICE("bob")) < 0);
}

static void spans_are_put_in(void)
{
    struct pfx_repeated known = {.words = 0};
    const struct pfx_span span[] = {{5, 8, PFX_SLICE("NAME")}, {12, 13, PFX_SLICE("")}};

    CHECK(pfx_veil_begin(veil, 0));
    CHECK_TEXT(pfx_scrub_around(veil, &known, PFX_SLICE("from bob to x at once"), span, 2),
               "from NAME to  at once");
    CHECK_TEXT(pfx_scrub_around(veil, &known, PFX_SLICE("from bob to x at once"), NULL, 0),
               "from bob to x at once");
}

int main(void)
{
    char error[500];

    own = pfx_direction_new();
    kept = pfx_direction_new();
    policy = pfx_policy_default();
    policy.own = own;
    policy.keep = kept;
    secrets = pfx_secrets_parse(PFX_SLICE("always AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                                "keys", error, sizeof(error));
    if (own == NULL || kept == NULL || secrets == NULL ||
        pfx_direction_add_domain(own, "own.example.com", error, sizeof(error)) < 0)
        return 1;
    veil = pfx_veil_new(secrets, &policy);
    if (veil == NULL)
        return 1;
    forms_are_found();
    any_text_is_taken();
    text_goes_on_behind_a_nul();
    spans_are_put_in();
    pfx_veil_free(&veil);
    pfx_secrets_unref(&secrets);
    pfx_direction_free(&own);
    pfx_direction_free(&kept);
    return UNIT_END();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Compound captures, with what strangers may write into them. */
#include "unit/unit.h"

#include "event/split.h"

static struct pfx_event event;

static bool split(const char *word, const char *text)
{
    unit_row = text;
    pfx_fields_init();
    pfx_event_clear(&event);
    return pfx_split(&event, unit_slice(word), unit_slice(text));
}

#define FIELD(word) pfx_event_get(&event, PFX_F_##word)

static void a_delivery_comes_apart(void)
{
    CHECK(split("delivery",
                "<bob@example.net>, orig_to=<list>, relay=mx.example.net[2001:db8::25]:25, "
                "conn_use=3, delay=12, delays=11/0.02/0/0.3, tls=dane, dsn=2.6.0, "
                "status=sent (250 2.6.0 Ok (really): queued as 7C3A21F0B4)"));
    CHECK_TEXT(FIELD(to), "bob@example.net");
    CHECK_TEXT(FIELD(orig_to), "list");
    CHECK_TEXT(FIELD(relay_host), "mx.example.net");
    CHECK_TEXT(FIELD(relay_ip), "2001:db8::25");
    CHECK_TEXT(FIELD(relay_port), "25");
    CHECK_TEXT(FIELD(conn_use), "3");
    CHECK_TEXT(FIELD(delay), "12");
    CHECK_TEXT(FIELD(delay_before_qmgr), "11");
    CHECK_TEXT(FIELD(delay_transmission), "0.3");
    CHECK_TEXT(FIELD(tls_policy), "dane");
    CHECK_TEXT(FIELD(dsn), "2.6.0");
    CHECK_TEXT(FIELD(status), "sent");
    CHECK_TEXT(FIELD(reply_code), "250");
    CHECK_TEXT(FIELD(reply_enhanced), "2.6.0");
    CHECK_TEXT(FIELD(reply_subject), "6");
    CHECK_TEXT(FIELD(reply_text), "Ok (really): queued as 7C3A21F0B4");
    CHECK_TEXT(FIELD(queued_as), "7C3A21F0B4");
    CHECK(!pfx_event_has(&event, PFX_F_unparsed));
}

static void an_address_can_not_pose_as_fields(void)
{
    CHECK(split("delivery",
                "<\"x>, relay=evil[192.0.2.6]:25, dsn=2.0.0, status=sent (250 ok) \"@example.com>, "
                "relay=none, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (no)"));
    CHECK_TEXT(FIELD(relay_host), "none");
    CHECK_TEXT(FIELD(status), "bounced");
    CHECK_TEXT(FIELD(mail_response), "no");
    CHECK(split(
        "queue_line",
        "<\"a>, size=1, nrcpt=9 (queue active)\"@example.org>, size=77, nrcpt=1 (queue active)"));
    CHECK_TEXT(FIELD(size), "77");
    CHECK_TEXT(FIELD(nrcpt), "1");
}

static void a_cut_line_gives_its_front(void)
{
    CHECK(split("delivery", "<bob@example.net>, relay=none, delay=1, delays=1/0/0"));
    CHECK_TEXT(FIELD(to), "bob@example.net");
    CHECK_TEXT(FIELD(delay), "1");
    CHECK(split("delivery", "<bob@example.net>, orig_to=<li"));
    CHECK_TEXT(FIELD(to), "bob@example.net");
    CHECK_TEXT(FIELD(unparsed), "orig_to=<li");
    CHECK(!split("delivery", "<bob@exam"));
    CHECK(
        split("delivery",
              "<bob@example.net>, relay=none, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok: que"));
    CHECK_TEXT(FIELD(reply_text), "Ok: que");
}

static void a_number_behind_the_line_is_not_the_reply(void)
{
    CHECK(split("delivery", "<bob@example.net>, relay=none, delay=1, dsn=2.0.0, "
                            "status=sent (250 2.0.0 Ok: queued as 7C3A21F0B4) 257"));
    CHECK_TEXT(FIELD(reply_text), "Ok: queued as 7C3A21F0B4");
    CHECK_TEXT(FIELD(queued_as), "7C3A21F0B4");
    CHECK(split("delivery", "<bob@example.net>, relay=none, delay=1, dsn=4.0.0, "
                            "status=deferred (error 75"));
    CHECK_TEXT(FIELD(mail_response), "error 75");
    CHECK(split("delivery", "<bob@example.net>, relay=none, delay=1, dsn=4.0.0, "
                            "status=deferred (75) 12) x 3"));
    CHECK_TEXT(FIELD(mail_response), "75) 12) x 3");
}

static void an_envelope_comes_apart(void)
{
    CHECK(split(
        "envelope",
        "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.example.org; "
        "see this; from=<alice@example.org> to=<bob@example.com> proto=ESMTP "
        "helo=<client.example.com> sasl_method=PLAIN sasl_username=a b sasl_sender=c@example.org"));
    CHECK_TEXT(FIELD(reply_code), "554");
    CHECK_TEXT(
        FIELD(reply_text),
        "Service unavailable; Client host [192.0.2.9] blocked using zen.example.org; see this");
    CHECK_TEXT(FIELD(from), "alice@example.org");
    CHECK_TEXT(FIELD(to), "bob@example.com");
    CHECK_TEXT(FIELD(proto), "ESMTP");
    CHECK_TEXT(FIELD(helo), "client.example.com");
    CHECK_TEXT(FIELD(sasl_method), "PLAIN");
    CHECK_TEXT(FIELD(sasl_username), "a b");
    CHECK_TEXT(FIELD(sasl_sender), "c@example.org");
    CHECK(split("envelope", "450 4.3.2 Service currently unavailable; from=<>, "
                            "to=<bob@example.com>, proto=ESMTP, helo=<a>"));
    CHECK(pfx_event_has(&event, PFX_F_from));
    CHECK_TEXT(FIELD(from), "");
    CHECK_TEXT(FIELD(proto), "ESMTP");
    CHECK_TEXT(FIELD(helo), "a");
}

static void helo_can_not_pose_as_fields(void)
{
    CHECK(split("envelope", "550 5.7.1 no; from=<a@example.org> to=<b@example.com> proto=ESMTP "
                            "helo=<x> sasl_username=admin>"));
    CHECK_TEXT(FIELD(helo), "x> sasl_username=admin");
    CHECK(!pfx_event_has(&event, PFX_F_sasl_username));
    CHECK(split("envelope", "550 5.7.1 no; from=<a@example.org> to=<b@example.com> proto=ESMTP "
                            "helo=<; from=<evil@example.net> to=<c> proto=SMTP helo=<y>>"));
    /* two lists, and none that only Postfix can have made */
    CHECK_TEXT(FIELD(from), "");
    CHECK_TEXT(FIELD(to), "");
    CHECK_TEXT(FIELD(helo), "");
    /* smtpd does not quote it within the reply */
    CHECK(split("envelope",
                "550 5.1.1 <; from=<evil@example.net> to=<c> proto=SMTP helo=<y>@example.com>: "
                "unknown; from=<\"x; proto=\"@example.org> "
                "to=<\"; from=<evil@example.net> to=<c> proto=SMTP helo=<y>\"@example.com> "
                "proto=ESMTP helo=<h>"));
    CHECK_TEXT(FIELD(from), "\"x; proto=\"@example.org");
    CHECK_TEXT(FIELD(proto), "ESMTP");
    CHECK_TEXT(FIELD(helo), "h");
    CHECK(split("envelope",
                "550 5.1.1 <\"; from=<evil@example.net> to=<c>\"@example.com>: unknown; "
                "from=<a@example.org> to=<\"; from=<evil@example.net> to=<c>\"@example.com> "
                "proto=SMTP helo=<h>"));
    CHECK_TEXT(FIELD(from), "a@example.org");
    CHECK_TEXT(FIELD(helo), "h");
}

static void a_checked_header_is_split_from_the_right(void)
{
    CHECK(split("checked",
                "Subject: a from b[192.0.2.66]; from=<evil@example.net> to=<c> from "
                "client.example.com[192.0.2.10]; from=<alice@example.org> to=<bob@example.com> "
                "proto=ESMTP helo=<client.example.com>: spam@example.com"));
    CHECK_TEXT(FIELD(email_header), "Subject");
    CHECK_TEXT(FIELD(email_header_content), "a from b[192.0.2.66]; from=<evil@example.net> to=<c>");
    CHECK_TEXT(FIELD(client_ip), "192.0.2.10");
    CHECK_TEXT(FIELD(from), "alice@example.org");
    CHECK_TEXT(FIELD(helo), "client.example.com");
    CHECK_TEXT(FIELD(milter_data), "spam@example.com");
    CHECK(split("checked", "X: y from local; from=<alice@example.org>"));
    CHECK_TEXT(FIELD(client_host), "");
    CHECK(split("checked", "Subject: no envelope"));
    CHECK_TEXT(FIELD(email_header_content), "no envelope");
}

static void a_session_end_gives_counters(void)
{
    CHECK(split("session_end",
                "unknown[192.0.2.9] ehlo=2 auth=0/3 unknown=0/1 commands=2/6 notes=bare_lf"));
    CHECK_TEXT(FIELD(client_ip), "192.0.2.9");
    CHECK_TEXT(FIELD(cmd_ehlo), "2");
    CHECK(!pfx_event_has(&event, PFX_F_cmd_ehlo_accepted));
    CHECK_TEXT(FIELD(cmd_auth), "3");
    CHECK_TEXT(FIELD(cmd_auth_accepted), "0");
    CHECK_TEXT(FIELD(cmd_commands), "6");
    CHECK_TEXT(FIELD(notes), "bare_lf");
    CHECK(split("session_end", "unknown []"));
    CHECK_TEXT(FIELD(client_host), "unknown");
}

static void a_tls_summary_comes_apart(void)
{
    CHECK(split("tls_relay",
                "mx.example.net[2001:db8::25]:25 to sni.example.net: TLSv1.3 with cipher "
                "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature "
                "ECDSA (prime256v1 raw public key) server-digest SHA256"));
    CHECK_TEXT(FIELD(relay_ip), "2001:db8::25");
    CHECK_TEXT(FIELD(tls_sni), "sni.example.net");
    CHECK_TEXT(FIELD(tls_version), "TLSv1.3");
    CHECK_TEXT(FIELD(tls_cipher_size), "256/256");
    CHECK_TEXT(FIELD(tls_key_exchange), "X25519");
    CHECK_TEXT(FIELD(tls_server_signature), "ECDSA (prime256v1 raw public key)");
    CHECK_TEXT(FIELD(tls_server_digest), "SHA256");
}

static void stage_and_client_are_cut_from_the_right(void)
{
    CHECK(split("stage_client", "DATA (12345 bytes) from client.example.com[192.0.2.10]"));
    CHECK_TEXT(FIELD(stage), "DATA");
    CHECK_TEXT(FIELD(bytes), "12345");
    CHECK_TEXT(FIELD(client_host), "client.example.com");
    CHECK(!split("stage_client", "DATA"));
    CHECK(
        split("stage_client", "DATA (approximately 17 bytes) from client.example.com[192.0.2.10]"));
    CHECK_TEXT(FIELD(stage), "DATA");
    CHECK_TEXT(FIELD(bytes), "17");
}

static void what_names_nothing_is_no_value(void)
{
    CHECK(split("client", "local"));
    CHECK_TEXT(FIELD(client_host), "");
    CHECK(split("sasl_username", "(unavailable)"));
    CHECK_TEXT(FIELD(sasl_username), "");
    CHECK(split("client", "local.example.com[192.0.2.10]"));
    CHECK_TEXT(FIELD(client_host), "local.example.com");
}

static void services_have_one_name(void)
{
    static const char *const texts[] = {"anvil", "private/anvil", "public/anvil",
                                        "private/anvil socket", "anvil socket"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        unit_row = texts[i];
        CHECK(split("service_name", texts[i]));
        CHECK_TEXT(FIELD(service_name), "anvil");
    }
}

static void a_status_code_has_its_form(void)
{
    static const char *const bad[] = {"512.7.1", "4.4.1;", "4.4", "3.0.0", "4.4.1 x", "sent"};

    CHECK(split("dsn", "4.4.1"));
    CHECK_TEXT(FIELD(dsn), "4.4.1");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        unit_row = bad[i];
        CHECK(!split("dsn", bad[i]));
        CHECK_TEXT(FIELD(dsn), "");
    }
}

/* However it is cut: no count of recipients, and none that is half there. */
static void a_mail_in_the_queue_is_cut_anywhere(void)
{
    static const char text[] =
        "\"forced_expire\": false, \"sender\": \"alice@example.org\", \"recipients\": ["
        "{\"address\": \"bob@example.com\", \"delay_reason\": \"said \\\"no\\\"\"}, "
        "{\"orig_address\": \"\", \"address\": \"joe@example.com\"}]}";
    const struct pfx_slice whole = unit_slice(text);

    pfx_fields_init();
    for (size_t n = 0; n < whole.length; ++n) {
        struct pfx_slice to;

        pfx_event_clear(&event);
        pfx_split(&event, PFX_SLICE("waiting"), pfx_slice_until(whole, n));
        to = FIELD(recipients);
        CHECK(!pfx_event_has(&event, PFX_F_nrcpt));
        CHECK(to.length == 0 || pfx_slice_equal(to, PFX_SLICE("bob@example.com")) ||
              pfx_slice_equal(to, PFX_SLICE("bob@example.com\njoe@example.com")));
    }
    CHECK(split("waiting", text));
    CHECK_TEXT(FIELD(nrcpt), "2");
    CHECK_TEXT(FIELD(recipients), "bob@example.com\njoe@example.com");
    CHECK(!split("waiting", "\"forced_expire\": false, \"recipients\": []}"));
    CHECK(split("waiting", "\"sender\": \"MAILER-DAEMON\", \"recipients\": []}"));
    CHECK(pfx_event_has(&event, PFX_F_from) && FIELD(from).length == 0);
    CHECK_TEXT(FIELD(nrcpt), "0");
}

static void unknown_words_are_kept(void)
{
    CHECK(split("brand_new", "value"));
    CHECK(event.extras == 1);
    CHECK_TEXT(event.extra[0].word, "brand_new");
    CHECK(split("delivery", "<a@example.com>, future=1, status=sent (ok)"));
    CHECK(event.extras == 1);
    CHECK_TEXT(event.extra[0].text, "1");
}

int main(void)
{
    a_delivery_comes_apart();
    an_address_can_not_pose_as_fields();
    a_cut_line_gives_its_front();
    a_number_behind_the_line_is_not_the_reply();
    an_envelope_comes_apart();
    helo_can_not_pose_as_fields();
    a_checked_header_is_split_from_the_right();
    a_session_end_gives_counters();
    a_tls_summary_comes_apart();
    stage_and_client_are_cut_from_the_right();
    what_names_nothing_is_no_value();
    services_have_one_name();
    a_status_code_has_its_form();
    a_mail_in_the_queue_is_cut_anywhere();
    unknown_words_are_kept();
    return UNIT_END();
}

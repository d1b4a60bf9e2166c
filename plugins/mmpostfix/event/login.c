/* SPDX-License-Identifier: Apache-2.0 */
/* Dovecot's logins; see login.h. */
#include "event/login.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool is_word(struct pfx_slice s)
{
    for (size_t i = 0; i < s.length; ++i) {
        if ((unsigned char)s.text[i] <= ' ' || strchr("<>\"'(),", s.text[i]) != NULL)
            return false;
    }
    return s.length > 0;
}

static bool is_number(struct pfx_slice s)
{
    int64_t number;

    return pfx_value_integer(s, &number);
}

/* Elements that are told by their key, and the form of their value. */
static const struct {
    struct pfx_slice key;
    enum pfx_field field;
    bool (*fits)(struct pfx_slice value);
} keys[] = {
    {{"method=", 7}, PFX_F_sasl_method, is_word},
    {{"rip=", 4}, PFX_F_client_ip, pfx_value_is_ip},
    {{"lip=", 4}, PFX_F_destination_ip, pfx_value_is_ip},
    {{"rport=", 6}, PFX_F_client_port, is_number},
    {{"lport=", 6}, PFX_F_destination_port, is_number},
    {{"mpid=", 5}, PFX_F_child_pid, is_number},
};

/* Decodes base 64 without padding; the bytes, 0 when it is none or does not fit. */
static size_t decode(struct pfx_slice text, unsigned char *out, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t length = 0;

    for (size_t i = 0; i < text.length; ++i) {
        const char *digit = text.text[i] == '\0' ? NULL : strchr(digits, text.text[i]);

        if (digit == NULL || length == size)
            return 0;
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (i % 4 > 0)
            out[length++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return length;
}

/* The id of a session of logins is the time, the port and the address of the client, six, two, and
 * four or sixteen bytes (login-common/client-common.c). The port counts where the address is the
 * line's. */
void pfx_login_port(struct pfx_event *event)
{
    struct pfx_slice rip = pfx_event_get(event, PFX_F_client_ip);
    unsigned char id[24], address[16];
    size_t length = decode(pfx_event_get(event, PFX_F_dovecot_session), id, sizeof(id));
    char ip[64];

    if (length != 12 && length != 24)
        return;
    snprintf(ip, sizeof(ip), "%.*s", (int)rip.length, rip.text == NULL ? "" : rip.text);
    if (inet_pton(length == 12 ? AF_INET : AF_INET6, ip, address) != 1 ||
        memcmp(address, id + 8, length - 8) != 0 || pfx_event_has(event, PFX_F_client_port))
        return;
    pfx_event_number(event, PFX_F_client_port, id[6] + 256u * id[7]);
}

/* A session id: base 64. It stands behind the addresses. */
static bool take_session(struct pfx_event *event, struct pfx_slice element)
{
    static const struct pfx_slice key = {"session=<", 9};
    struct pfx_slice id;

    if (!pfx_slice_starts(element, key) || !pfx_slice_ends(element, PFX_SLICE(">")) ||
        pfx_event_has(event, PFX_F_client_ip) || pfx_event_has(event, PFX_F_dovecot_session))
        return false;
    id = pfx_slice_until(pfx_slice_from(element, key.length), element.length - key.length - 1);
    if (id.length > 0 && !is_word(id))
        return false;
    pfx_event_set(event, PFX_F_dovecot_session, id);
    return true;
}

/* "TLS", "secured", "TLS: ERROR", "TLS handshaking: ERROR", "TLSv1.3 with cipher C (N/N bits)". */
static bool take_tls(struct pfx_event *event, struct pfx_slice element)
{
    static const struct pfx_slice with = {" with cipher ", 13};
    ptrdiff_t colon = pfx_slice_find(element, PFX_SLICE(": ")), at, open;
    struct pfx_slice cipher;

    if (pfx_slice_equal(element, PFX_SLICE("TLS")) ||
        pfx_slice_equal(element, PFX_SLICE("secured"))) {
        pfx_event_set(event, PFX_F_tls_state, element);
        return true;
    }
    if (!pfx_slice_starts(element, PFX_SLICE("TLS")))
        return false;
    at = pfx_slice_find(element, with);
    if (at > 0) {
        cipher = pfx_slice_from(element, (size_t)at + with.length);
        open = pfx_slice_find(cipher, PFX_SLICE(" ("));
        if (open < 0 || !pfx_slice_ends(cipher, PFX_SLICE(" bits)")))
            return false;
        pfx_event_set(event, PFX_F_tls_version, pfx_slice_until(element, (size_t)at));
        pfx_event_set(event, PFX_F_tls_cipher, pfx_slice_until(cipher, (size_t)open));
        cipher = pfx_slice_from(cipher, (size_t)open + 2);
        pfx_event_set(event, PFX_F_tls_cipher_size, pfx_slice_until(cipher, cipher.length - 6));
        return true;
    }
    if (colon != 3 && !pfx_slice_starts(element, PFX_SLICE("TLS handshaking: ")))
        return false;
    pfx_event_set(event, PFX_F_tls_state, pfx_slice_until(element, (size_t)colon));
    pfx_event_set(event, PFX_F_tls_error, pfx_slice_from(element, (size_t)colon + 2));
    return true;
}

static bool take_element(struct pfx_event *event, struct pfx_slice element)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); ++i) {
        struct pfx_slice value = pfx_slice_from(element, keys[i].key.length);

        if (!pfx_slice_starts(element, keys[i].key) || !keys[i].fits(value))
            continue;
        if (pfx_event_has(event, keys[i].field))
            return false; /* there is one of each: this one is the name's */
        pfx_event_set(event, keys[i].field, value);
        return true;
    }
    return take_session(event, element);
}

static bool take_name(struct pfx_event *event, struct pfx_slice s)
{
    /* Where a text in front may hold elements, too, it does not end here. */
    if (!pfx_slice_starts(s, PFX_SLICE("user=<")) || !pfx_slice_ends(s, PFX_SLICE(">")) ||
        pfx_slice_find(s, PFX_SLICE(": user=<")) >= 0)
        return false;
    s = pfx_slice_from(s, 6);
    pfx_login_port(event);
    pfx_event_set(event, PFX_F_sasl_username, pfx_slice_until(s, s.length - 1));
    return true;
}

bool pfx_login(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice lip = {", lip=", 6}, rip = {", rip=", 6};
    bool tls = false;

    while (text.length > 0) {
        ptrdiff_t at = pfx_slice_rfind(text, PFX_SLICE(", "));
        struct pfx_slice element = pfx_slice_from(text, (size_t)(at < 0 ? 0 : at + 2));

        if (at < 0)
            return take_name(event, text);
        if (take_element(event, element)) {
            text = pfx_slice_until(text, (size_t)at);
            continue;
        }
        if (!tls && !pfx_event_has(event, PFX_F_client_ip)) {
            /* An error of TLS may hold commas; before it stands an address or a number. */
            ptrdiff_t begin = pfx_slice_rfind(text, PFX_SLICE(", TLS")), before;

            tls = true;
            if (pfx_slice_equal(element, PFX_SLICE("secured")))
                begin = at;
            before = pfx_slice_rfind(text, lip);
            if (before < 0)
                before = pfx_slice_rfind(text, rip);
            if (begin > 0 && begin > before &&
                take_tls(event, pfx_slice_from(text, (size_t)begin + 2))) {
                text = pfx_slice_until(text, (size_t)begin);
                continue;
            }
        }
        break;
    }
    return take_name(event, text);
}

/* Why nobody logged in: the codes of 2.4, by what older versions say. */
static const struct {
    struct pfx_slice text, code, state;
} whys[] = {
/* clang-format off */
#define ROW(text, code, state)                                                                     \
    {{text, sizeof(text) - 1}, {code, sizeof(code) - 1}, {state, sizeof(state) - 1}}
    /* clang-format on */
    ROW("auth failed", "auth_failed", "failed"),
    ROW("no auth attempts", "no_auth_attempts", "none"),
    ROW("tried to use disallowed", "cleartext_auth_disabled", "failed"),
    ROW("tried to use unsupported", "invalid_mech", "failed"),
    ROW("client didn't finish SASL auth", "auth_waiting_client", "failed"),
    ROW("client started SASL auth", "auth_waiting_client", "failed"),
    ROW("sent invalid base64", "invalid_base64", "failed"),
    ROW("auth aborted by client", "auth_aborted_by_client", "failed"),
    ROW("auth service reported temporary failure", "temp_fail", "failed"),
    ROW("auth process communication failure", "auth_process_comm_fail", "failed"),
    ROW("proxy dest auth failed", "proxy_dest_auth_failed", "failed"),
    ROW("proxy dest authentication failure", "proxy_dest_auth_failed", "failed"),
    ROW("password expired", "password_expired", "failed"),
    ROW("user disabled", "user_disabled", "failed"),
    ROW("login disabled", "login_disabled", "failed"),
    ROW("authorization failed", "authorization_failed", "failed"),
    ROW("internal failure", "internal_failure", "failed"),
    ROW("disconnected before auth was ready", "auth_process_not_ready", "none"),
    ROW("disconnected during TLS handshake", "tls_handshake_not_finished", "none"),
    ROW("connection limit reached", "connection_limit", "limited"),
    ROW("mail_max_userip_connections", "connection_limit", "limited"),
#undef ROW
};

static void set_code(struct pfx_event *event, struct pfx_slice why)
{
    for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); ++i) {
        if (!pfx_slice_starts(why, whys[i].text))
            continue;
        pfx_event_set(event, PFX_F_login_state, whys[i].state);
        if (!pfx_event_has(event, PFX_F_error_code))
            pfx_event_set(event, PFX_F_error_code, whys[i].code);
        return;
    }
    pfx_event_set(event, PFX_F_login_state, PFX_SLICE("failed"));
}

/* "auth failed, 1 attempts in 2 secs", "no auth attempts in 3 secs", "AUTH, 1/1 successful auths in
 * ...". */
static void take_attempts(struct pfx_event *event, struct pfx_slice text)
{
    static const struct {
        struct pfx_slice behind;
        enum pfx_field field;
    } counts[] = {{{" secs", 5}, PFX_F_auth_seconds},
                  {{" attempts", 9}, PFX_F_auth_attempts},
                  {{" successful auths", 17}, PFX_F_auth_attempts}};

    pfx_event_set(event, PFX_F_reason, text);
    set_code(event, text);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); ++i) {
        ptrdiff_t end = pfx_slice_find(text, counts[i].behind);
        struct pfx_slice front = pfx_slice_until(text, end < 0 ? 0 : (size_t)end);
        size_t n = 0;

        while (n < front.length && pfx_is_digit(front.text[front.length - 1 - n]))
            ++n;
        pfx_event_set(event, counts[i].field, pfx_slice_from(front, front.length - n));
    }
}

/* "(mail_max_userip_connections=10)" of a reason. */
static void take_limit(struct pfx_event *event, struct pfx_slice why)
{
    ptrdiff_t at = pfx_slice_find(why, PFX_SLICE("(mail_max_userip_connections="));
    struct pfx_slice limit = pfx_slice_from(why, (size_t)at + 1);
    ptrdiff_t close = pfx_slice_find(limit, PFX_SLICE(")"));

    if (at >= 0)
        pfx_event_set(event, PFX_F_limit,
                      close < 0 ? limit : pfx_slice_until(limit, (size_t)close));
}

bool pfx_login_failure(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice user = {"): user=<", 9};
    ptrdiff_t end = pfx_slice_find(text, user), open;
    struct pfx_slice why;

    if (pfx_slice_starts(text, PFX_SLICE(": ")))
        return pfx_login_failure(event, pfx_slice_from(text, 2));
    if (pfx_slice_starts(text, PFX_SLICE(" ")))
        return pfx_login_failure(event, pfx_slice_from(text, 1));
    if (end < 0) { /* no reason in brackets */
        end = pfx_slice_find(text, PFX_SLICE(": user=<"));
        if (end < 0)
            return false;
        pfx_event_set(event, PFX_F_disconnect_reason, pfx_slice_until(text, (size_t)end));
        pfx_event_set(event, PFX_F_login_state, PFX_SLICE("failed"));
        return pfx_login(event, pfx_slice_from(text, (size_t)end + 2));
    }
    why = pfx_slice_until(text, (size_t)end);
    take_limit(event, why);
    open = pfx_slice_rfind(why, PFX_SLICE(" ("));
    if (pfx_slice_starts(why, PFX_SLICE("(")))
        open = -1;
    else if (open < 0)
        return false;
    struct pfx_slice inside = pfx_slice_from(why, (size_t)(open < 0 ? 1 : open + 2));
    /* 2.4: a code behind the attempts. */
    if (open > 0 && pfx_slice_ends(pfx_slice_until(why, (size_t)open), PFX_SLICE(")")) &&
        is_word(inside)) {
        pfx_event_set(event, PFX_F_error_code, inside);
        why = pfx_slice_until(why, (size_t)open - 1);
        open = pfx_slice_rfind(why, PFX_SLICE(" ("));
        if (open < 0)
            return false;
        inside = pfx_slice_from(why, (size_t)open + 2);
    }
    take_attempts(event, inside);
    if (open > 0 && pfx_slice_starts(inside, PFX_SLICE("mail_max_userip_connections=")))
        pfx_event_set(event, PFX_F_disconnect_reason, pfx_slice_until(text, (size_t)end + 1));
    else if (open > 0)
        pfx_event_set(event, PFX_F_disconnect_reason, pfx_slice_until(why, (size_t)open));
    if (!pfx_login(event, pfx_slice_from(text, (size_t)end + 3)))
        return false;
    if (pfx_slice_equal(pfx_event_get(event, PFX_F_tls_state), PFX_SLICE("TLS handshaking")))
        pfx_event_set(event, PFX_F_error_code, PFX_SLICE("tls_handshake_not_finished"));
    return true;
}

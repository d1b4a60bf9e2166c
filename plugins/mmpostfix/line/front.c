/* SPDX-License-Identifier: Apache-2.0 */
/* Fronts of neighbours' texts; see front.h. */
#include "line/front.h"
#include "base/queue_id.h"

#include <string.h>

static void add(struct pfx_front *front, struct pfx_slice word, struct pfx_slice text)
{
    if (text.length > 0 && front->parts < PFX_FRONT_PARTS)
        front->part[front->parts++] = (struct pfx_front_part){word, text};
}

static void take_level(struct pfx_front *front, const struct pfx_levels *levels)
{
    for (unsigned i = 0; i < levels->count && front->level.length == 0; ++i) {
        if (!pfx_slice_take(&front->rest, levels->row[i].text))
            continue;
        front->level = levels->row[i].level;
        while (front->rest.length > 0 && front->rest.text[0] == ' ')
            front->rest = pfx_slice_from(front->rest, 1);
    }
}

static bool is_word(struct pfx_slice s, const char *others)
{
    return s.length > 0 && pfx_slice_word(s, others).length == s.length;
}

static bool is_number(struct pfx_slice s)
{
    int64_t number;

    return pfx_value_integer(s, &number);
}

static void queue_id_front(struct pfx_front *front, const struct pfx_levels *levels)
{
    static const struct pfx_slice unknown[] = {
        {"(unknown-jobid): ", 17}, {"(unknown id): ", 14}, {"NOQUEUE: ", 9}, {": ", 2}};
    ptrdiff_t colon = pfx_slice_find(pfx_slice_until(front->rest, 66), PFX_SLICE(": "));

    (void)levels;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); ++i) {
        if (pfx_slice_take(&front->rest, unknown[i]))
            return;
    }
    if (colon <= 0 || !pfx_is_queue_id(pfx_slice_until(front->rest, (size_t)colon)))
        return;
    front->queue_id = pfx_slice_until(front->rest, (size_t)colon);
    front->rest = pfx_slice_from(front->rest, (size_t)colon + 2);
}

/* Long lines come in parts, each with the id: "first...", "...middle...", "...last". */
static void job_front(struct pfx_front *front, const struct pfx_levels *levels)
{
    static const struct pfx_slice dots = {"...", 3};
    struct pfx_slice id = pfx_slice_from(front->rest, 1);

    if (!pfx_slice_starts(front->rest, PFX_SLICE("(")))
        return;
    id = pfx_slice_word(id, "-_");
    if (id.length < 3 || id.length > 64 ||
        !pfx_slice_starts(pfx_slice_from(front->rest, id.length + 1), PFX_SLICE(") ")))
        return;
    add(front, PFX_SLICE("amavis_id"), id);
    front->rest = pfx_slice_from(front->rest, id.length + 3);
    take_level(front, levels);
    if (pfx_slice_starts(front->rest, dots) && pfx_slice_ends(front->rest, dots))
        add(front, PFX_SLICE("continuation"), PFX_SLICE("middle"));
    else if (pfx_slice_starts(front->rest, dots))
        add(front, PFX_SLICE("continuation"), PFX_SLICE("last"));
    else if (pfx_slice_ends(front->rest, dots) && front->rest.length > 3)
        add(front, PFX_SLICE("continuation"), PFX_SLICE("first"));
}

static void task_front(struct pfx_front *front, const struct pfx_levels *levels)
{
    struct pfx_slice rest = front->rest, tag, module, function;

    (void)levels;
    if (!pfx_slice_take(&rest, PFX_SLICE("<")))
        return;
    tag = pfx_slice_word(rest, "-_");
    rest = pfx_slice_from(rest, tag.length);
    if (!pfx_slice_take(&rest, PFX_SLICE(">; ")))
        return;
    module = pfx_slice_word(rest, "-_");
    rest = pfx_slice_from(rest, module.length);
    if (module.length == 0 || !pfx_slice_take(&rest, PFX_SLICE("; ")))
        return;
    /* "FUNCTION: ", or of Lua "FILE:LINE: " */
    function = pfx_slice_word(rest, "-_.:");
    rest = pfx_slice_from(rest, function.length);
    if (function.length < 2 || !pfx_slice_ends(function, PFX_SLICE(":")) ||
        !pfx_slice_take(&rest, PFX_SLICE(" ")))
        return;
    add(front, PFX_SLICE("rspamd_tag"), tag);
    add(front, PFX_SLICE("daemon"), module);
    front->rest = rest;
}

/* "<pid><session>", either or none, and ": "; the length of it, or 0. */
static size_t groups_length(struct pfx_slice s)
{
    size_t at = 0;

    for (int i = 0; i < 2 && at < s.length && s.text[at] == '<'; ++i) {
        size_t n = pfx_slice_word(pfx_slice_from(s, at + 1), "+/=:-._").length;

        if (at + 1 + n >= s.length || s.text[at + 1 + n] != '>')
            return 0;
        at += n + 2;
    }
    return pfx_slice_starts(pfx_slice_from(s, at), PFX_SLICE(": ")) ? at + 2 : 0;
}

static void add_groups(struct pfx_front *front, struct pfx_slice groups)
{
    while (groups.length > 0 && groups.text[0] == '<') {
        ptrdiff_t close = pfx_slice_find(groups, PFX_SLICE(">"));
        struct pfx_slice group = pfx_slice_until(pfx_slice_from(groups, 1), (size_t)close - 1);

        add(front, is_number(group) ? PFX_SLICE("pid") : PFX_SLICE("dovecot_session"), group);
        groups = pfx_slice_from(groups, (size_t)close + 1);
    }
}

/* "USER,IP[,sasl:MECH][,<SESSION>]": the user holds what he likes, so it is read from the right. */
static bool add_asker(struct pfx_front *front, struct pfx_slice inside)
{
    struct pfx_slice user = inside, session = PFX_NO_SLICE, method = PFX_NO_SLICE;

    for (int i = 0; i < 3; ++i) {
        ptrdiff_t comma = pfx_slice_rfind(user, PFX_SLICE(","));
        struct pfx_slice last = comma < 0 ? user : pfx_slice_from(user, (size_t)comma + 1);

        if (comma < 0)
            return false;
        user = pfx_slice_until(user, (size_t)comma);
        if (pfx_slice_starts(last, PFX_SLICE("<")) && pfx_slice_ends(last, PFX_SLICE(">"))) {
            session = pfx_slice_until(pfx_slice_from(last, 1), last.length - 2);
        } else if (pfx_slice_take(&last, PFX_SLICE("sasl:"))) {
            method = last;
        } else if (pfx_value_is_ip(last)) {
            add(front, PFX_SLICE("sasl_username"), user);
            add(front, PFX_SLICE("client_ip"), last);
            add(front, PFX_SLICE("sasl_method"), is_word(method, "-_") ? method : PFX_NO_SLICE);
            add(front, PFX_SLICE("dovecot_session"),
                is_word(session, "+/=:-._") ? session : PFX_NO_SLICE);
            return true;
        } else {
            return false;
        }
    }
    return false;
}

/* The ")" that ends what begins at s, after which groups and ": " stand; -1 when there is none, or,
 * where strangers may have written one, more than one. *groups_r: the length of what follows. */
static ptrdiff_t find_close(struct pfx_slice s, bool strangers, size_t *groups_r)
{
    ptrdiff_t found = -1;

    for (size_t i = 0; i < s.length; ++i) {
        size_t groups = s.text[i] == ')' ? groups_length(pfx_slice_from(s, i + 1)) : 0;

        if (groups == 0)
            continue;
        if (found >= 0)
            return -1;
        found = (ptrdiff_t)i;
        *groups_r = groups;
        if (!strangers)
            break;
    }
    return found;
}

static bool is_one_of(struct pfx_slice name, const char *const *names)
{
    for (; *names != NULL; ++names) {
        if (pfx_slice_equal(name, pfx_slice_of(*names)))
            return true;
    }
    return false;
}

static bool is_mechanism(struct pfx_slice name)
{
    static const char *const mechanisms[] = {
        "anonymous",  "apop",        "cram-md5",      "digest-md5",  "external",
        "gss-spnego", "gssapi",      "ntlm",          "oauthbearer", "otp",
        "plain",      "scram-sha-1", "scram-sha-256", "xoauth2",     NULL};

    return is_one_of(name, mechanisms);
}

static bool is_database(struct pfx_slice name)
{
    static const char *const databases[] = {
        "bsdauth", "checkpassword", "dict",        "imap",   "ldap",   "login", "lua",    "oauth2",
        "pam",     "passwd",        "passwd-file", "policy", "shadow", "sql",   "static", NULL};

    return is_one_of(name, databases);
}

/* What checks a login: a database or, as such, a mechanism. */
static void add_checker(struct pfx_front *front, struct pfx_slice name)
{
    if (is_mechanism(name))
        add(front, PFX_SLICE("sasl_method"), name);
    add(front, PFX_SLICE("authentication_provider"), name);
}

/* No other ")" stands in s behind which as many groups are as at the first one, or, of a question
 * for a login, any. */
static bool is_only_close(struct pfx_slice s, size_t groups, bool any)
{
    bool bare = groups == 2;
    unsigned found = 0;

    for (size_t i = 0; i < s.length; ++i) {
        size_t other = s.text[i] == ')' ? groups_length(pfx_slice_from(s, i + 1)) : 0;

        found += other > 0 && (any || (other == 2) == bare);
    }
    return found == 1;
}

/* What a database of logins says: "DB(USER,IP,<SESSION>): ", in 2.4 "DB: ", and before it the
 * connection of a worker. asked: who asks stands before it; then, as in 2.4, DB is any name that
 * the site has given to it. */
static void take_database(struct pfx_front *front, bool asked)
{
    static const struct pfx_slice worker = {"auth-worker<", 12}, request = {"request [", 9};
    struct pfx_slice rest = front->rest, name;
    ptrdiff_t at =
        pfx_slice_starts(rest, PFX_SLICE("conn unix:")) ? pfx_slice_find(rest, worker) : 0;
    size_t groups;

    if (at > 0)
        rest = pfx_slice_from(rest, (size_t)at);
    if (pfx_slice_starts(rest, worker) || pfx_slice_starts(rest, request)) {
        at = pfx_slice_find(rest, PFX_SLICE(": "));
        rest = at < 0 ? rest : pfx_slice_from(rest, (size_t)at + 2);
    }
    name = pfx_slice_word(rest, "-_");
    rest = pfx_slice_from(rest, name.length);
    if (pfx_slice_take(&rest, PFX_SLICE(": "))) {
        if (name.length == 0 || !(asked || is_database(name) || is_mechanism(name)))
            return;
        add_checker(front, name);
        front->rest = rest;
        return;
    }
    if (name.length == 0 || !pfx_slice_take(&rest, PFX_SLICE("(")) ||
        (at = find_close(rest, true, &groups)) < 0 ||
        !add_asker(front, pfx_slice_until(rest, (size_t)at)))
        return;
    add_checker(front, name);
    add_groups(front, pfx_slice_from(rest, (size_t)at + 1));
    front->rest = pfx_slice_from(rest, (size_t)at + 1 + groups);
}

/* "PID", "PID, USER", "USER" or what asks for a login, in brackets behind the name of a process. */
static bool add_owner(struct pfx_front *front, struct pfx_slice inside, bool auth)
{
    ptrdiff_t comma = pfx_slice_find(inside, PFX_SLICE(", "));

    if (is_number(inside)) {
        add(front, PFX_SLICE("pid"), inside);
    } else if (auth) {
        return add_asker(front, inside);
    } else if (comma > 0 && is_number(pfx_slice_until(inside, (size_t)comma))) {
        add(front, PFX_SLICE("pid"), pfx_slice_until(inside, (size_t)comma));
        add(front, PFX_SLICE("sasl_username"), pfx_slice_from(inside, (size_t)comma + 2));
    } else {
        add(front, PFX_SLICE("sasl_username"), inside);
    }
    return true;
}

/* Up to 2.2 LMTP's session stands in front of the text: 16 bytes in base 64. */
static void take_session(struct pfx_front *front)
{
    ptrdiff_t colon = pfx_slice_find(pfx_slice_until(front->rest, 40), PFX_SLICE(": "));

    if (colon < 22 || pfx_slice_word(front->rest, "+/:").length != (size_t)colon + 1)
        return;
    add(front, PFX_SLICE("dovecot_session"), pfx_slice_until(front->rest, (size_t)colon));
    front->rest = pfx_slice_from(front->rest, (size_t)colon + 2);
}

static void process_front(struct pfx_front *front, const struct pfx_levels *levels)
{
    struct pfx_slice rest = front->rest, name = pfx_slice_word(rest, "-_"), inside;
    bool auth = pfx_slice_starts(name, PFX_SLICE("auth")), asked = false;
    size_t groups = 0;
    ptrdiff_t close;

    if (name.length == 0 || name.length > 40 || pfx_slice_starts(name, PFX_SLICE("pam_")))
        return; /* pam speaks under the tag of who asks it */
    if (pfx_slice_ends(name, PFX_SLICE("-login")))
        add(front, PFX_SLICE("proto"), pfx_slice_until(name, name.length - 6));
    rest = pfx_slice_from(rest, name.length);
    if (pfx_slice_take(&rest, PFX_SLICE(": "))) {
        add(front, PFX_SLICE("daemon"), name);
        front->rest = rest;
    } else {
        if (!pfx_slice_take(&rest, PFX_SLICE("(")) ||
            (close = find_close(rest, false, &groups)) < 0)
            return;
        inside = pfx_slice_until(rest, (size_t)close);
        /* A name may hold what ends it: of two ends of one kind neither is believed. */
        if (!is_number(inside) && !is_only_close(rest, groups, auth))
            return;
        if (!add_owner(front, inside, auth))
            return;
        asked = auth && !is_number(inside);
        add(front, PFX_SLICE("daemon"), name);
        add_groups(front, pfx_slice_from(rest, (size_t)close + 1));
        front->rest = pfx_slice_from(rest, (size_t)close + 1 + groups);
    }
    take_level(front, levels);
    if (auth)
        take_database(front, asked);
    else if (groups == 2 && pfx_slice_equal(name, PFX_SLICE("lmtp")))
        take_session(front);
}

static const struct {
    struct pfx_slice name;
    void (*take)(struct pfx_front *front, const struct pfx_levels *levels);
} forms[] = {
    {{"", 0}, NULL},           {{"queue_id", 8}, queue_id_front},
    {{"job", 3}, job_front},   {{"process", 7}, process_front},
    {{"task", 4}, task_front},
};

int pfx_front_form(struct pfx_slice name)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); ++i) {
        if (pfx_slice_equal(forms[i].name, name))
            return (int)i;
    }
    return -1;
}

struct pfx_front pfx_front_take(int form, const struct pfx_levels *levels, struct pfx_slice text)
{
    struct pfx_front front = {.rest = text, .parts = 0};

    take_level(&front, levels);
    if (forms[form].take != NULL)
        forms[form].take(&front, levels);
    take_level(&front, levels);
    return front;
}

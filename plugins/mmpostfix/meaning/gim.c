/* SPDX-License-Identifier: Apache-2.0 */
/* Categories; see gim.h. */
#include "meaning/gim.h"

#include <string.h>

#define REQUIRED_MAX 6
#define CODE_LENGTH 6

/* GIM event type codes a mail server needs, and the fields each requires beside those that every
 * line has (Graylog Information Model, pages authentication, network, messaging, name resolution,
 * service). Where they are missing, the fallback is the default of the category. */
static const struct code {
    struct pfx_slice code, class, category, subcategory, type, fallback;
    enum pfx_field required[REQUIRED_MAX];
    unsigned count;
} codes[] = {
/* clang-format off */
#define T(text) {text, sizeof(text) - 1}
#define ROW(code, class, category, part, type, fallback, count, ...)                               \
    {T(code), T(class), T(category), T(category "." part), T(type), T(fallback), {__VA_ARGS__}, count}
    /* clang-format on */
    /* the most frequent first */
    ROW("139999", "", "messaging", "default", "message", "", 0, 0),
    ROW("129999", "", "network", "default", "network message", "", 0, 0),
    ROW("120300", "", "network", "close", "network connection ended", "129999", 2,
        PFX_F_source_reference, PFX_F_destination_reference),
    ROW("130000", "", "messaging", "email", "email sent", "", 0, 0),
    ROW("131000", "", "messaging", "email", "email rejected", "", 0, 0),
    ROW("100500", "", "authentication", "credential validation", "credential validation", "109999",
        3, PFX_F_event_outcome, PFX_F_source_reference, PFX_F_sasl_username),
    ROW("000000", "", "message", "log_message", "message", "", 0, 0),
    ROW("109999", "", "authentication", "default", "authentication message", "", 0, 0),
    ROW("120000", "", "network", "network connection", "network connection", "129999", 6,
        PFX_F_source_reference, PFX_F_destination_reference, PFX_F_client_port,
        PFX_F_destination_port, PFX_F_network_transport, PFX_F_event_action),
    ROW("120200", "", "network", "open", "network connection initiated", "129999", 5,
        PFX_F_source_reference, PFX_F_destination_reference, PFX_F_client_port,
        PFX_F_destination_port, PFX_F_network_transport),
    ROW("130500", "", "messaging", "email", "email blocked", "", 0, 0),
    ROW("131500", "", "messaging", "email", "email quarantined", "", 0, 0),
    ROW("132000", "", "messaging", "email", "email deleted", "", 0, 0),
    ROW("140200", "protocol", "name resolution", "dns answer", "dns response", "149999", 1,
        PFX_F_query_response),
    ROW("140300", "protocol", "name resolution", "error", "dns error", "", 0, 0),
    ROW("149999", "protocol", "name resolution", "default", "dns message", "", 0, 0),
    ROW("210000", "endpoint", "service", "start", "service started", "219999", 3,
        PFX_F_event_outcome, PFX_F_service_name, PFX_F_sasl_username),
    ROW("210100", "endpoint", "service", "stop", "service stopped", "219999", 3,
        PFX_F_event_outcome, PFX_F_service_name, PFX_F_sasl_username),
    ROW("211000", "endpoint", "service", "configuration", "service configuration change", "219999",
        3, PFX_F_event_outcome, PFX_F_service_name, PFX_F_sasl_username),
    ROW("211504", "endpoint", "service", "state", "service error", "", 0, 0),
    ROW("219999", "endpoint", "service", "default", "service message", "", 0, 0),
    /* what neighbours alone tell */
    ROW("100000", "", "authentication", "logon", "logon", "109999", 4, PFX_F_event_outcome,
        PFX_F_source_reference, PFX_F_destination_reference, PFX_F_sasl_username),
    ROW("100501", "", "authentication", "credential validation", "error", "109999", 3,
        PFX_F_event_outcome, PFX_F_source_reference, PFX_F_sasl_username),
    ROW("101500", "", "authentication", "access policy", "access policy violation", "109999", 2,
        PFX_F_source_reference, PFX_F_sasl_username),
    ROW("101502", "", "authentication", "access policy", "account policy violation", "109999", 2,
        PFX_F_source_reference, PFX_F_sasl_username),
    ROW("102500", "", "authentication", "logoff", "logoff", "109999", 1, PFX_F_sasl_username),
    ROW("280001", "endpoint", "agent", "activity", "antivirus or malware scan", "289999", 2,
        PFX_F_event_action, PFX_F_event_outcome),
    ROW("280100", "endpoint", "agent", "update", "agent update", "289999", 2, PFX_F_event_action,
        PFX_F_event_outcome),
    ROW("289999", "endpoint", "agent", "default", "agent default", "", 0, 0),
    ROW("301000", "", "detection", "host_detection", "host_malware_detection", "", 0, 0),
#undef ROW
#undef T
};

/* Always six digits: compared without their length. */
static const struct code *find_code(struct pfx_slice code)
{
    for (size_t i = 0; code.length == CODE_LENGTH && i < sizeof(codes) / sizeof(codes[0]); ++i) {
        if (memcmp(codes[i].code.text, code.text, CODE_LENGTH) == 0)
            return &codes[i];
    }
    return NULL;
}

bool pfx_gim_is_code(struct pfx_slice code)
{
    return find_code(code) != NULL;
}

static void set_severity(struct pfx_event *event)
{
    static const struct {
        struct pfx_slice level, severity, number;
    } rows[] = {
        {{"warning", 7}, {"medium", 6}, {"3", 1}},
        {{"error", 5}, {"high", 4}, {"4", 1}},
        {{"fatal", 5}, {"critical", 8}, {"5", 1}},
        {{"panic", 5}, {"critical", 8}, {"5", 1}},
    };
    struct pfx_slice level = pfx_event_get(event, PFX_F_level);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (pfx_slice_equal(rows[i].level, level)) {
            pfx_event_set_constant(event, PFX_F_level, rows[i].level);
            pfx_event_set_constant(event, PFX_F_severity, rows[i].severity);
            pfx_event_set_constant(event, PFX_F_severity_level, rows[i].number);
            return;
        }
    }
    pfx_event_set_constant(event, PFX_F_severity, PFX_SLICE("informational"));
    pfx_event_set_constant(event, PFX_F_severity_level, PFX_SLICE("1"));
}

/* The address of a party, else its name unless Postfix says that there is none. */
static struct pfx_slice reference(const struct pfx_event *event, enum pfx_field ip,
                                  enum pfx_field host)
{
    static const struct pfx_slice nobody[] = {
        {"unknown", 7}, {"none", 4}, {"local", 5}, {"virtual", 7}};
    struct pfx_slice name = pfx_event_get(event, host), address = pfx_event_get(event, ip);

    if (address.length > 0 && (event->mark[ip] == PFX_MARK_SOUND || pfx_value_is_ip(address)))
        return address;
    for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); ++i) {
        if (pfx_slice_equal(name, nobody[i]))
            return PFX_NO_SLICE;
    }
    return name;
}

/* Source and destination: a client and this host, or this host and the next hop. */
static void set_references(struct pfx_event *event)
{
    if (pfx_event_has(event, PFX_F_source_reference))
        return; /* what the line has itself comes first */
    struct pfx_slice self = pfx_event_get(event, PFX_F_event_source);
    struct pfx_slice client = reference(event, PFX_F_client_ip, PFX_F_client_host), relay;

    if (client.length > 0) {
        struct pfx_slice server = pfx_event_get(event, PFX_F_server_ip);

        pfx_event_set(event, PFX_F_destination_ip, server);
        pfx_event_set(event, PFX_F_destination_port, pfx_event_get(event, PFX_F_server_port));
        pfx_event_default(event, PFX_F_source_reference, client, PFX_MARK_NONE);
        pfx_event_default(event, PFX_F_destination_reference, server.length > 0 ? server : self,
                          PFX_MARK_NONE);
        return;
    }
    relay = reference(event, PFX_F_relay_ip, PFX_F_relay_host);
    if (relay.length > 0) {
        pfx_event_default(event, PFX_F_source_reference, self, PFX_MARK_NONE);
        pfx_event_default(event, PFX_F_destination_reference, relay, PFX_MARK_NONE);
    }
}

static bool lacks_required(const struct pfx_event *event, const struct code *code)
{
    unsigned i = 0;

    while (i < code->count && pfx_event_has(event, code->required[i]))
        ++i;
    return i < code->count;
}

static void set_code(struct pfx_event *event, struct pfx_slice name)
{
    const struct code *code = find_code(name);

    if (code == NULL)
        return;
    if (pfx_slice_equal(code->category, PFX_SLICE("network")))
        pfx_event_set_constant(event, PFX_F_network_transport, PFX_SLICE("tcp"));
    if (code->count > 0 && pfx_slice_equal(code->category, PFX_SLICE("name resolution")))
        pfx_event_default(event, PFX_F_query_response, pfx_event_get(event, PFX_F_dnsbl_result),
                          PFX_MARK_NONE);
    if (pfx_slice_equal(code->category, PFX_SLICE("service"))) {
        pfx_event_default(event, PFX_F_service_name, pfx_event_get(event, PFX_F_daemon),
                          PFX_MARK_NONE);
        /* Starts, stops and reloads are logged by master(8), which has to be root. */
        if (code->count > 0)
            pfx_event_default(event, PFX_F_sasl_username, PFX_SLICE("root"), PFX_MARK_NONE);
    }
    if (lacks_required(event, code)) {
        set_references(event); /* the story may have added the fields */
        if (lacks_required(event, code))
            code = find_code(code->fallback);
    }
    pfx_event_set_constant(event, PFX_F_gim_code, code->code);
    pfx_event_set_constant(event, PFX_F_gim_class, code->class);
    pfx_event_set_constant(event, PFX_F_gim_category, code->category);
    pfx_event_set_constant(event, PFX_F_gim_subcategory, code->subcategory);
    pfx_event_set_constant(event, PFX_F_gim_type, code->type);
}

/* "smtpd.lost_connection" to "lost connection", in scratch. */
static struct pfx_slice action_of(struct pfx_slice event, char *scratch, size_t size)
{
    ptrdiff_t dot = pfx_slice_rfind(event, PFX_SLICE("."));
    struct pfx_slice word = pfx_slice_until(pfx_slice_from(event, (size_t)(dot + 1)), size);

    for (size_t i = 0; i < word.length; ++i)
        scratch[i] = word.text[i] == '_' ? ' ' : word.text[i];
    return (struct pfx_slice){scratch, word.length};
}

/* Whether the operating system said that it, or this process, has no more of something: then that
 * is the trouble, whatever the line is about. */
static bool ran_out(const struct pfx_event *event)
{
    static const struct pfx_slice texts[] = {{"Too many open files in system", 29},
                                             {"Too many open files", 19},
                                             {"Cannot allocate memory", 22}};
    struct pfx_slice reason = pfx_event_get(event, PFX_F_reason);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        if (pfx_slice_equal(texts[i], reason))
            return true;
    }
    return false;
}

/* The reason of a kind: a class as it stands, or the one that the reply or its text tells. */
static void set_reason(struct pfx_event *event, struct pfx_slice class,
                       const struct pfx_reasons *reasons)
{
    static const enum pfx_field texts[] = {PFX_F_reply_text, PFX_F_mail_response, PFX_F_reason,
                                           PFX_F_tls_error,  PFX_F_unparsed,      PFX_F_warning};
    struct pfx_slice enhanced = pfx_event_get(event, PFX_F_reply_enhanced);
    struct pfx_slice code = pfx_event_get(event, PFX_F_reply_code);

    if (pfx_slice_equal(class, PFX_SLICE("*"))) {
        struct pfx_slice text = PFX_NO_SLICE;

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && text.length == 0; ++i)
            text = pfx_event_get(event, texts[i]);
        if (enhanced.length == 0)
            enhanced = pfx_event_get(event, PFX_F_dsn);
        if (code.length == 0 && text.length == 0)
            return; /* nothing is told: the line was cut */
        class = pfx_reasons_find(reasons, code, enhanced, text);
    } else if (class.length > 0 && ran_out(event)) {
        class = PFX_SLICE("resource");
    }
    pfx_event_default(event, PFX_F_reason_class, class, PFX_MARK_CONSTANT);
}

struct text_row {
    struct pfx_slice code, text; /* no code ends a table */
};

/* Sets description to the text of the code in field. */
static void set_text(struct pfx_event *event, enum pfx_field field, enum pfx_field description,
                     const struct text_row *row)
{
    struct pfx_slice code = pfx_event_get(event, field);

    for (; code.length > 0 && row->code.length > 0; ++row) {
        if (pfx_slice_equal(row->code, code)) {
            pfx_event_set(event, description, row->text);
            return;
        }
    }
}

/* What the codes of a reply mean: RFC 5321 4.2.3 and 4.3.2, RFC 4954, RFC 7504; RFC 3463 2 and 3.
 */
static void set_descriptions(struct pfx_event *event)
{
    /* clang-format off */
#define T(text) {text, sizeof(text) - 1}
#define PFX_NONE {NULL, 0}
    static const struct text_row codes_5321[] = {
        {T("250"), T("requested action completed")},
        {T("550"), T("mailbox unavailable")},
        {T("450"), T("mailbox unavailable for now")},
        {T("554"), T("transaction failed")},
        {T("451"), T("local error in processing")},
        {T("421"), T("service not available, closing connection")},
        {T("452"), T("insufficient system storage")},
        {T("552"), T("storage allocation exceeded")},
        {T("553"), T("mailbox name not allowed")},
        {T("535"), T("authentication failed")},
        {T("454"), T("temporary authentication failure")},
        {T("530"), T("authentication required")},
        {T("220"), T("service ready")},
        {T("221"), T("closing connection")},
        {T("235"), T("authentication succeeded")},
        {T("251"), T("user not local, will forward")},
        {T("252"), T("can not verify user, will attempt delivery")},
        {T("354"), T("start mail input")},
        {T("432"), T("password transition needed")},
        {T("455"), T("parameters can not be accommodated")},
        {T("500"), T("command not recognized")},
        {T("501"), T("syntax error in parameters")},
        {T("502"), T("command not implemented")},
        {T("503"), T("bad sequence of commands")},
        {T("504"), T("parameter not implemented")},
        {T("521"), T("host does not accept mail")},
        {T("534"), T("authentication mechanism too weak")},
        {T("538"), T("encryption required for that mechanism")},
        {T("551"), T("user not local")},
        {T("555"), T("parameters not recognized")},
        {T("556"), T("domain does not accept mail")},
        {PFX_NONE, PFX_NONE}};
    static const struct text_row classes[] = {{T("2"), T("success")},
                                              {T("4"), T("persistent transient failure")},
                                              {T("5"), T("permanent failure")},
                                              {PFX_NONE, PFX_NONE}};
    static const struct text_row subjects[] = {{T("0"), T("other or undefined")},
                                               {T("1"), T("addressing")},
                                               {T("2"), T("mailbox")},
                                               {T("3"), T("mail system")},
                                               {T("4"), T("network and routing")},
                                               {T("5"), T("mail delivery protocol")},
                                               {T("6"), T("message content or media")},
                                               {T("7"), T("security or policy")},
                                               {PFX_NONE, PFX_NONE}};

#undef T
#undef PFX_NONE
    /* clang-format on */

    if (!pfx_event_has(event, PFX_F_reply_code) && !pfx_event_has(event, PFX_F_reply_class))
        return; /* there is no subject without a class */
    set_text(event, PFX_F_reply_code, PFX_F_reply_code_description, codes_5321);
    set_text(event, PFX_F_reply_class, PFX_F_reply_class_description, classes);
    set_text(event, PFX_F_reply_subject, PFX_F_reply_subject_description, subjects);
}

struct pfx_class pfx_gim_classify(struct pfx_event *event, const struct pfx_kinds *kinds,
                                  const struct pfx_reasons *reasons, char scratch[PFX_GIM_SCRATCH])
{
    struct pfx_class class = {.kinds = 0};
    bool known = event->rule != NULL && event->rule->kinds > 0;
    char name[64];

    set_severity(event);
    set_descriptions(event);
    for (unsigned i = 0; known && i < event->rule->kinds; ++i) {
        const struct pfx_kind *kind = event->rule->known[i];

        if (kind == NULL)
            kind = pfx_kinds_find(
                kinds, pfx_event_expand(event, event->rule->kind[i], name, sizeof(name)));

        if (kind == NULL)
            continue;
        class.kind[class.kinds++] = kind;
        if (class.code.length == 0)
            class.code = kind->code;
        if (class.fate == PFX_FATE_NONE)
            class.fate = kind->fate;
        pfx_event_default(event, PFX_F_action, kind->vendor_action, PFX_MARK_CONSTANT);
        pfx_event_default(event, PFX_F_event_action, kind->action, PFX_MARK_CONSTANT);
        pfx_event_default(event, PFX_F_event_outcome, kind->outcome, PFX_MARK_CONSTANT);
        set_reason(event, kind->reason, reasons);
    }
    if (event->rule != NULL && event->rule->action.length > 0)
        pfx_event_default(event, PFX_F_action, event->rule->action, PFX_MARK_CONSTANT);
    else if (event->rule != NULL && !pfx_event_has(event, PFX_F_action))
        pfx_event_set(event, PFX_F_action,
                      action_of(pfx_event_get(event, PFX_F_event), scratch, PFX_GIM_SCRATCH));
    if (!known) /* no kind of kinds.tsv: the default of mails or of services */
        class.code =
            pfx_event_has(event, PFX_F_queue_id) ? PFX_SLICE("139999") : PFX_SLICE("219999");
    class.failed = pfx_slice_equal(pfx_event_get(event, PFX_F_event_outcome), PFX_SLICE("failure"));
    set_references(event);
    return class;
}

void pfx_gim_categorize(struct pfx_event *event, const struct pfx_class *class)
{
    set_code(event, class->code);
}

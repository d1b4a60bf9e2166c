/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of JSON; see report.h. */
#include "event/report.h"
#include "event/capture.h"
#include "event/verdict.h"

static const struct {
    struct pfx_slice name, word;
} members[] = {
    {{"action", 6}, {"filter_action", 13}},
    {{"actions_performed", 17}, {"filter_actions", 14}},
    {{"client_ip", 9}, {"client_ip", 9}},
    {{"client_port", 11}, {"client_port", 11}},
    {{"content_type", 12}, {"filter_verdict", 14}},
    {{"mail_from", 9}, {"from", 4}},
    {{"mail_id", 7}, {"amavis_mail_id", 14}},
    {{"message_id", 10}, {"message_id", 10}},
    {{"policy_banks", 12}, {"policy_bank", 11}},
    {{"protocol", 8}, {"proto", 5}},
    {{"quarantine", 10}, {"quarantine", 10}},
    {{"queue_id", 8}, {"queue_id", 8}},
    {{"queued_as", 9}, {"queued_as", 9}},
    {{"rcpt_to", 7}, {"to", 2}},
    {{"size", 4}, {"size", 4}},
    {{"spam_score", 10}, {"spam_score", 10}},
    {{"subject", 7}, {"subject", 7}},
    {{"tests", 5}, {"spam_tests", 10}},
    {{"virusnames", 10}, {"virus_name", 10}},
};

/* The length of the string at the start of s, with its quotes; 0 when it does not end. */
static size_t string_length(struct pfx_slice s)
{
    for (size_t i = 1; i < s.length; ++i) {
        if (s.text[i] == '\\')
            ++i;
        else if (s.text[i] == '"')
            return i + 1;
    }
    return 0;
}

/* The length of the value at the start of s; 0 when it does not end. */
static size_t value_length(struct pfx_slice s)
{
    unsigned depth = 0;

    for (size_t i = 0; i < s.length; ++i) {
        char c = s.text[i];

        if (c == '"') {
            size_t length = string_length(pfx_slice_from(s, i));

            if (length == 0)
                return 0;
            i += length - 1;
        } else if (depth == 0 && (c == ',' || c == '}')) {
            return i;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return 0;
}

/* A string without its quotes, the only string of an array, a number; nothing of what has escapes
 * or is more. */
static struct pfx_slice bare(struct pfx_slice value)
{
    if (pfx_slice_starts(value, PFX_SLICE("[")) && pfx_slice_ends(value, PFX_SLICE("]")))
        value = pfx_slice_until(pfx_slice_from(value, 1), value.length - 2);
    if (!pfx_slice_starts(value, PFX_SLICE("\"")))
        return pfx_slice_find(value, PFX_SLICE(",")) >= 0 ? PFX_NO_SLICE : value;
    if (string_length(value) != value.length || pfx_slice_find(value, PFX_SLICE("\\")) >= 0)
        return PFX_NO_SLICE;
    return pfx_slice_until(pfx_slice_from(value, 1), value.length - 2);
}

static bool keep(struct pfx_event *event, struct pfx_slice name, struct pfx_slice value)
{
    value = bare(value);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); ++i) {
        if (!pfx_slice_equal(members[i].name, name))
            continue;
        if (pfx_slice_equal(name, PFX_SLICE("message_id")) &&
            pfx_slice_starts(value, PFX_SLICE("<")) && pfx_slice_ends(value, PFX_SLICE(">")))
            value = pfx_slice_until(pfx_slice_from(value, 1), value.length - 2);
        if (pfx_slice_equal(name, PFX_SLICE("actions_performed")))
            pfx_verdict_actions(event, value);
        return (value.length > 0 || pfx_slice_equal(name, PFX_SLICE("mail_from"))) &&
               pfx_capture(event, members[i].word, value);
    }
    return false;
}

bool pfx_report(struct pfx_event *event, struct pfx_slice text)
{
    bool known = false;

    while (pfx_slice_starts(text, PFX_SLICE("\""))) {
        size_t length = string_length(text), value;
        struct pfx_slice name =
            pfx_slice_until(pfx_slice_from(text, 1), length < 2 ? 0 : length - 2);

        text = pfx_slice_from(text, length);
        if (length == 0 || !pfx_slice_starts(text, PFX_SLICE(":")))
            break;
        text = pfx_slice_from(text, 1);
        value = value_length(text);
        if (value == 0)
            break;
        known |= keep(event, name, pfx_slice_until(text, value));
        text = pfx_slice_from(text, value + 1);
    }
    return known;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any text through each splitter of captures, which the first byte chooses. Every
 * field must lie within the text or be static, and no splitter may look beyond its end, for which
 * the text stands in memory of its own without a NUL. */
#include "event/fields.h"
#include "event/split.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {
    "client",      "relay",        "orig_client", "server",     "host",
    "session_end", "stage_client", "delivery",    "queue_line", "smtpd_client",
    "attributes",  "envelope",     "checked",     "tls_client", "tls_relay",
    "peer",        "anvil_client", "message_id",  "quoted",     "queue_file",
    "said",        "spaced",       "reply",       "delays",     "resent_message_id"};

static volatile unsigned sink;

/* Reads a value to its end; one that begins in the text must end in it. */
static void check_value(struct pfx_slice value, struct pfx_slice text)
{
    uintptr_t start = (uintptr_t)text.text, at = (uintptr_t)value.text;

    if (at >= start && at <= start + text.length && value.length > start + text.length - at)
        abort();
    for (size_t i = 0; i < value.length; ++i)
        sink += (unsigned char)value.text[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const actions[] = {"milter-reject", "warning"};
    static const char *const classes[] = {"header", "mime-error", "body"};
    static struct pfx_event event;
    const char *word, *action, *class;
    struct pfx_slice text;
    char *copy;

    if (size == 0 || (copy = malloc(size)) == NULL)
        return 0;
    pfx_fields_init();
    memcpy(copy, data + 1, size - 1);
    text = (struct pfx_slice){copy, size - 1};
    word = words[data[0] % (sizeof(words) / sizeof(words[0]))];
    action = actions[data[0] & 1];
    class = classes[data[0] % 3];
    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_action, (struct pfx_slice){action, strlen(action)});
    pfx_event_set(&event, PFX_F_check_class, (struct pfx_slice){class, strlen(class)});
    pfx_split(&event, (struct pfx_slice){word, strlen(word)}, text);
    for (int f = 0; f < PFX_FIELD_COUNT; ++f)
        check_value(pfx_event_get(&event, (enum pfx_field)f), text);
    for (unsigned i = 0; i < event.extras; ++i) {
        check_value(event.extra[i].word, text);
        check_value(event.extra[i].text, text);
    }
    free(copy);
    return 0;
}

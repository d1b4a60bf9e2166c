/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any line through the core. The first byte chooses how it comes, as a whole line
 * or with a tag, and the format. What comes out must be JSON in UTF-8, without a name twice. Build
 * and run by devtools/fuzz. */
#include "core.h"
#include "base/value.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const tags[] = {NULL,
                                   "postfix/smtpd[1]:",
                                   "postfix/smtp[1]:",
                                   "postfix/cleanup[1]:",
                                   "postfix/qmgr[1]:",
                                   "postfix/postscreen[1]:",
                                   "postfix/pickup[1]:",
                                   "postfix[1]:",
                                   "docker/smtp[1]:",
                                   "docker:"};
#define TAGS (sizeof(tags) / sizeof(tags[0]))
#define FORMATS (PFX_ECS + 1)

/* The worker of a format; all of one core. */
static struct pfx_worker *worker_of(unsigned format)
{
    static struct pfx_core *core;
    static struct pfx_worker *worker[FORMATS];
    char error[PFX_ERROR_SIZE];

    if (core == NULL) {
        core = pfx_core_open(getenv("PFX_RULEBASES"), error);
        if (core == NULL || pfx_core_add_domain(core, "example.com", error) < 0 ||
            pfx_core_add_network(core, "192.0.2.0/24", error) < 0)
            abort();
    }
    if (worker[format] == NULL)
        worker[format] = pfx_worker_new(core, (enum pfx_format)format, NULL);
    if (worker[format] == NULL)
        abort();
    return worker[format];
}

/* Strict JSON: what is read back has the names that were written, each once. */
static void check_tree(struct fjson_object *tree)
{
    const char *json = fjson_object_to_json_string_ext(tree, FJSON_TO_STRING_PLAIN);
    struct fjson_object *again;

    if (!pfx_value_is_utf8((struct pfx_slice){json, strlen(json)}))
        abort();
    again = fjson_tokener_parse(json);
    if (again == NULL || fjson_object_object_length(again) != fjson_object_object_length(tree))
        abort();
    fjson_object_put(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pfx_line line = {.host = "mail"};
    struct fjson_object *tree;
    enum pfx_outcome outcome;
    char *text;

    if (size == 0 || memchr(data + 1, '\0', size - 1) != NULL)
        return 0;
    text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    line.tag = tags[data[0] % TAGS];
    line.text = text;
    line.text_length = size - 1;
    if (data[0] >= 128) {
        line.raw = text;
        line.raw_length = size - 1;
    }
    line.severity = data[0] % 8;
    line.time.seconds = line.received.seconds = 1787307332;
    outcome = pfx_normalize(worker_of(data[0] / TAGS % FORMATS), &line, &tree);
    if ((tree != NULL) != (outcome <= PFX_UNMATCHED && outcome != PFX_FOREIGN))
        abort();
    /* The tree shares nothing with the line. */
    memset(text, '~', size);
    free(text);
    if (tree != NULL)
        check_tree(tree);
    fjson_object_put(tree);
    return 0;
}

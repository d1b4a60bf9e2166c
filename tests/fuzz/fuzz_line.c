/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any line through the core. The first byte chooses how it comes: as a whole
 * line, or with a tag. What comes out must be JSON in UTF-8. Build and run by devtools/fuzz. */
#include "core.h"
#include "value.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tags[] = {NULL,
                                       "postfix/smtpd[1]:",
                                       "postfix/smtp[1]:",
                                       "postfix/cleanup[1]:",
                                       "postfix/qmgr[1]:",
                                       "postfix/postscreen[1]:",
                                       "postfix/pickup[1]:"};
    static struct pfx_worker *worker;
    char error[PFX_ERROR_SIZE];
    struct pfx_line line = {.host = "mail"};
    struct fjson_object *tree;
    char *text;

    if (worker == NULL) {
        struct pfx_core *core = pfx_core_open(getenv("PFX_RULEBASES"), error);

        worker = core == NULL ? NULL : pfx_worker_new(core, PFX_GELF);
        if (worker == NULL)
            abort();
    }
    if (size == 0 || memchr(data + 1, '\0', size - 1) != NULL)
        return 0;
    text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    line.tag = tags[data[0] % (sizeof(tags) / sizeof(tags[0]))];
    line.text = text;
    line.text_length = size - 1;
    line.time.seconds = line.received.seconds = 1787307332;
    pfx_normalize(worker, &line, &tree);
    if (tree != NULL) {
        const char *json = fjson_object_to_json_string_ext(tree, FJSON_TO_STRING_PLAIN);

        if (!pfx_value_is_utf8((struct pfx_slice){json, strlen(json)}))
            abort();
    }
    fjson_object_put(tree);
    free(text);
    return 0;
}

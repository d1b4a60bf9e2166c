/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/json.h"

#include <stdlib.h>

static void objects_come_apart(void)
{
    static const struct {
        const char *line, *text, *host, *ident, *pid;
        int64_t seconds;
        int32_t microseconds;
    } rows[] = {
        {"{\"log\":\"Aug 21 from=\\u003ca@b\\u003e \\\"c\\\"\\n\",\"stream\":\"stdout\","
         "\"time\":\"2026-08-21T10:15:32.123456789Z\"}",
         "Aug 21 from=<a@b> \"c\"", "", "", "", 1787307332, 123456},
        {"{ \"attrs\" : {\"a\":[1,{\"b\":\"}\"}]}, \"log\" : \"x\\r\\n\" }", "x", "", "", "", 0, 0},
        {"{\"__REALTIME_TIMESTAMP\":\"1787307332500000\",\"MESSAGE\":\"x\",\"_PID\":\"8\","
         "\"SYSLOG_PID\":\"7\",\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\"}",
         "x", "mx1", "postfix/smtpd", "7", 1787307332, 500000},
        {"{\"MESSAGE\":[72, 105,255,0],\"_PID\":\"8\"}", "Hi\xff?", "", "", "8", 0, 0},
        {"{\"MESSAGE\":\"\\u00e9\\ud83d\\ude00\\u0000\\/\\t\"}", "\xc3\xa9\xf0\x9f\x98\x80?/\t", "",
         "", "", 0, 0},
        {"{\"log\":\"first\",\"log\":\"second\"}", "first", "", "", "", 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        char *room = malloc(strlen(rows[i].line) + 1);
        struct pfx_json json = {0};
        struct pfx_time time = {0, 0};

        unit_row = rows[i].line;
        CHECK(pfx_json_unwrap(unit_slice(rows[i].line), room, &json));
        CHECK_TEXT(json.text, rows[i].text);
        CHECK(json.text.text[json.text.length] == '\0');
        CHECK_TEXT(json.host, rows[i].host);
        CHECK_TEXT(json.ident, rows[i].ident);
        CHECK_TEXT(json.pid, rows[i].pid);
        CHECK(pfx_json_time(&json, &time) == (rows[i].seconds > 0));
        CHECK(time.seconds == rows[i].seconds && time.microseconds == rows[i].microseconds);
        free(room);
    }
}

static void other_texts_are_none(void)
{
    static const char *const rows[] = {
        "",
        "{",
        "{}",
        "x",
        "{\"log\"",
        "{\"log\":",
        "{\"log\":\"",
        "{\"log\":\"x",
        "{\"log\":\"x\"",
        "{\"log\":\"x\",",
        "{\"log\":\"x\\",
        "{\"log\":\"x\\u12\"}",
        "{\"log\":\"\"}",
        "{\"log\":5}",
        "{\"log\":null}",
        "{\"MESSAGE\":[]}",
        "{\"MESSAGE\":[1,]}",
        "{\"other\":\"x\"}",
        "{\"a\":[[[[[[",
        "{\"a\":]}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        char *room = malloc(strlen(rows[i]) + 1);
        struct pfx_json json;

        unit_row = rows[i];
        CHECK(!pfx_json_unwrap(unit_slice(rows[i]), room, &json));
        free(room);
    }
}

int main(void)
{
    objects_come_apart();
    other_texts_are_none();
    return UNIT_END();
}

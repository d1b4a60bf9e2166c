/* SPDX-License-Identifier: Apache-2.0 */
/* Who says what; see stage.h. */
#include "line/stage.h"
#include "line/header.h"

#include <string.h>

/* A tag is Postfix's by its instance name, or, whatever the instance is called, by a daemon that
 * has a rulebase: "outbound/qmgr[1]:". */
static bool is_postfix(struct pfx_known known, const struct pfx_program *program)
{
    return pfx_program_is_postfix(program) || (program->daemon.text != program->instance.text &&
                                               known.know(known.cookie, program->daemon));
}

/* Takes a header in the text, if it has one that is Postfix's. */
static bool take_inner_header(struct pfx_stage *stage, const struct pfx_line *line,
                              struct pfx_known known)
{
    struct pfx_header header;
    struct pfx_program program;
    int64_t number;

    if (!pfx_header_parse(stage->text, line->received, &header) ||
        !pfx_program_parse(header.tag, &program) || !is_postfix(known, &program))
        return false;
    /* "postfix.example.com[192.0.2.1]: ..." is what Postfix says of a client, also with its port.
     */
    if ((program.pid.length > 0 && !pfx_value_integer(program.pid, &number)) ||
        pfx_slice_find(program.daemon, PFX_SLICE("[")) >= 0)
        return false;
    stage->program = program;
    stage->tag = header.tag;
    if (header.pid.length > 0)
        stage->program.pid = header.pid;
    if (header.host.length > 0)
        stage->host = header.host;
    if (header.has_time)
        stage->time = header.time;
    stage->text = pfx_program_skip_msgid(header.text);
    return true;
}

static bool take(struct pfx_stage *stage, const struct pfx_line *line, struct pfx_known known)
{
    bool tagged = line->tag != NULL && pfx_program_parse(stage->tag, &stage->program) &&
                  is_postfix(known, &stage->program);

    if (!tagged && !take_inner_header(stage, line, known))
        return false;
    /* A file that is read under the tag "postfix" has whole lines; a relay puts a tag in front. */
    if (((tagged && stage->program.pid.length == 0) ||
         pfx_slice_starts(stage->text, PFX_SLICE("postfix"))) &&
        take_inner_header(stage, line, known))
        return true;
    if (tagged)
        stage->text = pfx_program_skip_msgid(stage->text);
    return true;
}

bool pfx_stage_take(struct pfx_stage *stage, const struct pfx_line *line, struct pfx_known known)
{
    *stage = (struct pfx_stage){.text = {line->text, line->text_length}, .time = line->time};
    if (line->host != NULL)
        stage->host = (struct pfx_slice){line->host, strlen(line->host)};
    if (line->tag != NULL)
        stage->tag = (struct pfx_slice){line->tag, strlen(line->tag)};
    if (!take(stage, line, known))
        return false;
    stage->raw = stage->text;
    return true;
}

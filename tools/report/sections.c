/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and what is printed of them; see report.h. */
#include "report/mails.h"
#include "report/sheets.h"

#include <stdlib.h>
#include <string.h>

/* Rows of what strangers choose, and of what the site or we do. */
#define MANY 50000
#define FEW 5000

const struct table_plan table_plans[TABLES] = {
    [TABLE_HOURS] = {SECTION_HOURS, 1, 5, 5, true, true},
    [TABLE_DAYS] = {SECTION_DAYS, 1, 5, 5, true, true},
    [TABLE_SENDER_DOMAINS] = {SECTION_SENDER_DOMAINS, 1, 2, 1, false, false},
    [TABLE_SENDERS] = {SECTION_SENDERS, 1, 2, 1, false, false},
    [TABLE_RECIPIENT_DOMAINS] = {SECTION_RECIPIENT_DOMAINS, 1, 5, 4, false, false},
    [TABLE_RECIPIENTS] = {SECTION_RECIPIENTS, 1, 4, 3, false, false},
    [TABLE_USERS] = {SECTION_USERS, 1, 2, 1, false, false},
    [TABLE_CLIENTS] = {SECTION_CLIENTS, 1, 3, 2, false, false},
    [TABLE_SIZES] = {SECTION_SIZES, 1, 2, 1, true, true},
    [TABLE_REFUSAL_REASONS] = {SECTION_REFUSAL_REASONS, 1, 1, 1, false, true},
    [TABLE_REFUSALS] = {SECTION_REFUSALS, 2, 1, 1, false, false},
    [TABLE_NEXT_HOPS] = {SECTION_NEXT_HOPS, 1, 5, 4, false, false},
    [TABLE_DEFERRALS] = {SECTION_DEFERRALS, 2, 3, 1, false, true},
    [TABLE_BOUNCES] = {SECTION_BOUNCES, 2, 1, 1, false, false},
    [TABLE_DELAYS] = {SECTION_DELAYS, 1, 1, 1, true, true},
    [TABLE_TLS] = {SECTION_TLS, 2, 1, 1, true, true},
    [TABLE_LOGIN_USERS] = {SECTION_LOGIN_USERS, 1, 2, 2, false, false},
    [TABLE_LOGIN_CLIENTS] = {SECTION_LOGIN_CLIENTS, 1, 2, 2, false, false},
    [TABLE_LOGIN_SERVICES] = {SECTION_LOGIN_SERVICES, 1, 2, 2, false, true},
    [TABLE_FILTERS] = {SECTION_FILTERS, 2, 1, 1, true, true},
    [TABLE_VIRUSES] = {SECTION_VIRUSES, 1, 1, 1, false, false},
    [TABLE_GREYLIST] = {SECTION_GREYLIST, 2, 1, 1, true, true},
    [TABLE_POSTSCREEN] = {SECTION_POSTSCREEN, 1, 1, 1, false, true},
    [TABLE_WARNINGS] = {SECTION_WARNINGS, 3, 1, 1, false, true},
    [TABLE_UNKNOWN] = {SECTION_UNKNOWN, 1, 1, 1, false, true},
};

static const struct {
    const char *name, *title;
    enum column_kind kind;
} totals[TOTALS] = {
#define TOTAL(total, name, title, kind) {name, title, kind},
#include "report/totals.def"
#undef TOTAL
};

bool report_open(struct report *report)
{
    bool opened = true;

    for (int t = 0; t < TABLES; ++t) {
        const struct table_plan *plan = &table_plans[t];
        const struct section_row *row = &sheet_sections[plan->section];

        opened &=
            table_open(&report->table[t], plan->fixed ? FEW : MANY, plan->weighed, plan->fixed);
        for (unsigned i = 0; i < plan->counts; ++i)
            report->place[t][row->column[plan->parts + i]] = (uint8_t)(i + 1);
    }
    report->session = calloc(SESSIONS, sizeof(*report->session));
    report->mails = mails_open(report);
    return opened && report->session != NULL && report->mails != NULL;
}

void report_close(struct report *report)
{
    mails_close(&report->mails);
    for (int t = 0; t < TABLES; ++t)
        table_close(&report->table[t]);
    free(report->session);
    sheets_close(&report->sheets);
}

struct tally *report_row(struct report *report, enum count_table table, struct pfx_slice a,
                         struct pfx_slice b, struct pfx_slice c)
{
    const struct pfx_slice parts[TABLE_PARTS] = {a, b, c};
    struct tally *row = table_row(&report->table[table], parts, table_plans[table].parts);

    report->failed |= row == NULL;
    return row;
}

void report_count(struct report *report, enum count_table table, struct tally *row,
                  enum column column, int64_t number)
{
    unsigned place = report->place[table][column];

    if (row != NULL && place > 0) /* else the table has no such count */
        row->count[place - 1] += number;
}

void report_count_time(struct report *report, int64_t time, enum column column, int64_t number)
{
    if (time == 0)
        return;
    clock_set(&report->clock, time);
    if (report->hour == NULL || report->quarter != report->clock.begin) {
        struct pfx_slice hour = pfx_slice_of(report->clock.number),
                         day = pfx_slice_of(report->clock.day);

        report->quarter = report->clock.begin;
        report->hour = report_row(report, TABLE_HOURS, hour, PFX_NO_SLICE, PFX_NO_SLICE);
        report->day = report_row(report, TABLE_DAYS, day, PFX_NO_SLICE, PFX_NO_SLICE);
    }
    report_count(report, TABLE_HOURS, report->hour, column, number);
    report_count(report, TABLE_DAYS, report->day, column, number);
}

/* A name with a value: of the head or the totals. */
static void say(struct report *report, enum section section, const char *name, const char *title,
                enum column_kind kind, struct cell value)
{
    struct line *line = sheets_add(&report->sheets, section);

    if (line == NULL)
        return;
    line->title = title;
    line->kind = kind;
    line->cell[0].text = name;
    line->cell[1] = value;
}

static void say_text(struct report *report, const char *name, const char *title, const char *text)
{
    if (text != NULL)
        say(report, SECTION_HEAD, name, title, KIND_TEXT, (struct cell){text, NO_NUMBER});
}

static void say_number(struct report *report, const char *name, const char *title,
                       enum column_kind kind, int64_t number)
{
    say(report, SECTION_HEAD, name, title, kind, (struct cell){NULL, number});
}

static void make_head(struct report *report)
{
    const struct pfxlog_options *options = report->options;

    if (report->first != 0)
        say_number(report, "first_line", "first line", KIND_TIME, report->first);
    if (report->first != 0)
        say_number(report, "last_line", "last line", KIND_TIME, report->last);
    say_text(report, "since", "since", options->since);
    say_text(report, "until", "until", options->until);
    say_text(report, "hosts", "hosts", options->selection.hosts);
    say_text(report, "instances", "instances", options->selection.instances);
    if (options->sources.journal)
        say_text(report, "source", "source", "journal");
    else
        say_number(report, "files", "files", KIND_NUMBER, input_count(&options->sources));
    say_number(report, "lines", "lines", KIND_NUMBER, (int64_t)report->lines);
    say_number(report, "lines_of_postfix", "lines of Postfix", KIND_NUMBER, (int64_t)report->ours);
    say_number(report, "lines_of_other_programs", "lines of other programs", KIND_NUMBER,
               (int64_t)report->beside);
    if (report->mails->cut > 0)
        say_number(report, "mails_cut", "mails counted before their end, for want of room",
                   KIND_NUMBER, (int64_t)report->mails->cut);
    say_number(report, "made", "made", KIND_TIME, options->sources.dates.now.seconds * 1000000);
    say_text(report, "made_by", "made by", "pfxlog " PACKAGE_VERSION);
}

static void make_totals(struct report *report)
{
    static const struct {
        enum total total;
        enum count_table table;
    } distinct[] = {{TOTAL_SENDERS, TABLE_SENDERS},
                    {TOTAL_SENDER_DOMAINS, TABLE_SENDER_DOMAINS},
                    {TOTAL_RECIPIENTS, TABLE_RECIPIENTS},
                    {TOTAL_RECIPIENT_DOMAINS, TABLE_RECIPIENT_DOMAINS}};

    for (size_t i = 0; i < sizeof(distinct) / sizeof(distinct[0]); ++i)
        report->total[distinct[i].total] = (int64_t)report->table[distinct[i].table].rows;
    for (int t = 0; t < TOTALS; ++t)
        say(report, SECTION_TOTALS, totals[t].name, totals[t].title, totals[t].kind,
            (struct cell){NULL, report->total[t]});
}

/* A part of a key, without the digit that says where it belongs. */
static const char *part_of(const struct table_plan *plan, const struct tally *row, unsigned part)
{
    const char *text = row->part[part];

    if (row->beyond)
        return part == 0 ? "(others)" : NULL;
    if (plan->section == SECTION_DELAYS || plan->section == SECTION_SIZES)
        text += strcspn(text, " ") + 1;
    return text[0] != '\0' ? text : NULL;
}

static void make_row(struct report *report, const struct table_plan *plan, const struct tally *row)
{
    static const struct {
        enum column column;
        unsigned percent;
    } percentiles[] = {{COLUMN_P50, 50}, {COLUMN_P90, 90}, {COLUMN_P99, 99}, {COLUMN_LONGEST, 100}};
    struct line *line = sheets_add(&report->sheets, plan->section);
    const struct section_row *about = &sheet_sections[plan->section];

    if (line == NULL)
        return;
    for (unsigned i = 0; i < plan->parts; ++i)
        line->cell[i].text = part_of(plan, row, i);
    for (unsigned i = 0; i < plan->counts; ++i) {
        if (sheet_columns[about->column[plan->parts + i]].kind != KIND_TIME || row->count[i] != 0)
            line->cell[plan->parts + i].number = row->count[i];
    }
    for (size_t i = 0; row->delays != NULL && i < sizeof(percentiles) / sizeof(percentiles[0]); ++i)
        line_set(line, plan->section, percentiles[i].column,
                 delays_percentile(row->delays, percentiles[i].percent));
    line_set_text(line, plan->section, COLUMN_TEXT, row->text);
}

static void make_section(struct report *report, enum count_table t)
{
    const struct table_plan *plan = &table_plans[t];
    const struct table *table = &report->table[t];
    struct sheet *sheet = &report->sheets.of[plan->section];
    struct tally **sorted = table_sorted(table, plan->by_key);
    size_t rows = table->rows + (table->beyond != NULL), shown = rows;

    report->failed |= sorted == NULL && rows > 0;
    if (report->options->top > 0 && !plan->by_key && rows > report->options->top)
        shown = report->options->top;
    for (size_t i = 0; sorted != NULL && i < shown; ++i)
        make_row(report, plan, sorted[i]);
    sheet->more = rows - shown;
    sheet->lost = table->lost;
    sheet->lacked = table->lacked;
    free(sorted);
}

/* All hours, the quiet ones too. */
static void make_hours(struct report *report)
{
    for (int hour = 0; hour < 24; ++hour) {
        const char digits[] = {(char)('0' + hour / 10), (char)('0' + hour % 10)};

        report_row(report, TABLE_HOURS, (struct pfx_slice){digits, 2}, PFX_NO_SLICE, PFX_NO_SLICE);
    }
}

void report_make(struct report *report)
{
    mails_end(report->mails);
    if (report->ours > 0)
        make_hours(report);
    make_head(report);
    make_totals(report);
    for (int t = 0; t < TABLES; ++t)
        make_section(report, (enum count_table)t);
    report_find_problems(report);
    report->failed |= report->sheets.failed;
}

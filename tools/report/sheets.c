/* SPDX-License-Identifier: Apache-2.0 */
/* Sections and their cells; see sheets.h. */
#include "report/sheets.h"
#include "people/moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const struct column_row sheet_columns[COLUMNS] = {
#define COLUMN(column, name, title, kind) {name, title, kind},
#include "report/columns.def"
#undef COLUMN
};

#define BY_TIME COLUMN_RECEIVED, COLUMN_DELIVERED, COLUMN_DEFERRALS, COLUMN_BOUNCED, COLUMN_REFUSED

const struct section_row sheet_sections[SECTIONS] = {
    [SECTION_HEAD] = {"head", "Report", 2, {COLUMN_WHAT, COLUMN_VALUE}},
    [SECTION_PROBLEMS] = {"problems", "Problems", 3, {COLUMN_WHAT, COLUMN_COUNT, COLUMN_VALUE}},
    [SECTION_TOTALS] = {"totals", "Totals", 2, {COLUMN_WHAT, COLUMN_COUNT}},
    [SECTION_HOURS] = {"hours", "By hour of the day", 6, {COLUMN_HOUR, BY_TIME}},
    [SECTION_DAYS] = {"days", "By day", 6, {COLUMN_DAY, BY_TIME}},
    [SECTION_SENDER_DOMAINS] = {"sender_domains",
                                "Domains of senders",
                                3,
                                {COLUMN_DOMAIN, COLUMN_MAILS, COLUMN_BYTES}},
    [SECTION_SENDERS] = {"senders", "Senders", 3, {COLUMN_SENDER, COLUMN_MAILS, COLUMN_BYTES}},
    [SECTION_RECIPIENT_DOMAINS] = {"recipient_domains",
                                   "Domains of recipients",
                                   10,
                                   {COLUMN_DOMAIN, COLUMN_DELIVERED, COLUMN_DEFERRALS,
                                    COLUMN_BOUNCED, COLUMN_EXPIRED, COLUMN_BYTES, COLUMN_P50,
                                    COLUMN_P90, COLUMN_P99, COLUMN_LONGEST}},
    [SECTION_RECIPIENTS] = {"recipients",
                            "Recipients",
                            5,
                            {COLUMN_RECIPIENT, COLUMN_DELIVERED, COLUMN_BOUNCED, COLUMN_EXPIRED,
                             COLUMN_BYTES}},
    [SECTION_USERS] = {"users", "Mails by login", 3, {COLUMN_USER, COLUMN_MAILS, COLUMN_BYTES}},
    [SECTION_CLIENTS] = {"clients",
                         "Clients",
                         4,
                         {COLUMN_CLIENT, COLUMN_MAILS, COLUMN_REFUSED, COLUMN_BYTES}},
    [SECTION_SIZES] = {"sizes", "Sizes", 3, {COLUMN_RANGE, COLUMN_MAILS, COLUMN_BYTES}},
    [SECTION_REFUSAL_REASONS] = {"refusal_reasons",
                                 "Refusals by reason",
                                 2,
                                 {COLUMN_REASON, COLUMN_REFUSED}},
    [SECTION_REFUSALS] = {"refusals",
                          "Refusals by reason and client",
                          3,
                          {COLUMN_REASON, COLUMN_CLIENT, COLUMN_REFUSED}},
    [SECTION_NEXT_HOPS] = {"next_hops",
                           "Next hops",
                           6,
                           {COLUMN_NEXT_HOP, COLUMN_DELIVERED, COLUMN_DEFERRED, COLUMN_DEFERRALS,
                            COLUMN_BOUNCED, COLUMN_PASSED_ON}},
    [SECTION_DEFERRALS] = {"deferrals",
                           "Deferrals by next hop and reason",
                           5,
                           {COLUMN_NEXT_HOP, COLUMN_REASON, COLUMN_DEFERRALS, COLUMN_WAITING,
                            COLUMN_SINCE}},
    [SECTION_BOUNCES] = {"bounces",
                         "Bounces by next hop and reason",
                         3,
                         {COLUMN_NEXT_HOP, COLUMN_REASON, COLUMN_BOUNCED}},
    [SECTION_DELAYS] = {"delays",
                        "Delays of deliveries",
                        6,
                        {COLUMN_STAGE, COLUMN_COUNT, COLUMN_P50, COLUMN_P90, COLUMN_P99,
                         COLUMN_LONGEST}},
    [SECTION_TLS] = {"tls", "TLS", 3, {COLUMN_DIRECTION, COLUMN_VERSION, COLUMN_COUNT}},
    [SECTION_LOGIN_USERS] = {"login_users",
                             "Logins by user",
                             3,
                             {COLUMN_USER, COLUMN_SUCCEEDED, COLUMN_FAILED}},
    [SECTION_LOGIN_CLIENTS] = {"login_clients",
                               "Logins by address",
                               3,
                               {COLUMN_CLIENT, COLUMN_SUCCEEDED, COLUMN_FAILED}},
    [SECTION_LOGIN_SERVICES] = {"login_services",
                                "Logins by service",
                                3,
                                {COLUMN_SERVICE, COLUMN_SUCCEEDED, COLUMN_FAILED}},
    [SECTION_FILTERS] = {"filters",
                         "Verdicts of filters",
                         3,
                         {COLUMN_PRODUCT, COLUMN_VERDICT, COLUMN_MAILS}},
    [SECTION_VIRUSES] = {"viruses", "Viruses", 2, {COLUMN_VIRUS, COLUMN_COUNT}},
    [SECTION_GREYLIST] = {"greylist",
                          "Greylisting by policy services",
                          3,
                          {COLUMN_PRODUCT, COLUMN_WHAT, COLUMN_COUNT}},
    [SECTION_POSTSCREEN] = {"postscreen", "postscreen", 2, {COLUMN_EVENT, COLUMN_COUNT}},
    [SECTION_WARNINGS] = {"warnings",
                          "Warnings and errors",
                          5,
                          {COLUMN_LEVEL, COLUMN_DAEMON, COLUMN_EVENT, COLUMN_COUNT, COLUMN_TEXT}},
    [SECTION_UNKNOWN] = {"not_understood",
                         "Lines that were not understood",
                         3,
                         {COLUMN_DAEMON, COLUMN_COUNT, COLUMN_TEXT}},
};

void sheets_close(struct sheets *sheets)
{
    for (int section = 0; section < SECTIONS; ++section) {
        struct line *line = sheets->of[section].first, *next;

        for (; line != NULL; line = next) {
            next = line->next;
            free(line);
        }
    }
    *sheets = (struct sheets){0};
}

struct line *sheets_add(struct sheets *sheets, enum section section)
{
    struct sheet *sheet = &sheets->of[section];
    struct line *line = calloc(1, sizeof(*line));

    if (line == NULL) {
        sheets->failed = true;
        return NULL;
    }
    for (int i = 0; i < SECTION_COLUMNS; ++i)
        line->cell[i].number = NO_NUMBER;
    if (sheet->last != NULL)
        sheet->last->next = line;
    else
        sheet->first = line;
    sheet->last = line;
    ++sheet->lines;
    return line;
}

static struct cell *cell_of(struct line *line, enum section section, enum column column)
{
    const struct section_row *row = &sheet_sections[section];

    for (unsigned i = 0; i < row->columns; ++i) {
        if (row->column[i] == column)
            return &line->cell[i];
    }
    return NULL;
}

void line_set(struct line *line, enum section section, enum column column, int64_t number)
{
    struct cell *cell = cell_of(line, section, column);

    if (cell != NULL)
        cell->number = number;
}

void line_set_text(struct line *line, enum section section, enum column column, const char *text)
{
    struct cell *cell = cell_of(line, section, column);

    if (cell != NULL)
        cell->text = text;
}

/* Two units at most: "3 d 4 h", "2 min 10 s", "1.5 s". */
static void write_seconds(int64_t milliseconds, char room[CELL_ROOM])
{
    int64_t seconds = milliseconds / 1000;

    if (milliseconds < 10000)
        snprintf(room, CELL_ROOM, "%.*f s", milliseconds < 1000 ? 2 : 1,
                 (double)milliseconds / 1000);
    else if (seconds < 60)
        snprintf(room, CELL_ROOM, "%" PRId64 " s", seconds);
    else if (seconds < 3600)
        snprintf(room, CELL_ROOM, "%" PRId64 " min %02" PRId64 " s", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        snprintf(room, CELL_ROOM, "%" PRId64 " h %02" PRId64 " min", seconds / 3600,
                 seconds % 3600 / 60);
    else
        snprintf(room, CELL_ROOM, "%" PRId64 " d %02" PRId64 " h", seconds / 86400,
                 seconds % 86400 / 3600);
}

static void write_bytes(int64_t bytes, char room[CELL_ROOM])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
    double number = (double)bytes / 1024;
    size_t unit = 0;

    if (bytes < 1024) {
        snprintf(room, CELL_ROOM, "%" PRId64 " B", bytes);
        return;
    }
    for (; number >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); ++unit)
        number /= 1024;
    snprintf(room, CELL_ROOM, number < 10 ? "%.1f %s" : "%.0f %s", number, units[unit]);
}

const char *cell_for_people(enum column_kind kind, int64_t number, bool utc, char room[CELL_ROOM])
{
    if (kind == KIND_SECONDS)
        write_seconds(number, room);
    else if (kind == KIND_BYTES)
        write_bytes(number, room);
    else if (kind == KIND_TIME)
        moment_write(number, false, utc, room);
    else
        snprintf(room, CELL_ROOM, "%" PRId64, number);
    return room;
}

const char *cell_for_programs(enum column_kind kind, int64_t number, char room[CELL_ROOM])
{
    time_t seconds = (time_t)(number / 1000000);
    struct tm tm;

    if (kind == KIND_SECONDS)
        snprintf(room, CELL_ROOM, "%" PRId64 ".%03d", number / 1000, (int)(number % 1000));
    else if (kind != KIND_TIME)
        snprintf(room, CELL_ROOM, "%" PRId64, number);
    else if (gmtime_r(&seconds, &tm) == NULL ||
             strftime(room, CELL_ROOM, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        room[0] = '\0';
    return room;
}

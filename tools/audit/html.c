/* SPDX-License-Identifier: Apache-2.0 */
/* An audit as one page of HTML, for screens and for paper: no scripts, nothing from elsewhere. See
 * audit.h. */
#include "audit/audit.h"
#include "people/escape.h"
#include "people/terminal.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<style>\n"
    "@page { size: A4 landscape; margin: 12mm 10mm }\n"
    ":root { color-scheme: light }\n"
    "body { font: 13px/1.4 system-ui, \"DejaVu Sans\", Arial, sans-serif; color: #1c2430; "
    "background: #fff; margin: 0 auto; max-width: 1400px; padding: 20px }\n"
    "h1 { font-size: 22px; margin: 0 0 12px; overflow-wrap: anywhere }\n"
    "h2 { font-size: 16px; margin: 26px 0 4px; padding-bottom: 3px; "
    "border-bottom: 2px solid #2f5d8a; break-after: avoid }\n"
    "p { margin: 4px 0 6px; color: #5a6675; break-after: avoid }\n"
    "dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); gap: 6px; "
    "margin: 8px 0 }\n"
    "dl div { border: 1px solid #d5dce4; border-radius: 4px; padding: 4px 8px; "
    "break-inside: avoid }\n"
    "dt { font-size: 11px; color: #5a6675 }\n"
    "dd { margin: 0; overflow-wrap: anywhere }\n"
    ".totals dd { font-size: 18px; font-variant-numeric: tabular-nums }\n"
    "table { border-collapse: collapse; width: 100%; font-size: 12px }\n"
    "th, td { text-align: left; vertical-align: top; padding: 3px 6px; "
    "border-bottom: 1px solid #e2e7ed; overflow-wrap: anywhere }\n"
    "th { background: #eef2f6; font-weight: 600; overflow-wrap: normal }\n"
    "thead { display: table-header-group }\n"
    "tr { break-inside: avoid }\n"
    ".small table { width: auto; min-width: 30em }\n"
    ".small { break-inside: avoid }\n"
    "td.word { white-space: nowrap }\n"
    ".number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }\n"
    ".mail > td { background: #f7f9fb; break-after: avoid }\n"
    ".below > td { padding: 0 0 8px 24px; border-bottom: 1px solid #c3ccd6 }\n"
    ".below th { background: none; color: #5a6675; font-size: 11px }\n"
    ".good { color: #1b6e3a }\n"
    ".bad { color: #a3261b; font-weight: 600 }\n"
    "footer { margin-top: 24px; color: #5a6675; font-size: 11px }\n"
    "@media print { body { font-size: 9pt; padding: 0; max-width: none } table { font-size: 7.5pt "
    "} th, td { padding: 2px 4px } "
    ".below th { font-size: 6.5pt } * { print-color-adjust: exact; "
    "-webkit-print-color-adjust: exact } }\n"
    "</style>\n";

#define WORD_LONGEST 30 /* what is longer is broken */

static bool is_one_of(const char *const *list, const char *text)
{
    while (*list != NULL && strcmp(*list, text) != 0)
        ++list;
    return *list != NULL;
}

/* The class of a cell; words of ours have one, so that they are seen at once. */
static const char *class_of(enum column column, const char *text)
{
    static const char *const bad[] = {"failure",  "bounced",  "expired", "rejected", "spam",
                                      "infected", "critical", "high",    NULL};
    static const char *const good[] = {"success", "sent", "delivered", "clean", "ham", NULL};
    enum column_kind kind = column_rows[column].kind;

    if (kind == KIND_NUMBER)
        return " class=\"number\"";
    if (text == NULL || kind == KIND_TEXT || (kind == KIND_WORD && strlen(text) > WORD_LONGEST))
        return "";
    if (kind == KIND_WORD && is_one_of(bad, text))
        return " class=\"word bad\"";
    return kind == KIND_WORD && is_one_of(good, text) ? " class=\"word good\"" : " class=\"word\"";
}

/* Which columns some entry has. */
static void find_used(const struct entry *first, bool used[COLUMNS])
{
    memset(used, 0, COLUMNS * sizeof(used[0]));
    for (const struct entry *entry = first; entry != NULL; entry = entry->next) {
        const struct section_row *row = &section_rows[entry->section];

        for (unsigned i = 0; i < row->count; ++i)
            used[row->column[i]] |= entry->cell[i] != NULL;
    }
}

static void put_titles(const struct section_row *row, const bool used[COLUMNS])
{
    fputs("<thead><tr>", stdout);
    for (unsigned i = 0; i < row->count; ++i) {
        if (used[row->column[i]])
            printf("<th scope=\"col\"%s>%s</th>",
                   column_rows[row->column[i]].kind == KIND_NUMBER ? " class=\"number\"" : "",
                   column_rows[row->column[i]].title);
    }
    fputs("</tr></thead>\n<tbody>\n", stdout);
}

/* Returns how many cells it has. */
static unsigned put_cells(const struct audit *audit, const struct entry *entry,
                          const bool used[COLUMNS])
{
    const struct section_row *row = &section_rows[entry->section];
    unsigned cells = 0;

    for (unsigned i = 0; i < row->count; ++i) {
        enum column column = row->column[i];
        char room[HEAD_ROOM];
        const char *text = head_cell(audit, entry, column, room);

        if (!used[column])
            continue;
        ++cells;
        printf("<td%s>", class_of(column, text));
        if (text != NULL)
            escape_html(text);
        fputs("</td>", stdout);
    }
    return cells;
}

static void put_table(const struct audit *audit, const struct entry *first)
{
    bool used[COLUMNS];

    find_used(first, used);
    fputs("<table>", stdout);
    put_titles(&section_rows[first->section], used);
    for (const struct entry *entry = first; entry != NULL; entry = entry->next) {
        unsigned cells;

        fputs(entry->below != NULL ? "<tr class=\"mail\">" : "<tr>", stdout);
        cells = put_cells(audit, entry, used);
        fputs("</tr>\n", stdout);
        if (entry->below != NULL) {
            printf("<tr class=\"below\"><td colspan=\"%u\">", cells);
            put_table(audit, entry->below);
            fputs("</td></tr>\n", stdout);
        }
    }
    fputs("</tbody></table>\n", stdout);
}

static void put_names(const struct audit *audit, const struct entry *first, const char *class)
{
    printf("<dl%s>\n", class);
    for (const struct entry *entry = first; entry != NULL; entry = entry->next) {
        char room[HEAD_ROOM], value[HEAD_ROOM];

        printf("<div><dt>%s</dt><dd>", head_title(entry_get(entry, COLUMN_WHAT), room));
        escape_html(head_value(audit, entry, value));
        fputs("</dd></div>\n", stdout);
    }
    fputs("</dl>\n", stdout);
}

static void put_section(const struct audit *audit, enum section section)
{
    const struct entry *first = audit->entries.first[section];

    printf("<section%s><h2>%s</h2>\n", section >= SECTION_BY_ADDRESS ? " class=\"small\"" : "",
           section_rows[section].title);
    if (first == NULL)
        fputs("<p>None.</p>\n", stdout);
    else if (head_note(audit, section) != NULL)
        printf("<p>%s</p>\n", head_note(audit, section));
    if (first != NULL)
        put_table(audit, first);
    fputs("</section>\n", stdout);
}

void audit_html(const struct audit *audit)
{
    fputs(head, stdout);
    fputs("<title>Audit of ", stdout);
    escape_html(audit->subject.text);
    fputs("</title>\n</head>\n<body>\n<h1>Audit of ", stdout);
    escape_html(audit->subject.text);
    fputs("</h1>\n", stdout);
    put_names(audit, audit->entries.first[SECTION_HEAD], "");
    printf("<h2>%s</h2>\n", section_rows[SECTION_TOTALS].title);
    put_names(audit, audit->entries.first[SECTION_TOTALS], " class=\"totals\"");
    for (int section = SECTION_BY_ADDRESS; section <= SECTION_BY_STATE; ++section) {
        if (head_shows(audit, (enum section)section))
            put_section(audit, (enum section)section);
    }
    for (int section = SECTION_LOGINS; section < SECTION_BY_ADDRESS && terminal_wrote();
         ++section) {
        if (head_shows(audit, (enum section)section))
            put_section(audit, (enum section)section);
    }
    fputs("<footer>What log lines say. What is not here was not logged, or stands in other "
          "files.</footer>\n</body>\n</html>\n",
          stdout);
}

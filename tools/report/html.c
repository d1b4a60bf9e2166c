/* SPDX-License-Identifier: Apache-2.0 */
/* A report as one page of HTML, for screens and for paper, light and dark: no scripts, nothing from
 * elsewhere. See report.h. */
#include "people/escape.h"
#include "people/terminal.h"
#include "report/report.h"

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
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    "@page { size: A4; margin: 12mm 11mm }\n"
    ":root { color-scheme: light dark; --back: #fff; --card: #f6f8fa; --ink: #1c2430; "
    "--soft: #5a6675; --line: #dde3ea; --head: #2f5d8a; --blue: #2f6fae; --green: #2c8a55; "
    "--amber: #b7791f; --red: #b3362b; --violet: #7256a8 }\n"
    "@media screen and (prefers-color-scheme: dark) { :root { --back: #14181e; --card: #1c222a; "
    "--ink: #dfe5ec; --soft: #97a3b1; --line: #2f3844; --head: #7fb0e0; --blue: #5c9fdf; "
    "--green: #4fb87f; --amber: #dba64a; --red: #e5756a; --violet: #a78bdd } }\n"
    "body { font: 14px/1.45 system-ui, \"DejaVu Sans\", Arial, sans-serif; color: var(--ink); "
    "background: var(--back); margin: 0 auto; max-width: 1200px; padding: 24px }\n"
    "h1 { font-size: 24px; margin: 0 }\n"
    "h2 { font-size: 16px; margin: 30px 0 8px; padding-bottom: 3px; color: var(--head); "
    "border-bottom: 1px solid var(--line); break-after: avoid }\n"
    "p { margin: 4px 0; color: var(--soft) }\n"
    ".facts { color: var(--soft); font-size: 12px; margin: 6px 0 0 }\n"
    ".facts span { margin-right: 1.4em; white-space: nowrap }\n"
    "dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); gap: 8px; "
    "margin: 8px 0 }\n"
    "dl div { background: var(--card); border-radius: 6px; padding: 7px 11px; "
    "break-inside: avoid }\n"
    "dt { font-size: 11.5px; line-height: 1.3; color: var(--soft) }\n"
    "dd { margin: 0; font-size: 19px; font-variant-numeric: tabular-nums }\n"
    ".zero dd { color: var(--soft); font-size: 15px }\n"
    ".charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(205px, 1fr)); "
    "gap: 12px }\n"
    "figure { margin: 0; background: var(--card); border-radius: 6px; padding: 8px 11px; "
    "break-inside: avoid }\n"
    "figcaption { font-size: 12px; color: var(--soft) }\n"
    "figcaption b { color: var(--ink); float: right; font-variant-numeric: tabular-nums }\n"
    "svg { display: block; width: 100%; height: auto }\n"
    "svg rect { fill: var(--blue) }\n"
    "svg.delivered rect { fill: var(--green) } svg.deferrals rect { fill: var(--amber) }\n"
    "svg.bounced rect { fill: var(--red) } svg.refused rect { fill: var(--violet) }\n"
    "svg line { stroke: var(--line) } svg line.most { stroke-dasharray: 2 3 }\n"
    "svg text { fill: var(--soft); font-size: 10px } svg text.most { text-anchor: end }\n"
    ".sections { columns: 2 480px; column-gap: 32px; margin-top: 30px }\n"
    "section { break-inside: avoid }\n"
    "section.long { break-inside: auto }\n"
    ".sections h2 { margin-top: 0 } .sections section { margin-bottom: 26px }\n"
    "table { border-collapse: collapse; width: 100%; font-size: 12.5px }\n"
    "th, td { text-align: left; vertical-align: top; padding: 3px 7px; "
    "border-bottom: 1px solid var(--line); overflow-wrap: anywhere }\n"
    "th { font-weight: 600; font-size: 11.5px; color: var(--soft); overflow-wrap: normal; "
    "vertical-align: bottom }\n"
    "thead { display: table-header-group }\n"
    "tr { break-inside: avoid }\n"
    ".number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }\n"
    ".red { color: var(--red); font-weight: 600 } .amber { color: var(--amber) }\n"
    ".none { color: var(--soft) }\n"
    ".well { color: var(--green) }\n"
    ".problems { border-left: 4px solid var(--red); padding-left: 12px }\n"
    "footer { margin-top: 30px; color: var(--soft); font-size: 11.5px }\n"
    "@media print { body { font-size: 9pt; padding: 0; max-width: none } table { font-size: 7.5pt "
    "} th, td { padding: 2px 4px } dd { font-size: 12pt } .zero dd { font-size: 10pt } "
    ".sections { columns: 2; column-gap: 18px } .charts { grid-template-columns: repeat(5, 1fr); "
    "gap: 6px } figure { padding: 4px 6px } dl { "
    "grid-template-columns: repeat(5, 1fr) "
    "} * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }\n"
    "</style>\n"
    "<title>Mail report</title>\n"
    "</head>\n"
    "<body>\n"
    "<h1>Mail report</h1>\n";

static const char *class_of(enum column column, const struct cell *cell)
{
    bool some = cell->number > 0;

    if (KIND_IS_TEXT(sheet_columns[column].kind))
        return "";
    if (some && (column == COLUMN_BOUNCED || column == COLUMN_EXPIRED))
        return " class=\"number red\"";
    if (some && (column == COLUMN_DEFERRALS || column == COLUMN_WAITING))
        return " class=\"number amber\"";
    return cell->number == 0 || cell->number == NO_NUMBER ? " class=\"number none\""
                                                          : " class=\"number\"";
}

static void put_value(const struct report *report, enum column_kind kind, const struct cell *cell)
{
    char room[CELL_ROOM];

    if (KIND_IS_TEXT(kind) && cell->text != NULL)
        escape_html(cell->text);
    else if (!KIND_IS_TEXT(kind) && cell->number != NO_NUMBER)
        fputs(cell_for_people(kind, cell->number, report->clock.utc, room), stdout);
}

static void put_table(const struct report *report, enum section section)
{
    const struct section_row *row = &sheet_sections[section];
    const struct line *line = report->sheets.of[section].first;

    fputs("<table><thead><tr>", stdout);
    for (unsigned i = 0; i < row->columns; ++i)
        printf("<th scope=\"col\"%s>%s</th>",
               KIND_IS_TEXT(sheet_columns[row->column[i]].kind) ? "" : " class=\"number\"",
               sheet_columns[row->column[i]].title);
    fputs("</tr></thead>\n<tbody>\n", stdout);
    for (; line != NULL; line = line->next) {
        fputs("<tr>", stdout);
        for (unsigned i = 0; i < row->columns; ++i) {
            printf("<td%s>", class_of(row->column[i], &line->cell[i]));
            put_value(report, sheet_columns[row->column[i]].kind, &line->cell[i]);
            fputs("</td>", stdout);
        }
        fputs("</tr>\n", stdout);
    }
    fputs("</tbody></table>\n", stdout);
}

static void put_section(const struct report *report, enum section section, const char *class)
{
    const struct sheet *sheet = &report->sheets.of[section];

    printf("<section%s><h2>%s</h2>\n", class, sheet_sections[section].title);
    if (section == SECTION_HOURS || section == SECTION_DAYS)
        report_charts(report, section);
    else
        put_table(report, section);
    if (sheet->more > 0)
        printf("<p>… and %lu more.</p>\n", sheet->more);
    if (sheet->lost > 0)
        printf("<p>Too many to keep: %lu were dropped, and a count may lack %lld.</p>\n",
               sheet->lost, (long long)sheet->lacked);
    fputs("</section>\n", stdout);
}

static void put_head(const struct report *report)
{
    fputs("<p class=\"facts\">", stdout);
    for (const struct line *line = report->sheets.of[SECTION_HEAD].first; line != NULL;
         line = line->next) {
        printf("<span>%s: ", line->title);
        put_value(report, line->kind, &line->cell[1]);
        fputs("</span> ", stdout);
    }
    fputs("</p>\n", stdout);
}

static void put_problems(const struct report *report)
{
    if (report->sheets.of[SECTION_PROBLEMS].first != NULL)
        put_section(report, SECTION_PROBLEMS, " class=\"problems\"");
    else
        fputs("<section><h2>Problems</h2><p class=\"well\">None.</p></section>\n", stdout);
}

static void put_totals(const struct report *report)
{
    printf("<h2>%s</h2>\n<dl>\n", sheet_sections[SECTION_TOTALS].title);
    for (const struct line *line = report->sheets.of[SECTION_TOTALS].first; line != NULL;
         line = line->next) {
        printf("<div%s><dt>%s</dt><dd>", line->cell[1].number == 0 ? " class=\"zero\"" : "",
               line->title);
        put_value(report, line->kind, &line->cell[1]);
        fputs("</dd></div>\n", stdout);
    }
    fputs("</dl>\n", stdout);
}

/* Whether a section has too many columns to stand beside another. */
static bool is_wide(enum section section)
{
    return section == SECTION_HOURS || section == SECTION_DAYS ||
           section == SECTION_RECIPIENT_DOMAINS || section == SECTION_WARNINGS ||
           section == SECTION_UNKNOWN || section == SECTION_DEFERRALS ||
           section == SECTION_NEXT_HOPS || section == SECTION_DELAYS;
}

void report_html(const struct report *report)
{
    bool open = false;

    fputs(head, stdout);
    put_head(report);
    put_problems(report);
    if (report_shows(report, SECTION_TOTALS))
        put_totals(report);
    for (int section = SECTION_HOURS; section < SECTIONS && terminal_wrote(); ++section) {
        const struct sheet *sheet = &report->sheets.of[section];
        bool wide = is_wide((enum section)section);

        if (!report_shows(report, (enum section)section) || sheet->first == NULL)
            continue;
        if (open == wide)
            fputs(wide ? "</div>\n" : "<div class=\"sections\">\n", stdout);
        open = !wide;
        put_section(report, (enum section)section, sheet->lines > 40 ? " class=\"long\"" : "");
    }
    if (open)
        fputs("</div>\n", stdout);
    fputs("<footer>What log lines say. A mail is counted once, whatever filters and own hosts made "
          "of it. What is not here was not logged, or stands in other files.</footer>\n</body>\n"
          "</html>\n",
          stdout);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Small charts of SVG, one for each count of a section of hours or days: each has a scale of its
 * own, since refusals may be a hundred times as many as bounces. See report.h. */
#include "people/escape.h"
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>

#define WIDTH 216
#define HEIGHT 84
#define BOTTOM 68 /* of the bars */
#define TOP 12
#define LABEL 40 /* units from one to the next, at least */

struct chart {
    enum section section;
    unsigned at; /* column of the count */
    unsigned long bars;
    int64_t most, sum;
};

static double width_of(const struct chart *chart)
{
    double width = (double)WIDTH / (double)(chart->bars > 0 ? chart->bars : 1);

    return width < 24 ? width : 24;
}

static void put_bars(const struct chart *chart, const struct line *line)
{
    double width = width_of(chart);

    for (unsigned long bar = 0; line != NULL; line = line->next, ++bar) {
        int64_t number = line->cell[chart->at].number;
        double height = chart->most > 0 ? (double)number * (BOTTOM - TOP) / (double)chart->most : 0;

        if (number <= 0)
            continue;
        height = height < 1 ? 1 : height;
        printf("<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>",
               (double)bar * width + width * 0.1, BOTTOM - height, width * 0.8, height);
        escape_html(line->cell[0].text);
        printf(": %" PRId64 "</title></rect>\n", number);
    }
}

/* Names of some of the bars, the first one among them. */
static void put_labels(const struct chart *chart, const struct line *line)
{
    double width = width_of(chart);
    unsigned long every = (unsigned long)(LABEL / width) + 1;

    /* Of the hours, four. */
    if (chart->section == SECTION_HOURS)
        every = 6;
    for (unsigned long bar = 0; line != NULL; line = line->next, ++bar) {
        if (bar % every != 0)
            continue;
        printf("<text x=\"%.1f\" y=\"%d\">", (double)bar * width + width * 0.1, HEIGHT - 3);
        escape_html(chart->section == SECTION_DAYS ? line->cell[0].text + 5 : line->cell[0].text);
        fputs("</text>\n", stdout);
    }
}

static void put_chart(const struct chart *chart, const struct line *line)
{
    const char *title = sheet_columns[sheet_sections[chart->section].column[chart->at]].title;
    const char *name = sheet_columns[sheet_sections[chart->section].column[chart->at]].name;

    printf("<figure><figcaption>%s <b>%" PRId64 "</b></figcaption>\n", title, chart->sum);
    printf("<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s, %" PRId64
           " at most\">\n",
           name, WIDTH, HEIGHT, title, chart->most);
    printf("<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/><line class=\"most\" x1=\"0\" y1=\"%d\" "
           "x2=\"%d\" y2=\"%d\"/>\n",
           BOTTOM, WIDTH, BOTTOM, TOP, WIDTH, TOP);
    put_bars(chart, line);
    put_labels(chart, line);
    printf("<text class=\"most\" x=\"%d\" y=\"%d\">%" PRId64 "</text>\n</svg></figure>\n", WIDTH,
           TOP - 3, chart->most);
}

void report_charts(const struct report *report, enum section section)
{
    const struct line *first = report->sheets.of[section].first;
    const struct section_row *row = &sheet_sections[section];

    fputs("<div class=\"charts\">\n", stdout);
    for (unsigned i = 1; i < row->columns; ++i) {
        struct chart chart = {section, i, report->sheets.of[section].lines, 0, 0};

        for (const struct line *line = first; line != NULL; line = line->next) {
            chart.sum += line->cell[i].number;
            if (line->cell[i].number > chart.most)
                chart.most = line->cell[i].number;
        }
        put_chart(&chart, first);
    }
    fputs("</div>\n", stdout);
}

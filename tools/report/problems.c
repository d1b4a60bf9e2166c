/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody has to look at; doc/report.md has the list. See report.h. */
#include "report/mails.h"
#include "report/sheets.h"

#include <stdlib.h>

#define TRIES 10         /* that all failed at a next hop */
#define BOUNCES_LEAST 20 /* recipients, so that a share says something */
#define BOUNCES_SHARE 10 /* per cent */

/* about: the section that tells more. */
static void tell(struct report *report, const char *what, int64_t count, const char *text,
                 enum section about)
{
    struct line *line = sheets_add(&report->sheets, SECTION_PROBLEMS);

    if (line == NULL)
        return;
    line->cell[0].text = what;
    line->cell[1].number = count;
    line->cell[2].text = text;
    report->problem[about] = true;
}

/* Next hops where all tries failed. */
static void find_dead_hops(struct report *report)
{
    struct tally **sorted = table_sorted(&report->table[TABLE_NEXT_HOPS], false);
    const uint8_t *place = report->place[TABLE_NEXT_HOPS];

    for (size_t i = 0; sorted != NULL && i < report->table[TABLE_NEXT_HOPS].rows; ++i) {
        const int64_t *count = sorted[i]->count;
        int64_t deferrals = count[place[COLUMN_DEFERRALS] - 1];

        if (deferrals >= TRIES && count[place[COLUMN_DELIVERED] - 1] == 0)
            tell(report, "nothing gets through", deferrals, sorted[i]->part[0], SECTION_DEFERRALS);
    }
    free(sorted);
}

void report_find_problems(struct report *report)
{
    const int64_t *total = report->total;
    int64_t ends = total[TOTAL_DELIVERED] + total[TOTAL_BOUNCED] + total[TOTAL_EXPIRED];

    if (report->ours == 0)
        tell(report, "no line of Postfix", 0, NULL, SECTION_HEAD);
    if (report->fatal > 0)
        tell(report, "fatal errors", (int64_t)report->fatal, NULL, SECTION_WARNINGS);
    if (report->trouble > 0)
        tell(report, "trouble of the mail system itself", (int64_t)report->trouble, NULL,
             SECTION_WARNINGS);
    if (report->mails->late > 0)
        tell(report, "mails wait for more than four hours", report->mails->late, NULL,
             SECTION_DEFERRALS);
    find_dead_hops(report);
    if (total[TOTAL_EXPIRED] > 0)
        tell(report, "recipients given up after too long", total[TOTAL_EXPIRED], NULL,
             SECTION_DEFERRALS);
    if (ends >= BOUNCES_LEAST && total[TOTAL_BOUNCED] * 100 > ends * BOUNCES_SHARE)
        tell(report, "more than a tenth of the recipients bounced", total[TOTAL_BOUNCED], NULL,
             SECTION_BOUNCES);
}

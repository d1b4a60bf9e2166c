/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody has to look at; doc/report.md has the list. See report.h. */
#include "report/mails.h"
#include "report/sheets.h"

#include <stdlib.h>

/* What is usual does not count: some domains never answer, some recipients are gone. */
#define FAILED_LEAST 10   /* recipients of a next hop */
#define SHARE_LEAST 20    /* mails or recipients, so that a share says something */
#define BOUNCES_SHARE 10  /* per cent of the recipients */
#define DEFERRED_SHARE 25 /* per cent of the mails */
#define EXPIRED_SHARE 1   /* per cent of the recipients, and so many of them: */
#define EXPIRED_LEAST 10
#define SHOWN 10 /* next hops */

/* count: or NO_NUMBER. about: the section that tells more. */
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

/* A domain whose mails found no next hop now and then, and got there all the same. */
static bool gets_through(struct report *report, const char *hop)
{
    struct pfx_slice domain = pfx_slice_of(hop);
    const struct tally *row;

    if (!pfx_slice_take(&domain, PFX_SLICE(NO_HOP)))
        return false;
    row = report_row(report, TABLE_RECIPIENT_DOMAINS, domain, PFX_NO_SLICE, PFX_NO_SLICE);
    return row != NULL &&
           row->count[report->place[TABLE_RECIPIENT_DOMAINS][COLUMN_DELIVERED] - 1] > 0;
}

/* Next hops that several recipients were to go to, and none did. */
static void find_dead_hops(struct report *report)
{
    const struct table *table = &report->table[TABLE_NEXT_HOPS];
    struct tally **sorted = table_sorted(table, false);
    const uint8_t *place = report->place[TABLE_NEXT_HOPS];
    int64_t found = 0;

    for (size_t i = 0; sorted != NULL && i < table->rows; ++i) {
        const int64_t *count = sorted[i]->count;
        int64_t deferred = count[place[COLUMN_DEFERRED] - 1];

        if (deferred < FAILED_LEAST || count[place[COLUMN_DELIVERED] - 1] > 0 ||
            count[place[COLUMN_BOUNCED] - 1] > 0 || count[place[COLUMN_PASSED_ON] - 1] > 0 ||
            gets_through(report, sorted[i]->part[0]))
            continue;
        if (++found <= SHOWN)
            tell(report, "nothing gets through", deferred, sorted[i]->part[0], SECTION_NEXT_HOPS);
    }
    if (found > SHOWN)
        tell(report, "more next hops where nothing gets through", found - SHOWN, NULL,
             SECTION_NEXT_HOPS);
    free(sorted);
}

static bool is_share(int64_t part, int64_t all, int64_t share)
{
    return all >= SHARE_LEAST && part * 100 > all * share;
}

void report_find_problems(struct report *report)
{
    const int64_t *total = report->total;
    int64_t ends = total[TOTAL_DELIVERED] + total[TOTAL_BOUNCED] + total[TOTAL_EXPIRED];
    int64_t late = report->mails->late;

    if (report->ours == 0)
        tell(report, "no line of Postfix", NO_NUMBER, NULL, SECTION_HEAD);
    if (report->fatal > 0)
        tell(report, "fatal errors", (int64_t)report->fatal, NULL, SECTION_WARNINGS);
    if (report->trouble > 0)
        tell(report, "trouble of the mail system itself", (int64_t)report->trouble, NULL,
             SECTION_WARNINGS);
    find_dead_hops(report);
    if (is_share(total[TOTAL_DEFERRED], total[TOTAL_RECEIVED], DEFERRED_SHARE))
        tell(report, "more than a quarter of the mails deferred", total[TOTAL_DEFERRED], NULL,
             SECTION_DEFERRALS);
    if (late >= FAILED_LEAST && is_share(late, total[TOTAL_RECEIVED], EXPIRED_SHARE))
        tell(report, "mails wait for more than four hours", late, NULL, SECTION_DEFERRALS);
    if (total[TOTAL_EXPIRED] >= EXPIRED_LEAST &&
        is_share(total[TOTAL_EXPIRED], ends, EXPIRED_SHARE))
        tell(report, "recipients given up after too long", total[TOTAL_EXPIRED], NULL,
             SECTION_DEFERRALS);
    if (is_share(total[TOTAL_BOUNCED], ends, BOUNCES_SHARE))
        tell(report, "more than a tenth of the recipients bounced", total[TOTAL_BOUNCED], NULL,
             SECTION_BOUNCES);
}

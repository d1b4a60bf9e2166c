/* SPDX-License-Identifier: Apache-2.0 */
/* What a site has hidden; see policy.h. */
#include "privacy/policy.h"

#include <stdio.h>

/* What each class may be, in words; the first is what it is unless a site says otherwise. */
static const struct row {
    struct pfx_slice class;
    size_t place;
    struct {
        struct pfx_slice word;
        enum pfx_hide hide;
    } how[4];
} rows[] = {
#define PLACE(member) offsetof(struct pfx_policy, member)
    {PFX_SLICE("address"),
     PLACE(address),
     {{PFX_SLICE("whole"), PFX_HIDE_WHOLE},
      {PFX_SLICE("local"), PFX_HIDE_PART},
      {PFX_SLICE("drop"), PFX_HIDE_DROP},
      {PFX_SLICE("keep"), PFX_HIDE_KEEP}}},
    {PFX_SLICE("user"),
     PLACE(user),
     {{PFX_SLICE("whole"), PFX_HIDE_WHOLE},
      {PFX_SLICE("drop"), PFX_HIDE_DROP},
      {PFX_SLICE("keep"), PFX_HIDE_KEEP}}},
    {PFX_SLICE("host"),
     PLACE(host),
     {{PFX_SLICE("whole"), PFX_HIDE_WHOLE},
      {PFX_SLICE("drop"), PFX_HIDE_DROP},
      {PFX_SLICE("keep"), PFX_HIDE_KEEP}}},
    {PFX_SLICE("ip"),
     PLACE(ip),
     {{PFX_SLICE("whole"), PFX_HIDE_WHOLE},
      {PFX_SLICE("network"), PFX_HIDE_PART},
      {PFX_SLICE("drop"), PFX_HIDE_DROP},
      {PFX_SLICE("keep"), PFX_HIDE_KEEP}}},
    {PFX_SLICE("text"),
     PLACE(text),
     {{PFX_SLICE("scrub"), PFX_HIDE_WHOLE},
      {PFX_SLICE("drop"), PFX_HIDE_DROP},
      {PFX_SLICE("keep"), PFX_HIDE_KEEP}}},
#undef PLACE
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define WAYS (sizeof(rows[0].how) / sizeof(rows[0].how[0]))

static void complain(const struct row *row, struct pfx_slice text, char *error_r, size_t size)
{
    size_t length = (size_t)snprintf(error_r, size, "\"%.*s\": ", (int)text.length, text.text);

    for (size_t i = 0; i < (row != NULL ? WAYS : ROWS) && length < size; ++i) {
        struct pfx_slice word = row != NULL ? row->how[i].word : rows[i].class;

        if (word.length > 0)
            length += (size_t)snprintf(error_r + length, size - length, "%s%.*s",
                                       i > 0         ? ", "
                                       : row != NULL ? "it is one of "
                                                     : "classes are ",
                                       (int)word.length, word.text);
    }
}

bool pfx_policy_take(struct pfx_policy *policy, struct pfx_slice text, char *error_r, size_t size)
{
    ptrdiff_t equal = pfx_slice_find(text, PFX_SLICE("="));
    struct pfx_slice class = pfx_slice_until(text, equal < 0 ? text.length : (size_t)equal);
    struct pfx_slice how = pfx_slice_from(text, equal < 0 ? text.length : (size_t)equal + 1);
    const struct row *row = NULL;

    for (size_t i = 0; i < ROWS; ++i) {
        if (pfx_slice_equal(class, rows[i].class))
            row = &rows[i];
    }
    for (size_t i = 0; row != NULL && i < WAYS; ++i) {
        if (row->how[i].word.length > 0 && pfx_slice_equal(how, row->how[i].word)) {
            memcpy((char *)policy + row->place, &row->how[i].hide, sizeof(row->how[i].hide));
            return true;
        }
    }
    complain(row, text, error_r, size);
    return false;
}

struct pfx_policy pfx_policy_default(void)
{
    struct pfx_policy policy = {.rules = {"+", NULL}};

    policy.address = policy.user = policy.host = policy.ip = policy.text = PFX_HIDE_WHOLE;
    return policy;
}

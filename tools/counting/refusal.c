/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines tell of a refusal; see refusal.h. */
#include "counting/refusal.h"

bool refusal_told(struct pfx_slice event, struct pfx_slice action)
{
    /* Of a mail that is too large smtpd tells, too (smtpd/smtpd.c, cleanup/cleanup_out.c); a client
     * on a list is refused later, if at all: postscreen_denylist_action. */
    if (pfx_slice_equal(event, PFX_SLICE("cleanup.size_limit")) ||
        pfx_slice_equal(event, PFX_SLICE("postscreen.denylisted")))
        return false;
    return pfx_slice_equal(action, PFX_SLICE("blocked")) ||
           pfx_slice_equal(event, PFX_SLICE("smtpd.limit_exceeded"));
}

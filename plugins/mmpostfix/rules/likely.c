/* SPDX-License-Identifier: Apache-2.0 */
/* The likelier daemon; see likely.h.
 *
 * The order is that of the number of lines that each writes for a mail with Postfix's default
 * settings, as the source has them: smtpd/smtpd.c logs connect, client and disconnect for each
 * client and a line for each refusal; qmgr/qmgr_active.c and qmgr/qmgr_move.c two for each mail,
 * cleanup/cleanup_message.c one, the delivery agents (global/log_adhoc.c) one for each recipient,
 * of which smtp is the default transport, lmtp and virtual those of hosted mailboxes, local that of
 * the system's; pickup one for each mail that is submitted here; bounce one for each that fails.
 * postscreen, in master.cf but off, writes for each client of a site that has it. Servers behind
 * these speak of trouble only, then come the commands, which people run; qmqpd, nqmgr and oqmgr are
 * used by hardly anybody.
 */
#include "rules/likely.h"

static const struct pfx_slice order[] = {
/* clang-format off */
#define NAME(literal) {(literal), sizeof(literal) - 1}
    /* clang-format on */
    NAME("smtpd"),      NAME("qmgr"),      NAME("cleanup"),        NAME("smtp"),
    NAME("lmtp"),       NAME("local"),     NAME("virtual"),        NAME("pipe"),
    NAME("bounce"),     NAME("pickup"),    NAME("error"),          NAME("discard"),
    NAME("postscreen"), NAME("dnsblog"),   NAME("tlsproxy"),       NAME("anvil"),
    NAME("scache"),     NAME("verify"),    NAME("tlsmgr"),         NAME("trivial-rewrite"),
    NAME("proxymap"),   NAME("master"),    NAME("postfix-script"), NAME("postfix"),
    NAME("sendmail"),   NAME("postdrop"),  NAME("flush"),          NAME("showq"),
    NAME("spawn"),      NAME("postsuper"), NAME("postqueue"),      NAME("postmap"),
    NAME("postalias"),  NAME("postlogd"),  NAME("postlog"),        NAME("postmulti"),
#undef NAME
};
#define ORDER (sizeof(order) / sizeof(order[0]))

unsigned pfx_likely_rank(struct pfx_slice daemon)
{
    unsigned rank = 0;

    while (rank < ORDER && !pfx_slice_equal(order[rank], daemon))
        ++rank;
    return rank;
}

struct pfx_slice pfx_likely_daemon(unsigned rank)
{
    return rank < ORDER ? order[rank] : PFX_NO_SLICE;
}

int pfx_likely_order(const struct dirent **a, const struct dirent **b)
{
    struct pfx_slice x = pfx_slice_of((*a)->d_name), y = pfx_slice_of((*b)->d_name);
    ptrdiff_t one = pfx_slice_rfind(x, PFX_SLICE(".")), two = pfx_slice_rfind(y, PFX_SLICE("."));
    unsigned first = pfx_likely_rank(one < 0 ? x : pfx_slice_until(x, (size_t)one));
    unsigned second = pfx_likely_rank(two < 0 ? y : pfx_slice_until(y, (size_t)two));

    if (first != second)
        return first < second ? -1 : 1;
    return strcmp((*a)->d_name, (*b)->d_name);
}

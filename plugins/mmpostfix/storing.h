/* SPDX-License-Identifier: Apache-2.0 */
/* What stores and joins over collectors need of a line beside what it says: an id of the line, who
 * made its document, which own hosts it names, domains of its addresses. */
#ifndef PFX_STORING_H
#define PFX_STORING_H

#include "worker.h"

/* Before anything is hidden: sets own hosts and, where the site wants them, the collector and the
 * id of the line. That is 64 bits of SHA-256 over host, tag, time and text, so that nobody makes a
 * line that has another one's; odd, as ids from which an address can be tried out are (mail/ids.h).
 */
void pfx_storing(struct pfx_worker *worker, const struct pfx_stage *stage);
/* When all is hidden that is to be: the domains of the addresses as they are shown. */
void pfx_storing_domains(struct pfx_event *event);

#endif

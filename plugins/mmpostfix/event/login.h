/* SPDX-License-Identifier: Apache-2.0 */
/* The elements at the end of Dovecot's lines about logins: "user=<U>, method=M, rip=IP, lip=IP,
 * mpid=N, TLS, session=<S>" (login_log_format_elements). Who logs in may write all of these into
 * his name, so they are read from the right.
 */
#ifndef PFX_LOGIN_H
#define PFX_LOGIN_H

#include "event/event.h"

/* False when it has not that form. */
bool pfx_login(struct pfx_event *event, struct pfx_slice text);

/* The same behind "WHY: ", with "REASON (ATTEMPTS) (CODE): " in front, as far as there is one. */
bool pfx_login_failure(struct pfx_event *event, struct pfx_slice text);

/* Takes the port of the client out of the id of a session, where that has the client's address. */
void pfx_login_port(struct pfx_event *event);

#endif

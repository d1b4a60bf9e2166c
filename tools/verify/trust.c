/* SPDX-License-Identifier: Apache-2.0 */
/* Keys to believe; see trust.h. */
#include "verify/trust.h"
#include "people/terminal.h"

struct pfx_seal_key *trust_read(const char *name)
{
    char why[PFX_SEAL_WHY];
    struct pfx_seal_key *key = pfx_seal_read(name, true, why);

    if (key == NULL)
        terminal_say("%s: %s", name, why);
    return key;
}

void trust_free(struct trust *trust)
{
    pfx_seal_free(&trust->chain);
    pfx_seal_free(&trust->notes);
}

const char *trust_anchor(const struct trust *trust, struct pfx_slice text,
                         struct pfx_slice signature)
{
    return trust->chain != NULL && pfx_seal_verify(trust->chain, text, signature)
               ? NULL
               : "it is not signed by this key";
}

const char *trust_note(const struct trust *trust, struct pfx_slice text, struct pfx_slice signature)
{
    if (trust->notes != NULL && pfx_seal_verify(trust->notes, text, signature))
        return NULL;
    return trust->chain != NULL && pfx_seal_verify(trust->chain, text, signature)
               ? NULL
               : "it is signed by no key that is believed";
}

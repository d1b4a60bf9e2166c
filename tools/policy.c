/* SPDX-License-Identifier: Apache-2.0 */
/* Options of pseudonyms; see policy.h. */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

bool policy_read(const struct pfxlog_options *options, struct pfx_policy *policy_r)
{
    const char *list = options->hide;
    char error[PFX_ERROR_SIZE];

    *policy_r = pfx_policy_default();
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");

        if (!pfx_policy_take(policy_r, (struct pfx_slice){list, length}, error, sizeof(error))) {
            terminal_say("--hide: %s", error);
            return false;
        }
        list += length + (list[length] == ',');
    }
    policy_r->rules.origin = options->origin;
    if (options->delimiter != NULL)
        policy_r->rules.delimiter = options->delimiter;
    return true;
}

bool policy_keep(const struct pfxlog_options *options, policy_add *add, void *cookie)
{
    const char *list = options->keep;
    char error[PFX_ERROR_SIZE] = "out of memory";

    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");
        char *entry = strndup(list, length);
        bool added = entry != NULL && add(cookie, entry, error) == 0;

        free(entry);
        if (!added) {
            terminal_say("--keep: %s", error);
            return false;
        }
        list += length + (list[length] == ',');
    }
    return true;
}

static int add_kept(void *cookie, const char *entry, char error_r[PFX_ERROR_SIZE])
{
    return pfx_core_add_kept(cookie, entry, error_r);
}

bool policy_use(const struct pfxlog_options *options, struct pfx_core *core)
{
    char error[PFX_ERROR_SIZE];
    struct pfx_policy policy;

    if (options->secrets == NULL) {
        if (options->hide == NULL && options->keep == NULL && options->origin == NULL &&
            options->delimiter == NULL)
            return true;
        terminal_say("--hide, --keep, --origin and --delimiter are for --pseudonymize FILE");
        return false;
    }
    if (!policy_read(options, &policy))
        return false;
    if (pfx_core_use_pseudonyms(core, options->secrets, &policy, error) < 0) {
        terminal_say("%s", error);
        return false;
    }
    return policy_keep(options, add_kept, core);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is in use; see published.h. */
#include "published.h"
#include "line/front.h"
#include "meaning/gim.h"

#include <stdio.h>
#include <string.h>

/* What the tables say and the rooms that read them can not know. False with an error. */
static bool check_tables(const char *directory, struct pfx_rules *rules, char *error)
{
    const struct pfx_kinds *kinds = pfx_rules_kinds(rules);
    struct pfx_products *products = pfx_rules_products(rules);

    for (size_t i = 0; i < kinds->rows; ++i) {
        const struct pfx_kind *kind = &kinds->row[i];

        if (kind->code.length > 0 && !pfx_gim_is_code(kind->code)) {
            snprintf(error, PFX_ERROR_SIZE, "%s/kinds.tsv:%u: %.*s is no code of a mail server",
                     directory, kind->line, (int)kind->code.length, kind->code.text);
            return false;
        }
    }
    for (size_t i = 0; i < products->rows; ++i) {
        struct pfx_product *product = &products->row[i];

        product->form = pfx_front_form(product->front);
        if (product->form < 0) {
            snprintf(error, PFX_ERROR_SIZE, "%s/products.tsv:%u: no such front: %.*s", directory,
                     product->line, (int)product->front.length, product->front.text);
            return false;
        }
    }
    return true;
}

/* Reads the rules and has liblognorm compile them, which is the only way to know what it takes.
 * Those that are before itself are known to be good. */
static struct pfx_rules *read_rules(const struct pfx_core *core, struct pfx_rules *before,
                                    char *error)
{
    struct pfx_selection wanted = {(const char *const *)core->product, 0};
    struct pfx_rules *rules;

    while (core->product[wanted.count] != NULL)
        ++wanted.count;
    rules = pfx_rules_read(core->directory, &wanted, before, error, PFX_ERROR_SIZE);
    if (rules == NULL || rules == before)
        return rules;
    if (!check_tables(core->directory, rules, error) ||
        !pfx_rules_check(rules, error, PFX_ERROR_SIZE))
        pfx_rules_unref(&rules);
    return rules;
}

struct pfx_tenants *pfx_published_tenants(const struct pfx_core *core, char error_r[PFX_ERROR_SIZE])
{
    struct pfx_tenants *tenants = pfx_tenants_read(core->tenantfile, error_r, PFX_ERROR_SIZE);

    if (tenants != NULL && core->tenant != NULL && !pfx_tenants_has(tenants, core->tenant)) {
        snprintf(error_r, PFX_ERROR_SIZE, "%.300s: no row names the tenant %s", core->tenantfile,
                 core->tenant);
        pfx_tenants_unref(&tenants);
    }
    return tenants;
}

void pfx_in_use_unref(struct pfx_in_use *used)
{
    if (used->rules != NULL)
        pfx_rules_unref(&used->rules);
    pfx_alert_rules_unref(&used->alert_rules);
    pfx_secrets_unref(&used->secrets);
    pfx_tenants_unref(&used->tenants);
}

bool pfx_published_read(const struct pfx_core *core, struct pfx_rules *before,
                        struct pfx_in_use *read_r, char error_r[PFX_ERROR_SIZE])
{
    bool good;

    *read_r = (struct pfx_in_use){.rules = read_rules(core, before, error_r)};
    good = read_r->rules != NULL;
    if (good && core->alerting) {
        read_r->alert_rules = pfx_alert_rules_read(
            core->directory, core->site, pfx_rules_kinds(read_r->rules), error_r, PFX_ERROR_SIZE);
        good = read_r->alert_rules != NULL;
    }
    if (good && core->keyfile != NULL) {
        read_r->secrets = pfx_secrets_read(core->keyfile, error_r, PFX_ERROR_SIZE);
        good = read_r->secrets != NULL;
    }
    if (good && core->tenantfile != NULL) {
        read_r->tenants = pfx_published_tenants(core, error_r);
        good = read_r->tenants != NULL;
    }
    if (!good)
        pfx_in_use_unref(read_r);
    return good;
}

struct pfx_in_use pfx_published_take(struct pfx_core *core, unsigned *generation_r)
{
    struct pfx_in_use used = {0};

    pthread_mutex_lock(&core->lock);
    if (core->used.rules != NULL)
        used.rules = pfx_rules_ref(core->used.rules);
    used.alert_rules = pfx_alert_rules_ref(core->used.alert_rules);
    used.secrets = pfx_secrets_ref(core->used.secrets);
    used.tenants = pfx_tenants_ref(core->used.tenants);
    if (generation_r != NULL)
        *generation_r = core->generation;
    pthread_mutex_unlock(&core->lock);
    return used;
}

int pfx_published_reload(struct pfx_core *core, char error_r[PFX_ERROR_SIZE])
{
    struct pfx_in_use old = pfx_published_take(core, NULL), read;
    bool good = pfx_published_read(core, old.rules, &read, error_r), same;

    same = good && read.rules == old.rules &&
           pfx_alert_rules_equal(read.alert_rules, old.alert_rules) &&
           pfx_secrets_equal(read.secrets, old.secrets) &&
           pfx_tenants_equal(read.tenants, old.tenants);
    pfx_in_use_unref(&old);
    if (good && !same) {
        pthread_mutex_lock(&core->lock);
        old = core->used;
        core->used = read;
        __atomic_add_fetch(&core->generation, 1, __ATOMIC_RELEASE);
        pthread_mutex_unlock(&core->lock);
        pfx_in_use_unref(&old);
        return 0;
    }
    if (good)
        pfx_in_use_unref(&read);
    return good ? 1 : -1;
}

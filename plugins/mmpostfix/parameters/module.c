/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of the module; see module.h. */
#include "config.h"
#include "rsyslog.h"
#include "conf.h"
#include "errmsg.h"
#include "parserif.h"

#include "parameters/module.h"

#include <strings.h>

#define IS_NOT_LOADED "rsyslog goes on without the module"

#define DAY 86400
#define MIB ((uint64_t)1 << 20)

#define AT(member) PFX_PLACE(pfx_story_parameters, member)
/* clang-format off */
#define NUMBER(name, member, least, most, unit)                                                    \
    {name, PFX_PARAMETER_NUMBER, AT(member), .range = {NULL, least, most, unit, false}}
/* clang-format on */
static const struct pfx_parameter rows[] = {
    NUMBER("storymails", options.max_mails, 1, 10000000, "mails"),
    NUMBER("storysessions", options.max_sessions, 1, 10000000, "connections"),
    {"storybytes", PFX_PARAMETER_NUMBER, AT(options.max_bytes),
     .range = {NULL, MIB, sizeof(size_t) > 4 ? MIB << 18 : MIB << 11, "bytes", true}},
    NUMBER("storyidle", options.idle, 60, 366 * DAY, "seconds"),
    NUMBER("storylinger", options.linger, 1, DAY, "seconds"),
    {"ownrelays", PFX_PARAMETER_TEXTS, AT(relays)},
    {"instancealiases", PFX_PARAMETER_TEXTS, AT(aliases)},
    {"statefile", PFX_PARAMETER_TEXT, AT(statefile)},
    NUMBER("stateinterval", stateinterval, 1, DAY, "seconds"),
    {"alerts", PFX_PARAMETER_TEXT, AT(alerts)},
    {"alertsbytes", PFX_PARAMETER_NUMBER, AT(alertsbytes),
     .range = {NULL, MIB, sizeof(size_t) > 4 ? MIB << 18 : MIB << 11, "bytes", true}},
};
static const struct pfx_parameter_table table = {rows, sizeof(rows) / sizeof(rows[0]),
                                                 IS_NOT_LOADED};

void pfx_parameters_preset(struct pfx_story_parameters *given)
{
    *given = (struct pfx_story_parameters){
        .options = pfx_story_defaults(), .stateinterval = 60, .alertsbytes = 64 * MIB};
}

bool pfx_parameters_alerts(const struct pfx_story_parameters *given, const char **site_r)
{
    const char *alerts = given->alerts != NULL ? given->alerts : "on";

    *site_r = alerts[0] == '/' ? alerts : NULL;
    return alerts[0] != '\0' && strcasecmp(alerts, "off") != 0;
}

void pfx_parameters_free_module(struct pfx_story_parameters *given)
{
    pfx_parameters_free(&table, given);
}

/* A story that is thrown away knows what an entry must be. */
static rsRetVal check_entries(const struct pfx_texts *entries, struct pfx_story *story,
                              bool (*add)(struct pfx_story *, const char *), const char *name,
                              const char *what)
{
    DEFiRet;

    for (int i = 0; i < entries->count; ++i) {
        if (!add(story, entries->text[i])) {
            parser_errmsg("mmpostfix: %s \"%s\" refused: it is %s. " IS_NOT_LOADED, name,
                          entries->text[i], what);
            iRet = RS_RET_PARAM_ERROR;
        }
    }
    RETiRet;
}

static rsRetVal check_names(const struct pfx_story_parameters *given)
{
    struct pfx_story_options small = {.max_mails = 1, .max_sessions = 1, .max_bytes = 4096};
    struct pfx_story *story = pfx_story_new(&small);
    DEFiRet;

    CHKmalloc(story);
    CHKiRet(check_entries(&given->relays, story, pfx_story_add_relay, "ownrelays",
                          "a name or an address of a next hop as relay= has it, with =HOST behind "
                          "it for the name that host has in its log"));
    CHKiRet(check_entries(&given->aliases, story, pfx_story_add_alias, "instancealiases",
                          "the syslog_name of a service, =, and the instance that it is of"));

finalize_it:
    pfx_story_free(&story);
    RETiRet;
}

static rsRetVal check_alerts(const struct pfx_story_parameters *given)
{
    const char *alerts = given->alerts;
    DEFiRet;

    if (alerts != NULL && alerts[0] != '\0' && alerts[0] != '/' && strcasecmp(alerts, "on") != 0 &&
        strcasecmp(alerts, "off") != 0) {
        parser_errmsg(
            "mmpostfix: alerts \"%s\" refused: it is on, off, or the whole path of a file "
            "with rules. " IS_NOT_LOADED,
            alerts);
        iRet = RS_RET_PARAM_ERROR;
    }
    RETiRet;
}

rsRetVal pfx_parameters_of_module(struct nvlst *lst, struct pfx_story_parameters *given)
{
    DEFiRet;

    pfx_parameters_preset(given);
    CHKiRet(pfx_parameters_read(lst, &table, given));
    CHKiRet(check_names(given));
    CHKiRet(check_alerts(given));

finalize_it:
    RETiRet;
}

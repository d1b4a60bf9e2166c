/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of an action; see action.h. */
#include "config.h"
#include "rsyslog.h"
#include "conf.h"
#include "errmsg.h"
#include "parserif.h"

#include "parameters/action.h"
#include "state/state_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CONTAINER_DEFAULT "$!postfix"
#define PROPERTIES_DEFAULT "$.mmpostfix"
#define CONTAINER_MAX 200 /* rsyslog cuts path components at 1023 bytes without a word */

static const char *const renders[] = {"tree", "text", NULL};
static const char *const matchers[] = {"mmpostfix", "liblognorm", NULL};
static const char *const views[] = {"all", "strict", NULL};
static const char *const switches[] = {"off", "on", NULL};

#define AT(member) PFX_PLACE(pfx_action_parameters, member)
static const struct pfx_parameter rows[] = {
    {"rulebasedir", PFX_PARAMETER_TEXT, AT(rulebasedir), .preset = PFX_RULEBASEDIR},
    {"container", PFX_PARAMETER_TEXT, AT(container), .preset = CONTAINER_DEFAULT},
    {"format", PFX_PARAMETER_CHOICE, AT(format), .preset = "gim", .choices = pfx_format_names},
    {"render", PFX_PARAMETER_CHOICE, AT(as_text), .choices = renders},
    {"maxvalue", PFX_PARAMETER_NUMBER, AT(maxvalue),
     .range = {NULL, PFX_VALUE_LEAST, PFX_VALUE_MOST, "bytes", true}},
    {"matcher", PFX_PARAMETER_CHOICE, AT(liblognorm), .preset = "mmpostfix", .choices = matchers},
    {"story", PFX_PARAMETER_CHOICE, AT(story), .preset = "on", .choices = switches},
    {"products", PFX_PARAMETER_TEXTS, AT(products)},
    {"localdomains", PFX_PARAMETER_TEXTS, AT(localdomains)},
    {"localnetworks", PFX_PARAMETER_TEXTS, AT(localnetworks)},
    {"properties", PFX_PARAMETER_TEXTS, AT(properties)},
    {"propertycontainer", PFX_PARAMETER_TEXT, AT(propertycontainer), .preset = PROPERTIES_DEFAULT},
    {"text", PFX_PARAMETER_TEXT, AT(text)},
    {"tag", PFX_PARAMETER_TEXT, AT(tag)},
    {"host", PFX_PARAMETER_TEXT, AT(host)},
    {"time", PFX_PARAMETER_TEXT, AT(time)},
    {"country", PFX_PARAMETER_TEXT, AT(country)},
    {"collector", PFX_PARAMETER_TEXT, AT(collector)},
    {"lineid", PFX_PARAMETER_CHOICE, AT(lineid), .preset = "off", .choices = switches},
    {"tenants", PFX_PARAMETER_TEXT, AT(tenants)},
    {"tenant", PFX_PARAMETER_TEXT, AT(tenant)},
    {"tenantview", PFX_PARAMETER_CHOICE, AT(strict), .preset = "all", .choices = views},
    {"pseudonymize", PFX_PARAMETER_TEXT, AT(pseudonymize)},
    {"pseudonymhide", PFX_PARAMETER_TEXTS, AT(pseudonymhide)},
    {"pseudonymkeep", PFX_PARAMETER_TEXTS, AT(pseudonymkeep)},
    {"pseudonymorigin", PFX_PARAMETER_TEXT, AT(pseudonymorigin)},
    {"pseudonymdelimiter", PFX_PARAMETER_TEXT, AT(pseudonymdelimiter)},
    {"chain", PFX_PARAMETER_TEXT, AT(chain)},
    {"chaindocuments", PFX_PARAMETER_NUMBER, AT(chaindocuments),
     .range = {NULL, 1, 1000000, "documents", false}},
    {"chainseconds", PFX_PARAMETER_NUMBER, AT(chainseconds),
     .range = {NULL, 1, 86400, "seconds", false}},
};
static const struct pfx_parameter_table table = {rows, sizeof(rows) / sizeof(rows[0]), PFX_GOES_ON};

void pfx_parameters_free_action(struct pfx_action_parameters *given)
{
    pfx_parameters_free(&table, given);
}

/* "$!name" or "$.name", deeper by '!', of letters, digits and those signs. */
static bool is_path(const char *path, const char *signs)
{
    if (path[0] != '$' || (path[1] != '!' && path[1] != '.') || strlen(path) > CONTAINER_MAX)
        return false;
    for (const char *p = path + 2; *p != '\0'; ++p) {
        bool is_separator = *p == '!' && p[-1] != '!' && p > path + 2 && p[1] != '\0';

        if (!is_separator && !isalnum((unsigned char)*p) && strchr(signs, *p) == NULL)
            return false;
    }
    return path[2] != '\0';
}

/* A place of our own, so that attaching never merges. */
static bool is_named_container(const char *path)
{
    return is_path(path, "_-");
}

/* A property of a document within the message: keys of others have such signs as "@timestamp". */
static rsRetVal check_property(const char *parameter, const char *property)
{
    DEFiRet;

    if (property != NULL && !is_path(property, "_-@.")) {
        parser_errmsg("mmpostfix: %s \"%s\" refused: it is the name of a property of the message, "
                      "such as \"$!message\". " PFX_GOES_ON,
                      parameter, property);
        iRet = RS_RET_PARAM_ERROR;
    }
    RETiRet;
}

static rsRetVal check_properties(const struct pfx_action_parameters *given)
{
    DEFiRet;

    CHKiRet(check_property("text", given->text));
    CHKiRet(check_property("tag", given->tag));
    CHKiRet(check_property("host", given->host));
    CHKiRet(check_property("time", given->time));
    if (given->text == NULL && (given->tag != NULL || given->host != NULL || given->time != NULL)) {
        parser_errmsg("mmpostfix: tag, host, time refused: without text, which names the property "
                      "that has the line, they are those of the message. " PFX_GOES_ON);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }

finalize_it:
    RETiRet;
}

static rsRetVal check_container(const char *parameter, const char *container)
{
    DEFiRet;

    if (!is_named_container(container)) {
        parser_errmsg("mmpostfix: %s \"%s\" refused: it must name a container of its own "
                      "below $! or $., such as \"" CONTAINER_DEFAULT "\". To write its fields at "
                      "the top level, use a list template of property(name=\"" CONTAINER_DEFAULT
                      "\"). " PFX_GOES_ON,
                      parameter, container);
        iRet = RS_RET_PARAM_ERROR;
    }
    RETiRet;
}

/* With a queue of its own the action works aside: what comes after it does not see the tree. */
static rsRetVal refuse_queue(const struct nvlst *lst)
{
    char *type = pfx_parameters_foreign(lst, "queue.type");
    DEFiRet;

    if (type != NULL && strcasecmp(type, "direct") != 0) {
        parser_errmsg("mmpostfix: queue.type \"%s\" refused: with a queue of its own the action "
                      "would attach the tree when the actions after it are over. Give the queue to "
                      "the ruleset, or to the action that sends. " PFX_GOES_ON,
                      type);
        iRet = RS_RET_PARAM_ERROR;
    }
    free(type);
    RETiRet;
}

/* Whether one is the other or within it: what is attached last would take the place of the first.
 * Names of rsyslog's variables have no case. */
static bool are_one(const char *a, const char *b)
{
    size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

    return strncasecmp(a, b, shorter) == 0 && (a[shorter] == '\0' || a[shorter] == '!') &&
           (b[shorter] == '\0' || b[shorter] == '!');
}

/* Fields beside a text: to ask for in conditions and templates, which can not look into a string.
 */
static rsRetVal take_properties(struct pfx_action_parameters *given)
{
    DEFiRet;

    if (given->properties.count > 0 && !given->as_text) {
        parser_errmsg(
            "mmpostfix: properties refused: a tree has all fields, as in "
            "$!postfix!vendor_event_type; properties are for render=\"text\". " PFX_GOES_ON);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    if (given->properties.count > 0 && are_one(given->container, given->propertycontainer)) {
        parser_errmsg("mmpostfix: propertycontainer \"%s\" refused: it is the container of the "
                      "document, or one is within the other. " PFX_GOES_ON,
                      given->propertycontainer);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    for (int i = 0; i < given->properties.count; ++i) {
        enum pfx_field field = pfx_field_named(pfx_slice_of(given->properties.text[i]));

        if (field == PFX_FIELD_NONE) {
            parser_errmsg("mmpostfix: properties: there is no field \"%s\", see doc/fields.md; "
                          "names are those of format=\"gim\". " PFX_GOES_ON,
                          given->properties.text[i]);
            ABORT_FINALIZE(RS_RET_PARAM_ERROR);
        }
        given->fields[field / 64] |= UINT64_C(1) << (field % 64);
    }

finalize_it:
    RETiRet;
}

/* Nothing is made yet: this may be a look at the configuration. */
static rsRetVal check_chain(const struct pfx_action_parameters *given)
{
    char why[PFX_STATE_WHY] = "it is no whole path";
    DEFiRet;

    if (given->chain == NULL)
        FINALIZE;
    if (given->chain[0] != '/' || !pfx_state_check(given->chain, geteuid() == 0, why)) {
        parser_errmsg("mmpostfix: chain \"%s\" refused: %s. " PFX_GOES_ON, given->chain, why);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }

finalize_it:
    RETiRet;
}

/* What is to be hidden, so that nothing is shown by a word that is misspelt. */
static rsRetVal take_policy(struct pfx_action_parameters *given)
{
    char error[PFX_ERROR_SIZE];
    DEFiRet;

    given->policy = pfx_policy_default();
    if (given->pseudonymize == NULL &&
        (given->pseudonymhide.count > 0 || given->pseudonymkeep.count > 0 ||
         given->pseudonymorigin != NULL || given->pseudonymdelimiter != NULL)) {
        parser_errmsg("mmpostfix: parameters of pseudonyms refused: without pseudonymize, which "
                      "names the file of their secrets, nothing would be hidden. " PFX_GOES_ON);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    for (int i = 0; i < given->pseudonymhide.count; ++i) {
        if (!pfx_policy_take(&given->policy, pfx_slice_of(given->pseudonymhide.text[i]), error,
                             sizeof(error))) {
            parser_errmsg("mmpostfix: pseudonymhide %s. " PFX_GOES_ON, error);
            ABORT_FINALIZE(RS_RET_PARAM_ERROR);
        }
    }
    given->policy.rules.origin = given->pseudonymorigin;
    if (given->pseudonymdelimiter != NULL)
        given->policy.rules.delimiter = given->pseudonymdelimiter;

finalize_it:
    RETiRet;
}

rsRetVal pfx_parameters_of_action(struct nvlst *lst, struct pfx_action_parameters *given)
{
    DEFiRet;

    given->maxvalue = PFX_VALUE_PRESET;
    given->chaindocuments = 10000;
    given->chainseconds = 300;
    CHKiRet(pfx_parameters_read(lst, &table, given));
    CHKiRet(check_container("container", given->container));
    CHKiRet(check_container("propertycontainer", given->propertycontainer));
    if (given->country != NULL && !is_named_container(given->country)) {
        parser_errmsg("mmpostfix: country \"%s\" refused: it is the name of a property that "
                      "another module sets "
                      "before, such as \"$!geo!country\". " PFX_GOES_ON,
                      given->country);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    if (given->collector != NULL && given->collector[0] == '\0') {
        parser_errmsg("mmpostfix: collector \"\" refused: a name, such as that of this host, is to "
                      "stand in each document. " PFX_GOES_ON);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    CHKiRet(check_properties(given));
    CHKiRet(refuse_queue(lst));
    /* A GELF message is to be sent as it stands; fields of the others are asked for, too. */
    if (given->as_text < 0)
        given->as_text = given->format == PFX_GELF;
    CHKiRet(take_properties(given));
    if (given->tenants == NULL && (given->tenant != NULL || given->strict)) {
        parser_errmsg("mmpostfix: tenant, tenantview refused: without tenants, which names the "
                      "table of them, no line is anybody's. " PFX_GOES_ON);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    CHKiRet(take_policy(given));
    CHKiRet(check_chain(given));

finalize_it:
    RETiRet;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters; see parameters.h. */
#include "config.h"
#include "rsyslog.h"
#include "conf.h"
#include "errmsg.h"
#include "parserif.h"
#include "rainerscript.h"

#include "parameters.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONTAINER_DEFAULT "$!postfix"
#define CONTAINER_MAX 200 /* rsyslog silently cuts path components at 1023 bytes */

static struct cnfparamdescr action_rows[] = {
    {"rulebasedir", eCmdHdlrString, 0}, {"container", eCmdHdlrString, 0},
    {"format", eCmdHdlrString, 0},      {"story", eCmdHdlrBinary, 0},
    {"localdomains", eCmdHdlrArray, 0}, {"localnetworks", eCmdHdlrArray, 0},
    {"render", eCmdHdlrString, 0},      {"matcher", eCmdHdlrString, 0},
};
/* places in that list */
enum { RULEBASEDIR, CONTAINER, FORMAT, STORY, DOMAINS, NETWORKS, RENDER, MATCHER };
static struct cnfparamblk action_block = {
    CNFPARAMBLK_VERSION, sizeof(action_rows) / sizeof(action_rows[0]), action_rows};

static struct cnfparamdescr module_rows[] = {
    {"statefile", eCmdHdlrString, 0},        {"stateinterval", eCmdHdlrNonNegInt, 0},
    {"storymails", eCmdHdlrPositiveInt, 0},  {"storysessions", eCmdHdlrPositiveInt, 0},
    {"storybytes", eCmdHdlrSize, 0},         {"storyidle", eCmdHdlrPositiveInt, 0},
    {"storylinger", eCmdHdlrPositiveInt, 0}, {"ownrelays", eCmdHdlrArray, 0},
    {"instancealiases", eCmdHdlrArray, 0},
};
enum { STATEFILE, INTERVAL, MAILS, SESSIONS, BYTES, IDLE, LINGER, RELAYS, ALIASES };
static struct cnfparamblk module_block = {
    CNFPARAMBLK_VERSION, sizeof(module_rows) / sizeof(module_rows[0]), module_rows};

static void free_texts(struct pfx_texts *texts)
{
    for (int i = 0; i < texts->count; ++i)
        free(texts->text[i]);
    free(texts->text);
    *texts = (struct pfx_texts){0};
}

void pfx_parameters_free_action(struct pfx_action_parameters *given)
{
    free(given->rulebasedir);
    free(given->container);
    free_texts(&given->localdomains);
    free_texts(&given->localnetworks);
    *given = (struct pfx_action_parameters){0};
}

void pfx_parameters_free_module(struct pfx_story_parameters *given)
{
    free(given->statefile);
    free_texts(&given->relays);
    free_texts(&given->aliases);
    *given = (struct pfx_story_parameters){0};
}

static rsRetVal take_text(const struct cnfparamvals *pval, const char *preset, char **text_r)
{
    DEFiRet;

    CHKmalloc(*text_r = pval->bUsed ? es_str2cstr(pval->val.d.estr, NULL) : strdup(preset));

finalize_it:
    RETiRet;
}

static rsRetVal take_texts(const struct cnfparamvals *pval, struct pfx_texts *texts_r)
{
    DEFiRet;

    if (!pval->bUsed)
        FINALIZE;
    CHKmalloc(texts_r->text = calloc((size_t)pval->val.d.ar->nmemb + 1, sizeof(char *)));
    for (int i = 0; i < pval->val.d.ar->nmemb; ++i) {
        CHKmalloc(texts_r->text[i] = es_str2cstr(pval->val.d.ar->arr[i], NULL));
        ++texts_r->count;
    }

finalize_it:
    RETiRet;
}

/* "$!name" or "$.name", deeper by '!': never a root, so that attaching never merges. */
static int is_named_container(const char *path)
{
    if (path[0] != '$' || (path[1] != '!' && path[1] != '.') || strlen(path) > CONTAINER_MAX)
        return 0;
    for (const char *p = path + 2; *p != '\0'; ++p) {
        int is_separator = *p == '!' && p[-1] != '!' && p > path + 2 && p[1] != '\0';

        if (!is_separator && !isalnum((unsigned char)*p) && *p != '_' && *p != '-')
            return 0;
    }
    return path[2] != '\0';
}

/* rsyslog reports an unknown parameter by itself, but only after the action is made, and keeps
 * it. Dotted names (queue.type) are rsyslog's own and not read yet. */
static rsRetVal refuse_unknown(const struct nvlst *lst)
{
    DEFiRet;

    for (; lst != NULL; lst = lst->next) {
        char *name;

        if (lst->bUsed)
            continue;
        CHKmalloc(name = es_str2cstr(lst->name, NULL));
        if (strchr(name, '.') == NULL) {
            parser_errmsg(
                "mmpostfix: parameter \"%s\" refused: there are rulebasedir, container, "
                "format, render, matcher, story, localdomains and localnetworks. " PFX_GOES_ON,
                name);
            iRet = RS_RET_PARAM_ERROR;
        }
        free(name);
    }

finalize_it:
    RETiRet;
}

/* A GELF message is sent as a whole; of the other formats single fields are used too. */
static rsRetVal take_render(const struct cnfparamvals *pval, struct pfx_action_parameters *given)
{
    char *name = NULL;
    DEFiRet;

    CHKiRet(take_text(pval, given->format == PFX_GELF ? "text" : "tree", &name));
    given->as_text = strcasecmp(name, "text") == 0;
    if (!given->as_text && strcasecmp(name, "tree") != 0) {
        parser_errmsg("mmpostfix: render \"%s\" refused: there are tree and text. " PFX_GOES_ON,
                      name);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }

finalize_it:
    free(name);
    RETiRet;
}

static rsRetVal take_matcher(const struct cnfparamvals *pval, struct pfx_action_parameters *given)
{
    char *name = NULL;
    DEFiRet;

    CHKiRet(take_text(pval, "mmpostfix", &name));
    given->liblognorm = strcasecmp(name, "liblognorm") == 0;
    if (!given->liblognorm && strcasecmp(name, "mmpostfix") != 0) {
        parser_errmsg(
            "mmpostfix: matcher \"%s\" refused: there are mmpostfix and liblognorm. " PFX_GOES_ON,
            name);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }

finalize_it:
    free(name);
    RETiRet;
}

static rsRetVal check_action(struct pfx_action_parameters *given, const char *format_name)
{
    int format = pfx_format_find(format_name);
    DEFiRet;

    if (!is_named_container(given->container)) {
        parser_errmsg("mmpostfix: container \"%s\" refused: it must name a container of its own "
                      "below $! or $., such as \"" CONTAINER_DEFAULT "\". To write its fields at "
                      "the top level, use a list template of property(name=\"" CONTAINER_DEFAULT
                      "\"). " PFX_GOES_ON,
                      given->container);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    if (format < 0) {
        parser_errmsg("mmpostfix: format \"%s\" refused: there are gim, gelf and ecs. " PFX_GOES_ON,
                      format_name);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    given->format = (enum pfx_format)format;

finalize_it:
    RETiRet;
}

rsRetVal pfx_parameters_of_action(struct nvlst *lst, struct pfx_action_parameters *given)
{
    struct cnfparamvals *pvals = nvlstGetParams(lst, &action_block, NULL);
    char *format_name = NULL;
    DEFiRet;

    if (pvals == NULL)
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    CHKiRet(refuse_unknown(lst));
    CHKiRet(take_text(&pvals[RULEBASEDIR], PFX_RULEBASEDIR, &given->rulebasedir));
    CHKiRet(take_text(&pvals[CONTAINER], CONTAINER_DEFAULT, &given->container));
    CHKiRet(take_text(&pvals[FORMAT], "gim", &format_name));
    CHKiRet(check_action(given, format_name));
    CHKiRet(take_render(&pvals[RENDER], given));
    CHKiRet(take_matcher(&pvals[MATCHER], given));
    given->story = pvals[STORY].bUsed ? (int)pvals[STORY].val.d.n : 1;
    CHKiRet(take_texts(&pvals[DOMAINS], &given->localdomains));
    CHKiRet(take_texts(&pvals[NETWORKS], &given->localnetworks));

finalize_it:
    free(format_name);
    if (pvals != NULL)
        cnfparamvalsDestruct(pvals, &action_block);
    RETiRet;
}

/* Checks entries by adding them to a temporary story. */
static rsRetVal check_names(const struct pfx_story_parameters *given)
{
    struct pfx_story_options small = {.max_mails = 1, .max_sessions = 1, .max_bytes = 4096};
    struct pfx_story *story = pfx_story_new(&small);
    DEFiRet;

    CHKmalloc(story);
    for (int i = 0; i < given->relays.count; ++i) {
        if (!pfx_story_add_relay(story, given->relays.text[i])) {
            parser_errmsg("mmpostfix: ownrelays \"%s\" refused: it is a name or an address of a "
                          "next hop as relay= has it, with =HOST behind it for the name that host "
                          "has in its log",
                          given->relays.text[i]);
            iRet = RS_RET_PARAM_ERROR;
        }
    }
    for (int i = 0; i < given->aliases.count; ++i) {
        if (!pfx_story_add_alias(story, given->aliases.text[i])) {
            parser_errmsg("mmpostfix: instancealiases \"%s\" refused: it is the syslog_name of a "
                          "service, =, and the instance that it is of",
                          given->aliases.text[i]);
            iRet = RS_RET_PARAM_ERROR;
        }
    }

finalize_it:
    pfx_story_free(&story);
    RETiRet;
}

rsRetVal pfx_parameters_of_module(struct nvlst *lst, struct pfx_story_parameters *given)
{
    struct cnfparamvals *pvals = nvlstGetParams(lst, &module_block, NULL);
    struct pfx_story_options *options = &given->options;
    DEFiRet;

    if (pvals == NULL) {
        parser_errmsg(
            "mmpostfix: the parameters of module() are statefile, stateinterval, "
            "storymails, storysessions, storybytes, storyidle, storylinger, ownrelays and "
            "instancealiases");
        ABORT_FINALIZE(RS_RET_MISSING_CNFPARAMS);
    }
    *options = pfx_story_defaults();
    given->stateinterval = 60;
    if (pvals[STATEFILE].bUsed)
        CHKiRet(take_text(&pvals[STATEFILE], "", &given->statefile));
    if (pvals[INTERVAL].bUsed && pvals[INTERVAL].val.d.n > 0 && pvals[INTERVAL].val.d.n < 1000000)
        given->stateinterval = (unsigned)pvals[INTERVAL].val.d.n;
    if (pvals[MAILS].bUsed)
        options->max_mails = (size_t)pvals[MAILS].val.d.n;
    if (pvals[SESSIONS].bUsed)
        options->max_sessions = (size_t)pvals[SESSIONS].val.d.n;
    if (pvals[BYTES].bUsed)
        options->max_bytes = (size_t)pvals[BYTES].val.d.n;
    if (pvals[IDLE].bUsed)
        options->idle = (unsigned)pvals[IDLE].val.d.n;
    if (pvals[LINGER].bUsed)
        options->linger = (unsigned)pvals[LINGER].val.d.n;
    CHKiRet(take_texts(&pvals[RELAYS], &given->relays));
    CHKiRet(take_texts(&pvals[ALIASES], &given->aliases));
    CHKiRet(check_names(given));

finalize_it:
    if (pvals != NULL)
        cnfparamvalsDestruct(pvals, &module_block);
    RETiRet;
}

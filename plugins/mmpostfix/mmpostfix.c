/* SPDX-License-Identifier: Apache-2.0 */
/* The shell: entry points of the module. With message, counters and parameters/ all that knows
 * rsyslog. It owns the life of instances and workers, HUP, and attaching the tree. It
 * knows no word of Postfix and no field name.
 *
 * Concurrency
 * - instanceData is written while the configuration loads (main thread) and read-only after.
 *   The core inside is safe for any thread.
 * - wrkrInstanceData_t belongs to one queue worker; its pfx_worker is used by no one else.
 * - doHUP runs in the main thread while workers run: it only asks the core to reload. A worker
 *   takes up new rules before its next line, so a line sees the old or the new ones wholly.
 * - No lock is held here, and the tree is attached outside any of the core.
 */
#include "config.h"
#ifndef NDEBUG
/* Without it rsyslog's headers lay objects out differently from the daemon; the module would
 * load and go wrong silently. */
#error "mmpostfix must be built with NDEBUG, as rsyslogd was"
#endif

#include "rsyslog.h"
#include "conf.h"
#include "template.h"
#include "msg.h"
#include "module-template.h"
#include "errmsg.h"
#include "rainerscript.h"
#include "parserif.h"
#include "glbl.h"

#include "alerts/alerts.h"
#include "evidence/chain.h"
#include "core.h"
#include "counters.h"
#include "message.h"
#include "parameters/action.h"
#include "parameters/module.h"
#include "privacy/secrets.h"
#include "state/place.h"
#include "state/state.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

MODULE_TYPE_OUTPUT
MODULE_TYPE_NOKEEP
MODULE_CNFNAME("mmpostfix")

DEF_OMOD_STATIC_DATA
DEFobjCurrIf(glbl);

/* Documents of the largest mails and lines need that much; rsyslog's own default is an eighth. */
#define MESSAGE_SIZE_WANTED 65536
/* A document is never made to fit into less: what every line has would not. */
#define DOCUMENT_LEAST 4096
#define GOES_ON_WITHOUT "rsyslog goes on without a state file"

typedef struct _instanceData {
    struct pfx_action_parameters given;
    struct pfx_core *core;
    struct pfx_property *country; /* NULL: none is asked for */
    struct pfx_properties properties;
    pthread_mutex_t lock; /* of chain, while workers come */
    struct pfx_chain *chain;
    bool chain_failed;
    bool complained; /* of a container that can not be; atomic */
} instanceData;

typedef struct wrkrInstanceData {
    instanceData *pData;
    struct pfx_worker *worker; /* NULL while memory is short; doAction tries again */
} wrkrInstanceData_t;

struct modConfData_s {
    rsconf_t *pConf;
};

/* Parts of the story: workers rarely wait for each other, with more of them than there are
 * processors in common machines. */
#define SHARDS 32

/* One story for all actions, and its state file. */
static struct pfx_story_parameters settings;
static char *statefile; /* with the directory that it is in, once both were found good */
static struct pfx_story *story;
static struct pfx_state *state;
static struct pfx_alerts *alerts; /* the counts; NULL: nothing is counted */
static size_t max_document = SIZE_MAX;
/* Of the first action that hides values; the state file is sealed with them. They outlive it. */
static pthread_mutex_t secrets_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pfx_secrets *secrets;
static const instanceData *secrets_of;

BEGINbeginCnfLoad
    CODESTARTbeginCnfLoad;
    pModConf->pConf = pConf;
ENDbeginCnfLoad

/* Required by rsyslog's interface, not used here. */
/* clang-format off */
#define NOTHING_TO_DO(entry) BEGIN##entry CODESTART##entry; END##entry
NOTHING_TO_DO(endCnfLoad)
NOTHING_TO_DO(freeCnf)
NOTHING_TO_DO(isCompatibleWithFeature)
NOTHING_TO_DO(tryResume)
NOTHING_TO_DO(createInstance)
NOTHING_TO_DO(dbgPrintInstInfo)
/* clang-format on */

BEGINsetModCnf
    CODESTARTsetModCnf;
    iRet = pfx_parameters_of_module(lst, &settings);
ENDsetModCnf

static int64_t wall_clock(void)
{
    return time(NULL);
}

static void report(bool failed, const char *text)
{
    if (failed)
        LogError(0, NO_ERRCODE, "mmpostfix: %s", text);
    else
        LogMsg(0, NO_ERRCODE, LOG_INFO, "mmpostfix: %s", text);
}

/* A state file that the configuration names; NULL after a message. */
static char *find_statefile(rsconf_t *conf)
{
    char *path, why[PFX_STATE_WHY];

    path = pfx_state_named(settings.statefile, (const char *)glbl.GetWorkDir(conf), why);
    if (path != NULL && pfx_state_check(path, geteuid() == 0, why))
        return path;
    LogError(0, RS_RET_PARAM_ERROR, "mmpostfix: statefile \"%s\" refused: %s. " GOES_ON_WITHOUT,
             path != NULL ? path : settings.statefile, why);
    free(path);
    return NULL;
}

/* The last thing that -N1 does, and before privileges are dropped. */
BEGINcheckCnf
    CODESTARTcheckCnf;
    free(statefile);
    statefile = NULL;
    if (pfx_state_wish(settings.statefile) == PFX_STATE_NAMED)
        statefile = find_statefile(pModConf->pConf);
ENDcheckCnf

/* Nobody has named one. Privileges are dropped by now, so that who we are is who will write. */
static char *choose_statefile(rsconf_t *conf)
{
    char why[PFX_STATE_WHY];
    char *path = pfx_state_choose(PFX_STATEDIR, (const char *)glbl.GetWorkDir(conf), why);

    if (path == NULL)
        LogMsg(0, NO_ERRCODE, LOG_WARNING,
               "mmpostfix: no state file: %s. The story of mails is lost at a restart; "
               "statefile=\"off\" says that it may",
               why[0] != '\0' ? why : "there is neither " PFX_STATEDIR " nor a workDirectory");
    else if (why[0] != '\0')
        LogMsg(0, NO_ERRCODE, LOG_WARNING, "mmpostfix: state file %s, since not %s", path, why);
    return path;
}

static struct pfx_secrets *secrets_in_use(void)
{
    struct pfx_secrets *used;

    pthread_mutex_lock(&secrets_lock);
    used = pfx_secrets_ref(secrets);
    pthread_mutex_unlock(&secrets_lock);
    return used;
}

/* Takes up those of an action, unless another one was first. */
static void share_secrets(const instanceData *pData)
{
    pthread_mutex_lock(&secrets_lock);
    if (secrets_of == NULL && pData->given.pseudonymize != NULL)
        secrets_of = pData;
    if (secrets_of == pData) {
        pfx_secrets_unref(&secrets);
        secrets = pfx_core_secrets(pData->core);
    }
    pthread_mutex_unlock(&secrets_lock);
}

static void open_state(rsconf_t *conf)
{
    struct pfx_state_options options = {.interval = settings.stateinterval,
                                        .clock = wall_clock,
                                        .report = report,
                                        .alerts = alerts,
                                        .secrets = secrets_in_use};

    if (pfx_state_wish(settings.statefile) == PFX_STATE_CHOOSE)
        statefile = choose_statefile(conf);
    if (statefile == NULL)
        return;
    options.path = statefile;
    state = pfx_state_open(story, &options);
    if (state != NULL)
        LogMsg(0, NO_ERRCODE, LOG_INFO, "mmpostfix: the state file is %s", statefile);
}

/* rsyslog cuts what it forwards, in the middle of the JSON. */
static void limit_documents(rsconf_t *conf)
{
    int size = glbl.GetMaxLine(conf);

    max_document = size > DOCUMENT_LEAST ? (size_t)size : DOCUMENT_LEAST;
    if (size < MESSAGE_SIZE_WANTED)
        LogMsg(
            0, NO_ERRCODE, LOG_WARNING,
            "mmpostfix: maxMessageSize is %d bytes: documents of long lines and of mails with many "
            "recipients have shorter values to fit into that%s. Set "
            "global(maxMessageSize=\"64k\")",
            size, size < DOCUMENT_LEAST ? ", and may not" : "");
}

/* False when memory ran out. */
static bool open_alerts(void)
{
    const char *site;
    uint64_t seed = (uint64_t)(uintptr_t)story;

    if (!pfx_parameters_alerts(&settings, &site))
        return true;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
        seed ^= (uint64_t)time(NULL);
    alerts = pfx_alerts_new(settings.alertsbytes, seed);
    if (alerts == NULL)
        LogError(0, RS_RET_OUT_OF_MEMORY, "mmpostfix: no memory for the counts of alerts");
    return alerts != NULL;
}

/* After the configuration was found good and before the first line. */
BEGINactivateCnf
    CODESTARTactivateCnf;
    if (settings.options.max_mails == 0)
        pfx_parameters_preset(&settings); /* loaded without parameters */
    limit_documents(pModConf->pConf);
    settings.options.shards = SHARDS;
    story = pfx_story_new(&settings.options);
    if (story == NULL) {
        LogError(0, RS_RET_OUT_OF_MEMORY, "mmpostfix: no memory for the story of mails");
        ABORT_FINALIZE(RS_RET_OUT_OF_MEMORY);
    }
    for (int i = 0; i < settings.relays.count; ++i)
        pfx_story_add_relay(story, settings.relays.text[i]); /* checked when they were read */
    for (int i = 0; i < settings.aliases.count; ++i)
        pfx_story_add_alias(story, settings.aliases.text[i]);
    if (!open_alerts())
        ABORT_FINALIZE(RS_RET_OUT_OF_MEMORY);
    pfx_counters_of(story, alerts);
    pfx_counters_bounds(&settings.options, alerts != NULL ? settings.alertsbytes : 0);
    open_state(pModConf->pConf);
finalize_it:
ENDactivateCnf

BEGINfreeInstance
    CODESTARTfreeInstance;
    pfx_chain_close(&pData->chain);
    pfx_core_close(&pData->core);
    pthread_mutex_destroy(&pData->lock);
    pfx_property_free(&pData->country);
    pfx_property_free(&pData->properties.text);
    pfx_property_free(&pData->properties.tag);
    pfx_property_free(&pData->properties.host);
    pfx_property_free(&pData->properties.time);
    pfx_parameters_free_action(&pData->given);
ENDfreeInstance

/* At the first line: who we are by then is who writes it. Without it lines pass all the same. */
static void open_chain(instanceData *pData)
{
    const struct pfx_chain_options options = {pData->given.chain, pData->given.chaindocuments,
                                              pData->given.chainseconds, wall_clock, report};

    pthread_mutex_lock(&pData->lock);
    if (pData->given.chain != NULL && pData->chain == NULL && !pData->chain_failed) {
        pData->chain = pfx_chain_open(&options);
        pData->chain_failed = pData->chain == NULL;
        pfx_core_use_chain(pData->core, pData->chain);
    }
    pthread_mutex_unlock(&pData->lock);
}

static struct pfx_worker *make_worker(instanceData *pData)
{
    const struct pfx_limits limits = {pData->given.maxvalue, max_document};
    struct pfx_worker *worker = pfx_worker_new(pData->core, (enum pfx_format)pData->given.format,
                                               pData->given.story ? story : NULL);

    if (worker != NULL)
        pfx_worker_limit(worker, &limits);
    if (worker != NULL)
        pfx_worker_alert(worker, alerts);
    return worker;
}

BEGINcreateWrkrInstance
    CODESTARTcreateWrkrInstance;
    open_chain(pData);
    pWrkrData->worker = make_worker(pData);
ENDcreateWrkrInstance

BEGINfreeWrkrInstance
    CODESTARTfreeWrkrInstance;
    pfx_worker_free(&pWrkrData->worker);
ENDfreeWrkrInstance

/* Without domains and networks nothing is local, and no mail has a direction. */
static rsRetVal take_local(instanceData *pData, const struct pfx_texts *entries,
                           int (*add)(struct pfx_core *, const char *, char *))
{
    char error[PFX_ERROR_SIZE];
    DEFiRet;

    for (int i = 0; i < entries->count; ++i) {
        if (add(pData->core, entries->text[i], error) < 0) {
            parser_errmsg("mmpostfix: localdomains or localnetworks: %s. " PFX_GOES_ON, error);
            iRet = RS_RET_PARAM_ERROR;
        }
    }
    RETiRet;
}

/* What properties of messages are asked for. */
static rsRetVal open_properties(instanceData *pData)
{
    const struct {
        const char *name;
        struct pfx_property **property;
    } rows[] = {{pData->given.country, &pData->country},
                {pData->given.text, &pData->properties.text},
                {pData->given.tag, &pData->properties.tag},
                {pData->given.host, &pData->properties.host},
                {pData->given.time, &pData->properties.time}};
    DEFiRet;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (rows[i].name != NULL)
            CHKmalloc(*rows[i].property = pfx_property_new(rows[i].name));
    }

finalize_it:
    RETiRet;
}

static rsRetVal take_pseudonyms(instanceData *pData)
{
    const struct pfx_action_parameters *given = &pData->given;
    char error[PFX_ERROR_SIZE], name[64];
    DEFiRet;

    if (given->pseudonymize == NULL)
        FINALIZE;
    if (pfx_core_use_pseudonyms(pData->core, given->pseudonymize, &given->policy, error) < 0) {
        parser_errmsg("mmpostfix: pseudonymize: %s. " PFX_GOES_ON, error);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    for (int i = 0; i < given->pseudonymkeep.count; ++i) {
        if (pfx_core_add_kept(pData->core, given->pseudonymkeep.text[i], error) < 0) {
            parser_errmsg("mmpostfix: pseudonymkeep: %s. " PFX_GOES_ON, error);
            ABORT_FINALIZE(RS_RET_PARAM_ERROR);
        }
    }
    share_secrets(pData);
    pfx_core_key_name(pData->core, time(NULL), name, sizeof(name));
    LogMsg(0, NO_ERRCODE, LOG_INFO, "mmpostfix: pseudonyms by %s, %s now", given->pseudonymize,
           name);

finalize_it:
    RETiRet;
}

BEGINnewActInst
    char error[PFX_ERROR_SIZE];
    const char *site;
    CODESTARTnewActInst;
    CODE_STD_STRING_REQUESTnewActInst(1);
    CHKiRet(OMSRsetEntry(*ppOMSR, 0, NULL, OMSR_TPL_AS_MSG));
    CHKiRet(createInstance(&pData));
    pthread_mutex_init(&pData->lock, NULL);
    CHKiRet(pfx_parameters_of_action(lst, &pData->given));
    pData->core = pfx_core_open_products(pData->given.rulebasedir,
                                         (const char *const *)pData->given.products.text,
                                         pData->given.products.count, error);
    if (pData->core == NULL) {
        parser_errmsg("mmpostfix: %s. " PFX_GOES_ON, error);
        ABORT_FINALIZE(RS_RET_NO_RULEBASE);
    }
    if (pData->given.products.count > 0 && pfx_core_alone(pData->core))
        LogMsg(
            0, NO_ERRCODE, LOG_NOTICE,
            "mmpostfix: there is no products.tsv in %s, so lines of Postfix alone are understood",
            pData->given.rulebasedir);
    if (pData->given.liblognorm)
        pfx_core_use_liblognorm(pData->core);
    CHKiRet(open_properties(pData));
    if (pData->given.story && pfx_parameters_alerts(&settings, &site) &&
        pfx_core_use_alerts(pData->core, site, error) < 0) {
        parser_errmsg("mmpostfix: %s. " PFX_GOES_ON, error);
        ABORT_FINALIZE(RS_RET_NO_RULEBASE);
    }
    if (!pfx_core_use_storing(pData->core, pData->given.collector, pData->given.lineid))
        ABORT_FINALIZE(RS_RET_OUT_OF_MEMORY);
    CHKiRet(take_pseudonyms(pData));
    if (pData->given.tenants != NULL &&
        pfx_core_use_tenants(pData->core, pData->given.tenants, pData->given.tenant,
                             pData->given.strict, error) < 0) {
        parser_errmsg("mmpostfix: tenants: %s. " PFX_GOES_ON, error);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    CHKiRet(take_local(pData, &pData->given.localdomains, pfx_core_add_domain));
    CHKiRet(take_local(pData, &pData->given.localnetworks, pfx_core_add_network));

    CODE_STD_FINALIZERnewActInst;
ENDnewActInst

/* The message passes without its tree. Said once an action, so that the log is not full of it. */
static void complain(instanceData *pData, const char *container)
{
    pfx_count(PFX_COUNT_UNATTACHED);
    if (!__atomic_exchange_n(&pData->complained, true, __ATOMIC_RELAXED))
        LogError(
            0, RS_RET_INVLD_SETOP,
            "mmpostfix: a message has no %s: something on the way to it is no container, but a "
            "value. Such messages pass without a tree; how many is counted as unattached",
            container);
}

/* Attaches the fields that are asked for beside a text; the message has its document anyway. */
static void attach_properties(wrkrInstanceData_t *wrkr, smsg_t *message)
{
    const struct pfx_action_parameters *given = &wrkr->pData->given;
    struct fjson_object *node;

    if (given->properties.count == 0)
        return;
    node = pfx_worker_fields(wrkr->worker, given->fields);
    if (node != NULL && !pfx_message_attach(message, given->propertycontainer, node))
        complain(wrkr->pData, given->propertycontainer);
}

/* A tree, or the bytes that rsyslog would print it as, in one string. */
static enum pfx_outcome normalize(wrkrInstanceData_t *wrkr, const struct pfx_line *line,
                                  struct fjson_object **node_r)
{
    enum pfx_outcome outcome;
    const char *text;
    size_t length;

    if (!wrkr->pData->given.as_text)
        return pfx_normalize(wrkr->worker, line, node_r);
    outcome = pfx_normalize_text(wrkr->worker, line, true, &text, &length);
    *node_r = text == NULL ? NULL : fjson_object_new_string_len(text, (int)length);
    return text != NULL && *node_r == NULL ? PFX_NO_MEMORY : outcome;
}

/* Always RS_RET_OK: no line may suspend the action. */
BEGINdoAction_NoStrings
    smsg_t *pMsg = ((smsg_t **)pMsgData)[0];
    struct fjson_object *node = NULL;
    enum pfx_outcome outcome = PFX_NO_MEMORY;
    CODESTARTdoAction;
    if (pWrkrData->worker == NULL)
        pWrkrData->worker = make_worker(pWrkrData->pData);
    if (pWrkrData->worker != NULL) {
        struct pfx_line line = pfx_message_line(pMsg, time(NULL));
        struct pfx_taken_texts taken;
        char country[PFX_COUNTRY_SIZE];

        pfx_message_take(pMsg, &pWrkrData->pData->properties, &line, &taken);
        if (pWrkrData->pData->country != NULL)
            line.country = pfx_message_country(pMsg, pWrkrData->pData->country, country);
        outcome = normalize(pWrkrData, &line, &node);
        pfx_message_drop(&taken);
        pfx_counters_time(line.time.seconds);
    }
    pfx_counters_note();
    pfx_count(PFX_COUNT_PROCESSED);
    pfx_count(outcome);
    if (node != NULL) {
        if (!pfx_message_attach(pMsg, pWrkrData->pData->given.container, node))
            complain(pWrkrData->pData, pWrkrData->pData->given.container);
        else
            MsgSetParseSuccess(pMsg, outcome != PFX_UNMATCHED);
        attach_properties(pWrkrData, pMsg);
    }
ENDdoAction

BEGINdoHUP
    char error[PFX_ERROR_SIZE];
    int result;
    CODESTARTdoHUP;
    pfx_count(PFX_COUNT_RELOADS);
    result = pfx_core_reload(pData->core, error);
    if (result >= 0) {
        share_secrets(pData);
        LogMsg(0, NO_ERRCODE, LOG_INFO, "mmpostfix: rulebases read again from %s%s",
               pData->given.rulebasedir, result > 0 ? ", unchanged" : "");
    } else {
        pfx_count(PFX_COUNT_RELOAD_FAILED);
        LogError(0, RS_RET_NO_RULEBASE, "mmpostfix: %s. The old rulebases stay in use", error);
    }
ENDdoHUP

NO_LEGACY_CONF_parseSelectorAct;

BEGINmodExit
    CODESTARTmodExit;
    pfx_state_close(&state);
    pfx_counters_of(NULL, NULL);
    pfx_story_free(&story);
    if (alerts != NULL)
        pfx_alerts_free(&alerts);
    pfx_parameters_free_module(&settings);
    pfx_secrets_unref(&secrets);
    secrets_of = NULL;
    free(statefile);
    statefile = NULL;
    pfx_counters_free();
    objRelease(glbl, CORE_COMPONENT);
ENDmodExit

BEGINqueryEtryPt
    CODESTARTqueryEtryPt;
    /* One chain of if and else: no ';' before its end. */
    /* clang-format off */
    CODEqueryEtryPt_STD_OMOD_QUERIES
    CODEqueryEtryPt_STD_OMOD8_QUERIES
    CODEqueryEtryPt_STD_CONF2_OMOD_QUERIES
    CODEqueryEtryPt_STD_CONF2_QUERIES
    CODEqueryEtryPt_STD_CONF2_setModCnf_QUERIES
    CODEqueryEtryPt_doHUP;
    /* clang-format on */
ENDqueryEtryPt

/* The one symbol rsyslogd looks for; everything else stays hidden. */
#pragma GCC visibility push(default)
BEGINmodInit()
    CODESTARTmodInit;
    *ipIFVersProvided = CURR_MOD_IF_VERSION;
    CODEmodInit_QueryRegCFSLineHdlr;
    CHKiRet(objUse(glbl, CORE_COMPONENT));
    CHKiRet(pfx_counters_make());
ENDmodInit
#pragma GCC visibility pop

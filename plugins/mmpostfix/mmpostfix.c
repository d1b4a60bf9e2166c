/* SPDX-License-Identifier: Apache-2.0 */
/* The rsyslog plugin: with parameters.c the only file that includes rsyslog. It handles instances,
 * workers, HUP, counters, and attaching the tree. It knows no word of Postfix and no field name,
 * and accesses a message by accessors only, since the layout of smsg_t changes between
 * releases without notice.
 *
 * Concurrency
 * - instanceData is written while the configuration loads (main thread) and read-only after.
 *   The core inside is safe for any thread.
 * - wrkrInstanceData_t belongs to one queue worker; its pfx_worker is used by no one else.
 * - doHUP runs in the main thread while workers run: it only asks the core to reload. A worker
 *   takes up new rules before its next line, so a line sees the old or the new ones wholly.
 * - Counters are atomic. No lock is held here, and the tree is attached outside any of the core.
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
#include "statsobj.h"

#include "core.h"
#include "state/state.h"
#include "parameters.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

MODULE_TYPE_OUTPUT
MODULE_TYPE_NOKEEP
MODULE_CNFNAME("mmpostfix")

DEF_OMOD_STATIC_DATA
DEFobjCurrIf(statsobj);

typedef struct _instanceData {
    struct pfx_action_parameters given;
    struct pfx_core *core;
} instanceData;

typedef struct wrkrInstanceData {
    instanceData *pData;
    struct pfx_worker *worker; /* NULL while memory is short; doAction tries again */
} wrkrInstanceData_t;

struct modConfData_s {
    rsconf_t *pConf;
};

/* One story for all actions, and its state file. */
static struct pfx_story_parameters settings;
static struct pfx_story *story;
static struct pfx_state *state;

/* One set of counters for all actions. The outcomes come first, so that an outcome is its own
 * index; processed is their sum. */
enum { PROCESSED = PFX_NO_MEMORY + 1, RELOADS, RELOAD_FAILED };
static struct {
    const char *name;
    intctr_t value;
} counters[] = {
    [PFX_FOREIGN] = {"foreign", 0},    [PFX_MATCHED] = {"matched", 0},
    [PFX_GENERIC] = {"generic", 0},    [PFX_UNMATCHED] = {"unmatched", 0},
    [PFX_NO_MEMORY] = {"nomemory", 0}, [PROCESSED] = {"processed", 0},
    [RELOADS] = {"reloads", 0},        [RELOAD_FAILED] = {"reload.failed", 0},
};
static statsobj_t *stats;

#define STORY_COUNTERS                                                                             \
    ROW("story.mails", mails)                                                                      \
    ROW("story.sessions", sessions)                                                                \
    ROW("story.bytes", bytes)                                                                      \
    ROW("story.ended", ended)                                                                      \
    ROW("story.aborted", aborted)                                                                  \
    ROW("story.reused", reused)                                                                    \
    ROW("story.evicted.idle", evicted_idle)                                                        \
    ROW("story.evicted.capacity", evicted_capacity)                                                \
    ROW("story.evicted.sessions", evicted_sessions)                                                \
    ROW("story.late", late)                                                                        \
    ROW("story.duplicate", duplicate)                                                              \
    ROW("story.incomplete", incomplete)
enum {
#define ROW(name, member) TOLD_##member,
    STORY_COUNTERS
#undef ROW
        TOLD_COUNT
};
static intctr_t told[TOLD_COUNT];

static void count(unsigned which)
{
    STATSCOUNTER_INC(counters[which].value, no_mutex); /* the atomic builtins use none */
}

BEGINbeginCnfLoad
    CODESTARTbeginCnfLoad;
    pModConf->pConf = pConf;
ENDbeginCnfLoad

/* Required by rsyslog's interface, not used here. */
/* clang-format off */
#define NOTHING_TO_DO(entry) BEGIN##entry CODESTART##entry; END##entry
NOTHING_TO_DO(endCnfLoad)
NOTHING_TO_DO(checkCnf)
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

/* Called after the configuration was checked and before the first line. */
BEGINactivateCnf
    const struct pfx_state_options options = {settings.statefile, settings.stateinterval,
                                              wall_clock, report};
    CODESTARTactivateCnf;
    if (settings.options.max_mails == 0)
        settings.options = pfx_story_defaults(); /* loaded without parameters */
    story = pfx_story_new(&settings.options);
    if (story == NULL) {
        LogError(0, RS_RET_OUT_OF_MEMORY, "mmpostfix: no memory for the story of mails");
        ABORT_FINALIZE(RS_RET_OUT_OF_MEMORY);
    }
    for (int i = 0; i < settings.relays.count; ++i)
        pfx_story_add_relay(story, settings.relays.text[i]); /* checked when they were read */
    for (int i = 0; i < settings.aliases.count; ++i)
        pfx_story_add_alias(story, settings.aliases.text[i]);
    if (settings.statefile != NULL)
        state = pfx_state_open(story, &options);
finalize_it:
ENDactivateCnf

BEGINfreeInstance
    CODESTARTfreeInstance;
    pfx_core_close(&pData->core);
    pfx_parameters_free_action(&pData->given);
ENDfreeInstance

static struct pfx_worker *make_worker(instanceData *pData)
{
    return pfx_worker_new(pData->core, pData->given.format, pData->given.story ? story : NULL);
}

BEGINcreateWrkrInstance
    CODESTARTcreateWrkrInstance;
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

BEGINnewActInst
    char error[PFX_ERROR_SIZE];
    CODESTARTnewActInst;
    CODE_STD_STRING_REQUESTnewActInst(1);
    CHKiRet(OMSRsetEntry(*ppOMSR, 0, NULL, OMSR_TPL_AS_MSG));
    CHKiRet(createInstance(&pData));
    CHKiRet(pfx_parameters_of_action(lst, &pData->given));
    pData->core = pfx_core_open(pData->given.rulebasedir, error);
    if (pData->core == NULL) {
        parser_errmsg("mmpostfix: %s. " PFX_GOES_ON, error);
        ABORT_FINALIZE(RS_RET_NO_RULEBASE);
    }
    if (pData->given.liblognorm)
        pfx_core_use_liblognorm(pData->core);
    CHKiRet(take_local(pData, &pData->given.localdomains, pfx_core_add_domain));
    CHKiRet(take_local(pData, &pData->given.localnetworks, pfx_core_add_network));

    CODE_STD_FINALIZERnewActInst;
ENDnewActInst

/* The timestamp of the message. rsyslog gives the fraction as up to six digits, as many as
 * the sender wrote; of more than six it makes bytes that are no digits. */
static struct pfx_time reported_time(smsg_t *pMsg)
{
    struct pfx_time t = {0, 0};
    const char *digit = getTimeReported(pMsg, tplFmtUnixDate);
    unsigned count = 0;

    for (; *digit >= '0' && *digit <= '9'; ++digit)
        t.seconds = t.seconds * 10 + (*digit - '0');
    digit = getTimeReported(pMsg, tplFmtSecFrac);
    for (; count <= 6 && *digit >= '0' && *digit <= '9'; ++digit, ++count)
        t.microseconds = t.microseconds * 10 + (*digit - '0');
    if (*digit != '\0' || count > 6)
        t.microseconds = 0;
    for (; count < 6; ++count)
        t.microseconds *= 10;
    return t;
}

static struct pfx_line line_of(smsg_t *pMsg)
{
    uchar *tag, *raw;
    int tag_length, raw_length;
    struct pfx_line line = {.host = getHOSTNAME(pMsg),
                            .text = (const char *)getMSG(pMsg),
                            .text_length = (size_t)getMSGLen(pMsg),
                            .severity = getPRIi(pMsg) & 7,
                            .time = reported_time(pMsg),
                            .received = {time(NULL), 0}}; /* rsyslog does not say */

    getTAG(pMsg, &tag, &tag_length, LOCK_MUTEX);
    line.tag = tag_length > 0 ? (const char *)tag : NULL;
    getRawMsg(pMsg, &raw, &raw_length);
    if (raw != NULL && raw_length > 0) {
        line.raw = (const char *)raw;
        line.raw_length = (size_t)raw_length;
    }
    /* The space after the tag is part of MSG. */
    if (line.text_length > 0 && line.text[0] == ' ') {
        ++line.text;
        --line.text_length;
    }
    return line;
}

/* Deleted first: into a container that is there already, rsyslog before 8.2606 merges at the
 * root and later ones into it. msgAddJSON owns the node, also when it fails. */
static void attach(const instanceData *pData, smsg_t *pMsg, struct fjson_object *node)
{
    uchar *path = (uchar *)pData->given.container + 1;

    msgDelJSON(pMsg, path);
    msgAddJSON(pMsg, path, node, 0, 0);
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
        struct pfx_line line = line_of(pMsg);

        outcome = normalize(pWrkrData, &line, &node);
    }
    count(PROCESSED);
    count(outcome);
    if (node != NULL) {
        attach(pWrkrData->pData, pMsg, node);
        MsgSetParseSuccess(pMsg, outcome != PFX_UNMATCHED);
    }
ENDdoAction

BEGINdoHUP
    char error[PFX_ERROR_SIZE];
    int result;
    CODESTARTdoHUP;
    count(RELOADS);
    result = pfx_core_reload(pData->core, error);
    if (result >= 0) {
        LogMsg(0, NO_ERRCODE, LOG_INFO, "mmpostfix: rulebases read again from %s%s",
               pData->given.rulebasedir, result > 0 ? ", unchanged" : "");
    } else {
        count(RELOAD_FAILED);
        LogError(0, RS_RET_NO_RULEBASE, "mmpostfix: %s. The old rulebases stay in use", error);
    }
ENDdoHUP

NO_LEGACY_CONF_parseSelectorAct;

/* Copies the counters of the story before impstats reads them. */
static void read_story(statsobj_t *object, void *cookie)
{
    struct pfx_story_counters now = {0};

    (void)object;
    (void)cookie;
    if (story != NULL)
        pfx_story_count(story, &now);
#define ROW(name, member) told[TOLD_##member] = (intctr_t)now.member;
    STORY_COUNTERS
#undef ROW
}

static rsRetVal make_stats(void)
{
    static const struct {
        const char *name;
        intctr_t *value;
    } rows[] = {
#define ROW(name, member) {name, &told[TOLD_##member]},
        STORY_COUNTERS
#undef ROW
    };
    DEFiRet;

    CHKiRet(statsobj.Construct(&stats));
    CHKiRet(statsobj.SetName(stats, (uchar *)"mmpostfix"));
    CHKiRet(statsobj.SetOrigin(stats, (uchar *)"mmpostfix"));
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); ++i) {
        counters[i].value = 0; /* the core may run modInit again on a module it kept loaded */
        CHKiRet(statsobj.AddCounter(stats, (const uchar *)counters[i].name, ctrType_IntCtr,
                                    CTR_FLAG_RESETTABLE, &counters[i].value));
    }
    /* They are copied at each read, so there is nothing to reset. */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        CHKiRet(statsobj.AddCounter(stats, (const uchar *)rows[i].name, ctrType_IntCtr,
                                    CTR_FLAG_NONE, rows[i].value));
    CHKiRet(statsobj.SetReadNotifier(stats, read_story, NULL));
    CHKiRet(statsobj.ConstructFinalize(stats));

finalize_it:
    RETiRet;
}

BEGINmodExit
    CODESTARTmodExit;
    pfx_state_close(&state);
    pfx_story_free(&story);
    pfx_parameters_free_module(&settings);
    if (stats != NULL)
        statsobj.Destruct(&stats);
    objRelease(statsobj, CORE_COMPONENT);
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
    CHKiRet(objUse(statsobj, CORE_COMPONENT));
    CHKiRet(make_stats());
ENDmodInit
#pragma GCC visibility pop

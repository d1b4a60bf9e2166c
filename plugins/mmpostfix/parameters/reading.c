/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters by a table; see reading.h.
 *
 * All but lists are taken as texts: rsyslog's own numbers lose what does not fit without a word.
 */
#include "config.h"
#include "rsyslog.h"
#include "conf.h"
#include "errmsg.h"
#include "parserif.h"
#include "rainerscript.h"

#include "parameters/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROWS_MAX 32
#define NAMES_SIZE 400

static void free_texts(struct pfx_texts *texts)
{
    for (int i = 0; i < texts->count; ++i)
        free(texts->text[i]);
    free(texts->text);
    *texts = (struct pfx_texts){0};
}

void pfx_parameters_free(const struct pfx_parameter_table *table, void *given)
{
    for (size_t i = 0; i < table->rows; ++i) {
        void *place = (char *)given + table->row[i].place;

        if (table->row[i].kind == PFX_PARAMETER_TEXT) {
            free(*(char **)place);
            *(char **)place = NULL;
        } else if (table->row[i].kind == PFX_PARAMETER_TEXTS) {
            free_texts(place);
        }
    }
}

/* Adds the next of count names: "a", "a, b", "a, b and c". */
static void enumerate(char names[NAMES_SIZE], size_t i, size_t count, const char *name)
{
    size_t at = strlen(names);

    snprintf(names + at, NAMES_SIZE - at, "%s%s",
             i == 0          ? ""
             : i + 1 < count ? ", "
                             : " and ",
             name);
}

static rsRetVal take_texts(const struct cnfparamvals *value, struct pfx_texts *texts_r)
{
    DEFiRet;

    CHKmalloc(texts_r->text = calloc((size_t)value->val.d.ar->nmemb + 1, sizeof(char *)));
    for (int i = 0; i < value->val.d.ar->nmemb; ++i) {
        CHKmalloc(texts_r->text[i] = es_str2cstr(value->val.d.ar->arr[i], NULL));
        ++texts_r->count;
    }

finalize_it:
    RETiRet;
}

static rsRetVal take_choice(const struct pfx_parameter *row, const char *text, const char *refused,
                            int *choice_r)
{
    char names[NAMES_SIZE] = "";
    size_t count = 0;
    DEFiRet;

    *choice_r = -1;
    if (text == NULL)
        FINALIZE;
    while (row->choices[count] != NULL) {
        if (strcasecmp(row->choices[count], text) == 0) {
            *choice_r = (int)count;
            FINALIZE;
        }
        ++count;
    }
    for (size_t i = 0; i < count; ++i)
        enumerate(names, i, count, row->choices[i]);
    parser_errmsg("mmpostfix: %s \"%s\" refused: there are %s. %s", row->name, text, names,
                  refused);
    iRet = RS_RET_PARAM_ERROR;

finalize_it:
    RETiRet;
}

static rsRetVal take_number(const struct pfx_parameter *row, const char *text, const char *refused,
                            void *place)
{
    struct pfx_range range = row->range;
    char error[PFX_RANGE_ERROR];
    unsigned small;
    uint64_t value;
    size_t large;
    DEFiRet;

    if (text == NULL)
        FINALIZE;
    range.name = row->name;
    if (row->size == sizeof(small) && range.most > UINT32_MAX)
        range.most = UINT32_MAX;
    if (!pfx_range_take(&range, text, &value, error)) {
        parser_errmsg("mmpostfix: %s. %s", error, refused);
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    }
    small = (unsigned)value;
    large = (size_t)value;
    memcpy(place, row->size == sizeof(small) ? (void *)&small : (void *)&large, row->size);

finalize_it:
    RETiRet;
}

static rsRetVal take(const struct pfx_parameter *row, const struct cnfparamvals *value,
                     const char *refused, void *place)
{
    char *text = NULL;
    DEFiRet;

    if (row->kind == PFX_PARAMETER_TEXTS) {
        if (value->bUsed)
            iRet = take_texts(value, place);
        FINALIZE;
    }
    if (value->bUsed || row->preset != NULL) {
        text = value->bUsed ? es_str2cstr(value->val.d.estr, NULL) : strdup(row->preset);
        CHKmalloc(text);
    }
    if (row->kind == PFX_PARAMETER_TEXT) {
        *(char **)place = text;
        text = NULL;
    } else if (row->kind == PFX_PARAMETER_CHOICE) {
        iRet = take_choice(row, text, refused, place);
    } else {
        iRet = take_number(row, text, refused, place);
    }

finalize_it:
    free(text);
    RETiRet;
}

static bool is_name(const struct pfx_parameter_table *table, const char *name)
{
    for (size_t i = 0; i < table->rows; ++i) {
        if (strcasecmp(table->row[i].name, name) == 0)
            return true;
    }
    return false;
}

/* rsyslog reports an unknown parameter by itself, but only after the action is made, and keeps
 * it. */
static rsRetVal refuse_unknown(const struct nvlst *lst, const struct pfx_parameter_table *table)
{
    char names[NAMES_SIZE] = "";
    DEFiRet;

    for (size_t i = 0; i < table->rows; ++i)
        enumerate(names, i, table->rows, table->row[i].name);
    for (; lst != NULL; lst = lst->next) {
        char *name;

        if (lst->bUsed)
            continue;
        CHKmalloc(name = es_str2cstr(lst->name, NULL));
        if (is_name(table, name)) {
            parser_errmsg("mmpostfix: parameter \"%s\" refused: it is given twice. %s", name,
                          table->refused);
            iRet = RS_RET_PARAM_ERROR;
        } else if (strchr(name, '.') == NULL) {
            parser_errmsg("mmpostfix: parameter \"%s\" refused: there are %s. %s", name, names,
                          table->refused);
            iRet = RS_RET_PARAM_ERROR;
        }
        free(name);
    }

finalize_it:
    RETiRet;
}

rsRetVal pfx_parameters_read(struct nvlst *lst, const struct pfx_parameter_table *table,
                             void *given)
{
    struct cnfparamdescr descriptions[ROWS_MAX];
    struct cnfparamblk block = {CNFPARAMBLK_VERSION, (unsigned short)table->rows, descriptions};
    struct cnfparamvals *values = NULL;
    DEFiRet;

    if (table->rows > ROWS_MAX)
        ABORT_FINALIZE(RS_RET_INTERNAL_ERROR);
    for (size_t i = 0; i < table->rows; ++i) {
        const struct pfx_parameter *row = &table->row[i];

        descriptions[i] = (struct cnfparamdescr){
            row->name, row->kind == PFX_PARAMETER_TEXTS ? eCmdHdlrArray : eCmdHdlrString, 0};
    }
    values = nvlstGetParams(lst, &block, NULL);
    if (values == NULL)
        ABORT_FINALIZE(RS_RET_PARAM_ERROR);
    CHKiRet(refuse_unknown(lst, table));
    for (size_t i = 0; i < table->rows; ++i)
        CHKiRet(
            take(&table->row[i], &values[i], table->refused, (char *)given + table->row[i].place));

finalize_it:
    if (values != NULL)
        cnfparamvalsDestruct(values, &block);
    RETiRet;
}

char *pfx_parameters_foreign(const struct nvlst *lst, const char *name)
{
    for (; lst != NULL; lst = lst->next) {
        if (es_strcasebufcmp(lst->name, (unsigned char *)name, (es_size_t)strlen(name)) == 0)
            return lst->val.datatype == 'S' ? es_str2cstr(lst->val.d.estr, NULL) : NULL;
    }
    return NULL;
}

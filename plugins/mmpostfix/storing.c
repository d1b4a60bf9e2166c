/* SPDX-License-Identifier: Apache-2.0 */
/* For stores; see storing.h. */
#include "storing.h"
#include "mail/ids.h"

/* Keeps this use of the hash apart from those of a chain (evidence/seal.h). */
#define LINE_ID 'L'

/* Of what is the same by whatever way a line comes: no header, no blanks around it. No part has a
 * line feed, so that no two lines are one text. */
static void set_line_id(struct pfx_worker *worker, const struct pfx_stage *stage)
{
    const struct pfx_program *program = &stage->program;
    const struct pfx_slice feed = PFX_SLICE("\n");
    char date[40];
    const struct pfx_slice part[] = {stage->host,
                                     feed,
                                     program->instance,
                                     feed,
                                     program->service,
                                     feed,
                                     program->daemon,
                                     feed,
                                     program->pid,
                                     feed,
                                     pfx_time_format(stage->time, date, sizeof(date)),
                                     feed,
                                     stage->repeated,
                                     feed,
                                     pfx_slice_trim(stage->text)};
    unsigned char hash[PFX_SEAL_HASH];
    uint64_t id = 0;

    pfx_hasher_sum(worker->hasher, LINE_ID, part, sizeof(part) / sizeof(part[0]), hash);
    for (unsigned i = 0; i < sizeof(id); ++i)
        id = id << 8 | hash[i];
    pfx_id_text(worker->line_id, id | 1);
    pfx_event_set(&worker->event, PFX_F_line_id,
                  (struct pfx_slice){worker->line_id, sizeof(worker->line_id)});
}

static void set_own_host(struct pfx_worker *worker, enum pfx_field field, enum pfx_field ip,
                         enum pfx_field name)
{
    struct pfx_event *event = &worker->event;

    if (pfx_event_has(event, ip) || pfx_event_has(event, name))
        pfx_event_set_constant(event, field,
                               pfx_story_own_host(worker->story, pfx_event_get(event, ip),
                                                  pfx_event_get(event, name)));
}

void pfx_storing(struct pfx_worker *worker, const struct pfx_stage *stage)
{
    if (worker->story != NULL && pfx_story_has_relays(worker->story)) {
        set_own_host(worker, PFX_F_client_own_host, PFX_F_client_ip, PFX_F_client_host);
        if (!pfx_event_has(&worker->event, PFX_F_relay_path))
            set_own_host(worker, PFX_F_relay_own_host, PFX_F_relay_ip, PFX_F_relay_host);
    }
    if (worker->core->collector != NULL)
        pfx_event_set_constant(&worker->event, PFX_F_collector,
                               pfx_slice_of(worker->core->collector));
    if (worker->core->line_ids)
        set_line_id(worker, stage);
}

static void set_domain(struct pfx_event *event, enum pfx_field domain, enum pfx_field address)
{
    struct pfx_slice text = pfx_event_get(event, address);
    ptrdiff_t at = pfx_address_at(text);

    if (at >= 0 && pfx_event_has(event, address))
        pfx_event_set(event, domain, pfx_slice_from(text, (size_t)at + 1));
}

void pfx_storing_domains(struct pfx_event *event)
{
    set_domain(event, PFX_F_from_domain, PFX_F_from);
    set_domain(event, PFX_F_to_domain, PFX_F_to);
}

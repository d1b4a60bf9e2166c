/* SPDX-License-Identifier: Apache-2.0 */
/* Tags that were seen; see tags.h. */
#include "line/tags.h"

#include <string.h>

struct pfx_slice pfx_tag_name(struct pfx_slice tag, struct pfx_slice *pid_r)
{
    size_t end = tag.length, at;

    end -= end > 0 && tag.text[end - 1] == ':';
    if (end < 4 || tag.text[end - 1] != ']')
        return PFX_NO_SLICE;
    for (at = --end; at > 0 && pfx_is_digit(tag.text[at - 1]); --at)
        ;
    if (at == end || at < 2 || tag.text[at - 1] != '[')
        return PFX_NO_SLICE;
    *pid_r = (struct pfx_slice){tag.text + at, end - at};
    return pfx_slice_until(tag, at - 1);
}

struct pfx_tag *pfx_tags_find(struct pfx_tags *tags, struct pfx_slice name, bool *found_r)
{
    struct pfx_tag *place;
    uint64_t word = 0;

    if (name.length == 0 || name.length > PFX_TAG_NAME)
        return NULL;
    /* Daemons differ in their last letters. */
    if (name.length >= sizeof(word))
        memcpy(&word, name.text + name.length - sizeof(word), sizeof(word));
    else
        memcpy(&word, name.text, name.length);
    word = (word ^ name.length) * UINT64_C(0x9e3779b97f4a7c15);
    place = &tags->tag[word >> 58];
    *found_r = place->length == name.length && memcmp(place->name, name.text, name.length) == 0;
    return place;
}

_Static_assert(PFX_TAGS == 1 << (64 - 58), "bits of the hash");

void pfx_tag_learn(struct pfx_tag *place, struct pfx_slice name, const struct pfx_program *program)
{
    const struct pfx_slice service = program->service;

    *place = (struct pfx_tag){
        .length = (unsigned char)name.length,
        .instance = (unsigned char)program->instance.length,
        .service = (unsigned char)(service.length > 0 ? service.text - name.text : 0),
        .service_length = (unsigned char)service.length,
        .daemon = (unsigned char)(program->daemon.text - name.text),
        .daemon_length = (unsigned char)program->daemon.length,
    };
    memcpy(place->name, name.text, name.length);
}

struct pfx_program pfx_tag_program(const struct pfx_tag *place, struct pfx_slice name,
                                   struct pfx_slice pid)
{
    struct pfx_program program = {.instance = {name.text, place->instance},
                                  .daemon = {name.text + place->daemon, place->daemon_length},
                                  .pid = pid};

    if (place->service_length > 0)
        program.service = (struct pfx_slice){name.text + place->service, place->service_length};
    return program;
}

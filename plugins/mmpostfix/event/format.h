/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that can be made of a line. */
#ifndef PFX_FORMAT_H
#define PFX_FORMAT_H

enum pfx_format {
    PFX_GIM,  /* names of the Graylog Information Model */
    PFX_GELF, /* the same as a GELF 1.1 message */
    PFX_ECS,  /* names of the Elastic Common Schema */
    PFX_FORMATS
};

#endif

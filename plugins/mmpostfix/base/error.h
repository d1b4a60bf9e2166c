/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about files of a site. */
#ifndef PFX_ERROR_H
#define PFX_ERROR_H

/* Room for one of them: "FILE:LINE: reason". */
#define PFX_ERROR_SIZE 512

#endif

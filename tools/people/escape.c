/* SPDX-License-Identifier: Apache-2.0 */
/* Text of strangers; see escape.h. */
#include "people/escape.h"

#include <stdio.h>
#include <string.h>

#define NO_CHARACTER UINT32_C(0xfffd)

uint32_t escape_next(const char **text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)*text;
    unsigned length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    uint32_t character = length == 1 ? at[0] : at[0] & (0xffu >> (length + 1));

    ++*text;
    if (at[0] >= 0xf8 || (at[0] >= 0x80 && at[0] < 0xc0))
        return NO_CHARACTER;
    for (unsigned i = 1; i < length; ++i) {
        if ((at[i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        character = character << 6 | (at[i] & 0x3f);
    }
    if (character < least[length] || character > 0x10ffff ||
        (character >= 0xd800 && character < 0xe000))
        return NO_CHARACTER;
    *text += length - 1;
    return character;
}

bool escape_is_hidden(uint32_t character)
{
    static const uint32_t ranges[][2] = {{0, 0x1f},        {0x7f, 0x9f},      {0xad, 0xad},
                                         {0x61c, 0x61c},   {0x180e, 0x180e},  {0x200b, 0x200f},
                                         {0x2028, 0x202e}, {0x2060, 0x206f},  {0xfeff, 0xfeff},
                                         {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); ++i) {
        if (character >= ranges[i][0] && character <= ranges[i][1])
            return true;
    }
    return false;
}

void escape_put(uint32_t character, const char *text, const char *end)
{
    if (escape_is_hidden(character) || (character == NO_CHARACTER && end - text == 1))
        putchar('?');
    else
        fwrite(text, 1, (size_t)(end - text), stdout);
}

void escape_html(const char *text)
{
    while (*text != '\0') {
        const char *at = text;
        uint32_t character = escape_next(&text);

        if (character == '&')
            fputs("&amp;", stdout);
        else if (character == '<')
            fputs("&lt;", stdout);
        else if (character == '>')
            fputs("&gt;", stdout);
        else if (character == '"')
            fputs("&quot;", stdout);
        else if (character == '\'')
            fputs("&#39;", stdout);
        else
            escape_put(character, at, text);
    }
}

/* Spreadsheets take it for a formula; some also take the wide forms that East Asian keyboards
 * have. */
static bool begins_formula(const char *text)
{
    uint32_t first = escape_next(&text);

    if (first > 0xff00 && first < 0xff5f)
        first -= 0xfee0;
    return first == '=' || first == '+' || first == '-' || first == '@';
}

void escape_csv(const char *text)
{
    if (*text == '\0')
        return;
    putchar('"');
    if (begins_formula(text))
        putchar('\'');
    while (*text != '\0') {
        const char *at = text;
        uint32_t character = escape_next(&text);

        if (character == '"')
            putchar('"');
        escape_put(character, at, text);
    }
    putchar('"');
}

void escape_json(const char *text)
{
    putchar('"');
    while (*text != '\0') {
        const char *at = text;
        uint32_t character = escape_next(&text);

        if (character == '"' || character == '\\')
            printf("\\%c", (char)character);
        else if (character >= 0x10000 && escape_is_hidden(character))
            printf("\\u%04x\\u%04x", (unsigned)(0xd7c0 + (character >> 10)),
                   (unsigned)(0xdc00 + (character & 0x3ff)));
        else if (escape_is_hidden(character) || (character == NO_CHARACTER && text - at == 1))
            printf("\\u%04x", (unsigned)character);
        else
            fwrite(at, 1, (size_t)(text - at), stdout);
    }
    putchar('"');
}

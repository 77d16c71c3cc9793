/* tools/io/xml.c - text within XML and HTML. */
#include "io/xml.h"
#include "cli.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void escape(FILE *to, char c)
{
    const char *entity = c == '&'   ? "&amp;"
                         : c == '<' ? "&lt;"
                         : c == '>' ? "&gt;"
                         : c == '"' ? "&quot;"
                                    : NULL;
    if (entity)
        fputs(entity, to);
    else
        fputc(c, to);
}

void xml_print_short(FILE *to, const char *text, size_t most)
{
    char *plain = NULL;
    size_t size, n = 0;
    FILE *words = open_memstream(&plain, &size);
    if (!words)
        return;
    cli_print_escaped(words, text);
    if (fclose(words) != 0)
        return;
    for (const char *s = plain; *s; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80; /* where a character begins */
        if (n > most) {
            fputs("\xe2\x80\xa6", to);
            break;
        }
        escape(to, *s);
    }
    free(plain);
}

void xml_print(FILE *to, const char *text)
{
    xml_print_short(to, text, SIZE_MAX);
}

/* plugin/regex.c - RegexFullMatch: RE2's syntax, all of a text, and what is no pattern. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sardonyx.h"

static int failures;

static sdx_status open_model(const char *attributes, sdx_model **m, sdx_error *err)
{
    char text[400];
    int length = snprintf(text, sizeof text,
                          "<ir_version: 9, opset_import: [\"\" : 20]> "
                          "g (string[N] x) => (bool[N] y) { y = RegexFullMatch%s(x) }",
                          attributes);
    return sdx_model_parse(text, (size_t)length, "model", NULL, m, err);
}

/* 1, 0; -1: an error, which is printed. */
static int matches(const char *attributes, const char *text, size_t length)
{
    enum { COPIES = 300 }; /* more than one piece of work, on two threads */
    static sdx_string copy[COPIES];
    const int64_t dims[1] = { COPIES };
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_value *x = NULL, *y = NULL;
    sdx_error err;
    o.threads = 2;
    for (int i = 0; i < COPIES; i++) {
        copy[i].text = text;
        copy[i].length = length;
    }
    int answer = -1;
    if (open_model(attributes, &m, &err) || sdx_session_new(m, &o, &s, &err) ||
        sdx_value_strings(1, dims, copy, &x, &err) ||
        sdx_session_run(s, (const sdx_value *const *)&x, &y, NULL, &err))
        printf("%s: %s\n", err.place, err.fact);
    else
        answer = (int)sdx_value_i64(y, 0);
    for (size_t i = 1; answer >= 0 && i < COPIES; i++)
        if (sdx_value_i64(y, i) != answer)
            answer = -1;
    sdx_value_free(y);
    sdx_value_free(x);
    sdx_session_free(s);
    sdx_model_close(m);
    return answer;
}

static const struct {
    const char *pattern, *text;
    size_t length;
    int want;
} good[] = {
#define TEXT(t) t, sizeof t - 1
    { "", TEXT(""), 1 },
    { "", TEXT("a"), 0 },
    { "a|ab", TEXT("ab"), 1 }, /* all of the text, not the first that fits */
    { "a+", TEXT("aab"), 0 },
    { "(?i)stra\xc3\x9f"
      "e",
      TEXT("STRA\xc3\x9f"
           "E"),
      1 },
    { ".", TEXT("\xc3\xa4"), 1 }, /* one character, two bytes */
    { "..", TEXT("\xc3\xa4"), 0 },
    { ".", TEXT("\xff"), 0 }, /* no character */
    { ".*", TEXT("a\nb"), 0 },
    { "(?s).*", TEXT("a\nb"), 1 },
    { "\\\\p{Greek}+", TEXT("\xce\xb1\xce\xb2"), 1 },
    { "[[:digit:]]{2,3}", TEXT("1234"), 0 },
    { "a.b", TEXT("a\0b"), 1 }, /* a zero is a character */
    { "\\\\Aa\\\\z", TEXT("a"), 1 },
    { "(x+x+)+y", TEXT("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 0 },
};

static void patterns(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char attributes[200];
        snprintf(attributes, sizeof attributes, "<pattern = \"%s\">", good[i].pattern);
        int got = matches(attributes, good[i].text, good[i].length);
        if (got == good[i].want)
            continue;
        printf("%s on '%s': %d, not %d\n", good[i].pattern, good[i].text, got, good[i].want);
        failures++;
    }
}

static void long_text(void)
{
    size_t length = (size_t)1 << 20;
    char *text = malloc(length);
    if (text)
        memset(text, 'a', length);
    if (!text || matches("<pattern = \"(a|aa)*\">", text, length) != 1 ||
        matches("<pattern = \"(a|aa)*b\">", text, length) != 0) {
        printf("a long text\n");
        failures++;
    }
    free(text);
}

static const struct {
    const char *attributes, *words;
} bad[] = {
    { "", "no pattern" },
    { "<pattern = \"(\">", "missing )" },
    { "<pattern = \"(a)\\\\1\">", "invalid escape" },
    { "<pattern = \"a(?=b)\">", "invalid perl operator" },
    { "<pattern = \"a{1001}\">", "repetition" },
    { "<pattern = \"((a{1000}){1000}){1000}\">", "repetition" },
    { "<pattern = \"[b-a]\">", "range" },
};

static void refused(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sdx_model *m = NULL;
        sdx_error err;
        sdx_status st = open_model(bad[i].attributes, &m, &err);
        if (st != SDX_E_MODEL || strcmp(err.rule, "SX393 regex-pattern") != 0 ||
            !strstr(err.fact, bad[i].words) || !err.hint[0]) {
            printf("%s: status %d, %s [%s]\n", bad[i].attributes, st, err.fact, err.rule);
            failures++;
        }
        sdx_model_close(m);
    }
}

int main(void)
{
    patterns();
    long_text();
    refused();
    printf("regex: %d failures\n", failures);
    return failures != 0;
}

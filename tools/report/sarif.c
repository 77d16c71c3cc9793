/* tools/report/sarif.c - findings as SARIF 2.1.0, for code scanning. */
#include "io/text.h"
#include "report/patch.h"
#include "report/report.h"
#include "save.h"

#include <stdlib.h>
#include <string.h>

typedef struct log {
    json_t *results, *notifications;
    const sdx_model *model; /* whose bytes these are; NULL: not asked for yet */
    char *bytes;
    size_t size;
    double work; /* bytes compared for corrections of it */
} log_state;

enum { MOST_ADDED = 1 << 20 }; /* bytes of one correction: more is no reading for anybody */

/* Bytes of a model that are compared at most; what is found after that has no correction. */
static const double most_work = 1e9;

static void put(report *r, json_t *o, const char *key, json_t *value)
{
    r->failed |= json_object_set_new(o, key, value) != 0;
}

static json_t *message(report *r, const char *words)
{
    json_t *o = json_object();
    put(r, o, "text", json_text(words));
    return o;
}

static json_t *one(json_t *item)
{
    json_t *list = json_array();
    return json_array_append_new(list, item) == 0 ? list : NULL;
}

/* A path as a URI reference: what RFC 3986 does not allow is written as %XX. */
static json_t *uri(const char *path)
{
    static const char hex[] = "0123456789ABCDEF", plain[] = "-._~/!$&'()*+,;=@";
    size_t n = strlen(path), at = 0;
    char *s = malloc(3 * n + 1);
    if (!s)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)path[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || (c && strchr(plain, c))) {
            s[at++] = (char)c;
        } else {
            s[at++] = '%';
            s[at++] = hex[c >> 4];
            s[at++] = hex[c & 15];
        }
    }
    json_t *t = json_stringn(s, at);
    free(s);
    return t;
}

static json_t *location(report *r, const char *file, const sdx_finding *f)
{
    json_t *where = json_object(), *physical = json_object(), *artifact = json_object();
    put(r, artifact, "uri", uri(file));
    put(r, physical, "artifactLocation", artifact);
    put(r, where, "physicalLocation", physical);
    if (f && (f->node[0] || f->index >= 0)) {
        json_t *logical = json_object();
        char full[512];
        if (f->node[0])
            snprintf(full, sizeof full, "%s/%s", f->graph, f->node);
        else
            snprintf(full, sizeof full, "%s/#%lld", f->graph, (long long)f->index);
        put(r, logical, "name", json_text(f->node[0] ? f->node : full));
        put(r, logical, "fullyQualifiedName", json_text(full));
        put(r, logical, "kind", json_text(f->index >= 0 ? "node" : "member"));
        put(r, where, "logicalLocations", one(logical));
    }
    return where;
}

static int rule_index(const char *code)
{
    sdx_rule_info rule;
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++)
        if (strcmp(rule.code, code) == 0)
            return (int)i;
    return -1;
}

/* NULL: no memory, which json_object_set_new() says. */
static json_t *region(report *r, const patch_part *p)
{
    json_t *o = json_object(), *deleted = json_object();
    put(r, deleted, "byteOffset", json_integer((json_int_t)p->at));
    put(r, deleted, "byteLength", json_integer((json_int_t)p->removed));
    put(r, o, "deletedRegion", deleted);
    if (p->added) {
        json_t *content = json_object();
        char *text = patch_base64(p->bytes, p->added);
        put(r, content, "binary", text ? json_string(text) : NULL);
        put(r, o, "insertedContent", content);
        free(text);
    }
    return o;
}

/* What the file becomes when just this is corrected; NULL: that is not told. */
static json_t *fix(report *r, const char *file, const sdx_finding *f)
{
    log_state *l = r->state;
    sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    sdx_error err;
    size_t size = 0, edits = 0;
    patch p = { .n = 0 };
    size_t added = 0;
    if (!l->model) {
        l->bytes = save_to_memory(r->model, &o, &l->size, NULL, &err);
        l->model = r->model;
    }
    l->work += (double)l->size;
    if (!l->bytes || l->work > most_work)
        return NULL;
    o.fix_all = true;
    o.fix_only = f;
    char *now = save_to_memory(r->model, &o, &size, &edits, &err);
    json_t *one_fix = NULL;
    if (now && edits)
        patch_make(&p, l->bytes, l->size, now, size);
    for (size_t i = 0; i < p.n; i++)
        added += p.part[i].added;
    if (p.n && added <= MOST_ADDED) {
        json_t *change = json_object(), *artifact = json_object(), *parts = json_array();
        one_fix = json_object();
        for (size_t i = 0; i < p.n; i++)
            r->failed |= json_array_append_new(parts, region(r, &p.part[i])) != 0;
        put(r, artifact, "uri", uri(file));
        put(r, change, "artifactLocation", artifact);
        put(r, change, "replacements", parts);
        put(r, one_fix, "description", message(r, f->fix));
        put(r, one_fix, "artifactChanges", one(change));
    }
    free(now);
    return one_fix;
}

static void finding(report *r, const char *file, const sdx_finding *f)
{
    log_state *l = r->state;
    json_t *o = json_object(), *prints = json_object();
    char hex[17];
    report_fingerprint(hex, f);
    put(r, o, "ruleId", json_text(f->code));
    if (rule_index(f->code) >= 0)
        put(r, o, "ruleIndex", json_integer(rule_index(f->code)));
    put(r, o, "level", json_text(report_severity(f->severity)));
    char *words = NULL;
    size_t size;
    FILE *text = open_memstream(&words, &size);
    r->failed |= !text;
    if (text) {
        report_place(text, f);
        fputs(f->message, text);
        for (size_t i = 0; i < f->n_help; i++)
            fprintf(text, "%s%s", i ? "; " : ". ", f->help[i]);
        r->failed |= fclose(text) != 0;
        put(r, o, "message", message(r, words ? words : f->message));
    }
    free(words);
    put(r, o, "locations", one(location(r, file, f)));
    put(r, prints, "sardonyxFinding/v1", json_text(hex));
    put(r, o, "partialFingerprints", prints);
    json_t *way_out = f->fix ? fix(r, file, f) : NULL;
    if (way_out)
        put(r, o, "fixes", one(way_out));
    if (f->suppressed) {
        json_t *reason = json_object();
        put(r, reason, "kind", json_text("inSource"));
        put(r, reason, "justification", json_text(f->suppressed));
        put(r, o, "suppressions", one(reason));
    }
    r->failed |= json_array_append_new(l->results, o) != 0;
}

static void done(report *r, const report_file *f)
{
    log_state *l = r->state;
    (void)f;
    free(l->bytes);
    l->bytes = NULL;
    l->model = NULL;
    l->work = 0;
}

static void failure(report *r, const char *file, const sdx_error *err)
{
    log_state *l = r->state;
    json_t *o = json_object();
    char words[sizeof err->fact + sizeof err->hint + 2];
    snprintf(words, sizeof words, "%s%s%s", err->fact, err->hint[0] ? ". " : "", err->hint);
    put(r, o, "level", json_text("error"));
    put(r, o, "message", message(r, words));
    put(r, o, "locations", one(location(r, file, NULL)));
    r->failed |= json_array_append_new(l->notifications, o) != 0;
}

static json_t *rules(report *r)
{
    json_t *list = json_array();
    sdx_rule_info rule;
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++) {
        json_t *o = json_object(), *how = json_object(), *help = json_object();
        put(r, o, "id", json_text(rule.code));
        put(r, o, "name", json_text(rule.name));
        put(r, o, "shortDescription", message(r, rule.title));
        put(r, help, "text", json_text(report_page(rule.code)));
        put(r, help, "markdown", json_text(report_page(rule.code)));
        put(r, o, "help", help);
        put(r, how, "level", json_text(report_severity(rule.severity)));
        put(r, o, "defaultConfiguration", how);
        r->failed |= json_array_append_new(list, o) != 0;
    }
    return list;
}

static void end(report *r)
{
    log_state *l = r->state;
    json_t *o = json_object(), *run = json_object(), *tool = json_object(), *driver = json_object(),
           *invocation = json_object();
    put(r, driver, "name", json_text("model-lint"));
    put(r, driver, "semanticVersion", json_text(sdx_version()));
    put(r, driver, "rules", rules(r));
    put(r, tool, "driver", driver);
    put(r, run, "tool", tool);
    put(r, invocation, "executionSuccessful", json_boolean(json_array_size(l->notifications) == 0));
    put(r, invocation, "toolExecutionNotifications", l->notifications);
    put(r, run, "invocations", one(invocation));
    put(r, run, "results", l->results);
    put(r, o, "$schema", json_text("https://json.schemastore.org/sarif-2.1.0.json"));
    put(r, o, "version", json_text("2.1.0"));
    put(r, o, "runs", one(run));
    r->failed |= json_dumpf(o, r->to, JSON_INDENT(2)) != 0 || fputc('\n', r->to) == EOF;
    json_decref(o);
    free(l);
}

bool report_sarif(report *r)
{
    log_state *l = calloc(1, sizeof *l);
    if (!l)
        return false;
    l->results = json_array();
    l->notifications = json_array();
    r->state = l;
    r->wants_suppressed = r->wants_model = true;
    r->finding = finding;
    r->failure = failure;
    r->done = done;
    r->end = end;
    return l->results && l->notifications;
}

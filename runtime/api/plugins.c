/* api/plugins.c - shared objects with operators: what the caller names, what is beside the library.
 *
 * The former are opened with the model.  The folder is looked at when first an operator is missing,
 * so a model of the library's own operators never pays for it. */
#include "api/plugins.h"
#include "base/error.h"
#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

struct sdx_plugin {
    sdx_plugin *next;
    void *handle;
};

/* ---- one ---- */

/* A plugin calls the library's functions.  If it brought a second copy of the library along, as it
 * does where the program has this one linked in, those would get structures that are none of
 * theirs. */
static bool calls_us(void *handle)
{
    void *theirs = dlsym(handle, "sdx_version");
    return !theirs || (uintptr_t)theirs == (uintptr_t)sdx_version;
}

static sdx_status open_plugin(const char *path, int flags, void **out, const sdx_plugin_info **info,
                              sdx_error *err)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | flags);
    if (!handle)
        return sdx_error_set(err, SDX_E_IO, "a plugin cannot be opened: %s", dlerror());
    sdx_status st = SDX_OK;
    *info = dlsym(handle, SDX_PLUGIN_SYMBOL);
    if (!*info) {
        st = sdx_error_set(err, SDX_E_FORMAT, "plugin %s has no symbol %s", path,
                           SDX_PLUGIN_SYMBOL);
        sdx_error_hint(err, "it is to define `const sdx_plugin_info %s`", SDX_PLUGIN_SYMBOL);
    } else if (!calls_us(handle)) {
        st = sdx_error_set(err, SDX_E_UNSUPPORTED,
                           "plugin %s is linked to another copy of the library", path);
        sdx_error_hint(err, "link the program to libsardonyx.so, too");
    } else {
        st = sdx_plugin_check(*info, path, err);
    }
    if (st != SDX_OK)
        dlclose(handle);
    else
        *out = handle;
    return st;
}

static sdx_status add_plugin(sdx_model *m, sdx_registry *r, const char *path, int flags,
                             sdx_error *err)
{
    const sdx_plugin_info *info;
    sdx_plugin *p = sdx_arena_alloc(&m->arena, sizeof *p);
    const char *source = sdx_arena_strdup(&m->arena, path);
    if (!p || !source)
        return sdx_error_memory(err, sizeof *p);
    SDX_TRY(open_plugin(path, flags, &p->handle, &info, err));
    p->next = m->plugins;
    m->plugins = p;
    return sdx_registry_add_plugin(r, info, source, err);
}

void sdx_model_drop_plugins(sdx_model *m)
{
    for (sdx_plugin *p = m->plugins; p; p = p->next)
        dlclose(p->handle);
    m->plugins = NULL;
}

/* ---- the folder ---- */

/* The folder sardonyx/ beside the library, or beside the program that it is linked into; NULL: it
 * is not known where that lies. */
static const char *beside_library(sdx_arena *a)
{
    static const char here[] = "";
    char program[4096];
    Dl_info library;
    struct link_map *map = NULL;
    if (!dladdr1(here, &library, (void **)&map, RTLD_DL_LINKMAP) || !library.dli_fname)
        return NULL;
    const char *path = library.dli_fname;
    if (path[0] != '/' && map && !map->l_name[0]) { /* the program, as it was called */
        ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
        program[length < 0 ? 0 : length] = '\0';
        path = program;
    }
    /* a relative path means another file once the program has moved */
    if (path[0] != '/')
        return NULL;
    return sdx_arena_printf(a, "%.*s/sardonyx", (int)(strrchr(path, '/') - path), path);
}

static bool is_plugin(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 3 && strcmp(name + length - 3, ".so") == 0;
}

typedef struct listing {
    const char **path;
    size_t n, room;
} listing;

static bool put(sdx_arena *a, listing *l, const char *path)
{
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 8;
        const char **more = sdx_arena_grow(a, l->path, l->n, room, sizeof *more);
        if (!more)
            return false;
        l->path = more;
        l->room = room;
    }
    size_t at = l->n++;
    for (; at > 0 && strcmp(l->path[at - 1], path) > 0; at--)
        l->path[at] = l->path[at - 1];
    l->path[at] = path;
    return true;
}

/* The plugins of a folder in order of their names.  A folder that is not there has none. */
static bool list_folder(sdx_arena *a, const char *folder, listing *l)
{
    DIR *d = opendir(folder);
    bool fine = true;
    *l = (listing){ 0 };
    for (const struct dirent *e; d && fine && (e = readdir(d)) != NULL;) {
        if (!is_plugin(e->d_name))
            continue;
        const char *path = sdx_arena_printf(a, "%s/%s", folder, e->d_name);
        fine = path && put(a, l, path);
    }
    if (d)
        closedir(d);
    return fine;
}

/* Plugins of the folder stay loaded once they are: the next model has them at no cost, and their
 * libraries need not bear being unloaded. */
static void add_folder(sdx_registry *r, void *ctx)
{
    sdx_model *m = ctx;
    const char *folder = m->plugin_folder ? m->plugin_folder : beside_library(&m->arena);
    listing l;
    if (!folder) {
        sdx_registry_trouble(r, "where the library lies is not known, nor what is beside it");
        return;
    }
    if (!list_folder(&m->arena, folder, &l))
        sdx_registry_trouble(r, "no memory for the list of plugins");
    for (size_t i = 0; i < l.n; i++) {
        sdx_error err;
        sdx_error_clear(&err);
        if (add_plugin(m, r, l.path[i], RTLD_NODELETE, &err) != SDX_OK)
            sdx_registry_trouble(r, err.fact);
    }
}

sdx_status sdx_model_add_plugins(sdx_model *m, const sdx_model_options *o, sdx_error *err)
{
    for (size_t i = 0; i < o->n_plugins; i++) {
        /* Without a slash dlopen would look in the system's folders. */
        const char *path = o->plugins[i];
        if (!strchr(path, '/'))
            path = sdx_arena_printf(&m->arena, "./%s", path);
        if (!path)
            return sdx_error_memory(err, 0);
        SDX_TRY(add_plugin(m, m->registry, path, 0, err));
    }
    if (o->plugin_folder && !*o->plugin_folder)
        return SDX_OK;
    m->plugin_folder = o->plugin_folder ? sdx_arena_strdup(&m->arena, o->plugin_folder) : NULL;
    if (o->plugin_folder && !m->plugin_folder)
        return sdx_error_memory(err, 0);
    sdx_registry_when_missing(m->registry, add_folder, m);
    return SDX_OK;
}

void sdx_plugins_each(sdx_plugin_seen *seen, void *ctx)
{
    sdx_mem mem;
    sdx_arena a;
    listing l;
    sdx_mem_init(&mem, NULL, 0);
    sdx_arena_init(&a, &mem, 0);
    const char *folder = beside_library(&a);
    bool more = folder && list_folder(&a, folder, &l);
    for (size_t i = 0; more && i < l.n; i++) {
        void *handle;
        const sdx_plugin_info *info;
        struct link_map *as;
        if (open_plugin(l.path[i], RTLD_NODELETE, &handle, &info, NULL) != SDX_OK)
            continue;
        /* its name stays as long as the object */
        if (dlinfo(handle, RTLD_DI_LINKMAP, &as) == 0)
            more = seen(ctx, info, as->l_name);
        dlclose(handle);
    }
    sdx_arena_free(&a);
}

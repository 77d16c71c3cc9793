/* base/file.c - mapping and reading files; opening a file that must lie in a folder. */
#include "base/file.h"

#include "base/error.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_ROOM = 1 << 16, NAME_BYTES = 256 };

/* The words of an errno, in no locale. */
static const char *reason(int number)
{
    const char *text = strerrordesc_np(number);
    return text ? text : "unknown error";
}

static sdx_status too_large(const char *name, size_t limit, sdx_error *err)
{
    return sdx_error_set(err, SDX_E_LIMIT, "%s: more than the %zu bytes allowed", name, limit);
}

/* Makes room for at least one byte more, doubling. */
static sdx_status more_room(sdx_map *m, unsigned char **data, size_t limit, sdx_error *err)
{
    size_t room = m->room ? m->room * 2 : FIRST_ROOM;
    if (limit && room > limit)
        room = limit + 1; /* the one too many tells that there is more */
    unsigned char *moved = sdx_mem_resize(m->mem, *data, m->room, room);
    if (!moved)
        return sdx_error_memory(err, room);
    *data = moved;
    m->room = room;
    return SDX_OK;
}

sdx_status sdx_map_read(sdx_map *out, sdx_reader *reader, void *ctx, const char *name, sdx_mem *mem,
                        size_t limit, sdx_error *err)
{
    sdx_map m = { .mem = mem };
    unsigned char *data = NULL;
    sdx_status st = SDX_OK;
    for (;;) {
        if (m.size == m.room && (st = more_room(&m, &data, limit, err)) != SDX_OK)
            break;
        errno = 0;
        ptrdiff_t got = reader(ctx, data + m.size, m.room - m.size);
        if (got == 0)
            break;
        if (got < 0 || (size_t)got > m.room - m.size) {
            st = sdx_error_set(err, SDX_E_IO, "%s: %s", name,
                               got < 0 && errno ? reason(errno) : "the reader failed");
            break;
        }
        m.size += (size_t)got;
        if (limit && m.size > limit) {
            st = too_large(name, limit, err);
            break;
        }
    }
    m.data = data;
    if (st == SDX_OK)
        *out = m;
    else
        sdx_map_close(&m);
    return st;
}

static ptrdiff_t read_descriptor(void *ctx, void *to, size_t size)
{
    const int *fd = ctx;
    ssize_t got;
    do
        got = read(*fd, to, size);
    while (got < 0 && errno == EINTR);
    return got;
}

sdx_status sdx_map_fd(sdx_map *out, int fd, const char *name, sdx_mem *mem, size_t limit,
                      sdx_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return sdx_error_set(err, SDX_E_IO, "%s: %s", name, reason(errno));
    if (S_ISDIR(info.st_mode))
        return sdx_error_set(err, SDX_E_IO, "%s: is a folder, not a file", name);
    if (!S_ISREG(info.st_mode) || info.st_size == 0) /* files of /proc say 0, too */
        return sdx_map_read(out, read_descriptor, &fd, name, mem, limit, err);
    if (info.st_size > PTRDIFF_MAX || (limit && (size_t)info.st_size > limit))
        return too_large(name, limit ? limit : (size_t)PTRDIFF_MAX, err);
    void *data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return sdx_error_set(err, SDX_E_IO, "%s: cannot be mapped: %s", name, reason(errno));
    /* Reading a model's structure touches a few bytes between weights; with huge pages each touch
     * would bring 2 MiB of weights along. */
    (void)madvise(data, (size_t)info.st_size, MADV_NOHUGEPAGE);
    *out = (sdx_map){ .data = data, .size = (size_t)info.st_size };
    return SDX_OK;
}

sdx_status sdx_map_open(sdx_map *out, const char *path, sdx_mem *mem, size_t limit, sdx_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return sdx_error_set(err, SDX_E_IO, "%s: %s", path, reason(errno));
    sdx_status st = sdx_map_fd(out, fd, path, mem, limit, err);
    close(fd);
    return st;
}

void sdx_map_close(sdx_map *m)
{
    if (!m || !m->data)
        return;
    union {
        const unsigned char *shown;
        void *ours;
    } data = { m->data };
    if (m->mem)
        sdx_mem_free(m->mem, data.ours, m->room);
    else
        munmap(data.ours, m->size);
    *m = (sdx_map){ 0 };
}

/* Says something of a path that a model names: it may hold anything and be of any length. */
static sdx_status say(sdx_error *err, sdx_status status, const char *path, const char *what)
{
    char shown[160];
    sdx_escape(shown, sizeof shown, path, strlen(path));
    return sdx_error_set(err, status, "'%s' %s", shown, what);
}

static sdx_status refuse(sdx_error *err, const char *path, const char *what)
{
    return say(err, SDX_E_VALUE, path, what);
}

static sdx_status cannot_open(sdx_error *err, const char *path)
{
    char what[96];
    sdx_format(what, sizeof what, "cannot be opened: %s", reason(errno));
    return say(err, SDX_E_IO, path, what);
}

/* What can be said of the path alone, so that both ways below agree on it. */
static sdx_status check_path(const char *path, sdx_error *err)
{
    if (!*path)
        return sdx_error_set(err, SDX_E_VALUE, "the path is empty");
    if (*path == '/')
        return refuse(err, path, "is an absolute path");
    for (const char *p = path; *p;) {
        size_t length = strcspn(p, "/");
        if (length == 2 && p[0] == '.' && p[1] == '.')
            return refuse(err, path, "leaves the folder through '..'");
        p += length;
        if (*p == '/' && !p[strspn(p, "/")])
            return refuse(err, path, "names a folder, not a file");
        p += strspn(p, "/");
    }
    return SDX_OK;
}

/* Opens without waiting: a pipe without a writer would hold us, and is refused afterwards. */
enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* The next step of the path; -1 and errno. */
static int step_into(int folder, const char *name, size_t length, int flags)
{
    char step[NAME_BYTES];
    if (length >= sizeof step) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(step, name, length);
    step[length] = 0;
    int fd = openat(folder, step, flags | O_NOFOLLOW);
    struct stat info;
    /* a link where a folder should be is "not a directory" to the kernel */
    if (fd < 0 && errno == ENOTDIR)
        errno = fstatat(folder, step, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode)
                    ? ELOOP
                    : ENOTDIR;
    return fd;
}

static int open_in_steps(int folder, const char *path)
{
    int at = folder, fd = -1;
    for (const char *p = path;;) {
        size_t length = strcspn(p, "/");
        const char *rest = p + length + strspn(p + length, "/");
        fd = step_into(at, p, length, *rest ? O_PATH | O_DIRECTORY | O_CLOEXEC : OPEN_FLAGS);
        int number = errno;
        if (at != folder)
            close(at);
        errno = number;
        if (fd < 0 || !*rest)
            return fd;
        at = fd;
        p = rest;
    }
}

static int open_at_once(int folder, const char *path)
{
    struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
    int fd = -1;
    errno = EAGAIN; /* what a rename in the middle of the search gives: look again */
    for (int tries = 0; fd < 0 && errno == EAGAIN && tries < 16; tries++)
        fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    return fd;
}

/* What may be opened: looks at the open file, not at its name, which may have changed hands. */
static sdx_status accept_file(int opened, const char *path, int *fd, sdx_error *err)
{
    struct stat info;
    sdx_status st;
    if (opened < 0 && errno == ELOOP)
        return refuse(err, path, "goes through a symbolic link");
    if (opened < 0 && errno == EXDEV)
        return refuse(err, path, "leaves the folder");
    if (opened < 0 && errno == ENXIO)
        return refuse(err, path, "is not a regular file");
    if (opened < 0)
        return cannot_open(err, path);
    if (fstat(opened, &info) != 0)
        st = cannot_open(err, path);
    else if (!S_ISREG(info.st_mode))
        st = refuse(err, path, "is not a regular file");
    else if (info.st_nlink != 1)
        st = refuse(err, path, "has more than one link");
    else
        st = SDX_OK;
    if (st == SDX_OK)
        *fd = opened;
    else
        close(opened);
    return st;
}

sdx_status sdx_open_beneath(int folder, const char *path, int *fd, sdx_error *err)
{
    sdx_status st = check_path(path, err);
    if (st != SDX_OK)
        return st;
    int opened = open_at_once(folder, path);
    /* an old kernel, or a sandbox that does not know the call */
    if (opened < 0 && (errno == ENOSYS || errno == EPERM || errno == EINVAL))
        opened = open_in_steps(folder, path);
    return accept_file(opened, path, fd, err);
}

sdx_status sdx_open_beneath_in_steps(int folder, const char *path, int *fd, sdx_error *err)
{
    sdx_status st = check_path(path, err);
    return st != SDX_OK ? st : accept_file(open_in_steps(folder, path), path, fd, err);
}

void sdx_map_cool(const sdx_map *m, const void *bytes, size_t size)
{
    enum { WORTH_IT = 1 << 16 };
    if (!m || m->mem || !m->data || size < WORTH_IT)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)m->data;
    uintptr_t from = (uintptr_t)bytes, to = from + size;
    if (from < begin || to > begin + m->size || to < from)
        return;
    from = (from + page - 1) / page * page;
    to = to / page * page;
    if (from < to)
        madvise((unsigned char *)m->data + (from - begin), to - from, MADV_DONTNEED);
}

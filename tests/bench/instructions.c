/* tests/bench/instructions.c - a plugin of qemu-user: how many instructions a program spends
 * between one look at the clock and the next, the last such number before each line that it prints,
 * a line each on stderr.
 *
 * The declarations are those of qemu's plugin interface, version 1 (qemu/docs/devel/tcg-plugins),
 * whose header Debian does not ship. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

struct qemu_plugin_tb;
typedef uint64_t plugin_id;
typedef void syscall_function(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                              uint64_t, uint64_t, uint64_t, uint64_t);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, syscall_function *);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int op, void *, uint64_t);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);

enum { ADD = 0, WRITE = 64, CLOCK_GETTIME = 113 }; /* system calls of aarch64 Linux */

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
static uint64_t executed, before, interval;

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD, &executed, qemu_plugin_tb_n_insns(block));
}

static void called(plugin_id id, unsigned cpu, int64_t number, uint64_t a, uint64_t b, uint64_t c,
                   uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h)
{
    (void)id, (void)cpu, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    if (number == CLOCK_GETTIME)
        interval = executed - before, before = executed;
    else if (number == WRITE && a == 1)
        fprintf(stderr, "%" PRIu64 "\n", interval);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info,
                                                               int argc, char **argv)
{
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}

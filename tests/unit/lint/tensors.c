/* tests/unit/lint/tensors.c - tensors whose data is not as much as their dims say, and external
 * data that lies elsewhere: a model that breaks each rule, the whole message, and one that nearly
 * does. */
#include "support/lint.h"
#include "support/lint_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* y = Sub(x, w), two int8[4]. */
static wire model_of(const wire *w)
{
    wire more = { .n = 0 }, node = lint_node("Sub", "w");
    wire x = lint_end("x", INT8, 4), y = lint_end("y", INT8, 4);
    wire_message(&more, GRAPH_INITIALIZER, w);
    return lint_graph(&node, &x, &y, "g", &more);
}

static void expect(const wire *w, const char *says)
{
    wire m = model_of(w);
    assert_true(lint_says(&m, says));
}

static void numbers_in_raw_data(void **state)
{
    static const char *const says[] = {
        "SX440 initializer-size error 'w': initializer 'w' has dims [4], that is 4 bytes of int8, "
        "but 3 bytes in raw_data\n"
        "  help: correct the dims, or give data of 4 bytes\n",
        "",
        "SX440 initializer-size error 'w': initializer 'w' has dims [4], that is 4 bytes of int8, "
        "but 5 bytes in raw_data\n"
        "  help: correct the dims, or give data of 4 bytes\n",
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        wire t = lint_tensor("w", INT8, 4);
        wire_bytes(&t, RAW_DATA, "\1\2\3\4\5", 3 + i);
        expect(&t, says[i]);
    }
}

static void numbers_in_a_field(void **state)
{
    static const char *const says[] = {
        "SX440 initializer-size error 'w': initializer 'w' has dims [4], that is 4 values, but no "
        "data at all\n"
        "  help: give dims whose product is 0, or 4 values\n",
        "SX440 initializer-size error 'w': initializer 'w' has dims [4], that is 4 values, but 1 "
        "in int32_data\n"
        "  help: give dims whose product is 1, or 4 values\n",
        "",
    };
    (void)state;
    for (int i = 0; i < 3; i++) {
        wire t = lint_tensor("w", INT8, 4);
        for (int k = 0; k < (i == 2 ? 4 : i); k++)
            wire_int(&t, INT32_DATA, 7);
        expect(&t, says[i]);
    }
}

static wire external(const char *location, const char *length)
{
    const char *pair[] = { "location", location, "length", length };
    wire t = lint_tensor("w", INT8, 4);
    for (int i = 0; i < 4; i += 2) {
        wire e = { .n = 0 };
        wire_text(&e, 1, pair[i]);
        wire_text(&e, 2, pair[i + 1]);
        wire_message(&t, 13, &e);
    }
    wire_int(&t, 14, 1);
    return model_of(&t);
}

#define WAY_OUT "  help: copy the data to a file of its own below the model's folder\n"

/* A folder that holds w.bin, of four bytes, and a link to it. */
static void external_data(void **state)
{
    static const struct {
        const char *location, *length, *says;
    } all[] = {
        { "w.bin", "4", "" },
        { "w.bin", "3",
          "SX440 initializer-size error 'w': initializer 'w' takes 4 bytes, and its external data in "
          "'w.bin' has a length of 3\n"
          "  help: correct the length or the dims; without a length it is what the dims say\n" },
        { "gone.bin", "4",
          "SX150 external-missing error 'w': initializer 'w' lies in the external file 'gone.bin': "
          "'gone.bin' cannot be opened: No such file or directory\n"
          "  help: put the file beside the model, or correct its location\n" },
        { "../w.bin", "4",
          "SX801 external-path error 'w': initializer 'w' lies in the external file '../w.bin': "
          "'../w.bin' leaves the folder through '..'\n" WAY_OUT },
        { "/etc/passwd", "4",
          "SX801 external-path error 'w': initializer 'w' lies in the external file '/etc/passwd': "
          "'/etc/passwd' is an absolute path\n" WAY_OUT },
        { "link.bin", "4",
          "SX801 external-path error 'w': initializer 'w' lies in the external file 'link.bin': "
          "'link.bin' goes through a symbolic link\n" WAY_OUT },
        { ".", "4",
          "SX801 external-path error 'w': initializer 'w' lies in the external file '.': "
          "'.' is not a regular file\n" WAY_OUT },
    };
    char folder[] = "/tmp/lint_tensors_XXXXXX", path[64], link[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/w.bin", folder);
    snprintf(link, sizeof link, "%s/link.bin", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite("\1\2\3\4", 1, 4, f), 4);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(symlink("w.bin", link), 0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        wire m = external(all[i].location, all[i].length);
        char *text = lint_bytes_in(folder, m.bytes, m.n);
        assert_string_equal(text, all[i].says);
        free(text);
    }
    unlink(link);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_raw_data),
        cmocka_unit_test(numbers_in_a_field),
        cmocka_unit_test(external_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

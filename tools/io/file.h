/* tools/io/file.h - whole files, and folders of them. */
#ifndef TOOLS_IO_FILE_H
#define TOOLS_IO_FILE_H
#include <stdbool.h>
#include <stddef.h>

/* All bytes of a file ("-": of standard input), and a zero byte behind them; NULL: errno says
 * why. */
void *tool_read_file(const char *path, size_t *size);
bool tool_write_file(const char *path, const void *bytes, size_t size);
bool tool_is_folder(const char *path);
bool tool_exists(const char *path);

/* Paths of what lies in a folder, sorted by name, digits by their value; those that begin with a
 * dot left out.  NULL: cannot be read.  Free with tool_free_list. */
char **tool_list_folder(const char *path, size_t *n);
void tool_free_list(char **list, size_t n);
char *tool_join(const char *folder, const char *name); /* caller frees */
const char *tool_base_name(const char *path);

#endif

/* api/plugins.h - shared objects with operators. */
#ifndef API_PLUGINS_H
#define API_PLUGINS_H
#include "api/model.h"

/* Opens those that the options name, and arranges for those of the folder to be looked at when an
 * operator is missing.  They stay open until the model goes. */
sdx_status sdx_model_add_plugins(sdx_model *m, const sdx_model_options *o, sdx_error *err);
void sdx_model_drop_plugins(sdx_model *m);

/* The plugins beside the library, one after the other, as long as each returns true. */
typedef bool sdx_plugin_seen(void *ctx, const sdx_plugin_info *p, const char *source);
void sdx_plugins_each(sdx_plugin_seen *seen, void *ctx);

#endif

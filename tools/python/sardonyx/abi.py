"""The C interface in ctypes: structs, functions, the shared library, errors.

Everything here repeats runtime/api/sardonyx.h; a test compiles a C program that holds the two together.
The library is looked for in $SARDONYX_LIBRARY, in this package, then where the system looks.
"""
import ctypes
import os
from ctypes import (CFUNCTYPE, POINTER, c_bool, c_char, c_char_p, c_double, c_int, c_int64, c_size_t, c_ssize_t,
                    c_uint32, c_uint64, c_void_p)


class sdx_error(ctypes.Structure):
    _fields_ = [("status", c_int), ("rule", c_char * 48), ("place", c_char * 256), ("fact", c_char * 512),
                ("hint", c_char * 512)]


class sdx_string(ctypes.Structure):
    _fields_ = [("text", c_void_p), ("length", c_size_t)]


class sdx_dim_binding(ctypes.Structure):
    _fields_ = [("symbol", c_char_p), ("value", c_int64)]


sdx_log = CFUNCTYPE(None, c_void_p, c_int, c_char_p)


class sdx_model_options(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("log", sdx_log), ("log_ctx", c_void_p),
                ("lenient", c_bool), ("no_infer", c_bool), ("memory_limit", c_uint64), ("max_depth", c_uint32),
                ("max_inlined", c_uint32), ("folder", c_char_p), ("n_dims", c_size_t),
                ("dims", POINTER(sdx_dim_binding)), ("n_plugins", c_size_t), ("plugins", POINTER(c_char_p)),
                ("plugin_folder", c_char_p)]


sdx_reader = CFUNCTYPE(c_ssize_t, c_void_p, c_void_p, c_size_t)
sdx_writer = CFUNCTYPE(c_bool, c_void_p, c_void_p, c_size_t)


class sdx_save_options(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("fix_safe", c_bool), ("fix_all", c_bool), ("annotate", c_bool), ("text", c_bool),
                ("fix_only", c_void_p), ("n_only", c_size_t)]


class sdx_model_info(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("ir_version", c_int64), ("model_version", c_int64), ("producer", c_char_p),
                ("producer_version", c_char_p), ("domain", c_char_p), ("doc", c_char_p), ("graph", c_char_p),
                ("n_opsets", c_size_t), ("opset_domain", POINTER(c_char_p)), ("opset_version", POINTER(c_int64)),
                ("n_metadata", c_size_t), ("metadata_key", POINTER(c_char_p)),
                ("metadata_value", POINTER(c_char_p)), ("n_inputs", c_size_t), ("n_outputs", c_size_t),
                ("n_nodes", c_size_t), ("n_values", c_size_t), ("n_initializers", c_size_t),
                ("n_functions", c_size_t), ("parameters", c_uint64), ("weight_bytes", c_uint64),
                ("file_bytes", c_uint64), ("n_errors", c_size_t)]


class sdx_value_info(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("graph", c_char_p), ("kind", c_int), ("dtype", c_int), ("rank", c_int),
                ("dims", POINTER(c_int64)), ("symbols", POINTER(c_char_p)), ("type", c_char_p),
                ("is_constant", c_bool), ("constant", c_void_p)]


class sdx_attribute_info(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("kind", c_char_p), ("text", c_char_p)]


class sdx_node_info(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("op", c_char_p), ("domain", c_char_p), ("graph", c_char_p), ("index", c_int64),
                ("since", c_int), ("implemented", c_bool), ("n_inputs", c_size_t), ("n_outputs", c_size_t),
                ("n_attributes", c_size_t), ("inputs", POINTER(c_char_p)), ("outputs", POINTER(c_char_p)),
                ("attributes", POINTER(sdx_attribute_info)), ("macs", c_double), ("macs_text", c_char_p)]


class sdx_cost_info(ctypes.Structure):
    _fields_ = [("macs", c_double), ("macs_text", c_char_p), ("n_unknown", c_size_t)]


class sdx_function_info(ctypes.Structure):
    _fields_ = [("domain", c_char_p), ("name", c_char_p), ("overload", c_char_p), ("n_inputs", c_size_t),
                ("n_outputs", c_size_t), ("n_attributes", c_size_t), ("n_nodes", c_size_t),
                ("inputs", POINTER(c_char_p)), ("outputs", POINTER(c_char_p)), ("attributes", POINTER(c_char_p))]


class sdx_finding_value(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("type", c_char_p), ("origin", c_char_p), ("axis", c_int)]


class sdx_finding_number(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("value", c_int64)]


class sdx_finding(ctypes.Structure):
    _fields_ = [("code", c_char_p), ("name", c_char_p), ("severity", c_int), ("message", c_char_p),
                ("graph", c_char_p), ("node", c_char_p), ("op", c_char_p), ("index", c_int64),
                ("n_values", c_size_t), ("n_numbers", c_size_t), ("n_help", c_size_t),
                ("values", POINTER(sdx_finding_value)), ("numbers", POINTER(sdx_finding_number)),
                ("help", POINTER(c_char_p)), ("fix", c_char_p), ("fix_is_safe", c_bool),
                ("suppressed", c_char_p)]


class sdx_lint_options(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("select", c_char_p), ("ignore", c_char_p), ("max_findings", c_size_t),
                ("target_opset", c_int64), ("target_ir", c_int64), ("runtime", c_bool),
                ("suppressed", c_bool)]


sdx_report = CFUNCTYPE(c_bool, c_void_p, POINTER(sdx_finding))


class sdx_rule_info(ctypes.Structure):
    _fields_ = [("code", c_char_p), ("name", c_char_p), ("title", c_char_p), ("severity", c_int)]


class sdx_step_info(ctypes.Structure):
    _fields_ = [("node", c_char_p), ("op", c_char_p), ("what", c_char_p), ("begin_ns", c_uint64),
                ("end_ns", c_uint64), ("depth", c_int)]


sdx_profile = CFUNCTYPE(None, c_void_p, POINTER(sdx_step_info))


class sdx_session_options(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_int), ("isa", c_char_p), ("no_optimize", c_bool),
                ("memory_limit", c_uint64), ("bindings", c_int), ("precision", c_char_p),
                ("packing", c_char_p)]


sdx_watch = CFUNCTYPE(c_bool, c_void_p, c_char_p, c_void_p)


class sdx_run_options(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("deadline_ns", c_uint64), ("profile", sdx_profile), ("profile_ctx", c_void_p),
                ("watch", sdx_watch), ("watch_ctx", c_void_p)]


class sdx_session_info(ctypes.Structure):
    _fields_ = [("threads", c_int), ("isa", c_char_p), ("n_steps", c_size_t), ("weight_bytes", c_uint64),
                ("planned_bytes", c_uint64), ("memory_bytes", c_uint64), ("peak_bytes", c_uint64)]


class sdx_memory_info(ctypes.Structure):
    _fields_ = [("packed", c_uint64), ("copied", c_uint64), ("model", c_uint64), ("plans", c_uint64),
                ("runs", c_uint64)]


class sdx_op_info(ctypes.Structure):
    _fields_ = [("domain", c_char_p), ("name", c_char_p), ("source", c_char_p), ("since", c_int),
                ("signature", c_char_p), ("attributes", c_char_p), ("types", c_char_p), ("deprecated", c_bool)]


ERROR, HANDLE = POINTER(sdx_error), POINTER(c_void_p)
DIMS = POINTER(c_int64)

# What is left out has its like in Python: elements and types are numpy's, errors are exceptions.
NOT_CALLED = ("sdx_dtype_class", "sdx_dtype_find", "sdx_dtype_name", "sdx_error_text", "sdx_value_data",
              "sdx_value_f64", "sdx_value_i64", "sdx_value_set_f64", "sdx_value_set_i64")

# name: (result, arguments); a result of c_int with sdx_error last is a status
FUNCTIONS = {
    "sdx_status_name": (c_char_p, [c_int]),
    "sdx_dtype_onnx_name": (c_char_p, [c_int]),
    "sdx_dtype_bits": (c_int, [c_int]),
    "sdx_value_tensor": (c_int, [c_int, c_int, DIMS, HANDLE, ERROR]),
    "sdx_value_wrap": (c_int, [c_int, c_int, DIMS, c_void_p, c_size_t, HANDLE, ERROR]),
    "sdx_value_strings": (c_int, [c_int, DIMS, c_void_p, HANDLE, ERROR]),
    "sdx_value_sequence": (c_int, [c_size_t, HANDLE, HANDLE, ERROR]),
    "sdx_value_optional": (c_int, [c_void_p, HANDLE, ERROR]),
    "sdx_value_map": (c_int, [c_void_p, c_void_p, HANDLE, ERROR]),
    "sdx_value_sparse": (c_int, [c_int, DIMS, c_void_p, c_void_p, HANDLE, ERROR]),
    "sdx_value_read": (c_int, [c_int, c_char_p, c_size_t, c_char_p, c_size_t, HANDLE, ERROR]),
    "sdx_value_write": (c_int, [c_void_p, c_char_p, HANDLE, POINTER(c_size_t), ERROR]),
    "sdx_bytes_free": (None, [c_void_p]),
    "sdx_value_free": (None, [c_void_p]),
    "sdx_value_hold": (c_void_p, [c_void_p]),
    "sdx_value_kind": (c_int, [c_void_p]),
    "sdx_value_dtype": (c_int, [c_void_p]),
    "sdx_value_dims": (c_int, [c_void_p, POINTER(DIMS)]),
    "sdx_value_count": (c_size_t, [c_void_p]),
    "sdx_value_bytes": (c_size_t, [c_void_p]),
    "sdx_value_view": (c_void_p, [c_void_p]),
    "sdx_value_string": (sdx_string, [c_void_p, c_size_t]),
    "sdx_value_at": (c_void_p, [c_void_p, c_size_t]),
    "sdx_value_write": (c_int, [c_void_p, c_char_p, HANDLE, POINTER(c_size_t), ERROR]),
    "sdx_bytes_free": (None, [c_void_p]),
    "sdx_model_open": (c_int, [c_char_p, POINTER(sdx_model_options), HANDLE, ERROR]),
    "sdx_model_open_fd": (c_int, [c_int, c_char_p, POINTER(sdx_model_options), HANDLE, ERROR]),
    "sdx_model_read": (c_int, [sdx_reader, c_void_p, c_char_p, POINTER(sdx_model_options), HANDLE, ERROR]),
    "sdx_model_open_memory": (c_int, [c_void_p, c_size_t, c_char_p, POINTER(sdx_model_options), HANDLE, ERROR]),
    "sdx_model_parse": (c_int, [c_char_p, c_size_t, c_char_p, POINTER(sdx_model_options), HANDLE, ERROR]),
    "sdx_model_close": (None, [c_void_p]),
    "sdx_model_save": (c_int, [c_void_p, POINTER(sdx_save_options), sdx_writer, c_void_p, POINTER(c_size_t), ERROR]),
    "sdx_model_about": (c_int, [c_void_p, POINTER(sdx_model_info)]),
    "sdx_model_input": (c_int, [c_void_p, c_size_t, POINTER(sdx_value_info)]),
    "sdx_model_output": (c_int, [c_void_p, c_size_t, POINTER(sdx_value_info)]),
    "sdx_model_value": (c_int, [c_void_p, c_size_t, POINTER(sdx_value_info)]),
    "sdx_model_node": (c_int, [c_void_p, c_size_t, POINTER(sdx_node_info)]),
    "sdx_model_cost": (c_int, [c_void_p, POINTER(sdx_cost_info)]),
    "sdx_model_function": (c_int, [c_void_p, c_size_t, POINTER(sdx_function_info)]),
    "sdx_rule_about": (c_int, [c_size_t, POINTER(sdx_rule_info)]),
    "sdx_model_lint": (c_int, [c_void_p, POINTER(sdx_lint_options), sdx_report, c_void_p, ERROR]),
    "sdx_session_new": (c_int, [c_void_p, POINTER(sdx_session_options), HANDLE, ERROR]),
    "sdx_session_free": (None, [c_void_p]),
    "sdx_session_run": (c_int, [c_void_p, HANDLE, HANDLE, POINTER(sdx_run_options), ERROR]),
    "sdx_session_cancel": (None, [c_void_p]),
    "sdx_session_about": (c_int, [c_void_p, POINTER(sdx_session_info)]),
    "sdx_session_precision": (c_char_p, [c_void_p]),
    "sdx_session_packing": (c_char_p, [c_void_p]),
    "sdx_session_memory": (c_int, [c_void_p, POINTER(sdx_memory_info)]),
    "sdx_version": (c_char_p, []),
    "sdx_cpu": (c_char_p, []),
    "sdx_op_about": (c_int, [c_size_t, POINTER(sdx_op_info)]),
}


def _load():
    here = os.path.dirname(os.path.abspath(__file__))
    named = os.environ.get("SARDONYX_LIBRARY")
    inside = os.path.join(here, "libsardonyx.so")
    if not named and os.path.exists(inside):
        # What a wheel brings along is loaded first: the linker then knows it by its name.
        for name in sorted(os.listdir(here)):
            if ".so" in name and not name.startswith("libsardonyx"):
                ctypes.CDLL(os.path.join(here, name))
    library = ctypes.CDLL(named or (inside if os.path.exists(inside) else "libsardonyx.so.0"))
    for name, (result, arguments) in FUNCTIONS.items():
        f = getattr(library, name)
        f.restype, f.argtypes = result, arguments
    return library


lib = _load()


def options(struct, **fields):
    """An option struct that knows its size."""
    return struct(size=ctypes.sizeof(struct), **fields)


def text(raw):
    """A text of the library; None stays."""
    return None if raw is None else raw.decode("utf-8", "surrogateescape")


def raw(text):
    """A text for the library; None stays."""
    return None if text is None else os.fspath(text).encode("utf-8", "surrogateescape")


class Error(Exception):
    """What the library refused.

    code    "shape", "unsupported" …: the name of the status
    rule    "SX201 conv-group-channels" where a lint rule is behind it, else ""
    place   file, node, operator
    fact    what is wrong, with its numbers
    hint    the way out, or ""
    """

    def __init__(self, code, rule="", place="", fact="", hint=""):
        self.code, self.rule, self.place, self.fact, self.hint = code, rule, place, fact, hint
        words = f"{place}: {fact}" if place and fact else place or fact or code
        super().__init__(words + (f" (help: {hint})" if hint else "") + (f" [{rule}]" if rule else ""))

    def __reduce__(self):
        return type(self), (self.code, self.rule, self.place, self.fact, self.hint)


class ModelError(Error):
    """The bytes are no model, or a wrong one."""


class InputError(Error, ValueError):
    """A value that the model or one of its operators cannot take."""


class UnsupportedError(Error, NotImplementedError):
    """Right, yet not to be had: an operator that is not implemented, say."""


class LimitError(Error, MemoryError):
    """No memory, or a limit of the options was reached."""


class CancelledError(Error):
    """The run was cancelled, or its deadline passed."""


class FileError(Error, OSError):
    """A file cannot be read or written."""


_KINDS = {"format": ModelError, "model": ModelError, "type": InputError, "shape": InputError, "value": InputError,
          "unsupported": UnsupportedError, "memory": LimitError, "limit": LimitError, "cancelled": CancelledError,
          "io": FileError}


def refuse(status, err):
    """Raises what a function said."""
    code = text(lib.sdx_status_name(status))
    raise _KINDS.get(code, Error)(code, *(text(getattr(err, f)) for f in ("rule", "place", "fact", "hint")))


def call(name, *arguments):
    """Calls a function that takes an error last; raises what it says."""
    err = sdx_error()
    status = getattr(lib, name)(*arguments, err)
    if status:
        refuse(status, err)


def make(name, *arguments):
    """Calls a function that makes a handle: *out, then the error, are its last arguments."""
    out = c_void_p()
    call(name, *arguments, ctypes.byref(out))
    return out.value

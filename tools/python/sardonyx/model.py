"""Model and Session: what sardonyx.h calls by these names."""
import ctypes
import weakref
from collections import namedtuple
from ctypes import c_char_p, c_size_t, c_void_p

from numpy import ndarray

from . import abi
from .abi import InputError, call, lib, make, options, raw, text
from .values import DTYPE, Handle, Place, copied, expected, from_value, to_value

Value = namedtuple("Value", "name type dtype shape graph is_constant")
Value.__doc__ = """What is known of a value.

type     in words: "float32[N, 3]", "seq(int64[?])"
dtype    numpy's; None for what is no tensor
shape    a tuple of numbers, of texts for symbolic dims ("N", "2*N + 1") and None for unknown ones; None: no rank
"""
Node = namedtuple("Node", "name op domain since implemented inputs outputs attributes graph index macs macs_text")
Function = namedtuple("Function", "domain name overload inputs outputs attributes n_nodes")
Cost = namedtuple("Cost", "macs text n_unknown")
Cost.__doc__ = """Multiply-adds of one run; every body counts once.

macs        a number; None where symbols are in it
text        in words: "1254400*N + 3000"; None: too large to be said
n_unknown   nodes of which nothing is known, and which are left out
"""
Finding = namedtuple("Finding", "code name severity message graph node op index values numbers help fix fix_is_safe "
                     "suppressed")
Rule = namedtuple("Rule", "code name severity title")
Guilty = namedtuple("Guilty", "name type origin axis")
Step = namedtuple("Step", "node op what begin_ns end_ns depth")
Operator = namedtuple("Operator", "domain name since signature attributes types deprecated source")

SEVERITY = ("note", "warning", "error")


def _texts(array, n):
    return [text(array[i]) for i in range(n)]


def _value(i):
    shape = None
    if i.rank >= 0:
        shape = tuple(i.dims[k] if i.dims[k] >= 0 else text(i.symbols[k]) for k in range(i.rank))
    return Value(text(i.name), text(i.type), DTYPE.get(i.dtype), shape, text(i.graph), i.is_constant)


def _node(i):
    attributes = {text(i.attributes[k].name): text(i.attributes[k].text) for k in range(i.n_attributes)}
    return Node(text(i.name), text(i.op), text(i.domain), i.since, i.implemented, _texts(i.inputs, i.n_inputs),
                _texts(i.outputs, i.n_outputs), attributes, text(i.graph), i.index, i.macs,
                text(i.macs_text))


def _finding(f):
    values = [Guilty(text(v.name), text(v.type), text(v.origin), v.axis) for v in f.values[:f.n_values]]
    numbers = {text(n.name): n.value for n in f.numbers[:f.n_numbers]}
    return Finding(text(f.code), text(f.name), SEVERITY[f.severity], text(f.message), text(f.graph), text(f.node),
                   text(f.op), f.index, values, numbers, _texts(f.help, f.n_help), text(f.fix), f.fix_is_safe,
                   text(f.suppressed))


def _function(i):
    return Function(text(i.domain), text(i.name), text(i.overload), _texts(i.inputs, i.n_inputs),
                    _texts(i.outputs, i.n_outputs), _texts(i.attributes, i.n_attributes), i.n_nodes)


def _reader(source, raised):
    """Hands the bytes of what has a method read to the library."""
    def read(_, to, size):
        try:
            part = source.read(size)
            if len(part) > size or isinstance(part, str):
                raise InputError("usage", fact="read(n) is to return at most n bytes")
            ctypes.memmove(to, bytes(part), len(part))
            return len(part)
        except BaseException as e:  # must not cross the library
            raised.append(e)
            return -1
    return read


def _all(function, struct, handle, n, convert):
    info, found = struct(), []
    for i in range(n):
        function(handle, i, ctypes.byref(info))
        found.append(convert(info))
    return found


def operators():
    """Every operator that the library implements, in each of its versions."""
    info, found = abi.sdx_op_info(), []
    while lib.sdx_op_about(len(found), ctypes.byref(info)) == 0:
        found.append(Operator(text(info.domain) or "", text(info.name), info.since, text(info.signature) or "",
                              text(info.attributes) or "", text(info.types) or "", info.deprecated,
                              text(info.source)))
    return found


def rules():
    """Every rule of lint, in order of code."""
    info, found = abi.sdx_rule_info(), []
    while lib.sdx_rule_about(len(found), ctypes.byref(info)) == 0:
        found.append(Rule(text(info.code), text(info.name), SEVERITY[info.severity], text(info.title)))
    return found


class Model:
    """A model, with every shape inferred.

    source    a path, bytes, an onnx.ModelProto, something with a method read, or the number of an open file
    dims      symbols of the inputs that are known: {"N": 4}
    lenient   open models that lint finds errors in; no session can be made of one
    infer     False: leave out shape inference
    folder    where external data lies; default: the folder of the file
    log       called with (severity, text)
    Limits and plugins as in sdx_model_options.
    """

    def __init__(self, source, *, name=None, dims=None, lenient=False, infer=True, memory_limit=0, max_depth=0,
                 max_inlined=0, folder=None, plugins=(), plugin_folder=None,
                 log=None):
        self._log = abi.sdx_log((lambda _, s, t: log(SEVERITY[s], text(t))) if log else 0)
        bound = [abi.sdx_dim_binding(raw(k), v) for k, v in (dims or {}).items()]
        plugins = [raw(p) for p in plugins]
        o = options(abi.sdx_model_options, log=self._log, lenient=lenient, no_infer=not infer,
                    memory_limit=memory_limit, max_depth=max_depth, max_inlined=max_inlined, folder=raw(folder),
                    n_dims=len(bound), dims=(abi.sdx_dim_binding * len(bound))(*bound), n_plugins=len(plugins),
                    plugins=(c_char_p * len(plugins))(*plugins), plugin_folder=raw(plugin_folder))
        if hasattr(source, "SerializeToString"):
            source = source.SerializeToString()
        if isinstance(source, (bytes, bytearray, memoryview)):
            self._bytes = bytes(source)
            self._own(make("sdx_model_open_memory", self._bytes, len(self._bytes), raw(name or "model"),
                           ctypes.byref(o)))
        elif isinstance(source, _Text):
            t = raw(source.text)
            self._own(make("sdx_model_parse", t, len(t), raw(name or "model"), ctypes.byref(o)))
        elif isinstance(source, int):
            self._own(make("sdx_model_open_fd", source, raw(name or "model"), ctypes.byref(o)))
        elif hasattr(source, "read"):
            raised = []
            read = abi.sdx_reader(_reader(source, raised))
            try:
                self._own(make("sdx_model_read", read, None, raw(name or "model"), ctypes.byref(o)))
            except abi.Error:
                if raised:
                    raise raised[0]
                raise
        else:
            self._own(make("sdx_model_open", raw(source), ctypes.byref(o)))

    def _own(self, handle):
        self._handle = handle
        self._close = weakref.finalize(self, lib.sdx_model_close, handle)
        self._close.atexit = False

    @classmethod
    def parse(cls, words, **options):
        """A model in the standard's text syntax."""
        return cls(_Text(words), **options)

    @property
    def _about(self):
        info = abi.sdx_model_info()
        lib.sdx_model_about(self._handle, ctypes.byref(info))
        return info

    @property
    def inputs(self):
        return _all(lib.sdx_model_input, abi.sdx_value_info, self._handle, self._about.n_inputs, _value)

    @property
    def outputs(self):
        return _all(lib.sdx_model_output, abi.sdx_value_info, self._handle, self._about.n_outputs, _value)

    @property
    def values(self):
        """Every value with its inferred type, those of subgraphs too."""
        return _all(lib.sdx_model_value, abi.sdx_value_info, self._handle, self._about.n_values, _value)

    @property
    def nodes(self):
        """Every node, those of subgraphs too; attributes in the standard's text syntax."""
        return _all(lib.sdx_model_node, abi.sdx_node_info, self._handle, self._about.n_nodes, _node)

    @property
    def functions(self):
        """The functions that the file brings; their calls are inlined, their nodes among those of the model."""
        return _all(lib.sdx_model_function, abi.sdx_function_info, self._handle, self._about.n_functions, _function)

    @property
    def cost(self):
        """What a run costs: a Cost."""
        i = abi.sdx_cost_info()
        lib.sdx_model_cost(self._handle, ctypes.byref(i))
        return Cost(i.macs if i.macs >= 0 else None, text(i.macs_text), i.n_unknown)

    def constant(self, name):
        """The numbers of a constant of the main graph; None where they are not held or there is none."""
        info = abi.sdx_value_info()
        for i in range(self._about.n_values):
            lib.sdx_model_value(self._handle, i, ctypes.byref(info))
            if text(info.name) == name and not info.graph and info.constant:
                held = Handle(lib.sdx_value_hold(info.constant))
                return from_value(held.pointer, _Both(held, self))
        return None

    @property
    def opsets(self):
        i = self._about
        return {text(i.opset_domain[k]): i.opset_version[k] for k in range(i.n_opsets)}

    @property
    def metadata(self):
        """metadata_props: a dict of texts."""
        i = self._about
        return {text(i.metadata_key[k]): text(i.metadata_value[k]) for k in range(i.n_metadata)}

    @property
    def info(self):
        """The rest of what is known of a model, numbers and texts by name."""
        i = self._about
        told = ((name, getattr(i, name)) for name, _ in i._fields_)
        return {name: v if isinstance(v, int) else text(v)
                for name, v in told if isinstance(v, (int, bytes, type(None)))}

    def lint(self, select=None, ignore=None, max_findings=0, *, target_opset=0, target_ir=0, runtime=False,
             suppressed=False):
        """All that is wrong: a list of findings.

        select, ignore             codes, names, globs, divided by commas
        target_opset, target_ir    the newest that the model's destination knows
        runtime                    True: what cannot be run here is an error, not a note
        suppressed                 True: tell, too, what the model's own metadata leaves out, with the reason
        """
        o = options(abi.sdx_lint_options, select=raw(select), ignore=raw(ignore), max_findings=max_findings,
                    target_opset=target_opset, target_ir=target_ir, runtime=runtime, suppressed=suppressed)
        found = []
        report = abi.sdx_report(lambda _, f: found.append(_finding(f.contents)) or True)
        call("sdx_model_lint", self._handle, ctypes.byref(o), report, None)
        return found

    def save(self, path=None, *, fix=None, annotate=False, as_text=False):
        """The model as bytes, written to path where one is given.  fix: None, "safe" or "all"."""
        if fix not in (None, "safe", "all"):
            raise InputError("usage", fact=f"fix is None, 'safe' or 'all', not {fix!r}")
        o = options(abi.sdx_save_options, fix_safe=fix is not None, fix_all=fix == "all", annotate=annotate,
                    text=as_text)
        parts = []
        write = abi.sdx_writer(lambda _, data, size: parts.append(ctypes.string_at(data, size)) or True)
        edits = c_size_t()
        call("sdx_model_save", self._handle, ctypes.byref(o), write, None, ctypes.byref(edits))
        data = b"".join(parts)
        if path is not None:
            with open(path, "wb") as f:
                f.write(data)
        return data


_Text = namedtuple("_Text", "text")
_Both = namedtuple("_Both", "handle model")


class _Frame:
    """What a call hands to the library; one call has it at a time."""

    def __init__(self, n_in, n_out):
        self.before, self.after = (c_void_p * max(1, n_in))(), (c_void_p * max(1, n_out))()
        self.places = [Place(self.before, k) for k in range(n_in)]
        self.error = abi.sdx_error()

    def give(self, values, inputs):
        """Returns what the library must not lose before the call is over."""
        held = []
        for place, x, (_, words, plain) in zip(self.places, values, inputs):
            if not (plain and type(x) is ndarray and place.wrap(x)):
                x = to_value(x, words)
                place.pointer.value = x and x.pointer
                held.append(x)
        return held

    def take(self, expected):
        """What Python holds of the outputs, which are the caller's from now on."""
        made = []
        for k, e in enumerate(expected):
            pointer = self.after[k]
            self.after[k] = None
            made.append(e.array(pointer) if e else from_value(pointer))
        return made


class Session:
    """A model compiled for running.  May be called by any number of threads at once.

    model      a Model, or what one is made of
    threads    0: as many as the process may use
    isa        at most this instruction set: "scalar", "avx2" …
    optimize   False: run the graph as it stands in the file
    precision  what products with constant weights may be made of:
               "f32"           nothing else
               "bf16"          both factors rounded to 8 bits of precision, sums f32; only weights of matrices where the
                               processor has no dot product of bf16.  Answers of networks differ by 1e-4 to 3e-2 of
                               their root mean square
               "int8-weights"  matrices rounded to 8 bits and a scale for each output channel
               The property of the same name says what the session does with it
    packing    memory or speed of packed weights: "small" (the smallest forms), "default" (up to a fifth of the weights,
               or 12 MiB, more, where that saves most time), "fast" (the fastest forms)
    """

    def __init__(self, model, *, threads=0, isa=None, optimize=True, memory_limit=0, bindings=0,
                 precision=None, packing=None):
        self.model = model if isinstance(model, Model) else Model(model)
        o = options(abi.sdx_session_options, threads=threads, isa=raw(isa), no_optimize=not optimize,
                    memory_limit=memory_limit, bindings=bindings, precision=raw(precision),
                    packing=raw(packing))
        self._handle = make("sdx_session_new", self.model._handle, ctypes.byref(o))
        self._free = weakref.finalize(self, lib.sdx_session_free, self._handle)
        self._free.atexit = False
        self._inputs = [(v.name, v.type, not v.type.startswith("optional(")) for v in self.model.inputs]
        self._outputs = [v.name for v in self.model.outputs]
        self._names = {name for name, *_ in self._inputs}
        self._expected = [expected(v.dtype, v.shape) for v in self.model.outputs]
        self._frames = []  # of calls that are over

    @property
    def precision(self):
        """What products with constant weights are made of: "f32", "bf16", "bf16 weights", "int8 weights"."""
        return lib.sdx_session_precision(self._handle).decode()

    @property
    def packing(self):
        """How weights are packed: "small", "default", "fast"."""
        return lib.sdx_session_packing(self._handle).decode()

    def _feeds(self, feeds):
        """What is given to each input of the model, in order."""
        if not isinstance(feeds, dict):
            if len(feeds) != len(self._inputs):
                raise InputError("usage", fact=f"{len(feeds)} values for {len(self._inputs)} inputs")
            return list(feeds)
        if not feeds.keys() <= self._names:
            name = next(name for name in feeds if name not in self._names)
            raise InputError("usage", fact=f"the model has no input '{name}'",
                             hint=f"its inputs are {', '.join(name for name, *_ in self._inputs)}")
        for name, words, needed in self._inputs:
            if needed and name not in feeds:
                raise InputError("usage", fact=f"no value for input '{name}'", hint=f"it takes {words}")
        return [feeds.get(name) for name, *_ in self._inputs]

    def run(self, outputs=None, feeds=(), *, deadline=None, watch=None, profile=None):
        """Runs the model once; returns a list of outputs.

        outputs    names, in the order wanted; None: all of them
        feeds      {name: value}, or values in the order of the inputs.  Arrays are not copied.  Values are numpy
                   arrays (or numbers, texts and nested lists of them), lists for sequences, None for an optional
                   that holds nothing, dicts for maps, Sparse
        deadline   seconds from now
        watch      called with (name, value) for every value that a step made; False stops the run
        profile    called with a Step after each step; those of a body (depth 1 and more) come before the
                   step that runs it, whose time holds theirs
        Arrays that come out are read only: they may share their memory.
        """
        for name in outputs or ():
            if name not in self._outputs:
                raise InputError("usage", fact=f"the model has no output '{name}'",
                                 hint=f"its outputs are {', '.join(self._outputs)}")
        raised = []
        o = None
        if deadline is not None or profile or watch:
            o = options(abi.sdx_run_options, deadline_ns=max(1, int(deadline * 1e9)) if deadline is not None else 0,
                        profile=abi.sdx_profile(self._profiler(profile, raised) if profile else 0),
                        watch=abi.sdx_watch(self._watcher(watch, raised) if watch else 0))
        frame = self._frames.pop() if self._frames else _Frame(len(self._inputs), len(self._outputs))
        given = self._feeds(feeds)
        held = frame.give(given, self._inputs)
        status = lib.sdx_session_run(self._handle, frame.before, frame.after, o, frame.error)
        made = frame.take(self._expected) if not status else None
        del held
        if raised:
            raise raised[0]
        if status:
            abi.refuse(status, frame.error)
        self._frames.append(frame)
        return made if outputs is None else [made[self._outputs.index(name)] for name in outputs]

    def _watcher(self, watch, raised):
        def each(_, name, value):
            try:
                return watch(text(name), copied(from_value(value, Handle(lib.sdx_value_hold(value))))) is not False
            except BaseException as e:  # must not cross the library
                raised.append(e)
                return False
        return each

    def _profiler(self, profile, raised):
        def each(_, step):
            try:
                s = step.contents
                profile(Step(text(s.node), text(s.op), text(s.what), s.begin_ns, s.end_ns, s.depth))
            except BaseException as e:
                raised.append(e)
        return each

    def cancel(self):
        """Ends all runs that are under way."""
        lib.sdx_session_cancel(self._handle)

    @property
    def info(self):
        """Threads, instruction set, steps and memory, by name; "memory" says where it is, in bytes."""
        i = abi.sdx_session_info()
        lib.sdx_session_about(self._handle, ctypes.byref(i))
        m = abi.sdx_memory_info()
        lib.sdx_session_memory(self._handle, ctypes.byref(m))
        return {name: text(v) if isinstance(v, bytes) else v
                for name, v in ((name, getattr(i, name)) for name, _ in i._fields_)} | {
                    "memory": {name: getattr(m, name) for name, _ in m._fields_}}

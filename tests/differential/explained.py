"""Disagreements that are known: who is right, by which text.  Each is as narrow as it can be told.

f: the facts of a case (summary_of in differential.py); w: what differs, ours first.
"""
import re

KNOWN = []


def known(why, peer, ops="", kind="values", when=lambda f, w: True):
    KNOWN.append((why, peer, set(ops.split()), kind, when))


def reason(kind, peer, words, facts):
    for why, who, ops, which, when in KNOWN:
        if who == peer and (not ops or facts["op"] in ops) and kind == which and when(facts, words):
            return f"{who}: {why}"
    return None


def unused(reasons, peers):
    return [f"{who}: {why}" for why, who, *_ in KNOWN if who in peers and f"{who}: {why}" not in reasons]


def opset(low, high=99):
    return lambda f, w: low <= f["since"] <= high


def has(*names):
    return lambda f, w: any(n in f["attributes"] for n in names)


def says(pattern):
    return lambda f, w: re.search(pattern, w) is not None


def types(pattern):
    return lambda f, w: re.search(pattern, str(sorted(f["types"].items()))) is not None


def both(*conditions):
    return lambda f, w: all(c(f, w) for c in conditions)


def either(*conditions):
    return lambda f, w: any(c(f, w) for c in conditions)


def fed(k):
    return lambda f, w: len(f["inputs"]) > k and f["inputs"][k] is not None


def spoilt(f, w):
    return f["title"].endswith(")")


def special(f, w):
    return f["special"]


# ---- the reference of the package onnx: where it departs from the text that it ships with ----

known("its output has not the type that the row gives: Y is T2, V, float … whatever was computed in", "onnx",
      "AffineGrid Adam BatchNormalization Det DictVectorizer FeatureVectorizer LayerNormalization LinearRegressor "
      "Normalizer RMSNormalization ReduceSumSquare SVMClassifier SVMRegressor Scaler TreeEnsembleClassifier "
      "TreeEnsembleRegressor LinearClassifier", when=says("^output . type|^output .: type"))
known("Dropout-7: the row says mask is of T; it gives bool", "onnx", "Dropout",
      when=both(opset(7, 7), says("output 1: type")))
known("Softmax, LogSoftmax, Hardmax before 13 take all that lies right of axis as one row; it takes one axis", "onnx",
      "Softmax LogSoftmax Hardmax", when=opset(1, 11))
known("a NaN is no largest element; it takes it for one", "onnx", "Hardmax ArgMax ArgMin", when=special)
known("BatchNormalization-9 normalises by the statistics that are fed; it computes others", "onnx",
      "BatchNormalization", when=opset(9, 9))
known("it reads neither clip, activations, sequence_lens, direction nor input_forget as the text has them", "onnx",
      "RNN GRU LSTM", when=either(has("clip", "activations", "input_forget"), fed(4), lambda f, w: f["attributes"].get(
          "direction", "forward") != "forward"))
known("Indices are of the flattened input; it gives others, and other shapes with SAME_LOWER and ceil_mode", "onnx",
      "MaxPool", when=either(says("output 1"), has("auto_pad", "ceil_mode")))
known("GlobalMaxPool reduces all axes from the third on; it keeps those of three-dimensional pictures", "onnx",
      "GlobalMaxPool", when=says("shape"))
known("AveragePool-1 is 7 without a choice: pads do not count; it counts them with auto_pad", "onnx", "AveragePool",
      when=both(opset(1, 1), has("auto_pad", "pads")))
known("ConvTranspose adds B to its own channel in each group; it shifts it", "onnx", "ConvTranspose", when=has("group"))
known("an Optional holds its value; it wraps it in a list", "onnx", "Optional")
known("RoiAlign-10 has no half-pixel shift; it has", "onnx", "RoiAlign", when=opset(10, 10))
known("an interpolated integer is computed with real weights; it casts the weights to integers", "onnx", "GridSample",
      when=types(r"T1', 'tensor\(u?int|T1', 'tensor\(bool"))
known("Unique without axis flattens, and with axis keeps the others whole; it mixes the two when sorted is 0", "onnx",
      "Unique", when=lambda f, w: f["attributes"].get("sorted") == 0)
known("StringNormalizer changes case and stop words alone; it takes accents off", "onnx", "StringNormalizer",
      when=says("Ä"))
known("StringNormalizer compares stop words as is_case_sensitive=0, its default, says", "onnx", "StringNormalizer",
      when=says("shape"))
known("Gelu by erf, in the precision of T; its body holds a constant of single precision", "onnx", "Gelu",
      when=types("double"))
known("the defaults of Selu are single-precision numbers; it takes the decimal digits", "onnx", "Selu",
      when=types("double"))
known("the defaults of LRN are single-precision numbers; it takes the decimal digits", "onnx", "LRN",
      when=types("double"))
known("OneHot picks one of two values; it adds products, so that a NaN in one spoils the other", "onnx", "OneHot",
      when=says("nan|inf"))
known("sums are not kept to the width of T before the division", "onnx", "ReduceMean", when=types("int"))
known("PRelu-1 and -6 have one slope a channel; it broadcasts from the right", "onnx", "PRelu", when=opset(1, 6))
known("LpNormalization with p=1 divides by the sum of absolute values; it takes the sum", "onnx", "LpNormalization",
      when=lambda f, w: f["attributes"].get("p") == 1)
known("it knows QLinearConv for two dims alone", "onnx", "QLinearConv", when=says("shape"))
known("float8 elements keep their fraction when their zero point is taken off; it casts to int32 first", "onnx",
      "QLinearMatMul", when=types("float8"))
known("a padded string is empty; it is the number 0", "onnx", "CenterCropPad Pad", when=types("string"))
known("complex elements are moved whole; it drops the imaginary part", "onnx", "Resize", when=types("complex"))
known("the coordinate is whole but for rounding, and floor and ceil then decide by the last bit", "onnx", "Resize",
      when=lambda f, w: f["attributes"].get("coordinate_transformation_mode") == "tf_crop_and_resize" and
      f["attributes"].get("nearest_mode") in ("ceil", "floor"))
known("an integer from a real function of integers is cut off where it was computed exactly: erf(4) < 1", "onnx", "Erf",
      when=types("int"))
known("\"the type of y_scale determines the precision of the division\"; it lets numpy find a wider one", "onnx",
      "QuantizeLinear", when=both(opset(23), types("T2', 'tensor.(bfloat16|float16)")))
known("a group's numbers are computed in stash_type or better; it rounds float64 to float on the way", "onnx",
      "GroupNormalization", when=types("double"))
known("LRN sums channels c - floor((size-1)/2) to c + ceil((size-1)/2); with size 1 it takes others", "onnx", "LRN",
      when=lambda f, w: f["attributes"].get("size") == 1)
known("a window of LpPool reaches as far as its dilations say", "onnx", "LpPool", when=has("dilations"))
known("end is clamped to the rank, negative ones too", "onnx", "Shape")
known("an n-gram with skips counts wherever it fits", "onnx", "TfIdfVectorizer", when=has("max_skip_count"))
known("a string that is not in the map is empty, not '0'", "onnx", "DictVectorizer", when=types("string"))
known("the coupled probabilities as the paper and onnxruntime have them", "onnx", "SVMClassifier", when=has("prob_a"))
known("a binary classifier with votes for one class alone: as onnxruntime writes its two scores", "onnx",
      "TreeEnsembleClassifier", when=both(says("output 1"), lambda f, w: len(set(f["attributes"]["class_ids"])) == 1))
known("beta times C: Gemm-6 of the reference adds C as it is", "onnx", "Gemm", when=both(opset(6, 6), has("beta")))
known("aggregate_function MIN and MAX of no leaf is 0; it is the number it starts from", "onnx",
      "TreeEnsembleRegressor TreeEnsemble", when=lambda f, w: f["attributes"].get("aggregate_function") in (
          "MIN", "MAX", 2, 3))
known("top class: of the scores before post_transform; it looks after SOFTMAX_ZERO, which reorders", "onnx",
      "TreeEnsembleClassifier", when=lambda f, w: f["attributes"].get("post_transform") == "SOFTMAX_ZERO")
known("post_transform applies to the scores of TreeEnsemble; it leaves them as they are", "onnx",
      "TreeEnsemble TreeEnsembleRegressor", when=lambda f, w: f["attributes"].get("post_transform") not in (
          0, None, "NONE"))
known("a bound of Clip that is left out is lowest() or max(): an infinity becomes that; it stays infinite", "onnx",
      "Clip", when=says("inf"))

# ---- onnxruntime ----

known("AffineGrid-20 with align_corners puts a single point at -1, as its body does; it puts it at 0", "onnxruntime",
      "AffineGrid", when=lambda f, w: f["attributes"].get("align_corners") == 1)
known("SAME gives output_shape = input_shape * strides; it subtracts where the kernel is smaller than the stride",
      "onnxruntime", "ConvTranspose", when=lambda f, w: "SAME" in f["attributes"].get("auto_pad", ""))
known("the mask of Dropout-7 and -10 in test mode is nowhere described; here it says as from 12 on that all is kept",
      "onnxruntime", "Dropout", when=both(opset(7, 10), says("output 1")))
known("DictVectorizer: \"a 1-D tensor\"; it adds a dim", "onnxruntime", "DictVectorizer", when=says("shape"))
known("a scalar has no axis for NonZero: zero rows, as the text says and numpy did", "onnxruntime", "NonZero",
      when=says("shape"))
known("StringSplit splits at most maxsplit times and leaves the rest as it is; \"\" is one piece", "onnxruntime",
      "StringSplit")
known("clip is applied to the input of activations, also of h(Ct)", "onnxruntime", "LSTM", when=has("clip"))
known("grid locations outside move to the border, before weights are taken; it moves each pixel of the kernel",
      "onnxruntime", "GridSample", when=lambda f, w: f["attributes"].get("mode") in ("bicubic", "cubic"))
known("TreeEnsemble applies post_transform, and base_values to every target; it leaves out both where "
      "a target has no votes", "onnxruntime", "TreeEnsemble TreeEnsembleRegressor", when=either(
          has("base_values"), lambda f, w: f["attributes"].get("post_transform") not in (0, None, "NONE")))
known("the label comes from classlabels, of the class with the largest score, votes or none; it leaves out classes "
      "without votes and answers 0 and 1 for two", "onnxruntime", "TreeEnsembleClassifier", when=says("output 0"))
known("SplitToSequence: keepdims is ignored where split is given", "onnxruntime", "SplitToSequence", when=fed(1))
known("nothing says what the least or the largest of numbers and NaN is; here NaN", "onnxruntime",
      "ReduceMax ReduceMin Max Min ReduceLogSumExp", when=special)
known("the row's norm is 0: 0/0 or 0 is nowhere said", "onnxruntime", "Normalizer", when=says("nan"))
known("a deviation of 0 gives 0 / 1e-9; its variance came out negative", "onnxruntime", "MeanVarianceNormalization",
      when=says("nan"))
known("exclude_outside and antialias of cubic Resize as the reference has them", "onnxruntime", "Resize",
      when=lambda f, w: f["attributes"].get("mode") == "cubic")

known("an integer from the interpolation of integers: rounded here, cut off there; the text says neither",
      "onnxruntime", "Resize Upsample", when=types(r"'tensor\(u?int"))

# ---- both ----

for peer in ("onnx", "onnxruntime"):
    known("squares of tiny numbers vanish in single precision; here the norm is computed in double", peer,
          "LpNormalization", when=says(r"1\.0, not 0\.0|1, not 0"))
    known("Y of PRelu has the shape of X, to which slope broadcasts one way", peer, "PRelu",
          when=both(spoilt, says("shape")))
    known("an infinity or a NaN is no integer: what it is cast to is undefined", peer,
          "Pow ReduceLogSum ReduceLogSumExp", when=types("int"))

# ---- what we run and onnxruntime refuses ----

known("LRN takes any rank from 2 on and any size; it wants four dims and an odd size", "onnxruntime", "LRN", "we run")
known("a_zero_point may be a row: \"N-D refers to per row quantization\"", "onnxruntime", "MatMulInteger", "we run")
known("it inlines a body whose constants are float while the row allows more types", "onnxruntime",
      "MeanVarianceNormalization ReduceLogSum ReduceLogSumExp SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss",
      "we run", says("Type Error|_inlfunc_"))
known("indices of OneHot may have any rank, 0 too", "onnxruntime", "OneHot", "we run", says("rank >= 1"))
known("a list in a tensor of another rank, or a scalar in a list of one, is read as what it holds", "onnxruntime",
      "", "we run", both(spoilt, says("scalar|1-D|rank|dimension|Starts and axes|axes|ShapeInferenceError")))

# ---- what onnxruntime runs and we refuse ----

known("an axis named twice is a mistake: each is reduced once", "onnxruntime", "", "we refuse", says("axes-repeated"))
known("an input of another rank or shape than the row, the body or the model declares is a mistake, and said",
      "onnxruntime", "", "we refuse", both(spoilt, says(r"SX305 rank|declared-shape|\[rank")))
known("as many coefficients as features and labels ask for", "onnxruntime", "LinearClassifier", "we refuse",
      both(spoilt, says("labels, but")))

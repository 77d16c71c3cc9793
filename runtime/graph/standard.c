/* graph/standard.c - which names the standard knows, and since when.
 *
 * A name that the standard has and we lack is something to implement; one that it does not have is
 * an error of the model.  A test holds this table against the standard's own registry.  Source:
 * ONNX Operators.md, Changelog.md. */
#include "graph/schema.h"

#include <string.h>

static const struct {
    const char *domain;
    int since;
    const char *names;
} standard[] = {
    { "", 1,
      "Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat "
      "Constant Conv ConvTranspose DepthToSpace Div Dropout Elu Equal Exp Flatten Floor "
      "GRU Gather Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater HardSigmoid "
      "Hardmax Identity If InstanceNormalization LRN LSTM LeakyRelu Less Log LogSoftmax "
      "Loop LpNormalization LpPool MatMul Max MaxPool MaxRoiPool Mean Min Mul Neg Not Or "
      "PRelu Pad Pow RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike "
      "Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean "
      "ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Selu Shape Sigmoid Size "
      "Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile "
      "TopK Transpose Unsqueeze Upsample Xor" },
    { "", 7, "Acos Asin Atan Cos Multinomial Sin Tan" },
    { "", 8, "Expand Scan" },
    { "", 9,
      "Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool "
      "MeanVarianceNormalization NonZero OneHot Scatter Shrink Sign Sinh TfIdfVectorizer "
      "Where" },
    { "", 10,
      "ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv "
      "QLinearMatMul QuantizeLinear Resize ReverseSequence RoiAlign StringNormalizer "
      "ThresholdedRelu" },
    { "", 11,
      "BitShift ConcatFromSequence CumSum Det DynamicQuantizeLinear GatherElements "
      "GatherND Range Round ScatterElements ScatterND SequenceAt SequenceConstruct "
      "SequenceEmpty SequenceErase SequenceInsert SequenceLength SplitToSequence Unique" },
    { "", 12,
      "Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss "
      "SoftmaxCrossEntropyLoss" },
    { "", 14, "HardSwish Trilu" },
    { "", 15, "Bernoulli CastLike Optional OptionalGetElement OptionalHasElement" },
    { "", 16, "GridSample" },
    { "", 17,
      "BlackmanWindow DFT HammingWindow HannWindow LayerNormalization MelWeightMatrix STFT "
      "SequenceMap" },
    { "", 18,
      "BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization "
      "Mish" },
    { "", 19, "DeformConv" },
    { "", 20, "AffineGrid Gelu ImageDecoder RegexFullMatch StringConcat StringSplit" },
    { "", 23, "Attention RMSNormalization RotaryEmbedding" },
    { "", 24, "Swish TensorScatter" },
    { "", 26, "BitCast CumProd" },
    { "", 27, "CausalConvWithState LinearAttention" },
    { "", 28, "SwiGLU" },
    { "ai.onnx.ml", 1,
      "ArrayFeatureExtractor Binarizer CastMap CategoryMapper DictVectorizer "
      "FeatureVectorizer Imputer LabelEncoder LinearClassifier LinearRegressor Normalizer "
      "OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsembleClassifier "
      "TreeEnsembleRegressor ZipMap" },
    { "ai.onnx.ml", 5, "TreeEnsemble" },
    { "ai.onnx.preview", 1, "FlexAttention" },
    { "ai.onnx.preview.training", 1, "Adagrad Adam Gradient Momentum" },
};

int sdx_standard_since(const char *domain, const char *name)
{
    size_t length = strlen(name);
    if (!domain || strcmp(domain, "ai.onnx") == 0)
        domain = "";
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        if (strcmp(standard[i].domain, domain) != 0)
            continue;
        for (const char *at = standard[i].names; *at;) {
            size_t n = strcspn(at, " ");
            if (n == length && memcmp(at, name, n) == 0)
                return standard[i].since;
            at += n + strspn(at + n, " ");
        }
    }
    return 0;
}

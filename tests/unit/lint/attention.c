/* tests/unit/lint/attention.c - heads, keys, caches and angles that do not fit: models that break
 * each rule of attention, the whole message, and one that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "Attention: heads that do not divide",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 6, 64] q, float[1, 6, 64] k) => (float[A, B, C] y) { [n] y = Attention "
      "<q_num_heads = 5, kv_num_heads = 5> (q, k, k) }",
      "SX227 attention-heads error 'n': 64 numbers of Q do not split into q_num_heads=5 heads\n"
      "  q float32[1, 6, 64] @2: graph input\n"
      "  help: q_num_heads may be 1, 2, 4, 8, 16, 32 or 64\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 6, 64] q, float[1, 6, 64] k) => (float[A, B, C] y) { [n] y = Attention "
      "<q_num_heads = 4, kv_num_heads = 4> (q, k, k) }",
      "" },
    { "... of queries among those of keys",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 6, 12] q, float[1, 6, 12] k) => (float[A, B, C] y) { [n] y = Attention "
      "<q_num_heads = 3, kv_num_heads = 2> (q, k, k) }",
      "SX227 attention-heads error 'n': 3 heads of queries do not split among 2 heads of keys\n"
      "  q float32[1, 6, 12]: graph input\n"
      "  k float32[1, 6, 12]: graph input\n"
      "  help: the heads of keys may be 1 or 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 6, 12] q, float[1, 6, 6] k) => (float[A, B, C] y) { [n] y = Attention "
      "<q_num_heads = 4, kv_num_heads = 2> (q, k, k) }",
      "" },
    { "... not said",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 6, 64] q, float[1, 6, 64] k) => (float[A, B, C] y) { [n] y = Attention (q, "
      "k, k) }",
      "SX227 attention-heads error 'n': q_num_heads is not given, and Q of rank 3 needs it\n"
      "  q float32[1, 6, 64] @2: graph input\n"
      "  help: q_num_heads may be 1, 2, 4, 8, 16, 32 or 64\n" },
    { "... said of an input that has them",
      "<ir_version: 12, opset_import: [\"\" : 25]>\n"
      "g (float[1, 4, 6, 8] q, float[1, 4, 6, 8] k) => (float[A, B, C, D] y) { [n] y = "
      "Attention <q_num_heads = 4> (q, k, k) }",
      "SX227 attention-heads error 'n': q_num_heads is given, and Q of rank 4 has its heads as "
      "dim 1\n"
      "  q float32[1, 4, 6, 8] @1: graph input\n"
      "  help: leave q_num_heads and kv_num_heads out; they are for 3-D inputs\n" },
    { "... and not",
      "<ir_version: 12, opset_import: [\"\" : 25]>\n"
      "g (float[1, 4, 6, 8] q, float[1, 4, 6, 8] k) => (float[A, B, C, D] y) { [n] y = "
      "Attention (q, k, k) }",
      "" },
    { "LinearAttention: heads of queries among those of keys",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[2, 5, 6] q, float[2, 5, 8] k) => (float[A, B, C] y, float[D, E, F, G] s) { [n] "
      "y, s = LinearAttention <q_num_heads = 3, kv_num_heads = 2, update_rule = \"linear\"> (q, "
      "k, k) }",
      "SX227 attention-heads error 'n': q_num_heads=3 is no multiple of kv_num_heads=2\n"
      "  help: with q_num_heads=3, kv_num_heads may be 1 or 3\n" },
    { "LinearAttention: heads of a key",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[2, 5, 16] q, float[2, 5, 9] k) => (float[A, B, C] y, float[D, E, F, G] s) { [n] "
      "y, s = LinearAttention <q_num_heads = 4, kv_num_heads = 2, update_rule = \"linear\"> (q, "
      "k, k) }",
      "SX227 attention-heads error 'n': 9 numbers of key do not split into kv_num_heads=2 "
      "heads\n"
      "  k float32[2, 5, 9] @2: key: graph input\n"
      "  help: kv_num_heads may be 1, 3 or 9\n" },
    { "... and not",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[2, 5, 16] q, float[2, 5, 8] k) => (float[A, B, C] y, float[D, E, F, G] s) { [n] "
      "y, s = LinearAttention <q_num_heads = 4, kv_num_heads = 2, update_rule = \"linear\"> (q, "
      "k, k) }",
      "" },
    { "RotaryEmbedding: heads that do not divide",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 4, 24] x, float[50, 4] u, int64[1, 4] i) => (float[A, B, C] y) { [n] y = "
      "RotaryEmbedding <num_heads = 5> (x, u, u, i) }",
      "SX227 attention-heads error 'n': 24 numbers of X do not split into num_heads=5 heads\n"
      "  x float32[1, 4, 24] @2: graph input\n"
      "  help: num_heads may be 1, 2, 3, 4, 6, 8, 12 or 24\n" },
    { "RotaryEmbedding: heads that are not said",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 4, 24] x, float[50, 4] u, int64[1, 4] i) => (float[A, B, C] y) { [n] y = "
      "RotaryEmbedding (x, u, u, i) }",
      "SX227 attention-heads error 'n': num_heads is not given, and X of rank 3 needs it\n"
      "  x float32[1, 4, 24] @2: graph input\n"
      "  help: num_heads may be 1, 2, 3, 4, 6, 8, 12 or 24\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 4, 24] x, float[50, 4] u, int64[1, 4] i) => (float[A, B, C] y) { [n] y = "
      "RotaryEmbedding <num_heads = 3> (x, u, u, i) }",
      "" },
    { "MultiHeadAttention: heads",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 64] q) => (float[A, B, C] y) { [n] y = com.microsoft.MultiHeadAttention "
      "<num_heads = 5> (q, q, q) }",
      "SX227 attention-heads error 'n': 64 numbers of query do not split into num_heads=5 "
      "heads\n"
      "  q float32[1, 6, 64] @2: query: graph input\n"
      "  help: num_heads may be 1, 2, 4, 8, 16, 32 or 64\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 64] q) => (float[A, B, C] y) { [n] y = com.microsoft.MultiHeadAttention "
      "<num_heads = 4> (q, q, q) }",
      "" },
    { "com.microsoft.Attention: columns",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 8] q, float[8, 25] w, float[25] b) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.Attention <num_heads = 4> (q, w, b) }",
      "SX227 attention-heads error 'n': 25 columns of weights do not split into three parts\n"
      "  w float32[8, 25] @1: weights: graph input\n"
      "  help: queries, keys and values get a third each, if qkv_hidden_sizes does not say how "
      "many\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 8] q, float[8, 24] w, float[24] b) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.Attention <num_heads = 4> (q, w, b) }",
      "" },
    { "com.microsoft.Attention: two sizes",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 8] q, float[8, 24] w, float[24] b) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.Attention <num_heads = 4, qkv_hidden_sizes = [8, 16]> (q, w, b) }",
      "SX227 attention-heads error 'n': qkv_hidden_sizes has 2 entries, must have 3\n"
      "  help: give the numbers of a query, of a key and of a value, of all heads\n" },
    { "com.microsoft.Attention: a size of 0",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 8] q, float[8, 24] w, float[24] b) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.Attention <num_heads = 4, qkv_hidden_sizes = [8, 0, 16]> (q, w, b) }",
      "SX227 attention-heads error 'n': qkv_hidden_sizes[1] is 0\n"
      "  help: each is a multiple of num_heads, above 0\n" },
    { "com.microsoft.Attention: keys of another size",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 8] q, float[8, 24] w, float[24] b) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.Attention <num_heads = 4, qkv_hidden_sizes = [8, 12, 4]> (q, w, b) }",
      "SX227 attention-heads error 'n': qkv_hidden_sizes[0] is 8 and qkv_hidden_sizes[1] is 12\n"
      "  help: queries are as long as keys: make both 8 or both 12\n" },
    { "GroupQueryAttention: heads",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 24] q, float[1, 6, 16] k, int32[1] l, int32 t) => (float[A, B, C] y, "
      "float[D, E, F, G] u, float[H, I, J, K] v) { [n] y, u, v = "
      "com.microsoft.GroupQueryAttention <num_heads = 3, kv_num_heads = 2> (q, k, k, , , l, t) }",
      "SX227 attention-heads error 'n': num_heads=3 is no multiple of kv_num_heads=2\n"
      "  help: with num_heads=3, kv_num_heads may be 1 or 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 32] q, float[1, 6, 16] k, int32[1] l, int32 t) => (float[A, B, C] y, "
      "float[D, E, F, G] u, float[H, I, J, K] v) { [n] y, u, v = "
      "com.microsoft.GroupQueryAttention <num_heads = 4, kv_num_heads = 2> (q, k, k, , , l, t) }",
      "" },
    { "Attention: as many values as keys",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k, float[1, 2, 5, 8] v) => (float[A, B, C, D] "
      "y) { [n] y = Attention (q, k, v) }",
      "SX228 attention-shape error 'n': the number of keys is 6 in K and 5 in V\n"
      "  k float32[1, 2, 6, 8]: graph input\n"
      "  v float32[1, 2, 5, 8]: graph input\n"
      "  help: make both 6 or both 5\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k, float[1, 2, 6, 5] v) => (float[A, B, C, D] "
      "y) { [n] y = Attention (q, k, v) }",
      "" },
    { "Attention: ranks",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 6, 16] k) => (float[A, B, C, D] y) { [n] y = Attention "
      "<kv_num_heads = 2> (q, k, k) }",
      "SX228 attention-shape error 'n': Q has 4 dims, K 3 and V 3\n"
      "  q float32[1, 2, 4, 8]: graph input\n"
      "  k float32[1, 6, 16]: graph input\n"
      "  k float32[1, 6, 16]: V: graph input\n"
      "  help: all have 3, [batch, steps, heads x size], or 4, [batch, heads, steps, size]\n" },
    { "Attention: half of a past",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k) => (float[A, B, C, D] y) { [n] y = "
      "Attention (q, k, k, , k) }",
      "SX228 attention-shape error 'n': past_key is given without past_value\n"
      "  k float32[1, 2, 6, 8]: past_key: graph input\n"
      "  help: give both, or neither\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k) => (float[A, B, C, D] y, float[E, F, G, H] "
      "u, float[I, J, K, L] v) { [n] y, u, v = Attention (q, k, k, , k, k) }",
      "" },
    { "Attention: a mask of other queries",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k, bool[5, 6] m) => (float[A, B, C, D] y) { "
      "[n] y = Attention (q, k, k, m) }",
      "SX228 attention-shape error 'n': attn_mask is [5, 6], which does not broadcast to scores "
      "of [1, 2, 4, 6]\n"
      "  m bool[5, 6] @0: attn_mask: graph input\n"
      "  help: from the right its dims are those of [batch, heads, queries, keys], or 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k, bool[4, 6] m) => (float[A, B, C, D] y) { "
      "[n] y = Attention (q, k, k, m) }",
      "" },
    { "Attention: two caches",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k, int64[1] s) => (float[A, B, C, D] y) { [n] "
      "y = Attention (q, k, k, , k, k, s) }",
      "SX228 attention-shape error 'n': nonpad_kv_seqlen is given with past_key\n"
      "  help: a cache is either joined here (past_key) or outside (nonpad_kv_seqlen)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k, int64[1] s) => (float[A, B, C, D] y) { [n] "
      "y = Attention (q, k, k, , , , s) }",
      "" },
    { "LinearAttention: a rule without its decay",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[2, 5, 8] q) => (float[A, B, C] y, float[D, E, F, G] s) { [n] y, s = "
      "LinearAttention <q_num_heads = 2, kv_num_heads = 2, update_rule = \"gated\"> (q, q, q) }",
      "SX228 attention-shape error 'n': update_rule 'gated' wants decay\n"
      "  help: gated and gated_delta have decay, delta and gated_delta have beta\n" },
    { "LinearAttention: a decay of three",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[2, 5, 8] q, float[2, 5, 3] d) => (float[A, B, C] y, float[D, E, F, G] s) { [n] "
      "y, s = LinearAttention <q_num_heads = 2, kv_num_heads = 2, update_rule = \"gated\"> (q, "
      "q, q, , d) }",
      "SX228 attention-shape error 'n': the last dim of decay is 3, and has to be 2 or 8\n"
      "  d float32[2, 5, 3] @2: decay: graph input\n"
      "  help: decay has one number a head, or one for each number of a key\n" },
    { "... and not",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[2, 5, 8] q, float[2, 5, 2] d) => (float[A, B, C] y, float[D, E, F, G] s) { [n] "
      "y, s = LinearAttention <q_num_heads = 2, kv_num_heads = 2, update_rule = \"gated\"> (q, "
      "q, q, , d) }",
      "" },
    { "LinearAttention: keys shorter than queries",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[2, 5, 8] q, float[2, 5, 6] k) => (float[A, B, C] y, float[D, E, F, G] s) { [n] "
      "y, s = LinearAttention <q_num_heads = 2, kv_num_heads = 2, update_rule = \"linear\"> (q, "
      "k, k) }",
      "SX228 attention-shape error 'n': key.shape[2] is 6, must be 8: keys are as long as "
      "queries\n"
      "  k float32[2, 5, 6] @2: key: graph input\n"
      "  help: make key.shape[2] = 8, or change what it has to agree with\n" },
    { "MultiHeadAttention: a value of another length",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 64] q, float[1, 5, 64] v) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.MultiHeadAttention <num_heads = 4> (q, q, v) }",
      "SX228 attention-shape error 'n': value.shape[1] is 5, must be 6: as many as keys\n"
      "  v float32[1, 5, 64] @1: value: graph input\n"
      "  help: make value.shape[1] = 6, or change what it has to agree with\n" },
    { "MultiHeadAttention: half of a past",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 64] q, float[1, 4, 2, 16] p) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.MultiHeadAttention <num_heads = 4> (q, q, q, , , , p) }",
      "SX228 attention-shape error 'n': past_key is given without past_value\n"
      "  p float32[1, 4, 2, 16]: past_key: graph input\n"
      "  help: give both, or neither\n" },
    { "MultiHeadAttention: a query alone",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 6, 64] q) => (float[A, B, C] y) { [n] y = com.microsoft.MultiHeadAttention "
      "<num_heads = 4> (q) }",
      "SX228 attention-shape error 'n': query has 3 dims, and key is left out, value is left "
      "out\n"
      "  q float32[1, 6, 64]: query: graph input\n"
      "  help: query is [batch, steps, hidden] with key and value, or all three are packed in "
      "it, [batch, steps, heads, 3, size]\n" },
    { "CausalConvWithState: a state as long as the filter",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[1, 4, 8] x, float[4, 1, 3] w, float[1, 4, 3] p) => (float[A, B, C] y, float[D, "
      "E, F] s) { [n] y, s = CausalConvWithState (x, w, , p) }",
      "SX229 causal-conv-shape error 'n': past_state.shape[2] is 3, must be 2: one less than "
      "the numbers of a filter\n"
      "  p float32[1, 4, 3] @2: past_state: graph input\n"
      "  help: make past_state.shape[2] = 2, or change what it has to agree with\n" },
    { "... and not",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[1, 4, 8] x, float[4, 1, 3] w, float[1, 4, 2] p) => (float[A, B, C] y, float[D, "
      "E, F] s) { [n] y, s = CausalConvWithState (x, w, , p) }",
      "" },
    { "CausalConvWithState: a filter for each pair of channels",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[1, 4, 8] x, float[4, 4, 3] w) => (float[A, B, C] y, float[D, E, F] s) { [n] y, "
      "s = CausalConvWithState (x, w) }",
      "SX229 causal-conv-shape error 'n': weight.shape[1] is 4, must be 1: each filter sees one "
      "channel\n"
      "  w float32[4, 4, 3] @1: weight: graph input\n"
      "  help: make weight.shape[1] = 1, or change what it has to agree with\n" },
    { "CausalConvWithState: filters of nothing",
      "<ir_version: 12, opset_import: [\"\" : 27]>\n"
      "g (float[1, 4, 8] x, float[4, 1, 0] w) => (float[A, B, C] y, float[D, E, F] s) { [n] y, "
      "s = CausalConvWithState (x, w) }",
      "SX229 causal-conv-shape error 'n': the filters of weight have 0 numbers\n"
      "  w float32[4, 1, 0] @2: weight: graph input\n"
      "  help: make weight.shape[2] 1 or more\n" },
    { "RotaryEmbedding: an angle for each number",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] x, float[50, 8] t, int64[1, 4] i) => (float[A, B, C, D] y) { [n] y "
      "= RotaryEmbedding (x, t, t, i) }",
      "SX230 rotary-shape error 'n': cos_cache.shape[1] is 8, must be 4: an angle for each "
      "pair\n"
      "  t float32[50, 8] @1: cos_cache: graph input\n"
      "  help: make cos_cache.shape[1] = 4, or change what it has to agree with\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] x, float[50, 4] t, int64[1, 4] i) => (float[A, B, C, D] y) { [n] y "
      "= RotaryEmbedding (x, t, t, i) }",
      "" },
    { "RotaryEmbedding: more than a head",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] x, float[50, 5] t, int64[1, 4] i) => (float[A, B, C, D] y) { [n] y "
      "= RotaryEmbedding <rotary_embedding_dim = 10> (x, t, t, i) }",
      "SX230 rotary-shape error 'n': rotary_embedding_dim=10 is no even part of a head of 8 "
      "numbers\n"
      "  x float32[1, 2, 4, 8] @3: graph input\n"
      "  help: rotary_embedding_dim may be an even number up to 8, or 0 for a whole even head\n" },
    { "RotaryEmbedding: heads of an odd number",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 7] x, float[50, 3] t, int64[1, 4] i) => (float[A, B, C, D] y) { [n] y "
      "= RotaryEmbedding (x, t, t, i) }",
      "SX230 rotary-shape error 'n': a head of 7 numbers does not split into pairs\n"
      "  x float32[1, 2, 4, 7] @3: graph input\n"
      "  help: rotary_embedding_dim may be an even number up to 7, or 0 for a whole even head\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 7] x, float[50, 3] t, int64[1, 4] i) => (float[A, B, C, D] y) { [n] y "
      "= RotaryEmbedding <rotary_embedding_dim = 6> (x, t, t, i) }",
      "" },
    { "com.microsoft.RotaryEmbedding: a part of heads that are not known",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 4, 24] x, int64[1, 4] i, float[50, 2] t) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.RotaryEmbedding <rotary_embedding_dim = 4> (x, i, t, t) }",
      "SX230 rotary-shape error 'n': rotary_embedding_dim=4, and num_heads is not given\n"
      "  x float32[1, 4, 24] @2: input: graph input\n"
      "  help: give num_heads: it says how long a head is, of which this part is turned\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 4, 24] x, int64[1, 4] i, float[50, 2] t) => (float[A, B, C] y) { [n] y = "
      "com.microsoft.RotaryEmbedding <num_heads = 3, rotary_embedding_dim = 4> (x, i, t, t) }",
      "" },
    { "Attention: a scale below 0",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k) => (float[A, B, C, D] y) { [n] y = "
      "Attention <scale = -0.5> (q, k, k) }",
      "SX313 attribute-value error 'n': scale is -0.5, and its square root is wanted\n"
      "  help: leave it out for 1 / sqrt(size of a head)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 23]>\n"
      "g (float[1, 2, 4, 8] q, float[1, 2, 6, 8] k) => (float[A, B, C, D] y) { [n] y = "
      "Attention <scale = 0.5> (q, k, k) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}

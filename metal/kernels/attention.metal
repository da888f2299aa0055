// Attention of one new token over a cache of keys and values.

struct AttentionParams {
    uint heads;
    uint kv_heads; // heads is a multiple: grouped-query attention
    uint dim;
    uint capacity; // positions that the cache has room for
    uint length;   // positions that are filled, at least 1
    float scale;
};

// keys and values are [kv_heads, capacity, dim]. One threadgroup a head, of at
// least dim threads. It takes as many positions at a time as it has threads:
// one thread scores one position, then one thread sums one component of the
// values, and earlier sums are corrected when a larger score appears.
kernel void attention_decode(
    device const float* query    [[buffer(0)]],
    device const float* keys     [[buffer(1)]],
    device const float* values   [[buffer(2)]],
    device float* out            [[buffer(3)]],
    constant AttentionParams& p  [[buffer(4)]],
    threadgroup float* weights   [[threadgroup(0)]],
    threadgroup float* slots     [[threadgroup(1)]],
    uint head                    [[threadgroup_position_in_grid]],
    uint thread_index            [[thread_index_in_threadgroup]],
    uint threads                 [[threads_per_threadgroup]],
    uint lane                    [[thread_index_in_simdgroup]],
    uint simdgroup               [[simdgroup_index_in_threadgroup]],
    uint simdgroups              [[simdgroups_per_threadgroup]])
{
    const Place at = {thread_index, threads, lane, simdgroup, simdgroups};
    const uint kv_head = head / (p.heads / p.kv_heads);
    device const float* q = query + size_t(head) * p.dim;
    device const float* k = keys + size_t(kv_head) * p.capacity * p.dim;
    device const float* v = values + size_t(kv_head) * p.capacity * p.dim;

    float largest = -FLT_MAX;
    float sum = 0.0f;
    float component = 0.0f;
    for (uint first = 0; first < p.length; first += threads) {
        const uint position = first + thread_index;
        float score = -FLT_MAX;
        if (position < p.length) {
            score = 0.0f;
            for (uint d = 0; d < p.dim; d++) { score = fma(q[d], k[size_t(position) * p.dim + d], score); }
            score *= p.scale;
        }
        const float next = max(largest, group_max(score, slots, at));
        const float weight = position < p.length ? exp(score - next) : 0.0f;
        const float correction = exp(largest - next);
        weights[thread_index] = weight;
        sum = sum * correction + group_sum(weight, slots, at);
        if (thread_index < p.dim) {
            component *= correction;
            const uint filled = min(threads, p.length - first);
            for (uint i = 0; i < filled; i++) {
                component = fma(weights[i], v[size_t(first + i) * p.dim + thread_index], component);
            }
        }
        largest = next;
    }
    if (thread_index < p.dim) { out[size_t(head) * p.dim + thread_index] = component / sum; }
}

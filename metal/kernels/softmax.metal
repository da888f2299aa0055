// Softmax of every row of a matrix, in one kernel or in three.
//
// -FLT_MAX and not -INFINITY stands for "nothing yet": a fast math mode may
// assume that there are no infinities, and -INFINITY - -INFINITY is NaN.

struct RowParams {
    uint rows;
    uint cols;
};

// One threadgroup a row. A thread keeps the maximum and the sum of its values
// online, so the row is read once, and a second time to write it.
kernel void softmax_online(
    device const float* in     [[buffer(0)]],
    device float* out          [[buffer(1)]],
    constant RowParams& p      [[buffer(2)]],
    threadgroup float* slots   [[threadgroup(0)]],
    uint row                   [[threadgroup_position_in_grid]],
    uint thread_index          [[thread_index_in_threadgroup]],
    uint threads               [[threads_per_threadgroup]],
    uint lane                  [[thread_index_in_simdgroup]],
    uint simdgroup             [[simdgroup_index_in_threadgroup]],
    uint simdgroups            [[simdgroups_per_threadgroup]])
{
    const Place at = {thread_index, threads, lane, simdgroup, simdgroups};
    device const float* x = in + size_t(row) * p.cols;
    device float* y = out + size_t(row) * p.cols;
    // Rows are 16-byte aligned only where cols is a multiple of four.
    const uint quads = p.cols % 4 == 0 ? p.cols / 4 : 0;
    device const float4* x4 = (device const float4*)x;
    device float4* y4 = (device float4*)y;

    float largest = -FLT_MAX;
    float sum = 0.0f;
    for (uint i = thread_index; i < quads; i += threads) {
        const float4 v = x4[i];
        const float next = max(largest, max(max(v.x, v.y), max(v.z, v.w)));
        const float4 e = exp(v - next);
        sum = sum * exp(largest - next) + (e.x + e.y + e.z + e.w);
        largest = next;
    }
    for (uint i = quads * 4 + thread_index; i < p.cols; i += threads) {
        const float next = max(largest, x[i]);
        sum = sum * exp(largest - next) + exp(x[i] - next);
        largest = next;
    }

    const float row_largest = group_max(largest, slots, at);
    const float row_sum = group_sum(sum * exp(largest - row_largest), slots, at);
    const float inverse = 1.0f / row_sum;
    for (uint i = thread_index; i < quads; i += threads) { y4[i] = exp(x4[i] - row_largest) * inverse; }
    for (uint i = quads * 4 + thread_index; i < p.cols; i += threads) { y[i] = exp(x[i] - row_largest) * inverse; }
}

// The three passes of an eager library, each with a result of its own.

kernel void softmax_max(
    device const float* in     [[buffer(0)]],
    device float* maxima       [[buffer(1)]],
    constant RowParams& p      [[buffer(2)]],
    threadgroup float* slots   [[threadgroup(0)]],
    uint row                   [[threadgroup_position_in_grid]],
    uint thread_index          [[thread_index_in_threadgroup]],
    uint threads               [[threads_per_threadgroup]],
    uint lane                  [[thread_index_in_simdgroup]],
    uint simdgroup             [[simdgroup_index_in_threadgroup]],
    uint simdgroups            [[simdgroups_per_threadgroup]])
{
    const Place at = {thread_index, threads, lane, simdgroup, simdgroups};
    float largest = -FLT_MAX;
    for (uint i = thread_index; i < p.cols; i += threads) {
        largest = max(largest, in[size_t(row) * p.cols + i]);
    }
    largest = group_max(largest, slots, at);
    if (thread_index == 0) { maxima[row] = largest; }
}

kernel void softmax_exp_sum(
    device const float* in     [[buffer(0)]],
    device const float* maxima [[buffer(1)]],
    device float* exps         [[buffer(2)]],
    device float* sums         [[buffer(3)]],
    constant RowParams& p      [[buffer(4)]],
    threadgroup float* slots   [[threadgroup(0)]],
    uint row                   [[threadgroup_position_in_grid]],
    uint thread_index          [[thread_index_in_threadgroup]],
    uint threads               [[threads_per_threadgroup]],
    uint lane                  [[thread_index_in_simdgroup]],
    uint simdgroup             [[simdgroup_index_in_threadgroup]],
    uint simdgroups            [[simdgroups_per_threadgroup]])
{
    const Place at = {thread_index, threads, lane, simdgroup, simdgroups};
    float sum = 0.0f;
    for (uint i = thread_index; i < p.cols; i += threads) {
        const size_t k = size_t(row) * p.cols + i;
        const float e = exp(in[k] - maxima[row]);
        exps[k] = e;
        sum += e;
    }
    sum = group_sum(sum, slots, at);
    if (thread_index == 0) { sums[row] = sum; }
}

kernel void softmax_divide(
    device const float* exps   [[buffer(0)]],
    device const float* sums   [[buffer(1)]],
    device float* out          [[buffer(2)]],
    constant RowParams& p      [[buffer(3)]],
    uint row                   [[threadgroup_position_in_grid]],
    uint thread_index          [[thread_index_in_threadgroup]],
    uint threads               [[threads_per_threadgroup]])
{
    for (uint i = thread_index; i < p.cols; i += threads) {
        const size_t k = size_t(row) * p.cols + i;
        out[k] = exps[k] / sums[row];
    }
}

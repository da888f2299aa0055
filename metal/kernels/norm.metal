// Root-mean-square and layer normalization of every row of a matrix.

struct NormParams {
    uint rows;
    uint cols;
    float epsilon;
};

// y = x / sqrt(mean(x*x) + epsilon) * weight; one threadgroup a row.
kernel void rms_norm(
    device const float* in     [[buffer(0)]],
    device const float* weight [[buffer(1)]],
    device float* out          [[buffer(2)]],
    constant NormParams& p     [[buffer(3)]],
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
    float squares = 0.0f;
    for (uint i = thread_index; i < p.cols; i += threads) { squares = fma(x[i], x[i], squares); }
    squares = group_sum(squares, slots, at);
    const float inverse = rsqrt(squares / float(p.cols) + p.epsilon);
    for (uint i = thread_index; i < p.cols; i += threads) { y[i] = x[i] * inverse * weight[i]; }
}

// y = (x - mean) / sqrt(variance + epsilon) * weight + bias. The variance is
// the mean of (x - mean)**2: mean(x*x) - mean**2 cancels where the mean is
// large.
kernel void layer_norm(
    device const float* in     [[buffer(0)]],
    device const float* weight [[buffer(1)]],
    device const float* bias   [[buffer(2)]],
    device float* out          [[buffer(3)]],
    constant NormParams& p     [[buffer(4)]],
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
    float sum = 0.0f;
    for (uint i = thread_index; i < p.cols; i += threads) { sum += x[i]; }
    const float mean = group_sum(sum, slots, at) / float(p.cols);
    float squares = 0.0f;
    for (uint i = thread_index; i < p.cols; i += threads) {
        const float d = x[i] - mean;
        squares = fma(d, d, squares);
    }
    squares = group_sum(squares, slots, at);
    const float inverse = rsqrt(squares / float(p.cols) + p.epsilon);
    for (uint i = thread_index; i < p.cols; i += threads) {
        y[i] = fma((x[i] - mean) * inverse, weight[i], bias[i]);
    }
}

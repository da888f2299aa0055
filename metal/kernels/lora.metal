// Low-rank adapter: y[t,:] += scale * (x[t,:] * A) * B, with A of in rows and
// rank columns, B of rank rows and out columns, both row-major.

struct LoraParams {
    uint tokens;
    uint in;
    uint rank;
    uint out;
    float scale;
};

// One threadgroup a token, in two phases: the hidden values, rank of them, are
// computed once into threadgroup memory, and then all outputs read them. The
// work is tokens * rank * (in + out) multiply-adds; computing the hidden
// values again for every output would make it tokens * rank * in * out.
kernel void lora_fused(
    device const float* x      [[buffer(0)]],
    device const float* a      [[buffer(1)]],
    device const float* b      [[buffer(2)]],
    device float* y            [[buffer(3)]],
    constant LoraParams& p     [[buffer(4)]],
    threadgroup float* hidden  [[threadgroup(0)]],
    threadgroup float* slots   [[threadgroup(1)]],
    uint token                 [[threadgroup_position_in_grid]],
    uint thread_index          [[thread_index_in_threadgroup]],
    uint threads               [[threads_per_threadgroup]],
    uint lane                  [[thread_index_in_simdgroup]],
    uint simdgroup             [[simdgroup_index_in_threadgroup]],
    uint simdgroups            [[simdgroups_per_threadgroup]],
    uint simd_width            [[threads_per_simdgroup]])
{
    device const float* row = x + size_t(token) * p.in;
#if SIMD_REDUCE
    // A simdgroup computes one hidden value at a time.
    for (uint r = simdgroup; r < p.rank; r += simdgroups) {
        float sum = 0.0f;
        for (uint i = lane; i < p.in; i += simd_width) { sum = fma(row[i], a[size_t(i) * p.rank + r], sum); }
        sum = simd_sum(sum);
        if (lane == 0) { hidden[r] = sum * p.scale; }
    }
#else
    const Place at = {thread_index, threads, lane, simdgroup, simdgroups};
    for (uint r = 0; r < p.rank; r++) {
        float sum = 0.0f;
        for (uint i = thread_index; i < p.in; i += threads) { sum = fma(row[i], a[size_t(i) * p.rank + r], sum); }
        sum = group_sum(sum, slots, at);
        if (thread_index == 0) { hidden[r] = sum * p.scale; }
    }
#endif
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint o = thread_index; o < p.out; o += threads) {
        float sum = 0.0f;
        for (uint r = 0; r < p.rank; r++) { sum = fma(hidden[r], b[size_t(r) * p.out + o], sum); }
        y[size_t(token) * p.out + o] += sum;
    }
}

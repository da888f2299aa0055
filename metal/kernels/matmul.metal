// Matrix product of row-major matrices: out[m,n] = a[m,k] * b[k,n].

struct MatMulParams {
    uint m;
    uint k;
    uint n;
};

// The host dispatches threadgroups of TILE x TILE threads.
#define TILE 16u

// One threadgroup computes a tile of the result, one thread a value of it. The
// tiles of a and b go through threadgroup memory, so that a value is read from
// the device once a tile instead of once a result; outside the matrices the
// tiles are zero.
kernel void matmul(
    device const float* a       [[buffer(0)]],
    device const float* b       [[buffer(1)]],
    device float* out           [[buffer(2)]],
    constant MatMulParams& p    [[buffer(3)]],
    threadgroup float* a_tile   [[threadgroup(0)]],
    threadgroup float* b_tile   [[threadgroup(1)]],
    uint2 group                 [[threadgroup_position_in_grid]],
    uint2 in_group              [[thread_position_in_threadgroup]])
{
    const uint x = in_group.x;
    const uint y = in_group.y;
    const uint row = group.y * TILE + y;
    const uint col = group.x * TILE + x;
    float sum = 0.0f;
    for (uint first = 0; first < p.k; first += TILE) {
        const uint ak = first + x;
        const uint bk = first + y;
        a_tile[y * TILE + x] = row < p.m && ak < p.k ? a[size_t(row) * p.k + ak] : 0.0f;
        b_tile[y * TILE + x] = bk < p.k && col < p.n ? b[size_t(bk) * p.n + col] : 0.0f;
        threadgroup_barrier(mem_flags::mem_threadgroup);
        for (uint i = 0; i < TILE; i++) { sum = fma(a_tile[y * TILE + i], b_tile[i * TILE + x], sum); }
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    if (row < p.m && col < p.n) { out[size_t(row) * p.n + col] = sum; }
}

// Operations on vectors of n values, one thread a value, and two chains of them
// in one kernel each.

struct VectorParams {
    uint n;
    float factor;
};

inline float silu_of(float x) { return x / (1.0f + exp(-x)); }

kernel void add(
    device const float* x      [[buffer(0)]],
    device const float* y      [[buffer(1)]],
    device float* out          [[buffer(2)]],
    constant VectorParams& p   [[buffer(3)]],
    uint i                     [[thread_position_in_grid]])
{
    if (i < p.n) { out[i] = x[i] + y[i]; }
}

// out = x + factor * y
kernel void add_scaled(
    device const float* x      [[buffer(0)]],
    device const float* y      [[buffer(1)]],
    device float* out          [[buffer(2)]],
    constant VectorParams& p   [[buffer(3)]],
    uint i                     [[thread_position_in_grid]])
{
    if (i < p.n) { out[i] = fma(p.factor, y[i], x[i]); }
}

kernel void multiply(
    device const float* x      [[buffer(0)]],
    device const float* y      [[buffer(1)]],
    device float* out          [[buffer(2)]],
    constant VectorParams& p   [[buffer(3)]],
    uint i                     [[thread_position_in_grid]])
{
    if (i < p.n) { out[i] = x[i] * y[i]; }
}

kernel void silu(
    device const float* x      [[buffer(0)]],
    device float* out          [[buffer(1)]],
    constant VectorParams& p   [[buffer(2)]],
    uint i                     [[thread_position_in_grid]])
{
    if (i < p.n) { out[i] = silu_of(x[i]); }
}

// out = silu(x + bias) * gate: add, silu and multiply without the two results
// in between, 4 values moved an element instead of 8.
kernel void gated_silu(
    device const float* x      [[buffer(0)]],
    device const float* bias   [[buffer(1)]],
    device const float* gate   [[buffer(2)]],
    device float* out          [[buffer(3)]],
    constant VectorParams& p   [[buffer(4)]],
    uint i                     [[thread_position_in_grid]])
{
    if (i < p.n) { out[i] = silu_of(x[i] + bias[i]) * gate[i]; }
}

// out = residual + gate * (x * scale + shift): two products and two sums without
// the three results in between, 6 values moved an element instead of 12.
kernel void gated_residual(
    device const float* residual [[buffer(0)]],
    device const float* gate     [[buffer(1)]],
    device const float* x        [[buffer(2)]],
    device const float* scale    [[buffer(3)]],
    device const float* shift    [[buffer(4)]],
    device float* out            [[buffer(5)]],
    constant VectorParams& p     [[buffer(6)]],
    uint i                       [[thread_position_in_grid]])
{
    if (i < p.n) { out[i] = fma(gate[i], fma(x[i], scale[i], shift[i]), residual[i]); }
}

// One step of AdamW (Loshchilov and Hutter, Decoupled Weight Decay
// Regularization, 2019, algorithm 2).

struct AdamWParams {
    uint n;
    float rate;
    float beta1;
    float beta2;
    float epsilon;
    float decay;
    float correction1; // 1 - beta1**step
    float correction2; // 1 - beta2**step
};

kernel void adamw_step(
    device float* weight       [[buffer(0)]],
    device const float* grad   [[buffer(1)]],
    device float* mean         [[buffer(2)]],
    device float* square       [[buffer(3)]],
    constant AdamWParams& p    [[buffer(4)]],
    uint i                     [[thread_position_in_grid]])
{
    if (i >= p.n) { return; }
    const float g = grad[i];
    const float m = fma(p.beta1, mean[i], (1.0f - p.beta1) * g);
    const float s = fma(p.beta2, square[i], (1.0f - p.beta2) * g * g);
    mean[i] = m;
    square[i] = s;
    const float step = (m / p.correction1) / (sqrt(s / p.correction2) + p.epsilon);
    weight[i] -= p.rate * (step + p.decay * weight[i]);
}

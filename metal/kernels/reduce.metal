#include <metal_stdlib>
using namespace metal;

// SIMD_REDUCE is set by the host: 1 where the GPU has simdgroup reductions
// (family Apple7 and later), 0 where threadgroup memory alone must do (Apple5,
// the paravirtual GPU of hosted runners).

// The place of a thread in its threadgroup.
struct Place {
    uint thread_index; // in the threadgroup
    uint threads;      // of the threadgroup
    uint lane;         // in the simdgroup
    uint simdgroup;    // of the thread
    uint simdgroups;   // of the threadgroup
};

// group_sum and group_max combine one value of every thread and give the
// result to all of them. All threads must call them. slots holds one float a
// simdgroup (SIMD_REDUCE) or a thread; it is free again on return, and what
// the threads wrote to threadgroup memory before is visible to all.
#if SIMD_REDUCE

inline float group_sum(float value, threadgroup float* slots, Place at)
{
    value = simd_sum(value);
    if (at.lane == 0) { slots[at.simdgroup] = value; }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    float sum = 0.0f;
    for (uint i = 0; i < at.simdgroups; i++) { sum += slots[i]; }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    return sum;
}

inline float group_max(float value, threadgroup float* slots, Place at)
{
    value = simd_max(value);
    if (at.lane == 0) { slots[at.simdgroup] = value; }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    float largest = slots[0];
    for (uint i = 1; i < at.simdgroups; i++) { largest = max(largest, slots[i]); }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    return largest;
}

#else

// The upper half of the slots is folded onto the lower, for any number of
// threads: with an odd one the middle slot waits for the next fold.
inline float group_sum(float value, threadgroup float* slots, Place at)
{
    slots[at.thread_index] = value;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint live = at.threads; live > 1; ) {
        const uint lower = (live + 1) / 2;
        if (at.thread_index < live / 2) { slots[at.thread_index] += slots[at.thread_index + lower]; }
        live = lower;
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    const float sum = slots[0];
    threadgroup_barrier(mem_flags::mem_threadgroup);
    return sum;
}

inline float group_max(float value, threadgroup float* slots, Place at)
{
    slots[at.thread_index] = value;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint live = at.threads; live > 1; ) {
        const uint lower = (live + 1) / 2;
        if (at.thread_index < live / 2) {
            slots[at.thread_index] = max(slots[at.thread_index], slots[at.thread_index + lower]);
        }
        live = lower;
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    const float largest = slots[0];
    threadgroup_barrier(mem_flags::mem_threadgroup);
    return largest;
}

#endif

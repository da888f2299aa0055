// The runtime of the emulator, seen from kernels and from the host.
//
// A dispatch runs one threadgroup after the other. A GPU thread is a fiber: it
// runs until it must wait for others and then gives way, so barriers and
// simdgroup operations are exact. runtime.cpp is never instrumented; the only
// order between threads that ThreadSanitizer learns of comes from barriers.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace emulator {

typedef unsigned uint2 __attribute__((ext_vector_type(2)));
typedef unsigned uint3 __attribute__((ext_vector_type(3)));

constexpr unsigned simd_width = 32;
constexpr unsigned max_scratch = 8;
constexpr unsigned max_buffers = 31;

// What the attributes of a kernel's parameters stand for.
struct Thread {
    uint3 position_in_grid, position_in_group, group_position, threads_per_group, groups_per_grid;
    unsigned index_in_group, lane, simdgroup, simdgroups;
    void* scratch[max_scratch];
};

// A kernel with its parameters bound.
struct Kernel {
    const char* name;
    unsigned buffers, scratch;
    const uint64_t* sizes; // of each buffer: exact for parameters, 0 where any size goes
    void (*call)(const Thread&, void* const* buffers);
};

// Layout shared with Go: struct dispatch in library.go.
struct Dispatch {
    const char* kernel;
    void* const* buffers;
    const uint64_t* buffer_bytes;
    const uint64_t* scratch_bytes;
    uint64_t buffer_count, scratch_count, seed;
    uint32_t groups[3], threads[3];
};

// run returns null or what was wrong. The text stays valid until the next run.
const char* run(const Kernel* kernels, unsigned count, const Dispatch&);

// A place in a kernel's source, to tell barriers apart and to name them.
struct Site {
    const char* file;
    int line;
};

void threadgroup_barrier(bool orders_memory, Site);
void simdgroup_barrier(bool orders_memory, Site);

// exchange publishes value to the simdgroup and returns the values of its
// lanes. active has the bits of the lanes that take part.
struct Lanes {
    uint32_t bits[simd_width];
    uint32_t active;
};
Lanes exchange(uint32_t value, const char* operation, Site);
unsigned lane();

// inexact moves the result of a function by up to ulp units in the last place,
// as GPUs may; by nothing where the seed is 0.
float inexact(float value, int ulp);

} // namespace emulator

#include "runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef EMULATOR_TSAN
extern "C" {
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#define TSAN(statement) statement
#else
#define TSAN(statement)
#endif

// emulator_switch saves the registers that a function must keep on the current
// stack, stores the stack pointer in *save and goes on where the stack at load
// was left. swapcontext does the same with two system calls a switch.
extern "C" void emulator_switch(void** save, void* load) __asm__("emulator_switch");

#if defined(__x86_64__)
constexpr unsigned saved_words = 7; // six registers and the return address
constexpr unsigned entry_word = 6;
__asm__(R"(
.text
.globl emulator_switch
emulator_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
#elif defined(__aarch64__)
constexpr unsigned saved_words = 20; // x19 to x30 and d8 to d15
constexpr unsigned entry_word = 11;  // x30
__asm__(R"(
.text
.globl emulator_switch
emulator_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
)");
#else
#error "the emulator switches stacks on x86-64 and arm64 only"
#endif

namespace emulator {
namespace {

constexpr size_t stack_bytes = 64 << 10;
constexpr unsigned max_threads = 1024;
[[maybe_unused]] constexpr unsigned no_switch_sync = 1; // a switch of fibers orders nothing

// A place where threads meet: a barrier of the threadgroup or of a simdgroup.
struct Meeting {
    unsigned members, arrived, generation;
    Site site;
    const char* operation;
};

struct Fiber {
    Thread thread;
    char* stack;
    void* stack_pointer; // where it gave way
    void* tsan;
    unsigned barriers; // threadgroup barriers passed or waited at
    const Meeting* waits_for; // null while it can run
    unsigned waits_through;   // the generation that must end
    bool done;

    bool blocked() const { return waits_for && waits_for->generation == waits_through; }
};

struct Group {
    Fiber* fibers;
    unsigned size, live, simdgroups;
    Meeting barrier;
    Meeting simd[max_threads / simd_width];
    uint32_t slots[max_threads];
    bool active[max_threads];
    unsigned fewest_barriers; // of the threads that have returned
    unsigned returned;        // a thread that passed so few
    void* scheduler; // its stack pointer
    void* scheduler_tsan;
    Fiber* current;
    const Kernel* kernel;
    void* const* buffers;
    bool progress;
};

// One dispatch runs at a time; the host holds a lock.
Group group;
Fiber fibers[max_threads];
uint64_t seed;
char report[512];
bool failed;
[[maybe_unused]] char end_of_dispatch;

void fail(const char* format, ...)
{
    if (failed) { return; }
    failed = true;
    va_list list;
    va_start(list, format);
    vsnprintf(report, sizeof report, format, list);
    va_end(list);
}

// splitmix64 (Steele, Lea and Flood, Fast splittable pseudorandom number
// generators, 2014).
uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

void give_way()
{
    Fiber* self = group.current;
    TSAN(__tsan_switch_to_fiber(group.scheduler_tsan, no_switch_sync);)
    emulator_switch(&self->stack_pointer, group.scheduler);
}

const char* base(const char* path)
{
    const char* slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// A failed dispatch leaves its fibers where they are; they are never resumed.
[[noreturn]] void stop()
{
    for (;;) { give_way(); }
}

void meet(Meeting& m, const char* operation, bool orders_memory, Site site)
{
    Fiber* self = group.current;
    if (m.arrived == 0) {
        m.site = site;
        m.operation = operation;
    } else if (m.operation != operation || m.site.line != site.line) {
        fail("thread %u is at %s (%s:%d) where others of its group wait at %s (%s:%d)", self->thread.index_in_group,
             operation, base(site.file), site.line, m.operation, base(m.site.file), m.site.line);
        stop();
    }
    TSAN(if (orders_memory) __tsan_release(&m);)
    (void)orders_memory;
    group.progress = true;
    const unsigned generation = m.generation;
    if (++m.arrived == m.members) {
        m.arrived = 0;
        m.generation++;
    } else {
        self->waits_for = &m;
        self->waits_through = generation;
        give_way();
        self->waits_for = nullptr;
    }
    TSAN(if (orders_memory) __tsan_acquire(&m);)
}

// A thread that returns before a barrier which others reach is an error in
// every schedule: whoever comes second sees it.
void check_return(const Fiber* self)
{
    if (group.barrier.arrived > 0) {
        fail("thread %u returned before %s (%s:%d), where others wait", self->thread.index_in_group,
             group.barrier.operation, base(group.barrier.site.file), group.barrier.site.line);
        return;
    }
    if (self->barriers < group.fewest_barriers) {
        group.fewest_barriers = self->barriers;
        group.returned = self->thread.index_in_group;
    }
}

void fiber_main()
{
    Fiber* self = group.current;
    group.kernel->call(self->thread, group.buffers);
    self->done = true;
    group.live--;
    group.simd[self->thread.simdgroup].members--;
    group.progress = true;
    check_return(self);
    TSAN(__tsan_release(&end_of_dispatch);)
    stop();
}

void start(Fiber& f, unsigned index, uint3 position, uint3 groups, uint3 threads, void* const* scratch)
{
    Thread& t = f.thread;
    t.index_in_group = index;
    t.lane = index % simd_width;
    t.simdgroup = index / simd_width;
    t.simdgroups = group.simdgroups;
    t.position_in_group = uint3{index % threads.x, index / threads.x % threads.y, index / threads.x / threads.y};
    t.group_position = position;
    t.position_in_grid = position * threads + t.position_in_group;
    t.threads_per_group = threads;
    t.groups_per_grid = groups;
    memcpy(t.scratch, scratch, sizeof t.scratch);
    f.done = false;
    f.waits_for = nullptr;
    f.barriers = 0;
    if (!f.stack) {
        f.stack = (char*)mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (f.stack == (char*)MAP_FAILED) {
        f.stack = nullptr;
        fail("no memory for the stack of thread %u", index);
        return;
    }
    // As if fiber_main had been called from nowhere: its frame begins one word
    // below a multiple of 16.
    void** top = (void**)(f.stack + stack_bytes) - 1;
    void** frame = top - saved_words;
    frame[entry_word] = (void*)fiber_main;
    f.stack_pointer = frame;
    TSAN(f.tsan = __tsan_create_fiber(0);)
    group.simd[t.simdgroup].members++;
}

void shuffle(unsigned* order, unsigned n, uint64_t round)
{
    for (unsigned i = n; i > 1; i--) {
        const unsigned j = mix(seed ^ mix(round * max_threads + i)) % i;
        const unsigned other = order[i - 1];
        order[i - 1] = order[j];
        order[j] = other;
    }
}

void report_deadlock()
{
    for (unsigned i = 0; i < group.size; i++) {
        const Fiber& f = group.fibers[i];
        if (f.done || !f.waits_for) { continue; }
        const Meeting& m = *f.waits_for;
        fail("thread %u waits at %s (%s:%d) for threads that never come", i, m.operation, base(m.site.file), m.site.line);
    }
}

void schedule(uint64_t round)
{
    unsigned order[max_threads];
    for (unsigned i = 0; i < group.size; i++) { order[i] = i; }
    while (group.live > 0 && !failed) {
        if (seed != 0) { shuffle(order, group.size, round++); }
        group.progress = false;
        for (unsigned i = 0; i < group.size && !failed; i++) {
            Fiber& f = group.fibers[order[i]];
            if (f.done || f.blocked()) { continue; }
            group.current = &f;
            TSAN(__tsan_switch_to_fiber(f.tsan, no_switch_sync);)
            emulator_switch(&group.scheduler, f.stack_pointer);
        }
        if (!group.progress) { report_deadlock(); }
    }
}

#ifdef EMULATOR_TSAN
// Unmapping a stack makes ThreadSanitizer forget what the thread did there;
// used again it would look like a race between threadgroups.
void discard_fibers()
{
    for (unsigned i = 0; i < group.size; i++) {
        munmap(fibers[i].stack, stack_bytes);
        fibers[i].stack = nullptr;
        __tsan_destroy_fiber(fibers[i].tsan);
    }
}
#endif

void run_group(uint3 position, uint3 groups, uint3 threads, void* const* scratch, uint64_t number)
{
    group.fibers = fibers;
    group.size = group.live = threads.x * threads.y * threads.z;
    group.simdgroups = (group.size + simd_width - 1) / simd_width;
    group.barrier = Meeting{group.size, 0, 0, {}, nullptr};
    memset(group.simd, 0, sizeof group.simd);
    memset(group.active, 0, sizeof group.active);
    group.fewest_barriers = ~0u;
    TSAN(group.scheduler_tsan = __tsan_get_current_fiber();)
    for (unsigned i = 0; i < group.size; i++) { start(fibers[i], i, position, groups, threads, scratch); }
    if (!failed) { schedule(number << 32); }
    TSAN(discard_fibers();)
}

const Kernel* find(const Kernel* kernels, unsigned count, const char* name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(kernels[i].name, name) == 0) { return &kernels[i]; }
    }
    fail("no kernel is called %s", name);
    return nullptr;
}

bool check(const Kernel& k, const Dispatch& d)
{
    const uint64_t threads = (uint64_t)d.threads[0] * d.threads[1] * d.threads[2];
    if (d.buffer_count != k.buffers) {
        fail("%s has %u buffers, the dispatch binds %u", k.name, k.buffers, (unsigned)d.buffer_count);
    } else if (d.scratch_count != k.scratch) {
        fail("%s has %u threadgroup arguments, the dispatch gives %u lengths", k.name, k.scratch, (unsigned)d.scratch_count);
    } else if (threads == 0 || threads > max_threads) {
        fail("%s: %u threads a threadgroup, must be 1 to %u", k.name, (unsigned)threads, max_threads);
    }
    for (unsigned i = 0; i < k.buffers && !failed; i++) {
        if (k.sizes[i] != 0 && k.sizes[i] != d.buffer_bytes[i]) {
            fail("%s: parameters at buffer %u are %u bytes, the kernel's struct has %u", k.name, i,
                 (unsigned)d.buffer_bytes[i], (unsigned)k.sizes[i]);
        }
    }
    return !failed;
}

// Threadgroup memory has its exact length, so that AddressSanitizer finds a
// store behind it, and holds NaN when a threadgroup starts.
struct Scratch {
    void* memory[max_scratch];

    Scratch(const Dispatch& d) : memory{}
    {
        for (unsigned i = 0; i < d.scratch_count; i++) {
            memory[i] = malloc(d.scratch_bytes[i]);
            memset(memory[i], 0xff, d.scratch_bytes[i]);
        }
    }
};

void run_grid(const Dispatch& d)
{
    const uint3 groups = {d.groups[0], d.groups[1], d.groups[2]};
    const uint3 threads = {d.threads[0], d.threads[1], d.threads[2]};
    const uint64_t count = (uint64_t)groups.x * groups.y * groups.z;
    // All of it lives until the end: memory that one threadgroup frees and the
    // next receives would look like a race between them.
    Scratch* all = (Scratch*)calloc(count, sizeof(Scratch));
    for (uint64_t i = 0; i < count && !failed; i++) {
        const unsigned x = i % groups.x, y = i / groups.x % groups.y, z = i / groups.x / groups.y;
        all[i] = Scratch(d);
        run_group(uint3{x, y, z}, groups, threads, all[i].memory, i);
    }
    TSAN(__tsan_acquire(&end_of_dispatch);)
    for (uint64_t i = 0; i < count; i++) {
        for (void* memory : all[i].memory) { free(memory); }
    }
    free(all);
}

} // namespace

void threadgroup_barrier(bool orders_memory, Site site)
{
    Fiber* self = group.current;
    self->barriers++;
    if (self->barriers > group.fewest_barriers) {
        fail("thread %u returned before threadgroup_barrier (%s:%d), where others wait", group.returned, base(site.file), site.line);
        stop();
    }
    meet(group.barrier, "threadgroup_barrier", orders_memory, site);
}

void simdgroup_barrier(bool orders_memory, Site site)
{
    meet(group.simd[group.current->thread.simdgroup], "simdgroup_barrier", orders_memory, site);
}

Lanes exchange(uint32_t value, const char* operation, Site site)
{
    const Thread& t = group.current->thread;
    const unsigned first = t.simdgroup * simd_width;
    Meeting& m = group.simd[t.simdgroup];
    group.slots[first + t.lane] = value;
    group.active[first + t.lane] = true;
    meet(m, operation, false, site);
    Lanes lanes = {{}, 0};
    for (unsigned i = 0; i < simd_width; i++) {
        if (first + i >= group.size || !group.active[first + i] || group.fibers[first + i].done) { continue; }
        lanes.bits[i] = group.slots[first + i];
        lanes.active |= 1u << i;
    }
    meet(m, operation, false, site); // all have read before a slot is written again
    return lanes;
}

unsigned lane() { return group.current->thread.lane; }

float inexact(float value, int ulp)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t exponent = bits >> 23 & 0xff;
    if (seed == 0 || exponent < 2 || exponent > 253) { return value; }
    bits += (int)(mix(seed ^ bits) % (2 * ulp + 1)) - ulp;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

const char* run(const Kernel* kernels, unsigned count, const Dispatch& d)
{
    failed = false;
    seed = d.seed;
    group.kernel = find(kernels, count, d.kernel);
    group.buffers = d.buffers;
    if (group.kernel && check(*group.kernel, d)) { run_grid(d); }
    return failed ? report : nullptr;
}

} // namespace emulator

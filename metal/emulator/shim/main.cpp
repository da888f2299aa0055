// A process for one dispatch, where a sanitizer must own the process: reads
// the dispatch from stdin and writes the buffers to stdout. Exit code 3 means
// that the runtime refused or stopped it, with the reason on stderr.
//
// Input, little-endian: kernel name (u64 length, bytes), groups and threads
// (6 u32), seed (u64), scratch (u64 count, u64 lengths), buffers (u64 count,
// each u64 length, bytes).
#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>

extern "C" const char* emulator_run(const emulator::Dispatch*);

static void read_all(void* to, size_t n)
{
    if (fread(to, 1, n, stdin) != n) {
        fprintf(stderr, "the dispatch on stdin is cut off\n");
        exit(2);
    }
}

static uint64_t read_u64()
{
    uint64_t v;
    read_all(&v, sizeof v);
    return v;
}

static uint64_t read_count(uint64_t most)
{
    const uint64_t n = read_u64();
    if (n > most) {
        fprintf(stderr, "%llu arguments, at most %llu are possible\n", (unsigned long long)n, (unsigned long long)most);
        exit(2);
    }
    return n;
}

int main()
{
    emulator::Dispatch d = {};
    const uint64_t name_length = read_u64();
    char* name = (char*)calloc(1, name_length + 1);
    read_all(name, name_length);
    d.kernel = name;
    read_all(d.groups, sizeof d.groups);
    read_all(d.threads, sizeof d.threads);
    d.seed = read_u64();
    uint64_t scratch[emulator::max_scratch], bytes[emulator::max_buffers];
    void* buffers[emulator::max_buffers];
    d.scratch_count = read_count(emulator::max_scratch);
    for (uint64_t i = 0; i < d.scratch_count; i++) { scratch[i] = read_u64(); }
    d.buffer_count = read_count(emulator::max_buffers);
    for (uint64_t i = 0; i < d.buffer_count; i++) {
        bytes[i] = read_u64();
        buffers[i] = malloc(bytes[i]); // exact, so that AddressSanitizer sees its ends
        read_all(buffers[i], bytes[i]);
    }
    d.scratch_bytes = scratch;
    d.buffer_bytes = bytes;
    d.buffers = buffers;
    if (const char* wrong = emulator_run(&d)) {
        fprintf(stderr, "%s\n", wrong);
        return 3;
    }
    for (uint64_t i = 0; i < d.buffer_count; i++) { fwrite(buffers[i], 1, bytes[i], stdout); }
    return 0;
}

//go:build darwin || linux

package metal

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
)

// The C side of objc_msgSend as Metal's methods are declared: a compiler's own
// idea of how sizes go by value and how a double comes back.
const stub = `
#include <stdint.h>
typedef struct { uintptr_t width, height, depth; } MTLSize;
uintptr_t seen[8];
void stub_sizes(void* self, void* selector, MTLSize groups, MTLSize threads) {
  uintptr_t all[] = {(uintptr_t)self, (uintptr_t)selector, groups.width, groups.height, groups.depth, threads.width, threads.height, threads.depth};
  for (int i = 0; i < 8; i++) seen[i] = all[i];
}
double stub_float(void* self, void* selector) { return (uintptr_t)self + (uintptr_t)selector / 8.0; }
uintptr_t stub_send(void* self, void* selector, uintptr_t a, void* b, _Bool c) {
  return (uintptr_t)self + (uintptr_t)selector * 10 + a * 100 + *(uint8_t*)b * 1000 + c * 10000;
}
`

func TestMessagesReachC(t *testing.T) {
	library := compileStub(t)
	symbol := func(name string) uintptr {
		address, err := purego.Dlsym(library, name)
		if err != nil {
			t.Fatal(err)
		}
		return address
	}

	bindMsgSend(symbol("stub_sizes")).sendSizes(1, 2, Size{3, 4, 5}, Size{6, 7, 8})
	seen := (*[8]uintptr)(foreign(symbol("seen")))
	if want := []uintptr{1, 2, 3, 4, 5, 6, 7, 8}; !slices.Equal(seen[:], want) {
		t.Errorf("sizes by value: C saw %v, want %v", seen[:], want)
	}
	if got := bindMsgSend(symbol("stub_float")).sendFloat(3, 2); got != 3.25 {
		t.Errorf("a double came back as %g, want 3.25", got)
	}
	var pins runtime.Pinner
	defer pins.Unpin()
	four := new(byte)
	*four = 4
	pins.Pin(four)
	if got := bindMsgSend(symbol("stub_send")).send(1, 2, 3, uintptr(unsafe.Pointer(four)), 1); got != 14321 {
		t.Errorf("integers, a pointer and a bool: C answered %d, want 14321", got)
	}
}

// BenchmarkMessage is the cost of one message on the encode path.
func BenchmarkMessage(b *testing.B) {
	library := compileStub(b)
	address, err := purego.Dlsym(library, "stub_float")
	if err != nil {
		b.Fatal(err)
	}
	m := bindMsgSend(address)
	b.ReportAllocs()
	for b.Loop() {
		m.send(1, 2)
	}
}

func compileStub(t testing.TB) uintptr {
	t.Helper()
	compiler, err := exec.LookPath("clang-19")
	if err != nil {
		compiler, err = exec.LookPath("cc")
	}
	if err != nil && os.Getenv("CUPEL_REQUIRE_TOOLS") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("no C compiler: ", err)
	}
	source, out := filepath.Join(t.TempDir(), "stub.c"), filepath.Join(t.TempDir(), "stub.so")
	if err := os.WriteFile(source, []byte(stub), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.CommandContext(t.Context(), compiler, "-shared", "-fPIC", "-O1", source, "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("compile the stub: %v\n%s", err, text)
	}
	library, err := purego.Dlopen(out, purego.RTLD_NOW)
	if err != nil {
		t.Fatal(err)
	}
	return library
}

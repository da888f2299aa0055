package pack

import (
	"debug/elf"
	"encoding/binary"
	"testing"
)

// elfHeader is the smallest ELF file: a header, and nothing that it could name.
func elfHeader(machine elf.Machine) []byte {
	h := make([]byte, 64)
	copy(h, elf.ELFMAG)
	h[elf.EI_CLASS], h[elf.EI_DATA], h[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	binary.LittleEndian.PutUint16(h[16:], uint16(elf.ET_EXEC))
	binary.LittleEndian.PutUint16(h[18:], uint16(machine))
	binary.LittleEndian.PutUint32(h[20:], uint32(elf.EV_CURRENT))
	return h
}

func TestIdentify(t *testing.T) {
	for _, test := range []struct {
		name   string
		data   []byte
		want   executable
		static bool
		fails  bool
	}{
		{"ELF", elfHeader(elf.EM_AARCH64), executable{"ELF", "arm64"}, true, false},
		{"ELF for a machine that Cupel does not know", elfHeader(elf.EM_68K), executable{"ELF", ""}, true, false},
		{"half a header", elfHeader(elf.EM_X86_64)[:20], executable{}, false, true},
		{"a script", []byte("#!/bin/sh\n"), executable{}, false, true},
		{"nothing", nil, executable{}, false, true},
	} {
		got, static, err := identify(test.data)
		if got != test.want || static != test.static || (err != nil) != test.fails {
			t.Errorf("%s: got %+v, static %v, %v", test.name, got, static, err)
		}
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add(elfHeader(elf.EM_X86_64))
	f.Add([]byte{0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1})
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, static, err := identify(data); err != nil && (static || got != executable{}) {
			t.Errorf("an error, and still %+v, static %v", got, static)
		}
	})
}

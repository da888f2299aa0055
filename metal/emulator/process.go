package emulator

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/cupel-dev/cupel/metal"
)

// Exit codes of an isolated dispatch: the runtime's own, and the ones that the
// sanitizers are told to use.
const (
	exitStopped = 3
	exitRace    = 66
	exitMemory  = 67
)

func (p *process) run(ctx context.Context, d metal.Dispatch, seed uint64) error {
	if p.path == "" {
		return errClosed
	}
	args := arguments(d)
	cmd := exec.CommandContext(ctx, p.path)
	cmd.Stdin = bytes.NewReader(encode(d, args, seed))
	cmd.Env = append(os.Environ(),
		fmt.Sprintf("TSAN_OPTIONS=halt_on_error=1:history_size=7:exitcode=%d", exitRace),
		fmt.Sprintf("ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:exitcode=%d", exitMemory),
		"UBSAN_OPTIONS=print_stacktrace=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fault(d.Kernel, err, stderr.String())
	}
	return decode(stdout.Bytes(), args[:len(d.Buffers)])
}

// fault says what the end of an isolated dispatch means.
func fault(kernel string, err error, report string) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("run %s in a process: %w", kernel, err)
	}
	kinds := map[int]FaultKind{exitStopped: Stopped, exitRace: DataRace, exitMemory: MemoryError}
	kind, ok := kinds[exit.ExitCode()]
	if !ok {
		kind = Crashed
		report = exit.String() + "\n" + report
	}
	return &Fault{Kernel: kernel, Kind: kind, Report: strings.TrimSpace(report)}
}

// encode is the input that shim/main.cpp describes.
func encode(d metal.Dispatch, args [][]byte, seed uint64) []byte {
	var b []byte
	number := func(n int) { b = binary.LittleEndian.AppendUint64(b, uint64(n)) }
	text := func(p []byte) { number(len(p)); b = append(b, p...) }
	text([]byte(d.Kernel))
	for _, n := range []uint{d.Groups.X, d.Groups.Y, d.Groups.Z, d.Threads.X, d.Threads.Y, d.Threads.Z} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = binary.LittleEndian.AppendUint64(b, seed)
	number(len(d.Scratch))
	for _, n := range d.Scratch {
		number(n)
	}
	number(len(args))
	for _, arg := range args {
		text(arg)
	}
	return b
}

// decode copies the buffers that a dispatch left behind into ours.
func decode(out []byte, buffers [][]byte) error {
	for _, b := range buffers {
		if len(out) < len(b) {
			return errors.New("run in a process: the buffers that came back are cut off")
		}
		out = out[copy(b, out):]
	}
	return nil
}

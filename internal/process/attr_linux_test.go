package process_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"
)

func TestAChildDiesWithAParentThatWasKilled(t *testing.T) {
	parent := exec.Command(os.Args[0], "sh", "-c", "echo ready; exec sleep 1000")
	parent.Env = append(os.Environ(), actAsParent+"=1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	parent.Stdout = w // parent and child hold it: it ends when both are gone
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	out := bufio.NewReader(r)
	if line, err := out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child printed %q, %v", line, err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
}

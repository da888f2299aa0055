package metal

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed kernels/*.metal
var kernelFiles embed.FS

// sourceOrder begins with what the others use.
var sourceOrder = []string{"reduce", "softmax", "norm", "matmul", "lora", "elementwise", "attention", "adamw"}

// A SourceFile is one file of kernels.
type SourceFile struct{ Name, Text string }

// Sources returns the kernels' files, in the order in which they form one
// program.
func Sources() ([]SourceFile, error) {
	files := make([]SourceFile, 0, len(sourceOrder))
	for _, name := range sourceOrder {
		text, err := kernelFiles.ReadFile("kernels/" + name + ".metal")
		if err != nil {
			return nil, fmt.Errorf("read embedded kernels: %w", err)
		}
		files = append(files, SourceFile{name + ".metal", string(text)})
	}
	return files, nil
}

// Program joins files into the text that a Metal compiler receives. It names
// files and lines as they were. simdReduce chooses reductions by simdgroup
// instead of by threadgroup memory alone.
func Program(files []SourceFile, simdReduce bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#define SIMD_REDUCE %d\n", flag(simdReduce))
	for _, f := range files {
		fmt.Fprintf(&b, "#line 1 %q\n%s", f.Name, f.Text)
	}
	return b.String()
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

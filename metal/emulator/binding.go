package emulator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/metal"
)

// builtins are the attributes of what a thread knows of itself, with the
// expression for them; a position has three dimensions.
var builtins = map[string]struct {
	expression string
	position   bool
}{
	"thread_position_in_grid":        {"t.position_in_grid", true},
	"thread_position_in_threadgroup": {"t.position_in_group", true},
	"threadgroup_position_in_grid":   {"t.group_position", true},
	"threads_per_threadgroup":        {"t.threads_per_group", true},
	"threadgroups_per_grid":          {"t.groups_per_grid", true},
	"thread_index_in_threadgroup":    {"t.index_in_group", false},
	"thread_index_in_simdgroup":      {"t.lane", false},
	"simdgroup_index_in_threadgroup": {"t.simdgroup", false},
	"simdgroups_per_threadgroup":     {"t.simdgroups", false},
	"threads_per_simdgroup":          {"emulator::simd_width", false},
}

// components are the types of a position and what they take of it.
var components = map[string]string{"uint": ".x", "uint2": ".xy", "uint3": ""}

// unit is a C++ translation unit: the files without attributes, and for each
// kernel a function that binds its parameters.
func unit(files []metal.SourceFile, simdReduce bool) (string, error) {
	stripped := slices.Clone(files)
	var bindings, table strings.Builder
	for i, file := range files {
		kernels, err := parseKernels(file)
		if err != nil {
			return "", err
		}
		for _, k := range kernels {
			text, err := k.binding()
			if err != nil {
				return "", fmt.Errorf("%s: kernel %s: %w", file.Name, k.name, err)
			}
			bindings.WriteString(text)
			fmt.Fprintf(&table, "    %s_kernel,\n", k.name)
		}
		stripped[i].Text = blank(blank(file.Text, comment), attribute)
	}
	return fmt.Sprintf(`%s
#ifndef EMULATOR_ADDRESS_SPACES
#line 1 "bindings"
%s
static const emulator::Kernel kernels[] = {
%s};
extern "C" const char* emulator_run(const emulator::Dispatch* d)
{
    return emulator::run(kernels, sizeof kernels / sizeof kernels[0], *d);
}
#endif
`, metal.Program(stripped, simdReduce), &bindings, &table), nil
}

// binding is the C++ that calls the kernel with its parameters bound.
func (k kernelDecl) binding() (string, error) {
	var sizes, args []string
	scratch, position := 0, ""
	for _, p := range k.params {
		arg, err := p.argument()
		if err != nil {
			return "", err
		}
		args = append(args, arg)
		switch {
		case p.attribute == "buffer" && p.index != len(sizes):
			return "", fmt.Errorf("%s is buffer(%d), the next one must be %d", p.name, p.index, len(sizes))
		case p.attribute == "buffer":
			sizes = append(sizes, p.size())
		case p.attribute == "threadgroup" && p.index != scratch:
			return "", fmt.Errorf("%s is threadgroup(%d), the next one must be %d", p.name, p.index, scratch)
		case p.attribute == "threadgroup":
			scratch++
		case builtins[p.attribute].position && position != "" && position != p.typ:
			return "", fmt.Errorf("%s is %s where other positions are %s: Metal wants one type for all", p.name, p.typ, position)
		case builtins[p.attribute].position:
			position = p.typ
		}
	}
	return fmt.Sprintf(`static const uint64_t %[1]s_sizes[] = {%[2]s};
static void %[1]s_call(const emulator::Thread& t, void* const* b) { (void)t; %[1]s(%[3]s); }
static const emulator::Kernel %[1]s_kernel = {%[1]q, %[4]d, %[5]d, %[1]s_sizes, %[1]s_call};
`, k.name, strings.Join(sizes, ", "), strings.Join(args, ", "), len(sizes), scratch), nil
}

// size is the exact length of a parameter struct, 0 for a buffer of any length.
func (p paramDecl) size() string {
	if !strings.HasSuffix(p.typ, "&") {
		return "0"
	}
	return "sizeof(" + strings.TrimPrefix(strings.TrimSuffix(p.typ, "&"), "constant ") + ")"
}

func (p paramDecl) argument() (string, error) {
	referred, isReference := strings.CutSuffix(p.typ, "&")
	builtin, isBuiltin := builtins[p.attribute]
	switch {
	case p.attribute == "buffer" && isReference:
		return fmt.Sprintf("*(%s*)b[%d]", referred, p.index), nil
	case p.attribute == "buffer":
		return fmt.Sprintf("(%s)b[%d]", p.typ, p.index), nil
	case p.attribute == "threadgroup":
		return fmt.Sprintf("(%s)t.scratch[%d]", p.typ, p.index), nil
	case !isBuiltin:
		return "", fmt.Errorf("%s: the emulator does not know the attribute %s", p.name, p.attribute)
	case !builtin.position && p.typ != "uint":
		return "", fmt.Errorf("%s: %s must be a uint, not %s", p.name, p.attribute, p.typ)
	case !builtin.position:
		return builtin.expression, nil
	}
	component, ok := components[p.typ]
	if !ok {
		return "", fmt.Errorf("%s: %s must be a uint, uint2 or uint3, not %s", p.name, p.attribute, p.typ)
	}
	return builtin.expression + component, nil
}

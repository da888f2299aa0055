package evidence

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/host"
)

// An Environment is where evidence was measured: an allow-list of fields, so
// that nothing names the machine, its owner or their paths.
type Environment struct {
	Host       host.Description  `json:"host"`
	Class      string            `json:"host_class"` // equal on machines whose numbers may be compared
	Toolchains map[string]string `json:"toolchains"`
	Commit     string            `json:"commit"`
}

// Text renders the environment for people.
func (e Environment) Text() string {
	h := e.Host
	lines := [][2]string{
		{"host class", e.Class},
		{"system", strings.TrimSpace(h.OS + " " + h.OSVersion)},
		{"kernel", h.Kernel},
		{"architecture", h.Arch},
		{"model", h.Model},
		{"processor", h.CPU},
		{"cores", cores(h)},
		{"memory", FormatValue(float64(h.Memory), "B")},
		{"graphics", h.GPU},
		{"virtual machine", h.Hypervisor},
		{"container", h.Container},
		{"governor", h.Governor},
		{"commit", e.Commit},
	}
	for _, tool := range slices.Sorted(maps.Keys(e.Toolchains)) {
		lines = append(lines, [2]string{tool, e.Toolchains[tool]})
	}
	var b strings.Builder
	for _, line := range lines {
		if line[1] == "" {
			line[1] = "not known"
		}
		fmt.Fprintf(&b, "%-18s%s\n", line[0]+":", line[1])
	}
	return b.String()
}

func cores(h host.Description) string {
	text := fmt.Sprintf("%d logical", h.LogicalCores)
	if h.PhysicalCores > 0 {
		text = fmt.Sprintf("%d physical, ", h.PhysicalCores) + text
	}
	for _, level := range h.PerfLevels {
		text += fmt.Sprintf(", %d %s", level.Cores, level.Name)
	}
	return text
}

// ReadEnvironment reads environment.json.
func ReadEnvironment(fsys fs.FS) (Environment, error) {
	var e Environment
	text, err := fs.ReadFile(fsys, "environment.json")
	if err != nil {
		return e, fmt.Errorf("read environment: %w", err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("read environment.json: %w", err)
	}
	return e, nil
}

package compare

import (
	"regexp"
	"slices"
	"strings"
)

// facts are where tools write down what they ran on: go test's header, also
// inside test2json, and the JSON of pytest-benchmark, Google Benchmark and
// llama-bench.
var facts = []struct {
	pattern *regexp.Regexp
	unit    string
}{
	{regexp.MustCompile(`(?m)(?:^|"Output":")(?:goos|goarch|cpu): ([^"\\\r\n]+)`), ""},
	{regexp.MustCompile(`"brand(?:_raw)?"\s*:\s*"([^"]+)"`), ""},
	{regexp.MustCompile(`"(?:num_cpus|count)"\s*:\s*([0-9]+),`), " CPUs"},
	{regexp.MustCompile(`"(?:cpu_info|gpu_info)"\s*:\s*"([^"]+)"`), ""},
}

// machine is what the beginning of a file says of the machine; "" where it says
// nothing. Equal texts do not prove that it is one machine.
func machine(start []byte) string {
	var found []string
	for _, fact := range facts {
		for _, m := range fact.pattern.FindAllSubmatch(start, -1) {
			if value := strings.TrimSpace(string(m[1])) + fact.unit; !slices.Contains(found, value) {
				found = append(found, value)
			}
		}
	}
	return strings.Join(found, ", ")
}

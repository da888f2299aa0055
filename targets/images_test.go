package targets

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git/gittest"
)

func TestImagesAreThoseThatStepsNameAndThatAreNotOnDisk(t *testing.T) {
	dir := gittest.Init(t, map[string]string{"go.mod": "module example.com/x\n\ngo 1.26\n", "a.sh": "", "layout/oci-layout": "{}"})
	p := &place{dir: dir, config: &config.Config{CI: config.CI{
		Images: map[string]string{"go": "./written/later", "docs": "example.com/docs:1", "here": "./layout"},
		Steps: []config.Step{
			{Pipeline: "package", Name: "docs", Image: "docs", Run: []string{"make"}, Secrets: []string{"NOT_IN_THE_ENVIRONMENT"}},
			{Pipeline: "lint", Name: "spell", Image: "here", Run: []string{"spell"}},
		},
	}}}
	needed, err := p.neededImages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, image := range needed {
		ref, _, _ := strings.Cut(image.Ref, ":")
		got = append(got, image.Name+" "+ref)
	}
	if want := "docs example.com/docs, go golang, shellcheck koalaman/shellcheck"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, ", "), want)
	}
	p.config.CI.Steps[1].Image = "nowhere"
	if _, err := p.neededImages(t.Context()); err == nil || !strings.Contains(err.Error(), `names the image "nowhere"`) {
		t.Errorf("an image that nobody named: %v", err)
	}
}

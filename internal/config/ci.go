package config

import (
	"fmt"
	"strings"
)

// check says what the types of [ci] cannot.
func (c *CI) check() error {
	for i, s := range c.Steps {
		if s.Name == "" || s.Image == "" || len(s.Run) == 0 {
			return fmt.Errorf("[[ci.step]] number %d (%q): name, image and run are needed", i+1, s.Name)
		}
		key := fmt.Sprintf("[[ci.step]] %q: pipeline", s.Name)
		if err := oneOf(key, s.Pipeline, "lint", "test", "audit", "package"); err != nil {
			return err
		}
	}
	for i, a := range c.Waivers {
		if a.ID == "" || strings.TrimSpace(a.Reason) == "" || a.Expires == (LocalDate{}) {
			return fmt.Errorf("[[ci.waiver]] number %d (%q): id, reason and expires are needed", i+1, a.ID)
		}
	}
	return nil
}

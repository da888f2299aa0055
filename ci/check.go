package ci

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// stepName is what can be part of a file name on every system.
var stepName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]*$`)

// check refuses a pipeline whose steps could not all be run as they are
// written.
func (p Pipeline) check(images map[string]Image) error {
	byName := make(map[string]Step, len(p.Steps))
	for _, s := range p.Steps {
		if _, twice := byName[s.Name]; twice {
			return fmt.Errorf("two steps are named %q", s.Name)
		}
		byName[s.Name] = s
	}
	for _, s := range p.Steps {
		if err := s.check(images, byName); err != nil {
			return fmt.Errorf("step %q: %w", s.Name, err)
		}
	}
	return acyclic(p.Steps, byName)
}

func (s Step) check(images map[string]Image, byName map[string]Step) error {
	if !stepName.MatchString(s.Name) {
		return fmt.Errorf("name: want small letters, digits, '_', '-' and '.', since it becomes a file name")
	}
	if len(s.Run) == 0 {
		return fmt.Errorf("run: missing: the command, as a list of words")
	}
	if _, ok := images[s.Image]; !ok {
		return fmt.Errorf("there is no image %q: name one in [ci.images]", s.Image)
	}
	for _, need := range s.Needs {
		if _, ok := byName[need]; !ok {
			return fmt.Errorf("it needs %q, which is no step of this pipeline", need)
		}
	}
	if s.Dir != "" && !fs.ValidPath(path.Clean(s.Dir)) {
		return fmt.Errorf("dir %q: want a directory of the project", s.Dir)
	}
	for _, out := range s.Outputs {
		if !fs.ValidPath(out) || out == "." {
			return fmt.Errorf("output %q: want a directory below the project", out)
		}
	}
	return errors.Join(s.checkVariables(), s.hidesSecrets())
}

// variable is the name of an environment variable in every shell.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkVariables refuses names that are none, and a value that would be shown
// because it stands in the place of a secret.
func (s Step) checkVariables() error {
	for _, secret := range s.Secrets {
		if _, twice := s.Env[secret.Name]; twice {
			return fmt.Errorf("env and secrets both name %s", secret.Name)
		}
		if !variable.MatchString(secret.Name) {
			return fmt.Errorf("secret %q: want the name of a variable", secret.Name)
		}
	}
	for name, value := range s.Env {
		if !variable.MatchString(name) || strings.Contains(value, "\x00") {
			return fmt.Errorf("env %q: want the name of a variable, and text", name)
		}
	}
	return nil
}

// hidesSecrets refuses a secret in a place that is shown.
func (s Step) hidesSecrets() error {
	for _, secret := range s.Secrets {
		for _, arg := range s.Run {
			if secret.Value != "" && strings.Contains(arg, secret.Value) {
				return fmt.Errorf("the secret %s is in its arguments: let the program read the variable", secret.Name)
			}
		}
	}
	return nil
}

// acyclic refuses steps that wait for each other.
func acyclic(steps []Step, byName map[string]Step) error {
	const open, done = 1, 2
	state := make(map[string]int)
	var visit func(name string) error
	visit = func(name string) error {
		switch state[name] {
		case open:
			return fmt.Errorf("step %q needs itself, through others", name)
		case done:
			return nil
		}
		state[name] = open
		for _, need := range byName[name].Needs {
			if err := visit(need); err != nil {
				return err
			}
		}
		state[name] = done
		return nil
	}
	for _, s := range steps {
		if err := visit(s.Name); err != nil {
			return err
		}
	}
	return nil
}

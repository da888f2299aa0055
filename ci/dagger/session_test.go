package dagger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// A session stands for an engine: it speaks the API over HTTP, checks every
// query against the schema of the supported version, and does on this machine
// what the engine does in containers. A container's /src is a copy of the
// directory that was sent, its caches are directories, and its programs are
// those of this machine.
type session struct {
	t       *testing.T
	schema  *ast.Schema
	version string
	dir     string
	fail    map[string]error // the field that fails, and how
	hang    chan struct{}    // where not nil, an exec waits for it
	inspect func(dir string) // looks at a directory while it is sent
	read    func(file string)

	mu      sync.Mutex
	ids     map[string][]call
	done    map[string]*outcome // what an exec came to, by its chain
	sent    []string            // directories of this host that were read
	started int                 // containers
	seen    []call              // every call, in order
}

// A call is one field of a query with its arguments.
type call struct {
	Field string
	Args  map[string]any
	Type  string // what it returns
}

// An outcome is a container after its command.
type outcome struct {
	root           string
	stdout, stderr string
}

// A graphqlError is an error with the extensions that the SDK reads.
type graphqlError struct {
	msg        string
	extensions map[string]any
}

func (e *graphqlError) Error() string { return e.msg }

// startSession starts a session and points the SDK to it.
func startSession(t *testing.T) *session {
	t.Helper()
	text, err := os.ReadFile("testdata/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s := &session{
		t: t, schema: gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)}),
		version: "v0.21.9", dir: t.TempDir(), fail: make(map[string]error),
		ids: make(map[string][]call), done: make(map[string]*outcome),
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DAGGER_SESSION_PORT", port)
	t.Setenv("DAGGER_SESSION_TOKEN", "token")
	return s
}

// ServeHTTP answers one query.
func (s *session) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	doc, errs := gqlparser.LoadQueryWithRules(s.schema, request.Query, rules.NewDefaultRules())
	if errs != nil {
		s.t.Errorf("the engine would refuse this query: %v\n%s", errs, request.Query)
		http.Error(w, errs.Error(), http.StatusBadRequest)
		return
	}
	chain, err := s.chain(doc.Operations[0].SelectionSet)
	var value any
	if err == nil {
		value, err = s.answer(r, chain)
	}
	s.write(w, doc.Operations[0].SelectionSet, value, err)
}

// write wraps a value in the fields that lead to it.
func (s *session) write(w http.ResponseWriter, set ast.SelectionSet, value any, err error) {
	response := map[string]any{"data": nest(set, value)}
	if err != nil {
		e := map[string]any{"message": err.Error()}
		var known *graphqlError
		if errors.As(err, &known) {
			e["extensions"] = known.extensions
		}
		response = map[string]any{"data": nil, "errors": []any{e}}
	}
	if err := json.NewEncoder(w).Encode(response); err != nil {
		s.t.Log(err)
	}
}

func nest(set ast.SelectionSet, value any) any {
	if len(set) == 0 {
		return value
	}
	if f, ok := set[0].(*ast.Field); ok {
		return map[string]any{f.Alias: nest(f.SelectionSet, value)}
	}
	return nest(set[0].(*ast.InlineFragment).SelectionSet, value)
}

// chain flattens a query, which selects one field at each level, and replaces
// node(id) by the chain that the id stands for.
func (s *session) chain(set ast.SelectionSet) ([]call, error) {
	var calls []call
	for len(set) > 0 {
		if len(set) != 1 {
			return nil, fmt.Errorf("%d fields at one level", len(set))
		}
		if fragment, ok := set[0].(*ast.InlineFragment); ok {
			set = fragment.SelectionSet
			continue
		}
		f := set[0].(*ast.Field)
		args := f.ArgumentMap(nil)
		c := call{Field: f.Name, Args: args, Type: f.Definition.Type.Name()}
		if err := s.checkIDs(c); err != nil {
			return nil, err
		}
		if f.Name == "node" {
			calls = append([]call(nil), s.lookup(args["id"])...)
		} else {
			calls = append(calls, c)
		}
		set = f.SelectionSet
	}
	return calls, nil
}

// objects are the types of the objects that arguments name by their ids.
var objects = map[string]string{
	"withMountedDirectory source": "Directory", "withMountedCache cache": "CacheVolume", "withSecretVariable secret": "Secret",
	"withServiceBinding service": "Service", "import source": "File", "from registryService": "Service",
}

func (s *session) checkIDs(c call) error {
	for name, value := range c.Args {
		want, isID := objects[c.Field+" "+name]
		if !isID || value == nil {
			continue
		}
		chain := s.lookup(value)
		if len(chain) == 0 || chain[len(chain)-1].Type != want {
			return fmt.Errorf("%s: %s is no id of a %s", c.Field, name, want)
		}
	}
	return nil
}

func (s *session) lookup(id any) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[fmt.Sprint(id)]
}

func (s *session) remember(chain []call) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("id-%d", len(s.ids))
	s.ids[id] = chain
	return id
}

// answer evaluates a chain up to its last field.
func (s *session) answer(r *http.Request, chain []call) (any, error) {
	s.mu.Lock()
	s.seen = append(s.seen, chain...)
	s.mu.Unlock()
	for _, c := range chain {
		if err := s.fail[c.Field]; err != nil {
			return nil, err
		}
	}
	last, before := chain[len(chain)-1], chain[:len(chain)-1]
	switch last.Field {
	case "version":
		return s.version, nil
	case "id":
		return s.remember(before), s.send(before)
	case "sync":
		_, err := s.run(r, before)
		return s.remember(before), err
	case "stdout", "stderr":
		o, err := s.run(r, before)
		if err != nil {
			return nil, err
		}
		return map[string]string{"stdout": o.stdout, "stderr": o.stderr}[last.Field], nil
	case "export":
		o, err := s.run(r, before[:len(before)-1])
		if err != nil {
			return nil, err
		}
		from := filepath.Join(o.root, before[len(before)-1].Args["path"].(string))
		to := last.Args["path"].(string)
		return to, os.CopyFS(to, os.DirFS(from))
	}
	return nil, fmt.Errorf("the session does not know %s", last.Field)
}

// send notes the directories that the engine would read from this host.
func (s *session) send(chain []call) error {
	last := chain[len(chain)-1]
	if last.Field == "file" && s.read != nil {
		s.read(last.Args["path"].(string))
	}
	if last.Field != "directory" || chain[0].Field != "host" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, last.Args["path"].(string))
	if s.inspect != nil && len(s.sent) == 1 {
		s.inspect(s.sent[0])
	}
	return nil
}

// run evaluates the chain of a container whose last call is withExec, once.
func (s *session) run(r *http.Request, chain []call) (*outcome, error) {
	key, err := json.Marshal(chain)
	if err != nil {
		return nil, err
	}
	if s.hang != nil {
		select {
		case <-s.hang:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.done[string(key)]; o != nil {
		return o, nil
	}
	o := &outcome{root: filepath.Join(s.dir, fmt.Sprintf("container-%d", s.started))}
	s.started++
	if err := os.MkdirAll(o.root, 0o755); err != nil {
		return nil, err
	}
	if err := s.execute(r, chain, o); err != nil {
		return nil, err
	}
	s.done[string(key)] = o
	return o, nil
}

// execute builds the container's file system and runs its command.
func (s *session) execute(r *http.Request, chain []call, o *outcome) error {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + o.root}
	workdir := o.root
	for _, c := range chain {
		switch c.Field {
		case "withMountedDirectory":
			source := s.ids[c.Args["source"].(string)]
			from := source[len(source)-1].Args["path"].(string)
			if err := os.CopyFS(o.path(c.Args["path"]), os.DirFS(from)); err != nil {
				return err
			}
		case "withMountedCache":
			if err := os.MkdirAll(filepath.Join(s.dir, c.Args["path"].(string)), 0o755); err != nil {
				return err
			}
		case "withWorkdir":
			workdir = o.path(c.Args["path"])
		case "withEnvVariable":
			value := c.Args["value"].(string)
			if strings.HasPrefix(value, "/cache/") {
				value = filepath.Join(s.dir, value) // the volume outlives the container
			}
			env = append(env, c.Args["name"].(string)+"="+value)
		case "withSecretVariable":
			secret := s.ids[c.Args["secret"].(string)]
			env = append(env, c.Args["name"].(string)+"="+secret[len(secret)-1].Args["plaintext"].(string))
		}
	}
	return command(r, chain[len(chain)-1], workdir, env, o)
}

func (o *outcome) path(p any) string { return filepath.Join(o.root, p.(string)) }

func command(r *http.Request, c call, dir string, env []string, o *outcome) error {
	if c.Field != "withExec" {
		return errors.New("no command has been executed")
	}
	var args []string
	for _, arg := range c.Args["args"].([]any) {
		args = append(args, arg.(string))
	}
	cmd := exec.CommandContext(r.Context(), args[0], args[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &stdout, &stderr
	cmd.WaitDelay = time.Second // a child may hold the output of a shell that was ended
	err := cmd.Run()
	o.stdout, o.stderr = stdout.String(), stderr.String()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &graphqlError{
			msg: fmt.Sprintf("exit code: %d", exit.ExitCode()),
			extensions: map[string]any{
				"_type": "EXEC_ERROR", "exitCode": exit.ExitCode(), "cmd": args, "stdout": o.stdout, "stderr": o.stderr,
			},
		}
	}
	return err
}

// calls lists the calls of one field.
func (s *session) calls(field string) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []call
	for _, c := range s.seen {
		if c.Field == field {
			found = append(found, c)
		}
	}
	return found
}

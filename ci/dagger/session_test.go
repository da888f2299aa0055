package dagger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
// query against the schema of the supported version, and runs what the engine
// runs in containers on a machine of the test's choice. A container's /src is a
// copy of the directory that was sent, and its caches are directories.
type session struct {
	t       *testing.T
	schema  *ast.Schema
	machine machine
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

// A machine runs the command of a container.
type machine interface {
	run(ctx context.Context, b *box, stdout, stderr io.Writer) (exit int, err error)
}

// A box is a container before its command.
type box struct {
	root   string            // on this machine; what is mounted in the container lies below it
	image  []call            // what it was made of
	mounts []string          // paths in it at which something of root is mounted
	caches map[string]string // paths in it to directories of this machine
	env    map[string]string
	dir    string
	args   []string
}

// An outcome is a container after its command.
type outcome struct {
	root           string
	stdout, stderr string
	exit           int
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
		machine: thisMachine{}, version: "v0.21.9", dir: t.TempDir(), fail: make(map[string]error),
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
	case "stdout", "stderr", "exitCode":
		o, err := s.run(r, before)
		if err != nil {
			return nil, err
		}
		return map[string]any{"stdout": o.stdout, "stderr": o.stderr, "exitCode": o.exit}[last.Field], nil
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

// execute builds the container and runs its command. A code that the call does
// not expect is an error in the form of the engine, with the end of what was
// printed.
func (s *session) execute(r *http.Request, chain []call, o *outcome) error {
	last := chain[len(chain)-1]
	if last.Field != "withExec" {
		return errors.New("no command has been executed")
	}
	b, err := s.box(chain, o)
	if err != nil {
		return err
	}
	var stdout, stderr bytes.Buffer
	if o.exit, err = s.machine.run(r.Context(), b, &stdout, &stderr); err != nil {
		return err
	}
	if r.Context().Err() != nil {
		return r.Context().Err()
	}
	o.stdout, o.stderr = stdout.String(), stderr.String()
	if o.exit == 0 || last.Args["expect"] == "ANY" {
		return nil
	}
	return &graphqlError{
		msg: fmt.Sprintf("exit code: %d [traceparent:0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331]", o.exit),
		extensions: map[string]any{
			"_type": "EXEC_ERROR", "exitCode": o.exit, "cmd": b.args, "stdout": cut(o.stdout), "stderr": cut(o.stderr),
		},
	}
}

// cut is what the engine keeps of the output of a command that failed.
func cut(text string) string {
	const limit = 100 << 10
	if over := len(text) - limit; over > 0 {
		text = fmt.Sprintf("[omitting %d bytes]...", over) + text[over+30:]
	}
	return strings.TrimSpace(text)
}

// box collects what the calls say of a container, and copies what they mount.
func (s *session) box(chain []call, o *outcome) (*box, error) {
	b := &box{root: o.root, dir: "/", caches: make(map[string]string), env: make(map[string]string)}
	for _, c := range chain {
		switch c.Field {
		case "from":
			b.image = append(b.image, c)
		case "import":
			c.Args = map[string]any{"file": s.lastOf(c.Args["source"])["path"]}
			b.image = append(b.image, c)
		case "withMountedDirectory":
			from := s.lastOf(c.Args["source"])["path"].(string)
			path := c.Args["path"].(string)
			b.mounts = append(b.mounts, path)
			if err := os.CopyFS(filepath.Join(o.root, path), os.DirFS(from)); err != nil {
				return nil, err
			}
		case "withMountedCache":
			dir := filepath.Join(s.dir, "volumes", s.lastOf(c.Args["cache"])["key"].(string))
			b.caches[c.Args["path"].(string)] = dir
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return nil, err
			}
		case "withWorkdir":
			b.dir = c.Args["path"].(string)
		case "withEnvVariable":
			b.env[c.Args["name"].(string)] = c.Args["value"].(string)
		case "withSecretVariable":
			b.env[c.Args["name"].(string)] = s.lastOf(c.Args["secret"])["plaintext"].(string)
		case "withExec":
			b.args = words(c.Args["args"])
		}
	}
	return b, nil
}

// lastOf are the arguments of the call that made an object.
func (s *session) lastOf(id any) map[string]any {
	chain := s.ids[id.(string)]
	return chain[len(chain)-1].Args
}

func words(list any) []string {
	var all []string
	for _, word := range list.([]any) {
		all = append(all, word.(string))
	}
	return all
}

// thisMachine runs commands as they are, with the programs of this machine.
type thisMachine struct{}

func (thisMachine) run(ctx context.Context, b *box, stdout, stderr io.Writer) (int, error) {
	cmd := exec.CommandContext(ctx, b.args[0], b.args[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.root}
	for name, value := range b.env {
		if dir, ok := b.caches[value]; ok {
			value = dir
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Join(b.root, b.dir), stdout, stderr
	cmd.WaitDelay = time.Second // a child may hold the output of a shell that was ended
	return codeOf(cmd.Run(), stderr)
}

// codeOf is the code that a command ended with. One that cannot be found ends
// as it does under the first process of an engine's container.
func codeOf(err error, stderr io.Writer) (int, error) {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	case errors.Is(err, exec.ErrNotFound):
		fmt.Fprintln(stderr, err)
		return 1, nil
	}
	return 0, err
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

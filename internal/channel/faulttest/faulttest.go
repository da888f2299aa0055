// Package faulttest lets a test's registry go wrong where it is to change
// something, and keeps what it was asked to change.
package faulttest

import (
	"net/http"
	"net/http/httptest"
	"sync"
)

// A Fault answers a request that is to change something in place of the registry.
// It returns false where it does not concern it.
type Fault func(w http.ResponseWriter, r *http.Request, registry http.Handler) bool

// Faults are those that wait for the next changes, and the changes so far.
type Faults struct {
	mu      sync.Mutex
	faults  []Fault
	changes []string
}

// Next lets the next changes go wrong, one after the other.
func (f *Faults) Next(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, faults...)
}

// Changes returns the requests since the last call that were to change
// something.
func (f *Faults) Changes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	changes := f.changes
	f.changes = nil
	return changes
}

// Serve gives a request to one of the two, or one that is to change something to
// the fault that waits for it.
func (f *Faults) Serve(w http.ResponseWriter, r *http.Request, read, change http.HandlerFunc) {
	if r.Method == http.MethodGet {
		read(w, r)
		return
	}
	if fault := f.take(r); fault == nil || !fault(w, r, change) {
		change(w, r)
	}
}

func (f *Faults) take(r *http.Request) (fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, r.Method+" "+r.URL.Path)
	if len(f.faults) > 0 {
		fault, f.faults = f.faults[0], f.faults[1:]
	}
	return fault
}

// LoseReply does what is asked and breaks the connection.
func LoseReply(_ http.ResponseWriter, r *http.Request, registry http.Handler) bool {
	registry.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// Fine lets a request pass.
func Fine(http.ResponseWriter, *http.Request, http.Handler) bool { return false }

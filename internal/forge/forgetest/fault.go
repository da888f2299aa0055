package forgetest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// A Fault is how the server misbehaves on some requests.
type Fault struct {
	Method string // of the requests; "" is any
	Path   string // a part of their path; "" is any
	Times  int    // how many of them; 0 is all

	Status    int    // answered instead of the real answer; 0 is the real one
	Header    string // "Name: value", added to the answer with Status
	Message   string // of the answer with Status
	Secondary bool   // with Status: says that a secondary rate limit was exceeded

	Lost   bool          // the request takes effect, the connection breaks before the answer
	Refuse bool          // the connection breaks before the request takes effect
	Half   bool          // the upload of an asset breaks off and leaves one that is not whole
	Delay  time.Duration // before the answer
	Gather int           // hold the requests back until so many of them wait
	Notice func()        // called when a request arrives

	arrived int
	held    int
	open    chan struct{}
}

// Fail adds a fault. Of several that fit a request the first counts.
func (s *Server) Fail(f Fault) {
	f.open = make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault records the request and finds the fault that applies to it.
func (s *Server) fault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	for _, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.Path, f.Path) {
			continue
		}
		if f.Times > 0 && f.arrived >= f.Times {
			continue
		}
		f.arrived++
		return f
	}
	return &Fault{}
}

// misbehave puts the faults in front of the real answers.
func (s *Server) misbehave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.fault(r)
		if f.Notice != nil {
			f.Notice()
		}
		if f.Delay > 0 {
			// A server sees that a client has gone only once it has read the body.
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			select {
			case <-time.After(f.Delay):
			case <-r.Context().Done():
				return
			}
		}
		switch {
		case f.Refuse:
			panic(http.ErrAbortHandler)
		case f.Lost:
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case f.Half:
			next.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithValue(r.Context(), halfKey{}, true)))
			panic(http.ErrAbortHandler)
		case f.Gather > 0:
			s.gather(f, w, r, next)
		case f.Status != 0:
			f.answer(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// halfKey marks the request of an upload that breaks off.
type halfKey struct{}

func breaksOff(r *http.Request) bool { return r.Context().Value(halfKey{}) != nil }

// gather takes the answer first and sends it when enough requests are waiting,
// so that all of them saw the same state.
func (s *Server) gather(f *Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	held := httptest.NewRecorder()
	next.ServeHTTP(held, r)
	s.mu.Lock()
	if f.held++; f.held == f.Gather {
		close(f.open)
	}
	s.mu.Unlock()
	select {
	case <-f.open:
	case <-r.Context().Done():
		return
	}
	for name, values := range held.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(held.Code)
	_, _ = w.Write(held.Body.Bytes())
}

func (f *Fault) answer(w http.ResponseWriter) {
	if name, value, ok := strings.Cut(f.Header, ": "); ok {
		w.Header().Set(name, value)
	}
	if f.Secondary {
		answer(w, f.Status, object{
			"message":           "You have exceeded a secondary rate limit.",
			"documentation_url": "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits",
		})
		return
	}
	message := f.Message
	if message == "" {
		message = http.StatusText(f.Status)
	}
	problem(w, f.Status, message)
}

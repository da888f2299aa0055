package forgetest

import (
	"net/http"
	"strconv"
	"strings"
)

// A Pull is one pull request.
type Pull struct {
	Number         int
	HeadRepository string // "owner/name"; "" where the fork was deleted
	HeadBranch     string
	HeadSHA        string
	BaseBranch     string
	BaseSHA        string
	Closed         bool
}

// Pull adds a pull request.
func (r *Repository) Pull(p Pull) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.pulls = append(r.pulls, &p)
}

// Push gives the pull request of that number a new head.
func (r *Repository) Push(number int, sha string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.pull(number).HeadSHA = sha
}

func (r *Repository) pull(number int) *Pull {
	for _, p := range r.pulls {
		if p.Number == number {
			return p
		}
	}
	return nil
}

// routePulls: docs.github.com/rest/pulls/pulls.
func (s *Server) routePulls(mux *http.ServeMux) {
	s.handle(mux, "GET", "/pulls", "", s.listPulls)
	s.handle(mux, "GET", "/pulls/{number}", "", s.getPull)
}

func (s *Server) listPulls(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	query := r.URL.Query()
	var fit []*Pull
	for _, p := range repo.pulls {
		owner, _, _ := strings.Cut(p.HeadRepository, "/")
		if head := query.Get("head"); head != "" && head != owner+":"+p.HeadBranch {
			continue
		}
		if state := query.Get("state"); state != "all" && (state == "closed") != p.Closed {
			continue
		}
		fit = append(fit, p)
	}
	list := []object{}
	for _, p := range page(w, r, fit) {
		list = append(list, p.json(repo))
	}
	answer(w, http.StatusOK, list)
}

func (s *Server) getPull(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	number, _ := strconv.Atoi(r.PathValue("number"))
	if p := repo.pull(number); p != nil {
		answer(w, http.StatusOK, p.json(repo))
		return
	}
	notFound(w)
}

func (p *Pull) json(repo *Repository) object {
	head := object{"ref": p.HeadBranch, "sha": p.HeadSHA, "repo": nil}
	if p.HeadRepository != "" {
		head["repo"] = object{"full_name": p.HeadRepository, "fork": p.HeadRepository != repo.name}
	}
	state := "open"
	if p.Closed {
		state = "closed"
	}
	return object{
		"number": p.Number, "state": state, "head": head,
		"base": object{"ref": p.BaseBranch, "sha": p.BaseSHA, "repo": object{"full_name": repo.name}},
	}
}

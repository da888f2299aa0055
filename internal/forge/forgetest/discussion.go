package forgetest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// A Discussion is a thread in one of the categories of a repository.
type Discussion struct {
	Category, Title, Body string
}

// SetCategories gives the repository discussions with categories.
func (r *Repository) SetCategories(names ...string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.categories = names
}

// Discussions are all discussions, oldest first.
func (r *Repository) Discussions() []Discussion {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	return slices.Clone(r.discussions)
}

type graphRequest struct {
	Query     string
	Variables struct {
		Owner, Name, Category string
		Input                 struct{ RepositoryID, CategoryID, Title, Body string }
	}
}

// routeGraph: docs.github.com/graphql, of which it answers the three requests
// about discussions. An ID is the name of what it is of.
func (s *Server) routeGraph(mux *http.ServeMux) {
	mux.HandleFunc("POST /graphql", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		as, ok := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if !ok {
			problem(w, http.StatusUnauthorized, "Bad credentials")
			return
		}
		var req graphRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			problem(w, http.StatusBadRequest, "Problems parsing JSON")
			return
		}
		repo := s.repos[req.Variables.Owner+"/"+req.Variables.Name]
		if req.Variables.Input.RepositoryID != "" {
			repo = s.repos[req.Variables.Input.RepositoryID]
		}
		switch {
		case repo == nil:
			graphProblem(w, "NOT_FOUND", "Could not resolve to a Repository.")
		case strings.Contains(req.Query, "createDiscussion("):
			repo.discuss(w, req, as)
		case strings.Contains(req.Query, "discussions("):
			repo.listDiscussions(w, req)
		case strings.Contains(req.Query, "discussionCategories("):
			repo.listCategories(w)
		default:
			graphProblem(w, "", "Field does not exist")
		}
	})
}

func (r *Repository) discuss(w http.ResponseWriter, req graphRequest, as Token) {
	in := req.Variables.Input
	switch {
	case !slices.Contains(as.May, "discussions:write"):
		graphProblem(w, "FORBIDDEN", "Resource not accessible by integration")
	case !slices.Contains(r.categories, in.CategoryID):
		graphProblem(w, "NOT_FOUND", "Could not resolve to a node.")
	default:
		d := Discussion{Category: in.CategoryID, Title: in.Title, Body: in.Body}
		r.discussions = append(r.discussions, d)
		graphAnswer(w, object{"createDiscussion": object{"discussion": d.json(r)}})
	}
}

func (r *Repository) listDiscussions(w http.ResponseWriter, req graphRequest) {
	nodes := []object{}
	for _, d := range slices.Backward(r.discussions) {
		if d.Category == req.Variables.Category {
			nodes = append(nodes, d.json(r))
		}
	}
	graphAnswer(w, object{"repository": object{"discussions": object{"nodes": nodes}}})
}

func (r *Repository) listCategories(w http.ResponseWriter) {
	nodes := []object{}
	for _, name := range r.categories {
		nodes = append(nodes, object{"id": name, "name": name})
	}
	graphAnswer(w, object{"repository": object{"id": r.name, "discussionCategories": object{"nodes": nodes}}})
}

func (d Discussion) json(r *Repository) object {
	return object{"title": d.Title, "url": "https://github.com/" + r.name + "/discussions"}
}

func graphAnswer(w http.ResponseWriter, data object) {
	answer(w, http.StatusOK, object{"data": data})
}

// graphProblem is a refusal, with the status of success.
func graphProblem(w http.ResponseWriter, kind, message string) {
	answer(w, http.StatusOK, object{"data": nil, "errors": []object{{"type": kind, "message": message}}})
}

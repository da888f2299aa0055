package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A Comment is one comment on an issue or a pull request.
type Comment struct {
	ID     int64
	Author string
	Body   string
}

// Comment adds a comment on the pull request of that number.
func (r *Repository) Comment(number int, author, body string) int64 {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	return r.comment(number, author, body).ID
}

func (r *Repository) comment(number int, author, body string) *Comment {
	c := &Comment{ID: r.server.id(), Author: author, Body: body}
	r.comments[number] = append(r.comments[number], c)
	return c
}

// Comments are the comments on the pull request of that number, oldest first.
func (r *Repository) Comments(number int) []Comment {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	var list []Comment
	for _, c := range r.comments[number] {
		list = append(list, *c)
	}
	return list
}

const writeComments = "pull-requests:write"

// routeComments: docs.github.com/rest/issues/comments.
func (s *Server) routeComments(mux *http.ServeMux) {
	s.handle(mux, "GET", "/issues/{number}/comments", "", s.listComments)
	s.handle(mux, "POST", "/issues/{number}/comments", writeComments, s.createComment)
	s.handle(mux, "PATCH", "/issues/comments/{id}", writeComments, s.editComment)
	s.handle(mux, "DELETE", "/issues/comments/{id}", writeComments, s.deleteComment)
}

func (s *Server) listComments(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	number, _ := strconv.Atoi(r.PathValue("number"))
	if repo.pull(number) == nil {
		notFound(w)
		return
	}
	list := []object{}
	for _, c := range page(w, r, repo.comments[number]) {
		list = append(list, c.json(repo))
	}
	answer(w, http.StatusOK, list)
}

func (s *Server) createComment(w http.ResponseWriter, r *http.Request, repo *Repository, as Token) {
	number, _ := strconv.Atoi(r.PathValue("number"))
	if repo.pull(number) == nil {
		notFound(w)
		return
	}
	if body, ok := s.body(w, r); ok {
		answer(w, http.StatusCreated, repo.comment(number, as.Login, body).json(repo))
	}
}

func (s *Server) editComment(w http.ResponseWriter, r *http.Request, repo *Repository, as Token) {
	c, _ := repo.find(r)
	switch {
	case c == nil:
		notFound(w)
	case c.Author != as.Login:
		problem(w, http.StatusForbidden, "Resource not accessible by integration")
	default:
		if body, ok := s.body(w, r); ok {
			c.Body = body
			answer(w, http.StatusOK, c.json(repo))
		}
	}
}

func (s *Server) deleteComment(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	c, number := repo.find(r)
	if c == nil {
		notFound(w)
		return
	}
	repo.comments[number] = slices.DeleteFunc(repo.comments[number], func(other *Comment) bool { return other == c })
	w.WriteHeader(http.StatusNoContent)
}

// body reads the text of a comment, and answers where it is not valid.
func (s *Server) body(w http.ResponseWriter, r *http.Request) (string, bool) {
	var request struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		problem(w, http.StatusBadRequest, "Problems parsing JSON")
		return "", false
	}
	message := ""
	switch {
	case request.Body == "":
		message = "Body can't be blank"
	case utf8.RuneCountInString(request.Body) > s.MaxBody:
		message = fmt.Sprintf("Body is too long (maximum is %d characters)", s.MaxBody)
	default:
		return request.Body, true
	}
	answer(w, http.StatusUnprocessableEntity, object{
		"message": "Validation Failed",
		"errors":  []object{{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message}},
	})
	return "", false
}

// find is the comment that the path of r names, and the pull request it is on.
func (r *Repository) find(request *http.Request) (*Comment, int) {
	id, _ := strconv.ParseInt(request.PathValue("id"), 10, 64)
	for number, list := range r.comments {
		for _, c := range list {
			if c.ID == id {
				return c, number
			}
		}
	}
	return nil, 0
}

func (c *Comment) json(repo *Repository) object {
	return object{
		"id": c.ID, "body": c.Body, "user": object{"login": c.Author},
		"html_url": fmt.Sprintf("%s/%s/issues/comments/%d", repo.server.URL, repo.name, c.ID),
	}
}

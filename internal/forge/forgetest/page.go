package forgetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// page cuts the page that r asks for out of all and sets the Link header:
// 30 items where nothing is asked for, 100 at most.
func page[T any](w http.ResponseWriter, r *http.Request, all []T) []T {
	query := r.URL.Query()
	size := clamp(query.Get("per_page"), 30, 100)
	number := clamp(query.Get("page"), 1, 1<<30)
	last := max(1, (len(all)+size-1)/size)
	var links []string
	link := func(relation string, page int) {
		query.Set("page", strconv.Itoa(page))
		u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: query.Encode()}
		links = append(links, fmt.Sprintf(`<%s>; rel=%q`, u.String(), relation))
	}
	if number > 1 {
		link("prev", number-1)
		link("first", 1)
	}
	if number < last {
		link("next", number+1)
		link("last", last)
	}
	if links != nil {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	start := min((number-1)*size, len(all))
	return all[start:min(start+size, len(all))]
}

// clamp reads a positive number of a query.
func clamp(text string, otherwise, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return otherwise
	}
	return min(n, most)
}

package claim

import "fmt"

// Problems are what keeps a release from going out, one a line with its place:
// claims that are not supported, and unmarked ones. None is everything backed.
func (r *Report) Problems() []string {
	var list []string
	for _, f := range r.Claims {
		if f.Verdict != Supported {
			list = append(list, f.String())
		}
	}
	for _, u := range r.Unmarked {
		list = append(list, u.String())
	}
	return list
}

// String says where the text stands, what it is and how to mark it.
func (u Unmarked) String() string {
	return fmt.Sprintf("%s:%d: unmarked: %q looks like a performance claim: put <!-- claim: ID --> behind it, or <!-- claim: none, REASON -->",
		u.File, u.Line, u.Text)
}

// Receipt says what backs the claims, for the record of a release: every
// supported claim with its evidence, and every excuse with its reason.
func (r *Report) Receipt() []string {
	var list []string
	for _, f := range r.Claims {
		if f.Verdict == Supported {
			list = append(list, fmt.Sprintf("%s:%d: %s: %s, backed by %s in %s on %s", f.File, f.Line, f.ID, f.Stated, f.Evidence, plural(f.Runs, "run"), f.Host))
		}
	}
	for _, e := range r.Excused {
		list = append(list, fmt.Sprintf("%s:%d: excused, %s: %q", e.File, e.Line, e.Reason, e.Text))
	}
	return list
}

package forge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// ErrNotActions says that this process does not run in GitHub Actions.
var ErrNotActions = errors.New("not running in GitHub Actions")

// Actions is what a step of a GitHub workflow knows of its run. No field is a
// secret. See docs.github.com/actions, "default environment variables" and
// "events that trigger workflows".
type Actions struct {
	Event       string // "pull_request", "workflow_run", ...
	Repository  string // "owner/name"
	RunID       int64
	SHA         string // the commit that was checked out; for a pull request a merge of head into base
	ServerURL   string
	APIURL      string
	SummaryPath string // the file that the step summary is appended to, "" where there is none

	Pull *Pull        // of a pull_request event, nil for others
	Run  *WorkflowRun // of a workflow_run event, nil for others
}

// A WorkflowRun is the run that a workflow_run event reports.
type WorkflowRun struct {
	ID         int64
	Event      string // what had started it
	Conclusion string // "success", "failure", "cancelled", ...
	Head       Head
}

// RunURL is where people read the run of that number.
func (a *Actions) RunURL(run int64) string {
	return fmt.Sprintf("%s/%s/actions/runs/%d", a.ServerURL, a.Repository, run)
}

// ReadActions reads the environment, a list of KEY=value, and the file with
// the event that it names. The error is [ErrNotActions] elsewhere.
func ReadActions(environ []string) (*Actions, error) {
	env := make(map[string]string)
	for _, entry := range environ {
		key, value, _ := strings.Cut(entry, "=")
		env[key] = value
	}
	if env["GITHUB_ACTIONS"] != "true" {
		return nil, ErrNotActions
	}
	run, _ := strconv.ParseInt(env["GITHUB_RUN_ID"], 10, 64)
	a := &Actions{
		Event: env["GITHUB_EVENT_NAME"], Repository: env["GITHUB_REPOSITORY"], RunID: run, SHA: env["GITHUB_SHA"],
		ServerURL: env["GITHUB_SERVER_URL"], APIURL: env["GITHUB_API_URL"], SummaryPath: env["GITHUB_STEP_SUMMARY"],
	}
	path := env["GITHUB_EVENT_PATH"]
	if path == "" {
		return a, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the event of this run: %w", err)
	}
	defer file.Close()
	if err := a.readEvent(file); err != nil {
		return nil, fmt.Errorf("read the event of this run: %s: %w", path, err)
	}
	return a, nil
}

// maxEvent is the size of an event that is read; GitHub sends up to 25 MB.
const maxEvent = 25 << 20

type eventHead struct {
	SHA  string `json:"sha"`
	Ref  string `json:"ref"`
	Repo struct {
		FullName string `json:"full_name"`
	} `json:"repo"`
}

func (h eventHead) head() Head { return Head{h.Repo.FullName, h.Ref, h.SHA} }

// readEvent reads the parts of an event that a comparison needs.
func (a *Actions) readEvent(r io.Reader) error {
	var event struct {
		PullRequest *struct {
			Number int       `json:"number"`
			State  string    `json:"state"`
			Head   eventHead `json:"head"`
			Base   eventHead `json:"base"`
		} `json:"pull_request"`
		WorkflowRun *struct {
			ID             int64  `json:"id"`
			Event          string `json:"event"`
			Conclusion     string `json:"conclusion"`
			HeadSHA        string `json:"head_sha"`
			HeadBranch     string `json:"head_branch"`
			HeadRepository struct {
				FullName string `json:"full_name"`
			} `json:"head_repository"`
		} `json:"workflow_run"`
	}
	data, err := readLimited(r, maxEvent)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &event); err != nil {
		return err
	}
	if p := event.PullRequest; p != nil {
		head, base := p.Head.head(), p.Base.head()
		a.Pull = &Pull{Number: p.Number, Open: p.State == "open", Head: head, Base: base,
			HasFork: !strings.EqualFold(head.Repository, base.Repository)}
	}
	if w := event.WorkflowRun; w != nil {
		a.Run = &WorkflowRun{ID: w.ID, Event: w.Event, Conclusion: w.Conclusion,
			Head: Head{w.HeadRepository.FullName, w.HeadBranch, w.HeadSHA}}
	}
	return nil
}

// AppendSummary appends to the step summary what render makes of the bytes
// that are left of limit. It does nothing where there is no summary.
func (a *Actions) AppendSummary(limit int, render func(limit int) string) error {
	if a.SummaryPath == "" {
		return nil
	}
	file, err := os.OpenFile(a.SummaryPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("write step summary: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("write step summary: %w", err)
	}
	left := limit - int(info.Size())
	text := "\n" + render(left-1)
	if len(text) >= left {
		return fmt.Errorf("write step summary: only %d bytes are left of %d", max(left, 0), limit)
	}
	if _, err := file.WriteString(text); err != nil {
		return fmt.Errorf("write step summary: %w", err)
	}
	return file.Close()
}

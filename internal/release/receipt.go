package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
)

// ReceiptSchema names the format of a [Receipt]; docs/formats.md describes it.
const ReceiptSchema = "cupel/receipt/1"

// A Receipt says what a release was, what was asked before it, and where
// pointers were. It holds no time of day and nothing of the machine, so that a
// release that was resumed has the same receipt as an undisturbed one.
type Receipt struct {
	Schema     string            `json:"schema"`
	Version    string            `json:"version"`
	Date       string            `json:"date"`
	Commit     string            `json:"commit"`
	Planned    string            `json:"planned,omitempty"` // the commit that the gates looked at, where evidence came after it
	Tree       string            `json:"tree"`
	Plan       string            `json:"plan"` // its hash
	Gates      []GateResult      `json:"gates"`
	Claims     []string          `json:"claims,omitempty"`     // what backs each
	Supersedes *Supersede        `json:"supersedes,omitempty"` // the withdrawn version
	Files      map[string]string `json:"files,omitempty"`      // SHA-256 of what was built, by path
	Steps      []ReceiptStep     `json:"steps"`
	Residue    []string          `json:"residue,omitempty"` // what nobody can take back
}

// A ReceiptStep is what a channel showed of one step.
type ReceiptStep struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	Class   string `json:"class"`
	Seen    string `json:"seen,omitempty"`   // when it was done
	Before  string `json:"before,omitempty"` // of a pointer: where it was
}

// Before is where the pointers of the release were, by channel. A nil receipt knows
// none.
func (r *Receipt) Before() map[string]string {
	before := map[string]string{}
	if r == nil {
		return before
	}
	for _, s := range r.Steps {
		if s.Before != "" {
			before[s.Channel] = s.Before
		}
	}
	return before
}

// ReceiptRef is the ref of a remote repository that holds the receipt of a tag's
// release, a blob.
func ReceiptRef(tag string) string { return "refs/cupel/receipts/" + tag }

// receiptStep leaves the receipt beside the tag in the remote repository. It is
// a notice: a release is as good without it.
func (o Options) receiptStep(j *journal.Journal, plan *journal.Plan) journal.Step {
	ref := ReceiptRef(o.tag())
	return journal.Step{
		ID: "receipt", Title: "leave the receipt in " + ref, Channel: here, Class: journal.Notice,
		Probe: func(ctx context.Context) (journal.Observation, error) {
			blob, err := o.writeReceipt(ctx, j, *plan)
			if err != nil {
				return journal.Observation{}, err
			}
			there, err := remoteObject(ctx, o.Repo, o.Remote, ref)
			switch {
			case err != nil:
				return journal.Observation{}, err
			case there == "":
				return journal.Observation{State: journal.Absent}, nil
			case there != blob:
				return journal.Observation{State: journal.Conflict, Value: ref + " is another receipt"}, nil
			}
			return journal.Observation{State: journal.Done, Value: there}, nil
		},
		Do: func(ctx context.Context) error {
			blob, err := o.writeReceipt(ctx, j, *plan)
			if err != nil {
				return err
			}
			_, err = o.Repo.Run(ctx, "push", "--quiet", "--no-verify", "--force-with-lease="+ref+":", "--", o.Remote, blob+":"+ref)
			return err
		},
	}
}

// writeReceipt writes the receipt into the state directory and into git's
// objects, and returns the blob.
func (o Options) writeReceipt(ctx context.Context, j *journal.Journal, plan journal.Plan) (string, error) {
	r, err := o.receipt(j, plan)
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the receipt: %w", err)
	}
	text = append([]byte(o.Redactor.String(string(text))), '\n')
	if err := journal.WriteFile(filepath.Join(o.State, receiptFile), text); err != nil {
		return "", err
	}
	out, err := o.Repo.RunInput(ctx, text, "hash-object", "-w", "--stdin")
	if err != nil {
		return "", fmt.Errorf("keep the receipt: %w", err)
	}
	return strings.TrimSpace(out), nil
}

func (o Options) receipt(j *journal.Journal, plan journal.Plan) (Receipt, error) {
	r := Receipt{
		Schema: ReceiptSchema, Version: o.Draft.Version.String(), Date: o.Draft.Date, Commit: o.Prepared.Commit, Planned: o.Draft.Planned, Tree: o.Prepared.Tree,
		Plan: plan.Hash(), Gates: o.Draft.Gates, Claims: o.Draft.Claims, Supersedes: o.Draft.Supersede,
	}
	for _, c := range o.Channels {
		r.Residue = append(r.Residue, c.Residue()...)
	}
	staged, err := readStaged(filepath.Join(o.State, stagedFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, err
	}
	r.Files = staged.Files
	entries := j.Entries()
	for _, s := range plan.Steps {
		if s.Do == nil || s.Class == journal.Notice {
			continue
		}
		r.Steps = append(r.Steps, receiptStepOf(s, entries))
	}
	return r, nil
}

// receiptStepOf reads in the journal what was seen of a step, first when it was
// done, and first before it was: a resumed release looks again, and may see what
// later steps have made of it.
func receiptStepOf(s journal.Step, entries []journal.Entry) ReceiptStep {
	step := ReceiptStep{ID: s.ID, Channel: s.Channel, Class: string(s.Class)}
	intended, done := false, false
	for _, e := range entries {
		switch {
		case e.Kind == journal.Began, e.Kind == journal.UndoResult && e.Step == s.ID:
			step.Seen, step.Before, intended, done = "", "", false, false
		case e.Step != s.ID || e.Seen == nil:
		case e.Kind == journal.Result && !done:
			step.Seen, done = e.Seen.Value, true
		case e.Kind == journal.Intent && s.Class == journal.Pointer && !intended:
			step.Before, intended = e.Seen.Value, true
		}
	}
	return step
}

// ReadReceipt reads the receipt of a tag's release from a remote repository; nil
// where it has none.
func ReadReceipt(ctx context.Context, repo *git.Repo, remote, tag string) (*Receipt, error) {
	blob, err := remoteObject(ctx, repo, remote, ReceiptRef(tag))
	if err != nil || blob == "" {
		return nil, err
	}
	if _, err := repo.Run(ctx, "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--", remote, ReceiptRef(tag)); err != nil {
		return nil, fmt.Errorf("fetch the receipt of %s: %w", tag, err)
	}
	text, err := repo.Run(ctx, "cat-file", "blob", blob)
	if err != nil {
		return nil, fmt.Errorf("read the receipt of %s: %w", tag, err)
	}
	var r Receipt
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Schema != ReceiptSchema {
		return nil, errors.Join(fmt.Errorf("the receipt of %s is no %s", tag, ReceiptSchema), err)
	}
	return &r, nil
}

package criterion

import (
	"encoding/json"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// A message is what cargo-criterion says of a benchmark with
// --message-format=json (src/message_formats/json.rs there). Its group-complete
// messages also name benchmarks of earlier runs, so they announce nothing.
type message struct {
	Reason         string
	ID             string    // the title, which may be cut
	IterationCount []float64 `json:"iteration_count"`
	MeasuredValues []float64 `json:"measured_values"` // of all iterations of a sample
	Unit           string
	Throughput     []struct {
		PerIteration float64 `json:"per_iteration"`
		Unit         string  // "bytes" or "elements"
	}
}

const benchmarkComplete = "benchmark-complete"

// isMessage is quick: most lines are none.
func isMessage(line string) bool {
	return line[0] == '{' && strings.Contains(line, `"`+benchmarkComplete+`"`)
}

func (p *parser) readMessage(line string) {
	var msg message
	if err := json.Unmarshal([]byte(line), &msg); err != nil || msg.ID == "" {
		remark(&p.out.failures, "line %d is a message of cargo-criterion that cannot be read", p.line)
		return
	}
	if msg.Reason != benchmarkComplete {
		return
	}
	p.out.messages = true
	m := measurement{message: true}
	median, err := medianIteration(msg.IterationCount, msg.MeasuredValues)
	if err != nil {
		m.err = err.Error()
	} else {
		m.values = msg.valuesOf(median)
	}
	p.measured(msg.ID, m)
}

// amountUnits are the units of a message's throughput.
var amountUnits = map[string]string{"bytes": "B", "elements": "elem", "bits": "b"}

func (msg *message) valuesOf(median float64) []value {
	time := timeValue(median, msg.Unit)
	values := []value{time}
	if time.metric != bench.Time {
		return values
	}
	for i, t := range msg.Throughput {
		if unit, ok := amountUnits[t.Unit]; ok {
			values = append(values, amount{t.PerIteration, unit}.perSecond(i, time.number))
		}
	}
	return values
}

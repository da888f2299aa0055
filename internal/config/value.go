package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// A Duration is written as "60s" or "2m".
type Duration time.Duration

// UnmarshalText reads a duration that is not negative.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration: write it as \"90s\" or \"2m\"", text)
	}
	*d = Duration(v)
	return nil
}

// A Percent is written as "2%" and stored as 0.02.
type Percent float64

// UnmarshalText reads a percentage that is not negative.
func (p *Percent) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(v >= 0) || v > 1e6 {
		return fmt.Errorf("%q is not a percentage: write it as \"2%%\"", text)
	}
	*p = Percent(v / 100)
	return nil
}

// A LocalDate is a calendar day, written as 2027-03-01.
type LocalDate = toml.LocalDate

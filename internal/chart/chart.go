// Package chart draws values with their intervals as a small SVG: a point and a
// whisker a row. It knows nothing of benchmarks; what a value means is in the
// labels that it is given.
//
// A chart is one file for one colour scheme. A page that serves both offers two
// files inside <picture>, since an SVG in an <img> does not see the page's own
// style.
package chart

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// A Point is a value and its row. Low and High are the ends of its interval, or
// nil where it has none.
type Point struct {
	Label     string
	Text      string // the value as people read it
	Value     float64
	Low, High *float64
}

// A Chart is a title and points, drawn from top to bottom.
type Chart struct {
	Title  string
	Points []Point
	Tick   func(float64) string // how a value on the axis is written
}

// A Theme is the colours of a chart, in any form that SVG takes.
type Theme struct{ Text, Faint, Mark string }

// The themes. Text and marks have a contrast of at least 4.5 to 1 with white
// and with #0d1117, a common dark page.
var (
	Light = Theme{Text: "#1f2328", Faint: "#d1d9e0", Mark: "#0550ae"}
	Dark  = Theme{Text: "#f0f6fc", Faint: "#3d444d", Mark: "#79c0ff"}
)

// Sizes in SVG's user units, of a chart for a page of text.
const (
	rowHeight  = 18
	charWidth  = 6.8 // of the font below; an estimate, labels are anchored at their end
	fontSize   = 11
	plotWidth  = 360
	valueWidth = 90
	margin     = 10
)

// logSpan is the ratio of the largest to the smallest value from which the axis
// is logarithmic: a tenth of a linear axis shows no difference any more.
const logSpan = 10

// SVG draws the chart. Values that are not finite or not above zero have their
// row and text and no mark. The same chart has the same bytes.
func (c Chart) SVG(t Theme) []byte {
	left := margin + charWidth*float64(c.longestLabel()) + margin
	top, bottom := 2*rowHeight, rowHeight
	width := left + plotWidth + valueWidth
	height := top + len(c.Points)*rowHeight + bottom
	a := c.axis()

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" font-family="system-ui, sans-serif" font-size="%d" fill="%s" role="img">`+"\n",
		width, height, width, height, fontSize, t.Text)
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(c.Title))
	fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", margin, rowHeight, escape(c.Title))
	base := top + len(c.Points)*rowHeight
	for _, tick := range a.ticks() {
		x := left + plotWidth*a.at(tick)
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="%s"/>`, x, top, base, t.Faint)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, base+rowHeight-4, escape(c.Tick(tick)))
	}
	for i, p := range c.Points {
		c.row(&b, t, a, p, left, float64(top+i*rowHeight)+rowHeight/2)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func (c Chart) row(b *strings.Builder, t Theme, a axis, p Point, left, y float64) {
	baseline := y + fontSize/3
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="end">%s</text>`, left-margin, baseline, escape(p.Label))
	if drawable(p.Value) {
		if p.Low != nil && p.High != nil && drawable(*p.Low) && drawable(*p.High) {
			fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="%s" stroke-width="2"/>`,
				left+plotWidth*a.at(*p.Low), y, left+plotWidth*a.at(*p.High), t.Mark)
		}
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, left+plotWidth*a.at(p.Value), y, t.Mark)
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%s</text>`+"\n", left+plotWidth+margin, baseline, escape(p.Text))
}

func (c Chart) longestLabel() int {
	longest := 0
	for _, p := range c.Points {
		longest = max(longest, len([]rune(p.Label)))
	}
	return longest
}

// An axis maps values to 0 (left) to 1 (right).
type axis struct {
	low, high float64 // the ends; powers of ten where it is logarithmic
	log       bool
}

func (c Chart) axis() axis {
	low, high := math.Inf(1), 0.0
	for _, p := range c.Points {
		for _, v := range []*float64{&p.Value, p.Low, p.High} {
			if v != nil && drawable(*v) {
				low, high = min(low, *v), max(high, *v)
			}
		}
	}
	switch {
	case high == 0:
		return axis{low: 0, high: 1}
	case high/low < logSpan:
		step := niceStep(high)
		return axis{low: 0, high: step * math.Ceil(high/step)}
	default:
		return axis{math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high))), true}
	}
}

func (a axis) at(v float64) float64 {
	if a.log {
		return math.Log(v/a.low) / math.Log(a.high/a.low)
	}
	return (v - a.low) / (a.high - a.low)
}

// ticks are the values that the axis is labelled with, at most six.
func (a axis) ticks() []float64 {
	var ticks []float64
	if !a.log {
		step := niceStep(a.high)
		for i := 0; float64(i)*step <= a.high*(1+1e-9); i++ {
			ticks = append(ticks, float64(i)*step)
		}
		return ticks
	}
	decades := int(math.Round(math.Log10(a.high / a.low)))
	stride := (decades + 4) / 5
	for i := 0; i <= decades; i += stride {
		ticks = append(ticks, a.low*math.Pow(10, float64(i)))
	}
	return ticks
}

// niceStep divides an axis from 0 to high into three to five parts of 1, 2 or
// 5 times a power of ten.
func niceStep(high float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(high/3)))
	for _, digit := range []float64{1, 2, 5} {
		if high/(digit*power) <= 5 {
			return digit * power
		}
	}
	return 10 * power
}

// drawable also bounds what is drawn, so that no coordinate overflows.
func drawable(v float64) bool { return v > 1e-100 && v < 1e100 }

// escape makes text from outside harmless in SVG, which is XML.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
